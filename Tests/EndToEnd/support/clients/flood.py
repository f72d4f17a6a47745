"""A flood of logins from many addresses: a process of its own that keeps its rate whatever the answers do.

`python3 flood.py PORT RATE SECONDS ACCOUNTS ADDRESSES` sends RATE logins a second with a wrong password, for as many
e-mail addresses and from as many of 127.0.0.0/8. ACCOUNTS is a number, or the one e-mail address to try. It prints one line
of JSON: how often each answer came.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from collections.abc import Iterator

#: Longer than anything may wait.
PATIENCE = 20.0


class Flood:
    """One run. Requests are sent at their time, not when another one is answered."""

    def __init__(self, port: int, rate: float, accounts: str, addresses: int) -> None:
        self._port = port
        self._rate = rate
        self._emails = [accounts] if "@" in accounts else [f"cible{n}@example.org" for n in range(int(accounts))]
        self._addresses = addresses
        self._poll = select.epoll()
        self._open: dict[int, tuple[socket.socket, bytes]] = {}
        self._answers: Counter[str] = Counter()

    def run(self, seconds: float) -> dict[str, int]:
        """Sends for so long, then waits for what is still to come."""
        start, sent = time.monotonic(), 0
        while (now := time.monotonic()) < start + seconds:
            while sent < (now - start) * self._rate:
                self._send(sent)
                sent += 1
            self._serve(0.002)
        while self._open and time.monotonic() < start + seconds + PATIENCE:
            self._serve(0.1)
        self._answers["none"] += len(self._open)
        return {"sent": sent, **self._answers}

    def _send(self, number: int) -> None:
        peer = socket.socket()
        peer.setblocking(False)
        # Several sources never share one: the address changes from request to request.
        address = number % self._addresses
        peer.bind((f"127.{1 + address // 62500}.{address // 250 % 250}.{1 + address % 250}", 0))
        peer.connect_ex(("127.0.0.1", self._port))
        email = self._emails[number % len(self._emails)]
        body = json.dumps({"email": email, "password": f"mauvaise phrase {number}"})
        request = (
            f"POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        self._open[peer.fileno()] = (peer, request.encode())
        self._poll.register(peer, select.EPOLLOUT)

    def _serve(self, timeout: float) -> None:
        for number, event in self._poll.poll(timeout):
            peer, request = self._open[number]
            if event & select.EPOLLOUT:
                peer.send(request)
                self._poll.modify(peer, select.EPOLLIN)
                continue
            try:
                head = peer.recv(4096)
            except OSError as error:
                head = b"", type(error).__name__
            self._answers[head[9:12].decode() if isinstance(head, bytes) and head else "cut"] += 1
            self._poll.unregister(peer)
            peer.close()
            del self._open[number]


class Running:
    """A flood in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answers(self) -> dict[str, int]:
        """Waits for its end: how often each status came, `sent`, `cut` and `none` beside them."""
        output, _ = self._process.communicate(timeout=120)
        assert self._process.returncode == 0
        return {name: int(count) for name, count in json.loads(output).items()}


@contextmanager
def flood(port: int, rate: int, seconds: float, accounts: str | int, addresses: int) -> Iterator[Running]:
    """Runs beside the block, and ends with it."""
    argv = [sys.executable, __file__, str(port), str(rate), str(seconds), str(accounts), str(addresses)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


if __name__ == "__main__":
    _port, _rate, _seconds, _accounts, _addresses = sys.argv[1:]
    print(json.dumps(Flood(int(_port), float(_rate), _accounts, int(_addresses)).run(float(_seconds))))
