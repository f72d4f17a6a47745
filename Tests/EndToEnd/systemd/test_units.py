"""What the units promise: the whole chat path in the sandbox, its score, and what they have in common."""

from __future__ import annotations

import difflib
import re

import httpx
import pytest
from installed_iris import POOLS, UNITS, InstalledIris, eventually
from model_server import ModelServer
from people import Person

SIZES = {"api": 4, "auth": 1, "chat": 4}
STATES = ("starting", "idle", "busy")


def test_the_units_of_the_pools_differ_in_name_and_times_only() -> None:
    """What is mended in one is mended in all."""
    api = _text("iris-api@.service").splitlines()
    for pool in POOLS:
        other = _text(f"iris-{pool}@.service").replace(f"iris-{pool}", "iris-api").replace(f" {pool} worker", " api worker")
        changed = [line[1:] for line in difflib.ndiff(api, other.splitlines()) if line[0] in "+-"]
        settings = {line.split("=")[0].strip() for line in changed if "=" in line and not line.strip().startswith("#")}
        assert settings <= {"WatchdogSec", "TimeoutStopSec", "Nice"}, pool
        assert _text(f"iris-{pool}.socket").replace(pool, "api") == _text("iris-api.socket")


@pytest.mark.parametrize("unit", ["iris-api@1", "iris-auth@1", "iris-chat@1", "iris-maintain"])
def test_a_unit_is_exposed_hardly(iris: InstalledIris, unit: str) -> None:
    """Of ten, by systemd's own judgement; 1.5 at most."""
    said = iris.machine.run("systemd-analyze", "security", "--no-pager", f"{unit}.service").stdout
    score = float(re.search(r"exposure level for \S+: (\d+\.\d+)", said)[1])
    assert score <= 1.5, said


def test_the_whole_chat_works_in_the_sandbox(
    iris: InstalledIris, http: httpx.Client, visitor: Person, unit_model: ModelServer
) -> None:
    """Account (hash), chat (database, model), stream, figures, upkeep: nothing that a worker needs is forbidden to it."""
    answer = visitor.chat("Comment réussir mon entretien en 2026 ?")
    assert answer.status_code == 200 and not answer.json()["degraded"], answer.text
    assert unit_model.requests[-1]["status"] == 200

    stream = visitor.send(
        "POST", "/api/v1/chat", json={"message": "Quel métier en 2026 ?"}, headers={"Accept": "text/event-stream"})
    assert stream.text.startswith("event: start") and "event: done" in stream.text

    assert http.get("/health").json()["status"] == "ok"
    # Each sees all others, though /proc hides them, and takes none of them for dead.
    figures, later = _figures(iris), _figures(iris)
    for pool, count in SIZES.items():
        assert sum(figures[f'iris_workers{{pool="{pool}",state="{state}"}}'] for state in STATES) == count
        crashes = f'iris_worker_crashes_total{{pool="{pool}"}}'
        assert later[crashes] == figures[crashes]

    iris.machine.systemctl("start", "iris-maintain.service")
    assert iris.psql("iris", "SELECT count(*) FROM iris.upkeep WHERE finished_at IS NOT NULL") == "1"
    assert eventually(lambda: iris.log("request"))[-1]["UNIT"].startswith("iris-")


def test_what_is_said_while_the_database_is_away_is_kept_in_the_sandbox(iris: InstalledIris, visitor: Person) -> None:
    """The spool can be written there, and comes to the database by itself."""
    database = iris.machine.systemctl("list-units", "--plain", "--no-legend", "postgresql@*").split()[0]
    iris.machine.systemctl("stop", database)
    try:
        answer = visitor.chat("Comment négocier mon salaire en 2026 ?")
        assert answer.status_code == 200 and answer.json()["degraded"], answer.text
        assert iris.machine.run("ls", "/var/lib/iris/spool").stdout
    finally:
        iris.machine.systemctl("start", database)
    session = answer.json()["session_id"]
    eventually(lambda: visitor.send("GET", f"/api/v1/chat/sessions/{session}").status_code == 200, 30)


def test_memory_and_processes_are_limited(iris: InstalledIris) -> None:
    """As systemd has them in force; the kernel holds to them where it gives systemd those controllers."""
    def limits(unit: str) -> tuple[int, str]:
        return int(iris.machine.show(unit, "MemoryMax")), iris.machine.show(unit, "TasksMax")

    total = int(iris.machine.run("awk", "/^MemTotal/ { print $2 }", "/proc/meminfo").stdout) * 1024
    memory, tasks = limits("iris.slice")
    assert 0.55 * total < memory < 0.65 * total and tasks == "4096"
    for unit in ("iris-api@1.service", "iris-auth@1.service", "iris-chat@1.service"):
        assert limits(unit) == (256 << 20, "16") and iris.machine.show(unit, "Slice") == "iris.slice"


def test_the_watchdog_waits_for_the_longest_chat(iris: InstalledIris) -> None:
    """Workers of the chat pool say how long theirs may take; those of the others keep the unit's time."""
    def seconds(unit: str) -> str:
        return iris.machine.show(unit, "WatchdogUSec")

    assert (seconds("iris-chat@2"), seconds("iris-api@2")) == ("1min", "30s")
    iris.configure("IRIS_CHAT_DEADLINE=120\n")
    try:
        iris.machine.systemctl("restart", "iris-chat@2", "iris-api@2")
        assert (seconds("iris-chat@2"), seconds("iris-api@2")) == ("2min 15s", "30s")
    finally:
        iris.configure()
        iris.machine.systemctl("restart", "iris-chat@2", "iris-api@2")


def test_a_stop_of_the_target_stops_all_of_it_and_a_restart_refuses_nobody(
    iris: InstalledIris, http: httpx.Client
) -> None:
    """The queues live on over a restart, and end with a stop."""
    inode = iris.machine.run("stat", "-c", "%i", "/run/iris/api.sock").stdout
    iris.machine.systemctl("restart", "iris.target")
    assert http.get("/health/live").status_code == 200
    assert iris.machine.run("stat", "-c", "%i", "/run/iris/api.sock").stdout == inode
    iris.machine.systemctl("stop", "iris.target")
    try:
        assert iris.workers() == {}
        assert http.get("/health/live").status_code == 502
        assert iris.workers() == {}
    finally:
        iris.machine.systemctl("start", "iris.target")
    assert http.get("/health/live").status_code == 200
    assert len(eventually(lambda: len(iris.workers()) == 9 and iris.workers())) == 9


def _figures(iris: InstalledIris) -> dict[str, float]:
    page = iris.machine.run("curl", "-s", "http://127.0.0.1:9117/metrics").stdout
    return {name: float(value) for name, value in re.findall(r"(?m)^(iris_worker\S+) (\d+)$", page)}


def _text(name: str) -> str:
    return (UNITS / name).read_text(encoding="utf-8")
