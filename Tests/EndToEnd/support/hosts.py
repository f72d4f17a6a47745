"""Several hosts of Iris behind a front: each with nginx, sockets and workers in a network of its own, one database."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from devserver import DevServer
from devserver.service_user import ServiceUser
from devserver.settings import POOLS, PROJECT
from devserver.site import HOST, Site, unix_listeners
from devserver.web import cache_line, install
from networks import Network, Switch
from service import wait_until

FRONT = PROJECT / "deploy" / "nginx" / "front.conf"
TLS_PORT = 8443
MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    log_format hosts '$iris_method $status $upstream_addr';
    include {folder}/etc/conf.d/*.conf;
    include {folder}/etc/front.conf;
}}
"""


class Host:
    """One of them. Its development server brings workers and sockets, the shipped site is in front of these."""

    def __init__(self, network: Network, binary: Path, env: Mapping[str, str], **options: Any) -> None:
        self.network = network
        self.server = DevServer(binary=binary, env=env, inside=network.inside, **options)
        self.folder = Path(tempfile.mkdtemp(prefix="iris-host-", dir="/tmp"))
        self.site = Site(self.folder)
        self._nginx: subprocess.Popen[bytes] | None = None

    def start(self, trusted: str) -> None:
        """Workers first, then the site; `trusted` is the front's address."""
        self.server.start()
        sockets = (self.server.directory / "sock").resolve()
        listen = unix_listeners(self.folder) | {"443": f"{self.network.address}:{TLS_PORT}"}
        self.site.stage(listen, {pool: sockets / f"{pool}.sock" for pool in POOLS})
        (self.site.conf / "iris" / "unlimited.geo").write_text(f"{trusted} 1;\n")
        self._nginx = start_nginx(self.network, self.folder, self.site.conf / "nginx.conf")

    def maintain(self) -> subprocess.CompletedProcess[str]:
        """One run there."""
        return self.server.command("maintain", "--json", timeout=60)

    def close(self) -> None:
        if self._nginx is not None:
            self._nginx.send_signal(signal.SIGTERM)
            self._nginx.wait(20)
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_nginx(network: Network, folder: Path, configuration: Path) -> subprocess.Popen[bytes]:
    """nginx there in the foreground, as the service user."""
    user = ServiceUser.current()
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    nginx = ["/usr/sbin/nginx", "-p", f"{folder}/", "-c", str(configuration), "-e", f"{folder}/error.log"]
    with (folder / "nginx.out").open("ab") as output:
        return subprocess.Popen(
            [*network.inside, *become, *nginx], stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # fmt: skip


class Hosts:
    """`count` hosts and their front, whose listener is a unix socket: networks do not part the file system."""

    def __init__(self, binary: Path, env: Mapping[str, str], count: int, ports: list[int]) -> None:
        self.switch = Switch()
        self.folder = Path(tempfile.mkdtemp(prefix="iris-front-", dir="/tmp"))
        self._front: subprocess.Popen[bytes] | None = None
        try:
            self._network = self.switch.host("front")
            networks = [self.switch.host(f"host{number}") for number in range(1, count + 1)]
            for network in networks:
                for port in ports:
                    network.lend(port)
            sizes = {"api": 1, "auth": 1, "chat": 4}
            # The first brings the database, to which the others connect.
            home = Host(networks[0], binary, env, **sizes)
            self.hosts = [home]
            home.start(self._network.address)
            shared = {**env, **home_settings(home.server)}
            self.hosts += [Host(network, binary, shared, **sizes) for network in networks[1:]]
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(lambda host: host.start(self._network.address), self.hosts[1:]))
            self._start_front()
        except BaseException:
            self.close()
            raise

    def _start_front(self) -> None:
        """The shipped file, with these hosts, a socket, and the certificates of the hosts as authorities."""
        text = FRONT.read_text(encoding="utf-8")
        bundle = self.folder / "hosts.pem"
        bundle.write_text("".join(host.site.certificate.read_text() for host in self.hosts))
        servers = iter(f"{host.network.address}:{TLS_PORT}" for host in self.hosts)
        lines = re.findall(r"(?m)^    server \S+( .*;)$", text)
        upstream = "".join(f"    server {address}{lines[0]}\n" for address in servers)
        text = re.sub(r"(?m)(^    server [\d.]+:443 .*;\n)+", upstream, text)
        for name, value in {
            "listen": f"unix:{self.folder}/front.sock ssl http2",
            "ssl_certificate": str(self.hosts[0].site.certificate),
            "ssl_certificate_key": str(self.hosts[0].folder / "key.pem"),
            "proxy_ssl_trusted_certificate": str(bundle),
            "proxy_read_timeout": "6s",
        }.items():
            text, count = re.subn(rf"(?m)^( +{name}) [^;]+;", rf"\1 {value};", text)
            assert count == 1, f"{name}: {count}"
        etc = self.folder / "etc"
        install(etc)
        for name, content in {
            "front.conf": text,
            "nginx.conf": MAIN.format(folder=self.folder),
            "iris/logs.conf": f"access_log {self.folder}/access.log hosts;\n",
            "iris/cache.conf": cache_line(f"{self.folder}/cache"),
        }.items():
            (etc / name).write_text(content, encoding="utf-8")
        ServiceUser.current().give(self.folder)
        self._front = start_nginx(self._network, self.folder, etc / "nginx.conf")
        wait_until(self._listens, 10, why=lambda: (self.folder / "nginx.out").read_text())

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{self.folder}/front.sock") == 0

    def client(self) -> httpx.Client:
        """As users reach the front: TLS, the certificate verified."""
        context = ssl.create_default_context(cafile=str(self.hosts[0].site.certificate))
        transport = httpx.HTTPTransport(
            uds=f"{self.folder}/front.sock", verify=context, limits=httpx.Limits(max_connections=None))
        return httpx.Client(base_url=f"https://{HOST}", transport=transport, timeout=20)

    def served(self) -> list[tuple[str, int, list[str]]]:
        """Of each request of the front's log: method, status, the hosts that were tried."""
        found = []
        for line in (self.folder / "access.log").read_text().splitlines():
            method, status, tried = line.split(" ", 2)
            found.append((method, int(status), [address.split(":")[0] for address in tried.split(", ")]))
        return found

    def close(self) -> None:
        if self._front is not None:
            self._front.send_signal(signal.SIGTERM)
            self._front.wait(20)
        for host in reversed(getattr(self, "hosts", [])):
            host.close()
        self.switch.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def home_settings(server: DevServer) -> dict[str, str]:
    """What hosts must have in common: the database, and the secrets of tokens and pseudonyms."""
    text = (server.directory / "secrets.env").read_text(encoding="utf-8")
    return {"IRIS_DATABASE_URL": server.database_url, **dict(line.split("=", 1) for line in text.splitlines())}
