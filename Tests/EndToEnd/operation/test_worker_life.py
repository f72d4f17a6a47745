"""Workers under bad peers, signals and load: none hangs, none spins, nobody's request is lost but the killed one's."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import fastcgi_peer as peer
import httpx
import pytest
from model_server import ModelServer
from people import register
from service import UNLIMITED
from steady_load import Ask, Running, steady_load
from wiring import Serve, model_env, open_up

from devserver import DevServer

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def lonely(binary: Path):
    """A service with one worker in each pool: whoever holds it, holds everyone."""
    with DevServer(binary=binary, api=1, auth=1, chat=1) as server:
        yield server


def busy(server: DevServer) -> AbstractContextManager[Running]:
    """200 requests a second."""
    return steady_load("127.0.0.1", server.port, 200, [Ask("GET", "/api/v1/topics?uncached")])


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def api_socket(server) -> str:
    return str(server.directory / "sock" / "api.sock")


def assert_free(server, seconds: float = 3.0) -> None:
    """The one api worker answers somebody else within so many seconds."""
    start = time.monotonic()
    with peer.connect(api_socket(server)) as good:
        good.sendall(peer.request())
        assert b'{"status":"ok"}' in peer.answer(good)
    assert time.monotonic() - start < seconds


def keep_sending(connection: socket.socket, gap: float) -> threading.Event:
    """Sends a little every `gap` seconds until the returned event is set or the peer is gone."""
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(gap):
            try:
                connection.sendall(peer.record(peer.STDIN, b"x"))
            except OSError:
                return

    threading.Thread(target=trickle, daemon=True).start()
    return stop


STALLS = {
    "silent": b"",
    "begin only": peer.begin(),
    "half the parameters": peer.begin() + peer.record(peer.PARAMS, peer.pairs(peer.variables())[:20]),
    "half the body": peer.request("/api/v1/auth/refresh", "POST", b"{}")[:-12] + b"",
    "no end of parameters": peer.begin() + peer.record(peer.PARAMS, peer.pairs(peer.variables())),
}


@pytest.mark.parametrize("sent", STALLS.values(), ids=STALLS.keys())
def test_a_stalling_peer_frees_the_worker_within_three_seconds(lonely, sent: bytes) -> None:
    with peer.connect(api_socket(lonely)) as stalled:
        stalled.sendall(sent)
        time.sleep(0.05)
        assert_free(lonely)


def test_a_trickled_body_frees_the_worker(lonely) -> None:
    head = peer.begin() + peer.record(
        peer.PARAMS, peer.pairs(peer.variables("/api/v1/auth/refresh", "POST", CONTENT_LENGTH="60000")))
    with peer.connect(api_socket(lonely)) as slow:
        slow.sendall(head + peer.record(peer.PARAMS))
        stop = keep_sending(slow, 0.3)
        time.sleep(0.1)
        assert_free(lonely)
        stop.set()


def test_a_peer_that_never_reads_or_closes_frees_the_worker(lonely) -> None:
    with peer.connect(api_socket(lonely)) as deaf:
        deaf.sendall(peer.request("/api/v1/topics"))
        assert_free(lonely)


def test_a_peer_that_trickles_after_the_end_frees_the_worker(lonely) -> None:
    with peer.connect(api_socket(lonely)) as chatty:
        chatty.sendall(peer.request("/api/v1/topics"))
        stop = keep_sending(chatty, 0.02)
        assert_free(lonely)
        stop.set()


def test_cut_parameters_are_no_request(lonely) -> None:
    with peer.connect(api_socket(lonely)) as cut:
        cut.sendall(peer.begin() + peer.record(peer.PARAMS))
        assert peer.answer(cut) == b""


def test_a_short_body_is_a_400(lonely) -> None:
    sent = peer.begin() + peer.record(peer.PARAMS, peer.pairs(peer.variables(
        "/api/v1/auth/refresh", "POST", CONTENT_LENGTH="20", CONTENT_TYPE="application/json")))
    with peer.connect(api_socket(lonely)) as short:
        short.sendall(sent + peer.record(peer.PARAMS) + peer.record(peer.STDIN, b"{}") + peer.record(peer.STDIN))
        answer = peer.answer(short)
    assert b"Status: 400" in answer and b"incomplete_body" in answer


def test_a_client_that_left_in_the_queue_costs_nothing(lonely) -> None:
    (pid,) = lonely.pids("api")
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(5):
            with peer.connect(api_socket(lonely)) as gone:
                gone.sendall(peer.request("/api/v1/topics", REQUEST_ID="deadbeefdeadbeef"))
    finally:
        os.kill(pid, signal.SIGCONT)
    with peer.connect(api_socket(lonely)) as good:
        good.sendall(peer.request())
        assert b"200 OK" in peer.answer(good)
    assert not [line for line in lonely.log_lines("api") if line.get("id") == "deadbeefdeadbeef"]


@pytest.mark.parametrize(("age", "status"), [(0, b"200"), (29, b"200"), (31, b"503"), (-3_600, b"200"), (3_600, b"200")])
def test_a_request_that_waited_too_long_is_refused(lonely, age: int, status: bytes) -> None:
    with peer.connect(api_socket(lonely)) as late:
        late.sendall(peer.request(REQUEST_START=f"{time.time() - age:.3f}"))
        answer = peer.answer(late)
    assert answer.startswith(b"Status: " + status)
    assert (b"Retry-After: " in answer) == (status == b"503")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def await_end(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not gone(pid):
        assert time.monotonic() < deadline, f"worker {pid} did not end"
        time.sleep(0.01)


def await_new(server, pool: str, old: int) -> None:
    deadline = time.monotonic() + 10
    while old in server.pids(pool) or not server.pids(pool):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("sent", [None, b"", peer.begin(), STALLS["half the body"]], ids=["idle", "silent", "begin", "mid-body"])
def test_sigterm_ends_a_worker_cleanly(lonely, sent: bytes | None) -> None:
    (pid,) = lonely.pids("api")
    connection = peer.connect(api_socket(lonely)) if sent is not None else None
    if connection is not None:
        connection.sendall(sent or b"")
        time.sleep(0.1)
    os.kill(pid, signal.SIGTERM)
    await_end(pid, 4.0)
    if connection is not None:
        connection.close()
    await_new(lonely, "api", pid)
    assert httpx.get(lonely.url + "/health/live", trust_env=False).status_code == 200


def test_sigterm_in_mid_chat_finishes_the_answer(serve: Serve, session_model: ModelServer) -> None:
    server = serve(chat=1, env=model_env(session_model))
    session_model.scenario({"name": "slow", "ms": 1_500})
    try:
        with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http, ThreadPoolExecutor(1) as pool:
            person = register(http)
            (pid,) = server.pids("chat")
            job = pool.submit(person.chat, "une question")
            time.sleep(0.5)
            os.kill(pid, signal.SIGTERM)
            answer = job.result()
            assert (answer.status_code, answer.json()["finish"]) == (200, "complete")
            await_end(pid, 3.0)
    finally:
        session_model.scenario()


def test_sigterm_to_all_under_load_loses_nothing(serve: Serve) -> None:
    server = serve(api=3)
    with busy(server) as load:
        for _ in range(3):
            time.sleep(0.7)
            before = server.pids("api")
            for pid in before:
                os.kill(pid, signal.SIGTERM)
            for pid in before:
                await_end(pid, 4.0)
        time.sleep(0.7)
    assert load.answers().sent > 300 and load.answers().failed == 0
    pids = server.pids("api")
    start = {pid: cpu_seconds(pid) for pid in pids}
    time.sleep(1.0)
    assert all(cpu_seconds(pid) - start[pid] < 0.2 for pid in pids), "an idle worker burns processor time"


def test_kill_nine_costs_at_most_its_own_request(serve: Serve) -> None:
    server = serve(api=3)
    killed = 0
    with busy(server) as load:
        for _ in range(3):
            time.sleep(0.7)
            victim = server.pids("api")[0]
            os.kill(victim, signal.SIGKILL)
            killed += 1
            await_new(server, "api", victim)
        time.sleep(0.5)
    assert load.answers().sent > 300 and load.answers().failed <= killed


def test_a_worker_ends_after_its_last_request(serve: Serve) -> None:
    server = serve(api=1, env={"IRIS_MAX_REQUESTS": "50"})
    (first,) = server.pids("api")
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as http:
        assert [http.get("/health/live").status_code for _ in range(120)] == [200] * 120
    assert server.pids("api") != [first]


def test_a_changed_secret_file_is_used_without_restart(serve: Serve, session_model: ModelServer, tmp_path: Path) -> None:
    open_up(tmp_path)
    keys = tmp_path / "keys"
    keys.write_text("AQ.premiere\n")
    keys.chmod(0o644)
    server = serve(chat=1, env={
        "IRIS_GEMINI_BASE_URL": session_model.url, "IRIS_GEMINI_API_KEYS_FILE": str(keys), "IRIS_LIMITS": UNLIMITED})
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as http:
        person = register(http)
        person.chat()
        assert session_model.requests[-1]["key"] == "AQ.premiere"
        keys.write_text("AQ.deuxieme\n")
        time.sleep(1.2)
        person.chat()
        assert session_model.requests[-1]["key"] == "AQ.deuxieme", json.dumps(server.log_lines("chat")[-3:])
        keys.write_text("")
        time.sleep(1.2)
        person.chat()
        assert session_model.requests[-1]["key"] == "AQ.deuxieme"
        assert any("the former stays" in line["message"] for line in server.log_lines("chat"))
