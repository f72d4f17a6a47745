"""From samples to what a person, or with --json a program, reads."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from devserver.settings import POOLS

from load import Sample

#: Requests per second as a part of the yardstick's that a subject shall reach at least.
BARS = {"GET /health/live": 0.85}
VERSIONS = {
    "nginx": ["/usr/sbin/nginx", "-v"],
    "PostgreSQL": ["psql", "--version"],
    "libfcgi": ["dpkg-query", "-W", "-f=${Version}", "libfcgi0ldbl"],
    "libcurl": ["dpkg-query", "-W", "-f=${Version}", "libcurl4"],
    "wrk": ["wrk", "-v"],
}

CPU = ("worker", "nginx", "postgres", "model")


@dataclass(frozen=True)
class Round:
    """One burst, and the microseconds of CPU time that a request of it took, by kind of process."""

    sample: Sample
    cpu: Mapping[str, float]


Rounds = Mapping[str, Sequence[Round]]


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the program."""
    return {
        "machine": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "workers": dict(POOLS),
    }


def versions(binary: Path) -> dict[str, str]:
    """Of every program that takes part; "unknown" where one does not say."""
    commands = {"iris-fcgi": [str(binary), "--version"], **VERSIONS}
    return {name: _version(argv) for name, argv in commands.items()}


def figures(rounds: Rounds) -> list[dict[str, Any]]:
    """One row per subject: medians over the rounds, all errors, ratios to the first subject round by round."""
    yardstick = next(iter(rounds.values()))
    return [_figures(name, of_one, yardstick) for name, of_one in rounds.items()]


def _figures(name: str, rounds: Sequence[Round], yardstick: Sequence[Round]) -> dict[str, Any]:
    samples = [one.sample for one in rounds]
    ratios = [one.per_second / base.sample.per_second for one, base in zip(samples, yardstick)]
    return {
        "subject": name,
        "per_second": round(median(sample.per_second for sample in samples), 1),
        "p50_ms": round(median(sample.p50 for sample in samples), 2),
        "p99_ms": round(median(sample.p99 for sample in samples), 2),
        "errors": sum(sample.errors for sample in samples),
        "cpu_us": {kind: round(median(one.cpu.get(kind, 0.0) for one in rounds), 1) for kind in CPU},
        "ratio": {"min": round(min(ratios), 3), "median": round(median(ratios), 3), "max": round(max(ratios), 3)},
        "bar": BARS.get(name),
        "rounds": [{"per_second": round(one.sample.per_second, 1), "cpu_us": dict(one.cpu)} for one in rounds],
    }


def header(about: Mapping[str, Any]) -> str:
    """The lines above the table."""
    workers = ", ".join(f"{count} {pool}" for pool, count in about["workers"].items())
    return "\n".join([
        f"{about['machine']}, {about['cores']} cores, Linux {about['kernel']}, load {about['load_before']} before",
        ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
        f"workers: {workers}, {about['workers']['api']} C hello; {about['connections']} connections,"
        f" {about['rounds']} rounds of {about['seconds']} s",
    ])


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Aligned columns; numbers to the right."""
    titles = ["subject", "requests/s", "p50 ms", "p99 ms", "errors", "of C hello", "(min–max)"]
    titles += [f"{kind} µs" for kind in CPU] + ["bar"]
    lines = [titles] + [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    return "\n".join(
        "  ".join(cell.rjust(width) if column else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in lines
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    ratio, bar = row["ratio"], row["bar"]
    verdict = "" if bar is None else f"≥ {bar} " + ("held" if ratio["median"] >= bar else "MISSED")
    return [
        row["subject"], f"{row['per_second']:,.0f}", f"{row['p50_ms']:.2f}", f"{row['p99_ms']:.2f}",
        str(row["errors"]), f"{ratio['median']:.2f}", f"({ratio['min']:.2f}–{ratio['max']:.2f})",
        *(f"{row['cpu_us'][kind]:.0f}" if row["cpu_us"][kind] else "" for kind in CPU), verdict,
    ]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join(found[1].split()) if found else platform.machine()


def _version(argv: Sequence[str]) -> str:
    """The first number with a dot in what the program prints about itself, wherever it prints it."""
    try:
        run = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = re.search(r"\d+\.\d[\w.+~-]*", run.stdout + run.stderr)
    return found[0] if found else "unknown"
