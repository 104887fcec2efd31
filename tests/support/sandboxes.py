"""Real sandboxes for tests, by level. A level that cannot be had here is skipped, or a failure where CI names it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from functools import cache
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.sandbox.backends import BACKENDS, OpenedSandbox, open_sandbox, sudo_is_free
from cosplay_action.sandbox.workers import WorkerSandbox

# Where sudo needs no password, level D is refused, as it should be.
needs_unsafe = pytest.mark.skipif(sudo_is_free(), reason="sudo needs no password here")
LEVELS = {BACKENDS[name].level: name for name in ("bubblewrap", "landlock", "unsafe-process")}


@cache
def _trouble(name: str) -> str:
    """Why a backend cannot be had here, empty if it can."""

    async def opened() -> OpenedSandbox:
        with tempfile.TemporaryDirectory() as root:
            found = await open_sandbox(name, root=Path(root))
        await found.sandbox.aclose()
        return found

    try:
        asyncio.run(opened())
    except SandboxError as error:
        return str(error)
    return ""


@cache
def trouble(level: str) -> str:
    """Why a level cannot be had on this machine, empty if it can."""
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # the caller may be in an event loop already
        return pool.submit(_trouble, LEVELS[level]).result()


def sandbox_at(level: str, root: Path, **options: object) -> WorkerSandbox:
    """A sandbox of a level ("A", "B", "D"); the caller closes it."""
    why = trouble(level) if level != "D" else ""
    if why and level in os.environ.get("COSPLAY_TEST_LEVELS", "").split(","):
        pytest.fail(f"level {level} must be had here: {why}")
    if why:
        pytest.skip(f"level {level}: {why}")
    return WorkerSandbox(root=root, stand=next(BACKENDS[LEVELS[level]].stands()), **{"parallel": 2, **options})
