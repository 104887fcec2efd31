"""Which processes are below one, and whether they go away."""

from __future__ import annotations

import asyncio
import os
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
