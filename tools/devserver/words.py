"""What the development server says: plain lines for people, and refusals that name the remedy."""

from __future__ import annotations

import sys


class Refusal(Exception):
    """Something that stops the run, in words: what is wrong, where, and what to do about it."""


def say(line: str = "") -> None:
    """Prints one line at once. A reader who went away (`make run | head`) must not stop the server."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Python would otherwise complain again when it closes stdout at the end.
        sys.stdout = open("/dev/null", "w", encoding="utf-8")
