"""Requests at a steady rate, whatever becomes of them: a process of its own, so that the test's work does not slow it.

    with steady_load(address, 80, rate=200, requests=[Ask("GET", "/health/live")]) as load:
        ...                                 # restart something
    load.answers()                          # {"sent": 412, "200": 412, "slowest_ms": 31}

Each request has a connection of its own and is sent at its time, not when another one is answered. What came to nothing
is counted as `cut` (the connection ended) or `none` (no answer within PATIENCE). Standard input ends the run.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: Longer than anything may wait.
PATIENCE = 30.0


@dataclass(frozen=True)
class Ask:
    """A request; `body` goes out as JSON."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def encoded(self, host: str) -> str:
        """As HTTP/1.1 has it."""
        body = "" if self.body is None else json.dumps(self.body)
        fields = {"Host": host, "Connection": "close", **self.headers}
        if body:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(body.encode()))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n{body}"


class Sender:
    """One run."""

    def __init__(self, address: str, port: int, rate: float, requests: Sequence[str]) -> None:
        self._target = (address, port)
        self._rate = rate
        self._requests = [request.encode() for request in requests]
        self._poll = select.epoll()
        self._open: dict[int, tuple[socket.socket, float, bytes]] = {}
        self._counts: Counter[str] = Counter()
        self._slowest = 0.0

    def run(self) -> dict[str, int]:
        """Sends until standard input ends, then waits for what is still to come."""
        self._poll.register(0, select.EPOLLIN)
        start, sent, goes_on = time.monotonic(), 0, True
        while goes_on:
            while sent < (time.monotonic() - start) * self._rate:
                self._send(self._requests[sent % len(self._requests)])
                sent += 1
            goes_on = self._serve(0.002)
        self._poll.unregister(0)
        end = time.monotonic() + PATIENCE
        while self._open and time.monotonic() < end:
            self._serve(0.1)
        self._counts["none"] += len(self._open)
        counts = {name: count for name, count in self._counts.items() if count}
        return {"sent": sent, **counts, "slowest_ms": round(self._slowest * 1000)}

    def _send(self, request: bytes) -> None:
        peer = socket.socket()
        peer.setblocking(False)
        peer.connect_ex(self._target)
        self._open[peer.fileno()] = (peer, time.monotonic(), request)
        self._poll.register(peer, select.EPOLLOUT)

    def _serve(self, timeout: float) -> bool:
        """False once standard input ended."""
        goes_on = True
        for number, event in self._poll.poll(timeout):
            if number == 0:
                goes_on = False
                continue
            peer, began, request = self._open[number]
            try:
                if event & select.EPOLLOUT:
                    peer.send(request)
                    self._poll.modify(peer, select.EPOLLIN)
                    continue
                head = peer.recv(4096)
            except OSError:
                head = b""
            self._counts[head[9:12].decode() if head else "cut"] += 1
            self._slowest = max(self._slowest, time.monotonic() - began)
            self._poll.unregister(peer)
            peer.close()
            del self._open[number]
        return goes_on


class Running:
    """A run in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._answers: dict[str, int] | None = None

    def answers(self) -> dict[str, int]:
        """Ends the run: how often each status came; `sent`, `slowest_ms`, `cut` and `none` beside them."""
        if self._answers is None:
            output, _ = self._process.communicate(timeout=2 * PATIENCE)
            assert self._process.returncode == 0
            self._answers = json.loads(output)
        return self._answers

    def failed(self) -> int:
        """How many were not answered with success."""
        answers = self.answers()
        return answers["sent"] - sum(count for name, count in answers.items() if name.startswith("2"))


@contextmanager
def steady_load(address: str, port: int, rate: float, requests: Sequence[Ask]) -> Iterator[Running]:
    """Runs beside the block; its answers are there after it."""
    argv = [sys.executable, __file__, address, str(port), str(rate)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        running = Running(process)
        try:
            process.stdin.write(json.dumps([request.encoded(address) for request in requests]) + "\n")
            process.stdin.flush()
            yield running
            running.answers()
        finally:
            process.kill()


if __name__ == "__main__":
    _requests = json.loads(sys.stdin.readline())
    print(json.dumps(Sender(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), _requests).run()))
