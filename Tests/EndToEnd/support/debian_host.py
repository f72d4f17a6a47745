"""A Debian 12 as somebody finds it who is about to install Iris: nginx and PostgreSQL run, or wait in apt's cache."""

from __future__ import annotations

import subprocess
from pathlib import Path

from systemd_machine import SystemdMachine

SUPPORT = Path(__file__).parent
NAME = "iris.example.org"
MODEL_PORT = 18300

#: What a person does in an editor: give the model's key, which here is that of a stand-in on this host.
EDITOR = f"""#!/bin/sh
sed -i -e 's|^#IRIS_GEMINI_API_KEYS=.*|IRIS_GEMINI_API_KEYS=AQ.cle-de-test|' \\
    -e 's|^#IRIS_GEMINI_BASE_URL=.*|IRIS_GEMINI_BASE_URL=http://127.0.0.1:{MODEL_PORT}|' "$1"
"""

#: certbot and an authority in one: asks for the token at the name's port 80, then gives a certificate that the host trusts.
CERTBOT = r"""#!/bin/sh
set -eu
[ "$1 $2 $3 $5 $7" = "certonly --webroot -w -d --deploy-hook" ] || { echo "unknown arguments: $*" >&2; exit 2; }
webroot=$4 name=$6
mkdir -p "$webroot/.well-known/acme-challenge" "/etc/letsencrypt/live/$name"
echo proof >"$webroot/.well-known/acme-challenge/token"
[ "$(curl -sf "http://$name/.well-known/acme-challenge/token")" = proof ]
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
    -addext "subjectAltName=DNS:$name" -keyout "/etc/letsencrypt/live/$name/privkey.pem" \
    -out "/etc/letsencrypt/live/$name/fullchain.pem" 2>/dev/null
cp "/etc/letsencrypt/live/$name/fullchain.pem" "/usr/local/share/ca-certificates/$name.crt"
update-ca-certificates >/dev/null 2>&1
sh -c "$8"
"""


class DebianHost(SystemdMachine):
    """Booted whole, with a name of its own. `lower` is the host's root unless a bare Debian is at hand."""

    def __init__(self, lower: Path = Path("/")) -> None:
        super().__init__(lower, "multi-user.target")
        self._model: subprocess.Popen[bytes] | None = None
        self._is_bare = lower != Path("/")

    def start(self, seconds: float = 60) -> DebianHost:
        """Boots and furnishes it."""
        super().start(seconds)
        try:
            self._furnish()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends it; the model beside it is one of its processes."""
        super().stop()
        if self._model is not None:
            self._model.wait(30)
            self._model.stdout.close()
            self._model = None

    def shell(self, script: str, timeout: float = 300, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs lines of bash as a person who is root types them, up to the first that fails."""
        return self.run(
            "bash", "-c", f"cd /root; set -euo pipefail\n{script}", timeout=timeout, check=check,
            PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND="noninteractive")

    def install(self, package: Path, *options: str, check: bool = True) -> str:
        """Installs a .deb as apt does, whatever is installed of it; gives what was said."""
        self.put(package, f"/root/{package.name}")
        done = self.shell(f"apt install {' '.join(options)} ./{package.name} 2>&1", check=check)
        return done.stdout

    def workers(self) -> dict[str, int]:
        """The process of each worker."""
        listed = self.run(
            "systemctl", "show", "--property=Id,MainPID", "iris-api@*", "iris-auth@*", "iris-chat@*").stdout
        units = (dict(line.split("=", 1) for line in unit.splitlines()) for unit in listed.strip().split("\n\n"))
        return {unit["Id"]: int(unit["MainPID"]) for unit in units if unit.get("MainPID", "0") != "0"}

    def _furnish(self) -> None:
        self.put(f"127.0.0.1 localhost {NAME}\n", "/etc/hosts")
        # Who types commands says yes.
        self.put('APT::Get::Assume-Yes "true";\n', "/etc/apt/apt.conf.d/99yes")
        self.put(EDITOR, "/usr/local/bin/editor", mode=0o755)
        self._install_certbot()
        if not self._is_bare:
            self._start_services()
        words = [*self.enter_network, "/usr/bin/python3", str(SUPPORT / "model" / "model_server.py")]
        self._model = subprocess.Popen([*words, "--port", str(MODEL_PORT)], stdout=subprocess.PIPE)
        self._model.stdout.readline()

    def _install_certbot(self) -> None:
        """As a package, so that apt has nothing to look for."""
        self.put(CERTBOT, "/root/certbot/usr/bin/certbot", mode=0o755)
        control = "Package: certbot\nVersion: 99\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: stand-in\n"
        self.put(control, "/root/certbot/DEBIAN/control")
        self.shell("dpkg-deb -Znone -b certbot certbot.deb && dpkg -i certbot.deb")

    def _start_services(self) -> None:
        """What Debian's packages do when they are installed: the host has them, and its own use of them is hidden."""
        self.shell("""
            rm -rf /usr/sbin/policy-rc.d /etc/postgresql/* /var/lib/postgresql/* /etc/nginx/conf.d/*
            ln -sf /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default
            pg_createcluster 15 main >/dev/null
            systemctl enable --quiet --now postgresql@15-main nginx""")
