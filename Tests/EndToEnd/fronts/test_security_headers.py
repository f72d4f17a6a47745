"""Headers that must be on every answer, from every location: an add_header anywhere takes away all inherited ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from devserver import DevServer
from devserver.site import HOST
from production import Production, producing
from raw_http import Answer

HSTS = "max-age=63072000"
ALWAYS = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}  # fmt: skip
#: A request for each location of the files, and its status. Nested ones are reached through the outer.
PUBLIC = {
    "^~ /api/": ("/api/v1/user/me", 401), "~ ^/": ("/api/v1/topics", 200), "= /health": ("/health", 200),
    "= /health/live": ("/health/live", 200), "= /.iris-problem": ("/.iris-problem", 404), "/": ("/nowhere", 404),
}  # fmt: skip
#: Those of other servers: by them as well, but for Strict-Transport-Security.
OTHERS = {"= /metrics", "^~ /.well-known/acme-challenge/"}


@pytest.fixture(scope="module")
def production(iris: DevServer) -> Iterator[Production]:
    """The site in front of the session's workers."""
    with producing(iris) as site:
        yield site


def assert_all(answer: Answer, hsts: list[str]) -> None:
    """Each of them exactly once."""
    assert {name: answer.all(name) for name in ALWAYS} == {name: [value] for name, value in ALWAYS.items()}
    assert answer.all("strict-transport-security") == hsts
    assert answer.all("server") == ["nginx"]
    (request_id,) = answer.all("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", request_id)


def test_every_location_is_asked(production: Production) -> None:
    """A new one fails here until it has its request below."""
    texts = [path.read_text("utf-8") for path in production.site.conf.rglob("*") if path.is_file()]
    found = {name for text in texts for name in re.findall(r"(?m)^ *location (.+?) \{", text)}
    assert found == PUBLIC.keys() | OTHERS


@pytest.mark.parametrize("location", PUBLIC)
def test_every_location_gives_them_over_tls(production: Production, location: str) -> None:
    path, status = PUBLIC[location]
    answer = production.get(path)
    assert answer.status == status
    assert_all(answer, [HSTS])


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["OPTIONS /api/v1/chat HTTP/1.1", f"Host: {HOST}", "Origin: https://else.example"], 204),
        (["GET /api/v1/internal/users/x HTTP/1.1", f"Host: {HOST}"], 403),
        (["TRACE /api/v1/topics HTTP/1.1", f"Host: {HOST}"], 405),
        (["GET /" + "a" * 20_000 + " HTTP/1.1", f"Host: {HOST}"], 414),
        (["GET /health HTTP/1.1", f"Host: {HOST}", "X-Large: " + "a" * 20_000], 431),
    ],
    ids=["preflight", "closed", "method", "address", "header"],
)
def test_errors_of_nginx_have_them(production: Production, lines: list[str], status: int) -> None:
    answer = production.ask(lines)
    assert answer.status == status
    assert_all(answer, [HSTS])


def test_a_body_too_large_is_refused_with_them(production: Production) -> None:
    body = b"x" * (300 << 10)
    answer = production.ask(["POST /api/v1/chat HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"], body=body)
    assert answer.status == 413
    assert_all(answer, [HSTS])


def test_a_kept_page_has_them(production: Production) -> None:
    """Twice: the second comes out of the cache."""
    for _ in range(3):
        answer = production.get("/api/v1/topics")
        assert_all(answer, [HSTS])
    assert "cache" in answer.all("server-timing")[0]


def test_other_servers_have_them_without_hsts(production: Production) -> None:
    """Which plain HTTP must not carry (RFC 6797 section 7.2), and what is asked of nobody's host is not ours to say."""
    for answer in (
        production.get("/metrics", port=production.metrics, host="localhost"),
        production.get("/nowhere", port=production.metrics, host="localhost"),
        production.get("/", port=production.http, host="example.com"),
        production.get("/.well-known/acme-challenge/x", port=production.http),
        production.get("/health", host="example.com"),
        production.ask(["GET /health HTTP/1.1"]),
    ):  # fmt: skip
        assert_all(answer, [])
