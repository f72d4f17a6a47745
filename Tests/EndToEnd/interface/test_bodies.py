"""Every route that takes a body, found in docs/openapi.yaml, with bodies that nobody should send (ASVS V2.2.1).

All that is sent here is refused, so that nothing is changed, erased or ended on the way.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from issuer import service_token
from openapi import Description
from people import Person
from service import Service
from wiring import SERVICE_SECRET

JSON_TYPE = {"Content-Type": "application/json"}
DESCRIPTION = Description()
OPERATIONS = sorted(where for where, operation in DESCRIPTION.operations.items() if "requestBody" in operation)
LIMITS = {"/api/v1/user/context/{app}": 16_384}
USUAL_LIMIT = 65_536
PARAMETERS = {"id": str(uuid.uuid4()), "app": "cv", "external_id": "quelquun"}
#: One of each kind, and numbers at the edges of what programs can hold.
VALUES: list[Any] = [None, True, 0, -1, 1.5, 2**53, 2**64, -(2**63) - 1, 1e300, "", "x", [], ["x"], [[]], {}, {"x": 1}]
#: What is no JSON, or not for us, inside of an otherwise good object.
NO_JSON = {
    "blank": b" \n ", "cut": b'{"x":', "bare": b"{x:1}", "comment": b"{}//", "single": b"{'x':1}",
    "trailing": b"{} {}", "comma": b'{"x":1,}', "not-utf8": b'{"x":"\xff"}', "overlong": b'{"x":"\xc0\x80"}',
    "surrogate": b'{"x":"\xed\xa0\x80"}', "half-escape": b'{"x":"\\ud800"}', "utf16": '{"x":1}'.encode("utf-16"),
    "bom": b'\xef\xbb\xbf{"x":1}', "nul": b'{"x":1}\x00', "control": b'{"x":"\x01"}', "escape": b'{"x":"\\x41"}',
    "twice": b'{"x":1,"x":1}', "twice-escaped": b'{"x":1,"\\u0078":1}', "twice-inside": b'{"x":{"y":1,"y":2}}',
    "twice-composed": '{"é":1,"e\u0301":1}'.encode(), "huge": b'{"x":1e400}', "nan": b'{"x":NaN}', "plus": b'{"x":+1}',
    "zero": b'{"x":01}', "hex": b'{"x":0x1}', "deep": b'{"x":' + b"[" * 32 + b"]" * 32 + b"}",
    "deeper": b'{"x":' * 2_000 + b"1" + b"}" * 2_000, "deepest": b"[" * 15_000,
    "prototype": b'{"__proto__":{},"__proto__":1}',
}  # fmt: skip


@dataclass
class Sender:
    """Sends bodies to one route as somebody who may."""

    service: Service
    person: Person
    backend_token: str

    def __call__(self, where: tuple[str, str], body: bytes, **headers: str | None) -> httpx.Response:
        method, path = where
        operation = DESCRIPTION.operations[where]
        scheme = [name for way in operation.get("security", DESCRIPTION.document["security"]) for name in way]
        token = {"accessToken": self.person.access_token, "serviceToken": self.backend_token}.get("".join(scheme))
        known = {**JSON_TYPE, **({"Authorization": f"Bearer {token}"} if token else {})}
        known = {name: value for name, value in {**known, **headers}.items() if value is not None}
        return self.service.http.request(method, path.format(**PARAMETERS), content=body, headers=known)


@pytest.fixture(scope="module")
def send(backed: Service) -> Iterator[Sender]:
    """Somebody of the service without limits; no worker ends over what is sent."""
    workers = {pool: backed.server.pids(pool) for pool in ("api", "auth", "chat")}
    yield Sender(backed, backed.person(), service_token(SERVICE_SECRET))
    assert workers == {pool: backed.server.pids(pool) for pool in workers}


def schema_of(where: tuple[str, str]) -> dict[str, Any]:
    """The schema of an operation's body."""
    body = DESCRIPTION.operations[where]["requestBody"]
    return DESCRIPTION.resolve(body["content"]["application/json"]["schema"])


def example_of(where: tuple[str, str]) -> dict[str, Any]:
    """A body that is good."""
    media = DESCRIPTION.operations[where]["requestBody"]["content"]["application/json"]
    return dict(next(iter(media["examples"].values()))["value"])


def spoilt(where: tuple[str, str]) -> dict[str, Any]:
    """A body that is well-formed but never right, whatever else is in it: its first member is of the wrong type."""
    return {**example_of(where), next(iter(schema_of(where)["properties"])): [[]]}


def refused(answer: httpx.Response, status: int, *codes: str) -> None:
    """Fails unless an answer is this refusal, as described."""
    assert DESCRIPTION.check(answer).status_code == status, answer.text
    assert answer.json()["code"] in codes, answer.text


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """Pointer and code of everything that a 422 finds wrong."""
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_members_of_the_wrong_kind(send: Sender, where: tuple[str, str]) -> None:
    """Each member with each value that its schema refuses; the refusal names the member, and only it."""
    tried = 0
    for name, schema in schema_of(where)["properties"].items():
        for value in VALUES:
            if DESCRIPTION.schema_errors(schema, value):
                answer = send(where, json.dumps({**example_of(where), name: value}).encode())
                refused(answer, 422, "validation_failed")
                assert [pointer for pointer, _ in errors_of(answer)] == [f"/{name}"], value
                tried += 1
    assert tried >= len(schema_of(where)["properties"]) * 8


@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_members_that_are_missing(send: Sender, where: tuple[str, str]) -> None:
    """Each one that is required; and bodies that are no object."""
    for name in schema_of(where).get("required", []):
        for gone in ({k: v for k, v in example_of(where).items() if k != name}, {**example_of(where), name: None}):
            answer = send(where, json.dumps(gone).encode())
            refused(answer, 422, "validation_failed")
            assert errors_of(answer) == [(f"/{name}", "required")]
    for body in (b"[]", b"null", b"true", b"1", b'"x"', b"[{}]"):
        answer = send(where, body)
        refused(answer, 422, "validation_failed")
        assert errors_of(answer) == [("", "type")]


@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_what_is_no_json(send: Sender, where: tuple[str, str]) -> None:
    """One reader for all routes."""
    for body in NO_JSON.values():
        refused(send(where, body), 400, "invalid_json")


@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_lengths(send: Sender, where: tuple[str, str]) -> None:
    """The longest body is read, one byte more is not, whatever it holds."""
    limit = LIMITS.get(where[1], USUAL_LIMIT)
    body = json.dumps(spoilt(where)).encode()
    refused(send(where, body.ljust(limit)), 422, "validation_failed")
    refused(send(where, body.ljust(limit + 1)), 413, "body_too_large")
    refused(send(where, b"\xff" * (limit + 1), **{"Content-Type": "text/plain"}), 413, "body_too_large")


@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_types_and_tokens(send: Sender, where: tuple[str, str]) -> None:
    """Nothing but JSON in UTF-8; and without a token nothing else is looked at."""
    body = json.dumps(spoilt(where)).encode()
    others = "text/plain", "application/x-www-form-urlencoded", "application/json5", "application/json; charset=latin1"
    for kind in (None, *others):
        refused(send(where, body, **{"Content-Type": kind}), 415, "unsupported_media_type")
    for kind in ("application/json;charset=utf-8", 'Application/JSON; Charset="UTF-8"'):
        refused(send(where, body, **{"Content-Type": kind}), 422, "validation_failed")
    if DESCRIPTION.operations[where].get("security") != []:
        for content in (body, b"{", b"\xff" * (USUAL_LIMIT + 1)):
            refused(send(where, content, Authorization=None), 401, "missing_token")
