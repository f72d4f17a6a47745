"""One HTTP request on a socket that never blocks, for whoever has many of them open at once."""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Callable, Generator
from typing import Any

#: Goes on when its socket has the event that it gave last; returns what became of its request.
Exchange = Generator[int, None, str]


def exchange(peer: socket.socket, request: bytes) -> Exchange:
    """From the connection to the end of the answer."""
    answer = b""
    try:
        yield select.EPOLLOUT
        if isinstance(peer, ssl.SSLSocket):
            yield from unhindered(peer.do_handshake)
        while request:
            request = request[(yield from unhindered(lambda: peer.send(request), select.EPOLLOUT)) :]
        while piece := (yield from unhindered(lambda: peer.recv(16_384))):
            answer += piece
    except OSError:  # those of TLS among them
        return "cut"
    return outcome(answer)


def unhindered(act: Callable[[], Any], event: int = select.EPOLLIN) -> Generator[int, None, Any]:
    """Does it as soon as the socket lets it: plain ones wait for the event given, those of TLS for what they say."""
    while True:
        try:
            return act()
        except ssl.SSLWantReadError:
            yield select.EPOLLIN
        except ssl.SSLWantWriteError:
            yield select.EPOLLOUT
        except BlockingIOError:
            yield event


def outcome(answer: bytes) -> str:
    """The status of an answer that is whole, by its length or its last chunk (RFC 9112 §6.3, §8)."""
    head, ends, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: *(\d+)", head, re.IGNORECASE)
    if length:
        is_whole = len(body) == int(length[1])
    elif re.search(rb"\r\nTransfer-Encoding: *chunked", head, re.IGNORECASE):
        is_whole = body.endswith(b"0\r\n\r\n")
    else:
        is_whole = bool(ends)
    return head[9:12].decode() if is_whole else "cut"
