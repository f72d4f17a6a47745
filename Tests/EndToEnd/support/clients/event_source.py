"""A reader of `text/event-stream` that notes when each event came."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from people import Person


@dataclass(frozen=True)
class Event:
    """One event: `comment` where it was a comment. `at` is of `time.time()`; events of one read share it."""

    name: str
    data: Any
    at: float


@dataclass(frozen=True)
class Stream:
    """A whole stream and the answer that carried it."""

    answer: httpx.Response
    events: list[Event]

    def named(self, name: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event.name == name]

    @property
    def names(self) -> list[str]:
        """The kinds of the events in order, without comments."""
        return [event.name for event in self.events if event.name != "comment"]

    @property
    def text(self) -> str:
        """All deltas together."""
        return "".join(event.data["text"] for event in self.named("delta"))

    @property
    def start(self) -> dict[str, Any]:
        """What the only `start` says."""
        (event,) = self.named("start")
        return event.data

    @property
    def done(self) -> dict[str, Any]:
        """The ChatResponse of the only `done`."""
        (event,) = self.named("done")
        return event.data

    @property
    def error(self) -> dict[str, Any]:
        """The problem of the only `error`."""
        (event,) = self.named("error")
        return event.data


def parse(block: str, at: float) -> Event:
    """One block between blank lines; anything but ours fails."""
    if block.startswith(":"):
        return Event("comment", block[1:].strip(), at)
    name, separator, data = block.partition("\n")
    assert separator and name.startswith("event: ") and data.startswith("data: ") and "\n" not in data, block
    return Event(name[7:], json.loads(data[6:]), at)


def events(answer: httpx.Response) -> Iterator[Event]:
    """The events as they come, to the end of the answer."""
    rest = b""
    for part in answer.iter_raw():
        at = time.time()
        *blocks, rest = (rest + part).split(b"\n\n")
        yield from (parse(block.decode(), at) for block in blocks)
    assert rest == b"", rest


@contextmanager
def listening(
    person: Person, message: str, headers: dict[str, str] | None = None, timeout: float = 40.0, **members: Any
) -> Iterator[httpx.Response]:
    """Asks for a stream and gives the answer as soon as its headers are there; leaving the block leaves the stream."""
    wanted = {**person.headers, "Accept": "text/event-stream", **(headers or {})}
    with person.http.stream(
        "POST", "/api/v1/chat", json={"message": message, **members}, headers=wanted, timeout=timeout
    ) as answer:
        yield answer


def listen(person: Person, message: str, headers: dict[str, str] | None = None, **members: Any) -> Stream:
    """Asks for a stream and reads it to its end."""
    with listening(person, message, headers, **members) as answer:
        if answer.status_code != 200:
            answer.read()
            raise AssertionError(f"{answer.status_code} {answer.text}")
        assert answer.headers["Content-Type"].startswith("text/event-stream"), answer.headers
        return Stream(answer, list(events(answer)))
