"""The log's line of a request, from nginx to the worker's standard error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from event_source import listen
from model_server import ModelServer
from service import Service, wait_until
from wiring import Assisted

#: What every line has, and what some have.
ALWAYS = {
    "time", "level", "message", "id", "method", "route", "status", "outcome", "ms", "queue_ms", "db_ms", "db_calls",
    "model_ms", "bytes", "worker", "client",
}
SOMETIMES = {"code", "tier", "user", "provider", "model", "streamed", "phases"}
CHAT = "/api/v1/chat"


@pytest.fixture(scope="module")
def service(assisted: Assisted) -> Iterator[Service]:
    """A service with the usual limits of a minute."""
    with assisted(api=1, chat=2, env={}) as service:
        yield service


def line_of(service: Service, answer: httpx.Response, pool: str) -> dict[str, Any]:
    """The one line of an answer; it is written when the answer is out."""
    def lines() -> list[dict[str, Any]]:
        found = service.server.log_lines(pool)
        return [one for one in found if one.get("id") == answer.headers["X-Request-Id"] and one["message"] == "request"]

    wait_until(lines)
    (line,) = lines()
    assert ALWAYS <= line.keys() <= ALWAYS | SOMETIMES, line
    assert re.fullmatch("[0-9a-f]{16}", line["client"]) and line["status"] == answer.status_code
    assert re.fullmatch(rf"{pool}/[0-9]+", line["worker"]) and int(line["worker"].split("/")[1]) in service.server.pids(pool)
    return line


def test_a_chat(service: Service, model: ModelServer) -> None:
    person = service.person()
    line = line_of(service, person.chat(), "chat")
    assert (line["level"], line["method"], line["route"], line["outcome"]) == ("info", "POST", CHAT, "ok")
    assert (line["provider"], line["model"], line["tier"], line["db_calls"]) == ("gemini", "gemini-3.5-flash-lite", "free", 2)
    assert line["model_ms"] > 0 and line["db_ms"] > 0 and line["ms"] >= line["model_ms"] + line["db_ms"] - 0.2
    pseudonym = service.rows("SELECT DISTINCT user_id FROM iris.iris_events WHERE event_type = 'chat_request'")
    assert (line["user"],) in pseudonym and person.id not in str(line)


def test_a_stream(service: Service, model: ModelServer) -> None:
    person = service.person()
    with service.http.stream(
        "POST", CHAT, json={"message": "Mon CV de 2026 ?"}, headers={**person.headers, "Accept": "text/event-stream"}
    ) as answer:
        text = answer.read()
    line = line_of(service, answer, "chat")
    assert (line["outcome"], line["streamed"], line["bytes"]) == ("ok", True, len(text))


def test_a_stream_that_breaks(service: Service, model: ModelServer) -> None:
    person = service.person()
    model.scenario({"error_after": 2, "text": "Un conseil. " * 20})
    listen(person, "Mon CV de 2026 ?")
    wait_until(lambda: [one for one in service.server.log_lines("chat") if one.get("outcome") == "partial"])
    (line,) = [one for one in service.server.log_lines("chat") if one.get("outcome") == "partial"]
    assert (line["status"], line["code"], line["provider"]) == (200, "upstream_failed", "gemini")


@pytest.mark.parametrize(
    ("scenario", "outcome"), [({"name": "block_prompt"}, "blocked"), ({"name": "overloaded"}, "fallback")])
def test_what_a_chat_was_answered_with(
    service: Service, model: ModelServer, scenario: dict[str, Any], outcome: str
) -> None:
    model.scenario(scenario)
    line = line_of(service, service.person().chat(), "chat")
    assert (line["status"], line["outcome"], "provider" in line) == (200, outcome, outcome == "blocked")


def test_a_slow_chat_tells_where_its_time_went(service: Service, model: ModelServer) -> None:
    model.scenario({"text": "Un conseil.", "ms": 5_200})
    line = line_of(service, service.person().chat(), "chat")
    assert line["level"] == "warning" and line["outcome"] == "ok"
    phases = line["phases"]
    assert list(phases) == [
        "decode", "call1", "call2", "prompt", "model_connect", "model_first_byte", "model_total", "other", "write"]
    assert phases["model_total"] > 5_000 and abs(phases["model_total"] - line["model_ms"]) < 1
    assert phases["model_connect"] <= phases["model_first_byte"] <= phases["model_total"]
    # What stands inside model_total is not counted twice.
    inside = phases["model_connect"] + phases["model_first_byte"]
    assert abs(sum(phases.values()) - inside - line["ms"]) < 1


def test_refusals(service: Service, model: ModelServer) -> None:
    line = line_of(service, service.http.get("/api/v1/user/me", headers={"Authorization": "Bearer x"}), "api")
    assert (line["status"], line["code"], line["outcome"], "user" in line) == (401, "invalid_token", "refused", False)
    person = service.person()
    answers = [person.chat(f"Question {number} ?") for number in range(4)]
    line = line_of(service, answers[-1], "chat")
    assert (line["status"], line["code"], line["outcome"], line["tier"]) == (429, "rate_limited", "refused", "free")
    assert line["db_calls"] == 1 and "user" in line


def test_a_failure_of_our_own_is_an_error_and_a_row(service: Service) -> None:
    person = service.person()
    service.run("ALTER TABLE iris.user_contexts RENAME TO elsewhere")
    try:
        answer = person.send("GET", "/api/v1/user/context/cv")
    finally:
        service.run("ALTER TABLE iris.elsewhere RENAME TO user_contexts")
    line = line_of(service, answer, "api")
    assert (line["status"], line["outcome"], line["level"]) == (500, "error", "error")
    sql = "SELECT error_type, context->>'reason' FROM iris.iris_errors WHERE context->>'request_id' = %s"
    told = wait_until(lambda: service.rows(sql, line["id"]))
    assert told == [("processing_failure", "sqlstate_42P01")]


def test_one_client_is_one_hash_in_all_pools(service: Service, model: ModelServer) -> None:
    person = service.person()
    lines = [line_of(service, person.me(), "api"), line_of(service, person.chat(), "chat")]
    login = service.http.post("/api/v1/auth/login", json={"email": person.email, "password": "une autre phrase"})
    lines.append(line_of(service, login, "auth"))
    assert len({line["client"] for line in lines}) == 1
    events = service.rows("SELECT metadata->>'client' FROM iris.iris_events WHERE event_type = 'login'")
    assert (lines[0]["client"],) in events
    (key,) = Path(service.server.directory, "runtime").glob("address-key-*")
    assert key.stat().st_mode & 0o777 == 0o600


def test_signs_of_life_are_not_logged(service: Service) -> None:
    assert service.http.get("/health/live").status_code == 200
    assert service.http.get("/health").status_code in (200, 503)
    wait_until(lambda: [one for one in service.server.log_lines("api") if one.get("route") == "/health"])
    assert not [one for one in service.server.log_lines("api") if one.get("route") == "/health/live"]
