"""Starting, watching and ending child processes from a single-threaded parent that lives by its signals."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .service_user import ServiceUser
from .words import say

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
RESTART_FIRST = 0.2  # seconds, as RestartSec of the units
RESTART_MOST = 2.0
SOON = 1.0  # dying within this many seconds of the start counts as a crash loop


class Stopped(Exception):
    """Somebody asked the runner to end, by Ctrl-C or a signal."""


class Signals:
    """Signals are blocked and taken one by one from the kernel's queue, so none can arrive between two lines."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self._old = signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, signal.SIGCHLD))

    def restore(self) -> None:
        """Back to what the caller had."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._old)

    def sleep(self, seconds: float) -> None:
        """Waits; returns early when a child ended, raises `Stopped` when the runner shall end."""
        taken = signal.sigtimedwait((*ENDING, signal.SIGCHLD), max(0.0, seconds))
        if taken is not None and taken.si_signo != signal.SIGCHLD:
            self.asked_at = time.monotonic()
            raise Stopped

    def hurried(self, seconds: float) -> bool:
        """Waits while ending. True for a second request that is not an echo of the first: `make` passes a SIGTERM
        on to a runner that, in the same process group, may have had it already."""
        taken = signal.sigtimedwait((*ENDING, signal.SIGCHLD), max(0.0, seconds))
        if taken is None or taken.si_signo == signal.SIGCHLD:
            return False
        first, self.asked_at = self.asked_at, time.monotonic()
        return first is not None and self.asked_at - first > 1.0


@dataclass(frozen=True)
class Command:
    """A program to start. `listener` becomes descriptor 3, with LISTEN_PID and LISTEN_FDS as in sd_listen_fds(3)."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    user: ServiceUser
    #: Where `start` appends stdout and stderr.
    log: Path = Path(os.devnull)
    listener: int | None = None
    #: Added to its nice value (nice(2)): what may wait for what must not.
    niceness: int = 0
    #: Sent by the kernel when the runner is gone without having ended its children.
    orphan_signal: signal.Signals = signal.SIGKILL

    def start(self) -> int:
        """Forks and executes; the process id. stdin is /dev/null, stdout and stderr are appended to the log."""
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        try:
            return self._fork(output)
        finally:
            os.close(output)

    def run(self, stdin: bytes = b"") -> tuple[int, str]:
        """Runs to the end: exit code (negative: signal) and all output. For short helpers such as initdb."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            code = os.waitstatus_to_exitcode(os.waitpid(self._fork(output.fileno(), source.fileno()), 0)[1])
            output.seek(0)
            return code, output.read().decode("utf-8", "replace").strip()

    def _fork(self, output: int, source: int | None = None) -> int:
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        try:
            self._become_child(parent, output, source)
            env = dict(self.env)
            if self.listener is not None:
                env |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
            os.execve(self.argv[0], list(self.argv), env)
        except BaseException as error:  # never return into the parent's code
            os.write(2, f"{self.argv[0]}: {error}\n".encode("utf-8", "replace"))
        finally:
            os._exit(127)

    def _become_child(self, parent: int, output: int, source: int | None) -> None:
        os.setsid()  # Ctrl-C in a terminal reaches the runner only, which ends its children in order
        stdin = os.open("/dev/null", os.O_RDWR) if source is None else source
        # Copies with high numbers first: any of these could itself be one of the numbers 0 to 3.
        stdin, output = (fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (stdin, output))
        if self.listener is not None:
            os.dup2(fcntl.fcntl(self.listener, fcntl.F_DUPFD, 10), 3)
        os.dup2(stdin, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3 if self.listener is None else 4, os.sysconf("SC_OPEN_MAX"))
        os.chdir(self.cwd)
        os.umask(0o077)
        os.nice(self.niceness)
        self.user.become()
        end_with(parent, self.orphan_signal)
        for number in (*ENDING, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def end_with(parent: int, number: signal.Signals) -> None:
    """In a child: the kernel sends the signal once the parent is gone. A change of user clears this (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


@dataclass
class Kept:
    """A child that is started again when it dies, after a pause that grows while it dies at once."""

    name: str
    command: Callable[[], Command]
    held: Callable[[], bool] = lambda: False
    #: A recycled worker ends with 0 as planned; for PostgreSQL and nginx any end is news.
    quiet_exit: bool = False
    #: Seconds before each start, for what is no server but a task that comes back; however it ended.
    pause: float | None = None
    pid: int | None = None
    failures: int = 0
    _started: float = 0.0
    _due: float = field(default=0.0)

    def __post_init__(self) -> None:
        self._due = time.monotonic() + (self.pause or 0.0)

    def tend(self, now: float) -> bool:
        """Looks after the child; true when its process id changed."""
        if self.pid is not None:
            code = reap(self.pid)
            if code is None:
                return False
            self._note_end(code, now)
            return True
        if now < self._due or self.held():
            return False
        self.pid = self.command().start()
        self._started = now
        return True

    def due_in(self, now: float) -> float:
        """Seconds until it wants to be tended without a signal."""
        return 60.0 if self.pid is not None else max(0.02, self._due - now)

    def _note_end(self, code: int, now: float) -> None:
        early = code != 0 and now - self._started < SOON
        self.failures = self.failures + 1 if early else 0
        pause = self.pause or min(RESTART_MOST, RESTART_FIRST * 2 ** max(0, self.failures - 1))
        self._due = now + pause
        # A crash loop is told at its 1st, 2nd, 4th, 8th … death.
        if (code != 0 or not self.quiet_exit) and self.failures & (self.failures - 1) == 0:
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            say(f"{self.name} (process {self.pid}) {how}; starting another in {pause:.1f} s")
        self.pid = None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal if it lives."""
        if self.pid is not None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def gone(self) -> bool:
        """True once it has ended; it is not started again."""
        if self.pid is not None and reap(self.pid) is not None:
            self.pid = None
        return self.pid is None


def reap(pid: int) -> int | None:
    """The exit code of a child (negative: signal), or None while it runs."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -int(signal.SIGKILL)
    return os.waitstatus_to_exitcode(status) if done else None
