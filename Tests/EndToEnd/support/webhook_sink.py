"""A receiver of webhooks that keeps what it gets and checks signatures by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "un secret de webhook assez long pour les tests"


@dataclass(frozen=True)
class Hook:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """By which a repeat is known."""
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        """The body."""
        return dict(json.loads(self.body))

    def verify(self, key: bytes = SECRET.encode()) -> None:
        """As https://github.com/standard-webhooks/standard-webhooks tells receivers to."""
        moment = self.headers["webhook-timestamp"]
        assert abs(time.time() - int(moment)) < 300
        code = hmac.new(key, f"{self.id}.{moment}.".encode() + self.body, hashlib.sha256).digest()
        assert self.headers["webhook-signature"] == "v1," + base64.b64encode(code).decode()


class WebhookSink(ThreadingHTTPServer):
    """What happens to the requests that come."""

    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.hooks: list[Hook] = []
        #: Answers to the next requests, status and fields; then all are welcome.
        self.answers: list[tuple[int, dict[str, str]]] = []
        #: Seconds before an answer.
        self.delay = 0.0

    @property
    def url(self) -> str:
        """Where to send."""
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/iris?from=iris"

    def of(self, kind: str) -> list[Hook]:
        """Those of a type."""
        return [hook for hook in self.hooks if hook.document["type"] == kind]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is none."""


class _Handler(BaseHTTPRequestHandler):
    server: WebhookSink
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keeps the request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = {name.lower(): value for name, value in self.headers.items()}
        self.server.hooks.append(Hook(self.path, fields, body))
        time.sleep(self.server.delay)
        status, answer = self.server.answers.pop(0) if self.server.answers else (204, {})
        self.send_response(status)
        for name, value in {"Content-Length": "0", **answer}.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def webhook_sink(port: int = 0) -> Iterator[WebhookSink]:
    """Serves on 127.0.0.1, on any free port unless one is named."""
    server = WebhookSink(port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
