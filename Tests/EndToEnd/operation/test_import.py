"""`iris-fcgi import`: people of another product log in here and find what they said, in order and once."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
from devserver import DevServer
from fixtures import naughty_strings, needs_naughty_strings
from people import new_email
from psycopg2.extensions import connection as Connection

PASSWORD = "correct horse battery staple"
#: Of that password, as PHP writes it.
HASH = "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG"
MESSAGES = ("id", "session_id", "user_id", "role", "content", "created_at")
BEGIN = (datetime.now(timezone.utc) - timedelta(days=30)).replace(microsecond=0)


def write(folder: Path, table: str, heading: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A file as other programs write it: lines end with CR LF."""
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)


def run(iris: DevServer, place: object, *words: str, code: int = 0) -> dict[str, Any]:
    """An import with the report that it gives."""
    done = iris.command("import", str(place), *words, "--json", timeout=300)
    assert done.returncode == code, done.stderr + done.stdout
    return json.loads(done.stdout)


def said(number: int, shift: timedelta = timedelta()) -> tuple[str, str]:
    """Who said the message of this number, and when."""
    return ("user", "assistant")[number % 2], (BEGIN + timedelta(seconds=number) + shift).isoformat()


def history(client: httpx.Client, email: str) -> list[list[tuple[str, str, str]]]:
    """What somebody reads after a login: role, content and turn of each conversation's messages, oldest first."""
    answer = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    conversations = []
    for item in client.get("/api/v1/chat/sessions", headers=headers).json()["items"]:
        page = client.get(f"/api/v1/chat/sessions/{item['session_id']}", params={"limit": 100}, headers=headers).json()
        assert item["message_count"] == sum(message["role"] == "assistant" for message in page["messages"])
        conversations.append([(m["role"], m["content"], m["turn_id"]) for m in page["messages"]])
    return conversations


@pytest.fixture()
def source() -> str:
    """Another product in each test."""
    return f"test-{uuid.uuid4().hex[:8]}"


def test_people_log_in_and_find_their_history(
    iris: DevServer, client: httpx.Client, tmp_path: Path, source: str
) -> None:
    email, session = new_email(), str(uuid.uuid4())
    write(tmp_path, "accounts", ("id", "email", "password_hash", "tier"), [(7, email, HASH, "premium")])
    write(tmp_path, "iris_messages", MESSAGES, (
        (number, session, 7, said(number)[0], f"Message {number}, « à lire »", said(number)[1])
        for number in reversed(range(20))
    ))  # fmt: skip
    assert run(iris, tmp_path, "--source", source)["tables"]["iris_messages"]["imported"] == 20
    [messages] = history(client, email)
    assert [message[:2] for message in messages] == [
        (said(number)[0], f"Message {number}, « à lire »") for number in range(20)]
    turns = [turn for _, _, turn in messages]
    assert turns[0::2] == turns[1::2] and len(set(turns)) == 10
    again = run(iris, tmp_path, "--source", source)["tables"]
    assert again["accounts"]["present"] == 1 and again["iris_messages"]["present"] == 20
    assert history(client, email) == [messages]


@pytest.fixture()
def product(database: Connection, iris: DevServer) -> Iterator[tuple[str, Connection]]:
    """A database of another product on the same server."""
    name = f"product_{uuid.uuid4().hex[:8]}"
    with database.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    url = iris.superuser_url.replace("/iris?", f"/{name}?")
    assert url != iris.superuser_url
    connection = psycopg2.connect(url)
    connection.autocommit = True
    yield url, connection
    connection.close()
    with database.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_product_on_supabase_is_taken_over(
    iris: DevServer, client: httpx.Client, product: tuple[str, Connection], source: str
) -> None:
    url, connection = product
    email, user, session = new_email(), str(uuid.uuid4()), str(uuid.uuid4())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE SCHEMA auth;
            CREATE TABLE auth.users (id uuid, email text, encrypted_password text, raw_user_meta_data jsonb,
              created_at timestamptz);
            CREATE TABLE iris_chat_sessions (id bigserial, user_id uuid, session_id uuid, started_at timestamptz,
              message_count int, total_tokens int, avg_response_time float);
            CREATE TABLE iris_messages (id uuid DEFAULT gen_random_uuid(), session_id uuid, user_id uuid, role text,
              content text, created_at timestamptz);
            CREATE TABLE iris_events (id bigserial, user_id uuid, event_type text, timestamp timestamptz, metadata jsonb,
              session_id uuid);
            CREATE TABLE iris_errors (id bigserial, error_type text, error_message text, timestamp timestamptz,
              user_id uuid, context jsonb);
            CREATE TABLE user_daily_usage (user_id uuid, date date, message_count int, tier_at_time text,
              last_message_at timestamptz);
            """)
        cursor.execute(
            "INSERT INTO auth.users VALUES (%s, %s, %s, '{\"name\": \"Zoé\"}', now() - interval '90 days')",
            (user, email, HASH))
        cursor.execute(
            "INSERT INTO iris_chat_sessions VALUES (1, %s, %s, %s, 2, 80, 900)", (user, session, BEGIN))
        for number in range(4):
            cursor.execute(
                "INSERT INTO iris_messages (session_id, user_id, role, content, created_at) VALUES (%s, %s, %s, %s, %s)",
                (session, user, said(number)[0], f"Texte {number}", said(number)[1]))
        cursor.execute(
            "INSERT INTO iris_events VALUES (1, %s, 'chat_request', %s, %s, %s)",
            (user, BEGIN, json.dumps({"user_id": user, "length": 3}), session))
        cursor.execute("INSERT INTO iris_errors VALUES (1, 'provider', 'no answer', %s, %s, '{}')", (BEGIN, user))
        cursor.execute("INSERT INTO user_daily_usage VALUES (%s, %s, 2, 'free', NULL)", (user, BEGIN.date()))
    tables = run(iris, url, "--source", source)["tables"]
    assert {name: counts["imported"] for name, counts in tables.items()} == {
        "accounts": 1, "iris_chat_sessions": 1, "iris_messages": 4, "user_daily_usage": 1, "iris_events": 1,
        "iris_errors": 1}
    [messages] = history(client, email)
    assert [content for _, content, _ in messages] == [f"Texte {number}" for number in range(4)]
    assert {counts["imported"] for counts in run(iris, url, "--source", source)["tables"].values()} == {0}


def start(iris: DevServer, *words: str) -> subprocess.Popen[str]:
    """An import in the background."""
    script = f". {shlex.quote(str(iris.directory / 'env'))} && exec iris-fcgi import \"$@\" --json"
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )  # fmt: skip


def many(folder: Path, users: int, messages: int) -> list[str]:
    """A product of so many people, whose conversations are told across each other."""
    emails = [new_email() for _ in range(users)]
    write(folder, "accounts", ("id", "email"), enumerate(emails))
    # No two products said the message of one number in the same microsecond.
    shift = timedelta(microseconds=secrets.randbelow(1_000_000))
    write(folder, "iris_messages", MESSAGES, (
        (number, f"s-{number // 2 % (users * 10)}", number // 2 % users, role, f"Texte {number}", moment)
        for number, (role, moment) in enumerate(said(number, shift) for number in range(messages))
    ))  # fmt: skip
    return emails


COUNTS = """
    SELECT count(*), count(DISTINCT m.content), count(*) FILTER (WHERE m.status = 'complete'), count(DISTINCT m.turn_id)
      FROM iris.iris_messages m JOIN iris.accounts a ON a.id = m.user_id WHERE a.email = ANY (%s)
"""


def test_a_killed_import_goes_on(iris: DevServer, database: Connection, tmp_path: Path, source: str) -> None:
    emails = many(tmp_path, 100, 20_000)
    for least in (500, 6_000):
        process = start(iris, str(tmp_path), "--source", source)
        end = time.monotonic() + 60
        while True:
            with database.cursor() as cursor:
                cursor.execute(COUNTS, (emails,))
                if cursor.fetchone()[0] >= least:
                    break
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    with database.cursor() as cursor:
        cursor.execute(COUNTS, (emails,))
        assert cursor.fetchone()[0] < 20_000
        run(iris, tmp_path, "--source", source)
        cursor.execute(COUNTS, (emails,))
        assert cursor.fetchone() == (20_000, 20_000, 20_000, 10_000)


def test_a_large_import_is_quick_and_holds_little(
    iris: DevServer, tmp_path: Path, source: str, say: Callable[[str], None]
) -> None:
    peaks = []
    for number, rows in enumerate((20_000, 100_000)):
        folder = tmp_path / str(number)
        folder.mkdir()
        many(folder, 200, rows)
        begin = time.monotonic()
        process = start(iris, str(folder), "--source", f"{source}-{number}")
        output, errors = process.stdout.read(), process.stderr.read()  # type: ignore[union-attr]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, errors
        seconds = time.monotonic() - begin
        assert json.loads(output)["tables"]["iris_messages"]["imported"] == rows
        peaks.append(usage.ru_maxrss)
        say(f"{rows} messages in {seconds:.1f} s: {rows / seconds:.0f} a second; {usage.ru_maxrss / 1024:.1f} MiB at most")
    assert rows / seconds > 300
    assert peaks[1] < peaks[0] + 8 * 1024, "memory grows with the file"


@needs_naughty_strings
def test_naughty_strings_arrive_or_are_reported(
    iris: DevServer, database: Connection, tmp_path: Path, source: str
) -> None:
    email = new_email()
    strings = naughty_strings()
    write(tmp_path, "accounts", ("id", "email"), [(1, email)])
    write(tmp_path, "iris_messages", MESSAGES, (
        (number, "s", 1, "user", text, said(number)[1]) for number, text in enumerate(strings)
    ))  # fmt: skip
    before = [iris.pids("api"), iris.pids("chat")]
    report = run(iris, tmp_path, "--source", source, code=1)
    assert len(strings) >= 500 and before == [iris.pids("api"), iris.pids("chat")]
    refused = {row["id"]: row["reason"] for row in report["refused"]}
    assert set(refused.values()) <= {"missing", "nul_character"} and len(refused) < 20
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT m.created_at, m.content FROM iris.iris_messages m JOIN iris.accounts a ON a.id = m.user_id "
            "WHERE a.email = %s ORDER BY m.created_at", (email,))
        kept = [content for _, content in cursor.fetchall()]
    expected = [text for number, text in enumerate(strings) if str(number) not in refused]
    assert len(kept) == len(expected)
    # What no rule changes comes back as it was.
    plain = [(a, b) for a, b in zip(expected, kept, strict=True) if a.isascii() and a.isprintable() and a == a.strip()]
    assert len(plain) > 200 and all(a == b for a, b in plain)
