"""`IRIS_DAILY_BUDGET`: when the day's money is spent, no model that costs any is asked until midnight."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from event_source import listen
from model_server import ModelServer
from service import UNLIMITED, Service
from wiring import Assisted

BACKUP = "petit-modele"
MODEL = "gemini-3.5-flash-lite"
#: Per million tokens; one answer of some thousand tokens costs more than half of the budget.
PRICES = f"currency=EUR;{MODEL}=1000/1000/1000"
BUDGET = "3"


@pytest.fixture(scope="module")
def service(assisted: Assisted, session_model: ModelServer) -> Iterator[Service]:
    """A service with hardly any money, and a backup that costs none."""
    env = {
        "IRIS_GEMINI_MODELS": MODEL, "IRIS_PRICES": PRICES, "IRIS_DAILY_BUDGET": BUDGET,
        "IRIS_BACKUP_BASE_URL": session_model.url.replace("127.0.0.1", "localhost"), "IRIS_BACKUP_MODEL": BACKUP,
        "IRIS_LIMITS": UNLIMITED,
    }
    with assisted(api=1, chat=4, env=env) as service:
        yield service


@pytest.fixture()
def poor(service: Service, model: ModelServer) -> Service:
    """The service with nothing spent yet."""
    service.run("TRUNCATE iris.daily_spend, iris.alerts")
    return service


def spend_all(service: Service, model: ModelServer) -> None:
    """Chats until the budget is reached."""
    person = service.person()
    for number in range(10):
        if person.chat(f"Question {number} ?").json()["model_used"] != MODEL:
            return
    raise AssertionError(f"ten chats did not use the budget up: {spent(service)}")


def spent(service: Service) -> int:
    """Today's money in millionths."""
    return int(service.rows("SELECT coalesce(sum(cost_micro), 0) FROM iris.daily_spend")[0][0])


def test_what_a_chat_costs_is_counted_by_the_provider_s_tokens(poor: Service, model: ModelServer) -> None:
    answer = poor.person().chat().json()
    sql = "SELECT tokens_in + tokens_out, cost_micro FROM iris.iris_messages WHERE id = %s"
    ((total, cost),) = poor.rows(sql, answer["message_id"])
    assert total > 500 and cost == 1000 * total == spent(poor)


def test_a_stream_that_is_left_costs_too(poor: Service, model: ModelServer) -> None:
    model.scenario({"error_after": 3})
    assert listen(poor.person(), "Question 7 ?").names[-1] == "error"
    assert spent(poor) > 0


def test_a_spent_budget_sends_everyone_to_the_backup_with_an_alert(poor: Service, model: ModelServer) -> None:
    spend_all(poor, model)
    assert spent(poor) >= 3_000_000
    model.clear()
    assert [poor.person().chat().json()["model_used"] for _ in range(4)] == [BACKUP] * 4
    stream = listen(poor.person("premium"), "Question 8 ?")
    assert stream.done["model_used"] == BACKUP and stream.done["finish"] == "complete"
    assert not model.asked(api="gemini") and len(model.asked(api="openai")) == 5
    (alert,) = poor.rows("SELECT subject, count, detail FROM iris.alerts WHERE kind = 'budget_reached'")
    assert alert[1] >= 1 and alert[2]["limit_micro"] == 3_000_000
    events = poor.rows("SELECT metadata FROM iris.iris_events WHERE event_type = 'budget_reached'")
    assert events and events[-1][0]["currency"] == "EUR"


def test_without_budget_and_backup_the_offline_alessio_answers(poor: Service, model: ModelServer) -> None:
    spend_all(poor, model)
    model.clear()
    model.scenario({"name": "overloaded", "api": "openai"})
    person = poor.person()
    body = person.chat().json()
    assert (body["finish"], body["model_used"], body["degraded"]) == ("fallback", "fallback", True)
    assert listen(person, "Question 9 ?").done["finish"] == "fallback"
    assert not model.asked(api="gemini") and poor.charged(person) == 0


def test_the_next_day_starts_with_a_full_budget(poor: Service, model: ModelServer) -> None:
    spend_all(poor, model)
    poor.run("UPDATE iris.daily_spend SET date = date - 1")
    assert poor.person().chat().json()["model_used"] == MODEL


def test_many_at_once_overspend_by_no_more_than_runs_at_once(poor: Service, model: ModelServer) -> None:
    model.scenario({"ms": 100})
    people = [poor.person() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: people[number % 8].chat(f"Question {number} ?"), range(24)))
    one = spent(poor) / len(model.asked(api="gemini"))
    assert spent(poor) < 3_000_000 + 5 * one, "four workers, so at most four answers beside the last one that fits"
