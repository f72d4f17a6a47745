"""`python3 -m devserver`: what `make run` executes."""

from __future__ import annotations

import os
import sys

from .runner import serve
from .settings import read
from .words import Refusal


def main() -> int:
    """0 after Ctrl-C or SIGTERM, 1 with a sentence when something stands in the way."""
    try:
        return serve(read(sys.argv[1:], os.environ), os.environ)
    except Refusal as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
