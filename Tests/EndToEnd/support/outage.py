"""A PostgreSQL that is stopped or frozen under a running service, and chats that go on meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg2
from people import Person, register
from service import wait_until

from devserver import DevServer


@contextmanager
def frozen(server: DevServer) -> Iterator[None]:
    """The postmaster and all its children sleep for the length of the block."""
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.postgres_pid)], capture_output=True, text=True, check=True).stdout
    pids = [server.postgres_pid, *map(int, children.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):  # killed meanwhile
                os.kill(pid, signal.SIGCONT)


@contextmanager
def stopped(server: DevServer) -> Iterator[None]:
    """There is no PostgreSQL for the length of the block."""
    server.stop_postgres()
    try:
        yield
    finally:
        server.start_postgres()


def query(server: DevServer, sql: str, *parameters: object) -> list[tuple]:
    """What a query gives, over a connection of its own."""
    with psycopg2.connect(server.superuser_url) as database, database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def waiting(server: DevServer) -> list[str]:
    """The spool's files."""
    folder = Path(server.directory, "spool")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def await_replay(server: DevServer, seconds: float = 15.0) -> None:
    """Until everything is in the database."""
    wait_until(lambda: not waiting(server), seconds, why=lambda: f"still in the spool: {waiting(server)}")


def await_database(person: Person, seconds: float) -> float:
    """How long it takes until the person's requests reach the database again."""
    start = time.monotonic()
    wait_until(lambda: person.me().status_code == 200, seconds)
    return time.monotonic() - start


def member(server: DevServer, http: httpx.Client, tier: str = "free") -> Person:
    """A new account whose token says its tier."""
    person = register(http)
    if tier == "free":
        return person
    query(server, "UPDATE iris.accounts SET tier = %s WHERE id = %s", tier, person.id)
    answer = http.post("/api/v1/auth/refresh", json={"refresh_token": person.refresh_token}).json()
    return Person(http, person.email, person.user, answer["access_token"], answer["refresh_token"])


@dataclass
class Asked:
    """One chat of a crowd."""

    person: Person
    at: float
    seconds: float
    status: int
    body: dict


class Crowd:
    """Chats at a steady rate, each at its time whatever became of those before."""

    def __init__(self, people: list[Person], rate: float) -> None:
        self._people = people
        self._rate = rate
        self._start = time.monotonic()
        self._end = False
        self._lock = threading.Lock()
        self._next = 0
        self.asked: list[Asked] = []
        self._threads = [threading.Thread(target=self._work) for _ in range(32)]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end = True
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._end:
            with self._lock:
                number = self._next
                self._next += 1
            time.sleep(max(0.0, self._start + number / self._rate - time.monotonic()))
            person = self._people[number % len(self._people)]
            start = time.monotonic()
            try:
                answer = person.chat(f"Question {number} sur mon CV ?")
                status, body = answer.status_code, answer.json()
            except httpx.HTTPError as error:
                status, body = 0, {"detail": repr(error)}
            self.asked.append(Asked(person, start, time.monotonic() - start, status, body))
