"""Streamed answers through nginx: what comes, when it comes, how it ends, and what a client that leaves is charged."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from event_source import Event, Stream, events, listen, listening
from model_server import ModelServer
from people import Person
from service import Service, problem, wait_until

CHAT_RESPONSE = {
    "response", "confidence", "model_used", "topic", "suggestions", "session_id", "message_id", "processing_time_ms",
    "finish", "degraded", "usage",
}
QUESTION = "Comment optimiser mon CV pour les ATS en 2026 ?"
ACCENTS = "Où réussir ? « Déjà là » : 👩‍💻 et ça suffit.\nÀ bientôt, Alessio 🤝"
SILENCE_MS = 17_500


@pytest.fixture(scope="module", autouse=True)
def silent_stream(assistant: Service, session_model: ModelServer) -> Iterator[Future[Stream]]:
    """A stream whose model says nothing for 17.5 s, read while the other tests run."""
    person = assistant.person()
    session_model.scenario({"first_ms": SILENCE_MS, "message": "silence", "text": "Enfin une réponse."})
    with ThreadPoolExecutor(1) as pool:
        stream = pool.submit(listen, person, "Que dit le silence 2026 ?")
        wait_until(lambda: session_model.asked(question="Que dit le silence 2026 ?") or stream.done())
        yield stream


@pytest.fixture()
def asker(assistant: Service, model: ModelServer) -> Person:
    """A new free user of the assistant."""
    return assistant.person()


def assert_ended_at_once(model: ModelServer, left: float) -> None:
    """The last model request ended within 100 ms of its client's leaving."""
    record = wait_until(lambda: model.requests[-1]["ended_ms"] is not None and model.requests[-1])
    assert record["client_left"] and record["at"] + record["left_ms"] / 1000 - left < 0.1, record


# What comes


def test_a_stream_is_start_deltas_and_done(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"text": ACCENTS})
    stream = listen(asker, QUESTION)
    headers = stream.answer.headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8" and headers["Cache-Control"] == "no-store"
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"]) and "Server-Timing" not in headers
    assert headers["RateLimit-Policy"] == '"day";q=10;w=86400'
    assert re.fullmatch(r'"day";r=9;t=\d+', headers["RateLimit"])
    names = stream.names
    assert names[0] == "start" and names[-1] == "done" and set(names[1:-1]) == {"delta"}
    done = stream.done
    assert set(stream.start) == {"session_id", "message_id", "topic", "model_used"} and set(done) == CHAT_RESPONSE
    assert stream.start == {name: done[name] for name in stream.start}
    assert stream.text == done["response"] == ACCENTS
    assert (done["finish"], done["degraded"], done["topic"]) == ("complete", False, "cv")
    assert done["model_used"] == "gemini-3.5-flash-lite" and done["usage"]["daily_used"] == 1
    (request,) = model.requests
    assert request["stream"] and request["verdict"] is None
    assert assistant.turn(done["message_id"]) == {"user": ("complete", QUESTION), "assistant": ("complete", ACCENTS)}
    counted = assistant.rows(
        "SELECT tokens_in > 0, tokens_out FROM iris.iris_messages WHERE id = %s", done["message_id"])
    assert counted == [(True, (len(ACCENTS) + 3) // 4)], "the counts are those of the last chunk"


@pytest.mark.parametrize("split", ["bytes", "odd", 3])
def test_however_the_stream_is_cut_the_text_is_whole(asker: Person, model: ModelServer, split: int | str) -> None:
    model.scenario({"text": ACCENTS, "split": split, "finish_on_each": True, "thoughts": 2})
    stream = listen(asker, QUESTION)
    assert stream.text == stream.done["response"] == ACCENTS


def test_a_stream_continues_a_conversation(asker: Person, model: ModelServer) -> None:
    first = asker.chat("Je suis infirmière depuis 2011.").json()
    model.scenario({"text": "La suite."})
    second = listen(asker, "Et ensuite, en 2026 ?", session_id=first["session_id"])
    assert second.start["session_id"] == first["session_id"]
    words = json.dumps(model.requests[-1]["body"]["contents"], ensure_ascii=False)
    assert "Je suis infirmière depuis 2011." in words
    asker.chat("Et après, en 2027 ?", session_id=first["session_id"])
    assert "La suite." in json.dumps(model.requests[-1]["body"]["contents"], ensure_ascii=False)


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True), ("Text/Event-Stream", True), ("text/event-stream;q=1.0", True),
        ("application/json", False), ("*/*", False), ("", False), ("text/event-stream;q=0", False),
    ],
)
def test_who_accepts_events_gets_them(asker: Person, model: ModelServer, accept: str, streams: bool) -> None:
    answer = asker.http.post("/api/v1/chat", json={"message": QUESTION}, headers={**asker.headers, "Accept": accept})
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert (answer.status_code, kind) == (200, "text/event-stream" if streams else "application/json")
    assert model.requests[0]["stream"] is streams


def test_refusals_before_the_stream_are_plain_problems(asker: Person, model: ModelServer, assistant: Service) -> None:
    def refused(headers: dict[str, str], body: Any) -> tuple[int, str]:
        answer = asker.http.post("/api/v1/chat", json=body, headers={"Accept": "text/event-stream", **headers})
        return answer.status_code, problem(answer)["code"]

    assert refused({}, {"message": QUESTION}) == (401, "missing_token")
    assert refused(asker.headers, {"message": ""}) == (422, "validation_failed")
    asker.chat(QUESTION)
    assistant.run("UPDATE iris.user_daily_usage SET message_count = 10 WHERE user_id = %s", asker.id)
    assert refused(asker.headers, {"message": QUESTION}) == (429, "daily_quota_exceeded")
    assert len(model.requests) == 1


def test_two_streams_at_once_do_not_mix(assistant: Service, model: ModelServer) -> None:
    model.scenario(
        {"message": "premier", "text": "A" * 400, "pieces": 40, "gap_ms": 10},
        {"message": "second", "text": "B" * 400, "pieces": 40, "gap_ms": 10})
    people = [assistant.person(), assistant.person()]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(listen, people, ["Le premier 2026 ?", "Le second 2026 ?"])
    assert (first.text, second.text) == ("A" * 400, "B" * 400)
    assert first.start["session_id"] != second.start["session_id"]
    assert first.named("delta")[0].at < second.named("delta")[-1].at > first.named("start")[0].at
    assert second.named("delta")[0].at < first.named("delta")[-1].at, "they ran at the same time"


# When it comes


def test_the_first_delta_comes_within_30_ms(assistant: Service, model: ModelServer, say: Callable[[str], None]) -> None:
    person = assistant.person("premium")
    model.scenario({"pieces": 3, "gap_ms": 50, "first_ms": 20})
    waits = []
    for _ in range(10):
        stream = listen(person, QUESTION)
        waits.append((stream.named("delta")[0].at - model.requests[-1]["first_text_at"]) * 1000)
    median = statistics.median(waits)
    say(f"first delta behind nginx: median {median:.1f} ms, worst {max(waits):.1f} ms after the stand-in's first byte")
    assert median < 30


def test_500_deltas_5_ms_apart_stay_500(asker: Person, model: ModelServer, say: Callable[[str], None]) -> None:
    model.scenario({"pieces": 500, "gap_ms": 5})
    stream = listen(asker, QUESTION)
    deltas = stream.named("delta")
    assert [delta.data["text"] for delta in deltas] == [f"Conseil {number:04}. " for number in range(500)]
    moments = Counter(delta.at for delta in deltas)
    gaps = [after.at - before.at for before, after in zip(deltas, deltas[1:])]
    seconds, gap = deltas[-1].at - deltas[0].at, statistics.median(gaps) * 1000
    say(f"500 deltas in {seconds:.2f} s, {len(moments)} reads, median gap {gap:.1f} ms")
    # On a busy machine some wait for their reader.
    assert len(moments) > 250, "events were collected on their way"
    assert 2.4 < seconds < 4.5 and 2 < gap < 10


# How it ends


def test_without_a_model_the_offline_alessio_streams(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"name": "overloaded"})
    stream = listen(asker, QUESTION)
    assert stream.names == ["start", "delta", "done"]
    done = stream.done
    told = (done["finish"], done["model_used"], done["confidence"], done["degraded"])
    assert told == ("fallback", "fallback", 0.5, True)
    assert stream.start["model_used"] == "fallback" and stream.text == done["response"]
    assert done["usage"]["daily_used"] == assistant.charged(asker) == assistant.reservations(asker) == 0
    assert {kind: status for kind, (status, _) in assistant.turn(done["message_id"]).items()} == {
        "user": "fallback", "assistant": "fallback"}


@pytest.mark.parametrize("fault", ["error_after", "bare_error_after", "reset_after", "cut_after", "eof_after"])
def test_a_model_that_fails_after_text_is_an_error_event(
    asker: Person, model: ModelServer, assistant: Service, fault: str
) -> None:
    model.scenario({fault: 2, "pieces": 8, "gap_ms": 5})
    stream = listen(asker, QUESTION)
    assert stream.names == ["start", "delta", "delta", "error"]
    error = stream.error
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(error)
    assert error["code"] == "upstream_failed" and error["instance"] == stream.answer.headers["X-Request-Id"]
    assert len(model.requests) == 1, "no second try once text went out"
    assert assistant.turn(stream.start["message_id"]) == {
        "user": ("partial", QUESTION), "assistant": ("partial", "Conseil 0000. Conseil 0001. ")}
    assert assistant.charged(asker) == 1 and assistant.reservations(asker) == 0, "charged at the first delta"
    (failure,) = assistant.failures(stream.answer)
    kinds = [kind for kind, _ in assistant.events_of(failure["pseudonym"])]
    assert failure["provider"] == "gemini" and "chat_partial" in kinds


def test_a_block_after_text_takes_it_back(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"block_after": 2, "pieces": 8})
    stream = listen(asker, QUESTION)
    assert stream.names == ["start", "delta", "delta", "done"]
    done = stream.done
    assert (done["finish"], done["degraded"]) == ("blocked", False)
    assert "Conseil 0000" not in done["response"] and len(done["response"]) > 50
    turn = assistant.turn(done["message_id"])
    assert turn["assistant"] == ("blocked", done["response"]) and assistant.charged(asker) == 0


def test_a_blocked_question_is_a_kind_answer(asker: Person, model: ModelServer) -> None:
    model.scenario({"name": "block_prompt"})
    stream = listen(asker, QUESTION)
    assert stream.names == ["start", "delta", "done"] and stream.done["finish"] == "blocked"
    assert stream.text == stream.done["response"]


def test_distress_gets_its_numbers_before_any_word_of_a_model(asker: Person, model: ModelServer) -> None:
    model.scenario({"pieces": 8, "gap_ms": 5})
    stream = listen(asker, "J'ai perdu mon emploi et je veux en finir avec la vie.")
    assert "3114" in stream.named("delta")[0].data["text"] and "3114" in stream.done["response"]


# Who leaves


@pytest.mark.parametrize("scenario", [{"name": "hang"}, {"first_ms": 5_000}], ids=["before headers", "before text"])
def test_leaving_before_any_text_ends_the_model_and_costs_nothing(
    asker: Person, model: ModelServer, assistant: Service, scenario: dict[str, Any]
) -> None:
    model.scenario(scenario)
    with pytest.raises(httpx.ReadTimeout), listening(asker, QUESTION, timeout=0.4):
        pass
    assert_ended_at_once(model, time.time())
    wait_until(lambda: assistant.statuses(asker) == ["abandoned"])
    assert assistant.charged(asker) == assistant.reservations(asker) == 0


def test_leaving_after_text_ends_the_model_and_keeps_what_came(
    asker: Person, model: ModelServer, assistant: Service
) -> None:
    model.scenario({"pieces": 500, "gap_ms": 20})
    first = leave_after(asker, 3)
    assert_ended_at_once(model, time.time())
    wait_until(lambda: assistant.statuses(asker) == ["partial"])
    status, kept = assistant.turn(first.data["message_id"])["assistant"]
    assert status == "partial" and kept.startswith("Conseil 0000. Conseil 0001. Conseil 0002. ") and len(kept) < 1000
    assert assistant.charged(asker) == 1 and assistant.reservations(asker) == 0
    asker.chat("Et en 2027 ?", session_id=first.data["session_id"])
    assert model.requests[-1]["turns"] == 0, "a partial turn is no part of later prompts"


def leave_after(person: Person, deltas: int, headers: dict[str, str] | None = None) -> Event:
    """Leaves after so many deltas; gives the `start`."""
    with listening(person, QUESTION, headers) as answer:
        assert answer.status_code == 200
        seen: list[Event] = []
        for event in events(answer):
            seen.append(event)
            if sum(one.name == "delta" for one in seen) == deltas:
                break
    return seen[0]


def test_leaving_with_a_key_lets_the_answer_be_finished_and_kept(
    asker: Person, model: ModelServer, assistant: Service
) -> None:
    model.scenario({"pieces": 40, "gap_ms": 15})
    key = {"Idempotency-Key": "partie-avant-la-fin"}
    first = leave_after(asker, 2, key)
    wait_until(lambda: assistant.statuses(asker) == ["complete"])
    assert not model.requests[0]["client_left"] and assistant.charged(asker) == 1
    again = listen(asker, QUESTION, key)
    assert again.answer.headers["Idempotent-Replayed"] == "true" and again.names == ["start", "delta", "done"]
    assert again.done["message_id"] == first.data["message_id"] and again.text == again.done["response"]
    assert again.text.startswith("Conseil 0000. ") and again.text.rstrip().endswith("Conseil 0039.")
    plain = asker.http.post("/api/v1/chat", json={"message": QUESTION}, headers={**asker.headers, **key})
    assert plain.headers["Idempotent-Replayed"] == "true" and plain.json() == again.done
    assert len(model.requests) == 1 and assistant.charged(asker) == 1


def test_twenty_who_leave_at_once_never_pass_the_limit(asker: Person, model: ModelServer, assistant: Service) -> None:
    model.scenario({"pieces": 400, "gap_ms": 10})

    def one(_: int) -> str:
        with listening(asker, QUESTION) as answer:
            if answer.status_code != 200:
                answer.read()
                return problem(answer)["code"]
            return next(event.name for event in events(answer) if event.name == "delta")

    with ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(one, range(20)))
    assert outcomes == {"delta": 10, "daily_quota_exceeded": 10}
    wait_until(lambda: assistant.reservations(asker) == 0)
    assert assistant.charged(asker) == 10 == len(model.requests)
    assert asker.chat(QUESTION).status_code == 429


# The slow one, which ran beside all others


def test_a_silent_line_is_kept_open_by_comments(silent_stream: Future[Stream]) -> None:
    stream = silent_stream.result(timeout=30)
    comments = [event.at for event in stream.named("comment")]
    first = stream.named("start")[0].at
    begun = first - SILENCE_MS / 1000
    assert stream.names[0] == "start" and stream.text == "Enfin une réponse."
    assert 7.5 < comments[0] - begun < 9.5, "8 s of silence commit the answer"
    times = [*comments, first]
    assert len(comments) >= 2 and max(after - before for before, after in zip(times, times[1:])) <= 10.2
