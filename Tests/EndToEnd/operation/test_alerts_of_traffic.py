"""Alerts about how users fare, through requests that are slow, fail or attack."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alert_watch import look, told, watched
from model_server import ModelServer
from outage import query
from spool_records import leave, record
from webhook_sink import WebhookSink


@pytest.mark.parametrize(("workers", "milliseconds", "people", "alert", "words"), [
    (8, 2_100, 8, "slow_chats", "24 of 24 chats"),
    # Quick, once a worker has them.
    (1, 150, 12, "long_waits", "in chat"),
])  # fmt: skip
def test_chats_that_take_long_are_told_by_what_takes_long(
    binary: Path, sink: WebhookSink, model: ModelServer, workers: int, milliseconds: int, people: int, alert: str, words: str
) -> None:
    with watched(binary, sink, model, chat=workers) as service:
        person = service.person()
        model.scenario({"name": "slow", "ms": milliseconds})
        with ThreadPoolExecutor(people) as threads:
            answers = list(threads.map(lambda number: person.chat(f"Question {number} ?"), range(24)))
        assert {answer.status_code for answer in answers} == {200}
        assert look(service)["began"] == 1 and told(sink) == [f"ALERT {alert}"]
        assert words in sink.hooks[0].document["text"]


def test_other_requests_that_take_long_are_told(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    """Each waits for two locks, one after the other: a single one so long would end it after 2 s, with 503."""
    with watched(binary, sink, model, api=2) as service:
        person = service.person()
        with ThreadPoolExecutor(4) as threads:
            for table, seconds in (("accounts", 1.4), ("iris_events", 2.8)):
                threads.submit(query, service.server, f"LOCK iris.{table}; SELECT pg_sleep({seconds})")
            time.sleep(0.2)
            answers = list(threads.map(lambda _: person.send("GET", "/api/v1/user/analytics"), range(2)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all(person.me().status_code == 200 for _ in range(25))
        assert look(service)["began"] == 1 and told(sink) == ["ALERT slow_requests"]
        assert "2 of 28 requests" in sink.hooks[0].document["text"]
        assert all(person.me().status_code == 200 for _ in range(22))
        assert look(service)["ended"] == 1 and told(sink)[1:] == ["OVER slow_requests"]


def test_a_month_that_misses_its_aim_is_told(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model, IRIS_ALERT_ERROR_RATE="0.5") as service:
        person = service.person()
        # A token keeps nginx from answering in the worker's place.
        for _ in range(1_000):
            assert service.http.get("/api/v1/topics", headers=person.headers).status_code == 200
        service.run("REVOKE SELECT ON iris.accounts FROM iris_app")
        assert all(person.me().status_code >= 500 for _ in range(10))
        service.run("GRANT SELECT ON iris.accounts TO iris_app")
        assert look(service)["began"] == 1 and told(sink) == ["ALERT availability"]
        text = sink.hooks[0].document["text"]
        assert "10 failed" in text and "99.9 %" in text


def test_one_address_that_tries_many_accounts_is_told(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        for number in range(25):
            body = {"email": f"inconnue{number}@example.org", "password": "mauvaise"}
            assert service.http.post("/api/v1/auth/login", json=body).status_code in (401, 429)
        assert look(service)["began"] == 1 and told(sink) == ["ALERT login_spraying"]
        assert "127.0.0.1" not in sink.hooks[0].document["text"]
        look(service)
        assert len(sink.hooks) == 1


def test_records_that_do_not_get_into_the_database_are_told(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model) as service:
        person = service.person()
        service.run("REVOKE EXECUTE ON FUNCTION iris.replay_turn FROM iris_app, PUBLIC")
        turn, line = record(person, "Bonjour")
        leave(service, line, age=400)
        look(service, None)
        assert told(sink) == [], "the database's return may have begun to empty it"
        look(service, None)
        assert told(sink) == ["ALERT spool_stuck"] and "1 records wait" in sink.hooks[0].document["text"]
        service.run("GRANT EXECUTE ON FUNCTION iris.replay_turn TO iris_app")
        look(service)
        assert told(sink)[1:] == ["OVER spool_stuck"] and service.turn(turn)
