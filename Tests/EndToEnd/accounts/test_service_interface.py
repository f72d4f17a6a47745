"""`PUT /api/v1/internal/users/{external_id}`: what the unified backend says of its users, through nginx and with a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from service import Service, log_text, problem, serving

SECRET = "un-secret-de-service-de-quarante-octets-"
ISSUER = "https://projet.supabase.example/auth/v1"
PATH = "/api/v1/internal/users/"


def token(secret: str = SECRET, **claims: Any) -> str:
    """A service token, signed as the backend does it."""
    now = int(time.time())
    members = {"aud": "iris-internal", "sub": "backend", "iat": now, "exp": now + 300, **claims}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, members))
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def service(binary: Path) -> Iterator[Service]:
    """A service that knows a backend and its issuer."""
    with tempfile.TemporaryDirectory(prefix="iris-jwks-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        keys = Path(name, "jwks.json")
        keys.write_text('{"keys":[]}', encoding="utf-8")
        keys.chmod(0o644)
        env = {
            "IRIS_SERVICE_SECRET": SECRET, "IRIS_EXTERNAL_ISSUER": ISSUER, "IRIS_EXTERNAL_AUDIENCE": "authenticated",
            "IRIS_EXTERNAL_JWKS": str(keys), "IRIS_LOG_LEVEL": "debug",
        }
        with serving(binary, api=4, chat=1, env=env) as service:
            yield service


def put(service: Service, path: str, bearer: str | None = None, **members: Any) -> httpx.Response:
    """Says something of a user, whose name stands encoded in the path."""
    return service.http.put(PATH + path, json=members, headers={"Authorization": f"Bearer {bearer or token()}"})


def test_a_user_is_made_and_changed(service: Service) -> None:
    made = put(service, quote("auth0|marie", safe=""), email="Marie@Example.org", tier="free", name="Marie")
    assert made.status_code == 200, made.text
    user = made.json()
    assert (user["external_id"], user["email"], user["tier"]) == ("auth0|marie", "marie@example.org", "free")
    again = put(service, "auth0%7Cmarie", email="Marie@Example.org", tier="free", name="Marie")
    assert again.json() == user
    paid = put(service, "auth0%7cmarie", tier="premium").json()
    assert paid == {**user, "tier": "premium"}
    assert put(service, "auth0|marie", tier="free", name=None).json() == {**user, "name": None}
    sql = "SELECT count(*) FROM iris.accounts WHERE external_issuer = %s AND external_subject = 'auth0|marie'"
    assert service.rows(sql, ISSUER) == [(1,)]


def test_twenty_first_words_at_once_make_one_account(service: Service) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: put(service, "at-once", tier="premium"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    "name",
    ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "google-oauth2|1080", "a%7Cb", "100%", "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~",
     "x" * 255, "...", "%2F"],
)  # fmt: skip
def test_any_visible_character_may_stand_in_a_name(service: Service, name: str) -> None:
    """The path is decoded once, by nginx, so a name with a percent sign is what it is."""
    answer = put(service, quote(name, safe=""), tier="free")
    assert answer.status_code == 200, answer.text
    assert answer.json()["external_id"] == name


@pytest.mark.parametrize("path", ["", "a%2Fb", "a/b", "a%20b", "%C3%A9", "a%0A", "%7F", "x" * 256, "a%09"])
def test_what_can_be_no_name_is_404(service: Service, path: str) -> None:
    assert problem(put(service, path, tier="free"))["code"] == "not_found"


def test_each_token_opens_its_own_doors(service: Service) -> None:
    """A user's token is refused here, a service token everywhere else; both as any bad token."""
    person = service.person()
    for bearer in (person.access_token, token(SECRET[::-1]), token(aud="iris"), token(exp=int(time.time()) - 1)):
        answer = put(service, "nobody", bearer, tier="free")
        assert answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
    assert service.http.put(PATH + "nobody", json={"tier": "free"}).json()["code"] == "missing_token"
    for method, path in (("GET", "/api/v1/user/me"), ("GET", "/api/v1/chat/sessions"), ("POST", "/api/v1/chat")):
        answer = service.http.request(method, path, json={}, headers={"Authorization": f"Bearer {token()}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert service.rows("SELECT count(*) FROM iris.accounts WHERE external_subject = 'nobody'") == [(0,)]


def test_what_is_wrong_is_told_after_the_token(service: Service) -> None:
    assert put(service, "x", "rubbish", tier="gold").status_code == 401
    answer = put(service, "x", tier="gold", beta_until="31.1.2027")
    assert [error["pointer"] for error in problem(answer)["errors"]] == ["/tier", "/beta_until"]
    assert service.http.get(PATH + "x").headers["Allow"] == "PUT"


def test_a_disabled_account_stays_so(service: Service) -> None:
    user = put(service, "disabled", tier="free").json()
    assert service.server.command("user", "disable", user["id"]).returncode == 0
    assert put(service, "disabled", tier="premium").status_code == 200
    shown = json.loads(service.server.command("user", "show", user["id"], "--json").stdout)
    assert shown["disabled_at"] and shown["paid_tier"] == "premium"
    assert (shown["external_issuer"], shown["external_id"]) == (ISSUER, "disabled")


def test_no_log_has_a_name(service: Service) -> None:
    """However its path is written."""
    for path in ("zqmarque%7Cun", "zqmarque|deux", "%7Aqmarque", "zqmarque?zqmarque", "/zqmarque", "../%75sers/zqmarque"):
        put(service, path, tier="free")
    deadline = time.monotonic() + 5
    while log_text(service.server).count("/internal/users/*") < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    text = log_text(service.server)
    assert '"route":"/api/v1/internal/users/{external_id}"' in text and '"path":"/api/v1/internal/users/*"' in text
    assert "zqmarque" not in text and "qmarque" not in text
