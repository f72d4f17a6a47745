"""`iris-fcgi check --url`: what a stranger sees of a site, and whether a stream arrives as it is written."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg2.extensions
import pytest
from doctor import Report, check
from model_server import ModelServer
from people import register
from service import wait_until

from devserver import DevServer
from devserver.client import free_ports
from devserver.settings import POOLS
from devserver.site import HOST, Site, unix_listeners

#: Parts of an answer, so far apart that no buffer can be mistaken for a slow model.
STREAM = {"name": "ok", "pieces": 8, "gap_ms": 60}
#: What is seen from outside; the shared service's own state is other tests' doing.
PUBLIC = {
    "public address", "certificate", "redirect", "headers", "health", "errors", "unknown host", "CORS", "closed paths",
    "body limit", "stream",
}  # fmt: skip
NAMESPACES = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])


def leftovers(database: psycopg2.extensions.connection) -> int:
    """Accounts that were made to try a stream."""
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM iris.accounts WHERE email LIKE 'iris-check-%'")
        return int(cursor.fetchone()[0])


def test_a_stream_that_arrives_as_it_is_written_is_proved(
    iris: DevServer, model: ModelServer, database: psycopg2.extensions.connection
) -> None:
    model.scenario(STREAM)
    report = check(iris, "--url", iris.url)
    assert report.one("stream").startswith("ok: ") and "as they were written" in report.one("stream"), report.words
    # The tests' own nginx opens the interface to loopback.
    assert [name for name in report.bad() if name in PUBLIC] == ["closed paths"], report.words
    assert leftovers(database) == 0
    assert len(model.asked(stream=True)) == 1


def test_an_answer_in_one_piece_proves_nothing(
    iris: DevServer, model: ModelServer, database: psycopg2.extensions.connection
) -> None:
    model.scenario({"name": "overloaded"})
    report = check(iris, "--url", iris.url)
    assert report.one("stream").startswith("warning: not proved: no model answered"), report.words
    assert leftovers(database) == 0


def test_a_check_that_is_ended_erases_its_account_first(
    iris: DevServer, model: ModelServer, database: psycopg2.extensions.connection
) -> None:
    model.scenario({"name": "ok", "pieces": 100, "gap_ms": 200})
    script = '. "$0" && exec iris-fcgi check --url "$1"'
    words = ["/bin/sh", "-c", script, str(iris.directory / "env"), iris.url]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"}) as checking:
        wait_until(lambda: model.asked(stream=True), seconds=30)
        assert leftovers(database) == 1
        checking.send_signal(signal.SIGINT)
        assert checking.wait(5) == -signal.SIGINT
    assert leftovers(database) == 0


@contextmanager
def front(behind: DevServer, lines: str) -> Iterator[str]:
    """An nginx before the service's, with some lines of its own; its address."""
    folder = Path(tempfile.mkdtemp(prefix="iris-front-", dir="/tmp"))
    port = free_ports()
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; user {pwd.getpwuid(os.geteuid()).pw_name};"
        f"events {{}} http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port};"
        f"location / {{ proxy_pass {behind.url}; proxy_set_header Host $host; {lines} }} }} }}", encoding="utf-8"
    )  # fmt: skip
    with subprocess.Popen(["/usr/sbin/nginx", "-c", folder / "nginx.conf", "-e", folder / "log"]) as nginx:
        try:
            end = time.monotonic() + 10
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
                    break
                except httpx.TransportError:
                    assert time.monotonic() < end, "the front does not listen"
                    time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            nginx.terminate()
            nginx.wait(20)
            shutil.rmtree(folder)


def test_a_front_that_buffers_is_found(
    iris: DevServer, model: ModelServer, client: httpx.Client, database: psycopg2.extensions.connection
) -> None:
    """With a token of an account that is there, so that none is made."""
    model.scenario(STREAM)
    token = register(client).access_token
    with front(iris, "proxy_buffering on; proxy_hide_header X-Request-Id; server_tokens on;") as address:
        report = check(iris, "--url", address, "--token-stdin", stdin=f"{token}\n")
    assert "something on the way buffers" in report.one("stream"), report.words
    assert any(line.startswith("warning: no X-Request-Id") for line in report.of("headers"))
    assert any(line.startswith("warning: Server tells its version") for line in report.of("headers"))
    assert len(model.asked(stream=True)) == 2, "what looks held back is asked for once more"
    with front(iris, "proxy_buffering off;") as address:
        report = check(iris, "--url", address, "--token-stdin", stdin=f"{token}\n")
    assert report.one("stream").startswith("ok: ")
    assert leftovers(database) == 0


def test_a_site_that_is_not_there_is_told_once(iris: DevServer) -> None:
    report = check(iris, "--url", f"https://127.0.0.1:{free_ports()}")
    assert report.one("public address").endswith("cannot be reached: no connection")
    assert report.one("stream") == "skipped: the site does not answer"


def test_the_production_site_is_well_from_outside(iris: DevServer, model: ModelServer) -> None:
    """On ports 80 and 443 and by its name, in namespaces of its own: TLS, the redirect, strange names, closed paths."""
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("skipped: namespaces are not permitted here")
    model.scenario(STREAM)
    folder = Path(tempfile.mkdtemp(prefix="iris-site-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        report = check_in_namespaces(iris, folder)
    finally:
        shutil.rmtree(folder)
    assert report.one("public address") == f"ok: https://{HOST} answers", report.words
    # It is made for two days.
    assert report.one("certificate").startswith("failed: trusted; ends on ")
    assert report.one("redirect") == "ok: plain HTTP leads to HTTPS"
    assert report.of("unknown host") == ["ok: a strange Host gets 421", "ok: TLS refuses a strange name"]
    assert report.one("CORS") == "ok: pages of https://app.example.org may call the API, strange ones may not"
    assert report.one("stream").startswith("ok: ")
    for name in ("headers", "health", "errors", "closed paths", "body limit", "nginx"):
        assert report.one(name).startswith("ok: "), report.words


def check_in_namespaces(iris: DevServer, folder: Path) -> Report:
    """Stages the site, then runs nginx and the check beside each other in a network of nobody else's."""
    site = Site(folder)
    ports = {address: address for address in unix_listeners(folder)}
    site.stage(ports, {pool: (iris.directory / "sock" / f"{pool}.sock").resolve() for pool in POOLS})
    (site.conf / "iris" / "origins.map").write_text('"https://app.example.org" $http_origin;\n', encoding="utf-8")
    main = site.conf / "nginx.conf"
    if site.user.drops:
        names = f"{pwd.getpwuid(site.user.uid).pw_name} {grp.getgrgid(site.user.gid).gr_name}"
        main.write_text(f"user {names};\n" + main.read_text(encoding="utf-8"), encoding="utf-8")
    authorities = folder / "authorities"
    authorities.mkdir()
    shutil.copy(site.certificate, authorities / "ours.pem")
    subprocess.run(["openssl", "rehash", authorities], check=True, capture_output=True)
    (folder / "hosts").write_text(f"127.0.0.1 localhost {HOST}\n", encoding="utf-8")
    script = folder / "run"
    script.write_text(
        "#!/bin/sh\nset -e\nip link set lo up\nmount --bind hosts /etc/hosts\n"
        f"/usr/sbin/nginx -p {folder}/ -c {main} -e error.log & nginx=$!\n"
        f"for i in $(seq 100); do grep -q ':01BB ' /proc/net/tcp && break; sleep 0.05; done\n"
        '"$@" || code=$?\nkill $nginx\nwait $nginx || true\nexit ${code:-0}\n', encoding="utf-8")  # fmt: skip
    script.chmod(0o755)
    prefix = " ".join(shlex.quote(str(word)) for word in [*NAMESPACES, "--kill-child", "--fork", "--pid", script])
    return check(
        iris, "--url", f"https://{HOST}", nginx=main, within=prefix, folder=folder, SSL_CERT_DIR=str(authorities))
