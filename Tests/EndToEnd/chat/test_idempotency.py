"""`Idempotency-Key`: asked twice, answered once and charged once, whatever happens in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from event_source import listen
from model_server import ModelServer
from people import Person
from service import Service, problem, wait_until

QUESTION = "Comment préparer mon entretien de 2026 ?"
KEY = "cle-1"


@pytest.fixture()
def asker(assistant: Service, model: ModelServer) -> Person:
    """A new free user of the assistant."""
    return assistant.person()


def ask(person: Person, key: str | bytes = KEY, message: str = QUESTION) -> httpx.Response:
    """One request with a key."""
    headers = {**person.headers, "Idempotency-Key": key}
    return person.http.post("/api/v1/chat", json={"message": message}, headers=headers)


def is_replay(answer: httpx.Response) -> bool:
    """Whether the answer says that it was given before."""
    return answer.headers.get("Idempotent-Replayed") == "true"


def test_a_repeat_gets_the_same_answer_in_the_form_it_accepts(
    asker: Person, model: ModelServer, assistant: Service
) -> None:
    first = ask(asker)
    assert first.status_code == 200 and "Idempotent-Replayed" not in first.headers
    again = ask(asker)
    assert is_replay(again) and again.content == first.content
    stream = listen(asker, QUESTION, {"Idempotency-Key": KEY})
    assert is_replay(stream.answer) and stream.names == ["start", "delta", "done"]
    assert stream.done == first.json() and stream.text == first.json()["response"]
    assert len(model.requests) == 1 and assistant.charged(asker) == 1 and assistant.statuses(asker) == ["complete"]


def test_a_streamed_answer_is_replayed_as_json(asker: Person, model: ModelServer) -> None:
    stream = listen(asker, QUESTION, {"Idempotency-Key": KEY})
    again = ask(asker)
    assert is_replay(again) and again.json() == stream.done and len(model.requests) == 1


def test_a_key_belongs_to_one_body(asker: Person, model: ModelServer) -> None:
    ask(asker)
    other = ask(asker, message="Une autre question de 2026 ?")
    assert (other.status_code, problem(other)["code"]) == (422, "idempotency_mismatch")
    assert len(model.requests) == 1


def test_a_key_belongs_to_one_user(asker: Person, model: ModelServer, assistant: Service) -> None:
    mine, theirs = ask(asker), ask(assistant.person())
    assert not is_replay(theirs) and mine.json()["message_id"] != theirs.json()["message_id"]
    assert len(model.requests) == 2


@pytest.mark.parametrize("key", ["a" * 129, "deux mots", "é".encode(), b"tab\there"], ids=ascii)
def test_a_key_that_is_none_is_refused(asker: Person, model: ModelServer, key: str | bytes) -> None:
    answer = ask(asker, key)
    body = problem(answer)
    assert (answer.status_code, body["code"]) == (422, "validation_failed")
    assert "Idempotency-Key" in str(body["errors"]) and model.requests == []


def test_the_longest_key_is_good(asker: Person, model: ModelServer) -> None:
    key = "".join(chr(code) for code in range(0x21, 0x7F)) + "~" * 34
    assert len(key) == 128
    assert ask(asker, key).status_code == 200 and is_replay(ask(asker, key))


def test_a_repeat_of_one_that_still_runs_waits_its_turn(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"name": "slow", "ms": 800})
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, asker)
        wait_until(lambda: model.requests)
        early = ask(asker)
        assert (early.status_code, problem(early)["code"]) == (409, "in_progress")
        assert 1 <= int(early.headers["Retry-After"]) <= 45
        mismatched = ask(asker, message="Une autre de 2026 ?")
        assert problem(mismatched)["code"] == "idempotency_mismatch"
        assert first.result().json()["finish"] == "complete"
    assert is_replay(ask(asker)) and assistant.charged(asker) == 1 == len(model.requests)


def test_ten_at_once_ask_the_model_once(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"name": "slow", "ms": 400})
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: ask(asker), range(10)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200 and set(statuses) <= {200, 409}
    assert len(model.requests) == 1 == assistant.charged(asker)


@pytest.mark.parametrize("scenario", ["overloaded", "key_leaked"])
def test_a_fallback_is_not_kept(asker: Person, model: ModelServer, assistant: Service, scenario: str) -> None:
    model.scenario({"name": scenario})
    assert ask(asker).json()["finish"] == "fallback"
    model.scenario()
    assistant.forget_failures()
    again = ask(asker)
    assert not is_replay(again) and again.json()["finish"] == "complete" and assistant.charged(asker) == 1


def test_a_stream_that_broke_is_not_kept(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"error_after": 2, "times": 1})
    assert listen(asker, QUESTION, {"Idempotency-Key": KEY}).names[-1] == "error"
    assistant.forget_failures()
    again = ask(asker)
    assert not is_replay(again) and again.json()["finish"] == "complete"


def test_a_repeat_passes_although_the_day_is_used_up(asker: Person, model: ModelServer, assistant: Service) -> None:
    first = ask(asker)
    assistant.run("UPDATE iris.user_daily_usage SET message_count = 10 WHERE user_id = %s", asker.id)
    again = ask(asker)
    assert is_replay(again) and again.content == first.content
    assert ask(asker, "cle-2").status_code == 429


def worker_of(assistant: Service, port: int) -> int:
    """The chat worker whose connection to the model has this local port."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port:
            name = f"socket:[{fields[9]}]"
            for pid in assistant.server.pids("chat"):
                if any(os.readlink(link) == name for link in Path(f"/proc/{pid}/fd").iterdir()):
                    return pid
    raise AssertionError(f"nobody has port {port}")


@contextmanager
def killed_in_mid_answer(assistant: Service, model: ModelServer, person: Person, stream: bool) -> Iterator[None]:
    """Kills the worker that answers a request with a key, and waits until somebody takes its place."""
    model.scenario({"ms": 20_000, "times": 1} if not stream else {"pieces": 400, "gap_ms": 50, "times": 1})
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(listen, person, QUESTION, {"Idempotency-Key": KEY}) if stream else pool.submit(ask, person)
        wait_until(lambda: model.requests and (model.requests[0]["first_text_at"] or not stream))
        victim = worker_of(assistant, model.requests[0]["port"])
        os.kill(victim, signal.SIGKILL)
        if not stream:
            assert job.result(timeout=10).status_code == 502
        elif job.exception(timeout=10) is None:
            assert set(job.result().names) == {"start", "delta"}, "a stream that merely ends has no `done`"
        wait_until(lambda: victim not in assistant.server.pids("chat") and len(assistant.server.pids("chat")) == 8)
        yield


@pytest.mark.parametrize("used", [0, 9], ids=["at the day's start", "with the day's last message"])
def test_after_a_killed_worker_a_repeat_runs_once_more_and_is_charged_once(
    asker: Person, model: ModelServer, assistant: Service, used: int
) -> None:
    if used:
        ask(asker, "avant", "Une question de 2025 ?")
        assistant.run("UPDATE iris.user_daily_usage SET message_count = %s WHERE user_id = %s", used, asker.id)
        model.clear()
    with killed_in_mid_answer(assistant, model, asker, stream=False):
        assert assistant.reservations(asker) == 1
        if used:
            other = problem(ask(asker, "une-autre"))
            assert other["code"] == "daily_quota_exceeded", "its place is held for the repeat"
        again = ask(asker)
    assert again.status_code == 200 and not is_replay(again) and again.json()["finish"] == "complete"
    assert len(model.requests) == 2 and assistant.charged(asker) == used + 1 and assistant.reservations(asker) == 0
    third = ask(asker)
    assert is_replay(third) and third.content == again.content and len(model.requests) == 2
    assert assistant.statuses(asker)[-2:] == ["abandoned", "complete"]


def test_after_a_worker_killed_in_a_stream_a_repeat_runs_once_more(
    asker: Person, model: ModelServer, assistant: Service
) -> None:
    with killed_in_mid_answer(assistant, model, asker, stream=True):
        again = listen(asker, QUESTION, {"Idempotency-Key": KEY})
    assert again.done["finish"] == "complete" and not is_replay(again.answer)
    assert len(model.requests) == 2 and assistant.charged(asker) == 1 and assistant.reservations(asker) == 0
