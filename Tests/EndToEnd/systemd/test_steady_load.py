"""What the tests beside this one trust: that the load sees every answer that is missing or not whole."""

from __future__ import annotations

import socket
import time

import pytest
from exchange import outcome
from steady_load import Ask, steady_load


@pytest.mark.parametrize(("answer", "told"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "200"),
    (b"HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\na", "cut"),
    (b"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "503"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "cut"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", "204"),
    (b"HTTP/1.1 204 No Content\r\n", "cut"),
    (b"", "cut"),
])  # fmt: skip
def test_only_a_whole_answer_has_a_status(answer: bytes, told: str) -> None:
    assert outcome(answer) == told


def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with steady_load("127.0.0.1", taken.getsockname()[1], 100, [Ask("GET", "/")]) as load:
            time.sleep(0.2)
    answers = load.answers()
    assert answers.outcomes == {"cut": answers.sent} and answers.failed == answers.sent >= 20
