"""The production site of deploy/nginx.conf in a folder of its own: for `make lint` and for tests that talk TLS to it.

Only what cannot be had without root is replaced: ports, certificate, log files, sockets of the pools. All else is
the text that a sysadmin installs, at the places where Debian's nginx has it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .children import Command
from .service_user import ServiceUser
from .settings import POOLS, PROJECT
from .web import PROGRAM, cache_line, install
from .words import Refusal

SITE = PROJECT / "deploy" / "nginx.conf"
HOST = "iris.example.org"

MAIN = """\
# Debian's nginx.conf, as far as the site depends on it.
daemon off;
pid nginx.pid;
error_log error.log notice;
worker_rlimit_nofile 1024;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path tmp/body;
    fastcgi_temp_path tmp/fastcgi;
    proxy_temp_path tmp/proxy;
    scgi_temp_path tmp/scgi;
    uwsgi_temp_path tmp/uwsgi;
    access_log access.log;
    include {conf}/conf.d/*.conf;
    include {conf}/sites-enabled/*;
}}
"""


class Site:
    """A staged production site. `folder` must be reachable by the service user and have a plain name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = ServiceUser.current()
        self.conf = folder / "etc"
        self.certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"

    def stage(self, listen: Mapping[str, str], pools: Mapping[str, Path]) -> None:
        """Writes everything. `listen` says what replaces each of the file's addresses, such as "443" or "[::]:80"."""
        self.prepare(pools)
        self._certify()
        text = SITE.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^( *listen )(\S+?)([ ;])", lambda found: found[1] + listen[found[2]] + found[3], text)
        text = re.sub(r"(?m)^( *ssl_certificate )\S+;", rf"\g<1>{self.certificate};", text)
        text = re.sub(r"(?m)^( *ssl_certificate_key )\S+;", rf"\g<1>{self._key};", text)
        self.enable("iris", text)
        self.user.give(self._key)

    def prepare(self, pools: Mapping[str, Path]) -> None:
        """The shipped files and what is Debian's around them, without any site."""
        install(self.conf)
        (self.conf / "sites-enabled").mkdir()
        (self.conf / "nginx.conf").write_text(MAIN.format(conf=self.conf), encoding="utf-8")
        upstreams = "".join(f"upstream iris_{pool} {{ server unix:{pools[pool]}; }}\n" for pool in POOLS)
        (self.conf / "iris" / "pools.conf").write_text(upstreams, encoding="utf-8")
        logs = "access_log iris.log iris;\nerror_log error.log crit;\n"
        (self.conf / "iris" / "logs.conf").write_text(logs, encoding="utf-8")
        (self.conf / "iris" / "cache.conf").write_text(cache_line("tmp/cache"), encoding="utf-8")
        (self.folder / "tmp").mkdir(mode=0o700)
        for path in (self.folder, self.folder / "tmp"):
            self.user.give(path)

    def enable(self, name: str, text: str) -> None:
        """Writes a file of sites-enabled."""
        (self.conf / "sites-enabled" / name).write_text(text, encoding="utf-8")

    def check(self) -> None:
        """`nginx -t`: refuses in nginx's words. Warnings count."""
        code, output = self._nginx("-t", "-q").run()
        if code != 0 or output:
            raise Refusal(f"nginx -t over {SITE.relative_to(PROJECT)}, staged in {self.folder}:\n{output}")

    def server(self) -> subprocess.Popen[bytes]:
        """nginx in the foreground, as the service user."""
        command = self._nginx()
        identity = {"user": self.user.uid, "group": self.user.gid, "extra_groups": []} if self.user.drops else {}
        with (self.folder / "nginx.out").open("ab") as output:
            return subprocess.Popen(
                command.argv, env=dict(command.env), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, **identity,
            )  # fmt: skip

    def _nginx(self, *words: str) -> Command:
        argv = [str(PROGRAM), "-p", f"{self.folder}/", "-c", str(self.conf / "nginx.conf"), "-e", "error.log", *words]
        return Command(argv, {"PATH": "/usr/bin:/bin"}, self.folder, self.user)

    def _certify(self) -> None:
        """A certificate of our own for HOST, valid for two days."""
        openssl = shutil.which("openssl")
        if openssl is None:
            raise Refusal("openssl is not installed: tools/install-packages test")
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
             "-keyout", str(self._key), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        self._key.chmod(0o600)


def unix_listeners(folder: Path) -> dict[str, str]:
    """For a check only: each address becomes a socket in the folder, which any user may make."""
    addresses = set(re.findall(r"(?m)^ *listen (\S+?)[ ;]", SITE.read_text(encoding="utf-8")))
    return {address: f"unix:{folder}/listen-{number}" for number, address in enumerate(sorted(addresses))}
