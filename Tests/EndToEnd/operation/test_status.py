"""`iris-fcgi status`, and what a worker tells its service manager: the truth, also of workers that answer nobody."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import fastcgi_peer as peer
import pytest
from metrics_page import Page
from model_server import ModelServer
from service import UNLIMITED, Service, serving, wait_until
from wiring import model_env

from devserver.children import Command
from devserver.service_user import ServiceUser

#: No variable of whoever runs the tests.
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
BACKLOG = 1024


@pytest.fixture(scope="module")
def watched(binary: Path, session_model: ModelServer) -> Iterator[Service]:
    """A service that nobody else asks anything."""
    with serving(binary, api=1, auth=1, chat=2, env={**model_env(session_model), "IRIS_LIMITS": UNLIMITED}) as service:
        yield service


@pytest.fixture()
def slow_model(session_model: ModelServer) -> Iterator[None]:
    """A model that takes its time."""
    session_model.scenario({"name": "slow", "ms": 2_500})
    yield
    session_model.scenario()


def status(service: Service) -> dict[str, Any]:
    """One look."""
    done = service.server.command("status", "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def pool(service: Service, name: str = "chat") -> dict[str, Any]:
    return next(pool for pool in status(service)["pools"] if pool["pool"] == name)


def shell(service: Service, before: str = "") -> list[str]:
    """The beginning of a command line in a developer's shell; words follow."""
    env = shlex.quote(str(service.server.directory / "env"))
    return ["/bin/sh", "-c", f'. {env}; {before} exec iris-fcgi "$@"', "sh"]


def test_a_chat_that_waits_for_the_model_is_shown_with_its_request(watched: Service, slow_model: None) -> None:
    person = watched.person()
    with ThreadPoolExecutor(1) as jobs:
        job = jobs.submit(person.chat)
        busy = wait_until(lambda: [one for one in status(watched)["workers"] if one["phase"] == "model"])
        text = watched.server.command("status").stdout
        time.sleep(0.5)
        (later,) = [one for one in status(watched)["workers"] if one["state"] == "busy"]
        answer = job.result()
    (worker,) = busy
    assert worker["request_id"] == answer.headers["X-Request-Id"] and worker["route"] == "/api/v1/chat"
    assert (worker["pool"], worker["state"]) == ("chat", "busy") and worker["pid"] in watched.server.pids("chat")
    assert worker["private_bytes"] > 500_000 and worker["age_ms"] > worker["state_ms"] >= worker["phase_ms"]
    assert later["state_ms"] > worker["state_ms"] + 400 and later["request_id"] == worker["request_id"]
    line = next(line for line in text.splitlines() if worker["request_id"] in line)
    assert re.search(rf"^ *{worker['pid']}  chat  busy .* model .* /api/v1/chat$", line) and "\x1b" not in text
    after = wait_until(lambda: [one for one in status(watched)["workers"] if one["pid"] == worker["pid"]
                                and one["state"] == "idle"])  # fmt: skip
    assert after[0]["request_id"] is None and after[0]["requests"] == worker["requests"] + 1
    chat = pool(watched)
    assert chat["requests"] >= 1 and chat["mean_ms"] > 1_000 and chat["p95_ms"] > 2_000
    assert chat["accepted"] >= chat["requests"]


def test_the_queue_of_workers_that_are_frozen_is_seen(watched: Service) -> None:
    frozen = watched.server.pids("chat")
    before = pool(watched)
    assert (before["queue"], before["backlog"]) == (0, BACKLOG)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        waiting = [peer.connect(str(watched.server.directory / "sock" / "chat.sock")) for _ in range(5)]
        for one in waiting:
            one.sendall(peer.request())
        seen, page = pool(watched), Page.of(watched.server)
        text = watched.server.command("status").stdout
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert (seen["queue"], seen["longest_queue"]) == (5, max(5, before["longest_queue"])) and f" 5/{BACKLOG} " in text
    assert page.total("iris_listen_queue", pool="chat") == 5
    assert page.total("iris_listen_backlog", pool="chat") == BACKLOG
    for one in waiting:
        with one:
            assert b'"status":"ok"' in peer.answer(one)
    wait_until(lambda: pool(watched)["workers"]["idle"] == 2)
    after = pool(watched)
    # Who took the first ones saw the others wait.
    assert after["queue"] == 0 and after["longest_queue"] >= 3 and after["requests"] == before["requests"] + 5


def test_a_killed_worker_disappears_and_is_counted_once(watched: Service) -> None:
    before, victim = pool(watched), watched.server.pids("chat")[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in [one["pid"] for one in status(watched)["workers"]])
    assert pool(watched)["killed"] == before["killed"] + 1
    wait_until(lambda: pool(watched)["workers"]["idle"] == 2)
    Page.of(watched.server)
    after = pool(watched)
    assert (after["killed"], after["started"]) == (before["killed"] + 1, before["started"] + 1)


def test_what_is_set_aside_and_a_database_that_is_away_are_shown(watched: Service, session_model: ModelServer) -> None:
    session_model.scenario({"name": "key_invalid"})
    person = watched.person()
    try:
        assert person.chat().json()["finish"] == "fallback"
    finally:
        session_model.scenario()
    models = status(watched)["models"]
    assert {(one["state"], one["reason"], one["concerns"]) for one in models} == {("set_aside", "key_rejected", "key")}
    watched.server.stop_postgres()
    try:
        wait_until(lambda: watched.http.get("/health").json()["checks"]["database"] == "down")
        look = status(watched)
        assert look["database"]["state"] == "down" and look["spool"]["records"] == 0
        assert "database   down" in watched.server.command("status").stdout
    finally:
        watched.server.start_postgres()
    wait_until(lambda: watched.http.get("/health").json()["checks"]["database"] == "ok", 20)
    assert status(watched)["database"] == {"state": "up", "reason": None, "paused": False}
    watched.forget_failures()


def test_where_there_is_no_scoreboard_it_says_so(watched: Service, tmp_path: Path) -> None:
    for words in (["status"], ["status", "--json"], ["status", "--watch"]):
        argv = [*shell(watched, f"IRIS_RUNTIME_DIR={tmp_path}"), *words]
        done = subprocess.run(argv, env=CLEAN, capture_output=True, text=True, timeout=10, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{tmp_path}/scoreboard does not exist: no worker has started" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_a_watch_gives_a_block_a_second(watched: Service) -> None:
    start, text = time.monotonic(), ""
    argv = [*shell(watched), "status", "--watch"]
    with subprocess.Popen(argv, env=CLEAN, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while text.count("iris-fcgi ") < 3:
            text += process.stdout.readline()
        assert 2 <= time.monotonic() - start < 10
        process.terminate()
        assert process.wait(5) == 0
    assert "\x1b" not in text and "\n\niris-fcgi " in text


def test_a_watch_for_machines_gives_a_line_a_second_with_rates(watched: Service) -> None:
    argv = [*shell(watched), "status", "--watch", "--json"]
    with subprocess.Popen(argv, env=CLEAN, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        for _ in range(10):
            watched.http.get("/health/live").raise_for_status()
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert first["interval_ms"] is None and 900 < second["interval_ms"] < 3_000
    (api,) = [one for one in second["pools"] if one["pool"] == "api"]
    assert api["requests_per_second"] == pytest.approx(10_000 / second["interval_ms"], rel=0.01)


class Screen:
    """A terminal with `iris-fcgi status --watch` on it."""

    def __init__(self, service: Service, columns: int, rows: int) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            time.sleep(0.3)  # until the terminal has its size
            words = [*shell(service), "status", "--watch"]
            os.execve(words[0], words, {**CLEAN, "TERM": "xterm"})
        self.text = ""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """The kernel tells the program."""
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, key: bytes) -> None:
        os.write(self._terminal, key)

    def frames(self) -> list[list[str]]:
        """What was drawn so far, by lines, without colours."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.text)
        # The terminal adds a return of its own to each line's end.
        plain = plain.replace("\x1b[K", "").replace("\r", "")
        return [frame.partition("\x1b[J")[0].split("\n") for frame in plain.split("\x1b[H")[1:]]

    def read_until(self, holds: Any, seconds: float = 8.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, repr(self.text)
            if select.select([self._terminal], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self._terminal, 65_536).decode()
                except OSError:  # the other end is closed
                    assert holds(), repr(self.text)

    def end(self) -> int:
        """Its exit code."""
        self.read_until(lambda: self.text.rstrip().endswith(LEAVE))
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._terminal)
        return code


def test_on_a_terminal_a_watch_redraws_adapts_and_gives_the_screen_back(watched: Service) -> None:
    screen = Screen(watched, 100, 40)
    screen.read_until(lambda: len(screen.frames()) >= 3 and screen.text.endswith("\x1b[J"))
    assert screen.text.startswith(ENTER) and screen.text.count("\x1b[2J") == 0 and "\x1b[1m" in screen.text
    for frame in screen.frames():
        assert frame[0].startswith("iris-fcgi ") and all(len(line) <= 100 for line in frame)
        assert sum(" chat " in line for line in frame) == 2 and any("database   up" in line for line in frame)
    drawn = len(screen.frames())
    screen.resize(50, 8)
    screen.read_until(lambda: len(screen.frames()) > drawn + 1 and screen.text.endswith("\x1b[J"))
    small = screen.frames()[-1]
    assert len(small) == 8 and all(len(line) <= 50 for line in small) and small[-1].endswith("more lines")
    screen.press(b"\x03")
    assert screen.end() == 0


def test_a_watch_that_is_ended_or_paused_leaves_the_terminal_as_it_was(watched: Service) -> None:
    screen = Screen(watched, 80, 24)
    screen.read_until(lambda: screen.frames())
    screen.press(b"\x1a")
    screen.read_until(lambda: screen.text.endswith(LEAVE))
    assert os.waitpid(screen.pid, os.WUNTRACED)[1] >> 8 == signal.SIGSTOP
    os.kill(screen.pid, signal.SIGCONT)
    screen.read_until(lambda: screen.text.count(ENTER) == 2 and screen.text.endswith("\x1b[J"))
    os.kill(screen.pid, signal.SIGTERM)
    assert screen.end() == 0


@contextmanager
def managed_worker(service: Service) -> Iterator[tuple[socket.socket, str, int]]:
    """A worker under a service manager, which is this test: the manager's socket, the pool's, the worker's process."""
    server, user = service.server, ServiceUser.current()
    path, told = server.directory / "sock" / "told.sock", server.directory / "sock" / "manager.sock"
    exports = re.findall(r"^export (IRIS_(?!DEV_).*)$", (server.directory / "env").read_text(), re.MULTILINE)
    iris = dict(shlex.split(line)[0].split("=", 1) for line in exports)
    listener, manager = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with closing(listener), closing(manager):
        listener.bind(str(path))
        listener.listen(16)
        listener.setblocking(False)
        manager.bind(str(told))
        manager.settimeout(10)
        told.chmod(0o777)
        env = {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(told), **iris}
        program = server.directory / "bin" / "iris-fcgi"
        pid = Command([str(program)], env, Path("/"), user, server.log_dir / "told.log", listener.fileno()).start()
        try:
            yield manager, str(path), pid
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            path.unlink()
            told.unlink()


def test_the_service_manager_is_told_what_the_worker_does(watched: Service, slow_model: None) -> None:
    person = watched.person()
    with managed_worker(watched) as (manager, path, pid):
        def news() -> str:
            return manager.recv(1_000).decode()

        assert re.fullmatch(r"READY=1\nSTATUS=idle, 0 requests, [0-9.]+ MiB", news())
        body = json.dumps({"message": "Comment réussir mon CV en 2026 ?"}).encode()
        with peer.connect(path) as client:
            bearer = person.headers["Authorization"]
            client.sendall(peer.request("/api/v1/chat", "POST", body, HTTP_AUTHORIZATION=bearer))
            asked = time.monotonic()
            first = news()
            assert re.match(r"STATUS=busy since \d\d:\d\d:\d\d UTC with /api/v1/chat \(working\), 0 requests, ", first)
            assert time.monotonic() - asked < 1
            stuck = news()
            assert " with /api/v1/chat (model), 0 requests, " in stuck and 0.9 < time.monotonic() - asked < 2
            assert b"200 OK" in peer.answer(client)
        rest = [news()]
        while "idle" not in rest[-1]:
            rest.append(news())
        assert len(rest) <= 4 and rest[-1].startswith("STATUS=idle, 1 request, ")
        start, sent = time.monotonic(), 0
        while time.monotonic() - start < 2.2:
            with peer.connect(path) as client:
                client.sendall(peer.request())
                peer.answer(client)
            sent += 1
            time.sleep(0.002)  # or it would be the worker's last request soon
        manager.settimeout(0.1)
        told = []
        with pytest.raises(TimeoutError):
            while True:
                told.append(news())
        assert sent > 100 and 2 <= len(told) <= 4 and all(" with /health/live (" in line for line in told), told
        manager.settimeout(10)
        os.kill(pid, signal.SIGTERM)
        ending = [news()]
        while "STOPPING" not in ending[-1]:
            ending.append(news())
        assert ending[-1] == "STOPPING=1\nSTATUS=ending" and len(ending) <= 2
