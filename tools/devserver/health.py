"""Asking /health without waiting for it: workers that die must be seen while the question hangs in their queue."""

from __future__ import annotations

import re
import socket
import time

PATIENCE = 5.0  # seconds for one answer
REQUEST = b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"


class HealthProbe:
    """Asks again and again through nginx, as a client would; `poll` says what the latest answer was."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._asked = 0.0
        self.answer = "nothing"

    def poll(self) -> str:
        """The latest status, "nothing" before the first; never blocks."""
        try:
            if self._socket is None:
                self._ask()
            elif not self._read() and time.monotonic() - self._asked > PATIENCE:
                self.answer = "nothing"
                self.close()
        except OSError:
            self.answer = "nothing"
            self.close()
        return self.answer

    def close(self) -> None:
        """Forgets the question that is under way."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=1.0)
        self._socket.sendall(REQUEST)
        self._socket.setblocking(False)
        self._asked = time.monotonic()

    def _read(self) -> bool:
        assert self._socket is not None
        try:
            head = self._socket.recv(64)
        except BlockingIOError:
            return False
        status = re.match(rb"HTTP/1\.[01] ([0-9]{3}) ", head)
        self.answer = status[1].decode("ascii") if status else "nothing"
        self.close()
        return True
