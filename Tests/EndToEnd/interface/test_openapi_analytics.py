"""docs/openapi.yaml beside the answers about figures."""

from __future__ import annotations

import datetime

import httpx
import pytest
from openapi import Description
from people import Person, register

METRICS = "/api/v1/metrics"
ANALYTICS = "/api/v1/user/analytics"


def test_what_a_user_did(api: Description, person: Person) -> None:
    """A chat and its rating are in the figures at once, in nobody else's, and every day is there."""
    chat = person.chat().json()
    rated = person.send("PUT", f"/api/v1/chat/messages/{chat['message_id']}/feedback", json={"rating": 4})
    assert rated.status_code == 204
    figures = api.check(person.send("GET", f"{ANALYTICS}?days=7")).json()
    assert (figures["messages"], figures["sessions"], len(figures["by_day"])) == (1, 1, 7)
    assert figures["topics"] == [{"id": chat["topic"], "messages": 1}]
    assert figures["satisfaction"] == {"average": 4, "count": 1}
    assert figures["quota"]["daily_used"] == chat["usage"]["daily_used"]
    assert figures["quota"]["resets_at"] == chat["usage"]["resets_at"]
    assert figures["by_day"][-1] == {
        "date": figures["to"],
        "messages": 1,
        "avg_response_time_ms": figures["avg_response_time_ms"],
    }
    assert figures["avg_response_time_ms"] is not None
    days = [datetime.date.fromisoformat(day["date"]) for day in figures["by_day"]]
    assert days == [days[0] + datetime.timedelta(n) for n in range(7)]
    other = api.check(register(person.http).send("GET", ANALYTICS)).json()
    assert (other["messages"], other["days"], other["topics"]) == (0, 30, [])


@pytest.mark.parametrize("days", ["0", "366", "x", "1.5", "-1"])
def test_days_out_of_range(api: Description, person: Person, days: str) -> None:
    """1 to 365."""
    answer = api.check(person.send("GET", f"{ANALYTICS}?days={days}"))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/days"]


def test_who_may_see_them(api: Description, client: httpx.Client) -> None:
    """The public figures anybody, a user's own nobody else."""
    assert api.check(client.get(ANALYTICS)).status_code == 401
    answer = api.check(client.get(METRICS))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert len(answer.json()["daily_requests"]) == answer.json()["window_days"] == 30
    head = client.head(METRICS)
    assert (head.status_code, head.content) == (200, b"")
