"""Who runs PostgreSQL, the workers and nginx.

PostgreSQL refuses to run as root, and a worker has no business being root, so a runner started by root hands
everything to `nobody`. An ordinary user runs everything as themselves.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

SERVICE_ACCOUNT = "nobody"


@dataclass(frozen=True)
class ServiceUser:
    """The account of all child processes; `drops` says that it is another one than the runner's."""

    name: str
    uid: int
    gid: int
    drops: bool

    @staticmethod
    def current() -> ServiceUser:
        """`nobody` for root, oneself for everybody else."""
        if os.geteuid() == 0:
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
            return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid, drops=True)
        try:
            name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:  # a user id without an entry, as containers have them
            name = str(os.geteuid())
        return ServiceUser(name, os.geteuid(), os.getegid(), drops=False)

    def become(self) -> None:
        """Gives up every right of root for good. Only ever called in a forked child."""
        if self.drops:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def can_access(self, path: Path, mode: int) -> bool:
        """Asks the kernel as that user, in a forked child: permission bits alone miss parents, ACLs and mounts."""
        child = os.fork()
        if child == 0:
            allowed = False
            try:
                self.become()
                allowed = os.access(path, mode)
            finally:
                os._exit(0 if allowed else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def give(self, path: Path) -> None:
        """Makes the service user the owner of a path, without following a symbolic link."""
        if self.drops:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
