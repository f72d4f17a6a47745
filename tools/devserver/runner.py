"""The development server itself: brings everything up in order, watches over it, takes it down in order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import environment
from .children import Kept, Signals, Stopped
from .cluster import LOGIN_ROLE, SUPERUSER, Cluster
from .health import HealthProbe
from .layout import Layout
from .pooler import Pooler
from .pools import Pool
from .service_user import ServiceUser
from .settings import PROJECT, Settings
from .upkeep import maintenance
from .web import Web, require_free
from .words import Refusal, say

SCHEMA = PROJECT / "schema.sql"
#: Beside the workers' connections: psql, tests, `iris-fcgi` commands.
SPARE_CONNECTIONS = 20
READY_SECONDS = 60.0
MODELS = ("IRIS_GEMINI_API_KEYS", "IRIS_GEMINI_API_KEYS_FILE", "IRIS_BACKUP_BASE_URL")
CHAT_DEADLINE = 30  # the default of IRIS_CHAT_DEADLINE


class Runner:
    """One development server from start to end."""

    def __init__(self, settings: Settings, caller: Mapping[str, str]) -> None:
        self._settings = settings
        self._caller = caller
        self._signals = Signals()
        self._layout = Layout(settings.directory, ServiceUser.current())
        self._pools: list[Pool] = []
        self._kept: list[Kept] = []
        self._postgres: Kept | None = None
        self._nginx: Kept | None = None
        self._pooler: Kept | None = None
        self._upkeep: Kept | None = None
        self._addresses: dict[str, str] = {}
        self._chat_deadline = CHAT_DEADLINE

    def run(self) -> int:
        """Serves until asked to end: 0. A `Refusal` passes through once everything is down again."""
        try:
            self._start()
            self._announce()
            while True:
                self._tend()
        except Stopped:
            say("stopping …")
            return 0
        finally:
            self._stop()
            self._layout.release()
            self._signals.restore()

    # Coming up

    def _start(self) -> None:
        settings, layout = self._settings, self._layout
        require_free(settings.port, "IRIS_DEV_PORT")
        require_free(settings.metrics_port, "IRIS_DEV_METRICS_PORT")
        layout.prepare()
        say(f"files in {layout.asked}" + (f" (really {layout.root})" if layout.root != layout.asked else ""))
        binary = self._copy_binary()
        cluster = self._start_postgres()
        database_url = self._start_pooler(cluster)
        given, made = environment.for_workers(
            self._caller,
            layout.file("secrets.env"),
            database_url=database_url,
            prepares=settings.pooler is None,
            state=layout.root,
            runtime=layout.runtime,
        )
        environment.write_shell_file(layout.file("env"), given, made, layout.bin)
        self._note_chat_deadline(given)
        self._start_pools(binary, {**given, **made})
        self._upkeep = self._keep(maintenance(layout, binary, {**given, **made}, settings.maintain_seconds))
        self._start_nginx()
        self._addresses = {"superuser_url": cluster.url(SUPERUSER), "database_url": database_url}
        self._write_state()
        self._await_health()

    def _copy_binary(self) -> Path:
        """A copy, so that a rebuild does not disturb what runs. The name never points at half a file."""
        binary = self._layout.bin / "iris-fcgi"
        fresh = binary.with_name(f"iris-fcgi.{os.getpid()}")
        shutil.copyfile(self._settings.binary, fresh)
        fresh.chmod(0o755)
        fresh.replace(binary)
        return binary

    def _start_postgres(self) -> Cluster:
        layout = self._layout
        connections = sum(self._settings.workers.values()) + SPARE_CONNECTIONS
        log = layout.log / "postgresql.log"
        cluster = Cluster(
            layout.pg, layout.sock, log, layout.user, connections=connections, fsync=self._settings.fsync
        )
        if cluster.create_if_missing():
            say("created a PostgreSQL cluster")
        cluster.await_predecessor(self._signals.sleep)
        hold = layout.file("postgres.hold")
        hold.unlink(missing_ok=True)
        self._postgres = self._keep(Kept("PostgreSQL", cluster.server, held=hold.exists))
        cluster.await_ready(lambda: self._postgres.pid if self._postgres else None, self._sleep_tending)
        say(f"PostgreSQL is up; applying {SCHEMA.name}")
        cluster.prepare_database(SCHEMA)
        return cluster

    def _start_pooler(self, cluster: Cluster) -> str:
        """With which URL the workers connect."""
        if self._settings.pooler is None:
            return cluster.url(LOGIN_ROLE)
        pooler = Pooler(self._layout, cluster, self._settings.pooler or None)
        pooler.configure()
        self._pooler = self._keep(Kept("PgBouncer", pooler.server))
        return pooler.url

    def _start_pools(self, binary: Path, iris: Mapping[str, str]) -> None:
        for name, size in self._settings.workers.items():
            pool = Pool(name, size, self._layout, binary, iris)
            self._pools.append(pool)
            for worker in pool.workers:
                self._keep(worker)
        say("workers: " + ", ".join(f"{len(pool.workers)} {pool.name}" for pool in self._pools))

    def _start_nginx(self) -> None:
        web = Web(self._layout, self._settings)
        web.configure()
        self._nginx = self._keep(Kept("nginx", web.server))

    def _keep(self, child: Kept) -> Kept:
        self._kept.append(child)
        child.tend(time.monotonic())
        return child

    def _note_chat_deadline(self, given: Mapping[str, str]) -> None:
        text = given.get("IRIS_CHAT_DEADLINE", "")
        self._chat_deadline = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else CHAT_DEADLINE

    def _await_health(self) -> None:
        """Asks nginx, as a client would. Gives up early when workers only ever die."""
        deadline = time.monotonic() + READY_SECONDS
        probe, said = HealthProbe(self._settings.port), ""
        while (answer := probe.poll()) != "200":
            looping = self._pools[0].workers
            if time.monotonic() > deadline or all(worker.failures >= 3 for worker in looping):
                raise Refusal(f"The workers do not serve: /health answers {answer}.\n{self._log_tails()}")
            if answer not in ("nothing", "502", said):
                said = answer
                say(f"/health answers {answer}; waiting")
            self._sleep_tending(0.02)
        probe.close()

    def _log_tails(self) -> str:
        """The last lines of the logs that can tell why."""
        parts = []
        for path in (*(pool.log for pool in self._pools), self._layout.log / "nginx-error.log"):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
            parts.append("\n".join([f"The end of {path}:", *(f"  {line}" for line in lines[-5:] or ["(empty)"])]))
        return "\n".join(parts)

    def _announce(self) -> None:
        url = f"http://127.0.0.1:{self._settings.port}"
        if not any(self._caller.get(name) for name in MODELS):
            say(f"no model is set ({MODELS[0]}): the offline Alessio answers")
        env, api = self._layout.file("env"), f"{url}/api/v1"
        say(
            f"""
Make an account and talk to Alessio:
  curl -s {api}/auth/register -H 'Content-Type: application/json' \\
    -d '{{"email":"lea@example.org","password":"une phrase assez longue"}}'
  curl -s {api}/chat -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" \\
    -d '{{"message":"Comment préparer un entretien ?"}}'        # TOKEN is the access_token of the first answer
Beside it: . {env}; psql "$IRIS_DATABASE_URL"; iris-fcgi user list
Logs: {self._layout.asked / 'log'}
Ctrl-C ends it.
"""
        )
        say(f"ready {url}")

    # Watching

    def _tend(self) -> None:
        self._sleep_tending(0.5 if self._layout.file("postgres.hold").exists() else 60.0)

    def _sleep_tending(self, most: float) -> None:
        """Waits for an event or `most` seconds, then looks after every child."""
        now = time.monotonic()
        self._signals.sleep(min([most, *(child.due_in(now) for child in self._kept)]))
        now = time.monotonic()
        changed = [child.tend(now) for child in self._kept]
        if any(changed):
            self._write_state()

    def _write_state(self) -> None:
        """Process ids and addresses for tests and the bench."""
        state = {
            **self._addresses,
            "runner": os.getpid(),
            "postgres": self._postgres.pid if self._postgres else None,
            "nginx": self._nginx.pid if self._nginx else None,
            "pooler": self._pooler.pid if self._pooler else None,
            "pools": {pool.name: [worker.pid for worker in pool.workers if worker.pid] for pool in self._pools},
        }
        environment.write_private(self._layout.file("run.json"), json.dumps(state, indent=1) + "\n")

    # Going down

    def _stop(self) -> None:
        """nginx stops accepting and the workers finish what they have; then the queue, nginx and PostgreSQL."""
        workers = [worker for pool in self._pools for worker in pool.workers]
        for child in (self._nginx, self._postgres, self._pooler, self._upkeep, *workers):
            if child is not None:
                child.held = lambda: True
        if self._nginx is not None:
            self._nginx.signal(signal.SIGQUIT)
        # What it has half done, the next one does.
        self._end([self._upkeep], ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)))
        self._end(workers, ((signal.SIGTERM, self._chat_deadline + 5.0), (signal.SIGKILL, 5.0)))
        for pool in self._pools:
            pool.close()
        self._end([self._nginx], ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)))
        self._end([self._pooler], ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)))
        self._end([self._postgres], ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)))
        if self._layout.locked:
            self._layout.file("run.json").unlink(missing_ok=True)

    def _end(self, children: Iterable[Kept | None], steps: Iterable[tuple[signal.Signals, float]]) -> None:
        """Each signal with the seconds it is given; a second Ctrl-C goes on to the next."""
        rest = [child for child in children if child is not None and not child.gone()]
        for number, seconds in steps:
            deadline = time.monotonic() + seconds
            for child in rest:
                child.signal(number)
                child.signal(signal.SIGCONT)  # a stopped process would not hear it
            while rest and (left := deadline - time.monotonic()) > 0:
                if self._signals.hurried(min(left, 0.5)):
                    break
                rest = [child for child in rest if not child.gone()]


def serve(settings: Settings, caller: Mapping[str, str]) -> int:
    """Runs a development server in the foreground; the exit code."""
    os.umask(0o022)
    return Runner(settings, caller).run()
