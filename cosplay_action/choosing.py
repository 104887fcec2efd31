"""What is left to play of what was asked for: marked stubs that no pull request proposes yet."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cosplay_action.acting import Desk
from cosplay_action.github.event import Asked, Skipped
from cosplay_action.github.standing import standing
from cosplay_action.parcel import HostileRun, parcels
from cosplay_action.publishing import short
from cosplay_action.specs.marks import find_marked
from cosplay_action.specs.project import repository_root
from cosplay_action.targets import Named, named

NOTHING = "no marked stub is left to play"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One target: ``name`` as everywhere, ``said`` as a command line in the working directory says it."""

    name: str
    said: str
    branch: str


def choices(where: Path, targets: Sequence[str], prefix: str) -> list[Choice]:
    """All that the targets name, by name; none where they are folders or files without a marked stub that is left.

    Raises UsageError and SpecError.
    """
    home, found = asyncio.run(_named(where, targets))
    return [
        Choice(name=one.name, said=_said(home, where, one.said), branch=f"{prefix}stub-{short(one.name)}")
        for one in sorted(found, key=lambda one: one.name)
    ]


async def _named(where: Path, texts: Sequence[str]) -> tuple[Path, list[Named]]:
    full = [text for text in texts if not await _is_empty(where, text)]
    return await named(where, full) if full else (where, [])


async def _is_empty(where: Path, text: str) -> bool:
    """Whether it is a file or folder with nothing marked but what is implemented already."""
    place = (where / text).resolve()
    if "::" in text or place.suffix == ".md" or not place.exists():
        return False
    home = repository_root(place)
    return all(one.done for one in await find_marked(home, [place.relative_to(home).as_posix()]))


def _said(home: Path, where: Path, said: str) -> str:
    """Targets are told from the repository's root; a working directory reads them from its own."""
    path, mark, name = said.partition("::")
    return Path(os.path.relpath(home / path, where.resolve())).as_posix() + mark + name


def scheduled(desk: Desk, asked: Asked) -> Asked | Skipped:
    """The request of a schedule, for what is left alone; what this job is handed a run of is never left out."""
    found = choices(desk.where, asked.targets, desk.inputs.branch_prefix)
    if not found:
        return Skipped(NOTHING)
    played = _played(Path(desk.inputs.run_dir)) if desk.inputs.mode == "publish" else frozenset[str]()
    # a job that plays may be given no token at all; then publishing alone leaves out what is there
    ask = bool(desk.inputs.github_token)
    known = standing(desk.hub, desk.inputs.branch_prefix, {one.branch for one in found}) if ask else {}
    left = []
    for one in found:
        why = known.get(one.branch) or known.get(short(one.name))
        if why and one.name not in played:
            desk.step.notice(f"{one.name} is left out: {why}.")
        else:
            left.append(one.said)
    return replace(asked, targets=tuple(left)) if left else Skipped(f"{NOTHING}: the others have pull requests")


def _played(folder: Path) -> frozenset[str]:
    try:
        return frozenset(one.target for one in parcels(folder, []))
    except HostileRun:
        return frozenset()
