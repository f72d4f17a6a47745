"""`/metrics`: what it says equals what was sent, whatever became of the workers meanwhile."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from event_source import listen
from metrics_page import Page, promtool
from model_server import ModelServer
from people import PASSWORD, Person, register
from service import Service, serving, wait_until
from wiring import Serve, model_env

MODEL = "gemini-3.5-flash-lite"
LIMITS = "free=2/day,none/minute,2/letters;premium=none/day,1/minute,none/letters"
CHAT, ME, TOPICS = "/api/v1/chat", "/api/v1/user/me", "/api/v1/topics"
WORKERS = {"api": 3, "auth": 2, "chat": 3}


@pytest.fixture(scope="module")
def counted(binary: Path, session_model: ModelServer) -> Iterator[Service]:
    """A service of eight workers, which nobody else asks anything."""
    env = {**model_env(session_model), "IRIS_GEMINI_MODELS": MODEL, "IRIS_PRICES": f"currency=EUR;{MODEL}=100/400/25",
           "IRIS_LIMITS": LIMITS}  # fmt: skip
    with serving(binary, **WORKERS, env=env) as service:
        yield service


class Traffic:
    """Requests of many kinds, with what they must be counted as."""

    def __init__(self, service: Service) -> None:
        self.http = service.http
        self.sent: Counter[tuple[str, int]] = Counter()
        self.free, self.premium = self.register(), self.register()
        service.run("UPDATE iris.accounts SET tier = 'premium' WHERE id = %s", self.premium.id)

    def register(self) -> Person:
        """A new account, counted as well."""
        self.sent["/api/v1/auth/register", 201] += 1
        return register(self.http)

    def expect(self, answer: httpx.Response, route: str, status: int) -> None:
        """The answer has its status, and is counted so."""
        assert answer.status_code == status, answer.text
        self.sent[route, status] += 1

    def round(self) -> None:
        """Every kind of request, the fast ones all at once."""
        http, me = self.http, self.free.headers
        kinds = [
            (lambda: http.get(ME, headers=me), ME, 200), (lambda: http.get(ME), ME, 401),
            (lambda: http.request("HEAD", ME, headers=me), ME, 200), (lambda: http.put(TOPICS), TOPICS, 405),
            (lambda: http.get("/api/v1/nothing/here"), "none", 404),
            (lambda: http.get("/health/live"), "/health/live", 200),
            (lambda: http.get("/api/v1/chat/sessions/none-of-mine", headers=me), "/api/v1/chat/sessions/{id}", 404),
            (lambda: http.post(CHAT, headers=me, content=b"{"), CHAT, 415),
            (lambda: http.post(CHAT, headers=me, json={"message": 5}), CHAT, 422),
            (lambda: http.post("/api/v1/auth/login", json={"email": self.free.email, "password": PASSWORD}),
             "/api/v1/auth/login", 200),
        ]  # fmt: skip
        with ThreadPoolExecutor(12) as pool:
            jobs = [(pool.submit(send), route, status) for send, route, status in kinds for _ in range(15)]
            for job, route, status in jobs:
                self.expect(job.result(), route, status)


def restart(service: Service, pool: str, how: signal.Signals) -> None:
    """Ends an idle worker, and waits for the next one."""
    old = service.server.pids(pool)
    os.kill(old[0], how)
    wait_until(lambda: len(set(service.server.pids(pool)) - {old[0]}) == len(old), 10)
    wait_until(lambda: idle(Page.of(service.server), pool) in (len(old), len(old) - 1), 10)


def idle(page: Page, pool: str) -> int:
    """Workers that wait for a request."""
    return int(page.total("iris_workers", pool=pool, state="idle"))


def test_the_numbers_are_those_of_the_requests_over_restarts(counted: Service, model: ModelServer) -> None:
    before = Page.of(counted.server)
    traffic = Traffic(counted)
    traffic.round()
    for _ in range(2):
        traffic.expect(traffic.free.chat(), CHAT, 200)
    restart(counted, "chat", signal.SIGKILL)
    traffic.expect(traffic.free.chat(), CHAT, 429)
    traffic.round()
    restart(counted, "api", signal.SIGTERM)
    traffic.expect(traffic.premium.chat(), CHAT, 200)
    for _ in range(3):
        traffic.expect(traffic.premium.chat(), CHAT, 429)
    traffic.round()

    page = Page.of(counted.server)
    assert Counter(page.requests()) - Counter(before.requests()) == traffic.sent
    assert page.lines("iris_http_request_duration_seconds_count") == page.lines("iris_http_requests_total")
    assert page.total("iris_http_queue_seconds_count") == page.total("iris_http_requests_total")
    refusals = {limit: page.total("iris_quota_refusals_total", limit=limit) for limit in ("day", "minute", "letters")}
    assert refusals == {"day": 1, "minute": 3, "letters": 0}
    for pool, size in WORKERS.items():
        assert page.total("iris_workers", pool=pool) == size, page.text
    # Whoever writes the page works; the others do so until what follows an answer is done.
    wait_until(lambda: Page.of(counted.server).total("iris_workers", state="busy") == 1)
    crashes = {pool: page.total("iris_worker_crashes_total", pool=pool) for pool in WORKERS}
    assert crashes == {"api": 0, "auth": 0, "chat": 1}
    starts = {pool: page.total("iris_worker_starts_total", pool=pool) for pool in WORKERS}
    assert starts == {"api": 4, "auth": 2, "chat": 4}
    private = page.total("iris_process_private_memory_bytes")
    assert 8 << 20 < private < 8 * (16 << 20) and page.total("iris_process_resident_memory_bytes") > private


def test_answers_calls_tokens_and_cost_agree_with_the_database(counted: Service, model: ModelServer) -> None:
    counted.forget_failures()
    counted.run("TRUNCATE iris.daily_spend, iris.iris_messages")
    asker = counted.person()
    asker.chat().raise_for_status()
    listen(asker, "Une question de 2026 en morceaux")
    # The answer enters the cache after it is out, so the second who asks may be too early for it.
    for _ in range(2):
        counted.person().chat("Comment changer de métier ?").raise_for_status()
    for name, finish in (("thinking", "complete"), ("block_prompt", "blocked"), ("truncated", "truncated"),
                         ("internal", "fallback")):  # fmt: skip
        model.scenario({"name": name})
        assert counted.person().chat().json()["finish"] == finish

    page = Page.of(counted.server)
    ends = {finish: page.total("iris_chat_answers_total", finish=finish) for finish in
            ("complete", "truncated", "blocked", "fallback", "partial")}  # fmt: skip
    assert ends == {"complete": 5, "truncated": 1, "blocked": 1, "fallback": 1, "partial": 0}
    hits = page.total("iris_cache_lookups_total", result="hit")
    assert page.total("iris_cache_lookups_total") == 2 and hits <= 1
    calls = {dict(labels)["outcome"]: value for labels, value in page.lines("iris_provider_calls_total").items() if value}
    assert calls == {"ok": 6 - hits, "blocked": 1, "server": len(model.requests) - 7 + hits}
    [counts] = counted.rows(
        "SELECT sum(tokens_in), sum(tokens_out + coalesce(tokens_thought, 0)),"
        " (SELECT sum(cost_micro) FROM iris.daily_spend) FROM iris.iris_messages WHERE role = 'assistant'")
    (tokens_in, tokens_out, cost) = (int(count) for count in counts)
    labels = {"provider": "gemini", "model": MODEL}
    assert page.total("iris_tokens_total", direction="input", **labels) == tokens_in > 0
    assert page.total("iris_tokens_total", direction="output", **labels) == tokens_out > 57
    assert f'iris_cost_total{{currency="EUR"}} {cost / 1_000_000:.6f}'.rstrip("0") in page.text and cost > 0


def test_a_client_that_leaves_is_a_499(counted: Service, model: ModelServer) -> None:
    counted.forget_failures()
    person = counted.person()
    model.scenario({"name": "slow", "ms": 3_000})
    with pytest.raises(httpx.ReadTimeout):
        counted.http.post(CHAT, json={"message": "je pars"}, headers=person.headers, timeout=0.5)
    wait_until(lambda: Page.of(counted.server).requests().get((CHAT, 499)) == 1)


def test_a_database_that_is_away_shows(serve: Serve) -> None:
    server = serve(api=1, auth=1, chat=1)
    opened = Page.of(server).total("iris_database_connections_total")
    assert Page.of(server).total("iris_database_up") == 1 and opened >= 1
    server.stop_postgres()
    assert httpx.get(f"{server.url}/health", trust_env=False).json()["checks"]["database"] == "down"
    assert Page.of(server).total("iris_database_up") == 0
    server.start_postgres()
    wait_until(lambda: httpx.get(f"{server.url}/health", trust_env=False).json()["checks"]["database"] == "ok", 15)
    page = Page.of(server)
    assert page.total("iris_database_up") == 1 and page.total("iris_database_connections_total") > opened


def test_promtool_finds_no_fault_with_a_page_of_everything(counted: Service) -> None:
    assert promtool("check", "metrics", stdin=Page.of(counted.server).text) == ""
