"""What this machine can do, found out by trying: the sandbox levels, each wall of them, and the cure for what lacks."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from cosplay_action.errors import SandboxError
from cosplay_action.facts import Checkup, LevelFinding, WallFinding
from cosplay_action.sandbox.backends import BACKENDS, default_names, open_sandbox
from cosplay_action.sandbox.walls import LEVELS, MADE_OF, WALLS, Proof
from cosplay_action.specs.folders import own_folder


async def examine(
    *, python: Path | None = None, environ: Mapping[str, str] | None = None, system: str = sys.platform
) -> Checkup:
    """Try every level that this system could have, the best first. Nothing is changed, and no candidate runs."""
    names = default_names(system, {}) if system != "win32" else ()
    levels = [await _level(name, python) for name in names]
    acceptable = default_names(system, environ or os.environ)
    reached = next((one for one in levels if one.holds and one.backend in acceptable), None)
    return Checkup(
        levels=tuple(levels),
        reached=reached.level if reached else "",
        made_of=MADE_OF[reached.level] if reached else "",
        python=next((one.python for one in levels if one.python), ""),
        interpreter=str(python or sys.executable),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        local_model=importlib.util.find_spec("xllamacpp") is not None,
        advice="" if reached else _advice(system),
    )


def _advice(system: str) -> str:
    if system == "win32":
        return "There is no sandbox for Windows yet: run in WSL, in a Linux container, or in a GitHub Actions workflow."
    if system == "darwin":
        return "In CI a Mac is not enough, since nothing bounds a cell's memory there: use a Linux runner."
    return "Cure one of the levels above. Below level B no candidate is run."


async def _level(name: str, python: Path | None) -> LevelFinding:
    backend = BACKENDS[name]
    with own_folder("doctor") as root:
        try:
            opened = await open_sandbox(name, root=root, python=python, insist=False)
        except SandboxError as error:
            return LevelFinding(level=backend.level, backend=name, made_of=MADE_OF[backend.level], trouble=error.what,
                                cure=error.cure)  # fmt: skip
        await opened.aclose()
    walls = _walls(backend.level, opened.proof)
    missing = [wall for wall in walls if wall.why]
    return LevelFinding(
        level=backend.level, backend=name, made_of=MADE_OF[backend.level], walls=walls, holds=not missing,
        landlock=opened.proof.landlock, python=opened.python, cure=opened.cure,
    )  # fmt: skip


def _walls(level: str, proof: Proof) -> tuple[WallFinding, ...]:
    return tuple(WallFinding(name=name, what=WALLS[name], why=proof.missing.get(name, "")) for name in LEVELS[level])
