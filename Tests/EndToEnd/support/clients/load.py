"""A steady stream of requests, sent at their time whatever became of those before."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx


class Load:
    """So many a second for as long as the block lasts; every answer is counted, 0 for none. Options are httpx.Client's."""

    def __init__(self, url: str, per_second: int, **options: Any) -> None:
        self.statuses: list[int] = []
        self._url, self._gap, self._options = url, 1 / per_second, options
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(32)
        self._thread = threading.Thread(target=self._run)

    def _one(self, http: httpx.Client) -> None:
        try:
            self.statuses.append(http.get("/api/v1/topics?uncached").status_code)
        except (httpx.HTTPError, ssl.SSLError):
            self.statuses.append(0)

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=10, trust_env=False, **self._options) as http, self._pool:
            due = time.monotonic()
            while not self._stop.is_set():
                self._pool.submit(self._one, http)
                due += self._gap
                time.sleep(max(0, due - time.monotonic()))

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def failures(self) -> dict[int, int]:
        """How often each answer other than 200 came."""
        return dict(Counter(status for status in self.statuses if status != 200))
