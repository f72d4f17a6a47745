"""What tests and the fixtures that all share have in common: where the project is, and how a service meets its model."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from devserver import DevServer
from model_server import ModelServer
from service import Service

PROJECT = Path(__file__).resolve().parents[3]
Serve = Callable[..., DevServer]
Assisted = Callable[..., AbstractContextManager[Service]]
MODEL_KEY = "AQ.cle-de-test"
SERVICE_SECRET = "le secret du backend unifié, assez long"


def open_up(folder: Path) -> Path:
    """A folder of pytest's that workers, who run as another user, may enter: it and those above it, which are pytest's."""
    for place in (folder, *folder.parents):
        if place == Path(tempfile.gettempdir()):
            break
        place.chmod(0o755)
    return folder


def model_env(server: ModelServer) -> dict[str, str]:
    """What points a service to a stand-in model."""
    return {"IRIS_GEMINI_BASE_URL": server.url, "IRIS_GEMINI_API_KEYS": MODEL_KEY}
