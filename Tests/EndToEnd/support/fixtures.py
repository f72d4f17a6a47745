"""Recorded and collected data of others, in the folder that IRIS_FIXTURES names; it is not part of the project."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = Path(PROJECT, os.environ.get("IRIS_FIXTURES") or "../shared/fixtures")
NAUGHTY_STRINGS = FOLDER / "strings" / "blns.json"

#: Skips where the folder is missing, unless its absence is to be a failure.
needs_naughty_strings = pytest.mark.skipif(
    not NAUGHTY_STRINGS.exists() and os.environ.get("IRIS_REQUIRE_FIXTURES") != "1",
    reason="skipped: no recorded fixtures")


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings (https://github.com/minimaxir/big-list-of-naughty-strings)."""
    return json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8"))
