"""Iris installed on a machine of a test's own as on a host: units, nginx, PostgreSQL, each started by systemd."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devserver.cluster import script_text
from systemd_machine import SystemdMachine

PROJECT = Path(__file__).resolve().parents[3]
UNITS = PROJECT / "deploy" / "systemd"
NGINX = PROJECT / "deploy" / "nginx"
PROGRAM = "/usr/bin/iris-fcgi"
POOLS = ("api", "auth", "chat")
#: The site of tests: without TLS, under the machine's address, with no limits for the test.
SITE = """\
server {
    listen 80 default_server;
    server_name _;
    include snippets/iris.conf;
}
server {
    listen 9117;
    server_name _;
    include iris/metrics.conf;
}
"""


class InstalledIris:
    """What is installed, and how to look at it."""

    def __init__(self, machine: SystemdMachine, binary: Path, settings: dict[str, str]) -> None:
        self.machine = machine
        self.url = f"http://{machine.address}"
        self._binary = binary
        self._settings = settings

    def install(self, **sizes: int) -> InstalledIris:
        """Everything from nothing, with pools of these sizes."""
        self.restore_program()
        self._install_units()
        self._install_nginx()
        self._make_database()
        self.configure()
        instances = [f"iris-{pool}@{number}" for pool in POOLS for number in range(1, sizes.get(pool, 1) + 1)]
        self.machine.systemctl("enable", "--quiet", "iris.target", *instances)
        self.machine.systemctl("start", "iris.target", "nginx.service")
        return self

    def restore_program(self) -> None:
        """The program under test, also after another one was put in its place."""
        self.machine.put(self._binary, PROGRAM, mode=0o755)

    def configure(self, extra: str = "") -> None:
        """Writes iris.env; `extra` are more lines of it."""
        lines = "".join(f'{name}="{value}"\n' for name, value in self._settings.items())
        self.machine.put(f"{lines}{extra}", "/etc/iris/iris.env", mode=0o640, owner="root:iris")

    def drop_in(self, unit: str, text: str) -> None:
        """A drop-in for a unit; an empty text removes it."""
        path = f"/etc/systemd/system/{unit}.d/test.conf"
        if text:
            self.machine.put(text, path)
        else:
            self.machine.run("rm", "-f", path)
        self.machine.systemctl("daemon-reload")

    def command(self, *words: str, check: bool = True) -> Any:
        """Runs `iris-fcgi WORDS…` as root: the finished process."""
        return self.machine.run(PROGRAM, *words, check=check, timeout=120)

    def workers(self, *pools: str) -> dict[str, int]:
        """The processes of the workers that are active, by unit."""
        units = self.machine.systemctl(
            "list-units", "--plain", "--no-legend", "--state=active",
            *[f"iris-{pool}@*.service" for pool in pools or POOLS])
        names = [line.split()[0] for line in units.splitlines()]
        if not names:
            return {}
        shown = self.machine.systemctl("show", "-p", "Id", "-p", "MainPID", *names)
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.split("\n\n")]
        return {block["Id"]: int(block["MainPID"]) for block in blocks}

    def log(self, message: str, since: float = 0.0) -> list[dict[str, Any]]:
        """The workers' own lines with this message, oldest first; `since` is in seconds since the epoch."""
        found = []
        for entry in self.machine.journal(_COMM="iris-fcgi"):
            try:
                line = json.loads(entry["MESSAGE"])
            except (ValueError, TypeError):
                continue
            if line.get("message") == message and int(entry["__REALTIME_TIMESTAMP"]) >= since * 1e6:
                found.append(line | {"PRIORITY": entry["PRIORITY"], "UNIT": entry.get("_SYSTEMD_UNIT")})
        return found

    def _install_units(self) -> None:
        self.machine.put_all({
            **{f"/usr/lib/systemd/system/{unit.name}": unit for unit in UNITS.glob("iris*")},
            "/usr/lib/sysusers.d/iris.conf": UNITS / "sysusers.conf",
            "/usr/lib/tmpfiles.d/iris.conf": UNITS / "tmpfiles.conf",
        })  # fmt: skip
        self.machine.run("systemd-sysusers", "iris.conf")
        self.machine.run("systemd-tmpfiles", "--create", "iris.conf", "postgresql-common.conf")
        self.machine.systemctl("daemon-reload")

    def _install_nginx(self) -> None:
        self.machine.run("sh", "-c", "rm -f /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*")
        self.machine.put_all({
            **{f"/etc/nginx/iris/{file.name}": file for file in NGINX.glob("iris/*")},
            "/etc/nginx/conf.d/iris-maps.conf": NGINX / "iris-maps.conf",
            "/etc/nginx/snippets/iris.conf": NGINX / "iris.conf",
            "/etc/nginx/iris/unlimited.geo": f"{self.machine.host} 1;\n",
            "/etc/nginx/sites-enabled/iris": SITE,
        })  # fmt: skip

    def _make_database(self) -> None:
        # A cluster beside those of the host, which nobody starts here.
        version = self.machine.run("sh", "-c", "ls /usr/lib/postgresql | sort -n | tail -1").stdout.strip()
        options = ["--port", "5432", "--encoding", "UTF8", "--locale", "C.UTF-8", "--pgoption", "fsync=off"]
        self.machine.run("pg_createcluster", *options, version, "iris", "--", "--no-sync")
        self.machine.systemctl("start", f"postgresql@{version}-iris.service")
        self.psql("postgres", "CREATE DATABASE iris ENCODING 'UTF8' TEMPLATE template0")
        self.psql("iris", script_text(PROJECT / "schema.sql"))
        self.psql("iris", "CREATE ROLE iris LOGIN IN ROLE iris_app")

    def psql(self, database: str, sql: str) -> str:
        """Runs SQL as PostgreSQL's superuser."""
        words = ["runuser", "-u", "postgres", "--", "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
        return self.machine.run(*words, input=sql).stdout.strip()


def eventually(holds: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Waits for a condition and gives its value."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return value
