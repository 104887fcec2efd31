"""The journal as a file: its lock, its lines, its header. What the lines mean is in ``journal.py``."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from cosplay_action.errors import JournalError
from cosplay_action.method.codec import Json
from cosplay_action.models.seal import seal_of, unbroken

VERSION = 1
Record = dict[str, Json]


def open_locked(path: Path) -> io.FileIO:
    """Open the file and lock it. Raises JournalError where that cannot be, or where another run holds it."""
    while True:
        stream = open_file(path)
        try:
            lock(stream, path)
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                return stream
        except FileNotFoundError:
            pass  # taken away before it was locked (--fresh): what is written now would be in no folder
        except BaseException:
            stream.close()
            raise
        stream.close()


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


def append(stream: io.FileIO, path: Path, line: bytes) -> None:
    """Append a line, whole or not at all. Raises JournalError where there is no room for it."""
    size = os.fstat(stream.fileno()).st_size
    try:
        while line:  # a disk that is nearly full may take a part
            line = line[stream.write(line) :]
    except OSError as error:
        with contextlib.suppress(OSError):  # a device cannot be cut
            os.ftruncate(stream.fileno(), size)  # what comes after it, once there is room again, begins a line
        raise unusable(path, error) from error


def clear(path: Path) -> None:
    """Remove a journal, unless a run is writing it. Raises JournalError then, or where it cannot be removed."""
    try:
        with path.open("rb", buffering=0) as stream:
            lock(stream, path)
            path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(path, error) from error


def read_lines(stream: io.FileIO, path: Path) -> tuple[list[Record], str | None]:
    """All whole lines, and the journal's seal; what stands behind the last line feed was torn by a kill: it is cut off.

    Raises JournalError for a line that cannot be read, or that is not as it was written.
    """
    try:
        stream.seek(0)
        data = stream.readall() or b""
        whole = data.rfind(b"\n") + 1
        if b"\r" in data:  # JSON has none
            raise JournalError(
                f"{path.name}: its line ends were changed", "Restore the file, or start anew with --fresh."
            )
        if whole < len(data):
            os.ftruncate(stream.fileno(), whole)
    except OSError as error:
        raise unusable(path, error) from error
    lines = data[:whole].split(b"\n")[:-1]
    records = [_record(line, f"{path.name}, line {number}") for number, line in enumerate(lines, start=1)]
    journal = seal_of(lines[0]) if lines else None
    if lines and _ours(records[0]):  # another version may seal in another way: it is refused as such
        _check_seals(lines, journal, path)
    return records, journal


def _record(line: bytes, where: str) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        what = f"{where}: not JSON ({error}); the journal is damaged"
        raise JournalError(what, "Start anew with --fresh, or restore the file.") from error
    if not isinstance(record, dict):
        raise JournalError(f"{where}: not a record", "Start anew with --fresh.")
    record.pop("seal", None)
    return record


def _ours(header: Record) -> bool:
    return header.get("t") == "run" and header.get("version") == VERSION


def _check_seals(lines: Sequence[bytes], journal: str | None, path: Path) -> None:
    for number, line in enumerate(lines, start=1):
        if not unbroken(line, "" if journal and number == 1 else journal):
            raise _changed(path, number)


def _changed(path: Path, number: int) -> JournalError:
    what = f"{path.name}, line {number}: changed since it was written; what the run would say could not be trusted"
    return JournalError(what, "Restore the file, or start anew with --fresh.")


def checked_header(found: Record, wanted: Mapping[str, Json], path: Path) -> Record:
    if not _ours(found):
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
            line = stream.readline().rstrip(b"\r\n")
        record = json.loads(line)
    except (OSError, ValueError, RecursionError) as error:
        raise JournalError(f"cannot read the journal {path.name}: {error}", "Name a journal.jsonl of a run.") from error
    if not isinstance(record, dict) or not _ours(record):
        raise JournalError(f"{path.name} is no journal of version {VERSION}", "Name a journal.jsonl of a run.")
    if not unbroken(line, "" if seal_of(line) else None):
        raise _changed(path, 1)
    record.pop("seal", None)
    return cast("Record", record)
