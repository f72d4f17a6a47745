"""`python3 -m devserver.with_postgres COMMAND…`: runs a command beside a throw-away PostgreSQL.

The command finds the superuser's URL in IRIS_TEST_DATABASE_URL, and the schema in the database `iris_template`, to be
cloned per test. The cluster ends with the command, whatever happens.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from .children import Kept, Signals, Stopped, end_with, reap
from .cluster import SUPERUSER, Cluster
from .runner import SCHEMA
from .service_user import ServiceUser
from .words import Refusal

TEMPLATE = "iris_template"
CONNECTIONS = 200


def main() -> int:
    """The command's exit code, 128 + n when a signal ended it, 1 when there was no database to be had."""
    if len(sys.argv) < 2:
        print("usage: python3 -m devserver.with_postgres COMMAND [ARGUMENT…]", file=sys.stderr)
        return 2
    signals = Signals()
    user = ServiceUser.current()
    folder = Path(tempfile.mkdtemp(prefix="iris-pg-", dir="/tmp"))
    server: Kept | None = None
    try:
        cluster = _cluster(folder, user)
        cluster.create_if_missing()
        server = Kept("PostgreSQL", cluster.server)
        server.tend(time.monotonic())
        cluster.await_ready(lambda: server.pid if server else None, lambda seconds: _pause(signals, server, seconds))
        cluster.prepare_template(SCHEMA, TEMPLATE)
        code = _run_beside(signals, sys.argv[1:], cluster.url(SUPERUSER, "postgres"))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        code = 1
    except Stopped:
        code = 128 + signal.SIGTERM
    finally:
        _end(signals, server)
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _cluster(folder: Path, user: ServiceUser) -> Cluster:
    user.give(folder)
    for name in ("pg", "sock"):
        (folder / name).mkdir(mode=0o700)
        user.give(folder / name)
    log = folder / "postgresql.log"
    return Cluster(folder / "pg", folder / "sock", log, user, connections=CONNECTIONS, fsync=False)


def _pause(signals: Signals, server: Kept | None, seconds: float) -> None:
    signals.sleep(seconds)
    if server is not None and server.gone():
        raise Refusal("PostgreSQL ended while it started.")


def _run_beside(signals: Signals, argv: list[str], url: str) -> int:
    """In the caller's process group and with its terminal: Ctrl-C reaches the command by itself."""
    parent, child = os.getpid(), os.fork()
    if child == 0:
        try:
            end_with(parent, signal.SIGTERM)
            signals.restore()
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvpe(argv[0], argv, {**os.environ, "IRIS_TEST_DATABASE_URL": url})
        except OSError as error:
            print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
        finally:
            os._exit(127)
    while (code := reap(child)) is None:
        try:
            signals.sleep(60.0)
        except Stopped:
            os.kill(child, signal.SIGTERM)
    return code if code >= 0 else 128 - code


def _end(signals: Signals, server: Kept | None) -> None:
    """Nothing in it is worth a checkpoint."""
    while server is not None and not server.gone():
        server.signal(signal.SIGCONT)
        server.signal(signal.SIGQUIT)
        signals.hurried(0.2)


if __name__ == "__main__":
    sys.exit(main())
