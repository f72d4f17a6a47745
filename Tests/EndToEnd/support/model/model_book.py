"""What the stand-in's connections share: the requests seen so far, and the scenarios in force."""

from __future__ import annotations

import collections
import threading
from types import ModuleType
from typing import Any

import model_faults
import model_knobs
from model_dialects import DIALECTS, dialect

MAX_RECORDS = 20_000


def names(speaker: ModuleType) -> set[str]:
    """The scenarios that one wire format knows."""
    return {*speaker.ANSWERS, *speaker.ERRORS, *speaker.RAW, *model_faults.FAULTS}


NAMES = set().union(*map(names, DIALECTS.values()))


class Book:
    """Records and scenarios, for many threads at once."""

    def __init__(self) -> None:
        self._records: collections.deque[dict[str, Any]] = collections.deque(maxlen=MAX_RECORDS)
        self._scenarios: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @property
    def scenarios(self) -> list[dict[str, Any]]:
        """Those in force."""
        with self._lock:
            return [dict(scenario) for scenario in self._scenarios]

    def set_scenarios(self, given: Any) -> None:
        """Replaces the scenarios; ValueError says what is wrong with them."""
        scenarios = given if isinstance(given, list) else [given]
        for scenario in scenarios:
            model_knobs.check(scenario, NAMES)
        slow = {"ms": 2000}
        with self._lock:
            self._scenarios = [
                {"name": "ok"} | (slow if scenario.get("name") == "slow" else {}) | scenario for scenario in scenarios]

    def keep(self, record: dict[str, Any]) -> None:
        """Records a request."""
        with self._lock:
            self._records.append(record)

    def recorded(self) -> list[dict[str, Any]]:
        """The requests so far, oldest first."""
        with self._lock:
            return list(self._records)

    def forget(self) -> None:
        """Drops the recorded requests."""
        with self._lock:
            self._records.clear()

    def take_scenario(self, record: dict[str, Any]) -> dict[str, Any]:
        """The first scenario that fits the request and its wire format, with one of its `times` spent."""
        known = names(dialect(record))
        with self._lock:
            for scenario in self._scenarios:
                if scenario["name"] in known and model_knobs.fits(scenario, record):
                    if "times" in scenario:
                        scenario["times"] -= 1
                    return dict(scenario)
        return {"name": "ok"}
