"""HTTP by hand, for what no decent client would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names, in order) and body of one answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def exchange(port: int, request: bytes, timeout: float = 20.0) -> Answer:
    """Sends the bytes as they are and takes the answer apart; say `Connection: close`."""
    return parse(exchange_bytes(port, request, timeout))


def exchange_bytes(port: int, request: bytes, timeout: float = 20.0) -> bytes:
    """Sends the bytes as they are and reads to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as peer:
        peer.sendall(request)
        received = b""
        while chunk := peer.recv(65536):
            received += chunk
    return received


def parse(received: bytes) -> Answer:
    """Splits an answer; fails when there is none."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        raise AssertionError(f"no HTTP answer: {received[:200]!r}")
    lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    return Answer(int(lines[0].split(" ")[1]), headers, body)
