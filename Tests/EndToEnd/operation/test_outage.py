"""Chat without a database: it goes on, forgets nothing, charges once, and lets nobody have more than the tier."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from model_server import ModelServer
from outage import Crowd, await_database, await_replay, frozen, member, query, stopped, waiting
from people import Person, register
from service import DAY_ONLY, log_text, wait_until
from wiring import model_env

from devserver import DevServer

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def server(binary, session_model: ModelServer) -> Iterator[DevServer]:
    with DevServer(binary=binary, api=1, auth=1, chat=8, env={**model_env(session_model), "IRIS_LIMITS": DAY_ONLY}) as running:
        yield running


@pytest.fixture()
def http(server: DevServer) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=server.url, timeout=20, trust_env=False, limits=httpx.Limits(max_connections=None)
    ) as client:
        await_replay(server)
        yield client


def charged(server: DevServer, person: Person) -> int:
    return int(query(
        server, "SELECT coalesce(sum(message_count), 0) FROM iris.user_daily_usage WHERE user_id = %s", person.id)[0][0])


def answers(server: DevServer, ids: list[str]) -> list[str]:
    """Which of these turns have an answer, once for each."""
    found = query(
        server, "SELECT id::text FROM iris.iris_messages WHERE role = 'assistant' AND status = 'complete' AND id = ANY(%s::uuid[])", ids)
    return sorted(id for (id,) in found)


def test_stopped_under_load_with_a_worker_killed(server: DevServer, http: httpx.Client) -> None:
    rate, seconds = float(os.environ.get("IRIS_OUTAGE_RATE", "50")), float(os.environ.get("IRIS_OUTAGE_SECONDS", "10"))
    small = [member(server, http) for _ in range(6)]
    crowd = [member(server, http, "premium") for _ in range(18)]
    workers = server.pids("chat")
    with Crowd(small + crowd, rate) as load:
        time.sleep(2)
        with stopped(server):
            time.sleep(seconds / 3)
            os.kill(workers[0], signal.SIGKILL)
            time.sleep(seconds * 2 / 3)
        back = time.monotonic()
        recovery = await_database(crowd[0], 20)
        time.sleep(2)
    await_replay(server, 30)
    statuses = Counter(asked.status for asked in load.asked)
    failed = [asked for asked in load.asked if asked.status not in (200, 429)]
    assert len(failed) <= 1 and all(asked.status == 502 for asked in failed), (statuses, [a.body for a in failed[:3]])
    given = sorted(asked.body["message_id"] for asked in load.asked if asked.status == 200)
    assert answers(server, given) == given, "not each answered turn is in the database once"
    degraded = sum(1 for asked in load.asked if asked.body.get("degraded"))
    waits = sorted(asked.seconds for asked in load.asked)
    print(f"\n{statuses}, {degraded} without database, slowest {waits[-1]:.2f} s, p99 {waits[len(waits) * 99 // 100]:.3f} s,"
          f" recovery {recovery:.2f} s after start")
    assert degraded > rate * seconds / 3
    assert not any(asked.body.get("degraded") for asked in load.asked if asked.at > back + recovery + 2.0)
    for person in small:
        assert charged(server, person) == 10 == sum(1 for a in load.asked if a.person is person and a.status == 200)
    assert set(workers[1:]) <= set(server.pids("chat")), "a worker was restarted"


def test_nobody_gets_more_while_the_database_comes_and_goes(server: DevServer, http: httpx.Client) -> None:
    """Everybody has messages left when it goes and when it is back, and asks three at a time."""
    people = [member(server, http) for _ in range(60)]
    with Crowd([person for person in people for _ in range(3)], 80) as load:
        for _ in range(3):
            time.sleep(1)
            with stopped(server):
                time.sleep(1)
        time.sleep(3)
    await_replay(server, 30)
    assert {asked.status for asked in load.asked} <= {200, 429}
    used = Counter(asked.person.id for asked in load.asked if asked.status == 200)
    assert {person.id: charged(server, person) for person in people} == used
    assert max(used.values()) == 10


def test_recovery_takes_two_seconds_at_most(server: DevServer, http: httpx.Client) -> None:
    person = member(server, http, "premium")
    with frozen(server):
        for _ in range(8):
            assert person.chat().status_code == 200
    assert await_database(person, 3.0) < 2.0
    assert person.chat().json()["degraded"] is False
    with stopped(server):
        # A pooler takes the question and finds nobody to ask: that is noticed by its silence, as a frozen server is.
        most = [2.6 if server.state["pooler"] else 1.0] + 7 * [1.0]
        for seconds in most:
            start = time.monotonic()
            assert person.chat().json()["degraded"] is True
            assert time.monotonic() - start < seconds
    ready = wait_until(lambda: _accepts(server), 20)
    assert ready and await_database(person, 3.0) < 2.0


def _accepts(server: DevServer) -> bool:
    try:
        return query(server, "SELECT 1") == [(1,)]
    except Exception:  # whatever psycopg2 says while the server starts
        return False


def test_frozen_before_the_question_is_asked(server: DevServer, http: httpx.Client) -> None:
    """The first waits for the database's two seconds, those after it hardly; whether call 1 came through nobody knows."""
    person = register(http)
    assert person.chat().status_code == 200
    with frozen(server):
        times, bodies = [], []
        for _ in range(6):
            start = time.monotonic()
            answer = person.chat()
            times.append(time.monotonic() - start)
            assert answer.status_code == 200, answer.text
            bodies.append(answer.json())
    assert times[0] < 2.6 and all(seconds < 0.9 for seconds in times[1:]) and sorted(times)[2] < 0.3, times
    assert all(body["degraded"] and body["finish"] == "complete" for body in bodies)
    await_replay(server)
    ids = sorted(body["message_id"] for body in bodies)
    assert answers(server, ids) == ids and charged(server, person) == 7
    assert query(server, "SELECT count(*) FROM iris.quota_reservations WHERE user_id = %s", person.id) == [(0,)]


def test_frozen_while_the_model_thinks(server: DevServer, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    session_model.scenario({"name": "slow", "ms": 800})
    try:
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(person.chat)
            time.sleep(0.4)
            with frozen(server):
                answer = job.result()
    finally:
        session_model.scenario()
    body = answer.json()
    assert (answer.status_code, body["finish"], body["degraded"], body["usage"]["daily_used"]) == (200, "complete", False, 1)
    await_replay(server)
    assert answers(server, [body["message_id"]]) == [body["message_id"]] and charged(server, person) == 1


def test_a_stream_and_a_broken_one(server: DevServer, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    stream = {"Accept": "text/event-stream", **person.headers}
    with stopped(server):
        whole = http.post("/api/v1/chat", json={"message": "Comment réussir mon CV en 2026 ?"}, headers=stream)
        done = json.loads(whole.text.split("event: done\ndata: ")[1].split("\n")[0])
        session_model.scenario({"name": "slow", "ms": 30_000})
        try:
            with http.stream("POST", "/api/v1/chat", json={"message": "Et 2027 ?"}, headers=stream, timeout=1.0) as left:
                for _ in left.iter_text():
                    break
        except httpx.TimeoutException:
            pass
        finally:
            session_model.scenario()
    assert done["finish"] == "complete" and done["degraded"] and done["usage"]["daily_used"] == 1
    await_replay(server)
    assert answers(server, [done["message_id"]]) == [done["message_id"]] and charged(server, person) == 1


def test_quotas_hold_through_the_outage_and_before_the_replay(server: DevServer, http: httpx.Client) -> None:
    person = register(http)
    for _ in range(7):
        assert person.chat().status_code == 200
    with stopped(server):
        with ThreadPoolExecutor(16) as pool:
            statuses = Counter(answer.status_code for answer in pool.map(lambda _: person.chat(), range(16)))
        assert statuses == {200: 3, 429: 13}, statuses
        refused = person.chat()
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (429, "daily_quota_exceeded")
        assert int(refused.headers["Retry-After"]) > 60 and 'r=0' in refused.headers["RateLimit"]
    # From the first answer of the database on, whether the spool is replayed or not.
    end = time.monotonic() + 5
    while time.monotonic() < end and (waiting(server) or not _accepts(server)):
        assert person.chat().status_code == 429
    await_replay(server)
    assert person.chat().status_code == 429 and charged(server, person) == 10


def test_another_users_conversation_stays_as_it_is(server: DevServer, http: httpx.Client) -> None:
    owner, stranger = register(http), register(http)
    session = owner.chat("La mienne, en 2026").json()["session_id"]
    before = owner.send("GET", f"/api/v1/chat/sessions/{session}").json()
    with stopped(server):
        claimed = stranger.chat("Je prétends en 2026", session_id=session).json()
        assert claimed["degraded"] and claimed["session_id"] == session
    await_replay(server)
    assert owner.send("GET", f"/api/v1/chat/sessions/{session}").json() == before
    assert stranger.send("GET", f"/api/v1/chat/sessions/{session}").status_code == 404
    where = query(server, "SELECT user_id::text, session_id::text FROM iris.iris_messages WHERE id = %s", claimed["message_id"])
    assert where[0][0] == stranger.id and where[0][1] != session


def test_a_conversation_goes_on_after_the_outage(server: DevServer, http: httpx.Client) -> None:
    person = register(http)
    with stopped(server):
        first = person.chat("Première en 2026").json()
        second = person.chat("Deuxième en 2026", session_id=first["session_id"]).json()
    await_replay(server)
    told = person.send("GET", f"/api/v1/chat/sessions/{first['session_id']}").json()
    assert [m["content"] for m in told["messages"] if m["role"] == "user"] == ["Première en 2026", "Deuxième en 2026"]
    assert second["session_id"] == first["session_id"]


def test_a_repeat_is_charged_once(server: DevServer, http: httpx.Client) -> None:
    person = register(http)
    key = {"Idempotency-Key": "la-meme"}

    def ask(message: str = "Une fois en 2026") -> httpx.Response:
        return person.send("POST", "/api/v1/chat", json={"message": message}, headers=key)

    with stopped(server):
        first = ask()
        assert first.status_code == 200
        repeat, other = ask(), ask("Autre chose en 2026")
        assert (repeat.status_code, repeat.json()["code"]) == (503, "unavailable") and repeat.headers["Retry-After"]
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    wait_until(lambda: ask().status_code == 200, 15)
    again = ask()
    assert again.headers["Idempotent-Replayed"] == "true" and again.json()["message_id"] == first.json()["message_id"]
    await_replay(server)
    assert charged(server, person) == 1


def test_nobody_restarted_and_nothing_was_lost(server: DevServer) -> None:
    """After all of the above."""
    assert "is lost" not in log_text(server)
    assert [name for name in waiting(server) if name.endswith(".damaged")] == []
