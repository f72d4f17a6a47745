"""Public pages that nginx keeps: whose answer is kept, whose never, and what visitors get while nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from devserver import DevServer
from service import problem, wait_until
from wiring import Serve

ORIGIN = "http://localhost:3000"
TOPICS = "/api/v1/topics"
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


def cache_status(answer: httpx.Response) -> str | None:
    """What nginx says of a kept answer; None when a worker gave this one."""
    found = re.search(r'cache;desc="(\w+)"', answer.headers["Server-Timing"])
    return found[1] if found else None


@contextmanager
def away(iris: DevServer) -> Iterator[None]:
    """The pool's socket under another name, so that nginx finds nobody."""
    place = iris.directory / "sock" / "api.sock"
    aside = Path(f"{place}.aside")
    place.rename(aside)
    try:
        yield
    finally:
        aside.rename(place)


def test_a_public_page_is_kept_and_its_request_id_is_not(client: httpx.Client) -> None:
    """Its times say that it was, and headers of the request are the request's."""
    # Others may have asked for it long ago: then it is given once more while nginx fetches it anew.
    wait_until(lambda: cache_status(client.get(TOPICS)) == "HIT")
    first, second = client.get(TOPICS), client.get(TOPICS, headers={"Origin": ORIGIN})
    assert first.status_code == 200 and first.json() == second.json()
    assert cache_status(first) == cache_status(second) == "HIT"
    ids = [answer.headers.get_list("x-request-id") for answer in (first, second)]
    assert all(len(found) == 1 and REQUEST_ID.fullmatch(found[0]) for found in ids) and ids[0] != ids[1]
    assert second.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in first.headers
    assert second.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("path", "headers"), [(TOPICS, {"Authorization": "Bearer x"}), (TOPICS + "?a=1", {})])
def test_what_is_not_for_everybody_comes_from_a_worker(
    iris: DevServer, client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    """Each time, and nothing of it is kept."""
    assert client.get(TOPICS).status_code == 200
    for _ in range(2):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200 and cache_status(answer) is None
        request_id = answer.headers["x-request-id"]
        wait_until(lambda wanted=request_id: wanted in (iris.log_dir / "api.log").read_text(errors="replace"))


def test_head_and_get_are_kept_apart(client: httpx.Client) -> None:
    """The answer to a HEAD has no body to give."""
    for _ in range(2):
        assert client.head(TOPICS).content == b""
        assert len(client.get(TOPICS).json()["topics"]) == 5
    assert client.post(TOPICS).status_code == 405


def test_without_workers_a_kept_page_is_given(iris: DevServer, client: httpx.Client) -> None:
    """Also when its time is over; who shows a token is told the truth."""
    assert client.get(TOPICS).status_code == 200
    with away(iris):
        expire_pages(iris)
        assert [cache_status(client.get(TOPICS)) in ("STALE", "UPDATING") for _ in range(3)] == [True] * 3
        assert problem(client.get(TOPICS, headers={"Authorization": "Bearer x"}))["status"] == 502
    wait_until(lambda: cache_status(client.get(TOPICS)) == "HIT", why="it is not fetched again")


def test_without_the_database_kept_figures_are_given(serve: Serve) -> None:
    """A worker that says 503 is as good as none."""
    server = serve(api=1, auth=1, chat=1)
    metrics = "/api/v1/metrics"
    with httpx.Client(base_url=server.url, timeout=20.0, trust_env=False) as client:
        figures = client.get(metrics)
        assert figures.status_code == 200, figures.text
        server.stop_postgres()
        assert problem(client.get(metrics + "?uncached"))["status"] == 503
        expire_pages(server)
        for _ in range(3):
            kept = client.get(metrics)
            assert cache_status(kept) in ("STALE", "UPDATING") and kept.json() == figures.json()
        server.start_postgres()
        wait_until(lambda: cache_status(client.get(metrics)) == "HIT", why="it is not fetched again")


def expire_pages(iris: DevServer) -> None:
    """Ends the time of all kept pages: the second word of the header of nginx's file (ngx_http_file_cache_header_t)."""
    pages = [path for path in (iris.directory / "tmp" / "cache").rglob("*") if path.is_file()]
    assert pages
    for path in pages:
        with path.open("r+b") as file:
            file.seek(8)
            file.write((1).to_bytes(8, "little"))
