"""The other issuer's keys: fetched seldom, kept when the address does not answer, never made up."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from issuer import Key, KeyServer, ask, claims, environment, number
from service import Service, forget_failures, log_text, serving, wait_until
from wiring import open_up

OLD, NEW = Key("ES256", "ancienne"), Key("RS256", "nouvelle")
WORKERS = 4


@pytest.fixture(scope="module")
def jwks() -> Iterator[KeyServer]:
    """The issuer's address."""
    server = KeyServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def running_service(binary: Path, jwks: KeyServer) -> Iterator[Service]:
    """A service that takes the issuer's tokens."""
    with serving(binary, api=WORKERS, chat=1, env=environment(jwks.url)) as service:
        yield service


@pytest.fixture()
def service(running_service: Service, jwks: KeyServer) -> Service:
    """The same, none of whose workers has ever fetched a key."""
    jwks.reset(OLD)
    for path in Path(running_service.server.directory, "runtime").glob("jwks-*.json"):
        path.unlink()
    forget_failures(running_service.server)
    restart(running_service)
    for log in running_service.server.log_dir.iterdir():
        os.truncate(log, 0)
    return running_service


def shared(service: Service) -> Path:
    """The file in which the workers share the keys."""
    (path,) = Path(service.server.directory, "runtime").glob("jwks-*.json")
    return path


def grow_old(service: Service) -> None:
    """Makes the keys as old as those of a quarter of an hour ago."""
    past = time.time() - 900
    os.utime(shared(service), (past, past))
    time.sleep(1.1)


def code(service: Service, token: str) -> str | int:
    answer = ask(service.http, token)
    return answer.status_code if answer.status_code == 200 else answer.json()["code"]


def restart(service: Service) -> None:
    """Other workers in the place of those that are there."""
    before = set(service.server.pids("api"))
    for pid in before:
        os.kill(pid, 15)
    wait_until(lambda: len(now := set(service.server.pids("api"))) == WORKERS and not now & before)


def test_keys_are_fetched_once_for_all_workers(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    assert [code(service, OLD.token(claims())) for _ in range(5 * WORKERS)] == [200] * 5 * WORKERS
    assert jwks.requests == ["/jwks.json"]
    assert shared(service).stat().st_mode & 0o777 == 0o600
    restart(service)
    jwks.is_down = True
    assert [code(service, OLD.token(claims())) for _ in range(3 * WORKERS)] == [200] * 3 * WORKERS
    assert len(jwks.requests) == 1, "new workers find what the others fetched"


def test_a_flood_of_unknown_key_ids_is_one_fetch(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    jwks.requests.clear()
    tokens = [Key("EdDSA").token(claims()) for _ in range(200)]
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda token: code(service, token), tokens))
    assert codes == ["invalid_token"] * 200 and len(jwks.requests) == 1
    assert [code(service, OLD.token(claims())) for _ in range(WORKERS)] == [200] * WORKERS


def test_a_new_key_is_found_by_its_id(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    jwks.reset(NEW)
    assert [code(service, NEW.token(claims())) for _ in range(3 * WORKERS)] == [200] * 3 * WORKERS
    assert len(jwks.requests) == 1
    wait_until(lambda: {code(service, OLD.token(claims())) for _ in range(WORKERS)} == {"invalid_token"}, 3.0)


def test_old_keys_are_fetched_again_while_nobody_waits(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    grow_old(service)
    jwks.reset(OLD, NEW)
    jwks.delay = 1.0
    start = time.monotonic()
    assert code(service, OLD.token(claims())) == 200
    assert time.monotonic() - start < 0.5, "the one who sets it off does not wait"
    wait_until(lambda: len(jwks.requests) == 1 and shared(service).stat().st_mtime > time.time() - 60, 3.0)
    assert code(service, NEW.token(claims())) == 200 and len(jwks.requests) == 1


def test_stale_keys_serve_while_the_address_is_down(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    for fault in ("is_down", "status", "html", "huge", "array", "redirect"):
        jwks.reset(OLD)
        jwks.is_down = fault == "is_down"
        jwks.status = {"status": 500, "redirect": 302}.get(fault, 200)
        jwks.body = {"html": b"<!DOCTYPE html><title>404</title>", "huge": b" " * (10 << 20), "array": b"[]"}.get(fault)
        forget_failures(service.server)
        grow_old(service)
        codes = [code(service, OLD.token(claims())) for _ in range(2 * WORKERS)]
        assert codes == [200] * 2 * WORKERS, fault
        wait_until(lambda: len(jwks.requests) == 1, why=fault)
        assert code(service, Key("ES256").token(claims())) == "invalid_token", "with keys at hand it is the token's fault"
        assert len(jwks.requests) == 1, "one try in thirty seconds"
    told = [line for line in log_text(service.server).splitlines() if "cannot be fetched" in line]
    assert len(told) == 6, "once for each time that it failed"


def test_without_any_key_nobody_is_let_in_and_nobody_blamed(service: Service, jwks: KeyServer) -> None:
    jwks.is_down = True
    for _ in range(2 * WORKERS):
        answer = ask(service.http, OLD.token(claims()))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable") and answer.headers["Retry-After"]
    for wrong in (claims(iss="autre"), claims(aud="autre"), claims(exp=1), claims(sub=None)):
        assert code(service, OLD.token(wrong)) == "invalid_token"
    assert service.person().me().status_code == 200, "our own users don't notice"
    asked = len(jwks.requests)
    assert asked < 2 * WORKERS + 5, "each worker tries, then waits"
    jwks.is_down = False
    wait_until(lambda: code(service, OLD.token(claims())) == 200, 5.0)
    assert [code(service, OLD.token(claims())) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS


def test_an_issuer_without_keys(service: Service, jwks: KeyServer) -> None:
    secret = {"kty": "oct", "k": "AAAA" * 16, "kid": OLD.kid, "alg": "HS256"}
    for keys in ([], [secret], [OLD.jwk(use="enc")], [OLD.jwk(key_ops=["sign"])], [OLD.jwk(alg="ES512")]):
        jwks.keys = keys
        assert code(service, OLD.token(claims())) == "unavailable"
        forget_failures(service.server)


def test_a_slow_address_holds_nobody_up_for_long(service: Service, jwks: KeyServer) -> None:
    jwks.delay = 10
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: code(service, OLD.token(claims())), range(8)))
    assert codes == ["unavailable"] * 8 and time.monotonic() - start < 4.5
    start = time.monotonic()
    assert service.person().me().status_code == 200
    assert code(service, OLD.token(claims())) == "unavailable"
    assert time.monotonic() - start < 4.5


def test_weak_and_useless_keys_are_left_out(service: Service, jwks: KeyServer) -> None:
    weak = Key("RS256", "faible")
    weak.private = rsa.generate_private_key(65537, 1024)
    unit = {"kty": "RSA", "n": weak.jwk()["n"] * 2, "e": number(1), "kid": "un"}
    jwks.keys = [weak.jwk(), unit, {"kty": "oct", "k": "AAAA", "kid": "secret"}, "texte", None, {}, OLD.jwk()]
    assert code(service, OLD.token(claims())) == 200
    assert code(service, weak.token(claims())) == "invalid_token"
    assert "1024 bits" in log_text(service.server)
    assert b"AAAA" not in shared(service).read_bytes()


def test_a_token_without_key_id_needs_the_only_key(service: Service, jwks: KeyServer) -> None:
    jwks.reset(OLD, NEW)
    assert code(service, OLD.token(claims(), {"alg": "ES256"})) == 200
    other = Key("ES256")
    jwks.reset(OLD, NEW, other)
    assert code(service, other.token(claims())) == 200
    wait_until(lambda: {code(service, OLD.token(claims(), {"alg": "ES256"})) for _ in range(WORKERS)} == {"invalid_token"}, 3.0)


def test_private_members_go_no_further(service: Service, jwks: KeyServer) -> None:
    jwks.keys = [{**NEW.jwk(), "d": "c2VjcmV0LWQ", "p": "c2VjcmV0LXA"}]
    assert code(service, NEW.token(claims())) == 200
    assert "c2VjcmV0" not in shared(service).read_text() + log_text(service.server)


def test_a_shared_file_that_others_could_write_is_not_believed(service: Service, jwks: KeyServer) -> None:
    assert code(service, OLD.token(claims())) == 200
    mine = KeyServer()
    mine.reset(NEW)
    path = shared(service)
    planted = httpx.get(mine.url, trust_env=False).content
    mine.close()
    path.chmod(0o666)
    path.write_bytes(planted)
    time.sleep(1.1)
    assert {code(service, NEW.token(claims())) for _ in range(3 * WORKERS)} == {"invalid_token"}


def test_a_file_of_keys_is_read_again_when_it_changes(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = open_up(tmp_path_factory.mktemp("jwks")) / "jwks.json"

    def write(text: str) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o644)
        fresh.replace(path)

    write(json.dumps({"keys": [OLD.jwk()]}))
    with serving(binary, api=1, chat=1, env=environment(str(path))) as service:
        assert code(service, OLD.token(claims())) == 200
        write(json.dumps({"keys": [NEW.jwk()]}))
        time.sleep(1.1)
        assert [code(service, NEW.token(claims())) for _ in range(6)] == [200] * 6
        assert code(service, OLD.token(claims())) == "invalid_token"
        write("plus de JSON")
        time.sleep(1.1)
        assert [code(service, NEW.token(claims())) for _ in range(6)] == [200] * 6
        path.unlink()
        assert [code(service, NEW.token(claims())) for _ in range(6)] == [200] * 6
