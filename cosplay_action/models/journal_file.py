"""The journal as a file: its lock, its lines, its header. What the lines mean is in ``journal.py``."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from cosplay_action.errors import JournalError
from cosplay_action.method.codec import Json

VERSION = 1
Record = dict[str, Json]


def open_file(path: Path) -> io.FileIO:
    """Open the file for appending, unbuffered, and make its directory. Raises JournalError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab+", buffering=0)
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> JournalError:
    """The error for a file system that does not let the journal be read or written."""
    return JournalError(
        f"the journal {path.name} cannot be kept: {error.strerror or error}",
        "See that the run directory is a directory you may write to, on a disk with room, or choose another --out.",
    )


def lock(stream: io.FileIO, path: Path) -> None:
    """Two runs on one journal would pay twice and interleave: the second is told so. (No lock on Windows.)"""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise JournalError(
            f"another run is writing {path.name} in this directory", "Wait for it to end, or choose another --out."
        ) from error


def read_lines(stream: io.FileIO, path: Path) -> list[Record]:
    """All whole lines; what stands behind the last line feed was torn by a kill and is cut off."""
    try:
        stream.seek(0)
        data = stream.readall() or b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(stream.fileno(), whole)
    except OSError as error:
        raise unusable(path, error) from error
    records = []
    for number, line in enumerate(data[:whole].splitlines(), start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"{path.name}, line {number}: not JSON ({error}); the journal is damaged"
            raise JournalError(what, "Start anew with --fresh, or restore the file.") from error
        if not isinstance(record, dict):
            raise JournalError(f"{path.name}, line {number}: not a record", "Start anew with --fresh.")
        records.append(record)
    return records


def checked_header(found: Record, wanted: Mapping[str, Json], path: Path) -> Record:
    if found.get("t") != "run" or found.get("version") != VERSION:
        what = f"{path.name} is of version {found.get('version')!r}, this tool reads version {VERSION}"
        raise JournalError(what, "Start anew with --fresh, or use the release that wrote it.")
    if found.get("run") != wanted.get("run"):
        names = _differing(found.get("run"), wanted.get("run"))
        what = f"this directory holds another run ({names} differ)"
        raise JournalError(what, "Use another --out, or --fresh to start anew (the old run is lost).")
    return found


def _differing(found: Json, wanted: Json) -> str:
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return "headers"
    return ", ".join(sorted(k for k in {*found, *wanted} if found.get(k) != wanted.get(k)))


def read_header(path: Path) -> Record:
    """The first line of a journal, for replays that take their settings from it."""
    try:
        with path.open("rb") as stream:
            record = json.loads(stream.readline())
    except (OSError, ValueError, RecursionError) as error:
        raise JournalError(f"cannot read the journal {path.name}: {error}", "Name a journal.jsonl of a run.") from error
    if not isinstance(record, dict) or record.get("t") != "run" or record.get("version") != VERSION:
        raise JournalError(f"{path.name} is no journal of version {VERSION}", "Name a journal.jsonl of a run.")
    return cast("Record", record)
