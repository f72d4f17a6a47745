"""Behind PgBouncer in transaction mode, with the file that is shipped (IRIS_TEST_POOLER=1 puts it behind every test)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from model_server import ModelServer
from outage import Crowd, await_database, await_replay, frozen, member, stopped
from service import DAY_ONLY, Service, log_text, serving, wait_until
from wiring import model_env

#: Server connections for 14 workers.
SIZE = 3


@pytest.fixture(scope="module")
def pooled(binary: Path, session_model: ModelServer) -> Iterator[Service]:
    env = {**model_env(session_model), "IRIS_LIMITS": DAY_ONLY}
    with serving(binary, api=1, auth=1, chat=12, pooler=SIZE, env=env) as service:
        yield service
        assert "prepared statement" not in log_text(service.server)


def backends(service: Service) -> int:
    """Connections of the application to PostgreSQL itself."""
    return int(service.rows("SELECT count(*) FROM pg_stat_activity WHERE usename = 'iris'")[0][0])


def test_many_workers_share_a_few_backends(pooled: Service, model: ModelServer, say) -> None:
    """A model that takes its time holds a worker and no connection."""
    model.scenario({"name": "slow", "ms": 300})
    people = [pooled.person("premium") for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: people[n % 12].chat(f"Question {n} sur mon CV ?"), range(48)))
    assert Counter((answer.status_code, answer.json()["degraded"]) for answer in answers) == {(200, False): 48}
    assert 1 <= backends(pooled) <= SIZE


def test_quotas_and_repeats_hold(pooled: Service) -> None:
    """Each call is one transaction, whatever connection it gets."""
    person = pooled.person()
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(answer.status_code for answer in pool.map(lambda _: person.chat(), range(24)))
    assert statuses == {200: 10, 429: 14} and pooled.charged(person) == 10
    other = pooled.person()
    key = {"Idempotency-Key": "la-meme"}
    first, again = (other.send("POST", "/api/v1/chat", json={"message": "Une fois en 2026"}, headers=key) for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true" and again.json()["message_id"] == first.json()["message_id"]


def test_commands_work_through_it(pooled: Service, tmp_path: Path) -> None:
    person = pooled.person()
    person.chat()
    assert person.email in pooled.server.command("user", "list").stdout
    exported = json.loads(pooled.server.command("user", "export", person.email).stdout)
    assert len(exported["conversations"]) == 1
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: pooled.server.command("maintain", "--json", timeout=60), range(2)))
    assert [run.returncode for run in runs] == [0, 0], [run.stderr for run in runs]
    assert pooled.rows("SELECT holder FROM iris.upkeep") == [(None,)]
    rows = tmp_path / "accounts.csv"
    rows.write_text("id,email\n1,ancien@example.org\n")
    taken = pooled.server.command("import", str(rows), "--json", timeout=60)
    assert taken.returncode == 0, taken.stderr
    assert pooled.server.command("user", "erase", person.email, "--yes").returncode == 0


def test_what_stops_behind_it_is_survived(pooled: Service) -> None:
    """PgBouncer itself answers all the while; the workers notice by its words, and by its silence."""
    server, http = pooled.server, pooled.http
    people = [member(server, http, "premium") for _ in range(8)]
    with Crowd(people, 30) as load:
        with stopped(server):
            wait_until(lambda: any(asked.body.get("degraded") for asked in load.asked), 10)
        back = await_database(people[0], 20)
        with frozen(server):
            wait_until(lambda: len(load.asked) > 60, 10)
        thawed = await_database(people[0], 20)
    assert {asked.status for asked in load.asked} == {200} and max(asked.seconds for asked in load.asked) < 5
    await_replay(server, 30)
    given = sorted(asked.body["message_id"] for asked in load.asked)
    fresh = Service(server)
    found = fresh.rows("SELECT id::text FROM iris.iris_messages WHERE role = 'assistant' AND id = ANY(%s::uuid[])", given)
    fresh.close()
    assert sorted(id for (id,) in found) == given, "not each answered turn is in the database once"
    assert back < 6 and thawed < 6
