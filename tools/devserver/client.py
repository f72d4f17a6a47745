"""A development server for tests and the bench: started as a process of its own, exactly as `make run` starts it."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .layout import remove
from .settings import PREFIX

TOOLS = Path(__file__).resolve().parents[1]


class DevServer:
    """`with DevServer(Path("/tmp/x"), env={"IRIS_GEMINI_BASE_URL": …}) as server: … server.url …`

    The caller's own IRIS_* variables are not passed on, so a test sees what it asked for. Without a port, two free
    ones are chosen. Without a directory, one is made under /tmp and removed by `stop`. `pooler` puts a PgBouncer between
    workers and database (its number of server connections, 0 for that of the shipped file), as does IRIS_TEST_POOLER=1 for
    all servers. `inside` is a command that runs what follows it somewhere else, such as in another network.
    """

    def __init__(
        self,
        directory: Path | None = None,
        port: int | None = None,
        *,
        api: int = 2,
        auth: int = 1,
        chat: int = 2,
        env: Mapping[str, str] | None = None,
        binary: Path | None = None,
        fsync: bool = False,
        limits: bool = False,
        maintain_seconds: int = 3600,
        origins: str | None = None,
        pooler: int | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        self._temporary = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="iris-dev-", dir="/tmp"))
        self.port = port or free_ports()
        self.metrics_port = self.port + 1
        self._flags = [] if fsync else ["--no-fsync"]
        if binary is not None:
            self._flags += ["--binary", str(binary)]
        if pooler is None and os.environ.get("IRIS_TEST_POOLER") == "1":
            pooler = 0
        if pooler is not None:
            self._flags += ["--pooler", str(pooler)]
        self._inside = list(inside)
        sizes = {"API": api, "AUTH": auth, "CHAT": chat}
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IRIS_")},
            **dict(env or {}),
            PREFIX + "DIR": str(self.directory),
            PREFIX + "PORT": str(self.port),
            PREFIX + "METRICS_PORT": str(self.metrics_port),
            **{f"{PREFIX}{pool}_WORKERS": str(size) for pool, size in sizes.items()},
            PREFIX + "LIMITS": "1" if limits else "0",
            PREFIX + "MAINTAIN_SECONDS": str(maintain_seconds),
            "PYTHONPATH": str(TOOLS),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if origins is not None:
            self._env[PREFIX + "CORS_ORIGINS"] = origins
        self._output = tempfile.TemporaryFile()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 90.0) -> DevServer:
        """Returns once it is ready; otherwise fails with everything the runner said."""
        argv = [*self._inside, sys.executable, "-m", "devserver", *self._flags]
        self._process = subprocess.Popen(
            argv, env=self._env, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + timeout
        while f"ready {self.url}\n" not in self.said():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The development server did not become ready:\n{self.said()}")
            time.sleep(0.02)
        return self

    def stop(self, timeout: float = 60.0) -> int:
        """SIGTERM, and the exit code. Kills the runner, and with it everything, if that takes too long."""
        code = 0
        if self._process is not None:
            self._process.terminate()
            try:
                code = self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
            self._process = None
        if self._temporary:
            remove(self.directory)
        return code

    def __enter__(self) -> DevServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def said(self) -> str:
        """All output of the runner so far."""
        return os.pread(self._output.fileno(), 1 << 20, 0).decode("utf-8", "replace")

    @property
    def url(self) -> str:
        """Where nginx listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def metrics_url(self) -> str:
        """The listener of /metrics, without a slash at the end."""
        return f"http://127.0.0.1:{self.metrics_port}"

    @property
    def log_dir(self) -> Path:
        """api.log, auth.log, chat.log (JSON lines), maintain.log, access.log, nginx-error.log, postgresql.log."""
        return self.directory / "log"

    @property
    def state(self) -> dict[str, Any]:
        """The runner's own account of process ids and addresses, as of now."""
        return json.loads((self.directory / "run.json").read_text(encoding="utf-8"))

    def pids(self, pool: str) -> list[int]:
        """The living workers of `api`, `auth` or `chat`."""
        return list(self.state["pools"][pool])

    @property
    def postgres_pid(self) -> int:
        """The postmaster."""
        return int(self.state["postgres"])

    @property
    def nginx_pid(self) -> int:
        """nginx's master process."""
        return int(self.state["nginx"])

    @property
    def runner_pid(self) -> int:
        """The runner."""
        return int(self.state["runner"])

    @property
    def database_url(self) -> str:
        """As the workers see the database: role `iris`."""
        return str(self.state["database_url"])

    @property
    def superuser_url(self) -> str:
        """The same database with every right."""
        return str(self.state["superuser_url"])

    def log_lines(self, pool: str) -> list[dict[str, Any]]:
        """The JSON lines of one pool's log; lines that are no JSON appear as {"raw": …}."""
        path = self.log_dir / f"{pool}.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return [_json_or_raw(line) for line in text.splitlines() if line.strip()]

    def command(self, *words: str, stdin: str = "", timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Runs `iris-fcgi WORDS…` as a developer does after `. env`."""
        script = f". {shlex.quote(str(self.directory / 'env'))} && exec iris-fcgi \"$@\""
        return subprocess.run(
            [*self._inside, "/bin/sh", "-c", script, "sh", *words],
            input=stdin, capture_output=True, text=True, timeout=timeout, check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )

    def stop_postgres(self) -> None:
        """A database that is down: the runner leaves it so until `start_postgres`."""
        pid = self.postgres_pid
        (self.directory / "postgres.hold").touch()
        os.kill(pid, signal.SIGINT)
        self._await(lambda: self.state["postgres"] is None)

    def start_postgres(self) -> None:
        """Lets the runner bring it back; returns once there is a new postmaster (it may still be starting)."""
        (self.directory / "postgres.hold").unlink(missing_ok=True)
        self._await(lambda: self.state["postgres"] is not None)

    def _await(self, condition: Any, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:.0f} s; the runner said:\n{self.said()}")
            time.sleep(0.05)


def free_ports() -> int:
    """A port that is free together with its successor, below those that the kernel lends to outgoing connections."""
    while True:
        port = random.randrange(20000, 32000, 2)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


def _json_or_raw(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {"raw": line}
    return value if isinstance(value, dict) else {"raw": line}
