"""CPU time of the processes that take part: unlike requests per second, little disturbed by a busy machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def of(pids: Iterable[int]) -> float:
    """Seconds that these processes have used, in user and kernel mode."""
    return sum(_seconds(pid)[0] for pid in pids)


def of_dead_children(pid: int) -> float:
    """Seconds of the children that ended and were waited for: workers that were recycled, backends that left."""
    return _seconds(pid)[1]


def of_family(pid: int) -> float:
    """A process, its living children and its dead ones."""
    return sum(_seconds(pid)) + of(_children(pid))


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _seconds(pid: int) -> tuple[float, float]:
    """Its own time, and that of its dead children (proc(5), fields 14 to 17 of stat)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0, 0.0
    fields = stat[stat.rindex(")") + 2 :].split()
    user, system, dead_user, dead_system = (int(field) / TICK for field in fields[11:15])
    return user + system, dead_user + dead_system


def spent(before: Mapping[str, float], after: Mapping[str, float], requests: int) -> dict[str, float]:
    """Microseconds a request, by kind of process; what took no part is left out."""
    if not requests:
        return {}
    costs = {name: (after[name] - before[name]) / requests * 1e6 for name in after}
    return {name: cost for name, cost in costs.items() if cost >= 1}
