"""Whose word about a client's address nginx takes, and what hangs on the address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection

import pytest
from devserver import DevServer
from devserver.site import HOST
from production import Production, producing

BACKEND = "192.0.2.10"
INTERNAL = "/api/v1/internal/users/lea"
OPEN = {"internal.geo": f"{BACKEND} 1;\n"}


@pytest.fixture(scope="module")
def alone(iris: DevServer) -> Iterator[Production]:
    """Nobody in front; the unified backend has an address that is not this machine's."""
    with producing(iris, OPEN) as site:
        yield site


@pytest.fixture(scope="module")
def behind(iris: DevServer) -> Iterator[Production]:
    """The same behind a proxy on this machine."""
    with producing(iris, {**OPEN, "proxies.conf": "set_real_ip_from 127.0.0.1;\n"}) as site:
        yield site


def code(site: Production, *forwarded: str) -> str:
    """What becomes of a request for the service's interface."""
    headers = [f"X-Forwarded-For: {addresses}" for addresses in forwarded]
    return site.get(INTERNAL, "X-Real-IP: " + BACKEND, "Forwarded: for=" + BACKEND, *headers).json()["code"]


@pytest.mark.parametrize("forwarded", [(), (BACKEND,), (f"{BACKEND}, 127.0.0.1",)])
def test_as_shipped_nobody_is_believed(alone: Production, forwarded: tuple[str, ...]) -> None:
    assert code(alone, *forwarded) == "forbidden"


@pytest.mark.parametrize("forwarded", [(BACKEND,), (f"198.51.100.7, {BACKEND}",), (f"198.51.100.7, {BACKEND}, 127.0.0.1",)])
def test_a_named_proxy_is_believed(behind: Production, forwarded: tuple[str, ...]) -> None:
    """405: it reached a worker, which knows PUT alone there."""
    assert code(behind, *forwarded) == "method_not_allowed"


@pytest.mark.parametrize("forwarded", [(), (f"{BACKEND}, 198.51.100.7",), ("nonsense",), (f"{BACKEND} nonsense",)])
def test_what_a_client_wrote_before_it_is_not(behind: Production, forwarded: tuple[str, ...]) -> None:
    """The last address that is not a proxy's counts; without one, the connection's."""
    assert code(behind, *forwarded) == "forbidden"


def test_limits_are_each_clients_own_behind_a_proxy(alone: Production, behind: Production) -> None:
    """Behind one that nginx does not know, all clients share one client's allowance."""
    assert statuses(behind) == {200}
    assert statuses(alone) == {200, 429}


def statuses(site: Production) -> set[int]:
    """What 200 clients get whose requests come over one connection, which is faster than the limit's 20 a second."""
    proxy = HTTPSConnection(HOST)
    proxy.sock = site.context().wrap_socket(
        socket.create_connection(("127.0.0.1", site.https), timeout=20), server_hostname=HOST)
    found = set()
    with closing(proxy):
        for number in range(200):
            proxy.request("GET", "/health/live", headers={"X-Forwarded-For": f"198.51.100.{number}"})
            answer = proxy.getresponse()
            answer.read()
            found.add(answer.status)
    return found
