"""The main job: a chat from nginx to the model and PostgreSQL and back."""

from __future__ import annotations

import hashlib
import json
import re

import httpx
import pytest
from model_server import ModelServer
from people import Person, forget_the_minute, register, rows
from psycopg2.extensions import connection as Connection
from service import forget_failures
from wiring import MODEL_KEY, Serve, model_env

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_first_chat_has_the_documented_shape(person: Person, model: ModelServer) -> None:
    answer = person.chat("Comment optimiser mon CV pour les ATS ?")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "response", "confidence", "model_used", "topic", "suggestions", "session_id", "message_id",
        "processing_time_ms", "finish", "degraded", "usage",
    }
    assert body["topic"] == "cv" and body["finish"] == "complete" and body["degraded"] is False
    assert body["model_used"] == "gemini-3.5-flash-lite" and 0 < body["confidence"] <= 1
    assert 2 <= len(body["suggestions"]) <= 4 and "Alessio" in body["response"]
    assert UUID7.fullmatch(body["session_id"]) and UUID7.fullmatch(body["message_id"])
    usage = body["usage"]
    assert (usage["daily_used"], usage["daily_limit"], usage["daily_remaining"]) == (1, 10, 9)
    assert usage["minute_remaining"] == 2 and re.fullmatch(r"20..-..-..T2[123]:00:00Z", usage["resets_at"])
    assert answer.headers["RateLimit-Policy"] == '"minute";q=3;w=60, "day";q=10;w=86400'
    assert re.fullmatch(r'"minute";r=2;t=(60|59), "day";r=9;t=\d+', answer.headers["RateLimit"])
    assert re.fullmatch(r"queue;dur=\d+, db;dur=[\d.]+, model;dur=[\d.]+, total;dur=[\d.]+", answer.headers["Server-Timing"])
    assert answer.headers["Cache-Control"] == "no-store"


def asked(message: str) -> str:
    """A message as the model gets it: marked as what the user said."""
    return f"<message>\n{message}\n</message>"


def test_the_model_gets_what_google_documents(person: Person, model: ModelServer) -> None:
    person.chat("Bonjour Alessio")
    (request,) = model.requests
    assert request["verdict"] is None, request["verdict"]
    assert request["path"] == "/v1beta/models/gemini-3.5-flash-lite:generateContent"
    assert request["headers"]["x-goog-api-key"] == MODEL_KEY
    body = request["body"]
    assert body["store"] is False
    assert "Alessio" in body["systemInstruction"]["parts"][0]["text"]
    assert body["contents"][-1]["role"] == "user"
    assert body["contents"][-1]["parts"][-1] == {"text": asked("Bonjour Alessio")}
    assert not {"temperature", "topP", "topK", "candidateCount"} & set(body["generationConfig"])
    assert {setting["threshold"] for setting in body["safetySettings"]} == {"BLOCK_ONLY_HIGH"}


def test_the_same_session_remembers(person: Person, model: ModelServer) -> None:
    first = person.chat("Je suis infirmière.").json()
    second = person.chat("Quel métier me proposez-vous ?", session_id=first["session_id"]).json()
    assert second["session_id"] == first["session_id"]
    texts = [content["parts"][-1]["text"] for content in model.requests[-1]["body"]["contents"]]
    assert texts == ["Je suis infirmière.", first["response"], asked("Quel métier me proposez-vous ?")]


def test_free_users_keep_four_turns(person: Person, model: ModelServer, database: Connection) -> None:
    session = person.chat("tour 0").json()["session_id"]
    for number in range(1, 7):
        forget_the_minute(database, person)
        assert person.chat(f"tour {number}", session_id=session).status_code == 200
    texts = [content["parts"][-1]["text"] for content in model.requests[-1]["body"]["contents"][::2]]
    assert texts == ["tour 2", "tour 3", "tour 4", "tour 5", asked("tour 6")]


def test_someone_elses_session_is_not_found(person: Person, client: httpx.Client, model: ModelServer) -> None:
    session = person.chat().json()["session_id"]
    answer = register(client).chat("bonjour", session_id=session)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_what_is_kept(person: Person, model: ModelServer, database: Connection) -> None:
    body = person.chat("Ma question secrète").json()
    messages = rows(
        database, "SELECT role, status, content, tokens_in > 0 FROM iris.iris_messages WHERE turn_id = %s ORDER BY created_at",
        body["message_id"])
    assert messages == [
        ("user", "complete", "Ma question secrète", None), ("assistant", "complete", body["response"], True)]
    usage = rows(database, "SELECT message_count, tier_at_time FROM iris.user_daily_usage WHERE user_id = %s", person.id)
    assert usage == [(1, "free")]
    (session,) = rows(
        database, "SELECT user_id::text, message_count, total_tokens > 0 FROM iris.iris_chat_sessions WHERE session_id = %s",
        body["session_id"])
    assert session == (person.id, 1, True)


def test_events_are_pseudonymised(person: Person, model: ModelServer, database: Connection) -> None:
    body = person.chat("Ma question secrète").json()
    events = rows(database, "SELECT event_type, user_id, session_id, metadata FROM iris.iris_events ORDER BY timestamp DESC LIMIT 2")
    assert {event[0] for event in events} == {"chat_request", "chat_response"}
    plain = {person.id, body["session_id"], body["message_id"], person.email, "secrète"}
    digests = {hashlib.sha256(value.encode()).hexdigest()[:32] for value in plain}
    text = json.dumps(events)
    assert not [value for value in plain | digests if value in text]
    assert all(re.fullmatch("[0-9a-f]{32}", event[1]) and re.fullmatch("[0-9a-f]{32}", event[2]) for event in events)


def test_a_chat_takes_two_round_trips(person: Person, iris, model: ModelServer) -> None:
    answers = [person.chat(f"question {number}") for number in range(2)]
    for answer in answers:
        (line,) = [line for line in iris.log_lines("chat") if line.get("id") == answer.headers["X-Request-Id"]]
        assert line["route"] == "/api/v1/chat" and line["db_calls"] == 2, line


def test_a_worker_keeps_its_connection_to_the_model(serve: Serve, session_model: ModelServer) -> None:
    server = serve(chat=1, env=model_env(session_model))
    session_model.clear()
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        person = register(http)
        assert [person.chat().status_code for _ in range(3)] == [200] * 3
    assert len({request["connection"] for request in session_model.requests}) == 1


@pytest.mark.parametrize(
    ("scenario", "finish", "degraded"),
    [
        ({"name": "truncated"}, "truncated", False),
        ({"name": "block_prompt"}, "blocked", False),
        ({"name": "overloaded"}, "fallback", True),
        ({"name": "garbage"}, "fallback", True),
    ],
)
def test_what_the_model_does_is_told(
    person: Person, model: ModelServer, database: Connection, scenario: dict, finish: str, degraded: bool
) -> None:
    model.scenario(scenario)
    answer = person.chat("Comment négocier mon salaire en entretien ?")
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert (body["finish"], body["degraded"]) == (finish, degraded)
    charged = 1 if finish == "truncated" else 0
    assert body["usage"]["daily_used"] == charged
    status = rows(database, "SELECT DISTINCT status FROM iris.iris_messages WHERE turn_id = %s", body["message_id"])
    assert status == [(finish,)]
    assert rows(database, "SELECT count(*) FROM iris.quota_reservations WHERE user_id = %s", person.id) == [(0,)]


def test_the_offline_alessio_answers_by_topic(person: Person, model: ModelServer) -> None:
    model.scenario({"name": "overloaded"})
    texts = set()
    for message in ("Comment écrire ma lettre de motivation ?", "Comment faire une VAE ?", "Comment gérer mon stress en entretien ?"):
        body = person.chat(message).json()
        assert (body["model_used"], body["confidence"], body["degraded"]) == ("fallback", 0.5, True)
        assert body["usage"]["daily_used"] == 0
        texts.add(body["response"])
    assert len(texts) == 3


def test_a_failing_model_leaves_an_error_without_words_or_ids(
    person: Person, model: ModelServer, database: Connection
) -> None:
    model.scenario({"name": "key_leaked"})
    answer = person.chat("une question intime")
    error = rows(
        database, "SELECT error_type, error_message, user_id, context FROM iris.iris_errors WHERE context->>'request_id' = %s",
        answer.headers["X-Request-Id"])
    assert [(kind, message) for kind, message, _, _ in error] == [("provider_failure", "a model did not answer")]
    text = json.dumps(error)
    assert error[0][3]["reason"] == "forbidden", text
    assert not [value for value in ("intime", person.id, person.email, MODEL_KEY) if value in text]


def test_only_answered_turns_enter_later_prompts(person: Person, model: ModelServer, iris) -> None:
    model.scenario({"name": "overloaded", "times": 4})
    session = person.chat("sans réponse").json()["session_id"]
    model.scenario()
    forget_failures(iris)
    person.chat("et maintenant ?", session_id=session)
    assert len(model.requests[-1]["body"]["contents"]) == 1


def test_a_key_is_never_logged(person: Person, model: ModelServer, iris) -> None:
    model.scenario({"name": "key_invalid"})
    person.chat("bonjour")
    logs = "".join(path.read_text(errors="replace") for path in iris.log_dir.iterdir())
    assert MODEL_KEY not in logs and person.email not in logs and person.access_token not in logs
