"""Whatever goes wrong with a model ends in a right answer of another one or an honest fallback, in time, on record."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from event_source import Stream, listen
from model_server import ModelServer
from people import Person
from service import UNLIMITED, Service, serving, wait_until
from wiring import Assisted

DEADLINE = 6
#: Beyond the deadline: the database, the answer's way back, a busy machine.
GRACE = 1.0
FIRST, SECOND, BACKUP = "gemini-3.5-flash-lite", "gemini-3.1-flash-lite", "petit-modele"
KEYS = ["AQ.premiere", "AQ.deuxieme", "AQ.troisieme"]
GEMINI_DOWN = {"name": "overloaded", "api": "gemini"}


@pytest.fixture(scope="module")
def service(assisted: Assisted, session_model: ModelServer) -> Iterator[Service]:
    """Two models, three keys, little time, and a backup: under another name, since a server is known by its address."""
    backup = session_model.url.replace("127.0.0.1", "localhost")
    env = {
        "IRIS_GEMINI_API_KEYS": ",".join(KEYS), "IRIS_CHAT_DEADLINE": str(DEADLINE),
        "IRIS_BACKUP_BASE_URL": backup, "IRIS_BACKUP_MODEL": BACKUP, "IRIS_LIMITS": UNLIMITED,
    }
    with assisted(api=1, chat=8, env=env) as service:
        yield service


@dataclass(frozen=True)
class Outcome:
    """What a user got, whole or as a stream, and how long it took."""

    answer: httpx.Response
    body: dict[str, Any]
    names: list[str]
    seconds: float


def ask(person: Person, stream: bool, message: str = "Comment avancer en 2026 ?") -> Outcome:
    """One question; a stream gives its `done`, or its `error`."""
    begun = time.monotonic()
    if stream:
        heard: Stream = listen(person, message)
        body = heard.done if heard.named("done") else heard.error
        return Outcome(heard.answer, body, heard.names, time.monotonic() - begun)
    answer = person.chat(message)
    assert answer.status_code == 200, answer.text
    return Outcome(answer, answer.json(), [], time.monotonic() - begun)


def assert_good(outcome: Outcome, model_used: str) -> None:
    """A whole answer of this model, in time."""
    assert (outcome.body["finish"], outcome.body["model_used"]) == ("complete", model_used), outcome.body
    assert outcome.names in ([], ["start", *["delta"] * (len(outcome.names) - 2), "done"])
    assert outcome.seconds < DEADLINE + GRACE


def assert_fallback(outcome: Outcome) -> None:
    """The offline Alessio, who says so, in time."""
    body = outcome.body
    told = (body["finish"], body["model_used"], body["degraded"], body["confidence"])
    assert told == ("fallback", "fallback", True, 0.5)
    assert body["usage"]["daily_used"] == 0 and len(body["response"]) > 100
    assert outcome.names in ([], ["start", "delta", "done"]) and outcome.seconds < DEADLINE + GRACE


def story(service: Service, outcome: Outcome) -> list[tuple[str, str, int, str]]:
    """Provider, model, key's number and reason of each failed attempt; sorted, as rows of one moment have no order."""
    return sorted(
        (failure["provider"], failure["model"], failure["key_number"], failure["reason"])
        for failure in service.failures(outcome.answer))


def counted(service: Service, outcome: Outcome, kind: str) -> dict[str, Any]:
    """The metadata of the person's only event of this kind."""
    events = service.events_of(service.failures(outcome.answer)[0]["pseudonym"])
    (metadata,) = [metadata for event_type, metadata in events if event_type == kind]
    return metadata


@dataclass(frozen=True)
class Drill:
    """A fault of the first model, or of some keys; who answers then, and what the record says of each attempt."""

    scenario: dict[str, Any]
    reason: str
    answers: str = SECOND
    attempts: int = 1


BY_KEY = len(KEYS)
DRILLS = {
    "reset": Drill({"name": "reset"}, "unreachable_interruption"),
    "closed": Drill({"name": "close"}, "unreachable_interruption"),
    "garbage": Drill({"name": "garbage"}, "malformed"),
    "HTML with 200": Drill({"name": "html"}, "malformed"),
    "HTML with 503": Drill({"name": "html_503"}, "overloaded"),
    "200 without text": Drill({"name": "empty"}, "empty"),
    "200 without body": Drill({"name": "empty_body"}, "malformed"),
    "429 per minute": Drill({"name": "per_minute"}, "rate_limited", attempts=BY_KEY),
    "429 per day": Drill({"name": "per_day"}, "rate_limited_day", attempts=BY_KEY),
    "503": Drill({"name": "overloaded"}, "overloaded"),
    "model gone": Drill({"name": "model_gone"}, "model_gone"),
    "1 GB answer": Drill({"name": "huge"}, "too_large"),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", DRILLS)
def test_when_the_first_model_fails_the_second_answers(
    service: Service, model: ModelServer, name: str, stream: bool
) -> None:
    drill = DRILLS[name]
    model.scenario({**drill.scenario, "model": FIRST})
    outcome = ask(service.person(), stream)
    assert_good(outcome, drill.answers)
    told = story(service, outcome)
    assert told == [("gemini", FIRST, number + 1, told[0][3]) for number in range(drill.attempts)]
    # An empty stream and one of nonsense look alike.
    assert {reason for *_, reason in told} <= {drill.reason} | ({"empty", "malformed"} if stream else set())
    assert counted(service, outcome, "chat_response")["model"] == SECOND


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_when_the_first_model_s_server_speaks_no_http_somebody_else_answers(
    service: Service, model: ModelServer, stream: bool
) -> None:
    model.scenario({"name": "no_http", "model": FIRST})
    outcome = ask(service.person(), stream)
    assert_good(outcome, outcome.body["model_used"])
    assert outcome.body["model_used"] in (SECOND, BACKUP) and story(service, outcome)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [("key_invalid", "key_rejected"), ("unauthenticated", "key_rejected"), ("key_leaked", "forbidden")])
def test_a_revoked_key_is_left_for_the_next(
    service: Service, model: ModelServer, name: str, reason: str, stream: bool
) -> None:
    model.scenario({"name": name, "key": KEYS[0]}, {"name": "key_invalid", "key": KEYS[1]})
    person = service.person()
    outcome = ask(person, stream)
    assert_good(outcome, FIRST)
    assert story(service, outcome) == [("gemini", FIRST, 1, reason), ("gemini", FIRST, 2, "key_rejected")]
    assert_good(ask(person, stream), FIRST)
    assert len(model.asked(key=KEYS[0])) == len(model.asked(key=KEYS[1])) == 1, "set aside after the first refusal"
    lines = [line for line in service.server.log_lines("chat") if line["message"] == "a model key was set aside"]
    assert {1, 2} <= {line["key_number"] for line in lines[-2:]}
    assert service.rows("SELECT 1 FROM iris.alerts WHERE kind = 'key_rejected'")


def test_a_minute_s_quota_is_waited_for_as_told_and_a_day_s_is_not_whatever_is_told(
    service: Service, model: ModelServer
) -> None:
    model.scenario(
        {"name": "per_minute", "key": KEYS[0], "delay": "1s", "times": 1},
        {"name": "per_day", "key": KEYS[1], "delay": "1s", "times": 1})
    person = service.person()
    for _ in range(3):
        assert_good(ask(person, False), FIRST)
    assert [len(model.asked(key=key)) for key in KEYS] == [1, 1, 3]
    time.sleep(1.2)
    assert_good(ask(person, False), FIRST)
    assert [len(model.asked(key=key)) for key in KEYS] == [2, 1, 3], "the first key answers again"
    model.scenario({"name": "key_invalid", "key": KEYS[0]})
    assert_good(ask(person, False), FIRST)
    assert [len(model.asked(key=key)) for key in KEYS] == [3, 1, 4], "the second waits for midnight in California"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", ["overloaded", "garbage", "reset", "per_day", "key_invalid", "model_gone", "huge"])
def test_when_gemini_is_gone_the_backup_answers(service: Service, model: ModelServer, name: str, stream: bool) -> None:
    model.scenario({"name": name, "api": "gemini"})
    outcome = ask(service.person(), stream)
    assert_good(outcome, BACKUP)
    assert outcome.body["degraded"] is False
    (request,) = model.asked(api="openai")
    assert request["verdict"] is None and request["stream"] is stream and request["model"] == BACKUP
    assert {provider for provider, *_ in story(service, outcome)} == {"gemini"}
    assert counted(service, outcome, "chat_response")["model"] == BACKUP


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("server", "name"),
    [("openai", "per_minute"), ("llama.cpp", "overloaded"), ("ollama", "internal"), ("vllm", "bad_request"),
     ("vllm_old", "internal"), ("openai", "empty"), ("openai", "html"), ("openai", "huge"),
     ("openai", "unknown_finish")])
def test_when_the_backup_fails_too_the_fallback_is_honest(
    service: Service, model: ModelServer, server: str, name: str, stream: bool
) -> None:
    model.scenario(GEMINI_DOWN, {"name": name, "api": "openai", "server": server, "text": ""})
    outcome = ask(service.person(), stream)
    assert_fallback(outcome)
    told = story(service, outcome)
    assert {provider for provider, *_ in told} == {"gemini", "backup"}
    reasons = counted(service, outcome, "chat_fallback")["reasons"]
    assert sorted(reasons) == sorted(reason for *_, reason in told) and reasons[0] == "overloaded"


def test_a_storm_of_503_is_answered_at_once_and_soon_asks_nobody(service: Service, model: ModelServer) -> None:
    model.scenario({"name": "overloaded"})
    people = [service.person() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for outcome in pool.map(lambda number: ask(people[number % 8], number % 2 == 1), range(80)):
            assert_fallback(outcome)
            assert outcome.seconds < 3
    assert len(model.requests) < 80, "a breaker spares the model"


def test_after_a_storm_the_model_is_asked_again(service: Service, model: ModelServer) -> None:
    model.scenario({"name": "overloaded", "model": FIRST, "times": 2})
    person = service.person()
    assert [ask(person, stream).body["model_used"] for stream in (False, True)] == [SECOND] * 2
    wait_until(lambda: ask(person, True).body["model_used"] == FIRST, 5)


# Slow ones, all at once


HANGS = {
    "before headers": {"name": "hang"}, "in the middle": {"name": "hang_body"},
    "10 bytes a second": {"name": "trickle", "per_second": 10},
}


def test_a_model_that_hangs_costs_half_the_deadline_and_one_that_stalls_in_its_text_all(
    service: Service, model: ModelServer
) -> None:
    drills = [(f"{name} {stream}", scenario, stream) for name, scenario in HANGS.items() for stream in (False, True)]
    model.scenario(
        *({**scenario, "message": name, "model": FIRST} for name, scenario, _ in drills),
        {"name": "hang", "message": "tous"}, {"hang_after": 2, "message": "texte"})
    people = [service.person() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(ask, person, stream, name) for person, (name, _, stream) in zip(people, drills)]
        everyone, stalled = pool.submit(ask, people[6], False, "tous"), pool.submit(ask, people[7], True, "texte")
        for job in jobs:
            outcome = job.result()
            assert_good(outcome, SECOND)
            assert story(service, outcome) == [("gemini", FIRST, 1, "timed_out")]
        assert_fallback(everyone.result())
        assert {reason for *_, reason in story(service, everyone.result())} == {"timed_out"}
        broken = stalled.result()
    assert broken.names == ["start", "delta", "delta", "error"] and broken.body["code"] == "upstream_failed"
    assert DEADLINE - 1 < broken.seconds < DEADLINE + GRACE
    assert story(service, broken) == [("gemini", FIRST, 1, "timed_out")]


def test_a_stream_of_a_gigabyte_is_ended(service: Service, model: ModelServer) -> None:
    model.scenario({"name": "huge", "pieces": 16_384})
    outcome = ask(service.person(), True)
    assert outcome.names[-1] == "error" and outcome.body["code"] == "upstream_failed"
    assert outcome.seconds < DEADLINE and len(outcome.names) < 200, "ended after some megabytes at most"
    assert story(service, outcome) == [("gemini", FIRST, 1, "too_large")]


# No way to the model at all


@pytest.fixture(scope="module")
def impostor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """A model whose certificate nobody vouches for."""
    folder = tmp_path_factory.mktemp("impostor")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
         "-out", folder / "certificate.pem"],
        check=True, capture_output=True)
    with ModelServer(tls=(str(folder / "certificate.pem"), str(folder / "key.pem"))) as server:
        yield server


def test_an_unknown_name_and_a_wrong_certificate_end_in_a_fallback(binary: Path, impostor: ModelServer) -> None:
    env = {
        "IRIS_GEMINI_BASE_URL": "https://modele.invalid", "IRIS_GEMINI_API_KEYS": KEYS[0],
        "IRIS_BACKUP_BASE_URL": impostor.url, "IRIS_BACKUP_MODEL": BACKUP, "IRIS_BACKUP_API_KEY": "AQ.secours",
        "IRIS_CHAT_DEADLINE": str(DEADLINE),
        "IRIS_CONNECT_TIMEOUT": "2", "IRIS_LIMITS": UNLIMITED,
    }
    with serving(binary, api=1, chat=1, env=env) as service:
        for stream in (False, True):
            service.forget_failures()
            outcome = ask(service.person(), stream)
            assert_fallback(outcome)
            (_, backup, _, wrong), (_, model, _, reason) = story(service, outcome)
            # Without a resolver in reach a name takes as long as a connection may.
            assert (model, backup, wrong) == (FIRST, BACKUP, "unreachable_certificate")
            assert reason in ("unreachable_name", "timed_out")
            assert counted(service, outcome, "chat_fallback")["reasons"] == [reason, wrong]
    assert impostor.requests == [], "no key and no question for somebody unknown"


# What all workers learn together


def test_a_thousand_chats_cost_exhausted_keys_a_handful_of_calls(
    service: Service, model: ModelServer, say: Callable[[str], None]
) -> None:
    exhausted = [{"name": "per_day", "key": key} for key in KEYS[:2]]
    model.scenario(*exhausted, {"text": "Un bon conseil."})
    people = [service.person("premium") for _ in range(8)]

    def chats(person: Person) -> set[str]:
        return {person.chat(f"Question {number} de 2026 ?").json()["model_used"] for number in range(125)}

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(chats, people)) == {FIRST}
    calls = [len(model.asked(key=key)) for key in KEYS]
    seconds = time.monotonic() - begun
    say(f"1,000 chats in {seconds:.1f} s: {calls[0]} + {calls[1]} calls to exhausted keys, {calls[2]} to the good one")
    assert calls[0] >= 1 and calls[1] >= 1 and sum(calls[:2]) <= 20 and calls[2] == 1000
    assert not model.asked(model=SECOND)
