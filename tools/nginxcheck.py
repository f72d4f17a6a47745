"""`python3 -m nginxcheck`: `nginx -t` over the production site and over the development server's configuration, and gixy over
the first, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from devserver.layout import Layout
from devserver.service_user import ServiceUser
from devserver.settings import POOLS, PROJECT, Settings
from devserver.site import Site, unix_listeners
from devserver.web import Web
from devserver.words import Refusal

GIXY = PROJECT / ".build" / "gixy" / "bin" / "gixy"
#: fastcgi_pass takes a variable that names an `upstream` of unix sockets: no name is ever looked up.
NOT_OURS = "missing_resolver"


def check_production(folder: Path) -> None:
    """The whole site with its includes."""
    site = Site(folder)
    site.stage(unix_listeners(folder), {pool: Path(f"/run/iris/{pool}.sock") for pool in POOLS})
    site.check()
    if GIXY.exists():
        argv = [str(GIXY), "--skips", NOT_OURS, str(site.conf / "nginx.conf")]
        run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        if run.returncode != 0:
            raise Refusal(run.stdout + run.stderr)


def check_development(folder: Path) -> None:
    """The same snippets under the development server's own configuration."""
    layout = Layout(folder, ServiceUser.current())
    origins = ("http://localhost:3000", "https://app.example.org")
    layout.prepare()
    try:
        settings = Settings(
            folder, 18003, 18004, POOLS, origins, limits=True, binary=Path(), fsync=True, maintain_seconds=60
        )
        Web(layout, settings).configure()
    finally:
        layout.release()


def main() -> int:
    """1 with nginx's own words when it refuses anything."""
    os.umask(0o022)
    code = 0
    for check in (check_production, check_development):
        folder = Path(tempfile.mkdtemp(prefix="iris-lint-", dir="/tmp"))
        try:
            check(folder)
        except Refusal as refusal:
            print(refusal)
            code = 1
        finally:
            shutil.rmtree(folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
