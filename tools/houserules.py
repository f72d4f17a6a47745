"""`python3 -m houserules`: the rules of the house that no compiler knows. A line per breach: where, what, remedy."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LONGEST = 400
C_MODULES = r"(?:Glibc|Musl|Darwin|CFastCGI|CPostgres|CCurl|CCrypto|CSystem)"
IMPORT = (
    r"^[ \t]*(?:@\w+[ \t]+)?(?:(?:public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+"
    r"(?:(?:typealias|struct|class|enum|protocol|let|var|func)[ \t]+)?+"
)
#: In pieces, so that this file does not break its own rule.
MARKS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
#: Swift's comments and string literals, which no rule about code looks into. Interpolations go with their string.
SWIFT_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|#"""(?:.*?)"""#|"""(?:\\.|.)*?"""|#".*?"#|"(?:\\.|[^"\\\n])*"', re.DOTALL)

Breach = tuple[int, str]
Rule = Callable[[Path, str], Iterator[Breach]]


def project_files() -> list[Path]:
    """What git tracks or would track, relative to the project."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={PROJECT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, check=True,
    )  # fmt: skip
    names = sorted({name for name in listed.stdout.decode().split("\0") if name})
    return [Path(name) for name in names if (PROJECT / name).is_file()]


def code_of(text: str) -> str:
    """Swift without comments and strings; every line stays where it is."""
    return SWIFT_TEXT.sub(lambda found: "\n" * found[0].count("\n") or " ", text)


def matching(pattern: str, advice: str, text: str) -> Iterator[Breach]:
    """A breach per match of a pattern."""
    for found in re.finditer(pattern, text, re.MULTILINE):
        yield text.count("\n", 0, found.end()) + 1, f"{found[0].strip()}: {advice}"


def no_foundation(path: Path, text: str) -> Iterator[Breach]:
    """Foundation is 10 MB and its own world; the small half is enough."""
    if path.suffix == ".swift":
        pattern = IMPORT + r"Foundation(?!Essentials)\w*"
        yield from matching(pattern, "import at most FoundationEssentials", code_of(text))


def c_stays_in_system(path: Path, text: str) -> Iterator[Breach]:
    """C and unsafe code live in one place, where they are reviewed."""
    if path.suffix == ".swift" and path.parts[0] == "Sources" and path.parts[1] != "IrisSystem":
        code = code_of(text)
        yield from matching(IMPORT + C_MODULES + r"\b", "give IrisSystem an owner for it and use that", code)
        yield from matching(r"\bunsafe\b", "only Sources/IrisSystem may say so; move the code there", code)


def domain_is_pure(path: Path, text: str) -> Iterator[Breach]:
    """No I/O, no clock, no randomness."""
    if path.suffix == ".swift" and path.parts[:2] == ("Sources", "IrisDomain"):
        pattern = IMPORT + r"(?!FoundationEssentials\b)\w+"
        yield from matching(pattern, "IrisDomain imports at most FoundationEssentials; pass values in", code_of(text))


def no_traps(path: Path, text: str) -> Iterator[Breach]:
    """A trap costs a request and tells nobody why."""
    if path.suffix == ".swift" and path.parts[0] == "Sources":
        yield from matching(r"\btry!|\bfatalError\b|\bas!", "throw or answer instead of trapping", code_of(text))


def short_enough(path: Path, text: str) -> Iterator[Breach]:
    """A file is one idea."""
    if path.suffix in (".swift", ".py", ".sh", ".sql") or text.startswith("#!"):
        lines = text.count("\n")
        if lines > LONGEST:
            yield LONGEST + 1, f"{lines} lines, {LONGEST} are allowed: which second thing does it do? Move that out"


def nothing_unfinished(path: Path, text: str) -> Iterator[Breach]:
    """What is left to do belongs into the tracker."""
    for found in MARKS.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, f"{found[0]}: finish it, or take it to the tracker"


def python_compiles(path: Path, text: str) -> Iterator[Breach]:
    """As py_compile, without leaving files behind."""
    if path.suffix == ".py":
        try:
            compile(text, str(path), "exec")
        except SyntaxError as error:
            yield error.lineno or 1, f"{error.msg}: correct the syntax"


RULES: tuple[Rule, ...] = (
    no_foundation, c_stays_in_system, domain_is_pure, no_traps, short_enough, nothing_unfinished, python_compiles
)  # fmt: skip


def main() -> int:
    """1 when anything breaks a rule."""
    found = 0
    for path in project_files():
        try:
            text = (PROJECT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or an archive
        for rule in RULES:
            for line, message in rule(path, text):
                print(f"{path}:{line}: {message}")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
