"""What the workers are started with, and the shell file that gives a developer the same."""

from __future__ import annotations

import os
import secrets
import shlex
import zlib
from collections.abc import Mapping
from pathlib import Path

from .settings import PREFIX

#: Names and checksums of the values that a runner made up. Somebody who sourced one server's `env` and starts
#: another must not hand the first one's database to the second.
GENERATED = PREFIX + "GENERATED"
SECRETS = ("IRIS_JWT_SECRET", "IRIS_ANONYMISATION_KEY")
SITE = "http://localhost:3000"


def for_workers(
    caller: Mapping[str, str],
    secrets_file: Path,
    *,
    database_url: str,
    prepares: bool,
    state: Path,
    runtime: Path,
) -> tuple[dict[str, str], dict[str, str]]:
    """Two parts: what the caller set, and what is made up for the rest."""
    given = _given(caller)
    made = {
        "IRIS_ENV_FILE": "/dev/null",  # a host's /etc/iris is none of our business
        "IRIS_DATABASE_URL": database_url,
        **({} if prepares else {"IRIS_DATABASE_PREPARE": "off"}),
        "IRIS_STATE_DIR": str(state),
        "IRIS_RUNTIME_DIR": str(runtime),
        "IRIS_PUBLIC_URL": SITE,
        "IRIS_LOGIN_URL": f"{SITE}/login",
        "IRIS_UPGRADE_URL": f"{SITE}/premium",
        **_kept_secrets(secrets_file),
    }
    return given, {name: value for name, value in made.items() if name not in given and f"{name}_FILE" not in given}


def process_environment(iris: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the developer's shell but IRIS_*, as under systemd."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **iris}


def write_shell_file(path: Path, given: Mapping[str, str], made: Mapping[str, str], programs: Path) -> None:
    """`. env` gives a shell everything the workers have, and finds `iris-fcgi`. Only its owner can read it."""
    marks = ",".join(f"{name}:{_checksum(value)}" for name, value in sorted(made.items()))
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted({**given, **made}.items())]
    lines += [f"export {GENERATED}={shlex.quote(marks)}", f'export PATH={shlex.quote(str(programs))}:"$PATH"']
    write_private(path, "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once, mode 0600: a reader sees the old one or the new one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _given(caller: Mapping[str, str]) -> dict[str, str]:
    marks = dict(mark.rsplit(":", 1) for mark in caller.get(GENERATED, "").split(",") if ":" in mark)
    return {
        name: value
        for name, value in caller.items()
        if name.startswith("IRIS_") and not name.startswith(PREFIX) and marks.get(name) != _checksum(value)
    }


def _kept_secrets(path: Path) -> dict[str, str]:
    """Made once: tokens and pseudonyms stay valid over restarts."""
    kept: dict[str, str] = {}
    if path.exists():
        kept = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    if any(name not in kept for name in SECRETS):
        kept = {name: kept.get(name) or secrets.token_hex(32) for name in SECRETS}
        write_private(path, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return {name: kept[name] for name in SECRETS}


def _checksum(value: str) -> str:
    return f"{zlib.crc32(value.encode('utf-8', 'surrogateescape')):08x}"
