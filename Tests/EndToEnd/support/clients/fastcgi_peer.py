"""A FastCGI peer that does what a test wants, well or badly (FastCGI specification, §3 and §5)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping

BEGIN, PARAMS, STDIN, STDOUT = 1, 4, 5, 6


def record(kind: int, content: bytes = b"") -> bytes:
    """One record of request 1."""
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def begin() -> bytes:
    """BEGIN_REQUEST as a responder, without keeping the connection."""
    return record(BEGIN, struct.pack("!HB5x", 1, 0))


def pairs(variables: Mapping[str, str]) -> bytes:
    """Name-value pairs (§3.4), all lengths in four bytes."""
    encoded = b""
    for name, value in variables.items():
        (key, text) = (name.encode(), value.encode())
        encoded += struct.pack("!II", len(key) | 1 << 31, len(text) | 1 << 31) + key + text
    return encoded


def variables(path: str = "/health/live", method: str = "GET", **more: str) -> dict[str, str]:
    """What nginx sends at the least."""
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1", **more}


def request(path: str = "/health/live", method: str = "GET", body: bytes = b"", **more: str) -> bytes:
    """A whole request."""
    if body:
        more = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json", **more}
    stdin = record(STDIN, body) if body else b""
    return begin() + record(PARAMS, pairs(variables(path, method, **more))) + record(PARAMS) + stdin + record(STDIN)


def connect(path: str, timeout: float = 20.0) -> socket.socket:
    """A connection to a pool's socket."""
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(timeout)
    peer.connect(path)
    return peer


def answer(peer: socket.socket) -> bytes:
    """All that the worker writes to STDOUT until it closes."""
    raw = b""
    while chunk := peer.recv(65_536):
        raw += chunk
    out, position = b"", 0
    while position + 8 <= len(raw):
        _, kind, _, length, padding = struct.unpack("!BBHHB", raw[position : position + 7])
        if kind == STDOUT:
            out += raw[position + 8 : position + 8 + length]
        position += 8 + length + padding
    return out
