"""`iris-fcgi maintain` beside a running service, by hand and by the runner."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from service import Service, serving, wait_until
from webhook_sink import SECRET, webhook_sink
from wiring import Serve

from devserver import DevServer


def test_people_and_programs_read_what_was_done(iris: DevServer) -> None:
    done = iris.command("maintain")
    assert done.returncode == 0, done.stderr
    tasks = ["TASK", "outbox", "partitions", "purge", "spool", "alerts", "roll-ups", "retention"]
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == tasks
    report = json.loads(iris.command("maintain", "--json").stdout)
    assert report["status"] == "done" and report["failures"] == [] and report["partitions_made"] == 0
    assert set(report) == {"status", "outbox", "partitions_made", "purged", "tasks", "failures"}
    assert iris.command("maintain", "now").returncode == 2


def test_of_many_at_once_one_works_and_the_others_say_so(binary: Path) -> None:
    with webhook_sink() as sink:
        env = {"IRIS_BACKEND_WEBHOOK_URL": sink.url, "IRIS_BACKEND_WEBHOOK_SECRET": SECRET}
        with serving(binary, api=1, auth=1, chat=1, env=env) as service:
            sink.delay = 1.0
            queue(service, 3)
            with ThreadPoolExecutor(6) as pool:
                runs = list(pool.map(lambda _: service.server.command("maintain", "--json", timeout=60), range(6)))
            assert [run.returncode for run in runs] == [0] * 6, [run.stderr for run in runs]
            reports = [json.loads(run.stdout) for run in runs]
            assert sorted(report["status"] for report in reports).count("done") >= 1
            assert sum(report["outbox"]["delivered"] for report in reports) == 3
            assert len(sink.hooks) == 3 == len({hook.id for hook in sink.hooks})


def queue(service: Service, count: int) -> None:
    """Webhooks that no worker has touched."""
    service.run(
        "INSERT INTO iris.outbox (id, kind, topic, payload, expires_at)"
        " SELECT gen_random_uuid(), 'webhook', 'account.created', '{}', now() + interval '1 hour'"
        " FROM generate_series(1, %s)", count)


def test_a_run_that_was_killed_is_followed_by_the_next_at_once(binary: Path) -> None:
    with webhook_sink() as sink:
        env = {"IRIS_BACKEND_WEBHOOK_URL": sink.url, "IRIS_BACKEND_WEBHOOK_SECRET": SECRET}
        with serving(binary, api=1, auth=1, chat=1, env=env) as service:
            sink.delay = 60.0
            queue(service, 1)
            with ThreadPoolExecutor(1) as pool:
                slow = pool.submit(service.server.command, "maintain", "--json", timeout=60)
                wait_until(lambda: sink.hooks)
                [(holder,)] = service.rows("SELECT holder FROM iris.upkeep")
                assert json.loads(service.server.command("maintain", "--json").stdout)["status"] == "busy"
                kill(holder)
                assert slow.result().returncode != 0
            report = json.loads(service.server.command("maintain", "--json").stdout)
            assert report["status"] == "done" and report["outbox"]["delivered"] == 0


def kill(holder: str) -> None:
    """Ends the process of a run, by the name it gave itself: boot, namespace, number, start."""
    os.kill(int(holder.split("/")[2]), signal.SIGKILL)


def test_the_runner_starts_it_again_and_again_and_ends_it(serve: Serve) -> None:
    with webhook_sink() as sink:
        sink.delay = 60.0
        server = serve(
            api=1, auth=1, chat=1, maintain_seconds=1,
            env={"IRIS_BACKEND_WEBHOOK_URL": sink.url, "IRIS_BACKEND_WEBHOOK_SECRET": SECRET})
        log = server.log_dir / "maintain.log"
        wait_until(lambda: log.exists() and log.read_text().count("TASK") >= 2, seconds=15)
        service = Service(server)
        queue(service, 1)
        wait_until(lambda: sink.hooks, seconds=10)
        service.close()
        start = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - start < 15
