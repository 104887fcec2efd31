"""The jail for whole programs, for tests; skipped where there is none, or a failure where CI names level A."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import sys
from functools import cache
from pathlib import Path

import pytest

from cosplay_action.sandbox import bubblewrap
from cosplay_action.sandbox.jail import Jail, open_jail


@cache
def trouble() -> str:
    """Why there is no jail on this machine, empty if there is one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # the caller may be in an event loop already
        return pool.submit(lambda: asyncio.run(bubblewrap.problem(bubblewrap.find(), proc=True))).result()


def needed() -> None:
    """Skip a test that needs the jail where there is none."""
    why = trouble()
    if why and "A" in os.environ.get("COSPLAY_TEST_LEVELS", "").split(","):
        pytest.fail(f"level A must be had here: {why}")
    if why:
        pytest.skip(why)


async def jail_for(home: Path) -> Jail:
    """A jail with this interpreter, for the repository ``home``."""
    needed()
    jail, _ = await open_jail(Path(sys.executable), home)
    assert jail is not None
    return jail
