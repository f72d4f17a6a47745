"""Alerts: what `iris-fcgi maintain` tells a webhook, through real failures."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alert_watch import MODEL, look, told, watched
from model_server import ModelServer
from service import Service, log_text, serving, wait_until
from webhook_sink import WebhookSink
from wiring import model_env

PRICES = f"currency=EUR;{MODEL}=1000/1000/1000"


def test_a_database_that_is_away_is_told_once_and_its_return_too(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model) as service:
        service.server.stop_postgres()
        assert look(service, 1) == {"began": 1, "lasting": 0, "ended": 0, "told": 1, "failed": 0}
        assert told(sink) == ["ALERT database_down"]
        assert look(service, 1) == {"began": 0, "lasting": 0, "ended": 0, "told": 0, "failed": 0}
        service.server.start_postgres()
        wait_until(lambda: service.http.get("/health").json()["checks"]["database"] == "ok", seconds=20)
        assert look(service)["ended"] == 1
        assert told(sink) == ["ALERT database_down", "OVER database_down"]
        look(service)
        assert len(sink.hooks) == 2
        fresh = Service(service.server)
        [(host, told_at, ended)] = fresh.rows(
            "SELECT host, notified_at, resolved_at FROM iris.alerts WHERE kind = 'database_down'")
        assert host == socket.gethostname() and told_at and ended, "the database knows of it when it is back"
        fresh.close()


def test_a_restart_of_the_database_is_no_alert(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        service.server.stop_postgres()
        threading.Timer(0.5, service.server.start_postgres).start()
        assert look(service, None)["began"] == 0 and told(sink) == []


def test_what_a_receiver_does_not_take_is_told_later(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        service.server.stop_postgres()
        sink.answers = [(500, {}), (302, {"Location": sink.url}), (429, {"Retry-After": "1"})]
        for number in range(3):
            assert look(service, 1) == {"began": 1, "lasting": 0, "ended": 0, "told": 0, "failed": 1}
            assert len(sink.hooks) == number + 1, "a redirect is not followed"
        run = service.server.command("maintain", timeout=60)
        assert "1 began, 1 told" in run.stdout and len(sink.hooks) == 4
        service.server.start_postgres()


def test_a_receiver_that_hangs_ends_the_run_in_time_and_its_address_is_in_no_log(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model) as service:
        service.run("INSERT INTO iris.alerts (kind, subject, first_at, last_at) VALUES ('model_gone', 's', now(), now())")
        sink.delay = 30.0
        run = service.server.command("maintain", timeout=25)
        assert run.returncode == 1 and "timed_out" in run.stderr
        assert sink.url not in run.stderr + run.stdout + log_text(service.server)
        [(told_at, claim)] = service.rows("SELECT notified_at, claimed_until FROM iris.alerts")
        assert told_at is None and claim is None


def test_of_two_runs_at_once_one_tells(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        sink.delay = 1.0
        for number in range(3):
            service.run(
                "INSERT INTO iris.alerts (kind, subject, first_at, last_at) VALUES ('model_gone', %s, now(), now())",
                str(number))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: look(service), range(4)))
        assert told(sink) == ["ALERT model_gone"] * 3 and len(sink.hooks) == 1


def test_a_run_that_is_killed_while_it_tells_forgets_nothing(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model) as service:
        service.server.stop_postgres()
        sink.delay = 60.0
        script = f". {service.server.directory}/env && exec iris-fcgi maintain"
        run = subprocess.Popen(
            ["/bin/sh", "-c", script], env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_until(lambda: sink.hooks, seconds=20)
        run.kill()
        run.wait()
        sink.delay = 0.0
        assert look(service, 1)["told"] == 1 and told(sink) == ["ALERT database_down"] * 2, "at least once"
        assert look(service, 1)["told"] == 0
        service.server.start_postgres()


def test_requests_that_fail_are_told_by_their_share(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model, IRIS_ALERT_ERROR_RATE="0.5") as service:
        person = service.person()
        service.run("REVOKE SELECT ON iris.accounts FROM iris_app")
        answers = [person.me().status_code for _ in range(8)]
        assert all(status >= 500 for status in answers), answers
        service.run("GRANT SELECT ON iris.accounts TO iris_app")
        assert look(service)["began"] == 1 and told(sink) == ["ALERT error_rate"]
        assert "8 of" in sink.hooks[0].document["text"]
        for _ in range(40):
            assert person.me().status_code == 200
        assert look(service)["ended"] == 1 and told(sink)[1:] == ["OVER error_rate"]
        rows = service.rows("SELECT sum(requests), sum(failures) FROM iris.service_days WHERE part = 'other'")
        assert rows[0][0] >= 48 and rows[0][1] == 8


def test_few_failures_at_night_are_no_alert(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        person = service.person()
        service.run("REVOKE SELECT ON iris.accounts FROM iris_app")
        assert [person.me().status_code >= 500 for _ in range(4)] == [True] * 4
        service.run("GRANT SELECT ON iris.accounts TO iris_app")
        assert look(service)["began"] == 0 and told(sink) == []


def test_a_refused_key_is_told_and_so_is_that_it_works_again(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model) as service:
        person = service.person()
        model.scenario({"name": "key_invalid"})
        for number in range(3):
            assert person.chat(f"Question {number} ?").json()["degraded"]
        look(service)
        assert told(sink) == ["ALERT key_rejected"] and "gemini key 1" in sink.hooks[0].document["text"]
        look(service)
        assert told(sink)[1:] == ["ALERT models_down"], "it is no blip: two looks in a row"
        model.scenario()
        service.forget_failures()
        service.run("UPDATE iris.alerts SET last_at = now() - interval '2 minutes' WHERE kind = 'key_rejected'")
        assert not person.chat("Question 4 ?").json()["degraded"]
        look(service)
        assert sorted(told(sink)[2:]) == ["OVER key_rejected", "OVER models_down"]


def test_a_spent_budget_is_told_until_there_is_another_day(
    binary: Path, sink: WebhookSink, model: ModelServer
) -> None:
    with watched(binary, sink, model, IRIS_PRICES=PRICES, IRIS_DAILY_BUDGET="0.5") as service:
        person = service.person()
        for number in range(4):
            person.chat(f"Question {number} ?")
        look(service)
        assert told(sink) == ["ALERT budget_reached"] and "0.5 EUR" in sink.hooks[0].document["text"]
        service.run("UPDATE iris.daily_spend SET date = date - 1")
        look(service)
        assert told(sink)[1:] == ["OVER budget_reached"]


def test_unusual_use_names_nobody(binary: Path, sink: WebhookSink, model: ModelServer) -> None:
    with watched(binary, sink, model) as service:
        person = service.person("premium")
        service.run(
            "INSERT INTO iris.user_daily_usage (user_id, date, message_count, tier_at_time)"
            " VALUES (%s, (now() AT TIME ZONE 'Europe/Paris')::date, 312, 'premium')", person.id)
        look(service)
        text = sink.hooks[0].document["text"]
        assert told(sink) == ["ALERT unusual_use"] and "312 messages" in text
        [(pseudonym,)] = service.rows("SELECT subject FROM iris.alerts WHERE kind = 'unusual_use'")
        for word in (person.id, pseudonym, person.email):
            assert word not in text
        assert person.id not in log_text(service.server) and len(pseudonym) == 32
        look(service)
        assert len(sink.hooks) == 1


def test_without_a_receiver_the_journal_has_it(binary: Path, model: ModelServer) -> None:
    with serving(binary, api=1, auth=1, chat=1, env=model_env(model)) as service:
        look(service)
        service.server.stop_postgres()
        run = service.server.command("maintain", timeout=60)
        [line] = [json.loads(line) for line in run.stderr.splitlines() if '"an alert began"' in line]
        assert (line["kind"], line["level"], line["told"]) == ("database_down", "warning", "no_webhook")
        assert look(service, 1)["began"] == 0
        service.server.start_postgres()
