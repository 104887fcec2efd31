"""One process at a time: a lock the operating system drops when its holder dies, so that none is ever stale.

(A lock made by creating a file exclusively would outlive a killed process and block every run after it.)
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE = 0.5  # seconds between two tries


@asynccontextmanager
async def only_one(target: Path, say: Callable[[str], None]) -> AsyncIterator[bool]:
    """Hold the lock on ``target`` (a file beside it). Yields whether another process held it first."""
    waited = False
    with target.with_name(f".{target.name}.lock").open("ab") as file:
        while not _take(file.fileno()):
            if not waited:
                say(f"Another process is downloading {target.name}; waiting for it.")
            waited = True
            await asyncio.sleep(PATIENCE)
        yield waited  # closing the file gives the lock back


def _take(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
