"""What the load is put on: the development service, the C program in the same nginx, a model that answers at once."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from devserver import DevServer
from devserver.pools import BACKLOG
from devserver.settings import POOLS

import accounts
import cpu
from load import Subject

HERE = Path(__file__).resolve().parent
NGINX = "/usr/sbin/nginx"
HELLO = "/bench/hello"
ACCOUNTS = 16_384
NO_LIMITS = "free=none/day,none/minute,none/letters;premium=none/day,none/minute,none/letters"
QUESTION = "Je suis comptable et je voudrais devenir data analyst : par où commencer ma reconversion ?"

ANSWER = (
    "Votre rigueur de comptable est un vrai atout pour l’analyse de données. Commencez par trois pas concrets.\n\n"
    "1. Listez les tableaux et les contrôles que vous faites déjà : ce sont vos premières preuves.\n"
    "2. Apprenez SQL, puis un outil de visualisation, à raison de quatre heures par semaine.\n"
    "3. Menez un petit projet sur des chiffres publics et racontez-le en une page.\n\n"
    "Un conseil en évolution professionnelle est gratuit : il vous dira quels financements vous sont ouverts, "
    "dont le CPF et le projet de transition professionnelle. Quel temps pouvez-vous y consacrer chaque semaine ?"
)
REPLY = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": ANSWER}]}, "finishReason": "STOP", "index": 0}
    ],
    "usageMetadata": {"promptTokenCount": 640, "candidatesTokenCount": 171, "totalTokenCount": 811},
    "modelVersion": "gemini-3.5-flash-lite",
    "responseId": "bench",
}

MODEL = """\
daemon off;
master_process off;
pid model.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        default_type "application/json; charset=UTF-8";
        return 200 '{reply}';
    }}
}}
"""

HELLO_LOCATION = """\
location = {path} {{
    client_max_body_size 1k;
    set $iris_pool bench_hello;
    include iris/fastcgi.conf;
}}
"""


class Stage:
    """`with Stage(port, binary, say) as stage: stage.subjects`. Whatever happens, nothing of it is left behind."""

    def __init__(self, port: int, binary: Path | None, settings: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._say = say
        self._stack = ExitStack()
        self._scratch = Path()
        self._model_port = port + 2
        self._model = 0
        self._hello: list[int] = []
        self._secret = secrets.token_hex(32)
        env = {
            "IRIS_GEMINI_API_KEYS": "bench",
            "IRIS_GEMINI_BASE_URL": f"http://127.0.0.1:{self._model_port}",
            "IRIS_JWT_SECRET": self._secret,
            "IRIS_LIMITS": NO_LIMITS,
            **settings,
        }
        self.server = DevServer(port=port, env=env, binary=binary, fsync=True, **POOLS)

    def __enter__(self) -> Stage:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("stopping …")
        self._stack.close()

    def _build(self) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="iris-bench-", dir="/tmp"))
        self._stack.callback(shutil.rmtree, self._scratch, ignore_errors=True)
        hello = self._compile_hello()
        self._start_model()
        self._say("starting the service …")
        self._stack.callback(self.server.stop)
        self.server.start()
        self._start_hello(hello)
        self._mount_hello()
        self.tokens = self._make_accounts()

    @property
    def subjects(self) -> list[Subject]:
        """The yardstick first."""
        url = self.server.url
        return [
            Subject("C hello", url + HELLO),
            Subject("GET /health/live", url + "/health/live"),
            Subject("GET /api/v1/topics", url + "/api/v1/topics?uncached"),
            Subject("POST /api/v1/chat", url + "/api/v1/chat", self.tokens),
        ]

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU time used so far, by kind of process. Workers that were recycled count as well."""
        state = self.server.state
        workers = [pid for pool in state["pools"].values() for pid in pool]
        return {
            "worker": cpu.of(workers) + cpu.of_dead_children(state["runner"]) + cpu.of(self._hello),
            "nginx": cpu.of_family(state["nginx"]),
            "postgres": cpu.of_family(state["postgres"]),
            "model": cpu.of([self._model]),
        }

    def _compile_hello(self) -> Path:
        self._say("compiling hello.c …")
        program = self._scratch / "hello"
        argv = ["gcc", "-O2", "-Wall", "-Werror", "-o", str(program), str(HERE / "hello.c"), "-lfcgi"]
        subprocess.run(argv, check=True)
        return program

    def _start_model(self) -> None:
        folder = self._scratch / "model"
        folder.mkdir()
        reply = json.dumps(REPLY, ensure_ascii=False).replace("\\", "\\\\").replace("'", "\\'")
        text = MODEL.format(port=self._model_port, reply=reply)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        argv = [NGINX, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
        self._stack.callback(_end, process)
        self._model = process.pid
        url = f"http://127.0.0.1:{self._model_port}/"
        _await(lambda: _fetch(url) == REPLY, f"the stand-in model at {url}")

    def _start_hello(self, program: Path) -> None:
        """As many as there are workers in the pool that it is compared with, on a socket like theirs."""
        path = self.server.directory / "sock" / "hello.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path.resolve()))
            path.chmod(0o666)  # the folder is the service user's alone
            listener.listen(BACKLOG)
            for _ in range(POOLS["api"]):
                process = subprocess.Popen([str(program)], stdin=listener.fileno(), cwd="/")
                self._stack.callback(_end, process)
                self._hello.append(process.pid)

    def _mount_hello(self) -> None:
        """One more location in the running site, which differs from the others in its socket alone."""
        nginx = self.server.directory / "nginx"
        sock = (self.server.directory / "sock").resolve() / "hello.sock"
        (nginx / "hello.conf").write_text(HELLO_LOCATION.format(path=HELLO), encoding="utf-8")
        with (nginx / "iris" / "pools.conf").open("a", encoding="utf-8") as pools:
            pools.write(f"upstream bench_hello {{ server unix:{sock}; }}\n")
        site = nginx / "nginx.conf"
        before = site.read_text(encoding="utf-8")
        after = before.replace("include iris/site.conf;", "include iris/site.conf;\n        include hello.conf;", 1)
        if before == after:
            raise RuntimeError(f"{site} does not include iris/site.conf, so the C program cannot be mounted beside it.")
        site.write_text(after, encoding="utf-8")
        os.kill(self.server.nginx_pid, signal.SIGHUP)
        live = _fetch(self.server.url + "/health/live")
        _await(lambda: _fetch(self.server.url + HELLO) == live, "the C program behind nginx")

    def _make_accounts(self) -> Path:
        """A file of access tokens, after a first chat that shows that all is as it should be."""
        self._say(f"making {ACCOUNTS} accounts …")
        path = self._scratch / "tokens"
        accounts.create(ACCOUNTS, self.server.superuser_url, self._secret, path)
        with path.open(encoding="ascii") as tokens:
            first = tokens.readline().strip()
        answer = _fetch(self.server.url + "/api/v1/chat", {"message": QUESTION}, first)
        if not isinstance(answer, dict) or answer.get("response") != ANSWER:
            raise RuntimeError(f"The first chat was not answered by the stand-in model: {answer}")
        return path


def _fetch(url: str, body: object = None, token: str = "") -> object:
    """The JSON of an answer, or the words of the failure."""
    data = None if body is None else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"} if data else {}
    request = urllib.request.Request(url, data, fields)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _await(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not answer as expected within {seconds:.0f} s")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
