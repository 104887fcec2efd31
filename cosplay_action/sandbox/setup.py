"""What a worker is told before it puts its walls up."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
from pathlib import Path

from cosplay_action.method.job import Job
from cosplay_action.sandbox import filters, host
from cosplay_action.sandbox.interpreter import Interpreter
from cosplay_action.sandbox.walls import Walls
from cosplay_action.sandbox.wire import WireScene, WireSetup

# What programs read of the system beside libraries: the null device, randomness, the time zone.
SYSTEM = ("/dev/null", "/dev/urandom", "/etc/localtime")


NOBODY = 65534
THREADS = 512  # of all cells of a worker together
OTHERS = 512  # beyond the threads that the user has already, where they count too


def _threads(walls: Walls) -> int:
    """The limit on a user's threads and processes that a cell is given (RLIMIT_NPROC).

    In a user namespace of their own, and for a user that root becomes, cells are alone with it.
    """
    alone = walls.bubblewrap or os.geteuid() == 0
    return THREADS if alone or not sys.platform.startswith("linux") else OTHERS + _running(os.getuid())


def _running(user: int) -> int:
    """Threads of all processes of a user."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found += len(list((process / "task").iterdir())) if process.stat().st_uid == user else 0
    return found


def make(walls: Walls, seen: Interpreter, places: tuple[Path, str], home: Path, job: Job | None) -> WireSetup:
    """The setup of one worker.

    ``places`` are where the exported repository lies for us and where for the worker; ``home`` is the worker's folder
    on our side, with a canary in it. Raises SandboxError for a processor whose system calls are not known.
    """
    root, inside = places
    machine = platform.machine()
    zygote, child = (filters.program(machine, "zygote"), filters.narrowing(machine)) if walls.seccomp else (b"", b"")
    return WireSetup(
        zygote=zygote.hex(), child=child.hex(), landlock=walls.landlock, rlimits=walls.rlimits,
        watchdog=walls.watchdog, user=NOBODY, threads=_threads(walls),
        reads=[*seen.reads, str(host.WORKER.parent), inside, *SYSTEM],
        canary=str(home / "canary"),
        folders=[str(home), inside, str(host.WORKER.parent), tempfile.gettempdir(), "/dev/shm"],  # noqa: S108
        environment=[*host.environment(), "PWD"],  # bubblewrap says where it starts
        search=[_moved(each, str(root), inside) for each in seen.search],
        packages={name: _moved(each, str(root), inside) for name, each in seen.packages},
        scene=None if job is None else _scene(job, inside),
    )  # fmt: skip


def _moved(path: str, place: str, inside: str) -> str:
    """A path of the exported repository as a worker sees it."""
    return inside + path.removeprefix(place) if path == place or path.startswith(place + "/") else path


def _scene(job: Job, root: str) -> WireScene:
    return WireScene(
        kind=job.kind, source=job.source, module=job.module, path=job.path, qualname=job.qualname,
        roots=list(job.roots), root=root, inside=job.inside,
    )  # fmt: skip
