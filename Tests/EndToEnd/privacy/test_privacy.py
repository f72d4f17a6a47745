"""What is held of a user is given whole and erased whole: no file and no table keeps a word of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from event_source import listen
from model_server import ModelServer
from people import PASSWORD, Person
from service import DAY_ONLY, Service, problem, wait_until
from wiring import Assisted

#: Letters alone, so that an impersonal question and its answer may enter the cache.
MARKS = {
    name: f"zqplante{name}{''.join(chr(97 + int(digit)) for digit in str(os.getpid()))}"
    for name in (
        "email", "name", "device", "job", "target", "sector", "region", "goals", "context", "data", "message", "cached",
        "answer", "stream", "key", "comment", "letter", "password",
    )
}
ADDRESS = "127.43.21.9"
PROXIED = "203.0.113.77"


@pytest.fixture(scope="module")
def service(assisted: Assisted) -> Iterator[Service]:
    """A service that logs all it can."""
    env = {"IRIS_LIMITS": DAY_ONLY, "IRIS_GEMINI_MODELS": "gemini-3.5-flash-lite", "IRIS_LOG_LEVEL": "debug"}
    with assisted(api=2, chat=1, env=env) as service:
        yield service


def dump(service: Service) -> str:
    """Everything in the database as a backup would hold it, unlogged tables too."""
    command = ["pg_dump", "--no-owner", service.server.superuser_url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def files(service: Service) -> dict[str, str]:
    """All that the service wrote beside the database: logs, spool, shared memory, settings."""
    database = service.server.directory / "pg"
    return {
        str(path): path.read_bytes().decode("utf-8", "replace")
        for path in service.server.directory.rglob("*")
        if path.is_file() and database not in path.parents
    }


def erase(person: Person, password: str = PASSWORD) -> httpx.Response:
    """The end of an account."""
    return person.send("DELETE", "/api/v1/user/me", json={"password": password})


def plant(service: Service, model: ModelServer) -> tuple[Person, str]:
    """A user who leaves a mark wherever users can; and the conversation's id."""
    transport = httpx.HTTPTransport(local_address=ADDRESS)
    headers = {"User-Agent": MARKS["device"], "X-Forwarded-For": PROXIED}
    http = httpx.Client(
        base_url=service.server.url, transport=transport, headers=headers, trust_env=False, timeout=20)
    email, password = f"{MARKS['email']}@example.org", f"{MARKS['password']} une phrase"
    members = {"email": email, "password": password, "name": MARKS["name"]}
    body = http.post("/api/v1/auth/register", json=members).json()
    person = Person(http, email, body["user"], body["access_token"], body["refresh_token"])
    assert http.post("/api/v1/auth/login", json=members | {"password": "une autre phrase"}).status_code == 401
    http.post("/api/v1/auth/login", json=members).raise_for_status()

    model.scenario({"text": f"Préparez trois exemples de {MARKS['cached']} à voix haute."})
    person.chat("Comment préparer un entretien ?").raise_for_status()
    wait_until(lambda: service.rows("SELECT 1 FROM iris.answer_cache"), why="no answer was cached")
    model.scenario({"text": f"{MARKS['answer']} : voici un conseil. " * 5})
    profile = {member: MARKS[mark] for member, mark in (
        ("current_job", "job"), ("target_job", "target"), ("sector", "sector"), ("region", "region"), ("goals", "goals"))}
    person.tell(**profile)
    person.share("cv", MARKS["context"], detail=MARKS["data"])
    letter = f"Madame, Monsieur, {MARKS['letter']} vous adresse sa candidature. " * 20
    key = {"Idempotency-Key": MARKS["key"]}
    answer = person.send(
        "POST", "/api/v1/chat", json={"message": f"{MARKS['message']}\n{letter}", "app_context": "cv"}, headers=key)
    session = answer.json()["session_id"]
    listen(person, f"{MARKS['stream']} en 2026 ?")
    # A fault of the model, so that iris_errors has a row of this user.
    model.scenario({"name": "overloaded"})
    person.chat(f"{MARKS['message']} encore en 2026 ?").raise_for_status()
    rating = {"rating": 2, "comment": MARKS["comment"]}
    path = f"/api/v1/chat/messages/{answer.json()['message_id']}/feedback"
    person.send("PUT", path, json=rating).raise_for_status()
    return person, session


def test_an_erased_user_is_nowhere(service: Service, model: ModelServer) -> None:
    person, session = plant(service, model)
    neighbour = service.person()
    neighbour.chat("Que mettre dans mon CV de 2026 ?").raise_for_status()
    held = [mark for name, mark in MARKS.items() if name != "password"]
    before = dump(service)
    assert not [mark for mark in held if mark not in before], "every mark is planted"
    export = person.send("GET", "/api/v1/user/export")
    assert export.headers["Content-Disposition"].startswith('attachment; filename="iris-export-20')
    assert not [mark for mark in held if mark not in export.text]
    assert MARKS["password"] not in export.text and neighbour.id not in export.text
    ids = [person.id, session, *(one["id"] for one in export.json()["sessions"])]

    assert problem(erase(person, "une autre phrase"))["code"] == "invalid_credentials"
    assert erase(person, f"{MARKS['password']} une phrase").status_code == 204

    traces = [*MARKS.values(), ADDRESS, PROXIED, person.access_token, person.refresh_token, *ids]
    after = dump(service)
    assert not [trace for trace in traces if trace in after]
    assert neighbour.id in after and neighbour.email in after
    for path, text in files(service).items():
        assert not [trace for trace in traces if trace in text], path
    metrics = httpx.get(f"{service.server.metrics_url}/metrics", trust_env=False).text
    assert "iris_" in metrics and not [trace for trace in traces if trace in metrics]
    assert not [trace for trace in traces if trace in service.server.said()]
    assert service.rows("SELECT user_id FROM iris.iris_events WHERE event_type = 'account_erased'") == [(None,)]


def test_afterwards_nothing_opens(service: Service) -> None:
    person, stranger = service.person(), "inconnue@example.org"
    assert erase(person).status_code == 204
    for method, path in (("GET", "/api/v1/user/me"), ("GET", "/api/v1/user/export"), ("POST", "/api/v1/chat")):
        answer = person.send(method, path, **({"json": {"message": "a"}} if method == "POST" else {}))
        assert (answer.status_code, problem(answer)["code"]) == (401, "session_revoked"), path
    again = erase(person)
    assert (again.status_code, problem(again)["code"]) == (401, "session_revoked")
    renewed = service.http.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token})
    assert (renewed.status_code, problem(renewed)["code"]) == (401, "invalid_token")
    logins = [
        service.http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        for email in (person.email, stranger)
    ]
    said = [problem(login) | {"instance": None} for login in logins]
    assert said[0] == said[1] and said[0]["code"] == "invalid_credentials"


def test_a_day_that_is_used_up_stays_so_for_the_next_account(service: Service, model: ModelServer) -> None:
    model.scenario({"text": "Un conseil."})
    person = service.person()
    for number in range(10):
        assert person.chat(f"Question {number} ?").status_code == 200
    assert erase(person).status_code == 204
    again = service.person(email=person.email)
    assert again.id != person.id
    refused = again.chat("Et encore une en 2026 ?")
    assert (refused.status_code, problem(refused)["code"]) == (429, "daily_quota_exceeded")


def heavy(service: Service, turns: int) -> Person:
    """A user with so many turns of some 6 kB."""
    person = service.person("premium")
    service.run(
        """
        INSERT INTO iris.iris_chat_sessions (user_id, session_id)
        SELECT %s, gen_random_uuid() FROM generate_series(1, 20)
        """, person.id)
    service.run(
        """
        CREATE TEMPORARY TABLE said ON COMMIT PRESERVE ROWS AS
        SELECT n, iris_talk.session_id, (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 60000), 12, '0')
               || '70008' || substr(md5(n::text || %s), 1, 15))::uuid AS turn
          FROM generate_series(1, %s) n
          JOIN (SELECT session_id, row_number() OVER () AS place FROM iris.iris_chat_sessions WHERE user_id = %s)
               iris_talk ON iris_talk.place = 1 + n %% 20
        """, person.id, turns, person.id)
    service.run(
        """
        INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status)
        SELECT CASE role WHEN 'user' THEN gen_random_uuid() ELSE turn END, session_id, %s, turn, role,
               (SELECT string_agg(md5(n::text || i || role), ' ') FROM generate_series(1, 90) i),
               iris.uuid_v7_time(turn), 'complete'
          FROM said, (VALUES ('user'), ('assistant')) r(role)
        """, person.id)
    service.run("DROP TABLE said")
    return person


def resident(service: Service) -> int:
    """The most memory that one worker of the api pool ever had, in KiB."""
    peaks = []
    for pid in service.server.pids("api"):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        peaks += [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return max(peaks)


def test_a_long_export_costs_a_worker_no_memory(service: Service, say: Any) -> None:
    person = heavy(service, 8_000)
    service.person().send("GET", "/api/v1/user/export").raise_for_status()
    before = resident(service)
    answer = person.send("GET", "/api/v1/user/export")
    turns = [turn for talk in answer.json()["conversations"] for turn in talk["turns"]]
    assert len({turn["turn_id"] for turn in turns}) == len(turns) == 8_000
    assert all(turn["question"] and turn["answer"] for turn in turns)
    grown = resident(service) - before
    say(f"export of {len(answer.content) >> 20} MiB in {answer.elapsed.total_seconds():.1f} s, {grown} KiB more in a worker")
    assert grown < 4_096


def test_an_export_that_breaks_off_is_not_taken_for_whole(service: Service) -> None:
    person = heavy(service, 8_000)
    text = b""
    with pytest.raises(httpx.RemoteProtocolError):
        with service.http.stream("GET", "/api/v1/user/export", headers=person.headers) as answer:
            assert answer.status_code == 200
            service.run("UPDATE iris.sessions SET revoked_at = now() WHERE account_id = %s", person.id)
            for part in answer.iter_raw():
                text += part
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert len(text) > 100_000
    assert service.person().send("GET", "/api/v1/user/export").status_code == 200, "the worker goes on"
