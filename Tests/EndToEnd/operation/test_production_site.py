"""deploy/nginx.conf as a sysadmin installs it, on other ports: TLS, the redirect, unknown names, security headers."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from devserver import DevServer
from devserver.client import free_ports
from devserver.settings import POOLS, PROJECT
from devserver.site import HOST, Site, unix_listeners
from raw_http import Answer, parse

TOPICS = "/api/v1/topics"


@dataclass(frozen=True)
class Production:
    """A running production site and its ports."""

    site: Site
    http: int
    https: int
    metrics: int

    def ask(self, request: list[str], *, port: int | None = None) -> Answer:
        """Plain HTTP on a port; without one, HTTPS with the certificate verified."""
        with socket.create_connection(("127.0.0.1", port or self.https), timeout=20) as plain:
            peer = plain if port else self._context().wrap_socket(plain, server_hostname=HOST)
            peer.sendall("\r\n".join([*request, "Connection: close", "", ""]).encode("ascii"))
            received = b""
            while chunk := peer.recv(65536):
                received += chunk
        return parse(received)

    def shake_hands(self, name: str, version: ssl.TLSVersion) -> str | None:
        """The protocol that a handshake of exactly this version agrees on."""
        context = self._context()
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # else OpenSSL would refuse old versions before nginx can
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", self.https), timeout=20) as plain:
            return context.wrap_socket(plain, server_hostname=name).version()

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.site.certificate))


@pytest.fixture(scope="module")
def production(iris: DevServer) -> Iterator[Production]:
    """The site in front of the session's workers."""
    folder = Path(tempfile.mkdtemp(prefix="iris-site-", dir="/tmp"))
    site, first, second = Site(folder), free_ports(), free_ports()
    sockets = (iris.directory / "sock").resolve()
    listen = unix_listeners(folder) | {
        "80": f"127.0.0.1:{first}", "443": f"127.0.0.1:{first + 1}", "127.0.0.1:9117": f"127.0.0.1:{second}"
    }  # fmt: skip
    site.stage(listen, {pool: sockets / f"{pool}.sock" for pool in POOLS})
    site.check()
    nginx = site.server()
    for port in (first, first + 1, second):  # nginx opens them one after the other
        _await_port(port)
    yield Production(site, first, first + 1, second)
    nginx.terminate()
    nginx.wait(20)
    shutil.rmtree(folder)


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the production site does not listen"
            time.sleep(0.02)


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
        production.shake_hands("example.com", ssl.TLSVersion.TLSv1_3)


def test_another_host_over_our_connection_is_not_served(production: Production) -> None:
    """SNI says one name and Host another."""
    assert production.ask([f"GET {TOPICS} HTTP/1.1", "Host: example.com"]).status == 421


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_spoken(production: Production, version: ssl.TLSVersion) -> None:
    """Mozilla's intermediate configuration."""
    assert production.shake_hands(HOST, version) == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_not(production: Production) -> None:
    """TLS 1.1 ends in the handshake."""
    with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
        production.shake_hands(HOST, ssl.TLSVersion.TLSv1_1)


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


def test_the_drop_in_leaves_the_rest_of_a_site_alone() -> None:
    """snippets/iris.conf brings locations, and nothing that would act on the server around them."""
    shipped = (PROJECT / "deploy" / "nginx" / "iris.conf").read_text(encoding="utf-8")
    outside, depth = set(), 0
    for line in (line.strip() for line in shipped.splitlines()):
        if depth == 0 and line and not line.startswith("#"):
            outside.add(line.split()[0])
        depth += line.count("{") - line.count("}")
    assert outside == {"location", "include"}
