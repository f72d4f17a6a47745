"""A Debian 12 as somebody finds it who is about to install Iris: nginx and PostgreSQL run, or wait in apt's cache."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pexpect
from people import PASSWORD
from systemd_machine import SystemdMachine

SUPPORT = Path(__file__).parent
NAME = "iris.example.org"
MODEL_PORT = 18300
API = f"https://{NAME}/api/v1"
JSON = "-H 'Content-Type: application/json'"
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

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
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$name" \
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
            PATH=PATHS, DEBIAN_FRONTEND="noninteractive")

    def type(self, script: str, *dialogue: tuple[str, str]) -> str:
        """The same at a terminal, where each prompt of a dialogue gets its answer; what was on the screen."""
        words = [*self.enter, "env", "-i", f"PATH={PATHS}", "LANG=C.UTF-8", "HOME=/root", "TERM=dumb", "bash", "-c"]
        child = pexpect.spawn(words[0], [*words[1:], f"cd /root; set -euo pipefail\n{script}"], encoding="utf-8", timeout=60)
        screen = ""
        try:
            for prompt, answer in dialogue:
                child.expect_exact(prompt)
                screen += child.before
                child.sendline(answer)
            child.expect(pexpect.EOF)
        finally:
            child.close()
        screen += child.before
        assert child.exitstatus == 0, screen
        return screen

    def install(self, package: Path, *options: str, check: bool = True) -> str:
        """Installs a .deb as apt does, whatever is installed of it; gives what was said."""
        self.put(package, f"/root/{package.name}")
        done = self.shell(f"apt install {' '.join(options)} ./{package.name} 2>&1", check=check)
        return done.stdout

    def psql(self, sql: str, user: str = "postgres") -> str:
        """What a query gives, the values alone; psql stops at the first error."""
        words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "iris", "-f", "-"]
        return self.run("runuser", "-u", user, "--", *words, input=sql).stdout.strip()

    def token(self, email: str = "lea@example.org", password: str = PASSWORD) -> str:
        """A token of an account; the documented commands make that of Léa."""
        body = json.dumps({"email": email, "password": password})
        return str(json.loads(self.shell(f"curl -sf {JSON} {API}/auth/login -d '{body}'").stdout)["access_token"])

    def chat(self, access: str, message: str) -> dict:
        """Asks Alessio over TLS."""
        body = json.dumps({"message": message})
        asked = self.shell(f"curl -sf {JSON} {API}/chat -H 'Authorization: Bearer {access}' -d '{body}'")
        return dict(json.loads(asked.stdout))

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
        """What Debian's packages do when they are installed: the host has them, and its own use of them is hidden. Of newer
        versions, which could not be fetched, apt knows nothing."""
        self.shell("""
            rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/postgresql/* /var/lib/postgresql/* /etc/nginx/conf.d/*
            ln -sf /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default
            pg_createcluster 15 main >/dev/null
            systemctl enable --quiet --now postgresql@15-main nginx""")
