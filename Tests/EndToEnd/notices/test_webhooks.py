"""Notices to the unified backend: signed, tried again until they arrive, and in nobody's way."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer
from people import PASSWORD
from service import Service, log_text, serving, wait_until
from webhook_sink import SECRET, WebhookSink, webhook_sink
from wiring import model_env

LIMITS = "free=1/day,none/minute,none/letters;premium=none/day,none/minute,none/letters"


@pytest.fixture(scope="module")
def module_sink() -> Iterator[WebhookSink]:
    """The backend."""
    with webhook_sink() as server:
        yield server


@pytest.fixture(scope="module")
def module_told(binary: Path, session_model: ModelServer, module_sink: WebhookSink) -> Iterator[Service]:
    """A service that tells it."""
    env = {
        **model_env(session_model), "IRIS_LIMITS": LIMITS, "IRIS_BACKEND_WEBHOOK_URL": module_sink.url,
        "IRIS_BACKEND_WEBHOOK_SECRET": SECRET}
    with serving(binary, api=2, auth=1, chat=2, env=env) as service:
        yield service


@pytest.fixture()
def sink(module_sink: WebhookSink) -> WebhookSink:
    """The backend, who has heard nothing yet."""
    module_sink.hooks.clear()
    module_sink.answers.clear()
    module_sink.delay = 0.0
    return module_sink


@pytest.fixture()
def told(module_told: Service, sink: WebhookSink) -> Service:
    """The service, with nothing to tell."""
    module_told.run("DELETE FROM iris.outbox")
    return module_told


def maintain(service: Service) -> dict[str, Any]:
    """Runs `iris-fcgi maintain`."""
    done = service.server.command("maintain", "--json", timeout=90)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def make_due(service: Service) -> None:
    """The time until the next try is over."""
    service.run("UPDATE iris.outbox SET due_at = now() - interval '1 second'")


def waiting(service: Service) -> list[tuple[str, int, str | None, int]]:
    """What is on its way: topic, attempts, last error, seconds until the next try."""
    return service.rows(
        "SELECT topic, attempts, last_error, round(extract(epoch FROM due_at - now()))::integer FROM iris.outbox"
        " WHERE delivered_at IS NULL ORDER BY created_at")


def test_an_account_is_told_when_it_is_made_and_when_it_is_erased(told: Service, sink: WebhookSink) -> None:
    person = told.person()
    [made] = wait_until(lambda: sink.of("account.created"))
    made.verify()
    assert made.path == "/hooks/iris?from=iris" and made.headers["content-type"] == "application/json"
    assert made.document["data"] == {"id": person.id, "external_id": None, "tier": "free"}
    wait_until(lambda: waiting(told) == [])
    assert person.send("DELETE", "/api/v1/user/me", json={"password": PASSWORD}).status_code == 204
    [erased] = wait_until(lambda: sink.of("account.erased"))
    erased.verify()
    assert erased.document["data"] == {"id": person.id, "external_id": None}
    assert erased.id != made.id
    wait_until(lambda: told.rows("SELECT 1 FROM iris.outbox") == [])
    assert person.email not in log_text(told.server) and SECRET not in log_text(told.server)


def test_a_used_up_day_is_told_once(told: Service, sink: WebhookSink) -> None:
    person = told.person()
    assert person.chat().status_code == 200
    assert sink.of("quota.reached") == []
    assert [person.chat().status_code for _ in range(3)] == [429] * 3
    [hook] = wait_until(lambda: sink.of("quota.reached"))
    hook.verify()
    [(day,)] = told.rows("SELECT (now() AT TIME ZONE 'Europe/Paris')::date::text")
    assert hook.document["data"] == {"id": person.id, "external_id": None, "date": day}
    wait_until(lambda: waiting(told) == [])
    assert person.chat().status_code == 429
    maintain(told)
    assert len(sink.of("quota.reached")) == 1
    assert told.rows("SELECT payload FROM iris.outbox WHERE user_id = %s", person.id) == [({},)]


def test_what_fails_comes_again_with_the_same_id_and_a_fresh_signature(told: Service, sink: WebhookSink) -> None:
    sink.answers = [(500, {}), (302, {"Location": sink.url + "&elsewhere"}), (503, {"Retry-After": "600"})]
    told.person()
    wait_until(lambda: waiting(told) and waiting(told)[0][2])
    [(_, attempts, error, seconds)] = waiting(told)
    assert (attempts, error) == (1, "http_500") and 20 <= seconds <= 40
    assert maintain(told)["outbox"] == {"delivered": 0, "postponed": 0, "dropped": 0, "expired": 0}
    make_due(told)
    time.sleep(1.1)
    assert maintain(told)["outbox"]["postponed"] == 1
    assert waiting(told)[0][1:3] == (2, "http_302")
    make_due(told)
    maintain(told)
    [(_, attempts, error, seconds)] = waiting(told)
    assert (attempts, error) == (3, "http_503") and 590 <= seconds <= 600
    make_due(told)
    assert maintain(told)["outbox"]["delivered"] == 1
    assert len(sink.hooks) == 4 and len({hook.id for hook in sink.hooks}) == 1
    assert all("elsewhere" not in hook.path for hook in sink.hooks)
    assert len({hook.body for hook in sink.hooks}) == 1
    assert sink.hooks[0].headers["webhook-timestamp"] != sink.hooks[-1].headers["webhook-timestamp"]
    for hook in sink.hooks:
        hook.verify()


def test_who_wants_no_more_gets_no_more(told: Service, sink: WebhookSink) -> None:
    sink.answers = [(410, {})]
    told.person()
    wait_until(lambda: sink.hooks and waiting(told) == [])
    assert any(
        line.get("message") == "a notice was given up" and line["reason"] == "http_410"
        for line in told.server.log_lines("auth"))
    assert maintain(told)["outbox"]["delivered"] == 0 and len(sink.hooks) == 1


def test_a_backend_that_was_down_hears_it_all_when_it_is_up(binary: Path) -> None:
    with webhook_sink() as gone:
        address, port = gone.url, gone.server_address[1]
    env = {"IRIS_BACKEND_WEBHOOK_URL": address, "IRIS_BACKEND_WEBHOOK_SECRET": "whsec_" + "QUJD" * 11}
    with serving(binary, api=1, auth=1, chat=1, env=env) as service:
        people = [service.person().id for _ in range(3)]
        wait_until(lambda: waiting(service) and waiting(service)[0][2] == "no_connection")
        make_due(service)
        assert maintain(service)["outbox"]["postponed"] == 1, "one attempt a run"
        with webhook_sink(port) as late:
            make_due(service)
            assert maintain(service)["outbox"]["delivered"] == 3
            assert {hook.document["data"]["id"] for hook in late.hooks} == set(people)
            for hook in late.hooks:
                hook.verify(b"ABC" * 11)
        assert service.rows("SELECT 1 FROM iris.outbox") == []


def test_a_slow_backend_slows_no_answer(told: Service, sink: WebhookSink) -> None:
    sink.delay = 30.0
    person = told.person()
    wait_until(lambda: sink.hooks)
    # Whoever comes finds the only worker of its pool with the backend, and ends that.
    login = {"email": person.email, "password": PASSWORD}
    for _ in range(3):
        start = time.monotonic()
        assert told.http.post("/api/v1/auth/login", json=login).status_code == 200
        assert time.monotonic() - start < 2.0
    assert person.me().elapsed.total_seconds() < 0.5
    assert waiting(told)[0][1:3] in [(1, "stopped"), (1, None)]


def test_what_a_killed_worker_was_sending_is_sent_when_its_lease_ends(told: Service, sink: WebhookSink) -> None:
    sink.delay = 30.0
    person = told.person()
    wait_until(lambda: sink.hooks)
    [worker] = told.server.pids("auth")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: told.server.pids("auth") not in ([], [worker]))
    [(_, attempts, error, seconds)] = waiting(told)
    assert (attempts, error) == (1, None) and 30 < seconds <= 60
    sink.delay = 0.0
    assert maintain(told)["outbox"]["delivered"] == 0
    make_due(told)
    assert maintain(told)["outbox"]["delivered"] == 1
    assert [hook.document["data"]["id"] for hook in sink.hooks] == [person.id] * 2
    assert sink.hooks[0].id == sink.hooks[1].id
