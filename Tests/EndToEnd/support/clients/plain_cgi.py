"""The program as plain CGI, beside a running service."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path


def cgi(binary: Path, body: bytes = b"", env: dict[str, str] | None = None, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """One request in the environment of a web server that has nothing else in it."""
    return subprocess.run(
        [str(binary)], input=body, capture_output=True, timeout=20, check=False,
        env={"PATH": "/usr/bin:/bin", "GATEWAY_INTERFACE": "CGI/1.1", "IRIS_ENV_FILE": "/dev/null", **(env or {}), **variables})


def service_env(iris) -> dict[str, str]:
    """What the running service's workers were started with."""
    lines = [shlex.split(line.removeprefix("export ")) for line in (iris.directory / "env").read_text().splitlines() if "=" in line]
    pairs = [words[0].split("=", 1) for words in lines if words]
    return {name: value for name, value in pairs if name.startswith("IRIS_")}
