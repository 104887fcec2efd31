"""The one table of sandbox backends, and how one is opened by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import SandboxError, UsageError
from cosplay_action.method.ports import Sandbox

UNSAFE_NOTE = (
    "Cells run in plain processes of your user: nothing isolates them from your files or the network. "
    "Their environment is empty and they are killed at their limits, but play only what you would run yourself."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSandbox:
    """A sandbox ready to run, the name of its backend, and a sentence to be announced loudly (empty: none)."""

    sandbox: Sandbox
    name: str
    note: str = ""


def _unsafe_process(root: Path, python: Path | None, parallel: int | None) -> OpenedSandbox:
    from cosplay_action.sandbox.process import ProcessSandbox

    sandbox = ProcessSandbox(root=root, python=python, parallel=parallel)
    return OpenedSandbox(sandbox=sandbox, name="unsafe-process", note=UNSAFE_NOTE)


BACKENDS: dict[str, Callable[[Path, Path | None, int | None], OpenedSandbox]] = {"unsafe-process": _unsafe_process}
_BEST_FIRST = ("unsafe-process",)
NAMES = ("auto", *BACKENDS)


def open_sandbox(
    name: str = "auto",
    *,
    root: Path,
    python: Path | None = None,
    parallel: int | None = None,
    platform: str = sys.platform,
) -> OpenedSandbox:
    """Open a backend: ``root`` is the repository, ``python`` the cells' interpreter, ``parallel`` jobs run at once.

    "auto" is the best backend there is. Raises UsageError for an unknown name, SandboxError where no cell can run.
    """
    if name not in NAMES:
        raise UsageError(f"there is no sandbox named {name!r}", f"The sandboxes are: {', '.join(NAMES)}.")
    if platform == "win32":
        raise SandboxError(
            "candidates cannot be run on Windows: there is no sandbox for it yet",
            "Run in WSL, in a Linux container, or in a GitHub Actions workflow; commands that run no cells do work.",
        )
    return BACKENDS[_BEST_FIRST[0] if name == "auto" else name](root, python, parallel)
