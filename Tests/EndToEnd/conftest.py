"""What every end-to-end test starts from: the real program behind the real nginx, beside a real PostgreSQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
from devserver import DevServer
from issuer import Key, environment, service_token
from model_server import ModelServer
from openapi import Description
from people import Person, register
from psycopg2.extensions import connection as Connection
from service import DAY_ONLY, UNLIMITED, Service, forget_failures, serving
from webhook_sink import WebhookSink, webhook_sink
from wiring import PROJECT, SERVICE_SECRET, Assisted, Serve, model_env, open_up


@pytest.fixture(scope="session")
def binary() -> Path:
    """The program under test: the release build, or what IRIS_TEST_BINARY names."""
    return Path(os.environ.get("IRIS_TEST_BINARY") or PROJECT / ".build" / "release" / "iris-fcgi")


@pytest.fixture(scope="session")
def api() -> Description:
    """The API's description, read once."""
    return Description()


@pytest.fixture(scope="session")
def session_model() -> Iterator[ModelServer]:
    """The stand-in model that the session's service asks."""
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="session")
def running() -> list[DevServer]:
    """The services that outlive a test."""
    return []


@pytest.fixture()
def model(session_model: ModelServer, running: list[DevServer]) -> Iterator[ModelServer]:
    """The same, with nothing recorded, no scenario in force and no past with any service; so it is left, too."""
    session_model.clear()
    for server in running:
        forget_failures(server)
    yield session_model
    session_model.scenario()
    for server in running:
        forget_failures(server)


@pytest.fixture(scope="session")
def iris(binary: Path, session_model: ModelServer, running: list[DevServer]) -> Iterator[DevServer]:
    """One running service for the whole session. A test that kills or freezes something puts it right again."""
    with DevServer(binary=binary, env=model_env(session_model)) as server:
        running.append(server)
        yield server


@pytest.fixture(scope="session")
def assisted(binary: Path, session_model: ModelServer, running: list[DevServer]) -> Assisted:
    """Starts a service for several tests that asks the same model: `with assisted(chat=8, env={…}) as service`."""

    @contextmanager
    def start(env: Mapping[str, str], **options: Any) -> Iterator[Service]:
        with serving(binary, env={**model_env(session_model), **env}, **options) as service:
            running.append(service.server)
            try:
                yield service
            finally:
                running.remove(service.server)

    return start


@pytest.fixture(scope="session")
def assistant(assisted: Assisted) -> Iterator[Service]:
    """Another one with more chat workers, one model, and no limit but the day's."""
    with assisted(api=1, chat=8, env={"IRIS_GEMINI_MODELS": "gemini-3.5-flash-lite", "IRIS_LIMITS": DAY_ONLY}) as service:
        yield service


@pytest.fixture(scope="session")
def backed(assisted: Assisted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One without any limit, which knows another issuer and the unified backend."""
    keys = open_up(tmp_path_factory.mktemp("issuer")) / "jwks.json"
    keys.write_text(json.dumps({"keys": [Key("ES256").jwk()]}))
    keys.chmod(0o644)
    env = {"IRIS_LIMITS": UNLIMITED, "IRIS_SERVICE_SECRET": SERVICE_SECRET, **environment(str(keys))}
    with assisted(auth=2, env=env) as service:
        yield service


@pytest.fixture()
def backend_token() -> str:
    """A token of the unified backend for that service."""
    return service_token(SERVICE_SECRET)


@pytest.fixture()
def sink() -> Iterator[WebhookSink]:
    """A receiver of alerts as Slack is one."""
    with webhook_sink() as server:
        yield server


@pytest.fixture()
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells a measured number, also when the test passes."""

    def tell(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}")

    return tell


@pytest.fixture()
def serve(binary: Path) -> Iterator[Serve]:
    """Starts services of a test's own: `serve(env={…}, limits=True)`; they end with the test."""
    running: list[DevServer] = []

    def start(**options: Any) -> DevServer:
        running.append(DevServer(binary=binary, **options))
        return running[-1].start()

    yield start
    for server in reversed(running):
        server.stop()


@pytest.fixture(scope="session")
def client(iris: DevServer) -> Iterator[httpx.Client]:
    """A client of the session's service; proxies of the environment are none of its business."""
    with httpx.Client(base_url=iris.url, timeout=20.0, trust_env=False) as http:
        yield http


@pytest.fixture()
def person(client: httpx.Client) -> Person:
    """A new free user."""
    return register(client)


@pytest.fixture(scope="session")
def database(iris: DevServer) -> Iterator[Connection]:
    """The service's database with every right, one transaction per statement."""
    yield from _connect(iris.superuser_url)


@pytest.fixture(scope="session")
def app_database(iris: DevServer) -> Iterator[Connection]:
    """The same database with the rights that a worker has."""
    yield from _connect(iris.database_url)


def _connect(url: str) -> Iterator[Connection]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()
