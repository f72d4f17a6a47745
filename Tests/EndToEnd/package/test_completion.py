"""Completion in bash, held against the program's own help."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
#: The keys that a person would press, without a terminal: bash-completion's function on a line of words.
LINE = """
. /usr/share/bash-completion/bash_completion
. "$COMPLETION"
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=$((${#COMP_LINE}))
_iris_fcgi
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def help_of(binary: Path):
    """The program's help on a command, or on all."""
    return lambda *words: subprocess.run(
        [binary, "help", *words], check=True, capture_output=True, text=True).stdout


def complete(binary: Path, *words: str, folder: Path = PROJECT) -> list[str]:
    """What is offered for the last of the words."""
    env = {"PATH": os.environ["PATH"], "COMPLETION": str(PROJECT / "deploy" / "bash-completion.sh")}
    said = subprocess.run(
        ["bash", "-c", LINE, "bash", binary, *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return said.stdout.split()


def test_every_command_and_option_of_the_help_is_offered_and_nothing_else(binary: Path, help_of) -> None:
    listed = re.search(r"Commands:\n(.*?)\n\n", help_of(), re.DOTALL)
    commands = [line[2:].split("  ")[0] for line in listed[1].splitlines()]
    assert "check" in commands and "user add" in commands
    assert set(complete(binary, "")) == {command.split()[0] for command in commands}
    assert set(complete(binary, "user", "")) == {command[5:] for command in commands if command.startswith("user ")}
    for command in commands:
        usage = help_of(*command.split()).splitlines()[0]
        offered = complete(binary, *command.split(), *(["x"] if "EMAIL" in usage else []), "--")
        assert sorted(offered) == sorted(re.findall(r"--[a-z-]+", usage)), command


@pytest.mark.parametrize(("words", "offered"), [
    (["us"], ["user"]),
    (["user", "ti"], ["tier"]),
    (["user", "tier", "ada@example.org", ""], ["free", "premium", "--json"]),
    (["user", "add", "ada@example.org", "--tier", ""], ["free", "premium"]),
    (["user", "add", "ada@example.org", "--tier", "p"], ["premium"]),
    (["user", "add", "--json", "--"], ["--name", "--tier", "--password-stdin"]),
    (["user", "beta", "ada@example.org", "--until", ""], []),
    (["pool", "c"], ["chat"]),
    (["help", "user", "s"], ["show", "sessions"]),
    (["maintain", "--archive", "do"], ["docs"]),
    (["import", "sch"], ["schema", "schema.sql"]),
    (["bogus", ""], []),
])  # fmt: skip
def test_what_is_offered(binary: Path, words: list[str], offered: list[str]) -> None:
    assert complete(binary, *words) == offered
