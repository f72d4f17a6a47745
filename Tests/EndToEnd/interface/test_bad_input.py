"""Bad input gets its named code, in both languages, in the documented order, and never a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import httpx
import pytest
from people import Person, register
from psycopg2.extensions import connection as Connection

JSON_TYPE = {"Content-Type": "application/json"}
DEEP = b'{"message":' + b"[" * 40 + b"]" * 40 + b"}"
BODIES = [
    pytest.param(b"", JSON_TYPE, 400, "invalid_json", id="empty"),
    pytest.param(b"{", JSON_TYPE, 400, "invalid_json", id="cut"),
    pytest.param(b'{"message":"\xff"}', JSON_TYPE, 400, "invalid_json", id="not-utf8"),
    pytest.param(b'{"message":"\\ud800"}', JSON_TYPE, 400, "invalid_json", id="lone-surrogate"),
    pytest.param(b'{"message":"a","message":"b"}', JSON_TYPE, 400, "invalid_json", id="duplicate-member"),
    pytest.param(b'{"message":"a","m\\u0065ssage":"b"}', JSON_TYPE, 400, "invalid_json", id="duplicate-escaped"),
    pytest.param(DEEP, JSON_TYPE, 400, "invalid_json", id="too-deep"),
    pytest.param(b'{"message":"a"} x', JSON_TYPE, 400, "invalid_json", id="trailing"),
    pytest.param(b'{"message":1e400}', JSON_TYPE, 400, "invalid_json", id="huge-number"),
    pytest.param(b"[" * 30_000, JSON_TYPE, 400, "invalid_json", id="depth-30000"),
    pytest.param(b"[]", JSON_TYPE, 422, "validation_failed", id="array"),
    pytest.param(b"{}", JSON_TYPE, 422, "validation_failed", id="missing"),
    pytest.param(b'{"message":7}', JSON_TYPE, 422, "validation_failed", id="wrong-type"),
    pytest.param(b'{"message":" \\n "}', JSON_TYPE, 422, "validation_failed", id="blank"),
    pytest.param(b'{"message":"a","session_id":"x"}', JSON_TYPE, 422, "validation_failed", id="bad-session"),
    pytest.param(b'{"message":"a","app_context":"A B"}', JSON_TYPE, 422, "validation_failed", id="bad-context"),
    pytest.param(json.dumps({"message": "é" * 4001}).encode(), JSON_TYPE, 422, "validation_failed", id="too-long"),
    pytest.param(b"message=a", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", id="form"),
    pytest.param(b'{"message":"a"}', {"Content-Type": "application/json; charset=latin1"}, 415, "unsupported_media_type", id="charset"),
    pytest.param(b" " * 65_536 + b"{}", JSON_TYPE, 413, "body_too_large", id="too-large"),
]


@pytest.fixture(scope="module")
def somebody(client: httpx.Client) -> Person:
    return register(client)


@pytest.mark.parametrize(("body", "headers", "status", "code"), BODIES)
@pytest.mark.parametrize(("language", "word"), [("fr-FR,fr;q=0.9", "fr"), ("en", "en")])
def test_bodies(
    somebody: Person, body: bytes, headers: dict[str, str], status: int, code: str, language: str, word: str
) -> None:
    answer = somebody.http.post(
        "/api/v1/chat", content=body, headers={**somebody.headers, **headers, "Accept-Language": language})
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["type"]) == (code, status, "about:blank")
    assert problem["instance"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Language"] == word
    assert any(text in problem["detail"].split() for text in {"fr": ("Le", "La", "Un", "Une", "Du", "Envoyez"), "en": ("The", "A", "Text", "Send", "One")}[word]), problem
    if code == "validation_failed":
        assert all(set(error) == {"pointer", "code", "detail"} for error in problem["errors"]) and problem["errors"]


def test_pointers_name_every_wrong_member(somebody: Person) -> None:
    answer = somebody.http.post(
        "/api/v1/auth/register", json={"email": "pas-une-adresse", "password": "court", "name": "x" * 101})
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/email", "email"), ("/password", "too_short"), ("/name", "too_long")}


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found", None),
        ("GET", "/api/v1/chat/", 404, "not_found", None),
        ("GET", "/api/v1/chat%00", 400, "bad_request", None),
        ("GET", "/api/v1/chat", 405, "method_not_allowed", "POST"),
        ("DELETE", "/api/v1/topics", 405, "method_not_allowed", "GET, HEAD"),
        ("POST", "/health/live", 405, "method_not_allowed", "GET, HEAD"),
    ],
)
def test_routes(client: httpx.Client, method: str, path: str, status: int, code: str, allow: str | None) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers.get("Allow") == allow


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + "A" * 6_000,
        "Bearer " + part({"alg": "none"}) + "." + part({"sub": "x"}) + ".",
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA",
    ],
)
def test_tokens_that_prove_nothing(client: httpx.Client, authorization: str) -> None:
    answer = client.get("/api/v1/user/me", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["login_url"].endswith("/login")


def test_no_token(client: httpx.Client) -> None:
    answer = client.get("/api/v1/user/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def signed(iris, claims: dict[str, object]) -> str:
    """A token with the service's own secret."""
    secrets = dict(line.removeprefix("export ").split("=", 1) for line in (iris.directory / "env").read_text().splitlines())
    text = part({"alg": "HS256", "typ": "JWT"}) + "." + part(claims)
    code = hmac.new(secrets["IRIS_JWT_SECRET"].strip("'").encode(), text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(code).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"exp": int(time.time()) - 1}, "expired_token"),
        ({"aud": "other"}, "invalid_token"),
        ({"iss": "other"}, "invalid_token"),
        ({"sid": "01890000-0000-7000-8000-000000000000"}, "session_revoked"),
        ({"sub": "01890000-0000-7000-8000-000000000000"}, "session_revoked"),
    ],
)
def test_well_signed_tokens(somebody: Person, iris, changes: dict[str, object], code: str | None) -> None:
    payload = somebody.access_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    answer = somebody.http.get(
        "/api/v1/user/me", headers={"Authorization": f"Bearer {signed(iris, {**claims, **changes})}"})
    assert answer.json().get("code") == code


def test_an_ended_session_comes_before_a_bad_body(person: Person) -> None:
    assert person.http.post("/api/v1/auth/logout", headers=person.headers).status_code == 204
    for body in (b"{", b'{"message":""}', b'{"message":"bonjour"}'):
        answer = person.http.post("/api/v1/chat", content=body, headers={**person.headers, **JSON_TYPE})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")


def test_a_disabled_account_comes_before_a_bad_body(person: Person, database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE iris.accounts SET disabled_at = now() WHERE id = %s", (person.id,))
    for body in (b"{", b'{"message":"bonjour"}'):
        answer = person.http.post("/api/v1/chat", content=body, headers={**person.headers, **JSON_TYPE})
        assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


def test_control_characters_leave_a_message(person: Person, model, database: Connection) -> None:
    body = person.chat("a\u0000b\u0007c\td\r\ne\u200b").json()
    with database.cursor() as cursor:
        cursor.execute("SELECT content FROM iris.iris_messages WHERE turn_id = %s AND role = 'user'", (body["message_id"],))
        assert cursor.fetchone() == ("abc\td\ne\u200b",)
