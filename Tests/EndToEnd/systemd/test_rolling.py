"""Under 200 requests a second: rolling restarts, killed workers, a broken configuration, a program that crashes."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest
from installed_iris import InstalledIris, eventually
from people import Person
from steady_load import Ask, steady_load

Mixture = Callable[[], list[Ask]]
Say = Callable[[str], None]
RATE = 200
BUSY_DEATH = "a worker was killed in the middle of a request"
IDLE_DEATH = "a worker was killed between two requests"


def test_a_reload_replaces_every_worker_and_loses_nothing(iris: InstalledIris, mixture: Mixture, say: Say) -> None:
    """One by one, each when the one before is ready."""
    before = iris.workers()
    with steady_load(iris.machine.address, 80, RATE, mixture()) as load:
        time.sleep(0.5)
        said = iris.command("reload").stdout
        time.sleep(0.5)
    after = iris.workers()
    assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
    assert said.count(": replaced\n") == len(before), said
    say(f"rolling restart of {len(before)} workers: {load.answers()}")
    assert load.answers().failed == 0


def test_systemctl_reload_does_the_same(iris: InstalledIris, mixture: Mixture) -> None:
    """By the target."""
    before = iris.workers()
    with steady_load(iris.machine.address, 80, RATE, mixture()) as load:
        iris.machine.systemctl("reload", "iris.target")
        eventually(lambda: iris.machine.show("iris-reload.service", "ActiveState") == "active", 30)
        eventually(lambda: iris.workers().keys() == before.keys(), 30)
    assert not set(iris.workers().values()) & set(before.values())
    assert load.answers().failed == 0


def test_killing_half_of_the_workers_costs_what_they_had_in_hand(
    iris: InstalledIris, mixture: Mixture, say: Say
) -> None:
    """At most one request each; whoever waits in the queue is answered."""
    workers = list(iris.workers("api").items())[::2] + list(iris.workers("chat").items())[::2]
    since = time.time()
    with steady_load(iris.machine.address, 80, RATE, mixture()) as load:
        time.sleep(0.7)
        iris.machine.run("kill", "-KILL", *[str(process) for _, process in workers])
        eventually(lambda: all(iris.workers().get(unit) not in (None, process) for unit, process in workers))
        time.sleep(0.3)
    say(f"kill -9 of {len(workers)} workers: {load.answers()}")
    eventually(lambda: len(iris.log(BUSY_DEATH, since)) + len(iris.log(IDLE_DEATH, since)) == len(workers))
    assert load.answers().failed <= len(iris.log(BUSY_DEATH, since))


@pytest.mark.parametrize("place", ["file", "drop-in"])
def test_a_reload_with_a_broken_configuration_takes_no_worker_down(
    iris: InstalledIris, mixture: Mixture, place: str
) -> None:
    """Whether the command can see what is wrong, or only a worker under its own unit."""
    before = iris.workers()
    if place == "file":
        iris.configure("IRIS_CHAT_DEADLINE=soon\n")
    else:
        iris.drop_in("iris-chat@.service", "[Service]\nEnvironment=IRIS_LOG_LEVEL=loud\n")
    try:
        with steady_load(iris.machine.address, 80, RATE, mixture()) as load:
            ended = iris.command("reload", check=False)
            if place == "file":
                iris.machine.systemctl("reload", "iris.target", check=False)
                eventually(lambda: iris.machine.show("iris-reload.service", "ActiveState") == "active", 30)
        assert ended.returncode == 1
        expected = "cannot start: IRIS_CHAT_DEADLINE: " if place == "file" else "cannot start: IRIS_LOG_LEVEL: "
        assert expected in ended.stderr and "worker" in ended.stderr
        assert iris.workers() == before
        assert load.answers().failed == 0
    finally:
        iris.configure()
        iris.drop_in("iris-chat@.service", "")


def test_a_worker_stays_on_when_the_next_one_could_not_start(
    iris: InstalledIris, http: httpx.Client, visitor: Person
) -> None:
    """A broken file takes no worker down either when their last request has come."""
    iris.drop_in("iris-api@.service", "[Service]\nEnvironment=IRIS_MAX_REQUESTS=10\n")
    since = time.time()
    try:
        iris.machine.systemctl("restart", "iris-api@*.service")
        before = iris.workers("api")
        iris.configure("IRIS_CHAT_DEADLINE=soon\n")
        for _ in range(100):
            assert visitor.me().status_code == 200
        assert iris.workers("api") == before
        told = iris.log("a worker stays on beyond its last request: the next one could not start", since)
        assert told and told[0]["reason"].startswith("IRIS_CHAT_DEADLINE: ")
        iris.configure()
        for _ in range(100):
            assert visitor.me().status_code == 200
        eventually(lambda: iris.workers("api").keys() == before.keys() and iris.workers("api") != before)
    finally:
        iris.configure()
        iris.drop_in("iris-api@.service", "")
        iris.machine.systemctl("restart", "iris-api@*.service")


def test_a_program_that_crashes_is_tried_until_it_is_mended(iris: InstalledIris, visitor: Person, say: Say) -> None:
    """However often; meanwhile the sockets take whoever comes, and who waited long enough is answered."""
    before = iris.workers("api")
    iris.machine.put("#!/bin/sh\nkill -SEGV $$\n", "/usr/bin/iris-fcgi", mode=0o755)
    try:
        iris.machine.run("kill", "-KILL", *[str(process) for process in before.values()])
        # Beyond systemd's usual five starts in ten seconds.
        eventually(lambda: int(iris.machine.show("iris-api@1", "NRestarts")) > 6, 20)
        assert iris.machine.show("iris-api.socket", "ActiveState") == "active"
        with steady_load(iris.machine.address, 80, 5, [Ask("GET", "/health/live")]) as load:
            time.sleep(0.5)
            iris.restore_program()
            eventually(lambda: iris.workers("api").keys() == before.keys())
        say(f"crash loop: {load.answers()}")
        assert load.answers().failed == 0
    finally:
        iris.restore_program()
    assert visitor.me().status_code == 200
