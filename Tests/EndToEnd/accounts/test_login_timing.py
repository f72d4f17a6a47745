"""Nobody learns from the clock who has an account."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from people import PASSWORD, new_email
from service import Service, serving

pytestmark = pytest.mark.alone

TRIES = 200
#: The share by which medians may differ.
TOLERANCE = 0.05


@pytest.fixture(scope="module")
def service(binary: Path) -> Iterator[Service]:
    """With one worker that hashes, so that each request is the next one's neighbour."""
    with serving(binary, api=1, auth=1, chat=1) as running:
        yield running


def milliseconds(connection: http.client.HTTPConnection, email: str, password: str) -> float:
    """How long a refusal takes."""
    body = json.dumps({"email": email, "password": password})
    start = time.perf_counter()
    connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    spent = (time.perf_counter() - start) * 1000
    assert answer.status == 401 and json.loads(content)["code"] == "invalid_credentials"
    return spent


def test_wrong_passwords_take_the_same_time(service: Service, say: Callable[[str], None]) -> None:
    """Medians of 200 tries, in turn: nobody's address, an account's, one without a password, one with a damaged hash."""
    kinds = {"unknown": new_email()}
    for kind in ("wrong password", "no password", "damaged hash"):
        kinds[kind] = service.person(name="Zoé", email=new_email()).email
    service.run("UPDATE iris.accounts SET password_hash = NULL WHERE email = %s", kinds["no password"])
    service.run("UPDATE iris.accounts SET password_hash = '$y$j9T$x' WHERE email = %s", kinds["damaged hash"])
    connection = http.client.HTTPConnection("127.0.0.1", service.server.port, timeout=20)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(TRIES):
        for kind, email in kinds.items():
            # No longer wait than for the first failures of each: it is the hashing that is measured.
            if number % 5 == 0:
                service.run("DELETE FROM iris.throttles WHERE scope IN ('account', 'pair')")
            times[kind].append(milliseconds(connection, email, f"une phrase fausse {number}"))
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    say("medians of a refused login: " + ", ".join(f"{kind} {ms:.2f} ms" for kind, ms in medians.items()))
    assert max(medians.values()) / min(medians.values()) <= 1 + TOLERANCE


def test_throttled_or_not_does_not_tell_who_has_an_account(service: Service) -> None:
    """An account's own address and a stranger's address book give the same refusals at the same try."""
    known, unknown = service.person().email, new_email()
    statuses = {}
    for email in (known, unknown):
        answers = [
            service.http.post("/api/v1/auth/login", json={"email": email, "password": f"{PASSWORD} {number}"})
            for number in range(8)
        ]
        statuses[email] = [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers]
    assert [status for status, _ in statuses[known]] == [status for status, _ in statuses[unknown]] == [401] * 6 + [429] * 2
