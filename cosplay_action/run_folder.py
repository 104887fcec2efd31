"""The directory of a run: where it is, and what must be in it before the run begins."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cosplay_action import artefacts
from cosplay_action.errors import JournalError, UsageError
from cosplay_action.models.journal import clear
from cosplay_action.models.journal_file import unusable
from cosplay_action.playing import JOURNAL

HOME = ".cosplay"


class Where(Protocol):
    """What was said of it: the directory (None: the usual one), a journal to replay, and whether to start anew."""

    @property
    def out(self) -> Path | None: ...
    @property
    def replay(self) -> Path | None: ...
    @property
    def fresh(self) -> bool: ...


def directory(request: Where, home: Path, name: str, *, alone: bool) -> Path:
    """The run directory of the run ``name``; ``alone``: no other target is played."""
    if request.out is not None:
        return request.out if alone else request.out / name
    return home / HOME / "runs" / (f"{name}-replay" if request.replay else name)


def prepare(request: Where, home: Path, out: Path, name: str) -> None:
    """An empty directory, or one with this run's journal. A replay works on a copy of the journal it is given.

    Where the replay is a directory, it is that of several targets: the journal lies in the folder ``name``.
    """
    journal = out / JOURNAL
    try:
        if request.out is None:
            artefacts.keep_out_of_git(home / HOME)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the run directory {out.name} cannot be made: {error.strerror}"
        raise UsageError(what, "Name another one with --out.") from error
    if request.fresh:
        clear(journal)  # unless another run is writing it
    if request.replay:
        _copy(request.replay / name / JOURNAL if request.replay.is_dir() else request.replay, journal, request.out)


def _copy(recorded: Path, journal: Path, out: Path | None) -> None:
    if recorded.resolve() == journal.resolve():
        return
    try:
        data = recorded.read_bytes()
    except OSError as error:
        what = f"there is no journal {recorded.parent.name}/{recorded.name} to replay: the sources differ, or the path"
        raise JournalError(what, "Replay it on the sources it was recorded on.") from error
    if out is not None and journal.exists() and journal.read_bytes() != data:
        raise JournalError(f"{out.name} holds a journal of its own, which a replay would replace", "Use another --out.")
    try:
        journal.write_bytes(data)
    except OSError as error:
        raise unusable(journal, error) from error
