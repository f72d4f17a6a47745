"""Keys of the model are changed while workers run, and one that is refused is left alone by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import ModelServer
from service import UNLIMITED, Service, log_text, wait_until
from wiring import Assisted, open_up

WORKERS = 3


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the keys, in a folder that workers reach."""
    return open_up(tmp_path_factory.mktemp("keys")) / "gemini"


@pytest.fixture(scope="module")
def service(assisted: Assisted, keys: Path) -> Iterator[Service]:
    """A service that reads its keys from the file."""
    change(keys, "AQ.vieille")
    env = {
        "IRIS_GEMINI_API_KEYS": "", "IRIS_GEMINI_API_KEYS_FILE": str(keys), "IRIS_LIMITS": UNLIMITED,
        "IRIS_GEMINI_MODELS": "gemini-3.5-flash-lite",
    }
    with assisted(api=1, chat=WORKERS, env=env) as service:
        yield service


def change(keys: Path, text: str) -> None:
    """Puts another file in the place of the one that is there, as configuration management does."""
    fresh = keys.with_suffix(".new")
    fresh.write_text(text + "\n")
    fresh.chmod(0o644)
    fresh.replace(keys)


def test_chats_use_a_new_key_within_two_seconds(service: Service, model: ModelServer, keys: Path) -> None:
    person = service.person()
    for _ in range(2 * WORKERS):
        person.chat()
    assert {request["key"] for request in model.requests} == {"AQ.vieille"}
    change(keys, "AQ.neuve")
    time.sleep(2)
    model.clear()
    workers = service.server.pids("chat")
    for _ in range(4 * WORKERS):
        assert person.chat().json()["finish"] == "complete"
    assert {request["key"] for request in model.requests} == {"AQ.neuve"} and len(model.requests) == 4 * WORKERS
    assert service.server.pids("chat") == workers, "without restart"


def test_a_file_without_a_key_leaves_the_old_one_in_use(service: Service, model: ModelServer, keys: Path) -> None:
    change(keys, "AQ.gardee")
    time.sleep(2)
    person = service.person()
    assert person.chat().json()["finish"] == "complete"
    change(keys, "")
    time.sleep(2)
    assert [person.chat().json()["finish"] for _ in range(WORKERS)] == ["complete"] * WORKERS
    assert {request["key"] for request in model.requests} == {"AQ.gardee"}


def test_a_refused_key_is_set_aside_while_the_other_answers(service: Service, model: ModelServer, keys: Path) -> None:
    change(keys, "AQ.refusee,AQ.bonne")
    time.sleep(2)
    model.scenario({"name": "key_invalid", "key": "AQ.refusee"})
    person = service.person()
    assert [person.chat().json()["finish"] for _ in range(20)] == ["complete"] * 20
    assert len(model.asked(key="AQ.refusee")) == 1 and len(model.asked(key="AQ.bonne")) == 20
    model.scenario()
    change(keys, "AQ.remplacee,AQ.bonne")
    wait_until(lambda: person.chat() and model.requests[-1]["key"] == "AQ.remplacee", 2.5, "a new key has no past")
    alerts = service.rows("SELECT subject, detail::text FROM iris.alerts WHERE kind = 'key_rejected'")
    assert alerts and "AQ." not in str(alerts) and "AQ." not in log_text(service.server)
    events = service.rows("SELECT metadata FROM iris.iris_events WHERE event_type = 'provider_key_rejected'")
    assert events and "AQ." not in str(events)
