"""What nginx itself promises around the API: CORS, limits, hosts, request ids and errors in the API's own shape."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from devserver import DevServer
from raw_http import Answer, exchange
from service import wait_until
from wiring import Serve

ORIGIN = "http://localhost:3000"
TOPICS = "/api/v1/topics"
REQUEST_ID = re.compile(r"[0-9a-f]{32}")
EXPOSED = {"RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id", "Idempotent-Replayed", "Server-Timing"}
KIB = 1024
BODY = 264 * KIB


def assert_problem(response: httpx.Response | Answer, status: int, code: str) -> dict[str, object]:
    """A complete problem document whose `instance` is the request id of the header."""
    if isinstance(response, Answer):
        found, kind = response.status, response.all("content-type")[0]
        ids, body = response.all("x-request-id"), response.json()
    else:
        found, kind = response.status_code, response.headers["content-type"]
        ids, body = response.headers.get_list("x-request-id"), response.json()
    assert (found, kind) == (status, "application/problem+json")
    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    assert len(ids) == 1 and REQUEST_ID.fullmatch(ids[0]) and body["instance"] == ids[0]
    assert body["title"] and body["detail"]
    return body


def raw(iris: DevServer, *lines: str, body: bytes = b"") -> Answer:
    """A request line and headers as given, then the body."""
    return exchange(iris.port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def get(path: str, *headers: str) -> list[str]:
    """The lines of an ordinary GET, with more headers."""
    return [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]


# Request ids


def test_every_answer_has_one_request_id_of_its_own(client: httpx.Client) -> None:
    """Also when the client or the worker would like to choose it."""
    answers = [client.get(path, headers={"X-Request-Id": "mine"}) for path in ("/health/live", TOPICS, "/nowhere")]
    ids = [answer.headers.get_list("x-request-id") for answer in answers]
    assert all(len(found) == 1 and REQUEST_ID.fullmatch(found[0]) for found in ids)
    assert len({found[0] for found in ids}) == 3


# Languages


@pytest.mark.parametrize(
    ("language", "title"),
    [
        (None, "Introuvable"),
        ("fr", "Introuvable"),
        ("de", "Introuvable"),
        ("fr-FR,en;q=0.8", "Introuvable"),
        ("ens", "Introuvable"),
        ("en", "Not found"),
        ("en-GB,fr;q=0.5", "Not found"),
        ("EN", "Not found"),
    ],
)
def test_errors_speak_french_unless_english_comes_first(client: httpx.Client, language: str | None, title: str) -> None:
    """httpx sends no Accept-Language of its own."""
    headers = {"Accept-Language": language} if language else {}
    assert assert_problem(client.get("/nowhere", headers=headers), 404, "not_found")["title"] == title


# Limits


@pytest.mark.parametrize("path", [TOPICS, "/api/v1/letters/x"])
def test_a_body_over_nginx_own_limit_is_refused(client: httpx.Client, path: str) -> None:
    """One byte over, with a length and in chunks; the limit itself reaches the worker, which knows better."""
    limit = BODY
    for content in (b"x" * (limit + 1), iter([b"x" * limit, b"x"])):
        assert_problem(client.post(path, content=content), 413, "body_too_large")
    assert client.post(path, content=b"x" * limit).status_code in (404, 405)


def test_too_long_an_address_is_414(iris: DevServer) -> None:
    """Found while the request line is read, before there is a location."""
    assert_problem(raw(iris, *get("/" + "a" * 17 * KIB)), 414, "uri_too_long")


@pytest.mark.parametrize("size", [9, 12, 16])
def test_a_token_of_up_to_16_kib_reaches_the_worker(iris: DevServer, size: int) -> None:
    """Which reads it: a token of another issuer may be that long (CompactJWS.maximumBytes)."""
    token = "Authorization: Bearer " + "a" * (size * KIB)
    assert raw(iris, *get("/api/v1/user/me", token)).json()["code"] == "invalid_token"


@pytest.mark.parametrize(
    "headers",
    [
        ["X-Large: " + "a" * 17 * KIB],
        ["X-One: " + "a" * 12 * KIB, "X-Two: " + "b" * 12 * KIB, "X-Three: " + "c" * 12 * KIB],
        ["X: " + "v" * 40] * 900,
        ["a: b"] * 8_000,
    ],
    ids=["one line", "three lines", "900 lines", "8,000 lines"],
)
def test_too_large_headers_are_431(iris: DevServer, headers: list[str]) -> None:
    """A line over 17 KiB, and lines over 34 KiB together."""
    assert_problem(raw(iris, *get(TOPICS, *headers)), 431, "headers_too_large")


@pytest.mark.parametrize(
    ("query", "headers"),
    [(500, ["a: " + "v" * 29] * 980), (16 * KIB, ["X: " + "v" * 16 * KIB])],
    ids=["many lines", "a long address"],
)
def test_all_headers_that_pass_fit_into_the_record_to_the_worker(
    iris: DevServer, query: int, headers: list[str]
) -> None:
    """FastCGI's one record has 64 KiB, for nginx's variables too; the address is in it twice."""
    answer = raw(iris, *get(f"{TOPICS}?{'q' * query}", *headers))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /health/live HTTP/1.1", "Connection: close"],
        ["GET /health/live HTTP/1.1", "Host: localhost", "Host: localhost", "Connection: close"],
        ["GET /health/%00 HTTP/1.1", "Host: localhost", "Connection: close"],
        ["G\x01T / HTTP/1.1", "Host: localhost", "Connection: close"],
        ["POST /api/v1/chat HTTP/1.1", "Host: localhost", "Content-Length: -1", "Connection: close"],
    ],
    ids=["no host", "two hosts", "NUL in the path", "no method", "negative length"],
)
def test_unreadable_requests_are_400(iris: DevServer, lines: list[str]) -> None:
    """Whatever makes nginx give up early."""
    assert_problem(raw(iris, *lines), 400, "bad_request")


def test_trace_is_405_with_allow(iris: DevServer) -> None:
    """The one method that nginx refuses itself."""
    answer = raw(iris, f"TRACE {TOPICS} HTTP/1.1", "Host: localhost", "Connection: close")
    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.all("allow")[0]


def test_unknown_transfer_encoding_is_501(iris: DevServer) -> None:
    """nginx knows chunked only."""
    lines = ["POST /api/v1/chat HTTP/1.1", "Host: localhost", "Transfer-Encoding: gzip", "Connection: close"]
    assert_problem(raw(iris, *lines), 501, "not_implemented")


# Hosts


@pytest.mark.parametrize("host", ["example.org", "127.0.0.2", "localhost.example.org", "iris"])
def test_an_unknown_host_is_421(client: httpx.Client, host: str) -> None:
    """Whatever the path, and nothing reaches a worker."""
    for path in (TOPICS, "/health", "/"):
        assert_problem(client.get(path, headers={"Host": host}), 421, "misdirected_request")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST:1", "localhost."])
def test_our_own_hosts_are_served(client: httpx.Client, host: str) -> None:
    """With any port, case and a final dot, as RFC 3986 has it."""
    assert client.get("/health/live", headers={"Host": host}).status_code == 200


# CORS


def test_a_listed_origin_may_read_the_answer(client: httpx.Client) -> None:
    """Never with credentials: the API knows no cookies."""
    headers = client.get(TOPICS, headers={"Origin": ORIGIN}).headers
    assert headers["access-control-allow-origin"] == ORIGIN
    assert set(headers["access-control-expose-headers"].split(", ")) == EXPOSED
    assert "origin" in headers["vary"].lower()
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("origin", ["http://localhost:3001", "null", "http://localhost:3000.evil.example", "HTTP://x"])
def test_another_origin_gets_no_cors_header(client: httpx.Client, origin: str) -> None:
    """Neither on the answer nor on the preflight; caches must still tell them apart."""
    answer = client.get(TOPICS, headers={"Origin": origin})
    preflight = client.options(TOPICS, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    for headers in (answer.headers, preflight.headers):
        assert not [name for name in headers if name.startswith("access-control-")]
        assert "origin" in headers["vary"].lower()


def test_a_preflight_is_answered_without_a_worker(client: httpx.Client) -> None:
    """204, with every method and header that the API uses."""
    asking = {"Origin": ORIGIN, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x"}
    answer = client.options("/api/v1/chat", headers=asking)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    methods = set(answer.headers["access-control-allow-methods"].split(", "))
    assert methods == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    allowed = set(answer.headers["access-control-allow-headers"].split(", "))
    assert allowed == {"Authorization", "Content-Type", "Idempotency-Key", "Accept", "Accept-Language"}
    assert int(answer.headers["access-control-max-age"]) > 0
    assert REQUEST_ID.fullmatch(answer.headers["x-request-id"])


def test_errors_can_be_read_across_origins(client: httpx.Client) -> None:
    """A page must see the problem document of a 413 as well."""
    answer = client.post(TOPICS, content=b"x" * (BODY + 1), headers={"Origin": ORIGIN})
    assert_problem(answer, 413, "body_too_large")
    assert answer.headers["access-control-allow-origin"] == ORIGIN


# Workers that are not there


@pytest.fixture()
def api_socket_away(iris: DevServer) -> Iterator[None]:
    """The pool's socket under another name, so that nginx finds nobody."""
    place = iris.directory / "sock" / "api.sock"
    aside = Path(f"{place}.aside")
    place.rename(aside)
    yield
    aside.rename(place)


@pytest.mark.usefixtures("api_socket_away")
def test_without_workers_the_answer_is_an_honest_502(client: httpx.Client) -> None:
    """In both languages, readable across origins, with a hint when to come back."""
    for language, word in (("fr", "indisponible"), ("en", "unavailable")):
        answer = client.get("/health", headers={"Accept-Language": language, "Origin": ORIGIN})
        assert word in str(assert_problem(answer, 502, "unavailable")["title"])
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["access-control-allow-origin"] == ORIGIN


# Pools

#: What hashes a password or sends a mail queues in `auth`, what waits for a model in `chat`, and the rest slows down for none.
POOLS = {
    "auth": [
        ("POST", "/api/v1/auth/register"), ("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/password"),
        ("POST", "/api/v1/auth/password/forgot"), ("POST", "/api/v1/auth/password/reset"),
        ("DELETE", "/api/v1/user/me"),
    ],
    "chat": [("POST", "/api/v1/chat")],
    "api": [
        ("POST", "/api/v1/auth/refresh"), ("POST", "/api/v1/auth/logout"), ("GET", "/api/v1/auth/sessions"),
        ("GET", "/api/v1/user/me"), ("PATCH", "/api/v1/user/me"), ("GET", "/api/v1/user/export"),
        ("GET", "/api/v1/chat/sessions"), ("PUT", "/api/v1/internal/users/lea"), ("GET", "/health"),
    ],
}


@pytest.mark.parametrize(
    ("method", "path", "pool"), [(*request, pool) for pool, requests in POOLS.items() for request in requests])
def test_each_request_goes_to_its_pool(iris: DevServer, client: httpx.Client, method: str, path: str, pool: str) -> None:
    """Also when it is refused there."""
    request_id = client.request(method, path).headers["X-Request-Id"]
    log = iris.log_dir / f"{pool}.log"
    wait_until(lambda: request_id in log.read_text(errors="replace"), why=f"{method} {path} is not in {log.name}")


# Requests per address


def test_a_burst_is_answered_with_429_when_limits_are_on(serve: Serve) -> None:
    """60 at once are let through, the rest is told to wait a second."""
    server = serve(limits=True)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        answers = [client.get("/health/live") for _ in range(120)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert 20 <= len(refused) <= 59
    for answer in refused:
        assert_problem(answer, 429, "rate_limited")
        assert answer.headers["retry-after"] == "1"


def test_an_address_has_32_requests_at_once(serve: Serve) -> None:
    """While a worker is stopped 40 wait for it: 8 of them are told to come back."""
    server = serve(limits=True, api=1)
    (worker,) = server.pids("api")
    with httpx.Client(base_url=server.url, trust_env=False, limits=httpx.Limits(max_connections=None)) as client:
        assert client.get("/health/live").status_code == 200
        os.kill(worker, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(40) as pool:
                asked = [pool.submit(client.get, "/health/live", timeout=20) for _ in range(40)]
                wait_until(lambda: sum(one.done() for one in asked) == 8)
                os.kill(worker, signal.SIGCONT)
        finally:
            os.kill(worker, signal.SIGCONT)
    statuses = Counter(one.result().status_code for one in asked)
    assert statuses == {200: 32, 429: 8}


def test_loopback_is_exempt_by_default(client: httpx.Client) -> None:
    """Otherwise nobody could measure anything."""
    assert {client.get("/health/live").status_code for _ in range(120)} == {200}


# Logs


def logged(iris: DevServer, answer: httpx.Response) -> str:
    """The access log's only line about a request, found by the request id."""
    log, request_id = iris.log_dir / "access.log", answer.headers["x-request-id"]
    deadline = time.monotonic() + 5
    while not (lines := [line for line in log.read_text("utf-8").splitlines() if request_id in line]):
        assert time.monotonic() < deadline, "not logged within 5 s"
        time.sleep(0.02)
    assert len(lines) == 1
    return lines[0]


def test_the_access_log_tells_no_addresses_and_no_queries(iris: DevServer, client: httpx.Client) -> None:
    """Neither is needed to run the service."""
    line = logged(iris, client.get(TOPICS + "?secret=5b1f", headers={"User-Agent": "marked-agent"}))
    entry = json.loads(line)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", TOPICS, 200)
    for trace in ("127.0.0.1", "5b1f", "marked-agent"):
        assert trace not in line


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v1/chat/sessions/5b1f?limit=1", "/api/v1/chat/sessions/*"),
        ("/api/v1/chat/messages/5b1f/feedback", "/api/v1/chat/messages/*/feedback"),
        ("/api/v1/user/context/5b1f", "/api/v1/user/context/*"),
        ("/api/v1/auth/sessions/5b1f", "/api/v1/auth/sessions/*"),
        ("/api/v1/internal/users/auth0%7C5b1f?a", "/api/v1/internal/users/*"),
        ("/api/v1/chat/%73essions/5b1f", "*"),
        ("/api/v1//chat/sessions/5b1f", "*"),
        ("/api/v1/chat/sessions", "/api/v1/chat/sessions"),
        ("/.env", "/.env"),
    ],
)
def test_the_access_log_tells_no_ids(iris: DevServer, client: httpx.Client, path: str, shown: str) -> None:
    """They lead to what somebody said."""
    line = logged(iris, client.get(path))
    assert json.loads(line)["path"] == shown and "5b1f" not in line


def test_the_access_log_shows_a_refused_request_as_it_was_sent(iris: DevServer, client: httpx.Client) -> None:
    """Not as the error page that it became."""
    entry = json.loads(logged(iris, client.post(TOPICS, content=b"x" * (BODY + 1))))
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", TOPICS, 413)
