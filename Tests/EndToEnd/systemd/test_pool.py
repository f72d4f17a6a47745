"""`iris-fcgi pool`: how many workers there are."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
from installed_iris import InstalledIris, eventually
from model_server import ModelServer
from people import Person


def sizes(iris: InstalledIris) -> dict[str, tuple[int, int]]:
    """Enabled and active workers of each pool."""
    lines = json.loads(iris.command("pool", "--json").stdout)
    return {line["pool"]: (line["size"], line["active"]) for line in lines}


def test_a_pool_grows_and_shrinks_without_a_lost_request(
    iris: InstalledIris, http: httpx.Client, visitor: Person, unit_model: ModelServer
) -> None:
    """Those beyond the new size finish the chat that they have."""
    assert sizes(iris) == {"api": (4, 4), "auth": (1, 1), "chat": (4, 4)}
    # What a test before did to the database is forgotten.
    eventually(lambda: http.get("/health").json()["status"] == "ok")
    try:
        said = iris.command("pool", "chat", "6").stdout
        assert "chat  6     6" in said, said
        assert sizes(iris)["chat"] == (6, 6)
        unit_model.scenario({"name": "slow", "ms": 2000})
        with ThreadPoolExecutor(6) as threads:
            asked = [threads.submit(visitor.chat, f"Quel métier en {2026 + n} ?") for n in range(6)]
            eventually(lambda: len([r for r in unit_model.requests if r["ended_ms"] is None]) == 6)
            iris.command("pool", "chat", "2")
            assert {answer.result().status_code for answer in asked} == {200}
            assert not any(answer.result().json()["degraded"] for answer in asked)
        assert sizes(iris)["chat"] == (2, 2)
    finally:
        unit_model.scenario()
        iris.command("pool", "chat", "4")
    assert sizes(iris)["chat"] == (4, 4)
    wants = iris.machine.show("iris.target", "Wants").split()
    assert [f"iris-chat@{number}.service" in wants for number in range(1, 8)] == [True] * 4 + [False] * 3


def test_a_pool_does_not_grow_with_a_broken_configuration(iris: InstalledIris) -> None:
    """Nor is anything enabled then."""
    iris.configure("IRIS_CHAT_DEADLINE=soon\n")
    try:
        ended = iris.command("pool", "api", "5", check=False)
        assert ended.returncode == 1 and "IRIS_CHAT_DEADLINE" in ended.stderr
    finally:
        iris.configure()
    assert sizes(iris)["api"] == (4, 4)
