"""What a worker spooled before it died reaches the database by itself, and no word of an erased user stays behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import PASSWORD
from service import Service, serving, wait_until
from spool_records import leave, record

#: An idle worker looks into the folder each 10 s.
NOTICED = 20.0


@pytest.fixture(scope="module")
def service(binary: Path) -> Iterator[Service]:
    """A service that nobody asks anything meanwhile."""
    with serving(binary, api=1, auth=1, chat=1) as service:
        yield service


def test_an_idle_worker_brings_what_a_dead_one_left(service: Service) -> None:
    """Also with a torn record at the end."""
    person = service.person()
    turn, line = record(person, "Bonjour à l'été")
    segment = leave(service, line + line[:100])
    wait_until(lambda: service.turn(turn), NOTICED, why="nobody brought it")
    wait_until(lambda: not list(segment.parent.iterdir()), why="it was brought, and its file stays")
    assert service.turn(turn)["user"] == ("complete", "Bonjour à l'été")
    assert service.charged(person) == 1


def test_another_users_conversation_is_unchanged(service: Service) -> None:
    """Who names it finds the turn in a conversation of their own."""
    owner, stranger = service.person(), service.person()
    first, line = record(owner, "À moi")
    leave(service, line)
    wait_until(lambda: service.turn(first), NOTICED)
    theirs = service.rows("SELECT session_id::text FROM iris.iris_chat_sessions WHERE user_id = %s", owner.id)[0][0]
    before = owner.send("GET", f"/api/v1/chat/sessions/{theirs}").json()
    second, line = record(stranger, "Chez toi", conversation=theirs)
    leave(service, line)
    wait_until(lambda: service.turn(second), NOTICED)
    assert owner.send("GET", f"/api/v1/chat/sessions/{theirs}").json() == before
    assert len(stranger.send("GET", "/api/v1/chat/sessions").json()["items"]) == 1


def test_maintain_brings_it_too(service: Service) -> None:
    """As the operator, who may be root, beside the workers; one of them brings it."""
    person = service.person()
    turn, line = record(person, "Par maintain")
    leave(service, line)
    report = service.server.command("maintain", "--json", timeout=120)
    wait_until(lambda: service.turn(turn), NOTICED, why=report.stdout + report.stderr)
    assert "spool" in json.loads(report.stdout)["tasks"], report.stdout
    assert service.turn(turn)["assistant"][0] == "complete"


def test_nothing_of_an_erased_user_stays_in_the_spool(service: Service) -> None:
    """Neither what waited when the account was erased nor what came later."""
    person = service.person()
    leave(service, record(person, "zqavantzq")[1])
    assert person.send("DELETE", "/api/v1/user/me", json={"password": PASSWORD}).status_code == 204
    late = leave(service, record(person, "zqaprèszq")[1], "sealed")
    wait_until(lambda: not late.exists(), NOTICED)
    assert service.rows("SELECT 1 FROM iris.iris_messages WHERE user_id = %s", person.id) == []
    assert list(late.parent.iterdir()) == []
