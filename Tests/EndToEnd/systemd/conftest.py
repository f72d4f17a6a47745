"""One machine for all tests of the units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from installed_iris import InstalledIris
from model_server import ModelServer
from people import Person, register
from service import UNLIMITED
from steady_load import Ask
from systemd_machine import SystemdMachine

#: Workers of each pool at the start of a test.
SIZES = {"api": 4, "auth": 1, "chat": 4}
SECRET = "une clé de test qui a plus de trente-deux octets"


@pytest.fixture(scope="package")
def machine() -> Iterator[SystemdMachine]:
    """A machine with nothing of Iris on it."""
    if obstacle := SystemdMachine.why_not():
        pytest.skip(obstacle)
    with SystemdMachine() as machine:
        yield machine


@pytest.fixture(scope="package")
def unit_model(machine: SystemdMachine) -> Iterator[ModelServer]:
    """The model that it asks, outside of it."""
    with ModelServer(address=machine.host) as model:
        yield model


@pytest.fixture(scope="package")
def iris(machine: SystemdMachine, unit_model: ModelServer, binary: Path) -> InstalledIris:
    """Iris on it, as a package installs it. One secret comes from systemd."""
    machine.put(f"{SECRET}\n", "/etc/credstore/iris_anonymisation_key", mode=0o600)
    settings = {
        "IRIS_DATABASE_URL": "postgresql:///iris?host=/run/postgresql", "IRIS_JWT_SECRET": f"{SECRET} aussi",
        "IRIS_GEMINI_BASE_URL": unit_model.url, "IRIS_GEMINI_API_KEYS": "AQ.cle-de-test", "IRIS_LIMITS": UNLIMITED,
    }  # fmt: skip
    return InstalledIris(machine, binary, settings).install(**SIZES)


@pytest.fixture(scope="package")
def http(iris: InstalledIris) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=iris.url, timeout=40.0, trust_env=False) as client:
        yield client


@pytest.fixture(scope="package")
def visitor(http: httpx.Client) -> Person:
    """Who has an account there."""
    return register(http)


@pytest.fixture()
def mixture(visitor: Person) -> Callable[[], list[Ask]]:
    """What arrives in a second of 200 requests: mostly short ones, some chats."""
    question = {"message": "Comment réussir mon CV en 2026 ?"}

    def make() -> list[Ask]:
        me = Ask("GET", "/api/v1/user/me", visitor.headers)
        return [*[me] * 19, Ask("POST", "/api/v1/chat", visitor.headers, question)]

    return make
