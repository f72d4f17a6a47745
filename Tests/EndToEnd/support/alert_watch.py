"""A service whose alerts go to a receiver of the test's own, and looks at it as the timer makes them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_server import ModelServer
from service import UNLIMITED, Service, serving
from webhook_sink import WebhookSink
from wiring import model_env

MODEL = "gemini-3.5-flash-lite"


@contextmanager
def watched(
    binary: Path, sink: WebhookSink, model: ModelServer, api: int = 1, chat: int = 2, **env: str
) -> Iterator[Service]:
    """A service that tells this receiver, with nothing told yet."""
    variables = {
        **model_env(model), "IRIS_GEMINI_MODELS": MODEL, "IRIS_LIMITS": UNLIMITED, "IRIS_ALERT_WEBHOOK_URL": sink.url,
        **env,
    }
    with serving(binary, api=api, auth=1, chat=chat, env=variables) as service:
        look(service)
        assert told(sink) == []
        yield service


def look(service: Service, code: int | None = 0) -> dict[str, Any]:
    """One run of maintain: what its alerts came to."""
    run = service.server.command("maintain", "--json", timeout=60)
    assert code is None or run.returncode == code, run.stderr
    return dict(json.loads(run.stdout)["tasks"]["alerts"])


def told(sink: WebhookSink) -> list[str]:
    """The lines of all messages but the first and last of each: step and kind."""
    lines = []
    for hook in sink.hooks:
        assert set(hook.document) == {"text"} and hook.headers["content-type"].startswith("application/json")
        first, *changes, last = hook.document["text"].split("\n")
        assert first == f"Phoenix Iris on {socket.gethostname()}" and last.startswith("What to do")
        lines += [" ".join(change.split(" ")[:2]).rstrip(":,") for change in changes]
    return lines
