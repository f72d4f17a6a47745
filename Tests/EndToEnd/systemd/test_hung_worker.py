"""A worker that hangs is replaced, and the log says in what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from installed_iris import InstalledIris, eventually
from operations_page import fenced
from people import Person

IMPATIENT = "[Service]\nWatchdogSec=2s\n"
LOCK = "BEGIN; LOCK TABLE iris.accounts IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT"
#: Returns as soon as a worker waits for that table; it does so for two seconds at most.
WAITS = """DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'iris') LOOP
    PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
  END LOOP;
END $$"""
STOP = 'runuser -u postgres -- psql -qX -c "$0"; kill -STOP "$@"'


@pytest.fixture()
def impatient(iris: InstalledIris) -> Iterator[InstalledIris]:
    """Its fast workers have a watchdog of two seconds."""
    iris.drop_in("iris-api@.service", IMPATIENT)
    iris.machine.systemctl("restart", "iris-api@*.service")
    yield iris
    iris.drop_in("iris-api@.service", "")
    iris.machine.systemctl("restart", "iris-api@*.service")


def test_the_log_names_the_request_and_the_phase_in_which_a_worker_hung(
    impatient: InstalledIris, visitor: Person
) -> None:
    """All of a pool stop while one of them asks the database. Those that come in their place tell what they find."""
    iris, since, before = impatient, time.time(), impatient.workers("api")
    killed = set(before.values())
    with ThreadPoolExecutor() as threads:
        locked = threads.submit(iris.psql, "iris", LOCK)
        stopped = threads.submit(iris.machine.run, "sh", "-c", STOP, WAITS, *map(str, before.values()))
        time.sleep(0.5)
        answer = visitor.me()
        stopped.result()
        locked.result()
    assert answer.status_code == 502
    eventually(lambda: iris.workers("api").keys() == before.keys() and not set(iris.workers().values()) & killed)

    idle = "a worker was killed between two requests"
    eventually(lambda: len(iris.log(idle, since)) == len(before) - 1)
    told = eventually(lambda: iris.log("a worker was killed in the middle of a request", since))
    assert len(told) == 1
    assert told[0]["id"] == answer.headers["X-Request-Id"]
    assert (told[0]["route"], told[0]["phase"], told[0]["pool"]) == ("/api/v1/user/me", "database", "api")
    (shown,) = fenced("Services", "json")
    assert json.loads(shown).keys() <= told[0].keys()
    assert told[0]["PRIORITY"] == "3" and told[0]["ms"] > 1000
    unit = next(unit for unit, process in before.items() if process == told[0]["process"])
    assert any("Watchdog timeout" in str(entry["MESSAGE"]) for entry in iris.machine.journal(unit))
    assert visitor.me().status_code == 200
