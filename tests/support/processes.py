"""Which processes are below one, and whether they go away."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def descendants(of: int | None = None) -> set[int]:
    """Processes below a process (default: this one), those that only wait to be reaped left out."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):  # gone meanwhile
            continue
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    top = os.getpid() if of is None else of
    found, more = {top}, {top}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more} - found
        found |= more
    return found - {top}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(pids: set[int]) -> set[int]:
    """Those of the processes that are still there after a while (at most 4 seconds)."""
    for _ in range(200):
        pids = {pid for pid in pids if alive(pid)}
        if not pids:
            break
        await asyncio.sleep(0.02)
    return pids


def workers(of: int | None = None) -> set[int]:
    """The workers below a process (default: this one): those whose command names worker.py."""
    found = set()
    for pid in descendants(of):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        found |= {pid} if b"worker.py" in command and b"bwrap" not in command.partition(b"\0")[0] else set()
    return found


def _layers() -> dict[int, set[int]]:
    """The processes of all workers below this one, each with those of them that are above it."""
    found = workers()
    below = {pid: descendants(pid) for pid in found}
    return {pid: {other for other in found if pid in below[other]} for pid in found}


def servers() -> set[int]:
    """The workers' servers that have a cell: above and below each is a process of a worker, too."""
    above = _layers()
    return {pid for pid in above if len(above[pid]) == 1 and any(pid in others for others in above.values())}


def running_cells() -> set[int]:
    """The cells that run at this moment: above each are a server and its zygote."""
    return {pid for pid, others in _layers().items() if len(others) == 2}


def importing() -> set[int]:
    """The workers that import their module: only then is the CPU time of a zygote limited."""
    found = set()
    for pid in (pid for pid, others in _layers().items() if not others):
        with suppress(OSError):
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            found |= {pid for line in limits if line.startswith("Max cpu time") and line.split()[3] != "unlimited"}
    return found


def kill_at_once(pids: Iterable[int]) -> None:
    """All are stopped first: else a server could still tell, before its own end, that somebody killed its cell."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with suppress(ProcessLookupError):  # it ended meanwhile, or with one above it
                os.kill(pid, number)
