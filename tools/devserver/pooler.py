"""A private PgBouncer between the workers and the cluster: the file that a sysadmin installs, at other places."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from .children import Command
from .cluster import DATABASE, LOGIN_ROLE, Cluster
from .layout import Layout
from .settings import PROJECT
from .words import Refusal

PROGRAM = Path("/usr/sbin/pgbouncer")
SHIPPED = PROJECT / "deploy" / "pgbouncer.ini"
PORT = 6432


class Pooler:
    """Writes the configuration and names the command. The workers log in with a password, PgBouncer without one."""

    def __init__(self, layout: Layout, cluster: Cluster, size: int | None) -> None:
        self._layout = layout
        self._cluster = cluster
        self._size = size
        # A folder of its own: PostgreSQL clears its one when it starts.
        self._sock = layout.sock / "pool"
        self._folder = layout.root / "tmp"
        self._password = secrets.token_hex(16)

    @property
    def url(self) -> str:
        """What the workers connect with."""
        return f"postgresql://{LOGIN_ROLE}:{self._password}@/{DATABASE}?host={self._sock}&port={PORT}"

    def configure(self) -> None:
        """The shipped file with this server's own places."""
        if not PROGRAM.exists():
            raise Refusal(f"PgBouncer is not installed at {PROGRAM}: tools/install-packages test")
        self._sock.mkdir(mode=0o700, exist_ok=True)
        self._layout.user.give(self._sock)
        users = self._folder / "userlist.txt"
        places = {
            DATABASE: f"host={self._cluster.sock} port=5432 dbname={DATABASE}",
            "unix_socket_dir": str(self._sock),
            "auth_file": str(users),
            "logfile": "",
            "pidfile": "",
        }
        if self._size is not None:
            places |= {"default_pool_size": str(self._size), "reserve_pool_size": "0"}
        text = SHIPPED.read_text(encoding="utf-8")
        for name, value in places.items():
            text, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
            if count != 1:
                raise Refusal(f"{SHIPPED} has {count} lines {name}.")
        self._write(self._ini, text)
        self._write(users, f'"{LOGIN_ROLE}" "{self._password}"\n')

    def server(self) -> Command:
        """PgBouncer in the foreground; its log is its standard error."""
        log = self._layout.log / "pgbouncer.log"
        return Command([str(PROGRAM), str(self._ini)], {"PATH": "/usr/bin:/bin"}, self._folder, self._layout.user, log)

    @property
    def _ini(self) -> Path:
        return self._folder / "pgbouncer.ini"

    def _write(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        self._layout.user.give(path)
