"""What users write, who they are and what opens doors stands in no log line, no event and no error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from event_source import events, listen, listening
from model_server import ModelServer
from people import Person
from service import UNLIMITED, Service, log_text
from wiring import Assisted

#: Each is planted where its name says.
MARKS = {
    name: f"zqmarque{name}{os.getpid()}"
    for name in (
        "message", "answer", "job", "goals", "context", "email", "password", "key", "backup", "comment", "app",
        "idempotency", "token", "session", "header",
    )
}
#: The tables that may hold no words and no names.
PSEUDONYMOUS = ("iris_events", "iris_errors", "alerts", "daily_spend")
PASSWORD = f"{MARKS['password']} une phrase"


@pytest.fixture(scope="module")
def service(assisted: Assisted, session_model: ModelServer) -> Iterator[Service]:
    """A service that logs all it can, with marked keys."""
    env = {
        "IRIS_GEMINI_API_KEYS": f"AQ.{MARKS['key']}",
        "IRIS_BACKUP_BASE_URL": session_model.url.replace("127.0.0.1", "localhost"),
        "IRIS_BACKUP_MODEL": "petit-modele", "IRIS_BACKUP_API_KEY": MARKS["backup"], "IRIS_LIMITS": UNLIMITED,
        "IRIS_LOG_LEVEL": "debug",
    }
    with assisted(api=1, chat=2, env=env) as service:
        yield service


def speak(service: Service, model: ModelServer, person: Person) -> None:
    """Chats of every outcome."""
    question = f"{MARKS['message']} : que vaut mon CV de 2026 ?"
    text = f"{MARKS['answer']} : un conseil. " * 5
    good = {"text": text}
    scenarios: list[dict[str, Any]] = [
        good, {"name": "truncated", **good}, {"name": "block_answer"}, {"name": "block_prompt"}, {"name": "garbage"},
        {"name": "html"}, {"name": "bad_request"}, {"name": "key_leaked"}, {"name": "key_invalid"},
        {"name": "overloaded"}, {"name": "model_gone"}, {"name": "per_day"}, {"name": "reset"},
        {"name": "unknown_finish", **good}, {"thoughts": 2, **good}, {"split": "odd", **good},
        {"error_after": 2, **good}, {"bare_error_after": 2, **good}, {"block_after": 2, **good},
        {"reset_after": 2, **good},
    ]
    for scenario in scenarios:
        for stream in (False, True):
            service.forget_failures()
            model.scenario(scenario)
            if stream:
                listen(person, question)
            else:
                person.chat(question, app_context="cv").raise_for_status()


def leave(person: Person, model: ModelServer) -> None:
    """Clients that go before the end."""
    question = f"{MARKS['message']} : et en 2027 ?"
    model.scenario({"name": "hang"})
    with pytest.raises(httpx.ReadTimeout), listening(person, question, timeout=0.3):
        pass
    model.scenario({"text": f"{MARKS['answer']} " * 50, "pieces": 50, "gap_ms": 20})
    with listening(person, question, {"Idempotency-Key": MARKS["idempotency"]}) as answer:
        next(events(answer))


def err(service: Service, person: Person) -> None:
    """Requests that are refused, each with a mark where somebody might log what was wrong."""
    post, mine = service.http.post, person.headers
    long, bad = MARKS["message"] * 300, f'{{"message": "{MARKS["message"]}'
    assert post("/api/v1/chat", json={"message": long}, headers=mine).status_code == 422
    assert post("/api/v1/chat", content=bad, headers={**mine, "Content-Type": "application/json"}).status_code == 400
    app = {"message": "a", "app_context": MARKS["app"] + "!"}
    assert post("/api/v1/chat", json=app, headers=mine).status_code == 422
    assert post("/api/v1/chat", json={"message": "a", "session_id": MARKS["session"]}, headers=mine).status_code == 422
    key = {"Idempotency-Key": MARKS["idempotency"] * 20}
    assert post("/api/v1/chat", json={"message": "a"}, headers={**mine, **key}).status_code == 422
    token = {"Authorization": f"Bearer {MARKS['token']}"}
    assert post("/api/v1/chat", json={"message": "a"}, headers=token).status_code == 401
    login = {"email": person.email, "password": MARKS["password"] + " fausse"}
    assert post("/api/v1/auth/login", json=login).status_code == 401
    assert post("/api/v1/auth/register", json={"email": person.email, "password": PASSWORD}).status_code == 409
    assert post("/api/v1/auth/register", json={"email": MARKS["email"], "password": PASSWORD}).status_code == 422
    assert service.http.get("/api/v1/topics", headers={"X-Other": MARKS["header"]}).status_code == 200


def test_no_mark_is_in_any_log_event_or_error(service: Service, model: ModelServer) -> None:
    person = service.person(email=f"{MARKS['email']}@example.org", password=PASSWORD)
    person.tell(current_job=f"{MARKS['job']} soudeuse", goals=MARKS["goals"])
    person.share("cv", f"{MARKS['context']} : un résumé.")
    speak(service, model, person)
    leave(person, model)
    err(service, person)
    model.scenario()
    service.forget_failures()
    last = person.chat(f"{MARKS['message']} : la dernière de 2026 ?").json()
    feedback, path = {"rating": 2, "comment": MARKS["comment"]}, f"/api/v1/chat/messages/{last['message_id']}/feedback"
    service.http.put(path, json=feedback, headers=person.headers).raise_for_status()
    premium = service.person("premium")
    model.scenario({"text": f"{MARKS['answer']} : un très long conseil. " * 60})
    session = None
    for number in range(12):
        session = premium.chat(
            f"{MARKS['message']} {number}", **({"session_id": session} if session else {})).json()["session_id"]
    assert model.asked(summary=True), "a summary was written"

    secrets = [*MARKS.values(), person.email, person.id, person.access_token, person.refresh_token, last["session_id"]]
    kept = {table: str(service.rows(f"SELECT t::text FROM iris.{table} t")) for table in PSEUDONYMOUS}
    assert len(kept["iris_events"]) > 10_000 and len(kept["iris_errors"]) > 2_000
    for table, text in kept.items():
        assert not [secret for secret in secrets if secret in text], table
    whole = log_text(service.server)
    assert "a model did not answer" in whole and "/api/v1/chat" in whole
    for path in sorted(service.server.log_dir.iterdir()):
        lines = path.read_text(errors="replace").splitlines()
        assert not [line for line in lines if any(secret in line for secret in secrets)], path.name
    assert not [secret for secret in secrets if secret in service.server.said()], "the runner's own output"
