"""The same binary as plain CGI, from spawn-fcgi, and with nothing to serve."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import time
from pathlib import Path

import fastcgi_peer as peer
import pytest
from plain_cgi import cgi, service_env

pytestmark = pytest.mark.alone


def test_a_get(binary: Path) -> None:
    done = cgi(binary, REQUEST_METHOD="GET", PATH_INFO="/health/live")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert done.returncode == 0 and head.startswith(b"Status: 200 OK\r\n") and b"Content-Type: application/json" in head
    assert json.loads(body) == {"status": "ok"}


def test_request_method_alone_is_enough(binary: Path) -> None:
    done = subprocess.run(
        [str(binary)], input=b"", capture_output=True, timeout=20, check=False,
        env={"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/api/v1/topics", "IRIS_ENV_FILE": "/dev/null"})
    assert done.stdout.startswith(b"Status: 200 OK\r\n")


def test_without_configuration_what_needs_it_is_a_503(binary: Path) -> None:
    body = b'{"email":"a@example.org","password":"une phrase assez longue"}'
    done = cgi(
        binary, body, REQUEST_METHOD="POST", PATH_INFO="/api/v1/auth/login", CONTENT_LENGTH=str(len(body)),
        CONTENT_TYPE="application/json")
    assert done.stdout.startswith(b"Status: 503") and b"Retry-After" in done.stdout


def test_a_post_with_the_services_environment(binary: Path, iris, person) -> None:
    body = json.dumps({"email": person.email, "password": "une phrase assez longue"}).encode()
    done = cgi(
        binary, body, service_env(iris), REQUEST_METHOD="POST", PATH_INFO="/api/v1/auth/login",
        CONTENT_LENGTH=str(len(body)), CONTENT_TYPE="application/json")
    assert done.stdout.startswith(b"Status: 200 OK"), done.stdout + done.stderr
    assert json.loads(done.stdout.partition(b"\r\n\r\n")[2])["user"]["email"] == person.email


def test_a_cut_body(binary: Path) -> None:
    done = cgi(
        binary, b"{", REQUEST_METHOD="POST", PATH_INFO="/api/v1/auth/login", CONTENT_LENGTH="100",
        CONTENT_TYPE="application/json")
    assert done.stdout.startswith(b"Status: 400") and b"incomplete_body" in done.stdout


def test_an_answer_takes_at_most_forty_milliseconds(binary: Path) -> None:
    def once() -> float:
        start = time.perf_counter()
        cgi(binary, REQUEST_METHOD="GET", PATH_INFO="/health/live")
        return time.perf_counter() - start

    assert statistics.median(once() for _ in range(15)) <= 0.040


def test_bad_configuration_stops_with_one_line_each(binary: Path) -> None:
    done = cgi(binary, REQUEST_METHOD="GET", PATH_INFO="/health/live", IRIS_ACESS_TTL="9", IRIS_CHAT_DEADLINE="soon")
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1 and len(lines) == 2, lines
    assert any("IRIS_ACESS_TTL" in line for line in lines) and any("IRIS_CHAT_DEADLINE" in line for line in lines)


def test_nothing_to_serve_is_said(binary: Path) -> None:
    done = subprocess.run(
        [str(binary)], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False, env={"IRIS_ENV_FILE": "/dev/null"})
    assert done.returncode == 2 and b"iris-fcgi help" in done.stderr


def test_a_worker_without_secrets_does_not_start(binary: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        done = subprocess.run(
            [str(binary)], stdin=listener, capture_output=True, timeout=20, check=False, env={"IRIS_ENV_FILE": "/dev/null"})
    assert done.returncode == 1
    for name in ("IRIS_DATABASE_URL", "IRIS_JWT_SECRET", "IRIS_ANONYMISATION_KEY"):
        assert name in done.stderr.decode()


@pytest.mark.skipif(not Path("/usr/bin/spawn-fcgi").exists(), reason="spawn-fcgi is not installed")
def test_spawn_fcgi_hands_over_descriptor_zero(binary: Path, iris, tmp_path: Path) -> None:
    path = tmp_path / "fcgi.sock"
    spawner = subprocess.Popen(
        ["spawn-fcgi", "-n", "-s", str(path), "--", str(binary)],
        env={"PATH": "/usr/bin:/bin", "IRIS_ENV_FILE": "/dev/null", **service_env(iris)}, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 5
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        for _ in range(3):
            with peer.connect(str(path)) as client:
                client.sendall(peer.request())
                assert b'{"status":"ok"}' in peer.answer(client)
    finally:
        spawner.terminate()
        assert spawner.wait(5) == 0


def test_it_starts_and_answers_within_twenty_five_milliseconds(binary: Path, iris) -> None:
    env = {**service_env(iris), "IRIS_ENV_FILE": "/dev/null"}

    def once(path: str) -> float:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            with peer.connect(path) as client:
                client.sendall(peer.request())
                start = time.perf_counter()
                worker = subprocess.Popen([str(binary)], stdin=listener, env=env)
                assert b'{"status":"ok"}' in peer.answer(client)
                seconds = time.perf_counter() - start
                worker.terminate()
                worker.wait(5)
        os.unlink(path)
        return seconds

    assert statistics.median(once(f"/tmp/iris-start-{os.getpid()}-{n}") for n in range(9)) <= 0.025


def test_the_service_manager_is_told_and_not_flooded(binary: Path, iris, tmp_path: Path) -> None:
    """READY, then pings that neither stop when idle nor come with every request, then STOPPING (sd_notify(3))."""
    address = str(tmp_path / "api.sock")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        listener.bind(address)
        listener.listen()
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        env = {**service_env(iris), "IRIS_ENV_FILE": "/dev/null", "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
        worker = subprocess.Popen([str(binary)], stdin=listener, env=env)
        try:
            assert manager.recv(4096).startswith(b"READY=1\nSTATUS=")
            start = time.monotonic()
            for _ in range(50):
                with peer.connect(address) as client:
                    client.sendall(peer.request())
                    assert b'{"status":"ok"}' in peer.answer(client)
            busy = time.monotonic() - start
            time.sleep(2.2)
        finally:
            worker.terminate()
            assert worker.wait(5) == 0
        manager.setblocking(False)
        messages = []
        while not messages or not messages[-1].startswith(b"STOPPING=1"):
            messages.append(manager.recv(4096))
    pings = messages.count(b"WATCHDOG=1")
    assert sum(message.startswith(b"STATUS=") for message in messages) <= busy + 2.2 + 2, messages
    assert 2 <= pings <= 1 + (busy + 2.2) / 0.5 + 1, messages
