"""A machine with systemd for tests: namespaces of its own over a root that is only read.

    with SystemdMachine() as machine:                          # the host's own root, with its programs and packages
        machine.put(binary, "/usr/bin/iris-fcgi", mode=0o755)
        machine.run("systemctl", "start", "iris.target")
        machine.journal("iris-chat@1.service")                 # entries as journald has them
        httpx.get(f"http://{machine.address}/health")          # from the test itself; the machine sees it as HOST

Changes go to a tmpfs. None of the host's own services is started, /tmp and /run are empty, there is no way to the
Internet. `lower` names another root, such as one of debootstrap, which is taken as it is. Everything ends with the
block, also when the test's own process is killed: the machine lives only as long as a pipe of its stays open.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BOOT = Path(__file__).parent / "machine" / "boot.sh"
#: What a test with a machine needs beside rights; Debian packages systemd, util-linux, iproute2.
PROGRAMS = ("/lib/systemd/systemd", "/usr/bin/unshare", "/usr/bin/nsenter", "/sbin/pivot_root", "/sbin/ip")
#: An ordinary user is somebody who may become root without being asked.
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n", "--"]


class MachineError(Exception):
    """The machine, or a command in it, did not do what it should."""


class SystemdMachine:
    """One machine: its first process, its address and the ways into it.

    `target` is what it boots to; `multi-user.target` is the whole of a Debian. `shared`: a folder of the host that it
    sees as /mnt/host, sockets included.
    """

    def __init__(self, lower: Path = Path("/"), target: str = "basic.target", shared: Path | None = None) -> None:
        # RFC 2544's addresses for tests: no network has them.
        self.name = f"iris{secrets.token_hex(4)}"
        self.network = f"198.{18 + secrets.randbelow(2)}.{secrets.randbelow(256)}"
        self.address, self.host = f"{self.network}.2", f"{self.network}.1"
        self.pid = 0
        self._options = [str(lower), target, str(shared or "")]
        self._holder: subprocess.Popen[str] | None = None
        self._said = tempfile.TemporaryFile("w+")

    @staticmethod
    def why_not() -> str | None:
        """Why there can be no machine here; None when there can."""
        if missing := [path for path in PROGRAMS if not os.path.exists(path)]:
            return f"not installed: {', '.join(missing)}"
        tried = subprocess.run(
            [*AS_ROOT, "unshare", "-mpuinC", "--fork", "mount", "-t", "tmpfs", "try", "/mnt"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return f"namespaces are not permitted: {tried.stderr.strip()}" if tried.returncode else None

    def start(self, seconds: float = 60) -> SystemdMachine:
        """Boots; returns when the target is reached."""
        self._holder = subprocess.Popen(
            [*AS_ROOT, "unshare", "--mount", "--", "bash", str(BOOT), self.name, *self._options, self.network],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True, start_new_session=True)
        try:
            word, _, number = self._holder.stdout.readline().partition(" ")
            if word != "pid":
                raise MachineError("no machine")
            self.pid = int(number)
            self._wait_for_boot(time.monotonic() + seconds)
        except BaseException as error:
            self.stop()
            raise MachineError(f"{error}; it said: {self.said()}") from error
        return self

    def stop(self) -> None:
        """Ends all of it, and waits until nothing is left."""
        if self._holder is not None:
            self._holder.stdin.close()
            self._holder.wait(30)
            self._holder.stdout.close()
            self._holder = None

    def __enter__(self) -> SystemdMachine:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def said(self) -> str:
        """What came on the console."""
        self._said.seek(0)
        return self._said.read()

    @property
    def enter(self) -> list[str]:
        """The words before a command that runs it in the machine."""
        return [*AS_ROOT, "nsenter", "--target", str(self.pid), "--all", "--"]

    @property
    def enter_network(self) -> list[str]:
        """The same for a program with the host's files; it ends with the machine."""
        return [*AS_ROOT, "nsenter", "--target", str(self.pid), "--net", "--pid", "--"]

    def run(
        self, *argv: str | Path, input: str | bytes = "", check: bool = True, timeout: float = 60, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command as root and gives what it said; `check` turns a failure into an error that shows it."""
        words = [*self.enter, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"]
        words += [f"{name}={value}" for name, value in env.items()]
        sent = input.encode() if isinstance(input, str) else input
        ended = subprocess.run([*words, *map(str, argv)], input=sent, capture_output=True, timeout=timeout)
        done = subprocess.CompletedProcess(
            argv, ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace"))
        if check and done.returncode:
            raise MachineError(f"{' '.join(map(str, argv))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def put(self, content: Path | str | bytes, path: str, mode: int = 0o644, owner: str = "root:root") -> None:
        """Writes a file: a text, bytes, or a copy of one of the host's. Folders above are made."""
        data = content.read_bytes() if isinstance(content, Path) else content
        user, _, group = owner.partition(":")
        options = ["-D", "-m", f"{mode:o}", "-o", user, "-g", group]
        # Beside, then over: a program that runs cannot be written to.
        self.run("install", *options, "/dev/stdin", f"{path}.new", input=data)
        self.run("mv", "-f", f"{path}.new", path)

    def put_all(self, files: Mapping[str, Path | str]) -> None:
        """Writes many files of root's, mode 0644, at once."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path, content in files.items():
                data = content.read_bytes() if isinstance(content, Path) else content.encode()
                member = tarfile.TarInfo(path.lstrip("/"))
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        self.run("tar", "-xf", "-", "-C", "/", "--no-same-permissions", input=archive.getvalue())

    def read(self, path: str) -> str:
        """A file's text."""
        return self.run("cat", path).stdout

    def systemctl(self, *words: str, check: bool = True, timeout: float = 120) -> str:
        """What systemctl says."""
        return self.run("systemctl", "--no-pager", *words, check=check, timeout=timeout).stdout.strip()

    def show(self, unit: str, name: str) -> str:
        """A property of a unit: ActiveState, MainPID, NRestarts …"""
        return self.systemctl("show", "--value", "-p", name, unit)

    def journal(self, *units: str, **fields: str) -> list[dict[str, Any]]:
        """Entries of the journal, oldest first: of these units, or with these fields."""
        words = [f"--unit={unit}" for unit in units] + [f"{name}={value}" for name, value in fields.items()]
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "--no-pager", "--all", "-o", "json", *words, check=False).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def _wait_for_boot(self, end: float) -> None:
        state = ""
        while state not in ("running", "degraded"):
            if self._holder.poll() is not None or time.monotonic() > end:
                raise MachineError(f"not booted: {state}")
            time.sleep(0.05)
            state = self.systemctl("is-system-running", check=False)
