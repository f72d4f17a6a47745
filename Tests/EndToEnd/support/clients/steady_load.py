"""Requests at a steady rate, whatever becomes of them: a process of its own, so that the test's work does not slow it.

    with steady_load(address, 80, 200, [Ask("GET", "/health/live")]) as load:
        ...                                 # restart something
    load.answers()                          # Answers(sent=412, outcomes={"200": 412}, p50_ms=2.1, …)

Each request has a connection of its own and is sent at its time, not when another one is answered; its answer is read to
the end. What came to nothing is counted as `cut` (the connection ended too early, or there was none) or `none` (no whole
answer within PATIENCE). Standard input ends the run.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from exchange import Exchange, exchange

#: Longer than anything may wait.
PATIENCE = 30.0


@dataclass(frozen=True)
class Ask:
    """A request; `body` goes out as JSON. `source`: the own address that it comes from, of this host."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    source: str = ""

    def encoded(self, host: str) -> str:
        """As HTTP/1.1 has it."""
        body = "" if self.body is None else json.dumps(self.body)
        fields = {"Host": host, "Connection": "close", **self.headers}
        if body:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(body.encode()))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n{body}"


@dataclass(frozen=True)
class TLS:
    """How HTTPS is spoken: the server's name, whatever its address, and who vouches for it, as PEM."""

    name: str
    authorities: str


@dataclass(frozen=True)
class Answers:
    """What became of a run. Times are from when a request was due to its answer's end; 0 without any answer."""

    sent: int
    #: How often each status came, `cut` and `none` beside them.
    outcomes: dict[str, int]
    p50_ms: float
    p99_ms: float
    slowest_ms: float

    @property
    def failed(self) -> int:
        """How many were not answered with success."""
        return self.sent - sum(count for outcome, count in self.outcomes.items() if outcome.startswith("2"))


class Sender:
    """One run."""

    def __init__(
        self, address: str, port: int, rate: float, requests: Sequence[tuple[str, str]], tls: TLS | None
    ) -> None:
        self._target = (address, port)
        self._rate = rate
        self._requests = [(request.encode(), source) for request, source in requests]
        self._name = tls.name if tls else None
        self._context = ssl.create_default_context(cadata=tls.authorities) if tls else None
        self._poll = select.epoll()
        #: By descriptor: the socket, what is done with it, and when its request was due.
        self._open: dict[int, tuple[socket.socket, Exchange, float]] = {}
        self._sent = 0
        self._outcomes: Counter[str] = Counter()
        self._seconds: list[float] = []

    def run(self) -> Answers:
        """Sends until standard input ends, then waits for what is still to come."""
        self._poll.register(0, select.EPOLLIN)
        start, goes_on = time.monotonic(), True
        while goes_on:
            while (due := start + self._sent / self._rate) <= time.monotonic():
                self._send(due)
            goes_on = self._serve(due)
        self._poll.unregister(0)
        end = time.monotonic() + PATIENCE
        while self._open and time.monotonic() < end:
            self._serve(end)
        self._outcomes["none"] += len(self._open)
        return self._answers()

    def _send(self, due: float) -> None:
        request, source = self._requests[self._sent % len(self._requests)]
        self._sent += 1
        peer = socket.socket()
        peer.setblocking(False)
        if self._context:
            peer = self._context.wrap_socket(peer, server_hostname=self._name, do_handshake_on_connect=False)
        if source:
            peer.bind((source, 0))
        peer.connect_ex(self._target)
        steps = exchange(peer, request)
        self._open[peer.fileno()] = (peer, steps, due)
        self._poll.register(peer, next(steps))

    def _serve(self, until: float) -> bool:
        """Goes on with whatever can go on, or waits for it until then. False once standard input ended."""
        goes_on = True
        for number, _ in self._poll.poll(max(0.0, until - time.monotonic())):
            if number == 0:
                goes_on = False
                continue
            peer, steps, due = self._open[number]
            try:
                self._poll.modify(number, next(steps))
            except StopIteration as end:
                self._outcomes[end.value] += 1
                self._seconds.append(time.monotonic() - due)
                del self._open[number]
                peer.close()
        return goes_on

    def _answers(self) -> Answers:
        times = sorted(self._seconds) or [0.0]
        p50, p99, slowest = (round(times[int((len(times) - 1) * part)] * 1000, 1) for part in (0.5, 0.99, 1))
        return Answers(self._sent, {name: count for name, count in self._outcomes.items() if count}, p50, p99, slowest)


class Running:
    """A run in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._answers: Answers | None = None

    def answers(self) -> Answers:
        """Ends the run: what became of it."""
        if self._answers is None:
            output, _ = self._process.communicate(timeout=2 * PATIENCE)
            assert self._process.returncode == 0
            self._answers = Answers(**json.loads(output))
        return self._answers


@contextmanager
def steady_load(
    address: str, port: int, rate: float, requests: Sequence[Ask], tls: TLS | None = None
) -> Iterator[Running]:
    """Sends one request after the other, and again from the first, as long as the block lasts; its answers are there then."""
    argv = [sys.executable, __file__, address, str(port), str(rate)]
    host = tls.name if tls else address
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        running = Running(process)
        try:
            encoded = [(ask.encoded(host), ask.source) for ask in requests]
            process.stdin.write(json.dumps({"requests": encoded, "tls": tls and asdict(tls)}) + "\n")
            process.stdin.flush()
            process.stdout.readline()
            yield running
            running.answers()
        finally:
            process.kill()


def main() -> None:
    """The process: a line of requests comes in; a blank one goes out as it begins, and one of answers at the end."""
    # A service that hangs holds seconds of requests.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    given = json.loads(sys.stdin.readline())
    tls = TLS(**given["tls"]) if given["tls"] else None
    address, port, rate = sys.argv[1:]
    sender = Sender(address, int(port), float(rate), given["requests"], tls)
    print(flush=True)
    print(json.dumps(asdict(sender.run())))


if __name__ == "__main__":
    main()
