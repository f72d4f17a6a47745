"""Which module speaks a request's wire format. All of them have the same functions and tables."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import model_openai
import model_scenarios

DIALECTS = {"gemini": model_scenarios, "openai": model_openai}


def dialect(record: dict[str, Any]) -> ModuleType:
    """Who answers this request."""
    return DIALECTS[record["api"]]
