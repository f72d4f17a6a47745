"""Several hosts behind the front that is shipped, one of them killed under load, another one's cable pulled."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest
from hosts import Host, Hosts
from model_server import ModelServer
from networks import obstacle
from outage import Crowd, member
from people import Person
from service import UNLIMITED, wait_until
from webhook_sink import WebhookSink, webhook_sink
from wiring import model_env

RATE = 30


@pytest.fixture(scope="module")
def sink() -> Iterator[WebhookSink]:
    with webhook_sink() as server:
        yield server


@pytest.fixture(scope="module")
def hosts(binary: Path, session_model: ModelServer, sink: WebhookSink) -> Iterator[Hosts]:
    if reason := obstacle():
        pytest.skip(reason)
    env = {**model_env(session_model), "IRIS_LIMITS": UNLIMITED, "IRIS_ALERT_WEBHOOK_URL": sink.url}
    ports = [urlsplit(url).port or 0 for url in (session_model.url, sink.url)]
    running = Hosts(binary, env, 3, ports)
    yield running
    running.close()


@pytest.fixture(scope="module")
def http(hosts: Hosts) -> Iterator[httpx.Client]:
    with hosts.client() as client:
        yield client


@pytest.fixture(scope="module")
def people(hosts: Hosts, http: httpx.Client) -> list[Person]:
    return [member(hosts.hosts[0].server, http, "premium") for _ in range(12)]


def run(hosts: Hosts, sql: str, *parameters: object) -> list[tuple]:
    with psycopg2.connect(hosts.hosts[0].server.superuser_url) as database, database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


class Readers:
    """GET requests beside the chats: nobody may notice anything."""

    def __init__(self, people: list[Person]) -> None:
        self.statuses: Counter[int] = Counter()
        self._people, self._end = people, False
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end = True
        self._thread.join()

    def _work(self) -> None:
        number = 0
        while not self._end:
            number += 1
            try:
                status = self._people[number % len(self._people)].me().status_code
            except httpx.HTTPError:
                status = 0
            self.statuses[status] += 1
            time.sleep(0.02)


def test_any_host_serves_anybody(hosts: Hosts, http: httpx.Client, people: list[Person]) -> None:
    """A session and a conversation go on on whatever host."""
    session = people[0].chat("Première question en 2026").json()["session_id"]
    for number in range(9):
        answer = people[0].chat(f"Et la suite, numéro {number} ?", session_id=session)
        assert answer.status_code == 200 and answer.json()["session_id"] == session
    used = Counter(tried[-1] for _, status, tried in hosts.served() if status == 200)
    assert set(used) == {host.network.address for host in hosts.hosts}, used
    told = people[0].send("GET", f"/api/v1/chat/sessions/{session}").json()
    assert sum(message["role"] == "user" for message in told["messages"]) == 10


def test_one_alert_is_told_once_whoever_runs_maintain(hosts: Hosts, sink: WebhookSink) -> None:
    run(hosts, "INSERT INTO iris.alerts (kind, subject, first_at, last_at) VALUES ('login_spraying', 's', now(), now())")
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(Host.maintain, hosts.hosts))
    assert [one.returncode for one in runs] == [0, 0, 0], [one.stderr for one in runs]
    reports = [json.loads(one.stdout) for one in runs]
    assert sum(report["tasks"]["alerts"]["told"] for report in reports) == 1
    assert len(sink.hooks) == 1 and "login_spraying" in sink.hooks[0].document["text"]
    assert "done" in {report["status"] for report in reports}
    [name] = {line.removeprefix("Phoenix Iris on ") for line in sink.hooks[0].document["text"].split("\n")[:1]}
    assert name in {host.network.name for host in hosts.hosts}


def assert_only_its_own_failed(hosts: Hosts, load: Crowd, readers: Readers, gone: Host, since: int, say) -> None:
    failed = [asked for asked in load.asked if asked.status != 200]
    lost = [(method, tried) for method, status, tried in hosts.served()[since:] if status != 200]
    say(f"{len(load.asked)} chats and {readers.statuses.total()} reads, failed: {len(failed)} chats that {gone.network.name} had; "
        f"slowest of the others {max(a.seconds for a in load.asked if a.status == 200):.2f} s")
    assert set(readers.statuses) == {200}, readers.statuses
    assert {(asked.status, asked.body["code"]) for asked in failed} <= {(502, "unavailable"), (504, "unavailable")}
    # Four workers, and what waited for them.
    assert len(failed) == len(lost) <= 8
    assert all((method, tried) == ("POST", [gone.network.address]) for method, tried in lost), lost
    given = sorted(asked.body["message_id"] for asked in load.asked if asked.status == 200)
    found = run(hosts, "SELECT id::text FROM iris.iris_messages WHERE role = 'assistant' AND id = ANY(%s::uuid[])", given)
    assert sorted(id for (id,) in found) == given


@pytest.mark.parametrize("end", ["killed", "unplugged"])
def test_a_host_dies_under_load(
    hosts: Hosts, people: list[Person], session_model: ModelServer, end: str, say
) -> None:
    gone = hosts.hosts[1 if end == "killed" else 2]
    since = len(hosts.served())
    session_model.scenario({"name": "slow", "ms": 200})
    try:
        with Crowd(people, RATE) as load, Readers(people) as readers:
            time.sleep(1.5)
            if end == "unplugged":
                gone.network.unplug()
                time.sleep(1)
            gone.network.kill()
            time.sleep(7 if end == "unplugged" else 3)
    finally:
        session_model.scenario()
    assert_only_its_own_failed(hosts, load, readers, gone, since, say)


def test_what_is_left_still_serves(hosts: Hosts, people: list[Person]) -> None:
    """One of three."""
    wait_until(lambda: people[0].chat().status_code == 200, 10)
    assert all(person.chat().status_code == 200 for person in people[:6])
