"""The changes of played targets as the user's repository needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.playing import Played


def against(home: Path, made: Mapping[str, bytes], played: Played) -> Played:
    """The changes as the user's repository needs them, where a spec ``made`` files for what was played."""
    if not made or not played.landed.changes:
        return played
    changes = tuple(
        replace(change, old=_bytes(home / change.path)) if change.path in made else change
        for change in played.landed.changes
    )
    there = {change.path for change in changes}
    changes += tuple(
        FileChange(path=path, old=_bytes(home / path), new=new)
        for path, new in made.items()
        if path not in there and _bytes(home / path) != new
    )
    patch = make_patch(changes)
    landing = replace(played.landed.landing, patch=patch.decode("utf-8", "backslashreplace"))
    return replace(played, landed=replace(played.landed, changes=changes, patch=patch, landing=landing))


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def combined(home: Path, played: Sequence[Played]) -> list[FileChange]:
    """The union of all changes against the repository as it is: later targets were spliced into earlier choices."""
    final: dict[str, FileChange] = {}
    for one in played:
        for change in one.landed.changes:
            file = home / change.path
            old = final[change.path].old if change.path in final else _bytes(file)
            final[change.path] = replace(change, old=old)
    return list(final.values())
