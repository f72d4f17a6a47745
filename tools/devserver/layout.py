"""Where the development server keeps its files, and who may reach them.

`asked` is IRIS_DEV_DIR. Its folders normally lie in it. When the service user cannot get there (a clone under
/root, say), they lie in a companion folder under /var/tmp and `asked` holds symbolic links to them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from .service_user import ServiceUser
from .words import Refusal

LOCK = "runner.lock"
#: A unix socket path holds 107 bytes and a NUL (unix(7)); PostgreSQL's name is the longest in the folder.
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET = ".s.PGSQL.5432"
#: Folders that the service user owns, with their modes.
SERVICE_FOLDERS = {"pg": 0o700, "log": 0o750, "spool": 0o700, "runtime": 0o700, "tmp": 0o700}
#: Folders that belong to whoever runs the runner; the service user only reads them.
RUNNER_FOLDERS = {"bin": 0o755, "nginx": 0o755}
FILES = (LOCK, "env", "secrets.env", "run.json", "postgres.hold")
COMPANIONS = Path("/var/tmp")


class Layout:
    """The folders of one development server, locked for one runner at a time."""

    def __init__(self, asked: Path, user: ServiceUser) -> None:
        self.asked = Path(os.path.abspath(asked))
        self.user = user
        self.root = self.asked
        self.sock = self.asked / "sock"
        self._lock = -1

    @property
    def pg(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "pg"

    @property
    def log(self) -> Path:
        """One file per pool, nginx's two, PostgreSQL's."""
        return self.root / "log"

    @property
    def runtime(self) -> Path:
        """IRIS_RUNTIME_DIR: the scoreboard."""
        return self.root / "runtime"

    @property
    def bin(self) -> Path:
        """A copy of the program: the service user may not reach the build, and a rebuild must not disturb it."""
        return self.root / "bin"

    @property
    def nginx(self) -> Path:
        """nginx's configuration folder, laid out like /etc/nginx."""
        return self.root / "nginx"

    def file(self, name: str) -> Path:
        """A file of the runner's own, never reached by the service user."""
        return self.asked / name

    def prepare(self) -> None:
        """Creates what is missing, takes the lock, decides where the folders are."""
        try:
            ours = not self.asked.exists() or not any(self.asked.iterdir()) or self.file(LOCK).exists()
            self.asked.mkdir(parents=True, exist_ok=True)
            self._take_lock()
        except PermissionError as error:
            raise Refusal(
                f"{self.asked} cannot be written by this user ({error.strerror}). It may belong to an earlier run as"
                " another user: remove it (sudo make clean) or name another folder in IRIS_DEV_DIR."
            ) from error
        if ours:
            self._open_to_service_user(self.asked)
        self.root = self._place()
        for name, mode in SERVICE_FOLDERS.items():
            self._service_folder(name, mode)
        for name, mode in RUNNER_FOLDERS.items():
            self._folder(name).chmod(mode)
        self._place_sockets()

    @property
    def locked(self) -> bool:
        """Whether the folder is this runner's; otherwise nothing in it may be touched."""
        return self._lock >= 0

    def release(self) -> None:
        """Removes what must not stay behind: sockets, and their folder where it is a temporary one."""
        if not self.locked:
            return
        self._remove_sockets()
        os.close(self._lock)
        self._lock = -1

    def _take_lock(self) -> None:
        self._lock = os.open(self.file(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._lock, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._lock)
            self._lock = -1
            raise Refusal(
                f"{self.asked} is in use by another runner (process {holder}). Stop it first, or give this one a"
                " folder and a port of its own: IRIS_DEV_DIR=.run2 IRIS_DEV_PORT=8013 make run"
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode("ascii"), 0)

    def _open_to_service_user(self, folder: Path) -> None:
        """Sticky and group-writable: the service user may add entries, but not replace root's."""
        if self.user.drops:
            os.chown(folder, 0, self.user.gid)
            folder.chmod(0o1770)
        else:
            folder.chmod(0o700)

    def _place(self) -> Path:
        """The folder that really holds everything."""
        if not self.user.drops:
            return self.asked
        companion = companion_of(self.asked)
        linked = (self.asked / "pg").is_symlink()
        if not linked and self.user.can_access(self.asked, os.W_OK | os.X_OK):
            return self.asked
        try:
            companion.mkdir(mode=0o700)
        except FileExistsError:
            found = companion.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
                raise Refusal(f"{companion} is not a folder of root's: remove it and start again.") from None
        self._open_to_service_user(companion)
        return companion

    def _folder(self, name: str) -> Path:
        """A folder under `root`, and the link to it where `root` is the companion."""
        real = self.root / name
        if self.root != self.asked:
            link = self.asked / name
            if link.is_dir() and not link.is_symlink():
                # Here before the folder became unreachable: the data moves along.
                shutil.move(link, real)
            _point(link, real)
        real.mkdir(exist_ok=True)
        return real

    def _service_folder(self, name: str, mode: int) -> None:
        folder = self._folder(name)
        folder.chmod(mode)
        if self.user.drops and folder.stat().st_uid != self.user.uid:
            self.user.give(folder)
            for path in folder.rglob("*"):
                self.user.give(path)

    def _place_sockets(self) -> None:
        """`sock/` in place when every socket path fits and needs no quoting anywhere, else a short temporary one."""
        self._remove_sockets()
        place = self.root / "sock"
        length = len(os.fsencode(place / LONGEST_SOCKET))
        if length <= SOCKET_PATH_LIMIT and re.fullmatch(r"[A-Za-z0-9/._-]+", str(place)):
            place.mkdir(exist_ok=True)
            self.sock = place
        else:
            self.sock = Path(tempfile.mkdtemp(prefix="iris-", dir="/tmp"))
        if self.sock != self.asked / "sock":
            _point(self.asked / "sock", self.sock)
        self.sock.chmod(0o700)
        self.user.give(self.sock)

    def _remove_sockets(self) -> None:
        """Also what a killed runner left: the lock says that nobody else uses it."""
        link = self.asked / "sock"
        if link.is_symlink():
            _remove_folder(Path(os.readlink(link)), {0, self.user.uid})
            link.unlink()
        _remove_folder(self.root / "sock", {0, self.user.uid})


def companion_of(asked: Path) -> Path:
    """One folder per IRIS_DEV_DIR, found again by the next run and by `make clean`."""
    return COMPANIONS / f"iris-dev-{hashlib.sha256(os.fsencode(asked)).hexdigest()[:12]}"


def remove(asked: Path) -> None:
    """Removes everything a development server wrote, refusing while one runs there. Other files stay."""
    layout = Layout(asked, ServiceUser.current())
    if not layout.file(LOCK).exists():
        return
    layout._take_lock()
    layout._remove_sockets()
    companion = companion_of(layout.asked)
    for name in (*SERVICE_FOLDERS, *RUNNER_FOLDERS):
        path = layout.asked / name
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
    if companion.is_dir() and companion.lstat().st_uid == os.geteuid():
        shutil.rmtree(companion)
    for name in FILES:
        layout.file(name).unlink(missing_ok=True)
    layout.release()
    if not any(layout.asked.iterdir()):
        layout.asked.rmdir()


def _point(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)


def _remove_folder(folder: Path, owners: set[int]) -> None:
    """Removes a folder if it is really one and its owner is one of ours: the name alone proves nothing in /tmp."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode) and found.st_uid in owners:
        shutil.rmtree(folder, ignore_errors=True)
