"""Quota: never one too many, whatever comes at once; told in every answer; given back when no model answered."""

from __future__ import annotations

import collections
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from model_server import ModelServer
from people import Person, forget_the_minute, register, rows
from psycopg2.extensions import connection as Connection
from service import forget_failures
from wiring import Serve, model_env


def at_once(person: Person, count: int) -> list[httpx.Response]:
    """So many chats of one user, all under way together."""
    with ThreadPoolExecutor(count) as pool:
        return [job.result() for job in [pool.submit(person.chat, f"question {n}") for n in range(count)]]


def test_forty_at_once_pass_three_and_ten_a_day(person: Person, model: ModelServer, database: Connection) -> None:
    answered = 0
    for wanted in (3, 3, 3, 1, 0):
        answers = at_once(person, 40)
        counts = collections.Counter(answer.status_code for answer in answers)
        assert counts == {200: wanted, 429: 40 - wanted} if wanted else counts == {429: 40}, counts
        answered += wanted
        refused = [answer for answer in answers if answer.status_code == 429]
        codes = {answer.json()["code"] for answer in refused}
        assert codes <= {"rate_limited", "daily_quota_exceeded"}
        for answer in refused:
            assert 1 <= int(answer.headers["Retry-After"]) <= (60 if answer.json()["code"] == "rate_limited" else 86_400)
        assert rows(database, "SELECT message_count FROM iris.user_daily_usage WHERE user_id = %s", person.id) == [(answered,)]
        forget_the_minute(database, person)
    assert codes == {"daily_quota_exceeded"}


def test_the_minute_is_refused_with_its_retry_after(person: Person, model: ModelServer, database: Connection) -> None:
    for _ in range(3):
        assert person.chat().status_code == 200
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE iris.user_minute_usage SET requests[1] = requests[1] - interval '40 s' WHERE user_id = %s", (person.id,))
    answer = person.chat()
    body = answer.json()
    assert (answer.status_code, body["code"]) == (429, "rate_limited")
    assert 17 <= int(answer.headers["Retry-After"]) <= 20
    assert answer.headers["RateLimit"].startswith('"minute";r=0;t=')
    assert body["upgrade_url"].endswith("/premium") and "premium" in body["detail"].lower()


def test_the_day_is_refused_until_midnight(person: Person, model: ModelServer, database: Connection) -> None:
    used = person.chat().json()["usage"]
    with database.cursor() as cursor:
        cursor.execute("UPDATE iris.user_daily_usage SET message_count = 10 WHERE user_id = %s", (person.id,))
    answer = person.http.post(
        "/api/v1/chat", json={"message": "encore"}, headers={**person.headers, "Accept-Language": "en"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (429, "daily_quota_exceeded")
    assert "With premium" in body["detail"] and body["upgrade_url"]
    (seconds,) = rows(database, "SELECT extract(epoch FROM %s::timestamptz - now())", used["resets_at"])[0]
    assert abs(int(answer.headers["Retry-After"]) - float(seconds)) <= 2


def test_premium_has_no_daily_limit(person: Person, model: ModelServer, iris, database: Connection) -> None:
    done = iris.command("user", "tier", person.email, "premium", "--json")
    assert done.returncode == 0, done.stderr
    answer = person.chat()
    usage = answer.json()["usage"]
    assert (usage["daily_limit"], usage["daily_remaining"], usage["minute_remaining"]) == (None, None, 9)
    assert answer.headers["RateLimit-Policy"] == '"minute";q=10;w=60'
    assert rows(database, "SELECT message_count, tier_at_time FROM iris.user_daily_usage WHERE user_id = %s", person.id) == [
        (1, "premium")]


def test_a_fallback_gives_the_place_back(person: Person, model: ModelServer, iris, database: Connection) -> None:
    model.scenario({"name": "overloaded"})
    for _ in range(12):
        forget_the_minute(database, person)
        assert person.chat().json()["finish"] == "fallback"
    model.scenario()
    forget_failures(iris)
    forget_the_minute(database, person)
    assert person.chat().json()["usage"]["daily_used"] == 1


def test_five_blocked_answers_a_day_are_free(person: Person, model: ModelServer, database: Connection) -> None:
    model.scenario({"name": "block_answer"})
    used = []
    for _ in range(7):
        forget_the_minute(database, person)
        body = person.chat().json()
        assert (body["finish"], body["degraded"]) == ("blocked", False)
        used.append(body["usage"]["daily_used"])
    assert used == [0, 0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize("limits", ["free=2/day,none/minute,2/letters;premium=none/day,10/minute,none/letters"])
def test_limits_are_configuration(serve: Serve, session_model: ModelServer, limits: str) -> None:
    server = serve(env={**model_env(session_model), "IRIS_LIMITS": limits})
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        person = register(http)
        assert [person.chat().status_code for _ in range(3)] == [200, 200, 429]


def test_a_client_that_leaves_is_not_charged(person: Person, model: ModelServer, database: Connection) -> None:
    model.scenario({"name": "slow", "ms": 3_000})
    with pytest.raises(httpx.ReadTimeout):
        person.http.post("/api/v1/chat", json={"message": "je pars"}, headers=person.headers, timeout=0.5)
    for _ in range(50):
        left = rows(
            database, "SELECT m.status, (SELECT count(*) FROM iris.quota_reservations r WHERE r.user_id = m.user_id) "
            "FROM iris.iris_messages m WHERE m.user_id = %s", person.id)
        if left == [("abandoned", 0)]:
            break
        database.cursor().execute("SELECT pg_sleep(0.1)")
    assert left == [("abandoned", 0)]
    assert model.requests[-1]["client_left"], json.dumps(model.requests[-1], default=str)
