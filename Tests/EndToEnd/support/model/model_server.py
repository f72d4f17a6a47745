#!/usr/bin/env python3
"""A stand-in for Google's Gemini API and for OpenAI-compatible servers: real wire formats, no model, faults on request.

Run it with `python3 model_server.py --port 18300 [--tls CERT KEY]` (port 0 takes a free one; the first line of output
is its URL), or use it from a test:

    with ModelServer() as model:
        model.scenario({"name": "overloaded", "times": 2})
        ...                                  # IRIS_GEMINI_BASE_URL = model.url
        assert model.requests[0]["body"]["store"] is False

`POST /v1beta/models/{model}:generateContent`, `POST …:streamGenerateContent?alt=sse` and `POST /v1/chat/completions`
are checked against the documentation (`model_rules.py`, `model_openai.py`): a request that Google or OpenAI would
refuse, or that uses deprecated fields, gets their 400, whatever the scenario. A good one gets what the scenario says
(`model_scenarios.py` and `model_faults.py` list the names, `model_knobs.py` the other members), by default an answer in
French that tells how many turns were seen. The first scenario that fits a request serves it.

`GET /v1beta/models/{model}` describes any model (`models.get`), `GET /v1/models` lists one.

Control, on the same port (also when TLS is on):
  `GET /_requests`     every model request so far, oldest first: `api`, `method`, `path`, `model`, `key`, `stream`,
                       `headers` (names in lower case), `body` (parsed, else null), `question`, `turns`, `summary`,
                       `words` (all texts but the system instruction), `verdict` (null, or why it is no good),
                       `scenario`, `status`, `connection` (the same number: the connection was reused), `port` (the
                       client's), `at`, `first_byte_at`, `first_text_at` (of the body; seconds since the epoch),
                       `ended_ms` (after the start; null while it runs), `client_left` (before the end), `left_ms`
  `DELETE /_requests`  forget them
  `PUT /_scenario`     one scenario or a list; the first that fits a request serves it. `[]` goes back to `ok`
  `GET /_scenario`     those still in force

Bounds: 1024 connections at once (more are closed), 4 MiB a request, the last 20,000 requests are kept, no hang lasts
over `seconds` (120). It is quiet: nothing is logged.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import select
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import model_faults
import model_openai
import model_rules
import model_scenarios
import model_streams
from model_book import Book
from model_dialects import dialect

DESCRIPTION_PATH = re.compile(r"/v1beta/models/([A-Za-z0-9._-]+)")
MODEL_PATH = re.compile(r"/v1beta/models/([A-Za-z0-9._-]+):(generateContent|streamGenerateContent\?alt=sse)")
OPENAI_PATH = "/v1/chat/completions"
MAX_BODY = 4 << 20
MAX_CONNECTIONS = 1024


class Handler(BaseHTTPRequestHandler):
    """One connection; `handle_one_request` of the base class loops over its requests."""

    protocol_version = "HTTP/1.1"
    server_version = "scaffolding on HTTPServer2"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    timeout = 130
    server: "Server"

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.connection_number = next(self.server.numbers)

    def finish(self) -> None:
        super().finish()
        if self.server.tls is not None:  # wrapping took the socket away from the server, which would have closed it
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Says nothing."""

    def do_POST(self) -> None:  # noqa: N802 - the base class dispatches on this name
        """Answers a model request."""
        raw = self.read_body()
        if raw is None:
            return
        record, refusal = self.record(raw)
        try:
            self.answer(record, refusal)
        except OSError:
            self.left(record)
        finally:
            record["ended_ms"] = milliseconds_since(record["at"])

    def do_GET(self) -> None:  # noqa: N802
        """Shows what was seen and what is in force."""
        if self.path == "/_requests":
            self.send_json(200, self.server.book.recorded())
        elif self.path == "/_scenario":
            self.send_json(200, self.server.book.scenarios)
        elif known := DESCRIPTION_PATH.fullmatch(self.path):
            self.send_json(200, {"name": f"models/{known[1]}", "displayName": known[1]})
        elif self.path == "/v1/models":
            model = {"id": "stand-in", "object": "model", "created": 1_790_000_000, "owned_by": "tests"}
            self.send_json(200, {"object": "list", "data": [model]})
        else:
            self.send_bytes(404, b"", "text/html")

    def do_DELETE(self) -> None:  # noqa: N802
        """Forgets the recorded requests."""
        known = self.path == "/_requests"
        if known:
            self.server.book.forget()
        self.send_json(200 if known else 404, [])

    def do_PUT(self) -> None:  # noqa: N802
        """Sets the scenarios."""
        raw = self.read_body()
        if raw is None:
            return
        try:
            if self.path != "/_scenario":
                raise ValueError(f"PUT /_scenario, not {self.path}")
            self.server.book.set_scenarios(json.loads(raw))
            self.send_json(200, self.server.book.scenarios)
        except ValueError as error:
            self.send_json(400, {"error": str(error)})

    def read_body(self) -> bytes | None:
        """The request's body; None, with an answer sent, when it is too long or of unknown length."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self.send_json(413 if length.isdigit() else 411, {"error": "send a Content-Length of at most 4 MiB"})
            return None
        return self.rfile.read(int(length))

    def record(self, raw: bytes) -> tuple[dict[str, Any], model_rules.Refusal | None]:
        """Keeps what arrived, and says what is wrong with it."""
        match = MODEL_PATH.fullmatch(self.path)
        record: dict[str, Any] = {
            "api": "openai" if self.path == OPENAI_PATH else "gemini", "method": self.command, "path": self.path,
            "model": match[1] if match else None, "key": self.headers.get("x-goog-api-key"),
            "stream": match is not None and match[2] != "generateContent",
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "question": "", "turns": 0, "summary": False, "words": "", "scenario": None, "status": None,
            "connection": self.connection_number, "port": self.client_address[1], "at": time.time(),
            "first_byte_at": None, "first_text_at": None, "ended_ms": None, "client_left": False, "left_ms": None,
        }
        if record["api"] == "openai":
            body, refusal = model_openai.check(self.headers, raw)
            record["key"] = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
            if isinstance(body, dict):
                record |= {"model": body.get("model"), "stream": body.get("stream") is True}
        else:
            body, refusal = model_rules.check(record["model"], self.path, self.headers, raw)
        record |= {"body": body, "verdict": refusal["message"] if refusal else None}
        if refusal is None:
            record |= dialect(record).describe(body)
        self.server.book.keep(record)
        return record, refusal

    def answer(self, record: dict[str, Any], refusal: model_rules.Refusal | None) -> None:
        """Refuses a bad request; lets the scenario answer a good one."""
        speaker = dialect(record)
        if refusal:
            record["status"] = refusal["code"]
            self.send_bytes(refusal["code"], speaker.refusal(**refusal), model_scenarios.JSON_TYPE)
            return
        scenario = self.server.book.take_scenario(record)
        record["scenario"] = name = scenario["name"]
        if scenario.get("ms") and not self.wait(scenario["ms"] / 1000, record):
            return
        if fault := model_faults.FAULTS.get(name):
            self.close_connection = True
            fault(self, scenario, record)
        elif name in model_openai.ERRORS and scenario.get("server") == "llama.cpp" and record["stream"]:
            # Some of its builds begin the stream before they look at the request.
            model_streams.send(self, scenario | {"error_after": 0}, record)
        elif name in speaker.ANSWERS and record["stream"]:
            model_streams.send(self, scenario, record)
        else:
            status, content_type, body = speaker.reply(scenario, record)
            record["status"] = status
            self.begin(status, content_type, len(body))
            self.put(body, record, is_text=True)

    def wait(self, seconds: float, record: dict[str, Any]) -> bool:
        """Waits; False, noting when, as soon as the client leaves or the server stops."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.server.stopping.is_set():
                self.close_connection = True
                return False
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and self.client_closed():
                self.left(record)
                return False
        return True

    def left(self, record: dict[str, Any]) -> None:
        """Notes that the client is gone, and when."""
        record |= {"client_left": True, "left_ms": milliseconds_since(record["at"])}
        self.close_connection = True

    def client_closed(self) -> bool:
        """Whether a readable connection is readable because it ended; no client here sends a second request early."""
        try:
            return self.connection.recv(1) == b""
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        except OSError:
            return True

    def send_json(self, status: int, value: Any) -> None:
        """An answer in Google's dress."""
        self.send_bytes(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=UTF-8")

    def send_bytes(self, status: int, body: bytes, content_type: str) -> None:
        """A whole answer."""
        self.begin(status, content_type, len(body))
        self.wfile.write(body)
        self.wfile.flush()

    def begin(self, status: int, content_type: str, length: int | None) -> None:
        """Status line and headers; without a length the body comes in chunks, and the headers go out at once."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.chunked = length is None
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.chunked:
            self.wfile.flush()

    def put(self, data: bytes, record: dict[str, Any], *, is_text: bool = False) -> None:
        """A part of the body, in a write of its own."""
        now = time.time()
        record["first_byte_at"] = record["first_byte_at"] or now
        if is_text:
            record["first_text_at"] = record["first_text_at"] or now
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)
        self.wfile.flush()

    def end(self) -> None:
        """The end of a body that came in chunks."""
        if self.chunked:
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()


def milliseconds_since(start: float) -> float:
    """From a moment of `time.time()` to now."""
    return round((time.time() - start) * 1000, 1)


class Server(ThreadingHTTPServer):
    """The listening socket and what all connections share."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, port: int, tls: tuple[str, str] | None, address: str) -> None:
        self.tls: ssl.SSLContext | None = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls)
            self.tls.set_alpn_protocols(["http/1.1"])
        self.book = Book()
        self.numbers = itertools.count(1)
        self.stopping = threading.Event()
        self.free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((address, port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts the thread of a connection, if one is free."""
        if self.free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """A connection's thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave or refuse our certificate are the business of the test."""


class ModelServer:
    """The stand-in inside a test, on a thread of its own."""

    def __init__(self, port: int = 0, tls: tuple[str, str] | None = None, address: str = "127.0.0.1") -> None:
        self.server = Server(port, tls, address)
        scheme, host = ("https", "localhost") if tls else ("http", address)
        self.url = f"{scheme}://{host}:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> "ModelServer":
        """Begins to answer."""
        self.thread.start()
        return self

    def stop(self) -> None:
        """Stops listening; open hangs end within 50 ms."""
        self.server.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def __enter__(self) -> "ModelServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Model requests so far, oldest first."""
        return self.server.book.recorded()

    def asked(self, **wanted: Any) -> list[dict[str, Any]]:
        """The model requests whose members are as given, oldest first."""
        return [request for request in self.requests if all(request[name] == value for name, value in wanted.items())]

    def clear(self) -> None:
        """Forgets requests and scenarios."""
        self.server.book.forget()
        self.server.book.set_scenarios([])

    def scenario(self, *scenarios: dict[str, Any]) -> None:
        """Sets what the next requests meet; without arguments back to `ok`."""
        self.server.book.set_scenarios(list(scenarios))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A stand-in for Gemini and OpenAI-compatible servers.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="PEM files")
    options = parser.parse_args()
    model = ModelServer(options.port, tuple(options.tls) if options.tls else None)
    print(model.url, flush=True)
    try:
        model.server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
