"""The development server: PostgreSQL, three pools of workers and nginx, run by `make run`, the tests and the bench."""

from __future__ import annotations

from .client import DevServer

__all__ = ["DevServer"]
