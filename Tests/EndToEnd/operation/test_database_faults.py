"""PostgreSQL frozen, stopped, restarted or unfit: a clear 503 within three seconds for all but
chat (test_outage.py), never a 401 or a 404, and recovery."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg2
import pytest
from model_server import ModelServer
from people import PASSWORD, Person, register, rows
from service import UNLIMITED, wait_until
from wiring import PROJECT, Serve, model_env

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def server(binary, session_model: ModelServer):
    from devserver import DevServer

    with DevServer(binary=binary, api=2, auth=1, chat=2, env={**model_env(session_model), "IRIS_LIMITS": UNLIMITED}) as running:
        yield running


@pytest.fixture()
def http(server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:
        yield client


def postgres_processes(server) -> list[int]:
    """The postmaster and its children, backends included."""
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.postgres_pid)], capture_output=True, text=True, check=True).stdout
    return [server.postgres_pid, *map(int, children.split())]


def timed(call) -> tuple[httpx.Response, float]:
    start = time.monotonic()
    answer = call()
    return answer, time.monotonic() - start


def needs_database(person: Person):
    """One call of each kind that needs the database."""
    return [
        person.me,
        lambda: person.http.post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD}),
        lambda: person.http.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token}),
    ]


def assert_unavailable(person: Person) -> None:
    for call in needs_database(person):
        answer, seconds = timed(call)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
        assert int(answer.headers["Retry-After"]) >= 1 and seconds < 3.0, seconds
    health, seconds = timed(lambda: person.http.get("/health"))
    assert (health.status_code, health.json()["status"]) == (200, "degraded") and seconds < 3.0
    assert health.json()["checks"]["database"] == "down"
    assert person.http.get("/health/live").json() == {"status": "ok"}
    assert len(person.http.get("/api/v1/topics?uncached").json()["topics"]) == 5
    bad = person.http.get("/api/v1/user/me", headers={"Authorization": "Bearer a.b.c"})
    assert (bad.status_code, bad.json()["code"]) == (401, "invalid_token")


def assert_recovers(person: Person, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while person.chat().json().get("degraded") is not False or person.me().status_code != 200:
        assert time.monotonic() < deadline, "it did not recover"
        time.sleep(0.05)


def test_frozen(server, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    assert person.chat().status_code == 200
    frozen = postgres_processes(server)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert_unavailable(person)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert_recovers(person, 3.0)


def test_stopped_and_started(server, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    server.stop_postgres()
    try:
        assert_unavailable(person)
    finally:
        server.start_postgres()
    assert_recovers(person, 10.0)


def test_restart_between_two_requests_is_not_noticed(server, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    for _ in range(4):
        assert person.me().status_code == 200
    with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'iris'")
    time.sleep(0.1)
    assert [person.me().status_code for _ in range(4)] == [200] * 4
    assert [person.chat().status_code for _ in range(4)] == [200] * 4


def test_database_lost_while_the_model_thinks(server, http: httpx.Client, session_model: ModelServer) -> None:
    """The reservation is made, the connection breaks, the answer is stored over a new one: nothing said is lost."""
    person = register(http)
    session_model.scenario({"name": "slow", "ms": 1_000})
    try:
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(person.chat, "une question à garder")
            time.sleep(0.4)
            with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'iris'")
            body = job.result().json()
    finally:
        session_model.scenario()
    assert body["finish"] == "complete" and body["usage"]["daily_used"] == 1
    with psycopg2.connect(server.superuser_url) as admin:
        stored = rows(admin, "SELECT count(*) FROM iris.iris_messages WHERE turn_id = %s AND status = 'complete'", body["message_id"])
    assert stored == [(2,)]


def test_an_unfit_schema_is_a_503_that_says_what_to_do(serve: Serve) -> None:
    server = serve()
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        person = register(http)
        with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
            cursor.execute("UPDATE iris.schema_version SET oldest_worker = 99, version = 99")
        with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'iris'")
        if server.state["pooler"] is not None:  # which keeps its clients through all that
            os.kill(server.state["pooler"], signal.SIGKILL)
        time.sleep(0.1)
        wait_until(lambda: "install the newest release" in _reasons(server, person), 5)
        assert "schema" in _reasons(server, person)
        # A database that an operator has to mend is none that may be done without.
        answer = person.chat()
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable") and answer.headers["Retry-After"]


def _reasons(server, person: Person) -> str:
    """What the workers logged of the database, after another request."""
    assert person.me().status_code == 503
    return " ".join(str(line.get("reason")) for line in server.log_lines("api"))


def test_schema_applies_again_and_keeps_everything(server, http: httpx.Client, session_model: ModelServer) -> None:
    person = register(http)
    person.chat()
    for _ in range(2):
        done = subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.superuser_url, "-f", str(PROJECT / "schema.sql")],
            capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert person.chat().status_code == 200


def test_a_month_made_late_takes_its_rows_from_the_rest(server) -> None:
    with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
        cursor.execute("INSERT INTO iris.iris_events (event_type, timestamp) VALUES ('late', '2027-06-10'), ('later', '2031-01-01')")
        cursor.execute("SELECT iris.ensure_partitions('2027-06-30', 1)")
        cursor.execute("SELECT tableoid::regclass::text, event_type FROM iris.iris_events WHERE event_type LIKE 'late%' ORDER BY 2")
        assert cursor.fetchall() == [("iris.iris_events_202706", "late"), ("iris.iris_events_rest", "later")]


def test_a_newer_schema_is_not_overwritten(serve: Serve) -> None:
    server = serve()
    with psycopg2.connect(server.superuser_url) as admin, admin.cursor() as cursor:
        cursor.execute("UPDATE iris.schema_version SET version = 99")
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.superuser_url, "-f", str(PROJECT / "schema.sql")],
        capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "schema version 99" in done.stderr


@pytest.mark.parametrize("statement", [
    "DROP TABLE iris.iris_events", "TRUNCATE iris.accounts", "CREATE TABLE iris.x (a int)", "DELETE FROM iris.iris_events",
    "UPDATE iris.schema_version SET version = 2", "SELECT iris.ensure_partitions(current_date, 1)",
    "CREATE ROLE intruder", "CREATE TABLE public.x (a int)",
])
def test_the_application_has_no_more_rights_than_it_needs(server, statement: str) -> None:
    with psycopg2.connect(server.database_url) as app, app.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


def test_prepared_statements_can_be_off(serve: Serve, session_model: ModelServer) -> None:
    server = serve(env={**model_env(session_model), "IRIS_DATABASE_PREPARE": "off"})
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        assert register(http).chat().status_code == 200
