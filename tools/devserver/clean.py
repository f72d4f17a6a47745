"""`python3 -m devserver.clean [FOLDER]`: removes what a development server wrote. `make clean` calls it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .layout import remove
from .words import Refusal


def main() -> int:
    """Refuses while a server runs there."""
    try:
        remove(Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("IRIS_DEV_DIR") or ".run"))
    except (Refusal, PermissionError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
