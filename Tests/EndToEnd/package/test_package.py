"""The life of the Debian package on one host, in order: from nothing to a chat, back and forth, away and again."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from debian_host import NAME, DebianHost
from load import Load
from people import PASSWORD
from service import wait_until

PROJECT = Path(__file__).resolve().parents[3]
SETTINGS = "/etc/iris/iris.env"
SPOOL = "/var/lib/iris/spool"
PEOPLE = f"-H 'Content-Type: application/json' https://{NAME}/api/v1"


def documented(heading: str, blocks: int = 1) -> list[str]:
    """The commands of the first blocks below a heading of operations.md, one a line."""
    text = (PROJECT / "docs" / "operations.md").read_text()
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    code = "".join(re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[:blocks])
    return code.replace("\\\n", " ").splitlines()


def token(host: DebianHost) -> str:
    """A token of the account that the documented commands made."""
    body = json.dumps({"email": "lea@example.org", "password": PASSWORD})
    answer = json.loads(host.shell(f"curl -sf {PEOPLE}/auth/login -d '{body}'").stdout)
    return str(answer["access_token"])


def chat(host: DebianHost, access: str, message: str) -> dict:
    """Asks Alessio over TLS."""
    body = json.dumps({"message": message})
    return dict(json.loads(host.shell(f"curl -sf {PEOPLE}/chat -H 'Authorization: Bearer {access}' -d '{body}'").stdout))


def psql(host: DebianHost, sql: str) -> str:
    """What a query gives."""
    return host.run("runuser", "-u", "postgres", "--", "psql", "-XAtq", "-d", "iris", "-c", sql).stdout.strip()


def load(host: DebianHost) -> Load:
    """200 requests a second over TLS, from outside."""
    trusted = ssl.create_default_context(cadata=host.read(f"/etc/letsencrypt/live/{NAME}/fullchain.pem"))
    return Load(f"https://{host.address}", 200, sni=NAME, headers={"Host": NAME}, verify=trusted)


def test_from_a_bare_debian_to_a_chat_in_under_ten_commands(host: DebianHost, package: Path) -> None:
    host.put(package, f"/root/{package.name}")
    commands = documented("Install", blocks=2)
    assert len(commands) < 10 and package.name in commands[0]
    said = host.shell("\n".join(commands)).stdout
    answer = json.loads(said.splitlines()[-1])
    assert answer["finish"] == "complete" and answer["model_used"].startswith("gemini"), said
    assert host.run("stat", "-c", "%a %U:%G", SETTINGS).stdout.strip() == "640 root:iris"
    assert host.systemctl("list-units", "--failed", "--plain", "--no-legend", "iris*") == ""


def test_back_and_forth_under_load_no_request_fails(host: DebianHost, package: Path, repacked: Callable[[str], Path]) -> None:
    """An older version and this one again: every worker is replaced, the sockets and what was edited stay."""
    # The requests come from one address, which nginx would slow down; the edit must survive, too.
    host.put(f"{host.host} 1;\n", "/etc/nginx/iris/unlimited.geo")
    host.systemctl("reload", "nginx")
    older = repacked("0.0.9")
    settings = host.read(SETTINGS)
    sockets = host.run("stat", "-c", "%i", "/run/iris/api.sock", "/run/iris/auth.sock", "/run/iris/chat.sock").stdout
    access = token(host)
    with load(host) as steady:
        wait_until(lambda: len(steady.statuses) > 100, why="no load")
        for archive, options in ((older, ["--allow-downgrades"]), (package, [])):
            before = host.workers()
            host.install(archive, *options)
            after = host.workers()
            assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
            assert chat(host, access, "Combien de pages pour un CV en 2026 ?")["finish"] == "complete"
    assert len(steady.statuses) > 600 and steady.failures() == {}
    assert host.run("stat", "-c", "%i", "/run/iris/api.sock", "/run/iris/auth.sock", "/run/iris/chat.sock").stdout == sockets
    assert host.read(SETTINGS) == settings and host.read("/etc/nginx/iris/unlimited.geo") == f"{host.host} 1;\n"


def test_an_upgrade_with_a_broken_configuration_takes_no_worker_down(host: DebianHost, package: Path) -> None:
    before = host.workers()
    settings = host.read(SETTINGS)
    host.shell(f"echo IRIS_CHAT_DEADLINE=soon >>{SETTINGS}")
    said = host.install(package, "--reinstall")
    assert "IRIS_CHAT_DEADLINE" in said and "iris-fcgi reload" in said
    assert host.workers() == before
    assert host.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "phoenix-iris").stdout == "installed"
    host.put(settings, SETTINGS, mode=0o640, owner="root:iris")
    host.run("iris-fcgi", "reload")
    assert not set(host.workers().values()) & set(before.values())


def test_a_removal_brings_words_to_the_database_and_keeps_settings_and_data(host: DebianHost) -> None:
    access = token(host)
    host.systemctl("stop", "postgresql@15-main")
    assert chat(host, access, "Mon entretien est dans 3 jours ?")["degraded"] is True
    assert host.run("find", SPOOL, "-type", "f").stdout
    # With the workers stopped before, nobody but the removal brings the words there.
    host.systemctl("stop", "iris.target", "iris-maintain.timer", "iris-api.socket", "iris-auth.socket", "iris-chat.socket")
    host.systemctl("start", "postgresql@15-main")
    host.shell("apt remove phoenix-iris")
    assert psql(host, "SELECT count(*) FROM iris.iris_messages WHERE content LIKE 'Mon entretien%'") == "1"
    assert host.workers() == {}
    assert host.run("ls", "/run/iris", "/usr/bin/iris-fcgi", "/usr/share/iris", check=False).stdout == ""
    assert host.run("stat", "-c", "%a %U:%G", SETTINGS, "/var/lib/iris").stdout.split("\n")[:2] == [
        "640 root:iris", "700 iris:iris"]
    host.run("nginx", "-t")


def test_installed_again_it_goes_on_by_itself(host: DebianHost, package: Path) -> None:
    host.install(package)
    wait_until(lambda: len(host.workers()) > 4, seconds=20, why="no workers")
    assert chat(host, token(host), "Une lettre en 2026 ?")["finish"] == "complete"


def test_a_purge_takes_all_but_words_that_are_nowhere_else(host: DebianHost, package: Path) -> None:
    access = token(host)
    host.systemctl("stop", "postgresql@15-main")
    chat(host, access, "Et le salaire en 2027 ?")
    said = host.shell("apt purge phoenix-iris 2>&1").stdout
    assert SPOOL in said
    host.systemctl("start", "postgresql@15-main")
    assert traces(host) == ["/var/lib/iris", SPOOL]
    assert host.run("grep", "-rl", "salaire", SPOOL).stdout
    host.run("nginx", "-t")

    assert "nothing serves yet" in host.install(package)
    assert host.workers() == {} and host.systemctl("is-enabled", "iris.target", check=False) == "disabled"
    host.run("runuser", "-u", "iris", "--", "iris-fcgi", "maintain")
    assert psql(host, "SELECT count(*) FROM iris.iris_messages WHERE content LIKE 'Et le salaire%'") == "1"
    host.shell("apt purge phoenix-iris")
    assert traces(host) == []
    host.run("getent", "passwd", "iris")


def traces(host: DebianHost) -> list[str]:
    """Files and folders whose name begins with ours."""
    found = host.run(
        "find", "/etc", "/run", "/usr", "/var", "-name", "iris*", "-not", "-path", "/var/lib/iris/spool/*", check=False)
    return sorted(found.stdout.split())
