"""What docs/operations.md tells a sysadmin to type is there: commands, options, files, and places within the page.

Whole ways (installation, upgrade, backup, migration, front ends, PgBouncer) are walked by the tests of their parts.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from wiring import PROJECT

PAGE = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    """Each call of the program in a block or in a line, without what stands before and behind it."""
    lines = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
    inline = re.findall(r"`([^`\n]*\biris-fcgi [^`\n]*)`", PAGE)
    found = set()
    for text in [*lines, *inline]:
        for call in re.findall(r"(?:^|[\s/])iris-fcgi +((?:[a-z]|--)[^#|;&<>…]*)", text):
            found.add(call.strip())
    return sorted(found)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_a_block_is_a_script(block: str) -> None:
    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("call", commands())
def test_a_command_of_the_page_is_one_of_the_program(binary: Path, call: str) -> None:
    """Also its options: one that is unknown is refused before help is given."""
    done = subprocess.run([str(binary), *shlex.split(call), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_page_names_of_the_project_is_there() -> None:
    named = set(re.findall(r"\b(?:deploy|docs|bench|tools)/[\w./-]*\w", PAGE)) | set(re.findall(r"\]\(([\w./-]+)\)", PAGE))
    missing = [name for name in named if not (PROJECT / name).exists() and not (PROJECT / "docs" / name).exists()]
    assert named and missing == []


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    assert links and links <= anchors, links - anchors
