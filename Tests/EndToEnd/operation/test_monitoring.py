"""`deploy/monitoring` and its page in docs/operations.md speak of metrics that there are, and of all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from metrics_page import SUFFIX, Page, promtool

from devserver import DevServer
from operations_page import section

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = PROJECT / "deploy" / "monitoring"
RULES, TESTS, DASHBOARD = (FOLDER / name for name in ("iris.rules.yml", "iris.rules.test.yml", "grafana-dashboard.json"))
#: A metric, or the record of a rule.
NAME = re.compile(r"\biris(?:_\w+|:[\w:]+)")


def names(text: str) -> set[str]:
    """The names that an expression has, histograms by their own."""
    found = set(NAME.findall(re.sub(r'"[^"]*"', "", text)))
    return {SUFFIX.sub("", name) if SUFFIX.search(name) and "seconds_" in name else name for name in found}


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    """Every recording and alert rule."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return json.loads(DASHBOARD.read_text())


@pytest.fixture(scope="module")
def known(iris: DevServer, rules: list[dict[str, Any]]) -> set[str]:
    """What may be asked for: the live page's metrics, and what the rules record."""
    return Page.of(iris).names | {rule["record"] for rule in rules if "record" in rule}


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """What the dashboard asks Prometheus."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        yield variable["query"]["query"] if isinstance(variable["query"], dict) else ""


def test_promtool_finds_no_fault_with_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES))
    assert "SUCCESS" in promtool("test", "rules", TESTS.name, folder=str(FOLDER))


def test_every_alert_is_tried_both_ways(rules: list[dict[str, Any]]) -> None:
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    text = TESTS.read_text()
    quiet = {name for name in alerts if re.search(rf"{name}, eval_time: \w+, exp_alerts: \[\]", text)}
    raised = {name for name in alerts if re.search(rf'alertname: {name}\n|alertname="{name}"', text)}
    assert (alerts - quiet, alerts - raised) == (set(), set())


def test_rules_and_dashboard_ask_for_metrics_that_there_are(
    rules: list[dict[str, Any]], dashboard: dict[str, Any], known: set[str]
) -> None:
    asked = set().union(*(names(rule["expr"]) for rule in rules), *(names(text) for text in expressions(dashboard)))
    assert len(asked) > 20 and asked - known == set()


def test_the_dashboard_can_be_imported(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert dashboard.get("id") is None and dashboard["uid"] and dashboard["schemaVersion"] >= 36
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert {name for name in re.findall(r"\$(?!__)\{?(\w+)", DASHBOARD.read_text())} <= variables
    for panel in panels:
        place = panel["gridPos"]
        assert 0 <= place["x"] <= place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["targets"] and panel["datasource"]["uid"] == "${datasource}"
    taken = [(y, x) for panel in panels for place in [panel["gridPos"]]
             for y in range(place["y"], place["y"] + place["h"]) for x in range(place["x"], place["x"] + place["w"])]  # fmt: skip
    assert len(taken) == len(set(taken)), "two panels lie on one another"


def test_the_documents_have_each_metric(iris: DevServer) -> None:
    described = re.findall(r"^\| `(iris_\w+)(?:\{[^}]*\})?` \|", section("Metrics"), re.MULTILINE)
    page = Page.of(iris)
    assert sorted(described) == sorted(page.names)
