"""The changes of played targets as the user's repository needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.playing import Played
from cosplay_action.specs.issue import Change
from cosplay_action.specs.merging import merged, title_of
from cosplay_action.targets import Named


def against(home: Path, one: Named, played: Played) -> Played:
    """What was played with the patch that its user's repository takes, and with every file that its spec makes.

    Its changes give the files of the copy that was played in, where earlier choices are; its patch has its own alone.
    """
    if not played.landed.changes:
        return played
    own = {change.path: change.new for change in one.own.changes} if one.own else {}
    there = {change.path for change in played.landed.changes}
    made = [FileChange(path=path, old=_bytes(home / path), new=new) for path, new in own.items() if path not in there]
    patch = make_patch([*(_alone(home, own.get(each.path), each) for each in played.landed.changes), *made])
    changes = (*(replace(each, old=_bytes(home / each.path)) for each in played.landed.changes), *made)
    landing = replace(played.landed.landing, patch=patch.decode("utf-8", "backslashreplace"))
    return replace(played, landed=replace(played.landed, changes=changes, patch=patch, landing=landing))


def _alone(home: Path, own: bytes | None, change: FileChange) -> FileChange:
    """A change against the repository as it is, without what other targets changed in that file, where it can be.

    ``own`` is the file with what the target's own spec put into it. Where a choice needs an earlier one, or where both
    are about the same lines, the change holds both.
    """
    there = _bytes(home / change.path)
    start = there if own is None else own
    new = merged(change.old, change.new, start) if change.old is not None and start is not None else None
    return FileChange(path=change.path, old=there, new=change.new if new is None else new)


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def combined(home: Path, played: Sequence[Played], wanted: Sequence[Named] = ()) -> list[FileChange]:
    """The union of all changes against the repository as it is: later targets were spliced into earlier choices.

    ``wanted`` are the targets: what the specs of those without a choice made is left out, where nothing chosen needs
    it.
    """
    final: dict[str, FileChange] = {}
    for one in played:
        for change in one.landed.changes:
            final[change.path] = replace(change, old=_bytes(home / change.path))
    chosen = {one.report["target"] for one in played if one.landed.changes}
    left = [one.prepared for one in reversed(wanted) if one.prepared and one.name not in chosen]
    for made in (each for prepared in left for each in prepared.changes if each.path in final):
        final[made.path] = _without(final[made.path], made)
    return list(final.values())


def _without(final: FileChange, made: Change) -> FileChange:
    """A change less what a spec made of its file, where that can be."""
    before = title_of(made.new) if made.old is None else made.old
    new = merged(made.new, final.new, before)
    return final if new is None else replace(final, new=new)
