"""A running service of a test's own, with a client and its database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg2
from people import Person, register, rows
from psycopg2.extensions import connection as Connection

from devserver import DevServer

#: Limits for tests that are not about them: none, or no more than the day's.
UNLIMITED = "free=none/day,none/minute,none/letters;premium=none/day,none/minute,none/letters"
DAY_ONLY = "free=10/day,none/minute,2/letters;premium=none/day,none/minute,none/letters"
#: The scoreboard's header; its words follow.
SCOREBOARD_HEADER = 64
#: Where each living worker shows what it does: bytes that are its own.
WORKER_SLOTS = range(SCOREBOARD_HEADER + 8 * 32_768, SCOREBOARD_HEADER + 8 * 65_536)


class Service:
    """A development server, who uses it, and its database with every right (one transaction per statement)."""

    def __init__(self, server: DevServer) -> None:
        self.server = server
        self.http = httpx.Client(
            base_url=server.url, timeout=40.0, trust_env=False, limits=httpx.Limits(max_connections=None))
        self.database: Connection = psycopg2.connect(server.superuser_url)
        self.database.autocommit = True

    def close(self) -> None:
        """Lets go of both."""
        self.http.close()
        self.database.close()

    def person(self, tier: str = "free", **members: Any) -> Person:
        """A new account, logged in. One without a name has no profile."""
        person = register(self.http, **members)
        if tier != "free":
            self.run("UPDATE iris.accounts SET tier = %s WHERE id = %s", tier, person.id)
        return person

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """What a query gives."""
        return rows(self.database, sql, *parameters)

    def run(self, sql: str, *parameters: object) -> None:
        """A statement that gives nothing."""
        with self.database.cursor() as cursor:
            cursor.execute(sql, parameters)

    def forget_failures(self) -> None:
        """What workers have learned together is gone: one test's faults are none of the next one's."""
        forget_failures(self.server)

    def charged(self, person: Person) -> int:
        """How many messages were charged, on whatever day."""
        sql = "SELECT coalesce(sum(message_count), 0) FROM iris.user_daily_usage WHERE user_id = %s"
        return int(self.rows(sql, person.id)[0][0])

    def reservations(self, person: Person) -> int:
        """How many places are held."""
        return int(self.rows("SELECT count(*) FROM iris.quota_reservations WHERE user_id = %s", person.id)[0][0])

    def turn(self, message_id: str) -> dict[str, tuple[str, str]]:
        """Status and text of a turn's question (`user`) and answer (`assistant`)."""
        found = self.rows("SELECT role, status, content FROM iris.iris_messages WHERE turn_id = %s", message_id)
        return {role: (status, content) for role, status, content in found}

    def statuses(self, person: Person) -> list[str]:
        """What became of the person's questions, in order."""
        sql = "SELECT status FROM iris.iris_messages WHERE user_id = %s AND role = 'user' ORDER BY created_at"
        return [status for (status,) in self.rows(sql, person.id)]

    def failures(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """The attempts at a model that failed for an answer, as `iris_errors` has them, in order."""
        found = self.rows(
            "SELECT context, user_id FROM iris.iris_errors WHERE context->>'request_id' = %s ORDER BY id",
            answer.headers["X-Request-Id"])
        return [context | {"pseudonym": pseudonym} for context, pseudonym in found]

    def events_of(self, pseudonym: str) -> list[tuple[str, dict[str, Any]]]:
        """Type and metadata of a person's events, in order."""
        return self.rows("SELECT event_type, metadata FROM iris.iris_events WHERE user_id = %s ORDER BY id", pseudonym)


def forget_failures(server: DevServer) -> None:
    """Sets every word that the workers share to 0, which they see at once."""
    scoreboard = Path(server.directory, "runtime", "scoreboard")
    if scoreboard.exists():
        with scoreboard.open("r+b") as file:
            end = file.seek(0, 2)
            for first, last in ((SCOREBOARD_HEADER, WORKER_SLOTS.start), (WORKER_SLOTS.stop, end)):
                file.seek(first)
                file.write(bytes(last - first))


@contextmanager
def serving(binary: Path, **options: Any) -> Iterator[Service]:
    """Starts a development server with these options; it ends with the block."""
    with DevServer(binary=binary, **options) as server:
        service = Service(server)
        try:
            yield service
        finally:
            service.close()


def wait_until(holds: Callable[[], Any], seconds: float = 5.0, why: object = "it did not happen in time") -> Any:
    """Waits for a condition and gives its value."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < end, why() if callable(why) else why
        time.sleep(0.01)
    return value


def log_text(server: DevServer) -> str:
    """All logs of a service as one text."""
    return "\n".join(path.read_text(errors="replace") for path in sorted(server.log_dir.iterdir()))


def total_ms(answer: httpx.Response) -> float:
    """The service's own account of its time."""
    parts = dict(part.strip().split(";dur=") for part in answer.headers["Server-Timing"].split(","))
    return float(parts["total"])


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
    return json.loads(answer.text)
