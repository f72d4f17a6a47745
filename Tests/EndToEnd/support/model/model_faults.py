"""How the stand-in model breaks off: faults of the connection, where `model_scenarios.py` has whole answers.

hang, hang_body, cut, trickle, huge, close, ok_close, reset, no_http: each is the function of that name, for whole
answers and for streams. They take the connection's handler, the scenario and the recorded request; afterwards the
connection is closed.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from model_dialects import dialect
from model_scenarios import STREAM_TYPE

if TYPE_CHECKING:
    from model_server import Handler

Json = dict[str, Any]


def begin(handler: Handler, scenario: Json, record: Json) -> bytes:
    """Sends the head of a good answer; gives its body."""
    speaker, good = dialect(record), scenario | {"name": "ok"}
    if record["stream"]:
        body = b"".join(event for event, _ in speaker.events(good, record))
        handler.begin(200, STREAM_TYPE, None)
    else:
        status, content_type, body = speaker.reply(good, record)
        handler.begin(status, content_type, len(body))
    record["status"] = 200
    return body


def hang(handler: Handler, scenario: Json, record: Json) -> None:
    """Never says a byte."""
    handler.wait(scenario.get("seconds", 120), record)


def hang_body(handler: Handler, scenario: Json, record: Json) -> None:
    """Sends headers and half of the body, of a stream half of its first event, then nothing."""
    body = begin(handler, scenario, record)
    first = body.partition(b"\n\n" if b"\r\n\r\n" not in body else b"\r\n\r\n")[0] if record["stream"] else body
    handler.put(first[: len(first) // 2], record)
    handler.wait(scenario.get("seconds", 120), record)


def cut(handler: Handler, scenario: Json, record: Json) -> None:
    """Sends headers and half of the body, then closes."""
    hang_body(handler, scenario | {"seconds": 0}, record)


def trickle(handler: Handler, scenario: Json, record: Json) -> None:
    """Sends a good answer, `per_second` (10) bytes a second."""
    body = begin(handler, scenario, record)
    for byte in range(len(body)):
        handler.put(body[byte : byte + 1], record)
        if not handler.wait(1 / scenario.get("per_second", 10), record):
            return
    handler.end()


def huge(handler: Handler, scenario: Json, record: Json) -> None:
    """Sends an answer whose text has `bytes` (1 GiB) letters; a stream does so in one event, or in `pieces`."""
    speaker = dialect(record)
    head, tail = speaker.around_text()
    size, block = int(scenario.get("bytes", 1 << 30)), b"a" * 65_536
    record["status"] = 200
    if record["stream"] and scenario.get("pieces"):
        handler.begin(200, STREAM_TYPE, None)
        piece = "a" * (size // int(scenario["pieces"]))
        for _ in range(int(scenario["pieces"])):
            handler.put(speaker.piece_event(record, piece), record, is_text=True)
        handler.end()
        return
    if record["stream"]:
        handler.begin(200, STREAM_TYPE, None)
        head, tail = b"data: " + head, tail + b"\r\n\r\n"
    else:
        handler.begin(200, "application/json; charset=UTF-8", len(head) + size + len(tail))
    handler.put(head, record)
    while size > 0 and not handler.server.stopping.is_set():
        handler.put(block[:size], record)
        size -= len(block)
    handler.put(tail, record)
    handler.end()


def close(handler: Handler, scenario: Json, record: Json) -> None:
    """Closes without an answer."""


def ok_close(handler: Handler, scenario: Json, record: Json) -> None:
    """Answers, then closes the connection without having said so."""
    handler.put(begin(handler, scenario, record), record)
    handler.end()


def reset(handler: Handler, scenario: Json, record: Json) -> None:
    """Resets the TCP connection: with a linger time of 0, close sends RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket(fileno=handler.connection.detach()).close()


def no_http(handler: Handler, scenario: Json, record: Json) -> None:
    """Answers in no protocol at all."""
    handler.wfile.write(b"\x00\x01SSH-2.0-not-http\r\n\r\n")
    handler.wfile.flush()


FAULTS = {
    fault.__name__: fault for fault in (hang, hang_body, cut, trickle, huge, close, ok_close, reset, no_http)
}
