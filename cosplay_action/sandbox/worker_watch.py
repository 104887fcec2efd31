"""Inside a worker: one child watched to its end: pipes drained, CPU and wall clock kept, everything killed.

Standard library only, Python 3.9 to 3.14; CPU clocks, parent-death signals and orphan adoption where Linux has them.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WALL = 4  # idle seconds allowed for each CPU second
SLACK = 1.0  # and these on top
BUSY = 0.02  # share of the time that a process runs which is not idle: one that waits for its turn gets that much
LONGEST = 5  # times the idle seconds: wall seconds of one that keeps busy
TICK = 0.05  # seconds between two looks at the clocks
GAP = 1.0  # and from so many on nobody looked: the machine slept, or all of us were stopped, the child too
TAIL = 2000  # bytes kept of a pipe without a cap
_DIE, _ADOPT = (1, int(signal.SIGKILL), 0, 0, 0), (36, 1, 0, 0, 0)  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER


def _find_prctl() -> Callable[..., object] | None:
    """Linux's prctl, None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        found: Callable[..., object] = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):  # a Python without ctypes: the deadlines still hold
        return None
    return found


_PRCTL = _find_prctl()
TIE = (_PRCTL or int, _DIE if _PRCTL else ())  # a call that ties a process to its parent: what to call, with what


def tie_to_parent(parent: int = 0, *, adopt: bool = True) -> None:
    """Die with the parent (the tie does not survive a fork), and ``adopt`` what our own children leave behind.

    ``parent`` is who forked this process: if it is gone already, nobody would tell us any more.
    """
    if _PRCTL is not None:
        _PRCTL(*_DIE)
        if adopt:
            _PRCTL(*_ADOPT)
    if parent and os.getppid() != parent:
        os._exit(1)


def cpu_seconds(pid: int) -> float:
    """CPU seconds of another process, 0 where the system does not say."""
    if not sys.platform.startswith("linux"):
        return 0.0
    try:
        return time.clock_gettime(((~pid) << 3) | 2)
    except OSError:
        return 0.0


GLANCE = 50  # milliseconds
_POLLER, _READABLE, _READ = select.poll(), select.POLLIN, os.read


def glance(pipe: int) -> bytes:
    """What a child writes at once. Most write all they have to say, and to watch them would cost more than they do."""
    _POLLER.register(pipe, _READABLE)
    ready = _POLLER.poll(GLANCE)
    _POLLER.unregister(pipe)
    return _READ(pipe, 65536) if ready else b""


class Killed(Exception):
    """Somebody else ended a child with SIGKILL: a person, or the kernel where memory ran out."""


class Watch:
    """Drains the pipes of a child (``{fd: cap in bytes, None to keep a tail}``) until it ends or must end.

    A child that is ``alone`` can start no process, so there is nothing else to end.
    """

    def __init__(self, pid: int, seconds: float, pipes: dict[int, int | None], *, alone: bool = False) -> None:
        self.pid, self.limit, self.pipes, self.alone = pid, seconds, pipes, alone
        self.data = {pipe: bytearray() for pipe in pipes}
        self.poller = select.poll()
        for pipe in pipes:
            self.poller.register(pipe, select.POLLIN)
        self.open = set(pipes)
        self.started = self.looked = time.monotonic()
        self.cpu = self.idle = 0.0
        self.seconds = self.spent = 0.0  # wall, CPU
        self.status: int | None = None  # as waitpid gives it
        self.stopped = ""  # why we ended it: "timed_out", "too_much_output"

    def run(self, done: Callable[[], bool]) -> None:
        """Watch until the child has ended, ``done()``, or a limit is hit; then leave nothing of it running."""
        try:
            while not self.stopped:
                self._drain(TICK if self.open else 0.001)
                if done() or self._ended():
                    break
                self._check_clocks()
        finally:
            self.seconds = time.monotonic() - self.started
            self._kill()
        while not self.stopped and self.open and not done() and self._drain(0):
            pass  # what it wrote before it ended
        for pipe in self.pipes:
            os.close(pipe)

    def take(self, pipe: int, chunk: bytes) -> None:
        """Count something in that was read from the pipe."""
        data, cap = self.data[pipe], self.pipes[pipe]
        data += chunk
        if cap is None:
            del data[:-TAIL]
        elif len(data) > cap:
            self.stopped = "too_much_output"

    def read(self, pipe: int) -> bytes:
        return bytes(self.data[pipe])

    @property
    def ended(self) -> int | None:
        """The exit code, negative for a signal; None when a limit ended it."""
        if self.stopped or self.status is None:
            return None
        return -os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else os.WEXITSTATUS(self.status)

    def verdict(self, tail: str = "") -> bytes:
        """The observation of a child that gave no result, as JSON. Raises Killed for one that somebody else ended."""
        code, over = self.ended, self.spent > self.limit  # the kernel kills, too, who is far over its limit
        if code == -signal.SIGKILL and not over:
            raise Killed
        if self.stopped == "too_much_output":
            status, detail = self.stopped, ""
        elif code is None or code in {-signal.SIGXCPU, -signal.SIGKILL}:
            status, detail = "timed_out", f"more than {self.limit:g} CPU seconds, or {self._patience():g} idle"
        else:
            status, detail = "exited", _reason(code)
        return json.dumps([status, [], [], f"{detail}\n{tail}".strip()]).encode()

    def _patience(self) -> float:
        return WALL * self.limit + SLACK

    def _drain(self, timeout: float) -> bool:
        """Read once from each pipe that has something; whether any had. Without a pipe left it just waits."""
        ready = self.poller.poll(timeout * 1000)
        for pipe, _ in ready:
            self._read(pipe)
        return bool(ready)

    def _read(self, pipe: int) -> None:
        chunk = os.read(pipe, 65536)
        if not chunk:
            self.poller.unregister(pipe)
            self.open.discard(pipe)
        else:
            self.take(pipe, chunk)

    def _check_clocks(self) -> None:
        """End a child that has used up its CPU seconds or idles; one that a busy machine keeps waiting does not."""
        now, cpu = time.monotonic(), cpu_seconds(self.pid)
        passed = now - self.looked
        if passed > GAP:  # not the child's time
            self.started += passed - TICK
            passed = TICK
        if cpu - self.cpu < BUSY * passed:
            self.idle += passed
        self.cpu, self.looked = cpu, now
        late = self.idle > self._patience() or now - self.started > LONGEST * self._patience()
        if not self.stopped and (late or cpu > self.limit):
            self.stopped = "timed_out"

    def _ended(self) -> bool:
        pid, status, used = os.wait4(self.pid, os.WNOHANG)
        if pid:
            self.status, self.spent = status, used.ru_utime + used.ru_stime
        return bool(pid)

    def _kill(self) -> None:
        """SIGKILL the child and its group, then whatever escaped the group and became our child by adoption."""
        if not self.alone:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)  # ours to wait for, so it is there
            self.status = os.waitpid(self.pid, 0)[1]
        if self.alone:
            return
        for stray in iter(_next_child, None):
            with contextlib.suppress(ProcessLookupError):
                os.kill(stray, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(stray, 0)


def _next_child() -> int | None:
    """A process that is our child because its parent has ended, None when there is none (or no way to know)."""
    return first_word(f"/proc/self/task/{os.getpid()}/children")


def first_word(path: str) -> int | None:
    """The number a file of /proc begins with, None without one."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        words = os.read(file, 4096).split()
    finally:
        os.close(file)
    return int(words[0]) if words else None


def _reason(code: int) -> str:
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
