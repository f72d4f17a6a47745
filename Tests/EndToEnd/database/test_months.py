"""120 days of the real program on a clock that is moved: chats, `iris-fcgi maintain`, partitions, retention, roll-ups."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from model_server import ModelServer
from operations_page import fenced
from moved_clock import MovedClock, moved_clock
from people import PASSWORD
from wiring import model_env

DAYS = 120
#: Over the turn of a year, a February, and the change to summer time on 28 March.
FIRST = date(2026, 12, 5)
ZONE = ZoneInfo("Europe/Paris")
KEEP = {"events": 40, "messages": 20, "errors": 30}
TABLES = {"iris_messages": "messages", "iris_events": "events", "iris_errors": "errors"}
#: What grows by day and for good, nobody being in it (docs/privacy.md), and by how many rows a day at most.
BY_DAY = {"rollup_days": 1, "rollup_cohorts": 1, "rollup_breakdowns": 30, "service_days": 2}
#: What belongs to a living account.
BY_ACCOUNT = {"accounts"}


def months(first: date, count: int) -> list[str]:
    """So many months from that of a day on."""
    return [f"{first.year + (first.month - 1 + step) // 12}{(first.month - 1 + step) % 12 + 1:02}" for step in range(count)]


def end_of(month: str) -> datetime:
    """Its last moment, in UTC."""
    year, number = int(month[:4]), int(month[4:])
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=timezone.utc)


def expected_months(table: str, now: datetime) -> list[str]:
    """Those from the first day on that are not past, and this one and the two after it."""
    keep = timedelta(days=KEEP[TABLES[table]])
    made, ahead = [], months(now.date(), 3)
    month = months(FIRST, 1)[0]
    while month <= ahead[-1]:
        if end_of(month) > now - keep:
            made.append(month)
        month = months(end_of(month).date(), 1)[0]
    return made


def found_months(cursor: Any, table: str) -> list[str]:
    """Partitions with a month's name, and tables that were taken off one."""
    cursor.execute(
        "SELECT right(relname, 6) FROM pg_class WHERE relnamespace = 'iris'::regnamespace AND relname ~ %s"
        " AND relkind = 'r' ORDER BY 1", (f"^{table}_[0-9]{{6}}$",))  # fmt: skip
    return [name for (name,) in cursor.fetchall()]


#: A day's errors, and the marks that logins, letters and mails leave, with what the defaults say is now.
TRACES = """
INSERT INTO iris.iris_errors (error_type, error_message, context)
SELECT 'provider_error', 'a model did not answer', jsonb_build_object('provider', 'gemini', 'reason', 'day ' || %(day)s %% 7)
  FROM generate_series(1, 20);
INSERT INTO iris.throttles (scope, key, count, started_at, last_at)
SELECT 'address', sha256((%(day)s || '-' || n)::text::bytea), 1, now(), now() FROM generate_series(1, 20) n;
INSERT INTO iris.outbox (id, kind, topic, user_id, payload, due_at, expires_at, delivered_at)
SELECT gen_random_uuid(), 'webhook', 'account.created', NULL, '{}', now(), now() + interval '3 days', now()
  FROM generate_series(1, 5);
INSERT INTO iris.alerts (kind, subject, first_at, last_at, resolved_at, ended_told_at)
VALUES ('login_spraying', 'source ' || %(day)s, now(), now(), now(), now());
INSERT INTO iris.daily_spend (date, shard, cost_micro) VALUES (now()::date, 0, 1) ON CONFLICT DO NOTHING;
"""


class Life:
    """What happened, by day of the service's time zone."""

    def __init__(self, world: MovedClock) -> None:
        self.world = world
        self.requests: Counter[date] = Counter()
        self.members: list[dict[str, str]] = []

    def live(self, number: int, now: datetime) -> None:
        """One day: now and then somebody new, then one or two of them ask, each in a login of the day."""
        if number % 8 == 0:
            self._join(number)
        for member in self.members[-2:] if number % 4 == 0 else self.members[-1:]:
            token = self.world.ask("/api/v1/auth/login", member)["access_token"]
            answer = self.world.ask("/api/v1/chat", {"message": f"Comment réussir mon CV, jour {number} ?"}, token)
            assert answer["finish"] == "complete" and not answer["degraded"], answer
            self.requests[now.astimezone(ZONE).date()] += 1

    def _join(self, number: int) -> None:
        member = {"email": f"membre{number}@example.org", "password": PASSWORD}
        self.world.ask("/api/v1/auth/register", member)
        self.members.append(member)


@pytest.fixture()
def world(binary: Path, model: ModelServer) -> Any:
    retention = ",".join(f"{kind}={days}" for kind, days in KEEP.items())
    start = datetime.combine(FIRST, datetime.min.time(), timezone.utc)
    with moved_clock(binary, start, IRIS_RETENTION_DAYS=retention, **model_env(model)) as running:
        yield running


def census(cursor: Any) -> dict[str, tuple[int, int]]:
    """Rows and bytes of every table, all partitions together, after the vacuum that a day brings."""
    cursor.execute("VACUUM")
    cursor.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'iris'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition ORDER BY 1")  # fmt: skip
    found = {}
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"SELECT (SELECT count(*) FROM iris.{table}), coalesce((SELECT sum(pg_total_relation_size(t.relid))"
            f" FROM pg_partition_tree('iris.{table}') t), pg_total_relation_size('iris.{table}'))")  # fmt: skip
        [(rows, size)] = cursor.fetchall()
        found[table] = (int(rows), int(size))
    return found


def test_120_days(world: MovedClock, say: Any) -> None:
    life, half, made, dropped = Life(world), {}, 0, 0
    with world.database() as cursor:
        for number in range(DAYS):
            # Late in the evening in Paris, or shortly after midnight: the day is that of the time zone, not of UTC.
            local = datetime.combine(FIRST + timedelta(days=number), datetime.min.time(), ZONE)
            now = local.astimezone(timezone.utc) + timedelta(minutes=10 if number % 2 else 23 * 60 - 20)
            world.set(now)
            cursor.execute(TRACES, {"day": number})
            if number % 4 < 2:  # evenings and nights alike
                life.live(number, now)
            world.set(now + timedelta(minutes=2))  # errors are counted half a minute late
            report = world.maintain()
            assert report["failures"] == []
            made += report["partitions_made"]
            dropped += report["tasks"]["retention"].get("months dropped", 0)
            for table in TABLES:
                assert found_months(cursor, table) == expected_months(table, now), (table, now)
            cursor.execute("SELECT count(*) FROM iris.iris_messages WHERE created_at < now() - interval '20 days'")
            assert cursor.fetchall() == [(0,)], now
            if number == DAYS // 2:
                half = census(cursor)
        whole = census(cursor)
        cursor.execute(fenced("Retention", "sql")[1])
        assert {"iris_chat_sessions", "error_groups"} <= {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT day, requests, answers FROM iris.rollup_days WHERE requests > 0 ORDER BY day")
        assert cursor.fetchall() == [(day, count, count) for day, count in sorted(life.requests.items())]
        for rest in TABLES:
            cursor.execute(f"SELECT count(*) FROM iris.{rest}_rest")
            assert cursor.fetchall() == [(0,)], f"{rest}_rest"
        cursor.execute("SELECT sum(count) FROM iris.error_groups")
        assert cursor.fetchall() == [(20 * DAYS,)]
    say(f"{DAYS} days: {sum(life.requests.values())} chats, {made} partitions made, {dropped} dropped")
    assert made >= 12 and dropped >= 6
    assert_bounded(half, whole)


def assert_bounded(half: dict[str, tuple[int, int]], whole: dict[str, tuple[int, int]]) -> None:
    """After 60 days every retention has run its course: what is twice as large after 120 grows for good. Events and errors
    go by whole months, others by the day, so that the phase of the month and of the day makes a difference."""
    grown = {}
    for table, (rows, size) in whole.items():
        before, size_before = half[table]
        allowed = before * 1.5 + 25
        if table in BY_DAY:
            allowed = before + BY_DAY[table] * (DAYS - DAYS // 2)
        elif table in BY_ACCOUNT:
            allowed = before + DAYS // 8
        if rows > allowed or size > size_before * 1.5 + 65_536:
            grown[table] = f"{before} -> {rows} rows, {size_before} -> {size} bytes"
    assert not grown, grown
