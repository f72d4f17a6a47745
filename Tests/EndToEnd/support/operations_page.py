"""docs/operations.md as tests read it: what it tells people to type is what they run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devserver.settings import PROJECT

PAGE = PROJECT / "docs" / "operations.md"


def code_blocks() -> Iterator[tuple[str, str, str]]:
    """Heading, language and text of each code block. The heading is the nearest above, of whatever depth."""
    here = ""
    # A line inside a block may begin with #, as headings do: blocks are taken first.
    for found in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$|^#+ ([^\n]+)$", PAGE.read_text("utf-8")):
        here = found[3] or here
        if found[2] is not None:
            yield here, found[1], found[2]


def fenced(heading: str, language: str) -> list[str]:
    """The code blocks of one language under a heading."""
    blocks = [text for above, written, text in code_blocks() if (above, written) == (heading, language)]
    assert blocks, f"docs/operations.md shows no {language} under {heading}"
    return blocks


def section(heading: str) -> str:
    """All that stands under a heading, those of greater depth included."""
    text = PAGE.read_text("utf-8")
    (start,) = re.finditer(rf"(?m)^(#+) {re.escape(heading)}\n", text)
    return re.split(rf"(?m)^#{{1,{len(start[1])}}} ", text[start.end() :], maxsplit=1)[0]
