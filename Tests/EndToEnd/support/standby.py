"""A streaming standby of a development server's PostgreSQL: pg_basebackup, a postmaster of its own, and its promotion."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from devserver import DevServer
from devserver.cluster import LOGIN_ROLE, SUPERUSER, Cluster
from devserver.service_user import ServiceUser
from service import wait_until

#: As many as the primary has at least, or the standby would not start.
CONNECTIONS = 100
NAME = "standby"


class Standby:
    """Its folder is known before its primary exists, so that the workers' URL can name both."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="iris-standby-", dir="/tmp"))
        user = ServiceUser.current()
        for path in (self.folder, self.folder / "pg", self.folder / "sock"):
            path.mkdir(mode=0o700, exist_ok=True)
            user.give(path)
        self.log = self.folder / "postgresql.log"
        self.cluster = Cluster(self.folder / "pg", self.folder / "sock", self.log, user, connections=CONNECTIONS, fsync=False)
        self._pid = 0

    @property
    def url(self) -> str:
        """As the workers see it."""
        return self.cluster.url(LOGIN_ROLE)

    def follow(self, server: DevServer) -> None:
        """Copies the server's cluster and begins to follow it. Statements are in its log."""
        state = server.directory.resolve()
        source = Cluster(state / "pg", (state / "sock").resolve(), self.log, self.cluster.user, connections=1)
        self.cluster.follow(source, NAME)
        with (self.folder / "pg" / "postgresql.auto.conf").open("a", encoding="ascii") as file:
            file.write("log_statement = 'all'\n")
        self.start()

    def start(self) -> None:
        """Returns once it answers."""
        self._pid = self.cluster.server().start()
        wait_until(lambda: self._answers(), 30, why=lambda: self.log.read_text())

    def stop(self) -> None:
        """At once."""
        if self._pid:
            os.kill(self._pid, signal.SIGQUIT)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def promote(self) -> None:
        """From now on it takes writes."""
        self.query("SELECT pg_promote()")
        wait_until(lambda: self.query("SELECT pg_is_in_recovery()") == [(False,)], 20)

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        """With every right."""
        connection = psycopg2.connect(self.cluster.url(SUPERUSER))
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            return self.query("SELECT 1") == [(1,)]
        except psycopg2.Error:
            return False


def synchronise(server: DevServer) -> None:
    """From now on the primary acknowledges no commit to new connections that the standby has not written."""
    connection = psycopg2.connect(server.superuser_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
    # Outranks what a server for tests was started with.
    cursor.execute("ALTER DATABASE iris SET synchronous_commit = on")
    cursor.execute("SELECT pg_reload_conf()")

    def follows() -> Any:
        cursor.execute("SELECT sync_state FROM pg_stat_replication WHERE application_name = %s", (NAME,))
        return cursor.fetchall() == [("sync",)]

    wait_until(follows, 20)
    connection.close()


def kill_primary(server: DevServer) -> None:
    """As a power cut would: nothing is written any more, nobody is told."""
    (server.directory / "postgres.hold").touch()
    os.kill(server.postgres_pid, signal.SIGKILL)
    wait_until(lambda: server.state["postgres"] is None, 20)


@contextmanager
def standby() -> Iterator[Standby]:
    """It ends with the block."""
    made = Standby()
    try:
        yield made
    finally:
        made.stop()
        time.sleep(0.1)
        shutil.rmtree(made.folder, ignore_errors=True)
