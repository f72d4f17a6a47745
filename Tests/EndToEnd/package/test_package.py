"""The life of the Debian package on one host, in order: from nothing to a chat, back and forth, away and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from debian_host import API, NAME, DebianHost
from operations_page import fenced
from service import wait_until
from steady_load import TLS, Ask, Running, steady_load

SETTINGS = "/etc/iris/iris.env"
SPOOL = "/var/lib/iris/spool"


def load(host: DebianHost) -> AbstractContextManager[Running]:
    """200 requests a second over TLS, from outside."""
    authorities = host.read(f"/etc/letsencrypt/live/{NAME}/fullchain.pem")
    return steady_load(host.address, 443, 200, [Ask("GET", "/api/v1/topics?uncached")], TLS(NAME, authorities))


def test_from_a_bare_debian_to_a_chat_in_under_ten_commands(host: DebianHost, package: Path) -> None:
    host.put(package, f"/root/{package.name}")
    install, ask = fenced("Install", "sh")
    commands = (install + ask).replace("\\\n", " ").splitlines()
    assert len(commands) < 10 and package.name in commands[0]
    said = host.shell(install + ask).stdout
    answer = json.loads(said.splitlines()[-1])
    assert answer["finish"] == "complete" and answer["model_used"].startswith("gemini"), said
    assert host.run("stat", "-c", "%a %U:%G", SETTINGS).stdout.strip() == "640 root:iris"
    assert host.systemctl("list-units", "--failed", "--plain", "--no-legend", "iris*") == ""


@pytest.mark.parametrize(("words", "told"), [
    ("", "usage"),
    ("Iris!", "no host name"),
    ("elsewhere.example.org", "certbot certonly --webroot"),
    (f"{NAME} cert.pem key.pem", "absolute path"),
    (f"{NAME} /etc/hostname /etc/hostname", "nginx refuses"),
])  # fmt: skip
def test_a_site_that_cannot_be_made_changes_nothing(host: DebianHost, words: str, told: str) -> None:
    before = host.shell("ls -l --time-style=+ /etc/nginx/sites-enabled; cat /etc/nginx/sites-enabled/iris").stdout
    done = host.shell(f"/usr/share/iris/nginx-site {words}", check=False)
    assert done.returncode == 1 and told in done.stderr
    assert host.shell("ls -l --time-style=+ /etc/nginx/sites-enabled; cat /etc/nginx/sites-enabled/iris").stdout == before


def test_a_site_is_made_again_but_one_made_by_hand_is_left_alone(host: DebianHost) -> None:
    site = "/etc/nginx/sites-enabled/iris"
    made = host.read(site)
    host.shell(f"/usr/share/iris/nginx-site {NAME} /etc/letsencrypt/live/{NAME}/fullchain.pem "
               f"/etc/letsencrypt/live/{NAME}/privkey.pem")
    assert host.read(site) == made and "example.org" in made
    host.put("# mine\n", site)
    done = host.shell(f"/usr/share/iris/nginx-site {NAME}", check=False)
    assert done.returncode == 1 and "yours" in done.stderr and host.read(site) == "# mine\n"
    host.put(made, site)


def test_back_and_forth_under_load_no_request_fails(host: DebianHost, package: Path, repacked: Callable[[str], Path]) -> None:
    """An older version and this one again: every worker is replaced, the sockets and what was edited stay."""
    # The requests come from one address, which nginx would slow down; the edit must survive, too.
    host.put(f"{host.host} 1;\n", "/etc/nginx/iris/unlimited.geo")
    host.systemctl("reload", "nginx")
    older = repacked("0.0.9")
    settings = host.read(SETTINGS)
    sockets = host.run("stat", "-c", "%i", "/run/iris/api.sock", "/run/iris/auth.sock", "/run/iris/chat.sock").stdout
    host.psql("UPDATE iris.accounts SET tier = 'premium'")
    for pool, size in (("api", 2), ("chat", 3)):
        host.run("iris-fcgi", "pool", pool, str(size))
    access = host.token()
    with load(host) as steady:
        for archive, options in ((older, ["--allow-downgrades"]), (package, [])):
            before = host.workers()
            host.install(archive, *options)
            after = host.workers()
            assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
            assert host.chat(access, "Combien de pages pour un CV en 2026 ?")["finish"] == "complete"
    assert steady.answers().sent > 600 and steady.answers().failed == 0
    assert host.run("stat", "-c", "%i", "/run/iris/api.sock", "/run/iris/auth.sock", "/run/iris/chat.sock").stdout == sockets
    assert host.read(SETTINGS) == settings and host.read("/etc/nginx/iris/unlimited.geo") == f"{host.host} 1;\n"


def test_an_upgrade_with_a_broken_configuration_takes_no_worker_down(host: DebianHost, package: Path) -> None:
    before = host.workers()
    settings = host.read(SETTINGS)
    host.shell(f"echo IRIS_CHAT_DEADLINE=soon >>{SETTINGS}")
    said = host.install(package, "--reinstall")
    assert "IRIS_CHAT_DEADLINE" in said and "iris-fcgi reload" in said, said
    assert host.workers() == before
    assert host.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "phoenix-iris").stdout == "installed"
    host.put(settings, SETTINGS, mode=0o640, owner="root:iris")
    host.run("iris-fcgi", "reload")
    assert not set(host.workers().values()) & set(before.values())


def test_a_schema_that_is_too_old_takes_no_worker_down_until_it_is_applied(host: DebianHost, package: Path) -> None:
    before = host.workers()
    version = host.psql("UPDATE iris.schema_version SET version = version - 1 RETURNING version + 1")
    said = host.install(package, "--reinstall")
    assert "schema" in said and "iris-fcgi reload" in said, said
    assert host.workers() == before
    _, apply = fenced("Upgrade", "sh")
    host.shell(apply.replace("phoenix-iris_0.2.0_amd64.deb", package.name))
    assert host.psql("SELECT version FROM iris.schema_version") == version
    host.run("iris-fcgi", "reload")
    assert not set(host.workers().values()) & set(before.values())


def test_a_backup_brings_everything_back(host: DebianHost) -> None:
    """The drill, with the lines of the documentation. Whoever was logged in still is, and has every word."""
    access = host.token()
    before = host.chat(access, "Une question à garder ?")
    backup, restore = fenced("Backup and restore", "sh")
    host.shell(backup)
    assert host.run("stat", "-c", "%a %U", "/var/backups/iris").stdout.strip() == "700 postgres"
    host.chat(access, "Une question de trop ?")
    host.shell("runuser -u postgres -- dropdb --force iris; rm -rf /etc/iris /etc/nginx/iris")
    host.shell(restore)
    kept = host.shell(f"curl -sf {API}/chat/sessions/{before['session_id']} -H 'Authorization: Bearer {access}'").stdout
    assert "Une question à garder ?" in kept and before["response"] in json.loads(kept)["messages"][-1]["content"]
    assert host.psql("SELECT count(*) FROM iris.iris_messages WHERE content = 'Une question de trop ?'") == "0"
    assert host.run("stat", "-c", "%a %U:%G", SETTINGS).stdout.strip() == "640 root:iris"
    host.run("rm", "-r", "/var/backups/iris")


def test_a_removal_brings_words_to_the_database_and_keeps_settings_and_data(host: DebianHost) -> None:
    access = host.token()
    host.systemctl("stop", "postgresql@15-main")
    assert host.chat(access, "Mon entretien est dans 3 jours ?")["degraded"] is True
    assert host.run("find", SPOOL, "-type", "f").stdout
    # With the workers stopped before, nobody but the removal brings the words there.
    host.systemctl("stop", "iris.target", "iris-maintain.timer", "iris-api.socket", "iris-auth.socket", "iris-chat.socket")
    host.systemctl("start", "postgresql@15-main")
    host.shell("apt remove phoenix-iris")
    assert host.psql("SELECT count(*) FROM iris.iris_messages WHERE content LIKE 'Mon entretien%'") == "1"
    assert host.workers() == {}
    assert host.run("ls", "/run/iris", "/usr/bin/iris-fcgi", "/usr/share/iris", check=False).stdout == ""
    assert host.run("stat", "-c", "%a %U:%G", SETTINGS, "/var/lib/iris").stdout.split("\n")[:2] == [
        "640 root:iris", "700 iris:iris"]
    host.run("nginx", "-t")


def test_installed_again_it_goes_on_by_itself(host: DebianHost, package: Path) -> None:
    host.install(package)
    wait_until(lambda: len(host.workers()) == 7, seconds=20, why="not as many workers as before")
    assert host.chat(host.token(), "Une lettre en 2026 ?")["finish"] == "complete"


def test_a_purge_takes_all_but_words_that_are_nowhere_else(host: DebianHost, package: Path) -> None:
    access = host.token()
    host.systemctl("stop", "postgresql@15-main")
    host.chat(access, "Et le salaire en 2027 ?")
    said = host.shell("apt purge phoenix-iris 2>&1").stdout
    assert SPOOL in said
    host.systemctl("start", "postgresql@15-main")
    assert traces(host) == ["/var/lib/iris", SPOOL]
    assert host.run("grep", "-rl", "salaire", SPOOL).stdout
    host.run("nginx", "-t")

    assert "nothing serves yet" in host.install(package)
    assert host.workers() == {} and host.systemctl("is-enabled", "iris.target", check=False) == "disabled"
    host.run("runuser", "-u", "iris", "--", "iris-fcgi", "maintain")
    assert host.psql("SELECT count(*) FROM iris.iris_messages WHERE content LIKE 'Et le salaire%'") == "1"
    host.shell("apt purge phoenix-iris")
    assert traces(host) == []
    host.run("getent", "passwd", "iris")


def traces(host: DebianHost) -> list[str]:
    """Files and folders that bear our name, in the order of their paths; the certificate is the host's own."""
    places = ["/etc", "/run", "/var", "/usr/bin", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d", "/lib/systemd"]
    shared = [f"/usr/share/{name}" for name in ("iris", "doc/phoenix-iris", "man/man8", "bash-completion", "lintian")]
    found = host.run(
        "find", *places, *shared, "(", "-name", "iris*", "-o", "-name", "phoenix-iris*", "-o", "-path", SPOOL, ")",
        "-not", "-name", f"{NAME}*", check=False)
    return sorted(found.stdout.split())
