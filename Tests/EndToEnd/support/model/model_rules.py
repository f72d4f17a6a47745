"""What Google's documentation allows in a `generateContent` or `streamGenerateContent` request, as of November 2026.

Stricter than Google: fields that are deprecated, or accepted in two spellings, are refused, so that a test notices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email.message import Message
from typing import Any

MEMBERS = {"systemInstruction", "contents", "generationConfig", "safetySettings", "store", "serviceTier"}
GENERATION = {"maxOutputTokens", "stopSequences", "thinkingConfig", "responseMimeType", "responseJsonSchema"}
DEPRECATED = {
    "temperature", "topP", "topK", "candidateCount", "presencePenalty", "frequencyPenalty", "responseSchema",
}
CATEGORIES = {
    "HARM_CATEGORY_" + name for name in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
}
THRESHOLDS = {"BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"}
LEVELS = {"MINIMAL", "LOW", "MEDIUM", "HIGH"}
REFUSES_MINIMAL = {"gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.1-pro"}

Refusal = dict[str, Any]


class Unacceptable(Exception):
    """A request that Google would refuse, with the words of the refusal."""


def check(model: str | None, path: str, headers: Message, raw: bytes) -> tuple[Any, Refusal | None]:
    """The parsed body (None when it is no JSON) and, for a request that is no good, the error to answer."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if model is None:
        return body, refusal(404, "NOT_FOUND", f"Unknown path {path}")
    keys = headers.get_all("x-goog-api-key", [])
    if len(keys) != 1 or not keys[0]:
        return body, refusal(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
    return body, refused(lambda: (check_headers(headers), check_body(model, body)))


def refused(checks: Callable[[], object]) -> Refusal | None:
    """The error of the first check that a request does not pass."""
    try:
        checks()
    except Unacceptable as problem:
        return refusal(400, "INVALID_ARGUMENT", str(problem))
    return None


def refusal(code: int, status: str, message: str) -> Refusal:
    """The parts of Google's error object."""
    return {"code": code, "status": status, "message": message}


def need(condition: bool, message: str) -> None:
    """Refuses the request unless the condition holds."""
    if not condition:
        raise Unacceptable(message)


def need_object(value: Any, where: str, allowed: set[str]) -> dict[str, Any]:
    """The value as an object with no other members."""
    need(isinstance(value, dict), f"Invalid value at '{where}': not an object")
    for name in value:
        need(name not in DEPRECATED, f"'{where}.{name}' is deprecated")
        need(name in allowed, f"Invalid JSON payload received. Unknown name '{name}' at '{where}': Cannot find field.")
    return value


def check_headers(headers: Message) -> None:
    """One credential, and JSON."""
    need(headers.get("Authorization") is None, "Send either an API key or a token, not both.")
    content_type = headers.get("Content-Type", "")
    json_type = re.fullmatch(r"application/json( *; *charset=utf-8)?", content_type, re.IGNORECASE)
    need(json_type is not None, f"Content-Type is {content_type!r}, not application/json")


def check_body(model: str, body: Any) -> None:
    """The whole body."""
    need_object(body, "request", MEMBERS)
    if "systemInstruction" in body:
        instruction = need_object(body["systemInstruction"], "systemInstruction", {"parts", "role"})
        check_parts(instruction.get("parts"), "systemInstruction")
    check_contents(body.get("contents"))
    check_generation(model, body.get("generationConfig", {}))
    check_safety(body.get("safetySettings", []))
    need(isinstance(body.get("store", False), bool), "Invalid value at 'store': not a boolean")
    need(body.get("serviceTier", "standard") in {"standard", "flex", "priority"}, "Invalid value at 'serviceTier'")


def check_contents(contents: Any) -> None:
    """Turns that alternate, the user's first and last."""
    need(isinstance(contents, list) and contents, "* GenerateContentRequest.contents: contents is not specified")
    for index, content in enumerate(contents):
        where = f"contents[{index}]"
        need_object(content, where, {"role", "parts"})
        need(content.get("role") in {"user", "model"}, "Please use a valid role: user, model.")
        expected = "user" if index % 2 == 0 else "model"
        need(content["role"] == expected, "Please ensure that multiturn requests alternate between user and model.")
        check_parts(content.get("parts"), where)
    need(contents[-1]["role"] == "user", "Requests ending with a model turn are not supported.")


def check_parts(parts: Any, where: str) -> None:
    """Text, and not none."""
    need(isinstance(parts, list) and parts, f"* {where}.parts: must not be empty")
    for part in parts:
        need_object(part, f"{where}.parts", {"text"})
        need(isinstance(part.get("text"), str) and part["text"], f"* {where}.parts: contents.parts must not be empty.")


def check_generation(model: str, config: Any) -> None:
    """Limits and thinking."""
    need_object(config, "generationConfig", GENERATION)
    tokens = config.get("maxOutputTokens", 1)
    need(isinstance(tokens, int) and not isinstance(tokens, bool) and 0 < tokens <= 65536, "Invalid maxOutputTokens")
    stops = config.get("stopSequences", [])
    need(isinstance(stops, list) and len(stops) <= 5, "At most 5 stop sequences are allowed.")
    if "thinkingConfig" in config:
        check_thinking(model, config["thinkingConfig"])


def check_thinking(model: str, thinking: Any) -> None:
    """Level or budget, whichever the model knows."""
    need_object(thinking, "generationConfig.thinkingConfig", {"thinkingLevel", "thinkingBudget", "includeThoughts"})
    both = "thinkingLevel" in thinking and "thinkingBudget" in thinking
    need(not both, "You can only set only one of thinking budget and thinking level.")
    level = thinking.get("thinkingLevel")
    if level is not None:
        need(level in LEVELS, "Invalid value at 'generationConfig.thinkingConfig.thinkingLevel'")
        need(not re.match(r"gemini-[12]\.", model), "Thinking level is not supported for this model.")
        minimal = level != "MINIMAL" or model not in REFUSES_MINIMAL
        need(minimal, "Thinking level MINIMAL is not supported for this model.")
    if thinking.get("thinkingBudget") == 0:
        need(model != "gemini-3.5-flash-lite", "Budget 0 is invalid. This model only works in thinking mode.")


def check_safety(settings: Any) -> None:
    """Known categories and thresholds, each category once."""
    need(isinstance(settings, list), "Invalid value at 'safetySettings'")
    for setting in settings:
        need_object(setting, "safetySettings", {"category", "threshold"})
        need(setting.get("category") in CATEGORIES, f"Invalid value at 'safetySettings': {setting.get('category')}")
        need(setting.get("threshold") in THRESHOLDS, f"Invalid value at 'safetySettings': {setting.get('threshold')}")
    names = [setting["category"] for setting in settings]
    need(len(names) == len(set(names)), "* GenerateContentRequest.safety_settings: element has duplicate category")
