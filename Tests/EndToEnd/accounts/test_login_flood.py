"""Floods of wrong passwords: they slow down nothing but logins, and not those of who is known."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from people import PASSWORD, Person
from service import Service, serving, wait_until
from steady_load import Ask, Running, steady_load

pytestmark = pytest.mark.alone

RATE = 500
SECONDS = 8
#: Of 127.0.0.0/8; more than any limit by address could slow down.
ADDRESSES = 10_000
#: Every request for another one: nothing is learned from one of them for the next.
MANY_ACCOUNTS = "cible{}@example.org"
PERCENTILE_BAR_MS = 25.0


@pytest.fixture(scope="module")
def service(binary: Path) -> Iterator[Service]:
    """The pools of `make run`. Loopback has no limits by address here, so that nothing but the pool's own rules help."""
    with serving(binary, api=2, auth=2, chat=1) as running:
        yield running


def flood(service: Service, rate: int, email: str, addresses: int = ADDRESSES) -> AbstractContextManager[Running]:
    """Logins with a wrong password, each from the next address; `{}` in the e-mail address becomes its number."""
    return steady_load("127.0.0.1", service.server.port, rate, [
        Ask("POST", "/api/v1/auth/login", source=f"127.1.{number // 250}.{1 + number % 250}",
            body={"email": email.format(number), "password": f"mauvaise phrase {number}"})
        for number in range(addresses)])


def log_in(service: Service, person: Person) -> tuple[int, float]:
    """Status and seconds of a login with the right password, without a second try."""
    start = time.monotonic()
    answer = service.http.post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD})
    return answer.status_code, time.monotonic() - start


def logins_meanwhile(service: Service, person: Person, end: float) -> list[tuple[int, float]]:
    """One login after another until then."""
    found = []
    while time.monotonic() < end:
        found.append(log_in(service, person))
        time.sleep(0.2)
    return found


def milliseconds_of_me(service: Service, person: Person, end: float) -> list[float]:
    """How long `GET /user/me` takes, over and over, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", service.server.port, timeout=20)
    times = []
    while time.monotonic() < end:
        start = time.monotonic()
        connection.request("GET", "/api/v1/user/me", headers=person.headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        times.append((time.monotonic() - start) * 1000)
        time.sleep(0.005)
    connection.close()
    return sorted(times)


@pytest.mark.parametrize("target", ["one account", "many accounts"])
def test_a_flood_slows_logins_of_strangers_only(
    service: Service, target: str, say: Callable[[str], None]
) -> None:
    """500 a second from 10,000 addresses: fast endpoints stay fast, and who is known logs in at every try."""
    person = service.person()
    accounts = person.email if target == "one account" else MANY_ACCOUNTS
    with flood(service, RATE, accounts) as load, ThreadPoolExecutor(1) as pool:
        time.sleep(1)
        end = time.monotonic() + SECONDS
        logins: Future[list[tuple[int, float]]] = pool.submit(logins_meanwhile, service, person, end)
        times = milliseconds_of_me(service, person, end)
    known = logins.result()
    p99 = times[int(len(times) * 0.99)]
    say(
        f"flood of {target}: {load.answers()}; GET /user/me p50 {statistics.median(times):.1f} ms, p99 {p99:.1f} ms;"
        f" {len(known)} known logins, slowest {max(seconds for _, seconds in known):.2f} s")
    assert {status for status, _ in known} == {200} and len(known) >= 5
    assert p99 <= PERCENTILE_BAR_MS
    # What it was: refused at most, never let in, and never more than the pool could take.
    answers = load.answers().outcomes
    assert answers.keys() == {"401", "429"} and answers["429"] > answers["401"]
    if target == "one account":
        # Five, one more for each wait that passed, and what was being hashed when the sixth was counted.
        assert answers["401"] <= 5 + 4 + 2


def test_logins_are_as_usual_soon_after_a_flood(service: Service) -> None:
    """Strangers', too: nothing is left of it but a short memory of what a crowd is."""
    person = service.person()
    with flood(service, RATE, MANY_ACCOUNTS) as load:
        time.sleep(3)
    assert load.answers().outcomes["429"] > 0
    service.run("DELETE FROM iris.known_addresses WHERE account_id = %s", person.id)
    wait_until(lambda: log_in(service, person)[0] == 200, seconds=3)


def test_refusals_say_when_to_come_back(service: Service) -> None:
    """429 `login_throttled` with Retry-After, and a sentence."""
    email = "personne-la@example.org"
    answers = [
        service.http.post("/api/v1/auth/login", json={"email": email, "password": f"mauvaise {n}"}) for n in range(7)
    ]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert answers[6].json()["code"] == "login_throttled" and answers[6].headers["Retry-After"] in {"1", "2"}


def test_fifty_people_at_once(binary: Path) -> None:
    """Each with an account and the right password, and unknown where they are: 50 × 200. No flood was before them."""
    with serving(binary, api=1, auth=2, chat=1) as service:
        people = [service.person() for _ in range(50)]
        service.run("DELETE FROM iris.known_addresses")
        with ThreadPoolExecutor(50) as pool:
            found = list(pool.map(lambda person: log_in(service, person), people))
        assert [status for status, _ in found] == [200] * 50


def test_a_costly_imported_hash_is_worked_on_a_few_times_only(service: Service) -> None:
    """bcrypt at cost 12 takes 0.2 s: the account's own limit bounds what a flood of it costs."""
    person = service.person()
    # Of whatever password: the flood does not have it.
    imported = "$2b$12$CCCCCCCCCCCCCCCCCCCCC.uT/v9ZCD3R5QYHJ4Y0tCuJxzKzR5Fm6"
    service.run("UPDATE iris.accounts SET password_hash = %s WHERE id = %s", imported, person.id)
    with flood(service, 100, person.email) as load:
        time.sleep(3)
    answers = load.answers().outcomes
    assert answers["401"] <= 5 + 2 + 2 and answers["429"] >= 280


def test_workers_that_hash_are_niced(service: Service) -> None:
    """So that the others come first on busy processors."""
    niceness = {pool: {nice_of(pid) for pid in service.server.pids(pool)} for pool in ("api", "auth", "chat")}
    (own,) = {nice_of(service.server.runner_pid)}
    assert niceness == {"api": {own}, "auth": {own + 10}, "chat": {own}}


def nice_of(pid: int) -> int:
    """The nice value of a process: field 19 of proc(5)'s stat, counted from after the name."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[16])


def test_an_attack_is_told_to_the_operator(service: Service) -> None:
    """Spraying and stuffing, from addresses without limits too; names nobody."""
    service.run("TRUNCATE iris.throttles, iris.alerts")
    with httpx.Client(
        base_url=service.server.url, trust_env=False, transport=httpx.HTTPTransport(local_address="127.9.9.9")
    ) as attacker:
        for number in range(30):
            attacker.post("/api/v1/auth/login", json={"email": f"cible{number}@example.net", "password": "Printemps 2026"})
    with flood(service, 50, "une.cible@example.net", 40):
        time.sleep(1)
    found = {
        kind: (subject, detail)
        for kind, subject, detail in service.rows("SELECT kind, subject, detail FROM iris.alerts")
    }
    assert set(found) == {"login_spraying", "login_stuffing"}
    assert 20 <= found["login_spraying"][1]["accounts"] <= 45
    assert 10 <= found["login_stuffing"][1]["addresses"] <= 60
    for subject, detail in found.values():
        assert len(subject) == 12 and int(subject, 16) >= 0
        assert "127." not in str(detail) and "example" not in str(detail)
