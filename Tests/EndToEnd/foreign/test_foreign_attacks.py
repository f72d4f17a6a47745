"""Tokens that must not pass (RFC 7515, 7518, 7519, 8725), against the real service: one answer for all of them."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from issuer import AUDIENCE, ISSUER, ORDER, Key, KeyServer, ask, b64, claims, environment, hs256
from model_server import ModelServer
from raw_http import exchange
from service import Service, serving

KEYS = {alg: Key(alg, alg.lower()) for alg in ("RS256", "PS256", "ES256", "EdDSA")}
EC = KEYS["ES256"]
CHALLENGE = 'Bearer realm="iris", error="invalid_token"'


def str_id(value: object) -> str:
    """A case's name: its value, cut, and without the time of the run."""
    return re.sub(r"\d{10,}", "T", ascii(value))[:40]


@pytest.fixture(scope="module")
def jwks() -> Iterator[KeyServer]:
    """The issuer's address."""
    server = KeyServer()
    server.reset(*KEYS.values())
    yield server
    server.close()


@pytest.fixture(scope="module")
def service(binary: Path, session_model: ModelServer, jwks: KeyServer) -> Iterator[Service]:
    """A service that takes the issuer's tokens."""
    with serving(binary, api=2, chat=1, env=environment(jwks.url)) as service:
        yield service


@pytest.fixture(scope="module")
def subject(service: Service) -> str:
    """Somebody whom the service knows: an attack that passes would be let in without further ado."""
    subject = "victime"
    assert ask(service.http, EC.token(claims(subject))).status_code == 200
    return subject


def assert_refused(service: Service, token: str, code: str = "invalid_token") -> None:
    answer = ask(service.http, token)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, code), token[:200]
    assert answer.headers["WWW-Authenticate"] == CHALLENGE
    generic = ask(service.http, "a.b.c").json()
    if code == "invalid_token":
        assert {**problem, "instance": ""} == {**generic, "instance": ""}, "one body for every flaw"


def header(key: Key = EC, **changes: Any) -> dict[str, Any]:
    members = {"alg": key.alg, "kid": key.kid, **changes}
    return {name: value for name, value in members.items() if value is not None}


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm(service: Service, subject: str, alg: str) -> None:
    parts = EC.parts(claims(subject), header(alg=alg))
    for token in (parts, f"{parts}.", EC.token(claims(subject), header(alg=alg))):
        assert_refused(service, token)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_no_secret(service: Service, subject: str, alg: str) -> None:
    key = KEYS[alg]
    public = key.private.public_key()
    texts = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), json.dumps(key.jwk()).encode(),
        key.jwk().get("n", key.jwk().get("x", "")).encode(),
    ]
    for text in texts:
        for kid in (key.kid, None):
            assert_refused(service, hs256(text, claims(subject), header(key, alg="HS256", kid=kid)))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize(
    "alg", [None, 256, "es256", "HS384", "RS384", "RS512", "PS384", "ES384", "ES256K", "ES512", "Ed25519", "others"])
def test_an_algorithm_that_is_not_the_keys(service: Service, subject: str, key: Key, alg: Any) -> None:
    for wrong in [a for a in KEYS if a != key.alg] if alg == "others" else [alg]:
        assert_refused(service, key.token(claims(subject), header(key, alg=wrong)))


def test_another_key_under_a_known_id(service: Service, subject: str) -> None:
    for alg in KEYS:
        assert_refused(service, Key(alg, alg.lower()).token(claims(subject)))


@pytest.mark.parametrize(
    "kid", ["/dev/null", "../", "../../etc/passwd", "x' UNION SELECT '1';--", "|sleep 10", "", 7, None, ["es256"], "ES256",
            "es256 ", "é", "\u0000", "x" * 4500, {"kid": "es256"}, True], ids=str_id)
def test_a_key_id_is_only_looked_up(service: Service, subject: str, kid: Any) -> None:
    start = time.monotonic()
    assert_refused(service, Key("ES256").token(claims(subject), {"alg": "ES256", "kid": kid}))
    if kid is not None:
        assert_refused(service, EC.token(claims(subject), {"alg": "ES256", "kid": kid}))
    assert time.monotonic() - start < 2


def test_nothing_is_fetched_that_a_token_names(service: Service, subject: str, jwks: KeyServer) -> None:
    attacker = KeyServer()
    try:
        mine = Key("ES256", "mien")
        attacker.reset(mine)
        certificate = base64.b64encode(mine.private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
        for name, value in {
            "jku": attacker.url, "x5u": attacker.url, "jwk": mine.jwk(), "x5c": [certificate], "x5t": "AAAA",
            "x5t#S256": "AAAA",
        }.items():
            for kid in (mine.kid, EC.kid, None):
                assert_refused(service, mine.token(claims(subject), header(kid=kid, **{name: value})))
            assert ask(service.http, EC.token(claims(subject), header(**{name: value}))).status_code == 200
        assert attacker.requests == []
        assert set(jwks.requests) == {"/jwks.json"}
    finally:
        attacker.close()


@pytest.mark.parametrize("more", [
    {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"b64": True}, {"crit": "exp"},
    {"crit": {}}, {"typ": "logout+jwt"}, {"typ": "id_token"}, {"typ": "dpop+jwt"}, {"typ": "secevent+jwt"}, {"typ": 1}])
def test_headers_that_change_the_rules(service: Service, subject: str, more: dict[str, Any]) -> None:
    assert_refused(service, EC.token(claims(subject), header(**more)))


def test_names_twice(service: Service, subject: str) -> None:
    good = json.dumps(claims(subject))
    for twice in ('{"alg":"ES256","alg":"none","kid":"es256"}', '{"alg":"none","alg":"ES256","kid":"es256"}',
                  '{"alg":"ES256","kid":"es256","kid":"x"}', '{"alg":"ES256","\\u0061lg":"ES256","kid":"es256"}'):
        assert_refused(service, EC.token(good, twice))
    for more in ('"sub":"autre"', '"exp":9999999999', '"\\u0073ub":"autre"', f'"iss":"{ISSUER}"'):
        assert_refused(service, EC.token(good[:-1] + f",{more}}}"))


NOW = int(time.time())


@pytest.mark.parametrize(("name", "value"), [
    ("exp", None), ("exp", "null"), ("exp", f'"{NOW + 900}"'), ("exp", "-1"), ("exp", "0"), ("exp", "1e400"),
    ("exp", f"{NOW + 900}000"), ("exp", f"{NOW + 8 * 86400}"), ("exp", f"{NOW + 10 * 365 * 86400}"), ("exp", "true"),
    ("nbf", f"{NOW + 600}"), ("nbf", '"1"'), ("nbf", "1e400"), ("iat", None), ("iat", f"{NOW + 600}"), ("iat", '"1"'),
    ("iat", "null"), ("iat", "-1"),
    ("iss", None), ("iss", '""'), ("iss", '"https://PROJET.supabase.example/auth/v1"'), ("iss", f'"{ISSUER}/"'),
    ("iss", f'" {ISSUER}"'), ("iss", f'["{ISSUER}"]'), ("iss", '"iris"'), ("iss", "null"), ("iss", "1"),
    ("aud", None), ("aud", "[]"), ("aud", "null"), ("aud", "{}"), ("aud", f'{{"{AUDIENCE}":1}}'), ("aud", f'["{AUDIENCE}",5]'),
    ("aud", '"authenticate"'), ("aud", '"authenticated2"'), ("aud", '"Authenticated"'), ("aud", '["autre"]'), ("aud", '"iris"'),
    ("sub", None), ("sub", '""'), ("sub", "1"), ("sub", "null"), ("sub", '["victime"]'), ("sub", '"vic time"'),
    ("sub", '"victime\\u0000"'), ("sub", '"é"'), ("sub", '"' + "x" * 256 + '"'), ("sub", '"vic\\ntime"'),
    ("session_id", "5"), ("session_id", "[]"), ("session_id", '"a b"'),
    # What the same key signs for other purposes.
    ("typ", '"ID"'), ("typ", '"Refresh"'), ("typ", '"Offline"'), ("typ", '"reset-credentials"'), ("typ", '"Logout"'),
    ("typ", '"DPoP"'), ("typ", "1"), ("token_use", '"id"'), ("token_type", '"refresh"'), ("token_use", '"recovery"'),
    ("nonce", '"n-0S6_WzA2Mj"'), ("at_hash", '"77QmUPtjPfzWtF2AnpK9RQ"'), ("c_hash", '"LDktKdoQak3Pk0cnXxCltA"'),
    ("events", '{"http://schemas.openid.net/event/backchannel-logout":{}}'), ("cnf", '{"jkt":"x"}'),
    ("role", '"anon"'), ("role", '"service_role"'),
], ids=str_id)
def test_claims_that_are_not_as_they_must_be(service: Service, subject: str, name: str, value: str | None) -> None:
    members = {key: json.dumps(text) for key, text in claims(subject).items() if key != name}
    if value is not None:
        members[name] = value
    payload = "{" + ",".join(f'"{key}":{text}' for key, text in members.items()) + "}"
    assert_refused(service, EC.token(payload))


@pytest.mark.parametrize("changes", [
    {"exp": NOW + 900.5}, {"nbf": NOW - 5}, {"iat": NOW - 3600.25}, {"aud": ["autre", AUDIENCE]}, {"typ": "Bearer"},
    {"typ": "Bearer", "nonce": "x"}, {"token_use": "access"}, {"jti": str(NOW)}, {"role": "custom_role"},
    {"exp": NOW + 7 * 86400 - 60},
])
def test_claims_that_are_legal(service: Service, subject: str, changes: dict[str, Any]) -> None:
    assert ask(service.http, EC.token(claims(subject, **changes))).status_code == 200


def test_keys_of_a_supabase_project(service: Service) -> None:
    for role in ("anon", "service_role"):
        key = {"iss": "supabase", "ref": "projet", "role": role, "iat": NOW, "exp": NOW + 10 * 365 * 86400}
        assert_refused(service, EC.token(key))
        assert_refused(service, EC.token(claims(role=role, sub=None)))


@pytest.mark.parametrize("exp", [0, -1, -3600, -0.5])
def test_only_a_good_signature_hears_that_its_time_is_over(service: Service, subject: str, exp: float) -> None:
    old = claims(subject, exp=int(time.time()) + exp, iat=NOW - 7200)
    assert_refused(service, EC.token(old), "expired_token")
    assert_refused(service, Key("ES256", EC.kid).token(old))


def test_base64url_has_one_spelling(service: Service, subject: str) -> None:
    token = EC.token(claims(subject), header(x="??>>~~"))
    head, payload, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    assert ask(service.http, token).status_code == 200
    for wrong in (f"{head}.{payload}.{signature}=", f"{head}=.{payload}.{signature}", f"{head}.{payload}.{spare}",
                  f"{head}.{payload} .{signature}", f"{head}.{payload}.{signature}A", f"{head}.{payload}.",
                  f"{head}.{payload}", head, f"{token}.", f"{token}.{signature}", f"{token}.{signature}.{signature}",
                  f".{payload}.{signature}", f"{head}..{signature}", "..", f"{payload}.{head}.{signature}",
                  json.dumps({"payload": payload, "protected": head, "signature": signature})):
        assert_refused(service, wrong)
    standard = head.replace("-", "+").replace("_", "/")
    assert standard != head, "the header was chosen to have them"
    assert_refused(service, f"{standard}.{payload}.{signature}")


def test_forms_of_an_ecdsa_signature(service: Service, subject: str) -> None:
    parts = EC.parts(claims(subject), header())
    raw = EC.sign(parts.encode())
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    zero, order = bytes(32), ORDER.to_bytes(32, "big")
    for wrong in (EC.der(parts.encode()), utils.encode_dss_signature(r, s), raw[:63], raw + b"\0", b"\0" + raw, zero + zero,
                  zero + raw[32:], raw[:32] + zero, order + raw[32:], raw[:32] + order, order + order, raw[32:] + raw[:32]):
        assert_refused(service, f"{parts}.{b64(wrong)}")
    mirrored = raw[:32] + (ORDER - s).to_bytes(32, "big")
    assert ask(service.http, f"{parts}.{b64(mirrored)}").status_code == 200, "both verify, by the standard"


def test_a_mirrored_signature_brings_no_session_back(service: Service) -> None:
    parts = EC.parts(claims(), header())
    raw = EC.sign(parts.encode())
    mirrored = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert ask(service.http, f"{parts}.{b64(raw)}", "/api/v1/auth/logout", "POST").status_code == 204
    assert_refused(service, f"{parts}.{b64(mirrored)}", "session_revoked")


@pytest.mark.parametrize("payload", [
    "[" * 2_000 + "]" * 2_000, "[]", "5", '"text"', "null", "", "{", "{}", "\ufeff{}", json.dumps(claims()).encode("utf-16"),
    json.dumps(claims()).encode("utf-16-le"), b"\xff\xfe", "[" * 10_000 + "]" * 10_000,
], ids=str_id)
def test_payloads_that_are_no_claims(service: Service, payload: str | bytes) -> None:
    token = EC.token(payload)
    if len(token) < 8_000:
        assert_refused(service, token)
    else:
        assert ask(service.http, token).status_code == 431


@pytest.mark.parametrize("size", [7_000, 8_192, 65_536, 1 << 20])
def test_tokens_of_any_size_hurt_nobody(service: Service, subject: str, size: int) -> None:
    pids = service.server.pids("api")
    for padded in (claims(subject, x="x" * size), claims(subject, x=[[]] * (size // 4))):
        start = time.monotonic()
        answer = ask(service.http, Key("ES256", EC.kid).token(padded))
        assert answer.status_code in (400, 401, 431) and time.monotonic() - start < 1
    assert service.server.pids("api") == pids


def test_the_authorization_field(service: Service, subject: str) -> None:
    token = EC.token(claims(subject))
    for field, status in ((f"bearer {token}", 200), (f"BEARER   {token}", 200), (f"Bearer\t{token}", 401),
                          (f"Bearer {token},Bearer {token}", 401), (f"Basic {token}", 401), (f"Bearer: {token}", 401)):
        assert service.http.get("/api/v1/user/me", headers={"Authorization": field}).status_code == status, field[:8]
    request = f"GET /api/v1/user/me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    twice = exchange(service.server.port, f"{request}Authorization: Bearer {token}\r\n\r\n".encode())
    assert twice.status in (400, 401)


