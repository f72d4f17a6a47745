"""`iris-fcgi migrate`: from every version there was, under load, and where it must refuse."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from devserver import DevServer
from devserver.cluster import script_text
from devserver.settings import PROJECT
from model_server import ModelServer
from outage import Crowd, member
from people import Person
from service import UNLIMITED, Service, serving, wait_until
from wiring import model_env

SCHEMA = PROJECT / "schema.sql"
OLD = Path(__file__).parent / "schemas"
VERSION = int(re.search(r"this_version CONSTANT integer := (\d+);", script_text(SCHEMA))[1])

#: Everything that two databases of one version have in common.
CATALOGUE = [
    """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
              pg_get_expr(d.adbin, d.adrelid)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
        WHERE c.relnamespace = 'iris'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'c') AND NOT c.relispartition
          AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2""",
    """SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'iris'::regnamespace AND NOT c.relispartition ORDER BY 1""",
    """SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
         JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.connamespace = 'iris'::regnamespace AND NOT t.relispartition ORDER BY 1, 2""",
    """SELECT p.oid::regprocedure::text, md5(pg_get_functiondef(p.oid)), p.proacl::text FROM pg_proc p
        WHERE p.pronamespace = 'iris'::regnamespace ORDER BY 1""",
    """SELECT c.relname, c.relacl::text, c.relpersistence, c.reloptions FROM pg_class c
        WHERE c.relnamespace = 'iris'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
        ORDER BY 1""",
    "SELECT version, oldest_worker FROM iris.schema_version",
]


class Cluster:
    """Databases of a test's own in the session's cluster, and the program that migrates them."""

    def __init__(self, server: DevServer) -> None:
        self.server = server
        self.names: list[str] = []

    def make(self, schema: str | None = None, owner: str | None = None) -> str:
        """A new database, with a schema in it; its URL with every right."""
        name = f"migrated_{len(self.names)}"
        self.names.append(name)
        run(self.server.superuser_url, f"CREATE DATABASE {name}" + (f" OWNER {owner}" if owner else ""))
        url = self.server.superuser_url.replace("/iris?", f"/{name}?")
        if schema is not None:
            run(url, schema)
        return url

    def migrate(self, url: str, *options: str) -> subprocess.CompletedProcess[str]:
        """The command as an operator runs it."""
        words = options if "--file" in options else ("--file", str(SCHEMA), *options)
        return self.server.command("migrate", "--database", url, *words, timeout=90)


@pytest.fixture(scope="module")
def cluster(iris: DevServer) -> Cluster:
    """What is made there goes with the whole cluster: dropping a database waits for a checkpoint."""
    return Cluster(iris)


def run(url: str, sql: str) -> None:
    """Statements outside of any transaction but their own."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(sql)
    finally:
        connection.close()


def rows(url: str, sql: str) -> list[tuple]:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchall()
    connection.close()
    return found


def old_schema(version: int) -> str:
    """schema.sql as it was last of that version."""
    return gzip.decompress((OLD / f"schema-{version}.sql.gz").read_bytes()).decode()


def next_schema(folder: Path, change: str = "") -> Path:
    """What a release of the next version may bring: columns, an index, a function that is replaced."""
    line = "this_version CONSTANT integer := {};"
    text = script_text(SCHEMA).replace(line.format(VERSION), line.format(VERSION + 1))
    change = change or """
        ALTER TABLE iris.accounts ADD COLUMN IF NOT EXISTS next_release text;
        ALTER TABLE iris.iris_messages ADD COLUMN IF NOT EXISTS next_release integer NOT NULL DEFAULT 0;
        CREATE INDEX IF NOT EXISTS next_release ON iris.iris_messages (next_release);
        """
    path = folder / "schema.sql"
    path.write_text(text.replace("\nCOMMIT;", f"{change}\nCOMMIT;"))
    return path


#: What version 1 could hold; later ones have it, too.
LIFE = """
INSERT INTO iris.accounts (id, email, password_hash)
SELECT gen_random_uuid(), n || '@example.org', 'x' FROM generate_series(1, 50) n;
INSERT INTO iris.sessions (id, account_id, expires_at)
SELECT gen_random_uuid(), a.id, now() + interval '1 day' FROM iris.accounts a;
INSERT INTO iris.iris_chat_sessions (user_id, session_id) SELECT a.id, gen_random_uuid() FROM iris.accounts a;
INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status)
SELECT gen_random_uuid(), c.session_id, c.user_id, gen_random_uuid(), 'user', 'Bonjour', now(), 'complete'
  FROM iris.iris_chat_sessions c, generate_series(1, 20);
INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)
SELECT a.id, now()::date, 7, 'free' FROM iris.accounts a;
INSERT INTO iris.iris_events (user_id, event_type, timestamp)
SELECT 'p' || n, 'chat_request', now() - make_interval(days => n % 60) FROM generate_series(1, 500) n;
INSERT INTO iris.iris_errors (error_type, error_message, timestamp) SELECT 't', 'm', now() - make_interval(days => n % 60)
  FROM generate_series(1, 500) n;
"""
KEPT = [
    "SELECT id, email, password_hash, tier, created_at FROM iris.accounts ORDER BY id",
    "SELECT id, account_id, expires_at FROM iris.sessions ORDER BY id",
    "SELECT id, session_id, user_id, role, content, created_at FROM iris.iris_messages ORDER BY id",
    "SELECT user_id, date, message_count FROM iris.user_daily_usage ORDER BY user_id",
    "SELECT id, user_id, event_type, timestamp FROM iris.iris_events ORDER BY id",
    "SELECT id, error_type, error_message, timestamp, context FROM iris.iris_errors ORDER BY id",
]


@pytest.mark.parametrize("version", range(1, VERSION))
def test_from_every_version_to_what_a_new_database_has(cluster: Cluster, version: int) -> None:
    url, fresh = cluster.make(old_schema(version)), cluster.make()
    run(url, LIFE)
    before = [rows(url, sql) for sql in KEPT]
    told = json.loads(cluster.migrate(url, "--json").stdout)
    assert (told["from"], told["to"], told["attempts"], told["file"]) == (version, VERSION, 1, str(SCHEMA))
    assert [rows(url, sql) for sql in KEPT] == before and len(before[2]) == 1000
    made = cluster.migrate(fresh)
    assert made.returncode == 0 and re.fullmatch(rf"schema: made, version {VERSION} \(\d+ ms\)\n", made.stdout), made
    for sql in CATALOGUE:
        assert rows(url, sql) == rows(fresh, sql)
    again = cluster.migrate(url)
    assert (again.returncode, again.stderr) == (0, "") and f"version {VERSION} as before, applied again" in again.stdout


class OldWorkers:
    """What workers of version 2 and later ask of the database all the time, by connections that they keep."""

    #: A login that is looked up, a session that is touched, a turn, an event and an error: each a transaction.
    CALLS = [
        "SELECT * FROM iris.authorise(%(user)s, %(session)s, 'Europe/Paris')",
        "UPDATE iris.sessions SET last_used_at = now() WHERE id = %(session)s",
        """SELECT outcome FROM iris.begin_chat(%(user)s, %(session)s, gen_random_uuid(), true, gen_random_uuid(),
               gen_random_uuid(), 'q', 'cv', 'Europe/Paris', 45, NULL, NULL, 4, NULL, NULL, 200, NULL, NULL, NULL,
               'host 1 1', NULL, NULL, NULL)""",
        "INSERT INTO iris.iris_events (user_id, event_type) VALUES ('p', 'chat_request')",
        "INSERT INTO iris.iris_errors (error_type, error_message) VALUES ('t', 'm')",
    ]

    def __init__(self, url: str, count: int) -> None:
        self.failures: list[str] = []
        self.seconds: list[float] = []
        self._end = False
        people = rows(url, "SELECT s.account_id, s.id FROM iris.sessions s")
        self._threads = [threading.Thread(target=self._work, args=(url, *people[n])) for n in range(count)]

    def __enter__(self) -> OldWorkers:
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.5)
        self._end = True
        for thread in self._threads:
            thread.join()

    def _work(self, url: str, user: str, session: str) -> None:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        cursor = connection.cursor()
        while not self._end:
            for sql in self.CALLS:
                start = time.monotonic()
                try:
                    cursor.execute(sql, {"user": user, "session": session})
                except psycopg2.Error as error:
                    self.failures.append(str(error))
                self.seconds.append(time.monotonic() - start)
            time.sleep(0.02)
        connection.close()


@pytest.mark.parametrize("version", range(2, VERSION))
def test_old_workers_go_on_meanwhile(cluster: Cluster, version: int, say: Any) -> None:
    """Those of the release before are no more, but what they ask of the database is known."""
    url = cluster.make(old_schema(version))
    run(url, LIFE)
    with OldWorkers(url, 8) as workers:
        told = json.loads(cluster.migrate(url, "--json").stdout)
    say(f"{version} -> {VERSION}: {told['milliseconds']} ms, {told['attempts']} attempts; {len(workers.seconds)} calls, "
        f"longest {max(workers.seconds):.2f} s")
    assert workers.failures == [] and len(workers.seconds) > 100
    assert max(workers.seconds) < 2.0, "a worker would have given up"


@pytest.fixture(scope="module")
def busy(binary: Path, session_model: ModelServer) -> Iterator[tuple[Service, list[Person]]]:
    with serving(binary, api=2, auth=1, chat=8, env={**model_env(session_model), "IRIS_LIMITS": UNLIMITED}) as service:
        yield service, [member(service.server, service.http, "premium") for _ in range(16)]


def test_under_load_no_request_fails(busy: tuple[Service, list[Person]], tmp_path: Path, say: Any) -> None:
    """This release, then the next one, while workers of this release serve."""
    service, people = busy
    steps = [SCHEMA, next_schema(tmp_path)]
    with Crowd(people, 60) as load:
        time.sleep(1)
        told = []
        for path in steps:
            done = service.server.command(
                "migrate", "--database", service.server.superuser_url, "--file", str(path), "--json", timeout=90)
            assert done.returncode == 0, done.stderr
            told.append(json.loads(done.stdout))
            time.sleep(1)
    waits = sorted(asked.seconds for asked in load.asked)
    say(f"{len(waits)} chats, longest {waits[-1]:.2f} s, p50 {waits[len(waits) // 2]:.3f} s; locked "
        + ", ".join(f"{one['milliseconds']} ms in {one['attempts']} attempts" for one in told))
    assert Counter(asked.status for asked in load.asked) == {200: len(load.asked)}
    assert not any(asked.body["degraded"] for asked in load.asked), "a worker gave up its call"
    assert (told[1]["from"], told[1]["to"]) == (VERSION, VERSION + 1)


def test_a_reader_in_the_way_delays_it_and_users_hardly(
    busy: tuple[Service, list[Person]], tmp_path: Path, say: Any
) -> None:
    """Such as pg_dump: first it gives up and names who is in the way, then it has its turn when that one ends."""
    service, people = busy
    path = str(next_schema(tmp_path))
    reader = psycopg2.connect(service.server.superuser_url, application_name="a long look")
    reader.cursor().execute("SELECT count(*) FROM iris.iris_messages")
    migrate = ("migrate", "--database", service.server.superuser_url, "--file", path)
    with Crowd(people, 30) as load:
        refused = service.server.command(*migrate, "--wait", "1.5", timeout=60)
        threading.Timer(1.0, reader.rollback).start()
        done = service.server.command(*migrate, "--json", timeout=60)
    reader.close()
    assert refused.returncode == 1 and "a long look" in refused.stderr and "pg_terminate_backend" in refused.stderr
    assert done.returncode == 0 and json.loads(done.stdout)["attempts"] > 1 and "trying again" in done.stderr
    say(f"longest chat {max(asked.seconds for asked in load.asked):.2f} s")
    assert {asked.status for asked in load.asked} == {200}
    assert not any(asked.body["degraded"] for asked in load.asked)


def test_what_takes_too_long_is_undone_and_says_how_to_give_it_more(
    busy: tuple[Service, list[Person]], tmp_path: Path
) -> None:
    service, people = busy
    path = str(next_schema(tmp_path, "CREATE TABLE iris.slow AS SELECT pg_sleep(1)::text;"))
    migrate = ("migrate", "--database", service.server.superuser_url, "--file", path)
    refused = service.server.command(*migrate, "--lock", "0.9", timeout=60)
    assert refused.returncode == 1 and "--lock 60" in refused.stderr
    assert service.rows("SELECT to_regclass('iris.slow')") == [(None,)]
    wait_until(lambda: people[0].me().status_code == 200, 5)
    done = service.server.command(*migrate, "--lock", "20", timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_newer_schema_is_refused(cluster: Cluster) -> None:
    url = cluster.make(script_text(SCHEMA))
    run(url, "UPDATE iris.schema_version SET version = 99")
    refused = cluster.migrate(url)
    assert refused.returncode == 1 and refused.stdout == ""
    assert f"the database has schema version 99, {SCHEMA} is version {VERSION}: apply that of the newest" in refused.stderr


def test_two_at_once_both_come_to_their_end(cluster: Cluster) -> None:
    url = cluster.make()
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda: done.append(cluster.migrate(url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]


def test_a_role_without_the_rights_is_told_whose_they_are(cluster: Cluster) -> None:
    url = cluster.make(script_text(SCHEMA))
    refused = cluster.migrate(url.replace("postgres@", "iris@"))
    assert refused.returncode == 1 and "runuser -u postgres -- iris-fcgi migrate --database dbname=iris" in refused.stderr
    assert "PostgreSQL" not in refused.stdout and rows(url, "SELECT version FROM iris.schema_version") == [(VERSION,)]


def test_an_owner_who_is_no_superuser_may(cluster: Cluster, iris: DevServer) -> None:
    run(iris.superuser_url, "CREATE ROLE keeper LOGIN CREATEROLE")
    url = cluster.make(owner="keeper").replace("postgres@", "keeper@")
    for _ in range(2):
        assert cluster.migrate(url).returncode == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--file", "/nowhere/schema.sql"], "/nowhere/schema.sql"),
        (["--file", "/etc/passwd"], "/etc/passwd is no schema of Iris"),
        (["--database", "host=/nowhere dbname=iris"], "cannot be reached"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said(iris: DevServer, words: list[str], reason: str) -> None:
    options = words if "--file" in words else [*words, "--file", str(SCHEMA)]
    refused = iris.command("migrate", *options)
    assert refused.returncode == 1 and reason in refused.stderr and refused.stdout == ""


def test_a_file_of_an_older_release_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "old.sql"
    path.write_text(old_schema(VERSION - 1))
    url = cluster.make()
    refused = cluster.migrate(url, "--file", str(path))
    assert refused.returncode == 1 and f"this program needs {VERSION}" in refused.stderr
