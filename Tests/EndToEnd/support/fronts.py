"""Web servers that a test starts for itself, with what the documentation says of them, and what each of them must do."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from event_source import listen, listening
from model_server import ModelServer
from operations_page import section
from people import PASSWORD, Person, register
from plain_cgi import service_env
from service import problem, wait_until

from devserver import DevServer
from devserver.service_user import ServiceUser
from devserver.settings import POOLS

_LIBC = ctypes.CDLL(None)
_PR_SET_CHILD_SUBREAPER = 36


def sockets(server: DevServer) -> dict[str, Path]:
    """Where the pools of a service listen."""
    folder = (server.directory / "sock").resolve()
    return {pool: folder / f"{pool}.sock" for pool in POOLS}


def module_of(heading: str) -> str:
    """What `a2enmod` is told to switch on under a heading."""
    (name,) = re.findall(r"`a2enmod (\w+)`", section(heading))
    return name


def program(server: DevServer) -> Path:
    """The program where the service's user may start it."""
    return (server.directory / "bin").resolve() / "iris-fcgi"


def settings_file(folder: Path, server: DevServer) -> Path:
    """What the service's workers were started with, as an iris.env that its user may read."""
    path = folder / "iris.env"
    lines = [f'{name}="{value}"\n' for name, value in service_env(server).items() if name != "IRIS_ENV_FILE"]
    path.write_text("".join(lines), encoding="utf-8")
    path.chmod(0o600)
    ServiceUser.current().give(path)
    return path


@contextmanager
def service_folder() -> Iterator[Path]:
    """A folder of the service user's with a short name, gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="iris-front-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        ServiceUser.current().give(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(
    argv: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, stdin: socket.socket | None = None,
    as_root: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the foreground as the service user, with its words in `folder`/said; ended with the block."""
    user = ServiceUser.current()
    drops = user.drops and not as_root
    identity = {"user": user.uid, "group": user.gid, "extra_groups": []} if drops else {}
    with (folder / "said").open("ab") as said:
        child = subprocess.Popen(
            argv, env={"PATH": "/usr/bin:/bin", **(env or {})}, cwd=folder, stdin=stdin or subprocess.DEVNULL,
            stdout=said, stderr=said, start_new_session=True, **identity,
        )  # fmt: skip
    try:
        yield child
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends a program, then what it forked and left behind, as fcgiwrap does; systemd ends a whole group, too."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans become ours, so that none stays as a zombie
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-child.pid, 0)
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def await_answer(ask: Callable[[], object], said: Path, seconds: float = 15.0) -> None:
    """Waits until something answers; else what the server said fails the test."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            last = ask()
            if last:
                return
        except (OSError, httpx.HTTPError) as error:
            last = error
        time.sleep(0.02)
    raise AssertionError(f"{last!r}\n{said.read_text(errors='replace') if said.exists() else ''}")


def client(url: str) -> httpx.Client:
    """A client whose paths are those behind a prefix, if the URL has one."""
    return httpx.Client(base_url=url, timeout=20.0, trust_env=False)


def assert_whole(http: httpx.Client, model: ModelServer) -> Person:
    """A front end passes on all that the API is made of, and nothing that is not for everybody."""
    assert http.get("/health/live").json() == {"status": "ok"} and http.get("/health").status_code == 200
    assert len(http.get("/api/v1/topics").json()["topics"]) == 5
    assert problem(http.get("/api/v1/nowhere"))["code"] == "not_found"
    assert problem(http.post("/api/v1/topics"))["status"] == 405
    for path in ("/metrics", "/api/v1/internal/users/lea", "/api/v1//internal/users/lea"):
        assert http.get(path).status_code in (403, 404), path

    person = register(http)
    assert person.me().json()["email"] == person.email
    too_long = {"Authorization": f"Bearer {'a' * 12 * 1024}"}
    assert problem(http.get("/api/v1/user/me", headers=too_long))["code"] == "invalid_token"
    answer = person.chat()
    assert answer.status_code == 200 and answer.json()["finish"] == "complete", answer.text
    assert_ticks(person, model)
    assert_leaving_is_noticed(person, model)
    assert person.send("DELETE", "/api/v1/user/me", json={"password": PASSWORD}).status_code == 204
    return person


def assert_ticks(person: Person, model: ModelServer) -> None:
    """Pieces of a stream arrive when the model wrote them, not together at its end."""
    pieces, gap = 5, 0.2
    model.scenario({"pieces": pieces, "gap_ms": gap * 1000})
    deltas = listen(person, "Combien de temps dure un bilan en 2026 ?").named("delta")
    model.scenario()
    assert deltas[-1].at - deltas[0].at > gap * (pieces - 2), deltas


def assert_leaving_is_noticed(person: Person, model: ModelServer) -> None:
    """Who goes away in the middle of a stream ends the model's work, with the next events at the latest."""
    model.scenario({"pieces": 40, "gap_ms": 250})
    with listening(person, "Que faire avant le 15 mai 2026 ?") as answer:
        next(answer.iter_raw())
    wait_until(lambda: model.requests[-1]["ended_ms"] is not None, seconds=4, why="the model works on for nobody")
    assert model.requests[-1]["client_left"]
    model.scenario()
