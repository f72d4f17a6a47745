"""What the stand-in answers as Gemini: bodies in the shapes that Google sends, written for these tests.

Names, beside those of `model_faults.py`:
  answers   ok (`text` replaces it), slow (takes `ms`, 2000), truncated, thinking, cached, no_usage
  no text   empty, empty_max_tokens, empty_content, no_candidates
  blocked   block_prompt (`reason`), block_answer (`reason`), feedback_only
  failed    unknown_finish, other_finish, no_finish
  errors    bad_request, key_invalid, location, unauthenticated, no_credit, service_disabled, key_leaked, model_gone,
            timeout_408, per_minute, per_day, cancelled, internal, bad_gateway, overloaded, deadline
  nonsense  html (status 200), html_503, garbage, empty_body, wrong_types, unknown_json
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import model_knobs

Json = dict[str, Any]
#: Of a stream: the bytes of one event, and whether it brings text of the answer.
Event = tuple[bytes, bool]
STREAM_TYPE = "text/event-stream"
JSON_TYPE = "application/json; charset=UTF-8"
HTML_TYPE = "text/html; charset=UTF-8"

ADVICE = (
    "Bonjour ! Merci pour votre confiance. Pour avancer dans votre reconversion, commencez par un bilan de "
    "compétences : il se finance avec votre CPF et dure jusqu'à 24 heures. Notez ensuite trois réalisations dont "
    "vous êtes fier, et rencontrez deux personnes qui exercent le métier visé. Alessio 🤝"
)


def ok_text(record: Json) -> str:
    """Advice that tells how many earlier turns came along and what was asked."""
    return f"[tours précédents : {record['turns']}] Vous demandez : « {record['question'][:200]} ». {ADVICE}"


def question_of(text: str) -> str:
    """What the user wrote, without the frame around it."""
    return text.rpartition("<message>")[2].rpartition("</message>")[0].strip() if "</message>" in text else text


def describe(body: Json) -> Json:
    """What a good request asks: question, number of earlier turns, whether it is for a summary, all its words."""
    contents = body["contents"]
    words = [part["text"] for content in contents for part in content["parts"]]
    system = "".join(part["text"] for part in body.get("systemInstruction", {"parts": []})["parts"])
    return {
        "question": question_of(contents[-1]["parts"][-1]["text"]), "turns": len(contents) // 2,
        "summary": asks_for_summary(system), "words": "\n".join(words),
    }


def asks_for_summary(system: str) -> bool:
    """A system instruction that speaks of summaries and is not the persona, which signs."""
    return "résum" in system and "Alessio 🤝" not in system


def tokens(text: str) -> int:
    """A plausible count: four characters a token."""
    return (len(text) + 3) // 4


def usage(record: Json, text: str, thoughts: int = 0, cached: int = 0) -> Json:
    """Counts that add up: total = prompt + candidates + thoughts."""
    body = record["body"]
    contents = body["contents"] + [body.get("systemInstruction", {"parts": []})]
    prompt = sum(tokens(part["text"]) for content in contents for part in content["parts"]) + cached
    counts: Json = {"promptTokenCount": prompt}
    if text:
        counts["candidatesTokenCount"] = tokens(text)
    counts["totalTokenCount"] = prompt + tokens(text) + thoughts
    if cached:
        counts["cachedContentTokenCount"] = cached
        counts["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": cached}]
    counts["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": prompt}]
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    return counts


def response(record: Json, candidate: Json | None, counts: Json | None, **members: Any) -> Json:
    """A GenerateContentResponse."""
    whole: Json = {} if candidate is None else {"candidates": [candidate | {"index": 0}]}
    whole |= members
    if counts is not None:
        whole["usageMetadata"] = counts
    return whole | {"modelVersion": record["model"], "responseId": "stand-in"}


def candidate(text: str, finish: str | None) -> Json:
    """A candidate with one part."""
    value: Json = {"content": {"parts": [{"text": text}], "role": "model"}}
    return value if finish is None else value | {"finishReason": finish}


def said(record: Json, text: str, finish: str | None = "STOP") -> Json:
    """A response with text."""
    return response(record, candidate(text, finish) | {"avgLogprobs": -0.21}, usage(record, text))


THOUGHT = {"text": "**Analyse** L'utilisateur veut un conseil.", "thought": True}
SIGNED = {"text": "", "thoughtSignature": "c2lnbmF0dXJl"}


def thinking(record: Json, scenario: Json) -> Json:
    """A thought summary before the answer; the text ends in a signed empty part."""
    text = text_of(record, scenario)
    value = {"content": {"parts": [THOUGHT, {"text": text}, SIGNED], "role": "model"}, "finishReason": "STOP"}
    return response(record, value, usage(record, text, thoughts=57))


def silent(record: Json, content: Json, finish: str | None, thoughts: int = 0) -> Json:
    """A response without text."""
    value: Json = {"content": content}
    return response(record, value if finish is None else value | {"finishReason": finish}, usage(record, "", thoughts))


def ratings(probability: str) -> list[Json]:
    """Safety ratings, the first of them the given one."""
    rest = ["HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT"]
    first = {"category": "HARM_CATEGORY_HATE_SPEECH", "probability": probability, "blocked": probability == "HIGH"}
    return [first] + [{"category": name, "probability": "NEGLIGIBLE"} for name in rest]


def block_prompt(record: Json, scenario: Json) -> Json:
    """No candidate; the input is still counted."""
    feedback = {"blockReason": scenario.get("reason", "SAFETY"), "safetyRatings": ratings("HIGH")}
    return response(record, None, usage(record, ""), promptFeedback=feedback)


def block_answer(record: Json, scenario: Json) -> Json:
    """The model wrote a little before the filter stopped it."""
    partial = "TEXTE-PARTIEL à ne jamais montrer"
    value = candidate(partial, scenario.get("reason", "SAFETY")) | {"safetyRatings": ratings("HIGH")}
    return response(record, value, usage(record, partial))


def text_of(record: Json, scenario: Json) -> str:
    """What the model says: a summary where one is asked for, the scenario's own text, or the advice."""
    if record["summary"]:
        return model_knobs.summary_of(record["words"], scenario.get("keep"))
    return model_knobs.text_of(scenario, ok_text(record))


# HTTP 200 and of Google's making: scenario name → response, from the recorded request and the scenario.
ANSWERS: dict[str, Callable[[Json, Json], Json]] = {
    "ok": lambda r, s: said(r, text_of(r, s)),
    "slow": lambda r, s: said(r, text_of(r, s)),
    "truncated": lambda r, s: said(r, text_of(r, s)[:-20], "MAX_TOKENS"),
    "thinking": thinking,
    "cached": lambda r, s: response(r, candidate(text_of(r, s), "STOP"), usage(r, text_of(r, s), 12, 2048)),
    "no_usage": lambda r, s: response(r, candidate(text_of(r, s), "STOP"), None),
    "empty": lambda r, s: silent(r, {"role": "model", "parts": [{"text": ""}]}, "STOP"),
    "empty_max_tokens": lambda r, s: silent(r, {"role": "model"}, "MAX_TOKENS", thoughts=1024),
    "empty_content": lambda r, s: silent(r, {}, None),
    "no_candidates": lambda r, s: response(r, None, usage(r, "")),
    "block_prompt": block_prompt,
    "block_answer": block_answer,
    "feedback_only": lambda r, s: response(
        r, None, None, candidates=[], promptFeedback={"blockReasonMessage": "Refused."}
    ),
    "unknown_finish": lambda r, s: said(r, text_of(r, s), "A_REASON_OF_TOMORROW"),
    "other_finish": lambda r, s: said(r, text_of(r, s), "OTHER"),
    "no_finish": lambda r, s: said(r, text_of(r, s), None),
}


def detail(kind: str, **members: Any) -> Json:
    """One entry of `error.details`."""
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **members}


def error_info(reason: str) -> Json:
    """The machine-readable cause."""
    service = {"service": "generativelanguage.googleapis.com"}
    return detail("ErrorInfo", reason=reason, domain="googleapis.com", metadata=service)


def quota_details(period: str, delay: str) -> list[Json]:
    """What a 429 says about the quota that ran out."""
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": "$MODEL"}, "quotaValue": "20",
    }
    link = {"description": "Learn more about quotas", "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}
    return [
        detail("Help", links=[link]), detail("QuotaFailure", violations=[violation]),
        detail("RetryInfo", retryDelay=delay),
    ]


def google_error(code: int, status: str, message: str, details: list[Json] | None = None) -> Json:
    """Google's error object."""
    error: Json = {"code": code, "message": message, "status": status}
    return {"error": error | ({"details": details} if details else {})}


ECHO = detail("DebugInfo", detail="[ORIGINAL ERROR] key=$KEY")
EXCEEDED = "You exceeded your current quota, please check your plan and billing details."
GONE = "models/$MODEL is not found for API version v1beta, or is not supported for generateContent."
DISABLED = "Generative Language API has not been used in project 12345678 before or it is disabled."

# Scenario name → status, word, message, details. $KEY and $MODEL become the request's: real errors may echo keys too.
ERRORS: dict[str, tuple[int, str, str, list[Json]]] = {
    "bad_request": (400, "INVALID_ARGUMENT", "Request contains an invalid argument.", [ECHO]),
    "key_invalid": (400, "INVALID_ARGUMENT", "API key not valid.", [error_info("API_KEY_INVALID"), ECHO]),
    "location": (400, "FAILED_PRECONDITION", "User location is not supported for the API use.", [ECHO]),
    "unauthenticated": (
        401, "UNAUTHENTICATED", "Request had invalid authentication credentials.",
        [error_info("ACCESS_TOKEN_TYPE_UNSUPPORTED"), ECHO],
    ),
    "no_credit": (402, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", []),
    "service_disabled": (403, "PERMISSION_DENIED", DISABLED, [error_info("SERVICE_DISABLED")]),
    "key_leaked": (403, "PERMISSION_DENIED", "Your API key $KEY was reported as leaked.", [ECHO]),
    "model_gone": (404, "NOT_FOUND", GONE, []),
    "timeout_408": (408, "DEADLINE_EXCEEDED", "Request timed out.", []),
    "per_minute": (429, "RESOURCE_EXHAUSTED", EXCEEDED, quota_details("Minute", "34.4s")),
    "per_day": (429, "RESOURCE_EXHAUSTED", EXCEEDED, quota_details("Day", "36s")),
    "cancelled": (499, "CANCELLED", "The operation was cancelled.", []),
    "internal": (500, "INTERNAL", "An internal error has occurred. Please retry.", []),
    "overloaded": (503, "UNAVAILABLE", "This model is currently experiencing high demand.", []),
    "deadline": (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", []),
}

PAGE = b"<!DOCTYPE html><html lang=en><title>Error</title><p>The server encountered a temporary error.</html>"

RAW: dict[str, tuple[int, str, bytes]] = {
    "bad_gateway": (502, HTML_TYPE, PAGE),
    "html": (200, HTML_TYPE, PAGE),
    "html_503": (503, HTML_TYPE, PAGE),
    "garbage": (200, JSON_TYPE, b'{"candidates":[{"content":{"parts":[{"text":"Bon\xff\xfe\x00'),
    "empty_body": (200, JSON_TYPE, b""),
    "wrong_types": (200, JSON_TYPE, b'{"candidates":{"content":7},"usageMetadata":[],"modelVersion":{}}'),
    "unknown_json": (200, JSON_TYPE, b'{"this":[{"is":{"not":["gemini"]}}]}'),
}


def refusal(code: int, status: str, message: str) -> bytes:
    """The body that refuses a bad request."""
    return json.dumps(google_error(code, status, message)).encode()


def reply(scenario: Json, record: Json) -> tuple[int, str, bytes]:
    """Status, content type and body of a scenario that answers whole."""
    name = scenario["name"]
    if name in RAW:
        return RAW[name]
    if name in ERRORS:
        body = json.dumps(google_error(*ERRORS[name]), indent=2)
        for mark, value in (("$KEY", record["key"]), ("$MODEL", record["model"]), ("36s", scenario.get("delay", "36s")),
                            ("34.4s", scenario.get("delay", "34.4s"))):
            body = body.replace(mark, value)
        return ERRORS[name][0], JSON_TYPE, body.encode()
    return 200, JSON_TYPE, json.dumps(ANSWERS[name](record, scenario), ensure_ascii=False).encode()


def event(value: Json) -> bytes:
    """One event as Google writes it."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\r\n\r\n"


def events(scenario: Json, record: Json) -> Iterator[Event]:
    """A stream: the answer in pieces, counts that grow, and at the end what the unary answer says beside its text."""
    whole = ANSWERS[scenario["name"]](record, scenario)
    last = (whole.get("candidates") or [{}])[0]
    parts = last.get("content", {}).get("parts", [])
    text = "".join(part["text"] for part in parts if not part.get("thought"))
    for _ in range(int(scenario.get("thoughts", any(part.get("thought") for part in parts)))):
        yield event(response(record, {"content": {"parts": [THOUGHT], "role": "model"}}, usage(record, "", 57))), False
    if not text:
        yield event(whole), False
        return
    counts, cut, sent = whole.get("usageMetadata"), list(model_knobs.pieces(text, scenario)), 0
    for piece in cut[:-1]:
        sent += len(piece)
        so_far = counts and counts | {
            "candidatesTokenCount": (sent + 3) // 4,
            "totalTokenCount": counts["totalTokenCount"] - counts["candidatesTokenCount"] + (sent + 3) // 4,
        }
        finish = "STOP" if scenario.get("finish_on_each") else None
        yield event(response(record, candidate(piece, finish), so_far)), True
    end = {"content": {"parts": [{"text": cut[-1]}, *(part for part in parts if part == SIGNED)], "role": "model"}}
    yield event(whole | {"candidates": [last | end]}), True


def piece_event(record: Json, text: str) -> bytes:
    """A piece of text and nothing else."""
    return event(response(record, candidate(text, None), None))


def block_event(scenario: Json, record: Json) -> bytes:
    """A filter that stops a stream."""
    value = {"finishReason": scenario.get("reason", "SAFETY"), "safetyRatings": ratings("HIGH")}
    return event(response(record, value, usage(record, "")))


def error_event(scenario: Json, record: Json, *, bare: bool) -> bytes:
    """An error inside a stream that began well."""
    error = google_error(*ERRORS["overloaded"])
    return (json.dumps(error, indent=2) + "\n").encode() if bare else event(error)


def around_text() -> tuple[bytes, bytes]:
    """What stands before and after the text of a response."""
    head, tail = json.dumps({"candidates": [candidate("|", "STOP")]}).encode().split(b"|")
    return head, tail
