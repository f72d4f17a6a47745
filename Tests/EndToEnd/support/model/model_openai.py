"""What the stand-in answers as an OpenAI-compatible server, and what it demands of a request.

The names of `model_scenarios.py` and `model_faults.py` mean the same here; `server` says whose manners it has: openai,
llama.cpp, ollama, vllm, vllm_old. Additional: tool_calls, unsupported_cap, context_too_long, no_quota.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

import model_knobs
import model_scenarios
from model_rules import Refusal, need, need_object, refused
from model_scenarios import Event, Json

MEMBERS = {
    "model", "messages", "stream", "stream_options", "stop", "max_tokens", "max_completion_tokens", "temperature",
    "top_p",
}
CAPS = ("max_tokens", "max_completion_tokens")

# Scenario name → status, type, code, message.
ERRORS: dict[str, tuple[int, str, str | None, str]] = {
    "bad_request": (400, "invalid_request_error", None, "Invalid request."),
    "unsupported_cap": (400, "invalid_request_error", "unsupported_parameter", "Unsupported parameter: 'max_tokens'."),
    "context_too_long": (400, "invalid_request_error", "context_length_exceeded", "Maximum context length exceeded."),
    "key_invalid": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: $KEY."),
    "unauthenticated": (401, "authentication_error", "invalid_api_key", "Incorrect API key provided: $KEY."),
    "key_leaked": (403, "permission_error", None, "The key $KEY is disabled."),
    "model_gone": (404, "invalid_request_error", "model_not_found", "The model $MODEL does not exist."),
    "per_minute": (429, "requests", "rate_limit_exceeded", "Rate limit reached."),
    "no_quota": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    "per_day": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    "no_credit": (429, "insufficient_quota", "credit_balance_exhausted", "Your credit balance is used up."),
    "timeout_408": (408, "timeout", None, "Request timed out."),
    "internal": (500, "server_error", None, "The server had an error."),
    "overloaded": (503, "server_error", "server_is_overloaded", "The engine is currently overloaded."),
    "deadline": (504, "server_error", None, "Gateway timeout."),
}
RAW = model_scenarios.RAW
FINISHES = {
    "truncated": "length", "block_answer": "content_filter", "unknown_finish": "abort", "other_finish": "error",
    "tool_calls": "tool_calls", "no_finish": None, "empty_content": None,
}
SILENT = {"empty", "empty_content", "empty_max_tokens", "no_candidates", "tool_calls"}
ANSWERS = {*FINISHES, *SILENT, "ok", "slow", "thinking", "no_usage"}


def check(headers: Message, raw: bytes) -> tuple[Any, Refusal | None]:
    """The parsed body, and for a request that is no good the error to answer."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    return body, refused(lambda: check_body(headers, body))


def check_body(headers: Message, body: Any) -> None:
    """Members, messages and the cap, as OpenAI documents them."""
    content_type = headers.get("Content-Type", "")
    need(re.fullmatch(r"application/json( *; *charset=utf-8)?", content_type, re.IGNORECASE) is not None, "not JSON")
    bearer = re.fullmatch(r"Bearer \S+", headers.get("Authorization", "Bearer x"))
    need(bearer is not None, "Authorization is no Bearer")
    need(headers.get("x-goog-api-key") is None, "a key for somebody else")
    need_object(body, "request", MEMBERS)
    need(isinstance(body.get("model"), str) and body["model"], "you must provide a model parameter")
    need(isinstance(body.get("stream", False), bool), "stream is not a boolean")
    options = body.get("stream_options")
    need(options is None or body.get("stream", False), "stream_options is only allowed when stream is enabled")
    need(options is None or set(options) <= {"include_usage"}, "unknown stream_options")
    caps = [name for name in CAPS if name in body]
    need(len(caps) == 1, f"one of {CAPS} is needed")
    need(type(body[caps[0]]) is int and body[caps[0]] > 0, f"{caps[0]} is no positive integer")
    reasons = re.match(r"o\d|gpt-5", body["model"]) and caps[0] == "max_tokens"
    need(not reasons, "Unsupported parameter: 'max_tokens' is not supported with this model.")
    check_messages(body.get("messages"))


def check_messages(messages: Any) -> None:
    """Maybe a system message, then turns that alternate, the user's first and last."""
    need(isinstance(messages, list) and messages, "messages is empty")
    for message in messages:
        need_object(message, "messages", {"role", "content"})
        need(isinstance(message.get("content"), str) and message["content"], "a message without content")
    roles = [message.get("role") for message in messages]
    said = roles[1:] if roles[0] in ("system", "developer") else roles
    need(len(said) % 2 == 1, "the last message is not the user's")
    alternating = ["user", "assistant"] * (len(said) // 2) + ["user"]
    need(said == alternating, "Conversation roles must alternate user/assistant")


def describe(body: Json) -> Json:
    """As `model_scenarios.describe`."""
    messages = body["messages"]
    said = [message["content"] for message in messages if message["role"] not in ("system", "developer")]
    system = "".join(message["content"] for message in messages if message["role"] in ("system", "developer"))
    return {
        "question": model_scenarios.question_of(said[-1]), "turns": len(said) // 2,
        "summary": model_scenarios.asks_for_summary(system), "words": "\n".join(said),
    }


def error(scenario: Json, record: Json, code: int, kind: str, name: str | None, message: str) -> Json:
    """An error object in the server's dress."""
    message = message.replace("$KEY", record["key"] or "").replace("$MODEL", record["model"] or "")
    server = scenario.get("server", "openai")
    if server == "vllm_old":
        return {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": code}
    if server == "vllm":
        return {"error": {"message": message, "type": "BadRequestError", "param": None, "code": code}}
    if server == "llama.cpp":
        kinds = {503: "unavailable_error", 404: "not_found_error", 401: "authentication_error"}
        return {"error": {"code": code, "message": message, "type": kinds.get(code, kind)}}
    return {"error": {"message": message, "type": kind, "param": None, "code": None if server == "ollama" else name}}


def refusal(code: int, status: str, message: str) -> bytes:
    """The body that refuses a bad request."""
    whole = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return json.dumps({"error": whole}).encode()


def usage(record: Json, text: str) -> Json:
    """Counts that add up."""
    prompt = sum(model_scenarios.tokens(message["content"]) for message in record["body"]["messages"])
    said = model_scenarios.tokens(text)
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}


def text_of(scenario: Json, record: Json) -> str:
    """What the model says."""
    name = scenario["name"]
    text = "" if name in SILENT else model_scenarios.text_of(record, scenario)
    return text[:-20] if name == "truncated" else text


def envelope(kind: str, record: Json, choices: list[Json], **members: Any) -> Json:
    """What every answer and chunk has around its choices."""
    return {
        "id": "chatcmpl-stand-in", "object": kind, "created": 1_790_000_000, "model": record["model"],
        "choices": choices, **members,
    }


def reply(scenario: Json, record: Json) -> tuple[int, str, bytes]:
    """Status, content type and body of a scenario that answers whole."""
    name = scenario["name"]
    if name in RAW:
        return RAW[name]
    if name in ERRORS:
        status, *rest = ERRORS[name]
        return status, "application/json", json.dumps(error(scenario, record, status, *rest)).encode()
    text = text_of(scenario, record)
    message: Json = {"role": "assistant", "content": text or None if name == "tool_calls" else text}
    if name == "thinking" or scenario.get("server") == "ollama":
        message["reasoning"] = message["reasoning_content"] = "L'utilisateur veut un conseil."
    if name == "tool_calls":
        message["tool_calls"] = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    choices = [] if name == "no_candidates" else [
        {"index": 0, "message": message, "finish_reason": FINISHES.get(name, "stop"), "logprobs": None}]
    counts = {} if name == "no_usage" else {"usage": usage(record, text)}
    return 200, "application/json", json.dumps(envelope("chat.completion", record, choices, **counts)).encode()


def event(value: Json) -> bytes:
    """One event as OpenAI writes it."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def chunk(record: Json, delta: Json, finish: str | None = None) -> bytes:
    """One chunk with a choice."""
    return event(envelope("chat.completion.chunk", record, [{"index": 0, "delta": delta, "finish_reason": finish}]))


def events(scenario: Json, record: Json) -> Iterator[Event]:
    """A stream: the role, the answer in pieces, why it ends, what it cost if asked for, and [DONE]."""
    name, text = scenario["name"], text_of(scenario, record)
    again = {"role": "assistant"} if scenario.get("server") == "ollama" else {}
    yield chunk(record, {"role": "assistant", "content": ""}), False
    for _ in range(int(scenario.get("thoughts", name == "thinking"))):
        thought = "L'utilisateur veut un conseil."
        yield chunk(record, again | {"reasoning_content": thought, "reasoning": thought}), False
    for piece in model_knobs.pieces(text, scenario):
        yield chunk(record, again | {"content": piece}), True
    finish = FINISHES.get(name, "stop")
    if finish is not None:
        yield chunk(record, {}, finish), False
    if (record["body"].get("stream_options") or {}).get("include_usage") and name != "no_usage":
        yield event(envelope("chat.completion.chunk", record, [], usage=usage(record, text))), False
    yield b"data: [DONE]\n\n", False


def piece_event(record: Json, text: str) -> bytes:
    """A piece of text and nothing else."""
    return chunk(record, {"content": text})


def block_event(scenario: Json, record: Json) -> bytes:
    """A filter that stops a stream."""
    return chunk(record, {}, "content_filter") + b"data: [DONE]\n\n"


def error_event(scenario: Json, record: Json, *, bare: bool) -> bytes:
    """An error inside a stream that began well, or of llama.cpp one with which it begins."""
    name = scenario["name"] if scenario["name"] in ERRORS else "internal"
    status, *rest = ERRORS[name]
    value = error(scenario, record, status, *rest)
    return (json.dumps(value, indent=2) + "\n").encode() if bare else event(value)


def around_text() -> tuple[bytes, bytes]:
    """What stands before and after the text of an answer; a chunk and a whole answer in one."""
    said = {"role": "assistant", "content": "|"}
    choice = {"index": 0, "message": said, "delta": said, "finish_reason": "stop"}
    head, tail = json.dumps({"choices": [choice]}).encode().split(b"|")
    return head, tail
