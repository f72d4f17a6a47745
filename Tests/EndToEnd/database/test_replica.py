"""A real streaming replica: analytics are read from it, its lag is known, and it takes over without losing a turn."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from devserver import DevServer
from devserver.layout import remove
from metrics_page import Page
from model_server import ModelServer
from outage import Crowd, await_replay, frozen, member
from service import UNLIMITED, Service, log_text, serving, wait_until
from standby import Standby, kill_primary, standby, synchronise
from wiring import model_env

FIGURES, METRICS = "/api/v1/user/analytics", "/api/v1/metrics"


@pytest.fixture(scope="module")
def replicated(binary: Path, session_model: ModelServer) -> Iterator[tuple[Service, Standby]]:
    with standby() as copy:
        env = {**model_env(session_model), "IRIS_LIMITS": UNLIMITED, "IRIS_DATABASE_READ_URL": copy.url}
        with serving(binary, api=1, auth=1, chat=1, env=env) as service:
            copy.follow(service.server)
            yield service, copy
            # A primary that ends waits for whoever follows it.
            copy.stop()


def lag(service: Service) -> float | None:
    """What `/metrics` says after a run of maintain."""
    run = service.server.command("maintain", "--json", timeout=60)
    assert run.returncode == 0, run.stderr
    [value] = [*Page.of(service.server).lines("iris_replica_lag_seconds").values()] or [None]
    return value


def test_analytics_are_read_from_the_replica(replicated: tuple[Service, Standby]) -> None:
    service, copy = replicated
    person = service.person("premium")
    for _ in range(3):
        assert person.chat().status_code == 200
    wait_until(lambda: person.send("GET", FIGURES).json()["messages"] == 3, 10)
    assert service.http.get(f"{METRICS}?fresh=1").status_code == 200
    log = copy.log.read_text()
    assert "iris.user_figures" in log and "iris.public_figures" in log
    assert "iris.user_figures" not in (service.server.log_dir / "postgresql.log").read_text()
    assert "analytics are read from the primary" not in log_text(service.server)


def test_its_lag_is_known(replicated: tuple[Service, Standby]) -> None:
    service, copy = replicated
    assert lag(service) in (0, 1)
    copy.query("SELECT pg_wal_replay_pause()")
    try:
        service.person()
        time.sleep(2.2)
        assert lag(service) >= 2
    finally:
        copy.query("SELECT pg_wal_replay_resume()")
    wait_until(lambda: lag(service) in (0, 1), 20)


def test_without_the_replica_the_primary_answers(replicated: tuple[Service, Standby]) -> None:
    service, copy = replicated
    person = service.person()
    copy.stop()
    assert person.send("GET", FIGURES).status_code == 200 and service.http.get(f"{METRICS}?fresh=2").status_code == 200
    assert "analytics are read from the primary" in log_text(service.server) and lag(service) is None
    assert Page.of(service.server).total("iris_replica_up") == 0
    copy.start()

    def again() -> bool:
        assert person.send("GET", FIGURES).status_code == 200
        return "analytics are read from the replica again" in log_text(service.server)

    wait_until(again, 20)
    assert Page.of(service.server).total("iris_replica_up") == 1


@pytest.mark.parametrize("end", ["killed", "silent"])
def test_a_failover_loses_no_acknowledged_turn(binary: Path, model: ModelServer, end: str, say) -> None:
    """Chats go on while the primary dies, or stops to answer as one does whose power went, and the standby is promoted."""
    folder = Path(tempfile.mkdtemp(prefix="iris-primary-", dir="/tmp"))
    with standby() as copy:
        hosts = f"{folder}/sock,{copy.folder}/sock"
        url = f"postgresql://iris@/iris?host={hosts}&target_session_attrs=read-write"
        env = {**model_env(model), "IRIS_LIMITS": UNLIMITED, "IRIS_DATABASE_URL": url}
        server = DevServer(folder, binary=binary, api=1, auth=1, chat=6, env=env)
        try:
            with server, httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
                copy.follow(server)
                synchronise(server)
                people = [member(server, http, "premium") for _ in range(12)]
                with Crowd(people, 40) as load:
                    time.sleep(1.5)
                    fall = time.monotonic()
                    if end == "killed":
                        kill_primary(server)
                        copy.promote()
                        time.sleep(2.5)
                    else:
                        with frozen(server):
                            time.sleep(1)
                            copy.promote()
                            time.sleep(4)
                            kill_primary(server)
                await_replay(server, 30)
                assert_nothing_is_lost(copy, load, fall, say)
        finally:
            server.stop()
            remove(folder)
            shutil.rmtree(folder, ignore_errors=True)


def assert_nothing_is_lost(copy: Standby, load: Crowd, fall: float, say) -> None:
    """Every answered turn is on the new primary once, whole, and charged once."""
    assert Counter(asked.status for asked in load.asked) == {200: len(load.asked)}
    given = sorted(asked.body["message_id"] for asked in load.asked)
    turns = "SELECT turn_id::text FROM iris.iris_messages WHERE role = %s AND status = 'complete' AND turn_id = ANY(%s::uuid[])"
    for role in ("user", "assistant"):
        assert sorted(id for (id,) in copy.query(turns, role, given)) == given, role
    charged = copy.query("SELECT user_id::text, sum(message_count)::integer FROM iris.user_daily_usage GROUP BY 1")
    assert dict(charged) == Counter(asked.person.id for asked in load.asked)
    without = [asked.at for asked in load.asked if asked.body["degraded"]]
    away = max(without) - fall if without else 0.0
    say(f"{len(given)} turns, {len(without)} without a database, the last {away:.1f} s after the primary's end; slowest "
        f"{max(asked.seconds for asked in load.asked):.2f} s")
    assert not without or away < 5, "the workers did not find the new primary"
