"""PostgreSQL and the program on a clock that a test moves: libfaketime in both, which read one file."""

from __future__ import annotations

import ctypes
import dataclasses
import glob
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
from devserver.cluster import DATABASE, LOGIN_ROLE, SUPERUSER, Cluster
from devserver.service_user import ServiceUser
from devserver.settings import PROJECT
from plain_cgi import cgi

LIBRARY = "/usr/lib/*/faketime/libfaketime.so.1"


class MovedClock:
    """A database, and the program as a command and as plain CGI beside it, at a moment of the test's choice."""

    def __init__(self, folder: Path, binary: Path, env: dict[str, str]) -> None:
        [library] = glob.glob(LIBRARY)
        self._offset = folder / "offset"
        self._clock = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self._offset), "FAKETIME_NO_CACHE": "1",
            # Deadlines and durations are those of the world.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_SHARED": self._share(),
        }
        self._user = ServiceUser.current()
        self._binary = folder / "iris-fcgi"
        shutil.copyfile(binary, self._binary)
        self._binary.chmod(0o755)
        for name in ("pg", "sock", "state", "runtime"):
            (folder / name).mkdir(mode=0o700)
            self._user.give(folder / name)
        self.cluster = Cluster(
            folder / "pg", folder / "sock", folder / "postgresql.log", self._user, connections=20, fsync=False)
        self.superuser_url = self.cluster.url(SUPERUSER)
        self._env = {
            "IRIS_DATABASE_URL": self.cluster.url(LOGIN_ROLE), "IRIS_STATE_DIR": str(folder / "state"),
            "IRIS_RUNTIME_DIR": str(folder / "runtime"), "IRIS_JWT_SECRET": secrets.token_hex(32),
            "IRIS_ANONYMISATION_KEY": secrets.token_hex(32), **self._clock, **env,
        }  # fmt: skip
        self._pid = 0

    def _share(self) -> str:
        """The semaphore and the memory that processes under libfaketime have in common. Each makes its own unless it finds
        their names in its environment, and to write them there it moves the environment away from the arguments, behind
        which Swift looks for them."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.sem_open.restype = ctypes.c_void_p
        semaphore, memory = f"/iris_clock_sem_{os.getpid()}", f"/iris_clock_{os.getpid()}"
        before = os.umask(0)
        try:
            assert libc.sem_open(semaphore.encode(), os.O_CREAT, 0o666, 1), "no semaphore"
            descriptor = libc.shm_open(memory.encode(), os.O_CREAT | os.O_RDWR, 0o666)
            os.ftruncate(descriptor, 4096)
            os.close(descriptor)
        finally:
            os.umask(before)
        self._unshare = lambda: (libc.sem_unlink(semaphore.encode()), libc.shm_unlink(memory.encode()))
        return f"{semaphore} {memory}"

    def start(self, moment: datetime) -> None:
        """A new cluster that never knew another time than this one."""
        self.set(moment)
        self.cluster.create_if_missing()
        command = self.cluster.server()
        self._pid = dataclasses.replace(command, env={**command.env, **self._clock}).start()
        self.cluster.await_ready(lambda: self._pid, time.sleep)
        self.cluster.prepare_database(PROJECT / "schema.sql")

    def stop(self) -> None:
        """Nothing in it is worth a checkpoint."""
        self._unshare()
        if self._pid:
            os.kill(self._pid, signal.SIGQUIT)
            os.waitpid(self._pid, 0)

    def set(self, moment: datetime) -> None:
        """From now on it is this moment, for everybody, and time goes on from there."""
        fresh = self._offset.with_suffix(".new")
        fresh.write_text(f"{moment.timestamp() - time.time():+.0f}\n", encoding="ascii")
        fresh.chmod(0o644)
        fresh.replace(self._offset)

    @contextmanager
    def database(self, name: str = DATABASE) -> Iterator[Any]:
        """A cursor with every right, one transaction per statement."""
        connection = psycopg2.connect(self.cluster.url(SUPERUSER, name))
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def maintain(self) -> dict[str, Any]:
        """One run, as the workers' user; what it did."""
        identity = {"user": self._user.uid, "group": self._user.gid, "extra_groups": []} if self._user.drops else {}
        run = subprocess.run(
            [str(self._binary), "maintain", "--json"], capture_output=True, text=True, timeout=60, check=False,
            cwd="/", env={"PATH": "/usr/bin:/bin", "IRIS_ENV_FILE": "/dev/null", **self._env}, **identity)  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout)

    def ask(self, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        """A request as plain CGI; the JSON of its answer, which must be a success."""
        sent = json.dumps(body).encode()
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        done = cgi(
            self._binary, sent, self._env, REQUEST_METHOD="POST", PATH_INFO=path, CONTENT_LENGTH=str(len(sent)),
            CONTENT_TYPE="application/json", **headers)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        assert head.startswith(b"Status: 2"), done.stdout + done.stderr
        return json.loads(answer)


@contextmanager
def moved_clock(binary: Path, moment: datetime, **env: str) -> Iterator[MovedClock]:
    """Everything of it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="iris-clock-", dir="/tmp"))
    folder.chmod(0o755)
    world = MovedClock(folder, binary, env)
    try:
        world.start(moment)
        yield world
    finally:
        world.stop()
        shutil.rmtree(folder, ignore_errors=True)
