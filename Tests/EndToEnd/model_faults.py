"""How the stand-in model breaks off: faults of the connection, where `model_scenarios.py` has whole answers.

hang, hang_body, cut, trickle, huge, close, ok_close, reset, no_http: each is the function of that name. They take the
connection's handler, the scenario and the recorded request; afterwards the connection is closed.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

import model_scenarios

if TYPE_CHECKING:
    from model_server import Handler


def hang(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Never says a byte."""
    handler.wait(scenario.get("seconds", 120), record)


def hang_body(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Sends headers and half of the body, then nothing."""
    status, content_type, body = model_scenarios.reply({"name": "ok"}, record)
    record["status"] = status
    handler.begin(status, content_type, len(body))
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.wait(scenario.get("seconds", 120), record)


def cut(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Sends headers and half of the body, then closes."""
    hang_body(handler, {"seconds": 0}, record)


def trickle(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Sends a good answer, `per_second` (10) bytes a second."""
    status, content_type, body = model_scenarios.reply({"name": "ok"}, record)
    record["status"] = status
    handler.begin(status, content_type, len(body))
    for byte in range(len(body)):
        handler.wfile.write(body[byte : byte + 1])
        handler.wfile.flush()
        if not handler.wait(1 / scenario.get("per_second", 10), record):
            return


def huge(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Sends an answer whose text has `bytes` (1 GiB) letters."""
    head, tail = model_scenarios.around_text()
    size = scenario.get("bytes", 1 << 30)
    record["status"] = 200
    handler.begin(200, "application/json; charset=UTF-8", len(head) + size + len(tail))
    handler.wfile.write(head)
    block = b"a" * 65536
    while size > 0 and not handler.server.stopping.is_set():
        handler.wfile.write(block[:size])
        size -= len(block)
    handler.wfile.write(tail)
    handler.wfile.flush()


def close(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Closes without an answer."""


def ok_close(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Answers, then closes the connection without having said so."""
    status, content_type, body = model_scenarios.reply({"name": "ok"}, record)
    record["status"] = status
    handler.send_bytes(status, body, content_type)


def reset(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Resets the TCP connection: with a linger time of 0, close sends RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket(fileno=handler.connection.detach()).close()


def no_http(handler: Handler, scenario: dict[str, Any], record: dict[str, Any]) -> None:
    """Answers in no protocol at all."""
    handler.wfile.write(b"\x00\x01SSH-2.0-not-http\r\n\r\n")
    handler.wfile.flush()


FAULTS = {
    fault.__name__: fault for fault in (hang, hang_body, cut, trickle, huge, close, ok_close, reset, no_http)
}
