"""What the caller asked for: IRIS_DEV_* variables, and switches that only tests and the bench use."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .words import Refusal

PROJECT = Path(__file__).resolve().parents[2]
POOLS = {"api": 4, "auth": 2, "chat": 8}
PREFIX = "IRIS_DEV_"


@dataclass(frozen=True)
class Settings:
    """One development server, as asked for."""

    directory: Path
    port: int
    metrics_port: int
    workers: Mapping[str, int]
    origins: tuple[str, ...]
    limits: bool
    binary: Path
    fsync: bool
    #: Between two runs of `iris-fcgi maintain`.
    maintain_seconds: int = 60
    #: Server connections of a PgBouncer in between, 0 for the number of the shipped file; None for no PgBouncer.
    pooler: int | None = None


def read(argv: list[str], environ: Mapping[str, str]) -> Settings:
    """Reads and checks everything, so that mistakes are said before anything starts."""
    options = _arguments(argv)
    port = _number(environ, "PORT", 8003, 1, 65534)
    mode = environ.get(PREFIX + "MODE") or "release"
    if mode not in ("release", "debug"):
        raise Refusal(f"IRIS_DEV_MODE={mode} is unknown: say release or debug.")
    binary = (options.binary or PROJECT / ".build" / mode / "iris-fcgi").absolute()
    if not binary.is_file():
        raise Refusal(f"{binary} does not exist: run `make build` (or `make run`, which builds first).")
    metrics_port = _number(environ, "METRICS_PORT", port + 1, 1, 65535)
    if metrics_port == port:
        raise Refusal(f"IRIS_DEV_METRICS_PORT is {port} as well: choose another port for one of them.")
    return Settings(
        directory=Path(environ.get(PREFIX + "DIR") or ".run").absolute(),
        port=port,
        metrics_port=metrics_port,
        workers={pool: _number(environ, f"{pool.upper()}_WORKERS", n, 1, 1024) for pool, n in POOLS.items()},
        origins=_origins(environ.get(PREFIX + "CORS_ORIGINS", "http://localhost:3000")),
        limits=environ.get(PREFIX + "LIMITS") == "1",
        binary=binary,
        fsync=not options.no_fsync,
        maintain_seconds=_number(environ, "MAINTAIN_SECONDS", 60, 1, 86400),
        pooler=options.pooler,
    )


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devserver", description="Runs Iris for development; IRIS_DEV_* set it up.")
    parser.add_argument("--binary", type=Path, help="serve with this program instead of the one in .build")
    parser.add_argument("--no-fsync", action="store_true", help="fast and not durable: for tests and measurements")
    parser.add_argument("--pooler", type=int, metavar="SIZE", help="put a PgBouncer with so many server connections in between")
    return parser.parse_args(argv)


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(PREFIX + name, "")
    if text == "":
        return default
    if not (re.fullmatch(r"[0-9]{1,6}", text) and least <= int(text) <= most):
        raise Refusal(f"{PREFIX}{name}={text} is not a number from {least} to {most}.")
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(word.strip() for word in text.split(",") if word.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", origin):
            raise Refusal(f"IRIS_DEV_CORS_ORIGINS: {origin} is not an origin such as http://localhost:3000.")
    return origins
