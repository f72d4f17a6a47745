"""A private PostgreSQL: one data directory, one unix socket, no TCP."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from .children import Command
from .service_user import ServiceUser
from .words import Refusal

INSTALLED = Path("/usr/lib/postgresql")  # Debian's layout: one folder per major version
SUPERUSER = "postgres"
DATABASE = "iris"
#: What the workers log in as; schema.sql gives all rights to the group role.
LOGIN_ROLE = "iris"
GROUP_ROLE = "iris_app"
START_SECONDS = 60.0


def script_text(path: Path) -> str:
    """A script of psql's with what its \\ir lines include, for a server whose user may not read the project's folder."""
    return re.sub(r"(?m)^\\ir (.+)$", lambda line: script_text(path.parent / line[1]), path.read_text(encoding="utf-8"))


class Cluster:
    """Creates, starts and talks to one cluster. Only the service user and root can enter the socket's folder, so
    whoever gets there is trusted."""

    def __init__(
        self, data: Path, sock: Path, log: Path, user: ServiceUser, *, connections: int, fsync: bool = True
    ) -> None:
        self.data = data
        self.sock = sock
        self.log = log
        self.user = user
        self.connections = connections
        self.fsync = fsync
        self.programs = _programs_for(data)

    def url(self, role: str, database: str = DATABASE) -> str:
        """A libpq URI over the unix socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sock), safe='')}"

    def create_if_missing(self) -> bool:
        """initdb into a subfolder and renames, so that an interrupted one is never taken for a cluster."""
        if (self.data / "PG_VERSION").exists():
            return False
        for rest in self.data.iterdir():  # of an interrupted attempt
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        fresh = self.data / "new"
        options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        if not self.fsync:
            options.append("--no-sync")
        code, output = self._command("initdb", *options, "--pgdata", str(fresh)).run()
        if code != 0:
            raise Refusal(f"initdb failed in {self.data}:\n{output}")
        version = fresh / "PG_VERSION"
        for entry in fresh.iterdir():
            if entry != version:
                entry.rename(self.data / entry.name)
        version.rename(self.data / version.name)  # last: its presence says that the cluster is complete
        fresh.rmdir()
        return True

    def follow(self, primary: Cluster, name: str) -> None:
        """Makes this one a standby of a running cluster, where it is known by this name. Nothing may be here yet."""
        source = f"{primary.url(SUPERUSER, '')}&application_name={name}"
        options = ["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf", "--no-sync"]
        code, output = self._command("pg_basebackup", *options, "--dbname", source, "--pgdata", str(self.data)).run()
        if code != 0:
            raise Refusal(f"pg_basebackup failed in {self.data}:\n{output}")

    def server(self) -> Command:
        """The postmaster in the foreground. Should the runner vanish, it gets a fast shutdown."""
        (self.data / "pg_hba.conf").write_text("local all,replication all trust\n", encoding="ascii")
        for stale in self.sock.glob(".s.PGSQL.*"):
            stale.unlink()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sock),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.connections),
            "shared_buffers": "64MB",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # No value of a statement and no row that was refused: they are users' words.
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
        }
        if not self.fsync:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self._command("postgres", "-D", str(self.data), *flags, orphan_signal=signal.SIGINT)

    def await_predecessor(self, sleep: Callable[[float], None]) -> None:
        """Waits for the postmaster of a killed runner, which is still shutting down."""
        deadline = time.monotonic() + START_SECONDS
        while (pid := self._postmaster()) is not None and _is_postmaster_of(pid, self.data):
            if time.monotonic() > deadline:
                raise Refusal(f"An older PostgreSQL (process {pid}) still runs in {self.data}. End it: kill -INT {pid}")
            sleep(0.05)
        if pid is not None and Path(f"/proc/{pid}").exists():
            # The number belongs to somebody else by now, which PostgreSQL would take for a rival.
            (self.data / "postmaster.pid").unlink()

    def await_ready(self, pid: Callable[[], int | None], sleep: Callable[[float], None]) -> None:
        """Until the postmaster says so in its pid file (its eighth line)."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(pid()):
            if time.monotonic() > deadline:
                raise Refusal(f"PostgreSQL did not start within {START_SECONDS:.0f} s; see {self.log}")
            sleep(0.02)

    def prepare_database(self, schema: Path) -> None:
        """The database, the schema (every time: it is made to be applied again), the role of the workers."""
        exists = self.psql(SUPERUSER, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'")
        if exists != "1":
            self.psql(SUPERUSER, f"CREATE DATABASE {DATABASE}")
        self.apply(schema, DATABASE)

    def prepare_template(self, schema: Path, name: str) -> None:
        """A database to be cloned by tests: CREATE DATABASE x TEMPLATE name."""
        self.psql(SUPERUSER, f"CREATE DATABASE {name}")
        self.apply(schema, name)

    def apply(self, schema: Path, database: str) -> None:
        """schema.sql in one transaction, then the login role in the group role that the schema made."""
        try:
            source = script_text(schema).encode()
        except OSError as error:
            raise Refusal(f"{schema} cannot be read: {error.strerror}") from error
        self._psql(database, source, f"{schema} could not be applied")
        role = (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN_ROLE}') THEN"
            f" CREATE ROLE {LOGIN_ROLE} LOGIN; END IF; END $$; GRANT {GROUP_ROLE} TO {LOGIN_ROLE};"
        )
        self._psql(database, role.encode(), f"The role {LOGIN_ROLE} could not be made")

    def psql(self, database: str, statement: str) -> str:
        """Runs one statement as the superuser; its output, unaligned."""
        return self._psql(database, statement.encode(), f"PostgreSQL refused: {statement}")

    def _psql(self, database: str, source: bytes, failure: str, *options: str) -> str:
        url = self.url(SUPERUSER, database)
        flags = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *options, "-d", url]
        code, output = self._command("psql", *flags).run(source)
        if code != 0:
            raise Refusal(f"{failure}:\n{output}")
        return output

    def _command(self, program: str, *words: str, orphan_signal: signal.Signals = signal.SIGKILL) -> Command:
        path = f"{self.programs}:/usr/bin:/bin"
        env = {"PATH": path, "LANG": "C.UTF-8", "PGOPTIONS": "-c client_min_messages=warning"}
        return Command(
            [str(self.programs / program), *words], env, self.data, self.user, self.log, orphan_signal=orphan_signal
        )

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _postmaster(self) -> int | None:
        lines = self._pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _ready(self, pid: int | None) -> bool:
        lines = self._pid_lines()
        return pid is not None and len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _programs_for(data: Path) -> Path:
    """The programs of the version that made the cluster, else of the newest installed."""
    found = {path.parent.parent.name: path.parent for path in INSTALLED.glob("*/bin/postgres")}
    if not found:
        raise Refusal(f"PostgreSQL's server is not installed under {INSTALLED}: tools/install-packages run")
    try:
        version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return found[max(found, key=lambda name: [int(part) for part in name.split(".") if part.isdigit()])]
    if version not in found:
        have = ", ".join(sorted(found))
        raise Refusal(
            f"{data} was made by PostgreSQL {version}, but only {have} is installed. Install postgresql-{version},"
            " or let `make clean` remove the development data."
        )
    return found[version]


def _is_postmaster_of(pid: int, data: Path) -> bool:
    """A postmaster's working directory is its data directory."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False
