"""nginx for development: a server block of its own around the very files that a sysadmin installs."""

from __future__ import annotations

import re
import shutil
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from .children import Command
from .layout import Layout
from .settings import POOLS, PROJECT, Settings
from .words import Refusal

PROGRAM = Path("/usr/sbin/nginx")
SHIPPED = PROJECT / "deploy" / "nginx"
HOSTS = ("localhost", "127.0.0.1")
#: This machine, as a file for `geo` says it.
LOOPBACK = ("127.0.0.0/8 1;", "::1 1;")

CONFIGURATION = """\
# Written by the development server at each start.
daemon off;
worker_processes 2;
pid tmp/nginx.pid;
error_log log/nginx-error.log notice;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path tmp/body;
    fastcgi_temp_path tmp/fastcgi;
    proxy_temp_path tmp/proxy;
    scgi_temp_path tmp/scgi;
    uwsgi_temp_path tmp/uwsgi;
    include conf.d/iris-maps.conf;
    server {{
        listen 127.0.0.1:{port} default_server backlog=1024;
        server_name _;
        include iris/unknown-host.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {hosts};
        include iris/site.conf;
    }}
    server {{
        listen 127.0.0.1:{metrics_port};
        server_name {hosts};
        include iris/metrics.conf;
    }}
}}
"""


class Web:
    """Writes the configuration and names the command. Paths in it are relative to the server's folder."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout = layout
        self._settings = settings

    def configure(self) -> None:
        """The shipped files unchanged, then this server's own values over the site-specific ones; then `nginx -t`."""
        if not PROGRAM.exists():
            raise Refusal(f"nginx is not installed at {PROGRAM}: tools/install-packages run")
        folder = self._layout.nginx
        install(folder)
        settings = self._settings
        upstreams = (f"upstream iris_{pool} {{ server unix:{self._socket(pool)}; }}" for pool in POOLS)
        self._write("iris/pools.conf", upstreams)
        self._write("iris/origins.map", (f'"{origin}" $http_origin;' for origin in settings.origins))
        self._write("iris/unlimited.geo", () if settings.limits else LOOPBACK)
        self._write("iris/internal.geo", LOOPBACK)
        self._write("iris/logs.conf", ("access_log log/access.log iris;", "error_log log/nginx-error.log crit;"))
        self._write("iris/cache.conf", (cache_line("tmp/cache"),))
        text = CONFIGURATION.format(
            port=settings.port, metrics_port=settings.metrics_port, hosts=" ".join(HOSTS)
        )
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        code, output = self._nginx("-t", "-q").run()
        if code != 0:
            raise Refusal(f"nginx refuses the configuration in {folder}:\n{output}")

    def server(self) -> Command:
        """nginx in the foreground; should the runner vanish, it stops at once."""
        return self._nginx()

    def _nginx(self, *words: str) -> Command:
        root = self._layout.root
        argv = [str(PROGRAM), "-p", f"{root}/", "-c", "nginx/nginx.conf", "-e", "log/nginx-error.log", *words]
        env = {"PATH": "/usr/bin:/bin"}
        log = self._layout.log / "nginx-error.log"
        return Command(argv, env, root, self._layout.user, log, orphan_signal=signal.SIGTERM)

    def _socket(self, pool: str) -> Path:
        return self._layout.sock / f"{pool}.sock"

    def _write(self, name: str, lines: Iterable[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        (self._layout.nginx / name).write_text(text, encoding="utf-8")


def install(folder: Path) -> None:
    """Puts the shipped files where Debian's nginx would look for them under `folder`."""
    for name in ("conf.d", "snippets", "iris"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(0o755)
    shutil.copyfile(SHIPPED / "iris-maps.conf", folder / "conf.d" / "iris-maps.conf")
    shutil.copyfile(SHIPPED / "iris.conf", folder / "snippets" / "iris.conf")
    for path in (SHIPPED / "iris").iterdir():
        shutil.copyfile(path, folder / "iris" / path.name)


def cache_line(folder: str) -> str:
    """The line of the shipped iris/cache.conf with another folder."""
    text = (SHIPPED / "iris" / "cache.conf").read_text(encoding="utf-8")
    return re.sub(r"(?m)^(fastcgi_cache_path )\S+", rf"\g<1>{folder}", text)


def require_free(port: int, variable: str) -> None:
    """nginx would say it too, but in its log and after everything else has started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Refusal(f"Port {port} may not be used by this user: set {variable} to one above 1023.") from error
        except OSError as error:
            raise Refusal(
                f"Port {port} of 127.0.0.1 is in use by another program. Stop it, or choose another: {variable}=8013"
            ) from error
