"""`iris-fcgi check`: each misconfiguration of a host is made for real, and found."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doctor import LONGEST, check
from mail_sink import mail_sink
from model_server import ModelServer
from service import UNLIMITED, Service, serving, wait_until

from devserver.settings import PROJECT
from devserver.site import Site, unix_listeners

SHIPPED_UNITS = PROJECT / "deploy" / "systemd"
POOLS = ("api", "auth", "chat")
KEY = "AQ.cle-de-test"


@pytest.fixture(scope="module")
def own_model() -> Iterator[ModelServer]:
    """A model that no other service asks."""
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def sick(binary: Path, own_model: ModelServer) -> Iterator[Service]:
    """A small service that each test hurts and heals."""
    env = {"IRIS_GEMINI_BASE_URL": own_model.url, "IRIS_GEMINI_API_KEYS": KEY, "IRIS_LIMITS": UNLIMITED}
    with serving(binary, api=1, auth=1, chat=1, env=env) as service:
        yield service


@pytest.fixture()
def folder() -> Iterator[Path]:
    """A folder with a short name that everybody may enter."""
    path = Path(tempfile.mkdtemp(prefix="iris-check-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def copy_of_nginx(service: Service, folder: Path) -> Path:
    """The service's files of nginx, to be changed."""
    return Path(shutil.copytree(service.server.directory / "nginx", folder / "nginx"))


def change(path: Path, old: str, new: str) -> None:
    """Replaces a text that is there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_service_that_runs_well_is_well(sick: Service) -> None:
    report = check(sick.server)
    assert (report.code, report.bad()) == (0, []), report.words
    assert report.one("nginx").startswith("ok: ")
    assert all(report.one(f"socket {pool}").endswith("is listened at") for pool in POOLS)
    assert all(report.one(f"pool {pool}").endswith("1 workers") for pool in POOLS)


def test_the_shipped_site_is_well(sick: Service, folder: Path) -> None:
    site = Site(folder)
    sockets = (sick.server.directory / "sock").resolve()
    site.stage(unix_listeners(folder), {pool: sockets / f"{pool}.sock" for pool in POOLS})
    report = check(sick.server, nginx=site.conf / "nginx.conf")
    assert report.one("nginx").startswith("ok: "), report.words


def test_mistakes_in_nginx_are_found_where_they_stand(sick: Service, folder: Path) -> None:
    nginx = copy_of_nginx(sick, folder)
    door = ("iris/internal.geo", "127.0.0.0/8 1;", "0.0.0.0/0 1;")
    if not (nginx / "iris" / "internal.geo").exists():
        door = ("snippets/iris.conf", "    deny all;\n", "")
    mistakes = [
        ("iris/fastcgi.conf", "fastcgi_keep_conn off;", "fastcgi_keep_conn on;", "failed", "holds a worker"),
        ("iris/fastcgi.conf", "fastcgi_buffering on;", "fastcgi_ignore_headers X-Accel-Buffering;", "failed",
         "keeps streams back"),
        ("iris/fastcgi.conf", "fastcgi_request_buffering on;", "fastcgi_request_buffering off;", "failed",
         "slow upload"),
        ("iris/fastcgi.conf", "320s", "20s", "failed", "gives up after 20 s"),
        ("iris/fastcgi.conf", "gzip off;", "gzip on; gzip_types text/event-stream;", "warning", "gzip"),
        ("iris/fastcgi.conf", "fastcgi_param REQUEST_START $msec;", "", "warning", "not told REQUEST_START"),
        (*door, "failed", "/api/v1/internal/ is open"),
        ("iris/logs.conf", " iris;", ";", "warning", "visitors' addresses"),
        ("nginx.conf", "http {", "http { set_real_ip_from 0.0.0.0/0;", "failed", "which address they come from"),
    ]  # fmt: skip
    for file, old, new, _, _ in mistakes:
        change(nginx / file, old, new)
    report = check(sick.server, nginx=nginx / "nginx.conf")
    assert report.code == 1
    for file, _, _, status, words in mistakes:
        place = "" if words.startswith("not told") else str(nginx / file)
        assert any(line.startswith(f"{status}: {place}") and words in line for line in report.of("nginx")), report.words


def test_nginx_without_iris_and_half_a_file_are_found(sick: Service, folder: Path) -> None:
    nginx = copy_of_nginx(sick, folder)
    change(nginx / "nginx.conf", "include iris/site.conf;", "")
    change(nginx / "nginx.conf", "include iris/metrics.conf;", "")
    with (nginx / "iris" / "origins.map").open("a", encoding="utf-8") as file:
        file.write('"https://half.test')
    found = check(sick.server, nginx=nginx / "nginx.conf").of("nginx")
    assert any(line.startswith("failed: ") and "hand nothing to Iris" in line for line in found), found
    assert any(line.startswith("warning: ") and "a quotation mark is not closed" in line for line in found), found


@contextmanager
def listener(path: Path, backlog: int, mode: int) -> Iterator[socket.socket]:
    """A socket that nobody takes connections from."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(mode)
        server.listen(backlog)
        yield server


def with_sockets_in(folder: Path, service: Service) -> Path:
    """A copy of nginx's main file that names sockets of this folder, and a user who is nobody."""
    nginx = copy_of_nginx(service, folder)
    (nginx / "nginx.conf").write_text("user nobody;\n" + (nginx / "nginx.conf").read_text(), encoding="utf-8")
    change(nginx / "iris" / "pools.conf", str((service.server.directory / "sock").resolve()), str(folder))
    return nginx / "nginx.conf"


def test_sockets_that_nginx_cannot_use_well_are_found(sick: Service, folder: Path) -> None:
    nginx = with_sockets_in(folder, sick)
    api, auth, chat = (folder / f"{pool}.sock" for pool in POOLS)
    clients = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    with listener(api, 1024, 0o660), listener(auth, 16, 0o666), listener(chat, 4, 0o666):
        for client in clients:
            client.connect(str(chat))
        if os.geteuid() == 0:
            os.chown(api, 1, 1)  # neither nobody's nor root's
        report = check(sick.server, nginx=nginx)
        full = f"5 connections wait at {chat}, whose queue holds 4: the next ones get 502"
        for client in clients:
            client.close()
    assert report.one("socket api").startswith(f"failed: nginx's user nobody may not connect to {api} (mode 0660 of")
    assert report.one("socket auth").startswith(f"failed: the queue of {auth} holds 16 connections")
    assert report.one("socket chat") == f"failed: {full}"
    auth.unlink()
    with listener(auth, 1024, 0o666):
        chat.unlink()
        report = check(sick.server, nginx=nginx)
    assert report.one("socket api") == f"failed: {api} is stale: nobody listens there, so nginx answers 502"
    assert report.one("socket auth").startswith("warning: every user of this host may speak to the workers")
    assert report.one("socket chat") == f"failed: {chat} does not exist, so nginx answers 502"


RECIPE = {
    "iris-{}.socket": "[Socket]\nListenStream={}\nService=iris-{}@1.service\nBacklog=1024\nTriggerLimitIntervalSec=0\n",
    "iris-{}@.service": (
        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=notify\nSockets=iris-{}.socket\nUser=nobody\nRestart=always\n"
        "TimeoutStopSec=320\nWatchdogSec=330\n"),
}  # fmt: skip


def units(service: Service, folder: Path) -> Path:
    """Units of the recipe that hold the service's sockets."""
    place = folder / "units"
    place.mkdir()
    for pool in POOLS:
        path = (service.server.directory / "sock" / f"{pool}.sock").resolve()
        socket_text, service_text = RECIPE.values()
        (place / f"iris-{pool}.socket").write_text(socket_text.format(path, pool), encoding="utf-8")
        (place / f"iris-{pool}@.service").write_text(service_text.format(pool), encoding="utf-8")
    (place / "iris-maintain.timer").write_text("[Timer]\nOnCalendar=minutely\n", encoding="utf-8")
    return place


@pytest.mark.skipif(not SHIPPED_UNITS.is_dir(), reason="skipped: there are no units in deploy/systemd")
def test_the_shipped_units_are_well(sick: Service) -> None:
    report = check(sick.server, SYSTEMD_UNIT_PATH=str(SHIPPED_UNITS))
    assert report.one("units") == "ok: 3 pools keep to the recipe", report.words


def test_drop_ins_that_break_the_recipe_are_found(sick: Service, folder: Path) -> None:
    place = units(sick, folder)
    assert check(sick.server, SYSTEMD_UNIT_PATH=str(place)).one("units") == "ok: 3 pools keep to the recipe"
    mistakes = [
        ("iris-api@.service", "[Unit]\nStartLimitIntervalSec=10s", "given up after a few starts"),
        ("iris-auth@.service", "[Service]\nRuntimeDirectory=iris", "removes the folder of all"),
        ("iris-chat@.service", "[Service]\nKillMode=process", "leaves processes behind"),
        ("iris-.service", "[Service]\nTimeoutStopSec=5", "kills requests after 5 s"),
        ("iris-api.socket", "[Socket]\nBacklog=64", "the queue holds 64 connections"),
        ("iris-auth.socket", "[Socket]\nTriggerLimitIntervalSec=2s", "give up the socket"),
    ]  # fmt: skip
    for unit, text, _ in mistakes:
        (place / f"{unit}.d").mkdir()
        # Of one name, systemd takes the most special unit's.
        (place / f"{unit}.d" / f"{unit.split('.')[0]}.conf").write_text(f"{text}\n", encoding="utf-8")
    change(place / "iris-chat.socket", "chat.sock", "talk.sock")
    report = check(sick.server, SYSTEMD_UNIT_PATH=str(place))
    for unit, _, words in mistakes:
        line = f"failed: {place}/{unit}.d/{unit.split('.')[0]}.conf:2: "
        assert any(found.startswith(line) and words in found for found in report.of("units")), report.words
    assert report.one("socket chat").startswith("failed: nginx asks ") and "talk.sock" in report.one("socket chat")


def test_folders_that_the_workers_cannot_use_are_found(sick: Service, folder: Path) -> None:
    place = units(sick, folder)
    state = folder / "state"
    state.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(state, 1, 1)
    report = check(sick.server, SYSTEMD_UNIT_PATH=str(place), IRIS_STATE_DIR=str(state))
    assert report.one("state folder").endswith("is not writable for nobody"), report.words


def test_a_spool_that_waits_or_is_nearly_full_is_found(sick: Service, folder: Path) -> None:
    state = folder / "state"
    (state / "spool").mkdir(parents=True, mode=0o700)
    state.chmod(0o700)
    made = int((time.time() - 600) * 1000)
    name = f"1-{made >> 16:08x}-{made & 0xFFFF:04x}-7000-8000-000000000000.open"
    (state / "spool" / name).write_bytes(bytes(2048))
    (state / "spool" / name).chmod(0o600)
    found = check(sick.server, IRIS_STATE_DIR=str(state)).one("state folder")
    assert found.startswith("warning: 2 KiB wait in the spool") and found.endswith("for 10 minutes")
    (state / "spool" / name).write_bytes(bytes(3500))
    found = check(sick.server, IRIS_STATE_DIR=str(state), IRIS_SPOOL_MAX_BYTES="4096").one("state folder")
    assert found.startswith("failed: 3 KiB wait in the spool") and "4 KiB is all that it may hold" in found


def test_an_environment_file_that_all_may_read_is_found(sick: Service, folder: Path) -> None:
    path = folder / "iris.env"
    path.write_text(f"IRIS_ALERT_WEBHOOK_URL=http://127.0.0.1:{sick.server.port}/planted\n", encoding="utf-8")
    path.chmod(0o644)
    report = check(sick.server, IRIS_ENV_FILE=str(path))
    assert any("is open to every user" in line for line in report.of("configuration"))
    assert report.one("alert webhook") == "ok: its server can be reached; nothing was sent"
    assert "planted" not in report.words


def test_a_database_that_does_not_fit_is_found(sick: Service) -> None:
    [before] = sick.rows("SELECT version, oldest_worker FROM iris.schema_version")
    try:
        sick.run("UPDATE iris.schema_version SET version = version - 1")
        sick.run("REVOKE SELECT ON iris.accounts FROM iris_app")
        sick.run("UPDATE iris.upkeep SET finished_at = now() - interval '20 minutes'")
        report = check(sick.server)
        assert report.one("schema").startswith("failed: the schema is version")
        assert report.one("role") == "failed: iris may not read accounts"
        assert report.one("upkeep").startswith("warning: iris-fcgi maintain came to its end 20 minutes ago")
        sick.run("UPDATE iris.schema_version SET version = 99, oldest_worker = 99")
        assert check(sick.server).one("schema").startswith("failed: the schema (version 99)")
    finally:
        sick.run("UPDATE iris.schema_version SET version = %s, oldest_worker = %s", *before)
        sick.run("GRANT SELECT ON iris.accounts TO iris_app")
        sick.run("UPDATE iris.upkeep SET finished_at = now()")


def test_peers_that_cannot_be_reached_or_refuse_are_found(sick: Service) -> None:
    nowhere = "http://127.0.0.1:1"
    report = check(
        sick.server, IRIS_GEMINI_BASE_URL=nowhere, IRIS_EXTERNAL_ISSUER="https://id.test",
        IRIS_EXTERNAL_AUDIENCE="iris", IRIS_EXTERNAL_JWKS=f"{nowhere}/jwks", IRIS_SMTP_URL="smtp://127.0.0.1:1",
        IRIS_MAIL_FROM="a@iris.test", IRIS_ALERT_WEBHOOK_URL=f"{nowhere}/planted", IRIS_PUBLIC_URL="http://iris.test",
        IRIS_DATABASE_READ_URL="host=/nowhere dbname=x")  # fmt: skip
    for name in ("gemini", "issuer keys", "mail server", "alert webhook", "read database"):
        assert report.one(name).startswith("failed: "), report.words
    assert "warning: IRIS_PUBLIC_URL is not https" in report.of("configuration")
    assert report.code == 1 and "planted" not in report.words


def test_a_mail_server_is_greeted_and_gets_no_mail(sick: Service) -> None:
    with mail_sink() as sink:
        report = check(sick.server, IRIS_SMTP_URL=sink.url, IRIS_MAIL_FROM="a@iris.test")
        assert report.one("mail server") == "ok: answers and takes us"
        assert (sink.mails, sink.asked) == ([], 0)


def test_silent_peers_hold_nothing_up(sick: Service) -> None:
    """They accept connections and say nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        report = check(
            sick.server, IRIS_GEMINI_BASE_URL=f"http://{place}", IRIS_SMTP_URL=f"smtp://{place}",
            IRIS_MAIL_FROM="a@iris.test", IRIS_ALERT_WEBHOOK_URL=f"http://{place}/")  # fmt: skip
    assert report.seconds < LONGEST / 2
    assert report.one("gemini").endswith("no answer within 5 s")
    assert report.one("mail server").startswith("failed: cannot be reached")


def test_a_pool_that_is_too_small_is_found(sick: Service, own_model: ModelServer) -> None:
    """One worker, and two chats that take four seconds each."""
    own_model.scenario({"name": "ok", "ms": 4000})
    person = sick.person("premium")
    chats = [threading.Thread(target=person.chat, args=("Que faire ?",)) for _ in range(2)]
    for chat in chats:
        chat.start()
    wait_until(lambda: own_model.requests)
    report = check(sick.server)
    for chat in chats:
        chat.join()
    own_model.scenario()
    own_model.clear()
    found = report.one("pool chat")
    assert found.startswith("failed: ") and "busy of 1 workers: others wait" in found
    [advice] = [found["advice"] for found in report.findings if found["name"] == "pool chat"]
    assert advice.startswith("iris-fcgi pool chat ")
