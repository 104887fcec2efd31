"""The walls between a cell and everything else, which level has which, and the layers they are made of.

A level is what a confined child of the worker found out when it tried every wall (``worker_walls``), never what a
version promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WALLS: dict[str, str] = {
    "environment": "its environment holds nothing of ours",
    "reading": "it cannot read files outside of the interpreter and the exported repository",
    "writing": "it cannot write, create or remove a file",
    "network": "it cannot make a socket",
    "processes": "it cannot start a process",
    "programs": "it cannot execute a program",
    "signals": "it cannot signal another process",
    "tracing": "it cannot read or trace another process",
    "kernel": "keyrings, namespaces and io_uring are out of its reach",
    "memory": "its memory is bounded, for good",
    "threads": "the number of its threads is bounded",
    "own files": "the host's files do not exist for it",
    "own processes": "the host's processes do not exist for it",
    "own network": "the host's network does not exist for it",
}
_OWN = ("own files", "own processes", "own network")
LEVELS: dict[str, tuple[str, ...]] = {
    "A": tuple(WALLS),
    "B": tuple(name for name in WALLS if name not in _OWN),
    "C": ("environment", "reading", "writing", "network", "programs"),
    "D": ("environment",),
}
MADE_OF = {
    "A": "bubblewrap + seccomp + Landlock",
    "B": "seccomp + Landlock",
    "C": "macOS sandbox-exec",
    "D": "plain processes, no isolation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """The layers a worker is started with. Those at the end are always there but in the tests of the tests."""

    bubblewrap: bool = False
    seatbelt: bool = False
    seccomp: bool = False
    landlock: bool = False
    rlimits: bool = True
    watchdog: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a worker's self-test found: ``missing`` maps a wall to why it does not hold. ``landlock`` is its ABI."""

    missing: Mapping[str, str] = field(default_factory=dict)
    landlock: int = 0
    python: str = ""

    def lacks(self, level: str) -> dict[str, str]:
        """The walls of a level that do not hold, and why."""
        return {name: self.missing[name] for name in LEVELS[level] if name in self.missing}
