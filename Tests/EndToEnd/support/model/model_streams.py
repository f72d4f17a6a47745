"""How the stand-in sends a stream: at the asked pace, cut as asked, and broken off where asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import model_faults
from model_dialects import dialect
from model_scenarios import STREAM_TYPE, Event

if TYPE_CHECKING:
    from model_server import Handler

Json = dict[str, Any]
FAULTS = ("block", "error", "bare_error", "reset", "hang", "cut", "eof")
#: Sizes of writes that fall nowhere near an event's end, over and over.
ODD_SIZES = (1, 7, 3, 64, 11, 2, 29, 500)


def send(handler: Handler, scenario: Json, record: Json) -> None:
    """The whole stream; a client that leaves ends it."""
    handler.begin(200, STREAM_TYPE, None)
    record["status"] = 200
    if not handler.wait(scenario.get("first_ms", 0) / 1000, record):
        return
    gap, due = scenario.get("gap_ms", 0) / 1000, time.monotonic()
    events, fault = planned(dialect(record).events(scenario, record), scenario)
    for data, has_text in writes(events, scenario.get("split", 1)):
        if not handler.wait(due - time.monotonic(), record):
            return
        handler.put(data, record, is_text=has_text)
        due += gap
    if fault is None or handler.wait(due - time.monotonic(), record) and end(handler, scenario, record, fault):
        handler.end()


def planned(events: Iterable[Event], scenario: Json) -> tuple[Iterable[Event], str | None]:
    """The events before the fault, and the fault."""
    for fault in FAULTS:
        if f"{fault}_after" in scenario:
            return until(events, int(scenario[f"{fault}_after"])), fault
    return events, None


def until(events: Iterable[Event], count: int) -> Iterator[Event]:
    """The events before the one with the next text, once so many had text."""
    for data, has_text in events:
        if has_text and count == 0:
            return
        count -= has_text
        yield data, has_text


def end(handler: Handler, scenario: Json, record: Json, fault: str) -> bool:
    """Does what the fault says; whether the answer then ends as HTTP wants."""
    speaker = dialect(record)
    handler.close_connection = fault in ("reset", "hang", "cut")
    if fault == "block":
        handler.put(speaker.block_event(scenario, record), record)
    elif fault in ("error", "bare_error"):
        handler.put(speaker.error_event(scenario, record, bare=fault == "bare_error"), record)
    elif fault == "reset":
        model_faults.reset(handler, scenario, record)
    elif fault == "hang":
        handler.wait(scenario.get("seconds", 120), record)
    return not handler.close_connection


def writes(events: Iterable[Event], split: int | str) -> Iterator[Event]:
    """What goes out in one write each."""
    if split == "bytes":
        for data, has_text in events:
            yield from ((data[byte : byte + 1], has_text) for byte in range(len(data)))
    elif split == "odd":
        yield from odd_writes(events)
    else:
        yield from packets(events, int(split))


def odd_writes(events: Iterable[Event]) -> Iterator[Event]:
    """Cuts without regard to events; what is left of one goes out with the next."""
    rest, number = b"", 0
    for data, _ in events:
        rest += data
        while len(rest) > (size := ODD_SIZES[number % len(ODD_SIZES)]):
            yield rest[:size], True
            rest, number = rest[size:], number + 1
    if rest:
        yield rest, True


def packets(events: Iterable[Event], count: int) -> Iterator[Event]:
    """So many events in each write."""
    packet, held, has_text = b"", 0, False
    for data, is_text in events:
        packet, held, has_text = packet + data, held + 1, has_text or is_text
        if held == count:
            yield packet, has_text
            packet, held, has_text = b"", 0, False
    if packet:
        yield packet, has_text
