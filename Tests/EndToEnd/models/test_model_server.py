"""The stand-in model itself: it must refuse what Google refuses, and fail in the ways it is told to."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import model_scenarios
from model_server import ModelServer

MODEL = "gemini-3.5-flash-lite"
KEY = "AQ.test-key"


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    """One server for the whole module."""
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(running: ModelServer) -> ModelServer:
    """The server as new."""
    running.clear()
    return running


def body(**changes: Any) -> dict[str, Any]:
    """A good request; None takes a member out."""
    whole = {
        "systemInstruction": {"parts": [{"text": "Tu es Alessio."}]},
        "contents": [{"role": "user", "parts": [{"text": "Bonjour"}]}],
        "generationConfig": {"maxOutputTokens": 1024, "thinkingConfig": {"thinkingLevel": "MINIMAL"}},
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}],
        "store": False,
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def turns(*roles: str) -> list[dict[str, Any]]:
    """Contents with these roles."""
    return [{"role": role, "parts": [{"text": f"Texte de {role}"}]} for role in roles]


def ask(
    model: ModelServer, content: Any = None, name: str = MODEL, headers: dict[str, str] | None = None
) -> httpx.Response:
    """One request."""
    url = f"{model.url}/v1beta/models/{name}:generateContent"
    return httpx.post(url, json=content or body(), headers=headers or {"x-goog-api-key": KEY}, timeout=30)


def test_answer_tells_how_many_turns_came_along(model: ModelServer) -> None:
    answer = ask(model, body(contents=turns("user", "model", "user", "model", "user"))).json()
    assert "tours précédents : 2" in answer["candidates"][0]["content"]["parts"][0]["text"]
    counts = answer["usageMetadata"]
    assert counts["totalTokenCount"] == counts["promptTokenCount"] + counts["candidatesTokenCount"]
    recorded = model.requests[0]
    assert (recorded["model"], recorded["key"], recorded["verdict"], recorded["status"]) == (MODEL, KEY, None, 200)
    assert recorded["body"]["store"] is False


@pytest.mark.parametrize(
    "change",
    [
        {"contents": []}, {"contents": turns("model")}, {"contents": turns("user", "model")},
        {"contents": turns("user", "user")}, {"contents": turns("user", "assistant", "user")},
        {"contents": [{"role": "user", "parts": [{"text": ""}]}]}, {"contents": [{"role": "user", "parts": []}]},
        {"contents": [{"parts": [{"text": "x"}]}]}, {"system_instruction": {"parts": [{"text": "x"}]}},
        {"temperature": 1}, {"store": "no"}, {"generationConfig": {"temperature": 0.7}},
        {"generationConfig": {"topK": 1}}, {"generationConfig": {"maxOutputTokens": 0}},
        {"generationConfig": {"max_output_tokens": 5}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 0}}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "NONE"}}},
        {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
        {"safetySettings": [{"category": "HARM_CATEGORY_CIVIC_INTEGRITY", "threshold": "OFF"}]},
        {"safetySettings": 2 * [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]},
    ],
    ids=json.dumps,
)
def test_what_google_refuses_is_refused(model: ModelServer, change: dict[str, Any]) -> None:
    reply = ask(model, body(**change))
    assert reply.status_code == 400
    assert reply.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert model.requests[0]["verdict"] == reply.json()["error"]["message"]


@pytest.mark.parametrize("name", ["gemini-3.8-flash", "gemini-3.1-pro", "gemini-2.5-flash"])
def test_minimal_thinking_is_not_for_every_model(model: ModelServer, name: str) -> None:
    assert ask(model, name=name).status_code == 400
    assert ask(model, body(generationConfig={}), name=name).status_code == 200


def test_credential_and_path(model: ModelServer) -> None:
    assert ask(model, headers={"x-other": "1"}).status_code == 403
    assert ask(model, headers={"x-goog-api-key": KEY, "Authorization": "Bearer x"}).status_code == 400
    assert ask(model, headers={"x-goog-api-key": KEY, "Content-Type": "text/plain"}).status_code == 400
    assert httpx.post(f"{model.url}/v1/models/{MODEL}:generateContent", json=body()).status_code == 404
    assert httpx.post(f"{model.url}/v1beta/models/{MODEL}:generateContent?key={KEY}", json=body()).status_code == 404


@pytest.mark.parametrize("name", [*model_scenarios.ANSWERS, *model_scenarios.ERRORS, *model_scenarios.RAW])
def test_each_scenario_answers(model: ModelServer, name: str) -> None:
    model.scenario({"name": name, "ms": 1})
    reply = ask(model)
    expected = model_scenarios.ERRORS.get(name) or model_scenarios.RAW.get(name) or (200,)
    assert reply.status_code == expected[0]
    if name not in model_scenarios.RAW:
        value = reply.json()
        assert ("error" in value) == (name in model_scenarios.ERRORS)
        assert "$" not in reply.text
    assert model.requests[0]["scenario"] == name


@pytest.mark.parametrize("name", ["hang", "hang_body"])
def test_a_client_that_leaves_is_noticed(model: ModelServer, name: str) -> None:
    model.scenario({"name": name})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{model.url}/v1beta/models/{MODEL}:generateContent", json=body(), headers={"x-goog-api-key": KEY},
            timeout=0.3)
    wait_until(lambda: model.requests[0]["ended_ms"] is not None)
    assert model.requests[0]["client_left"] is True
    assert 250 < model.requests[0]["ended_ms"] < 700


def test_a_trickle_keeps_its_pace_and_ends_with_its_client(model: ModelServer) -> None:
    model.scenario({"name": "trickle", "per_second": 20})
    url, started = f"{model.url}/v1beta/models/{MODEL}:generateContent", time.monotonic()
    with httpx.stream("POST", url, json=body(), headers={"x-goog-api-key": KEY}) as reply:
        received = reply.iter_raw()
        assert sum(len(next(received)) for _ in range(10)) < 20
    assert 0.3 < time.monotonic() - started < 1
    wait_until(lambda: model.requests[0]["client_left"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("close", httpx.RemoteProtocolError), ("cut", httpx.RemoteProtocolError), ("reset", httpx.ReadError),
        ("no_http", httpx.RemoteProtocolError),
    ],
)
def test_broken_connections(model: ModelServer, name: str, error: type[Exception]) -> None:
    model.scenario({"name": name, "times": 1})
    with pytest.raises(error):
        ask(model)
    assert ask(model).status_code == 200


def test_huge_answer_is_as_large_as_told(model: ModelServer) -> None:
    model.scenario({"name": "huge", "bytes": 3_000_000})
    assert len(ask(model).json()["candidates"][0]["content"]["parts"][0]["text"]) == 3_000_000


def test_connections_are_kept_unless_told_otherwise(model: ModelServer) -> None:
    model.scenario({"name": "ok", "times": 2}, {"name": "ok_close", "times": 1})
    with httpx.Client(headers={"x-goog-api-key": KEY}) as client:
        for _ in range(4):
            client.post(f"{model.url}/v1beta/models/{MODEL}:generateContent", json=body())
            time.sleep(0.05)
    numbers = [record["connection"] for record in model.requests]
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3]


def test_scenarios_by_model_and_key_in_order(model: ModelServer) -> None:
    rules = [
        {"name": "model_gone", "model": "gemini-old"},
        {"name": "per_day", "key": "k1"},
        {"name": "overloaded", "times": 1},
    ]
    assert httpx.put(f"{model.url}/_scenario", json=rules).status_code == 200
    plain = body(generationConfig=None)
    statuses = [
        ask(model, plain, "gemini-old", {"x-goog-api-key": "k1"}).status_code,
        ask(model, plain, "gemini-new", {"x-goog-api-key": "k1"}).status_code,
        ask(model, plain, "gemini-new", {"x-goog-api-key": "k2"}).status_code,
        ask(model, plain, "gemini-new", {"x-goog-api-key": "k2"}).status_code,
    ]
    assert statuses == [404, 429, 503, 200]
    assert [record["scenario"] for record in httpx.get(f"{model.url}/_requests").json()][-1] == "ok"
    httpx.delete(f"{model.url}/_requests")
    assert httpx.get(f"{model.url}/_requests").json() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "nope"}, {"name": "ok", "time": 1}, {"name": "slow", "ms": "x"}, {"split": "half"}, {"split": 0},
        {"server": "nope"}, {"stream": 1}, {"times": True}, 7, [[]],
    ],
)
def test_scenarios_that_cannot_be_followed_are_refused(model: ModelServer, wrong: Any) -> None:
    reply = httpx.put(f"{model.url}/_scenario", json=wrong)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_many_wait_at_once(model: ModelServer) -> None:
    model.scenario({"name": "slow", "ms": 500})
    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(model,)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record["status"] for record in model.requests] == [200] * 100
    assert time.monotonic() - started < 25, "one after the other takes 50 s"


def test_tls_shows_the_given_certificate(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    with ModelServer(tls=(str(certificate), str(key))) as server:
        url = f"{server.url}/v1beta/models/{MODEL}:generateContent"
        with httpx.Client(verify=str(certificate), headers={"x-goog-api-key": KEY}) as client:
            assert client.post(url, json=body()).status_code == 200
            assert client.post(url, json=body()).status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/_requests")
        server.scenario({"name": "hang"})
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, json=body(), headers={"x-goog-api-key": KEY}, verify=str(certificate), timeout=0.3)
        wait_until(lambda: server.requests[-1]["client_left"])
        assert [record["connection"] for record in server.requests][:2] == [1, 1]


def test_stop_frees_the_port_although_a_client_hangs() -> None:
    server = ModelServer().start()
    server.scenario({"name": "hang"})
    port = int(server.url.rsplit(":", 1)[1])
    thread = threading.Thread(target=lambda: pytest.raises(httpx.TransportError, ask, server))
    thread.start()
    wait_until(lambda: bool(server.requests))
    server.stop()
    thread.join(2)
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def wait_until(holds: Any, seconds: float = 3) -> None:
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
