"""The Debian package, made of the program under test, and a Debian to install it on."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from debian_host import DebianHost

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def package(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as `make deb` makes it, which lintian has looked at; made once, however many processes run tests."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "deb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found := list(folder.glob("deb/*.deb"))):
            made = subprocess.run(
                [PROJECT / "tools" / "deb", binary, folder / "deb"], capture_output=True, text=True,
                stdin=subprocess.DEVNULL)
            assert made.returncode == 0, made.stdout + made.stderr
            found = list(folder.glob("deb/*.deb"))
    return found[0]


@pytest.fixture(scope="session")
def repacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The same under another version, in a moment."""

    def repack(version: str) -> Path:
        folder = tmp_path_factory.mktemp("repacked")
        tree, target = folder / "tree", folder / package.name.replace(package.name.split("_")[1], version)
        subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
        control = tree / "DEBIAN" / "control"
        lines = [f"Version: {version}" if line.startswith("Version:") else line
                 for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, target], check=True, capture_output=True)
        return target

    return repack


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    """One Debian for a module, which its tests use in their order. IRIS_BARE_DEBIAN names a folder of debootstrap's."""
    if why := DebianHost.why_not():
        pytest.skip(why)
    with DebianHost(Path(os.environ.get("IRIS_BARE_DEBIAN") or "/")) as machine:
        yield machine
