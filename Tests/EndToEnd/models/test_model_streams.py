"""The stand-in's streams and its OpenAI-compatible side: wire formats, pace, cuts and faults as they are asked for."""

from __future__ import annotations

import json
import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from model_server import ModelServer
from test_model_server import KEY, MODEL, body, turns, wait_until

GEMINI = f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"
OPENAI = "/v1/chat/completions"
HEADERS = {"x-goog-api-key": KEY}


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


def chat(**changes: Any) -> dict[str, Any]:
    """A good request to the OpenAI-compatible side; None takes a member out."""
    messages = [{"role": "system", "content": "Tu es Alessio."}, {"role": "user", "content": "Bonjour"}]
    whole = {"model": "petit", "messages": messages, "max_tokens": 100} | changes
    return {name: value for name, value in whole.items() if value is not None}


STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


def gemini(model: ModelServer) -> httpx.Response:
    """A whole stream of Gemini's."""
    return httpx.post(model.url + GEMINI, json=body(), headers=HEADERS, timeout=10)


def openai(server: ModelServer, **changes: Any) -> httpx.Response:
    """An answer of the OpenAI-compatible side."""
    return httpx.post(server.url + OPENAI, json=chat(**changes), headers={"Authorization": "Bearer k"}, timeout=10)


def events(raw: bytes, end: bytes = b"\r\n\r\n") -> list[Any]:
    """The events' data, parsed; what is no event fails."""
    parts = raw.split(end)
    assert parts.pop() == b"" and all(part.startswith(b"data: ") for part in parts), raw
    return [json.loads(part[6:]) if part != b"data: [DONE]" else "[DONE]" for part in parts]


def text_of(chunks: list[Any]) -> str:
    """What Gemini's chunks say, without thoughts."""
    parts = [part for chunk in chunks for part in chunk["candidates"][0].get("content", {}).get("parts", [])]
    return "".join(part["text"] for part in parts if not part.get("thought"))


def test_a_gemini_stream_says_what_the_unary_answer_says(model: ModelServer) -> None:
    reply = gemini(model)
    assert reply.headers["content-type"] == "text/event-stream"
    chunks = events(reply.content)
    unary = httpx.post(
        f"{model.url}/v1beta/models/{MODEL}:generateContent", json=body(), headers=HEADERS).json()
    assert text_of(chunks) == unary["candidates"][0]["content"]["parts"][0]["text"]
    assert [chunk["candidates"][0].get("finishReason") for chunk in chunks] == [None] * 5 + ["STOP"]
    counts = [chunk["usageMetadata"]["candidatesTokenCount"] for chunk in chunks]
    assert counts == sorted(counts) and chunks[-1]["usageMetadata"] == unary["usageMetadata"]
    assert [request["stream"] for request in model.requests] == [True, False]
    assert model.requests[0]["at"] <= model.requests[0]["first_byte_at"] <= model.requests[0]["first_text_at"]


def test_a_gemini_stream_needs_alt_sse_and_a_good_request(model: ModelServer) -> None:
    wrong = model.url + GEMINI.removesuffix("?alt=sse")
    assert httpx.post(wrong, json=body(), headers=HEADERS).status_code == 404
    bad = httpx.post(model.url + GEMINI, json=body(contents=turns("user", "model")), headers=HEADERS)
    assert bad.status_code == 400 and model.requests[-1]["verdict"]


@pytest.mark.parametrize("split", ["bytes", "odd", 3, 1])
def test_however_it_is_cut_a_stream_has_the_same_bytes(model: ModelServer, split: int | str) -> None:
    whole = gemini(model).content
    model.scenario({"split": split})
    assert gemini(model).content == whole


def test_each_write_is_a_packet_of_its_own(model: ModelServer) -> None:
    model.scenario({"pieces": 8, "gap_ms": 20})
    with httpx.stream("POST", model.url + GEMINI, json=body(), headers=HEADERS) as reply:
        received = list(reply.iter_raw())
    assert len(received) == 8 and all(part.endswith(b"\r\n\r\n") for part in received)
    model.scenario({"pieces": 8, "gap_ms": 20, "split": 4})
    with httpx.stream("POST", model.url + GEMINI, json=body(), headers=HEADERS) as reply:
        assert len(list(reply.iter_raw())) == 2


def test_four_clients_get_500_events_5_ms_apart(model: ModelServer) -> None:
    model.scenario({"pieces": 500, "gap_ms": 5})

    def arrivals(_: int) -> list[float]:
        times = []
        with httpx.stream("POST", model.url + GEMINI, json=body(), headers=HEADERS, timeout=20) as reply:
            for part in reply.iter_raw():
                times += [time.monotonic()] * part.count(b"\r\n\r\n")
        return times

    with ThreadPoolExecutor(4) as pool:
        for times in pool.map(arrivals, range(4)):
            assert len(times) == 500
            assert 2.4 < times[-1] - times[0] < 4
            assert statistics.median(b - a for a, b in zip(times, times[1:])) > 0.003


def test_first_ms_delays_the_first_event(model: ModelServer) -> None:
    model.scenario({"first_ms": 200})
    gemini(model)
    assert 0.19 < model.requests[0]["first_byte_at"] - model.requests[0]["at"] < 0.5


def test_thoughts_come_first_and_finish_may_be_on_each(model: ModelServer) -> None:
    model.scenario({"thoughts": 3, "finish_on_each": True, "pieces": 4})
    chunks = events(gemini(model).content)
    parts = [chunk["candidates"][0]["content"]["parts"][0] for chunk in chunks]
    assert [bool(part.get("thought")) for part in parts] == [True] * 3 + [False] * 4
    assert [chunk["candidates"][0].get("finishReason") for chunk in chunks[3:]] == ["STOP"] * 4
    model.scenario({"name": "thinking"})
    assert "thoughtSignature" in events(gemini(model).content)[-1]["candidates"][0]["content"]["parts"][-1]


@pytest.mark.parametrize("name", ["block_prompt", "empty", "no_candidates"])
def test_an_answer_without_text_is_one_chunk(model: ModelServer, name: str) -> None:
    model.scenario({"name": name})
    assert len(events(gemini(model).content)) == 1


@pytest.mark.parametrize(
    ("fault", "end"),
    [("block_after", "SAFETY"), ("error_after", "error"), ("bare_error_after", "bare"), ("eof_after", None)])
@pytest.mark.parametrize("count", [0, 2])
def test_a_gemini_stream_breaks_off_after_so_many_deltas(model: ModelServer, fault: str, end: str, count: int) -> None:
    model.scenario({fault: count})
    raw = gemini(model).content
    if end == "bare":
        head, brace, tail = raw.partition(b"{\n")
        assert json.loads(brace + tail)["error"]["status"] == "UNAVAILABLE"
        raw = head
    chunks = events(raw)
    last = chunks.pop() if end in ("SAFETY", "error") else None
    assert len(chunks) == count and not any(chunk["candidates"][0].get("finishReason") for chunk in chunks)
    assert end != "SAFETY" or last["candidates"][0]["finishReason"] == "SAFETY"
    assert end != "error" or last["error"]["code"] == 503


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset_after", httpx.ReadError), ("cut_after", httpx.RemoteProtocolError), ("hang_after", httpx.ReadTimeout)])
def test_a_stream_s_connection_breaks(model: ModelServer, fault: str, error: type[Exception]) -> None:
    model.scenario({fault: 2, "gap_ms": 20, "times": 1})
    received = b""
    asked = {"json": body(), "headers": HEADERS, "timeout": 0.5}
    with pytest.raises(error), httpx.stream("POST", model.url + GEMINI, **asked) as reply:
        for part in reply.iter_raw():
            received += part
    assert len(events(received)) == 2
    assert gemini(model).status_code == 200


def test_when_a_client_leaves_a_stream_is_noted(model: ModelServer) -> None:
    model.scenario({"pieces": 500, "gap_ms": 300})
    with httpx.stream("POST", model.url + GEMINI, json=body(), headers=HEADERS) as reply:
        next(reply.iter_raw())
    left = time.time()
    wait_until(lambda: model.requests[0]["ended_ms"] is not None)
    record = model.requests[0]
    assert record["client_left"] and abs(record["at"] + record["left_ms"] / 1000 - left) < 0.02


def test_a_stream_leaves_its_connection_usable(model: ModelServer) -> None:
    with httpx.Client(headers=HEADERS) as client:
        for _ in range(3):
            assert client.post(model.url + GEMINI, json=body()).status_code == 200
    assert len({request["connection"] for request in model.requests}) == 1


@pytest.mark.parametrize("pieces", [None, 50])
def test_a_huge_stream_is_as_large_as_told(model: ModelServer, pieces: int | None) -> None:
    model.scenario({"name": "huge", "bytes": 3_000_000} | ({"pieces": pieces} if pieces else {}))
    chunks = events(gemini(model).content)
    assert len(text_of(chunks)) == 3_000_000 and len(chunks) == (pieces or 1)


def test_errors_before_a_stream_have_their_status(model: ModelServer) -> None:
    model.scenario({"name": "per_day"})
    reply = gemini(model)
    details = {detail["@type"].rpartition(".")[2]: detail for detail in reply.json()["error"]["details"]}
    assert reply.status_code == 429 and details["RetryInfo"]["retryDelay"] == "36s"
    assert "PerDay" in details["QuotaFailure"]["violations"][0]["quotaId"]
    model.scenario({"name": "per_minute", "delay": "2s"})
    assert '"retryDelay": "2s"' in gemini(model).text


def test_scenarios_by_api_stream_and_question(model: ModelServer) -> None:
    model.scenario(
        {"name": "overloaded", "api": "gemini", "stream": True},
        {"name": "internal", "message": "Bonjour", "api": "openai"})
    assert gemini(model).status_code == 503
    assert openai(model).status_code == 500
    assert openai(model, messages=[{"role": "user", "content": "Salut"}]).status_code == 200


# The OpenAI-compatible side


def test_an_openai_answer_and_its_stream_say_the_same(model: ModelServer) -> None:
    unary = openai(model).json()
    assert unary["choices"][0]["finish_reason"] == "stop" and unary["model"] == "petit"
    reply = openai(model, **STREAMED)
    *chunks, usage, done = events(reply.content, b"\n\n")
    assert done == "[DONE]" and usage["choices"] == [] and usage["usage"] == unary["usage"]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said == unary["choices"][0]["message"]["content"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[-2:]] == [None, "stop"]
    seen = {(request["api"], request["model"], request["key"]) for request in model.requests}
    assert seen == {("openai", "petit", "k")}
    assert httpx.get(model.url + "/v1/models").json()["data"][0]["id"] == "stand-in"


@pytest.mark.parametrize(
    "change",
    [
        {"model": None}, {"messages": []}, {"messages": [{"role": "assistant", "content": "x"}]}, {"max_tokens": None},
        {"max_completion_tokens": 5}, {"max_tokens": 0}, {"stream_options": {"include_usage": True}}, {"store": False},
        {"messages": 2 * [{"role": "user", "content": "x"}]}, {"messages": [{"role": "user", "content": ""}]},
        {"model": "o3-mini"},
    ],
    ids=json.dumps,
)
def test_what_openai_refuses_is_refused(model: ModelServer, change: dict[str, Any]) -> None:
    reply = openai(model, **change)
    assert reply.status_code == 400 and reply.json()["error"]["type"] == "invalid_request_error"
    assert model.requests[0]["verdict"]


@pytest.mark.parametrize(
    ("server", "code"), [("openai", "model_not_found"), ("llama.cpp", 404), ("ollama", None), ("vllm", 404)])
def test_errors_wear_the_server_s_dress(model: ModelServer, server: str, code: Any) -> None:
    model.scenario({"name": "model_gone", "server": server})
    reply = openai(model)
    assert reply.status_code == 404 and reply.json()["error"]["code"] == code


def test_old_vllm_has_its_error_at_the_top_and_llama_inside_a_good_stream(model: ModelServer) -> None:
    model.scenario({"name": "overloaded", "server": "vllm_old"})
    assert openai(model).json()["object"] == "error"
    model.scenario({"name": "overloaded", "server": "llama.cpp"})
    reply = openai(model, **STREAMED)
    assert reply.status_code == 200 and events(reply.content, b"\n\n")[-1]["error"]["type"] == "unavailable_error"


@pytest.mark.parametrize("fault", ["block_after", "error_after", "eof_after"])
def test_an_openai_stream_breaks_off(model: ModelServer, fault: str) -> None:
    model.scenario({fault: 2})
    chunks = [chunk for chunk in events(openai(model, **STREAMED).content, b"\n\n") if chunk != "[DONE]"]
    said = [chunk for chunk in chunks if chunk.get("choices") and chunk["choices"][0]["delta"].get("content")]
    assert len(said) == 2
    last = chunks[-1]
    finish = None if "error" in last else last["choices"][0]["finish_reason"]
    assert ("error" in last) == (fault == "error_after")
    assert finish == ("content_filter" if fault == "block_after" else None)


# Summaries


def test_a_summary_keeps_the_sentences_with_the_word(model: ModelServer) -> None:
    model.scenario({"keep": "FAIT"})
    old = "<resume>\nFAIT un : ancien.\n</resume>\nFAIT deux : nouveau. Autre chose. FAIT deux : nouveau."
    request = body(
        systemInstruction={"parts": [{"text": "Écris le nouveau résumé."}]},
        contents=[{"role": "user", "parts": [{"text": old}]}])
    reply = httpx.post(f"{model.url}/v1beta/models/{MODEL}:generateContent", json=request, headers=HEADERS).json()
    assert reply["candidates"][0]["content"]["parts"][0]["text"] == "FAIT un : ancien. FAIT deux : nouveau."
    assert model.requests[0]["summary"] is True
    persona = body(systemInstruction={"parts": [{"text": "Écris un résumé, signé Alessio 🤝"}]})
    httpx.post(f"{model.url}/v1beta/models/{MODEL}:generateContent", json=persona, headers=HEADERS)
    assert model.requests[1]["summary"] is False


def test_a_question_is_read_from_its_frame(model: ModelServer) -> None:
    parts = [{"text": "<cadre>\nSujet : CV.\n</cadre>"}, {"text": "<message>\nMon CV ?\n</message>"}]
    reply = httpx.post(model.url + GEMINI, json=body(contents=[{"role": "user", "parts": parts}]), headers=HEADERS)
    assert model.requests[0]["question"] == "Mon CV ?" and "« Mon CV ? »" in text_of(events(reply.content))


def test_bytes_on_the_wire_are_chunked_and_end(model: ModelServer) -> None:
    port = int(model.url.rsplit(":", 1)[1])
    raw = json.dumps(body()).encode()
    head = f"POST {GEMINI} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: {KEY}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(head.encode() + f"Content-Length: {len(raw)}\r\nConnection: close\r\n\r\n".encode() + raw)
        received = b""
        while part := peer.recv(65536):
            received += part
    assert b"Transfer-Encoding: chunked\r\n" in received and received.endswith(b"\r\n0\r\n\r\n")
