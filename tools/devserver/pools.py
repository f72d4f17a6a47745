"""The three pools of workers and their listening sockets, which the runner holds as systemd would."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from .children import Command, Kept
from .environment import process_environment
from .layout import Layout

#: A flood of 500 logins a second is told from a crowd within 1.5 s, and must not have filled the queue by then.
BACKLOG = 1024
#: As in the units: what hashes passwords takes the processors that the other pools leave.
NICENESS = {"auth": 10}


class Pool:
    """One listening socket and the workers that accept from it. Workers come and go, the socket stays."""

    def __init__(self, name: str, size: int, layout: Layout, binary: Path, iris: Mapping[str, str]) -> None:
        self.name = name
        self.path = layout.sock / f"{name}.sock"
        self.log = layout.log / f"{name}.log"
        self._layout = layout
        self._argv = [str(binary)]
        self._env = process_environment(iris) | {"LISTEN_FDNAMES": f"iris-{name}"}
        self._listener = _listen(self.path)
        layout.user.give(self.path)
        self.workers = [Kept(f"{name} worker", self._command, quiet_exit=True) for _ in range(size)]

    def close(self) -> None:
        """Refuses what is still queued."""
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _command(self) -> Command:
        user, runtime = self._layout.user, self._layout.runtime
        listener, niceness = self._listener.fileno(), NICENESS.get(self.name, 0)
        return Command(self._argv, self._env, runtime, user, self.log, listener=listener, niceness=niceness)


def _listen(path: Path) -> socket.socket:
    """Mode 0660 from the first moment. Non-blocking for all workers at once: the flag is shared (open(2))."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.setblocking(False)
    old = os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(old)
    listener.listen(BACKLOG)
    return listener
