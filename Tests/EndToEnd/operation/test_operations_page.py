"""What docs/operations.md tells a sysadmin to type is there: commands, options, files, and places within the page.

Its blocks are run by the tests of their parts, and by those of the package on a whole Debian; here is seen to it that none is
left out.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from operations_page import PAGE, code_blocks
from wiring import PROJECT

TEXT = PAGE.read_text("utf-8")
BLOCKS = [text for _, language, text in code_blocks() if language == "sh"]
#: What `status` prints, which its own tests compare with what it knows.
SHOWN = {("What the workers do now", "")}


def commands() -> list[str]:
    """Each call of the program in a block or in a line, without what stands before and behind it."""
    lines = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
    inline = re.findall(r"`([^`\n]*\biris-fcgi [^`\n]*)`", TEXT)
    found = set()
    for text in [*lines, *inline]:
        for call in re.findall(r"(?:^|[\s/])iris-fcgi +((?:[a-z]|--)[^#|;&<>…]*)", text):
            found.add(call.strip())
    return sorted(found)


def run_by_tests() -> set[tuple[str, str]]:
    """Heading and language of the blocks that some test takes from the page."""
    found = set()
    for path in (PROJECT / "Tests" / "EndToEnd").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fenced":
                found.add(tuple(getattr(word, "value", None) for word in node.args))
    return found


def test_every_block_is_run_by_a_test() -> None:
    blocks = {(heading, language) for heading, language, _ in code_blocks()}
    assert blocks - SHOWN <= run_by_tests(), blocks - SHOWN - run_by_tests()


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
    named = set(re.findall(r"\b(?:deploy|docs|bench|tools)/[\w./-]*\w", TEXT)) | set(re.findall(r"\]\(([\w./-]+)\)", TEXT))
    missing = [name for name in named if not (PROJECT / name).exists() and not (PROJECT / "docs" / name).exists()]
    assert named and missing == []


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#([\w-]+)\)", TEXT))
    assert links and links <= anchors, links - anchors
