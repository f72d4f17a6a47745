"""deploy/nginx.conf as a sysadmin installs it, on other ports: the redirect, unknown names, logs, what is closed."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

import pytest
from devserver import DevServer
from devserver.settings import PROJECT
from devserver.site import HOST
from production import Production, producing
from service import wait_until

TOPICS = "/api/v1/topics"


@pytest.fixture(scope="module")
def production(iris: DevServer) -> Iterator[Production]:
    """The site in front of the session's workers."""
    with producing(iris) as site:
        yield site


def test_https_serves_with_security_headers(production: Production) -> None:
    """The certificate is verified, the answer comes from a worker."""
    answer = production.ask([f"GET {TOPICS} HTTP/1.1", f"Host: {HOST}"])
    assert answer.status == 200
    assert answer.all("strict-transport-security") == ["max-age=63072000"]
    assert answer.all("x-content-type-options") == ["nosniff"]
    assert answer.all("server") == ["nginx"]


def test_an_error_page_keeps_the_security_headers(production: Production) -> None:
    """They belong to the host, not to the API."""
    answer = production.ask(["GET /nowhere HTTP/1.1", f"Host: {HOST}"])
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert answer.all("strict-transport-security") == ["max-age=63072000"]


def test_plain_http_is_sent_to_https(production: Production) -> None:
    """With path and query; without HSTS, which plain HTTP must not carry (RFC 6797 section 7.2)."""
    answer = production.ask([f"GET {TOPICS}?a=b HTTP/1.1", f"Host: {HOST}"], port=production.http)
    assert (answer.status, answer.all("location")) == (301, [f"https://{HOST}{TOPICS}?a=b"])
    assert not answer.all("strict-transport-security")


def test_plain_http_on_the_tls_port_is_a_400_problem(production: Production) -> None:
    """Somebody forgot the s."""
    answer = production.ask([f"GET {TOPICS} HTTP/1.1", f"Host: {HOST}"], port=production.https)
    assert (answer.status, answer.json()["code"]) == (400, "bad_request")


def test_an_unknown_name_is_421_on_http(production: Production) -> None:
    """As a problem document."""
    answer = production.ask([f"GET {TOPICS} HTTP/1.1", "Host: example.com"], port=production.http)
    assert (answer.status, answer.json()["code"]) == (421, "misdirected_request")


def test_an_unknown_name_gets_no_certificate(production: Production) -> None:
    """The handshake itself is refused, so that nobody learns the host's names."""
    with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
        production.shake_hands(production.context(), "example.com")


def test_another_host_over_our_connection_is_not_served(production: Production) -> None:
    """SNI says one name and Host another."""
    assert production.ask([f"GET {TOPICS} HTTP/1.1", "Host: example.com"]).status == 421


def test_figures_are_on_their_own_listener_only(production: Production) -> None:
    """/metrics is unknown to the public site, and the API to the other."""
    assert production.ask(["GET /metrics HTTP/1.1", f"Host: {HOST}"]).status == 404
    answer = production.ask([f"GET {TOPICS} HTTP/1.1", "Host: localhost"], port=production.metrics)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("language", "title"), [("fr", "Accès refusé"), ("en", "Forbidden")])
def test_the_service_interface_is_closed_as_shipped(production: Production, language: str, title: str) -> None:
    """Whatever the token: nothing of it reaches a worker."""
    for path in ("users/zqmarque", "users/", "%75sers/zqmarque", "/users/zqmarque", "else"):
        answer = production.ask([
            f"PUT /api/v1/internal/{path} HTTP/1.1", f"Host: {HOST}", "Content-Length: 0", f"Accept-Language: {language}",
            "Authorization: Bearer x",
        ])
        assert (answer.status, answer.json()["code"], answer.json()["title"]) == (403, "forbidden", title)
        assert answer.all("content-type") == ["application/problem+json"]
        assert answer.all("strict-transport-security") == ["max-age=63072000"]
    assert "zqmarque" not in (production.site.folder / "iris.log").read_text()


def test_no_address_is_logged_whatever_is_asked(production: Production) -> None:
    """Not by the redirect, an unknown host or a request that nginx cannot read: Debian's own log stays empty."""
    marked = "/api/v1/chat/sessions/zqmarque"
    for port in (production.http, production.https, production.metrics, None):
        production.ask([f"GET {marked} HTTP/1.1", f"Host: {HOST}"], port=port)
        production.ask([f"GET {marked} HTTP/1.1", "Host: example.com"], port=port)
        production.ask([f"GET {marked} HTTP/1.1"], port=port)
    log = production.site.folder / "iris.log"
    wait_until(lambda: len(re.findall("/api/v1/chat/sessions/", log.read_text())) >= 12)
    for name in ("access.log", "iris.log", "error.log"):
        said = (production.site.folder / name).read_text()
        assert "zqmarque" not in said and "127.0.0.1" not in re.sub("unix:[^\"]*", "", said), said


def test_the_drop_in_leaves_the_rest_of_a_site_alone() -> None:
    """snippets/iris.conf brings locations, and nothing that would act on the server around them."""
    shipped = (PROJECT / "deploy" / "nginx" / "iris.conf").read_text(encoding="utf-8")
    outside, depth = set(), 0
    for line in (line.strip() for line in shipped.splitlines()):
        if depth == 0 and line and not line.startswith("#"):
            outside.add(line.split()[0])
        depth += line.count("{") - line.count("}")
    assert outside == {"location", "include"}
