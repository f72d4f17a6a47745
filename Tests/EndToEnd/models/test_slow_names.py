"""A name server that does not answer: its resolver's patience is none of the user's."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from people import Person
from plain_cgi import cgi, service_env

#: getaddrinfo(3) as it is with a name server that is gone: it comes back after its own tries only.
RESOLVER = """
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  sleep(15);
  return EAI_AGAIN;
}
"""


def test_a_name_that_is_looked_up_for_long_ends_at_the_limit(
    binary: Path, iris, person: Person, tmp_path: Path
) -> None:
    library = tmp_path / "resolver.so"
    build = ["clang", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", str(library)]
    subprocess.run(build, input=RESOLVER.encode(), check=True, timeout=60)
    body = json.dumps({"message": "Comment réussir mon CV en 2026 ?"}).encode()
    # A folder of its own: the other workers shall not learn that this server cannot be reached.
    variables = service_env(iris) | {
        "LD_PRELOAD": str(library), "IRIS_GEMINI_BASE_URL": "http://modele.example", "IRIS_CONNECT_TIMEOUT": "1",
        "IRIS_RUNTIME_DIR": str(tmp_path),
    }
    start = time.monotonic()
    done = cgi(
        binary, body, variables, REQUEST_METHOD="POST", PATH_INFO="/api/v1/chat", CONTENT_LENGTH=str(len(body)),
        CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=person.headers["Authorization"])
    took = time.monotonic() - start
    assert done.stdout.startswith(b"Status: 200"), done.stdout + done.stderr
    assert json.loads(done.stdout.partition(b"\r\n\r\n")[2])["finish"] == "fallback"
    assert 0.9 < took < 4, took
    assert b"unreachable_connection" in done.stderr, done.stderr
