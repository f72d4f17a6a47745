"""`iris-fcgi maintain` beside the workers, again and again, as a systemd timer would start it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .children import Command, Kept
from .environment import process_environment
from .layout import Layout


def maintenance(layout: Layout, binary: Path, iris: Mapping[str, str], seconds: float) -> Kept:
    """A child that runs for the first time after so many seconds, and again so many after its end."""
    command = Command(
        [str(binary), "maintain"], process_environment(iris), layout.runtime, layout.user, layout.log / "maintain.log"
    )
    return Kept("iris-fcgi maintain", lambda: command, quiet_exit=True, pause=seconds)
