"""One burst of load with wrk, and what came of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
#: Beyond this wrk counts a request as failed; a chat is given 30 s by the service.
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Subject:
    """Something that is measured: a name for the table and what is asked for."""

    name: str
    url: str
    #: A file of access tokens makes it a chat.
    tokens: Path | None = None


@dataclass(frozen=True)
class Sample:
    """One burst. Latencies are milliseconds as the client saw them."""

    requests: int
    per_second: float
    p50: float
    p99: float
    #: Answers that were none: refused by status, incomplete, broken connections, timeouts.
    errors: int


def burst(subject: Subject, seconds: float, connections: int) -> Sample:
    """Asks as fast as answers come, over so many kept connections; one thread, as the cores belong to the service."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", f"--timeout={TIMEOUT_SECONDS}s"]
    argv += ["-s", str(SCRIPT), subject.url]
    if subject.tokens is not None:
        argv += ["--", str(subject.tokens)]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = run.stdout.strip().splitlines()
    if run.returncode != 0 or not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"wrk failed on {subject.url}:\n{run.stdout}{run.stderr}")
    return _sample(json.loads(lines[-1]))


def _sample(told: dict[str, int]) -> Sample:
    # An answer refused by its status is an incomplete chat as well: counted once.
    errors = max(told["refused"], told["incomplete"]) + told["broken"] + told["timeouts"]
    return Sample(
        requests=told["requests"],
        per_second=told["requests"] / (told["microseconds"] / 1e6),
        p50=told["p50"] / 1e3,
        p99=told["p99"] / 1e3,
        errors=errors,
    )
