"""docs/openapi.yaml against the running service by schemathesis: requests made up from the description, good and bad,
and every answer held against it by all of the tool's checks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from openapi import Description
from service import Service
from wiring import PROJECT

PROGRAM = PROJECT / ".build" / "schemathesis" / "bin" / "schemathesis"
#: All phases together: examples and coverage take seconds, fuzzing and stateful tests share the rest.
SECONDS = 60
pytestmark = pytest.mark.skipif(
    not PROGRAM.exists() and os.environ.get("IRIS_REQUIRE_FIXTURES") != "1",
    reason="skipped: no schemathesis, see tools/install-pypi")


def test_every_answer_is_as_described(
    api: Description, backed: Service, backend_token: str, tmp_path: Path
) -> None:
    """No check is left out, and no operation; no worker ends over it.

    One thread asks: Python before 3.12 fails now and then when two of them parse source (CPython gh-106905), which the
    library below does for its messages.
    """
    workers = {pool: backed.server.pids(pool) for pool in ("api", "auth", "chat")}
    argv = [
        str(PROGRAM), "run", str(PROJECT / "docs" / "openapi.yaml"), "--url", backed.server.url, "--checks", "all",
        "--phases", "examples,coverage,fuzzing,stateful", "--max-time", str(SECONDS), "--workers", "1", "--seed", "1",
        "--generation-database", "none", "--max-response-time", "10", "--request-timeout", "20", "--no-color",
    ]  # fmt: skip
    env = {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(tmp_path), "COLUMNS": "160",
        "PYTHONPATH": str(PROJECT / "Tests" / "EndToEnd" / "support"), "PYTHONDONTWRITEBYTECODE": "1",
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "IRIS_TEST_SERVICE_TOKEN": backend_token,
    }  # fmt: skip
    run = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=3 * SECONDS, check=False)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
    assert f"Tested: {len(api.operations)}\n" in run.stdout and "disabled" not in run.stdout, run.stdout
    assert workers == {pool: backed.server.pids(pool) for pool in workers}
