"""What a user keeps here: conversations to read again, feedback, contexts that other applications share."""

from __future__ import annotations

import json
import uuid

import httpx
import pytest
from model_server import ModelServer
from people import Person, register, rows
from psycopg2.extensions import connection as Connection

CHAT = "/api/v1/chat"
SESSIONS = f"{CHAT}/sessions"
CONTEXT = "/api/v1/user/context"


def items(person: Person, path: str = SESSIONS, member: str = "items", **query: object) -> list[list[dict]]:
    """All pages of a list."""
    pages: list[list[dict]] = []
    while True:
        answer = person.send("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()[member])
        query["cursor"] = answer.json()["next_cursor"]
        if query["cursor"] is None:
            return pages


def test_conversations_are_found_again(person: Person, model: ModelServer, database: Connection) -> None:
    """In a list, whole, and page by page."""
    first = person.chat("Comment réussir\n mon CV ?").json()
    second = person.chat("Comment négocier mon salaire en entretien ?").json()
    person.chat("Et la mise en page ?", session_id=first["session_id"])
    ((listed,),) = [items(person)]
    assert [item["session_id"] for item in listed] == [first["session_id"], second["session_id"]]
    assert listed[0]["title"] == "Comment réussir mon CV ?" and listed[0]["message_count"] == 2
    assert [item["topic"] for item in listed] == ["cv", "entretien"]
    assert [len(page) for page in items(person, limit=1)] == [1, 1]
    one = f"{SESSIONS}/{first['session_id']}"
    ((*_, question, answer),) = items(person, one, "messages")
    assert (question["content"], question["role"], answer["role"]) == ("Et la mise en page ?", "user", "assistant")
    assert question["turn_id"] == answer["turn_id"] == answer["message_id"] != question["message_id"]
    pages = items(person, one, "messages", limit=3)
    said = [message["content"] for page in reversed(pages) for message in page]
    assert [len(page) for page in pages] == [3, 1]
    assert said[:2] == ["Comment réussir\n mon CV ?", first["response"]] and len(said) == 4


def test_an_answer_that_failed_is_shown_as_such(person: Person, model: ModelServer) -> None:
    """With its words, so that a reader sees what was there."""
    model.scenario({"name": "overloaded"})
    said = person.chat().json()
    messages = person.send("GET", f"{SESSIONS}/{said['session_id']}").json()["messages"]
    assert [message["status"] for message in messages] == ["fallback", "fallback"]
    assert (messages[1]["finish"], messages[1]["model_used"]) == ("fallback", "fallback")
    assert messages[1]["content"] == said["response"] and messages[1]["confidence"] == 0.5


def test_a_deleted_conversation_is_gone(person: Person, model: ModelServer, database: Connection) -> None:
    """Words, feedback and all; what it cost stays charged."""
    said = person.chat("Une phrase à oublier oubli-7e2d-zzz").json()
    one = f"{SESSIONS}/{said['session_id']}"
    assert person.send("PUT", f"{CHAT}/messages/{said['message_id']}/feedback", json={"rating": 1}).status_code == 204
    answer = person.send("DELETE", one)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [person.send(method, one).status_code for method in ("DELETE", "GET")] == [404, 404]
    assert items(person) == [[]]
    for table in ("iris_messages", "feedback", "iris_events", "iris_errors", "iris_chat_sessions"):
        kept = json.dumps(rows(database, f"SELECT row_to_json(t) FROM iris.{table} t"))
        assert "oubli-7e2d-zzz" not in kept and said["message_id"] not in kept, table
    assert person.chat("Et en 2 pages ?").json()["usage"]["daily_used"] == 2


def test_a_deleted_conversation_neither_goes_on_nor_comes_back(person: Person, model: ModelServer) -> None:
    """A repeat with the same key is a new question."""
    key, question = {"Idempotency-Key": str(uuid.uuid4())}, {"message": "Comment réussir mon CV en 2 pages ?"}
    said = person.send("POST", CHAT, json=question, headers=key)
    repeat = person.send("POST", CHAT, json=question, headers=key)
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert person.send("DELETE", f"{SESSIONS}/{said.json()['session_id']}").status_code == 204
    gone = person.chat("Et la suite ?", session_id=said.json()["session_id"])
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    afresh = person.send("POST", CHAT, json=question, headers=key)
    assert afresh.status_code == 200 and "Idempotent-Replayed" not in afresh.headers
    assert afresh.json()["session_id"] != said.json()["session_id"]


def test_everything_belongs_to_its_user(person: Person, client: httpx.Client, model: ModelServer) -> None:
    """Somebody else's id is one that is not there."""
    said, stranger = person.chat().json(), register(client)
    assert person.send("PUT", f"{CONTEXT}/cv", json={"summary": "x"}).status_code == 204
    one, feedback = f"{SESSIONS}/{said['session_id']}", f"{CHAT}/messages/{said['message_id']}/feedback"
    for method, path, body in [
        ("GET", one, None), ("DELETE", one, None), ("PUT", feedback, {"rating": 1}), ("GET", f"{CONTEXT}/cv", None),
        ("DELETE", f"{CONTEXT}/cv", None), ("GET", f"{SESSIONS}/{uuid.uuid4()}", None), ("GET", f"{SESSIONS}/x", None),
    ]:  # fmt: skip
        answer = stranger.send(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
    assert items(stranger) == [[]]
    assert len(person.send("GET", one).json()["messages"]) == 2


@pytest.mark.parametrize(
    "path",
    [
        f"{SESSIONS}/", f"{SESSIONS}/%2e%2e%2fx/y", f"{SESSIONS}/a%2Fb", f"{SESSIONS}/%2561", f"{SESSIONS}/é",
        f"{SESSIONS}/{'a' * 65}", f"{SESSIONS}/{'a' * 4000}", f"{SESSIONS}/%0a", f"{SESSIONS}/a%20b", f"{CONTEXT}/",
        f"{CHAT}/messages/feedback", f"{CHAT}/messages//feedback", f"{CHAT}/messages/x/feedback/",
    ],
)  # fmt: skip
def test_paths_that_lead_nowhere(client: httpx.Client, path: str) -> None:
    """404 without a token: there is no such route."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_the_checks_come_in_the_documented_order(person: Person, model: ModelServer) -> None:
    """Method, token, length, type, JSON, fields, resource."""
    nobody, large = str(uuid.uuid4()), b" " * 65_537
    path, kind = f"{CHAT}/messages/{nobody}/feedback", {"Content-Type": "application/json"}
    wanted = [
        (person.http.get(path), 405, "method_not_allowed"),
        (person.http.put(path, content=large), 401, "missing_token"),
        (person.send("PUT", path, content=large), 413, "body_too_large"),
        (person.send("PUT", path, content=b"{"), 415, "unsupported_media_type"),
        (person.send("PUT", path, content=b"{", headers=kind), 400, "invalid_json"),
        (person.send("PUT", path, json={"rating": 0}), 422, "validation_failed"),
        (person.send("PUT", path, json={"rating": 1}), 404, "not_found"),
        (person.send("GET", f"{SESSIONS}/{nobody}?limit=0"), 422, "validation_failed"),
        (person.send("PUT", f"{CONTEXT}/cv", json={"summary": "x" * 16_384}), 413, "body_too_large"),
    ]
    assert [(a.status_code, a.json()["code"]) for a, _, _ in wanted] == [(s, c) for _, s, c in wanted]


def test_words_of_feedback_and_contexts_stay_where_they_belong(
    person: Person, iris, model: ModelServer, database: Connection
) -> None:
    """In their tables: not in logs, events or errors."""
    said = person.chat().json()
    assert person.send("PUT", f"{CONTEXT}/cv", json={"summary": "mot-4c1a", "data": {"x": "mot-4c1a"}}).status_code == 204
    feedback = f"{CHAT}/messages/{said['message_id']}/feedback"
    assert person.send("PUT", feedback, json={"rating": 2, "comment": "mot-4c1a"}).status_code == 204
    assert person.send("PUT", feedback, json={"rating": 9, "comment": "mot-4c1a\u0001"}).status_code == 422
    found = person.send("GET", f"{SESSIONS}/{said['session_id']}").json()["messages"][1]["feedback"]
    assert found == {"rating": 2, "comment": "mot-4c1a"}
    logs = "".join(path.read_text(errors="replace") for path in iris.log_dir.iterdir())
    tables = ("iris_events", "iris_errors")
    events = json.dumps([rows(database, f"SELECT row_to_json(t) FROM iris.{table} t") for table in tables])
    for secret in ("mot-4c1a", said["message_id"], said["session_id"]):
        assert secret not in logs and secret not in events
    counted = rows(
        database, "SELECT metadata FROM iris.iris_events WHERE event_type = 'feedback' ORDER BY timestamp DESC LIMIT 1")
    assert counted == [({"rating": 2, "has_comment": True},)]


def test_only_the_chat_itself_waits_for_a_model(person: Person, iris, model: ModelServer) -> None:
    """Whatever reads or keeps goes to the api pool, in one round trip."""
    said = person.chat().json()
    one = f"{SESSIONS}/{said['session_id']}"
    answers = [
        (person.send("GET", SESSIONS), SESSIONS), (person.send("GET", one), f"{SESSIONS}/{{id}}"),
        (person.send("PUT", f"{CHAT}/messages/{said['message_id']}/feedback", json={"rating": 3}), f"{CHAT}/messages/{{id}}/feedback"),
        (person.send("PUT", f"{CONTEXT}/cv", json={}), f"{CONTEXT}/{{app}}"),
        (person.send("GET", f"{CONTEXT}/cv"), f"{CONTEXT}/{{app}}"), (person.send("DELETE", f"{CONTEXT}/cv"), f"{CONTEXT}/{{app}}"),
        (person.send("DELETE", one), f"{SESSIONS}/{{id}}"), (person.send("GET", CHAT), CHAT),
    ]  # fmt: skip
    for answer, route in answers:
        (line,) = [line for line in iris.log_lines("api") if line.get("id") == answer.headers["X-Request-Id"]]
        # The route is not known where the method is wrong; nothing is asked then.
        assert (line["route"], line["db_calls"]) == ((route, 1) if answer.status_code < 400 else ("none", 0)), line
