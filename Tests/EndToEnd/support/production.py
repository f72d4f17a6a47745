"""deploy/nginx.conf as a sysadmin installs it, on other ports, in front of a running service's workers."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from fronts import await_answer, service_folder, sockets
from raw_http import Answer, parse

from devserver import DevServer
from devserver.client import free_ports
from devserver.site import HOST, Site, unix_listeners


@dataclass(frozen=True)
class Production:
    """A running production site and its ports."""

    site: Site
    http: int
    https: int
    metrics: int

    def get(self, path: str, *headers: str, port: int | None = None, host: str = HOST) -> Answer:
        """An ordinary GET; over HTTPS where no port is named."""
        return self.ask([f"GET {path} HTTP/1.1", f"Host: {host}", *headers], port=port)

    def ask(self, request: list[str], *, port: int | None = None, body: bytes = b"") -> Answer:
        """Plain HTTP on a port; without one, HTTPS with the certificate verified."""
        with socket.create_connection(("127.0.0.1", port or self.https), timeout=20) as plain:
            peer = plain if port else self.context().wrap_socket(plain, server_hostname=HOST)
            peer.sendall("\r\n".join([*request, "Connection: close", "", ""]).encode("ascii") + body)
            received = b""
            while chunk := peer.recv(65536):
                received += chunk
        return parse(received)

    def shake_hands(self, context: ssl.SSLContext, name: str = HOST) -> ssl.SSLSocket:
        """A finished handshake, whose connection is closed."""
        with socket.create_connection(("127.0.0.1", self.https), timeout=20) as plain:
            return context.wrap_socket(plain, server_hostname=name)

    def context(self) -> ssl.SSLContext:
        """Trusts the site's certificate alone."""
        return ssl.create_default_context(cafile=str(self.site.certificate))


@contextmanager
def producing(iris: DevServer, files: Mapping[str, str] | None = None) -> Iterator[Production]:
    """The site for the duration of the block; `files` are lines added to those of /etc/nginx/iris."""
    with service_folder() as folder:
        site, first, second = Site(folder), free_ports(), free_ports()
        listen = unix_listeners(folder) | {
            "80": f"127.0.0.1:{first}", "443": f"127.0.0.1:{first + 1}", "127.0.0.1:9117": f"127.0.0.1:{second}"
        }  # fmt: skip
        site.stage(listen, sockets(iris))
        for name, lines in (files or {}).items():
            with (site.conf / "iris" / name).open("a", encoding="utf-8") as file:
                file.write(lines)
        site.check()
        nginx = site.server()
        try:
            for port in (first, first + 1, second):  # nginx opens them one after the other
                await_answer(lambda port=port: _connects(port), folder / "nginx.out")
            yield Production(site, first, first + 1, second)
        finally:
            nginx.terminate()
            nginx.wait(20)


def _connects(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return True
