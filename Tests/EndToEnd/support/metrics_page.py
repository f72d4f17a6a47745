"""The page that Prometheus reads, as tests read it."""

from __future__ import annotations

import re
import subprocess

import httpx

from devserver import DevServer

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
SUFFIX = re.compile(r"_(bucket|sum|count)$")


class Page:
    """One scrape: every sample by its name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            found = LINE.match(line)
            assert found, f"no sample: {line}"
            key = found[1], frozenset(LABEL.findall(found[2] or ""))
            assert key not in self.samples, f"twice: {line}"
            self.samples[key] = float(found[3])

    @classmethod
    def of(cls, server: DevServer) -> Page:
        """What the workers counted until now."""
        answer = httpx.get(f"{server.metrics_url}/metrics", trust_env=False, timeout=10)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return cls(answer.text)

    @property
    def names(self) -> set[str]:
        """The metrics that it describes, with samples or without."""
        return set(re.findall(r"^# TYPE (\w+) ", self.text, re.MULTILINE))

    def lines(self, name: str) -> dict[frozenset[tuple[str, str]], float]:
        """The samples of one name, by their labels."""
        return {labels: value for (other, labels), value in self.samples.items() if other == name}

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name that have these labels."""
        return sum(value for found, value in self.lines(name).items() if set(labels.items()) <= found)

    def requests(self) -> dict[tuple[str, int], int]:
        """Requests by route and status, but those that a monitor or this page itself makes."""
        counts = {}
        for labels, value in self.lines("iris_http_requests_total").items():
            found = dict(labels)
            if found["route"] not in ("/health", "/metrics"):
                counts[found["route"], int(found["status"])] = int(value)
        return counts


def promtool(*words: str, stdin: str = "", folder: str | None = None) -> str:
    """What promtool says; it must be content."""
    done = subprocess.run(
        ["promtool", *words], input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said
