"""Runs `iris-fcgi check` beside a service and reads what it says."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from devserver import DevServer

#: Every probe has a deadline, so that a check of a dead host ends within so many seconds.
LONGEST = 60.0


@dataclass(frozen=True)
class Report:
    """What a check found."""

    code: int
    findings: list[dict[str, str]] = field(repr=False)
    seconds: float
    words: str

    def of(self, name: str) -> list[str]:
        """`status: found` of each finding of a name."""
        return [f"{found['status']}: {found['found']}" for found in self.findings if found["name"] == name]

    def one(self, name: str) -> str:
        """The only finding of a name."""
        [found] = self.of(name)
        return found

    def bad(self) -> list[str]:
        """Names of all warnings and failures."""
        return [found["name"] for found in self.findings if found["status"] in ("warning", "failed")]


def check(
    server: DevServer, *words: str, stdin: str = "", nginx: Path | None = None, within: str = "",
    folder: Path | None = None, **env: str,
) -> Report:  # fmt: skip
    """A check with the service's settings and some others over them; none of their secrets may be printed.

    `within` is what starts it, in `folder`."""
    settings = dict(
        line.removeprefix("export ").split("=", 1)
        for line in (server.directory / "env").read_text(encoding="utf-8").splitlines() if "=" in line)
    over = " ".join(shlex.quote(f"{name}={value}") for name, value in env.items())
    main = nginx or server.directory / "nginx" / "nginx.conf"
    settings_file = shlex.quote(str(server.directory / "env"))
    script = f'. {settings_file} && exec {within} env {over} iris-fcgi check --json --nginx "$@"'
    start = time.monotonic()
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(main), *words], input=stdin, capture_output=True, text=True,
        timeout=LONGEST, check=False, cwd=folder, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})  # fmt: skip
    output = done.stdout + done.stderr
    for name in ("IRIS_JWT_SECRET", "IRIS_ANONYMISATION_KEY", "IRIS_GEMINI_API_KEYS"):
        for secret in (settings.get(name, "").strip("'"), env.get(name, "")):
            assert not secret or secret not in output, f"{name} is printed"
    assert stdin.strip() == "" or stdin.strip() not in output, "the token is printed"
    return Report(done.returncode, json.loads(done.stdout)["checks"], time.monotonic() - start, output)
