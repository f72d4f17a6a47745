"""Users who log in at another issuer: their tokens work as issued, and become accounts at first sight."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from issuer import ISSUER, Key, KeyServer, ask, claims, environment, hs256, service_token
from model_server import ModelServer
from service import UNLIMITED, Service, log_text, serving
from wiring import model_env


KEYS = {alg: Key(alg) for alg in ("RS256", "PS256", "ES256", "EdDSA")}
KEY = KEYS["ES256"]
SECRET = "le-secret-des-jetons-de-cet-essai-01"
SERVICE_SECRET = "le-secret-du-service-de-cet-essai-01"
PSEUDONYM_KEY = "la-cle-des-pseudonymes-de-cet-essai1"
INTERNAL = "/api/v1/internal/users/quelquun"


@pytest.fixture(scope="module")
def jwks() -> Iterator[KeyServer]:
    """The issuer's address."""
    server = KeyServer()
    server.reset(*KEYS.values())
    yield server
    server.close()


@pytest.fixture(scope="module")
def service(binary: Path, session_model: ModelServer, jwks: KeyServer) -> Iterator[Service]:
    """A service that takes the issuer's tokens and writes notices to a backend that is not there."""
    env = {
        **model_env(session_model), **environment(jwks.url), "IRIS_LIMITS": UNLIMITED, "IRIS_JWT_SECRET": SECRET,
        "IRIS_SERVICE_SECRET": SERVICE_SECRET, "IRIS_ANONYMISATION_KEY": PSEUDONYM_KEY, "IRIS_LOG_LEVEL": "debug",
        "IRIS_BACKEND_WEBHOOK_URL": "http://127.0.0.1:9/hook", "IRIS_BACKEND_WEBHOOK_SECRET": "whsec-" + "0" * 40,
    }
    with serving(binary, api=4, chat=2, env=env) as service:
        yield service


def account(service: Service, subject: str) -> tuple:
    sql = """SELECT id::text, email, external_email, name, password_hash, tier FROM iris.accounts
              WHERE external_issuer = %s AND external_subject = %s"""
    (row,) = service.rows(sql, ISSUER, subject)
    return row


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_algorithm(service: Service, key: Key) -> None:
    assert ask(service.http, key.token(claims())).status_code == 200


def test_a_supabase_user_chats_and_logs_out(service: Service, model: ModelServer) -> None:
    subject = str(uuid.uuid4())
    token = KEY.token(claims(subject))
    me = ask(service.http, token).json()
    assert (me["email"], me["name"], me["tier"]) == (f"{subject}@example.org", "Ada Lovelace", "free")
    assert account(service, subject) == (me["id"], None, f"{subject}@example.org", "Ada Lovelace", None, "free")
    answer = ask(service.http, token, "/api/v1/chat", "POST", json={"message": "Comment réussir mon CV en 2026 ?"})
    assert answer.status_code == 200 and answer.json()["finish"] == "complete"
    sessions = service.rows("SELECT id::text, device FROM iris.sessions WHERE account_id = %s", me["id"])
    assert len(sessions) == 1 and sessions[0][0][14] == "8" and sessions[0][1].startswith("python-httpx/")
    assert ask(service.http, token, "/api/v1/auth/logout", "POST").status_code == 204
    for _ in range(8):
        gone = ask(service.http, token)
        assert (gone.status_code, gone.json()["code"]) == (401, "session_revoked")


def test_sessions_of_a_foreign_user_are_listed(service: Service) -> None:
    subject = str(uuid.uuid4())
    first, second = (KEY.token(claims(subject)) for _ in range(2))
    ask(service.http, first).raise_for_status()
    items = ask(service.http, second, "/api/v1/auth/sessions").json()["items"]
    assert sorted(item["current"] for item in items) == [False, True]
    other = next(item["id"] for item in items if not item["current"])
    assert ask(service.http, second, f"/api/v1/auth/sessions/{other}", "DELETE").status_code == 204
    assert ask(service.http, first).json()["code"] == "session_revoked"
    assert ask(service.http, second).status_code == 200


def test_a_session_is_that_of_the_issuer(service: Service) -> None:
    subject, session = str(uuid.uuid4()), str(uuid.uuid4())
    now = int(time.time())
    for age in (60, 30, 0):
        ask(service.http, KEY.token(claims(subject, session_id=session, iat=now - age))).raise_for_status()
    (identity, *_) = account(service, subject)
    assert service.rows("SELECT count(*) FROM iris.sessions WHERE account_id = %s", identity) == [(1,)]
    last = KEY.token(claims(subject, session_id=session, iat=now - 1))
    assert ask(service.http, last, "/api/v1/auth/logout", "POST").status_code == 204
    renewed = KEY.token(claims(subject, session_id=session, exp=now + 7200))
    assert ask(service.http, renewed).json()["code"] == "session_revoked", "what was ended stays so"
    assert ask(service.http, KEY.token(claims(subject))).status_code == 200, "another login is another session"


def test_twenty_at_once_make_one_account(service: Service) -> None:
    subject = str(uuid.uuid4())
    tokens = [KEY.token(claims(subject)) for _ in range(10)] * 2
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda token: ask(service.http, token), tokens))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    (identity, *_) = account(service, subject)
    events = service.rows(
        "SELECT metadata FROM iris.iris_events WHERE event_type = 'account_created' AND user_id = %s", pseudonym(identity))
    assert events == [({"origin": "external_issuer"},)]
    notices = service.rows("SELECT topic, payload FROM iris.outbox WHERE user_id = %s", identity)
    assert notices == [("account.created", {"id": identity, "external_id": subject, "tier": "free"})]


def pseudonym(identity: str) -> str:
    return hmac.new(PSEUDONYM_KEY.encode(), f"user:{identity}".encode(), hashlib.sha256).hexdigest()[:32]


def test_a_token_seen_before_costs_no_further_round_trip(service: Service, model: ModelServer) -> None:
    token = KEY.token(claims())
    chats = 12
    for number in range(chats):
        message = {"message": f"Comment réussir mon CV en {2020 + number} ?"}
        assert ask(service.http, token, "/api/v1/chat", "POST", json=message).json()["finish"] == "complete"
    lines = [line for line in log_text(service.server).splitlines() if '"route":"/api/v1/chat"' in line][-chats:]
    calls = sorted(int(line.split('"db_calls":')[1].split(",")[0]) for line in lines)
    # Two workers see it for the first time.
    assert calls[:chats - 2] == [2] * (chats - 2) and max(calls) <= 3


def test_one_address_is_no_bond(service: Service) -> None:
    ours = service.person(email=f"{uuid.uuid4()}@example.org")
    foreign = ask(service.http, KEY.token(claims(email=ours.email))).json()
    assert foreign["email"] == ours.email and foreign["id"] != ours.id
    assert ours.me().json()["id"] == ours.id


def test_name_and_address_follow_the_issuer_and_never_an_older_token(service: Service) -> None:
    subject = str(uuid.uuid4())
    now = int(time.time())
    old = claims(subject, iat=now - 100)
    new = claims(subject, iat=now - 50, email="nouvelle@example.org", user_metadata={"full_name": "Ada King"})
    ask(service.http, KEY.token(old)).raise_for_status()
    ask(service.http, KEY.token(new)).raise_for_status()
    assert account(service, subject)[2:4] == ("nouvelle@example.org", "Ada King")
    ask(service.http, KEY.token({**old, "jti": "encore"})).raise_for_status()
    assert account(service, subject)[2:4] == ("nouvelle@example.org", "Ada King")
    changed = ask(service.http, KEY.token(new), "/api/v1/user/me", "PATCH", json={"name": "Comtesse"})
    assert changed.json()["name"] == "Comtesse"
    ask(service.http, KEY.token({**new, "iat": now})).raise_for_status()
    assert account(service, subject)[3] == "Comtesse", "the issuer said nothing new"


def test_a_guest_is_told_to_sign_up(service: Service) -> None:
    subject = str(uuid.uuid4())
    answer = ask(service.http, KEY.token(claims(subject, is_anonymous=True, email=None)))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert service.rows("SELECT count(*) FROM iris.accounts WHERE external_subject = %s", subject) == [(0,)]
    assert ask(service.http, KEY.token(claims(subject))).status_code == 200, "once he has signed up"


def test_a_disabled_account(service: Service) -> None:
    subject = str(uuid.uuid4())
    token = KEY.token(claims(subject))
    ask(service.http, token).raise_for_status()
    service.run("UPDATE iris.accounts SET disabled_at = now() WHERE external_subject = %s", subject)
    for each in (token, KEY.token(claims(subject))):
        answer = ask(service.http, each)
        assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


def erase(service: Service, subject: str, ago: float = 0, messages: int = 0) -> None:
    """What erasure leaves of an account."""
    text = f"erased subject:{ISSUER}\0{subject}".encode()
    code = hmac.new(PSEUDONYM_KEY.encode(), text, hashlib.sha256).digest()
    service.run("DELETE FROM iris.accounts WHERE external_subject = %s", subject)
    service.run(
        """INSERT INTO iris.erased_identities (identity_hash, erased_at, date, message_count, blocked_count, expires_at)
           VALUES (%s, now() - make_interval(secs => %s), (now() AT TIME ZONE 'Europe/Paris')::date, %s, 2,
                   now() + interval '1 day')""", code, ago, messages)


def test_a_token_from_before_the_erasure_makes_no_account(service: Service) -> None:
    subject = str(uuid.uuid4())
    now = int(time.time())
    seen = KEY.token(claims(subject, iat=now - 60))
    for _ in range(8):
        ask(service.http, seen).raise_for_status()
    erase(service, subject, ago=30, messages=7)
    for token in (seen, KEY.token(claims(subject, iat=now - 60)), KEY.token(claims(subject, iat=now - 31))):
        for _ in range(8):
            answer = ask(service.http, token)
            assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
    assert service.rows("SELECT count(*) FROM iris.accounts WHERE external_subject = %s", subject) == [(0,)]
    again = ask(service.http, KEY.token(claims(subject, iat=now)))
    assert again.status_code == 200, "who comes back is somebody new"
    usage = "SELECT message_count, blocked_count FROM iris.user_daily_usage WHERE user_id = %s"
    assert service.rows(usage, again.json()["id"]) == [(7, 2)], "with what was used of the day"
    assert ask(service.http, seen).json()["code"] == "session_revoked"


def test_long_metadata(service: Service) -> None:
    metadata = {"full_name": "Ada", "bio": "x" * 5_000}
    token = KEY.token(claims(user_metadata=metadata))
    assert len(token) > 7_000 and ask(service.http, token).json()["name"] == "Ada"


def test_service_tokens_open_internal_routes_only(service: Service) -> None:
    good = service_token(SERVICE_SECRET)
    body = {"tier": "free"}
    assert ask(service.http, good, INTERNAL, "PUT", json=body).status_code == 200
    person = service.person()
    for token in (person.access_token, KEY.token(claims()), KEY.token(claims(aud="iris-internal"))):
        answer = ask(service.http, token, INTERNAL, "PUT", json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    for path in ("/api/v1/user/me", "/api/v1/chat/sessions", "/api/v1/auth/sessions"):
        assert ask(service.http, good, path).json()["code"] == "invalid_token"


def test_one_secret_used_twice_opens_nothing(binary: Path, jwks: KeyServer) -> None:
    env = {"IRIS_JWT_SECRET": SECRET, "IRIS_SERVICE_SECRET": SECRET, "IRIS_JWT_AUDIENCE": "iris-internal"}
    with serving(binary, api=1, chat=1, env={**environment(jwks.url), **env}) as service:
        person = service.person()
        assert person.me().status_code == 200
        assert ask(service.http, person.access_token, INTERNAL, "PUT", json={}).json()["code"] == "invalid_token"
        token = service_token(SECRET, iss="iris", sub=person.id)
        assert ask(service.http, token).json()["code"] == "invalid_token"
        assert ask(service.http, token, INTERNAL, "PUT", json={"tier": "free"}).status_code == 200


@pytest.mark.parametrize("changes", [
    {"aud": None}, {"aud": "iris"}, {"aud": []}, {"aud": "iris-internal2"}, {"aud": ["a", 1, "iris-internal"]}, {"sub": None},
    {"sub": ""}, {"sub": 5}, {"iat": None}, {"exp": None}, {"exp": int(time.time()) + 86_400}, {"iat": int(time.time()) + 600},
    {"nbf": int(time.time()) + 600}, {"nbf": "1"}, {"sid": str(uuid.uuid4())},
], ids=lambda changes: re.sub(r"\d{10,}|[0-9a-f-]{36}", "…", ascii(changes))[:40])
def test_service_tokens_that_are_none(service: Service, changes: dict) -> None:
    answer = ask(service.http, service_token(SERVICE_SECRET, **changes), INTERNAL, "PUT", json={"tier": "free"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="iris", error="invalid_token"'


def test_service_tokens_that_are_too_old_or_badly_signed(service: Service) -> None:
    now = int(time.time())

    def code(token: str) -> str | None:
        return ask(service.http, token, INTERNAL, "PUT", json={"tier": "free"}).json().get("code")

    old = {"iat": now - 700, "exp": now - 100}
    assert code(service_token(SERVICE_SECRET, **old)) == "expired_token"
    assert code(service_token(SECRET, **old)) == "invalid_token"
    claims_of = {"sub": "backend", "aud": ["autre", "iris-internal"], "iat": now, "exp": now + 600}
    assert code(hs256(SERVICE_SECRET.encode(), claims_of)) is None
    for header in ({"alg": "HS256", "crit": ["x"], "x": 1}, {"alg": "none"}, {"alg": "HS512"}):
        assert code(hs256(SERVICE_SECRET.encode(), claims_of, header)) == "invalid_token"
    answer = service.http.put(INTERNAL, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")


def test_without_an_issuer_no_foreign_token_is_good(client: httpx.Client) -> None:
    assert ask(client, KEY.token(claims())).json()["code"] == "invalid_token"
