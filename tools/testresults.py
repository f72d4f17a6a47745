"""`python3 -m testresults FILE… -- FAILED-STEP…`: one line for all test runs together.

A file that is missing, empty or holds no test counts as one failure: Swift's runner leaves a stub when it crashes. So
does a failed step that no failed test explains.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def counts_of(path: Path) -> Counter[str]:
    """Passed, failed and skipped of one JUnit file, and the failed ones by name on standard output."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        cases = []
    if not cases:
        print(f"{path}: no results, the run broke off before its end")
        return Counter(failed=1)
    return Counter(_outcome(case) for case in cases)


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        print(f"failed: {case.get('classname')} {case.get('name')}")
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def main() -> int:
    """0 when something passed and nothing failed."""
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    total: Counter[str] = Counter()
    for path in words[:split]:
        total += counts_of(Path(path))
    steps = words[split + 1 :]
    for step in steps:
        print(step)
    if steps and not total["failed"]:
        total["failed"] = len(steps)
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 0 if total["passed"] and not total["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
