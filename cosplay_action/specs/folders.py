"""Temporary folders that do not outlive their process for long: what a killed one left, a later one takes away.

A folder is locked by the process it belongs to (``flock`` of the folder itself), and the operating system gives a lock
back when its holder dies, however it dies: who gets the lock knows that the owner is gone. Age and process numbers,
which can be wrong, are not asked. (No lock on Windows: there nothing is taken away.)
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

PREFIX = "cosplay-own-"  # of folders that are locked; those without a lock have other names


@contextmanager
def own_folder(kind: str) -> Iterator[Path]:
    """An empty folder, real path, that goes when the block ends. ``kind`` is a word for people who look."""
    take_away_left(tempfile.gettempdir())
    folder, held = _made(kind)
    try:
        yield Path(folder.name).resolve()
    finally:
        folder.cleanup()  # before the lock is given back
        if held is not None:
            os.close(held)


@lru_cache(maxsize=8)  # once a process
def take_away_left(where: str) -> None:
    """Remove this user's folders in ``where`` whose owners are gone. What cannot be removed stays."""
    with suppress(OSError):
        for folder in list(Path(where).iterdir()):
            if folder.name.startswith(PREFIX):
                _take_away(folder)


def _take_away(folder: Path) -> None:
    with suppress(OSError):  # another's, a link, a file, or locked: its owner lives
        held = _open(folder)
        try:
            if os.fstat(held).st_uid == os.geteuid() and _locked(held):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(held)


def _made(kind: str) -> tuple[tempfile.TemporaryDirectory[str], int | None]:
    """A new folder and the descriptor that holds its lock, None where there are no locks."""
    while True:
        folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{kind}-", ignore_cleanup_errors=True)
        with suppress(FileNotFoundError):  # taken away before it was locked
            held = _held(Path(folder.name))
            if held is None:
                return folder, held
            kept = False
            try:
                kept = _is_there(Path(folder.name), held)
            finally:
                if not kept:
                    os.close(held)
            if kept:
                return folder, held
        folder.cleanup()  # another one, then


def _held(folder: Path) -> int | None:
    """The descriptor with the lock of a folder that is being made. Raises FileNotFoundError where it is gone."""
    try:
        held = _open(folder)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    try:
        if _locked(held):
            return held
    except OSError:  # a file system without locks
        os.close(held)
        return None
    os.close(held)
    raise FileNotFoundError(folder)  # who holds it takes it away


def _open(folder: Path) -> int:
    """A descriptor of a folder that is no link. Raises OSError."""
    return os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0))


def _locked(held: int) -> bool:
    """Whether the lock could be taken. Raises OSError where the file system has none."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(folder: Path, held: int) -> bool:
    """Whether the folder that was opened still has its name. Raises FileNotFoundError where nothing has it."""
    return os.path.samestat(folder.lstat(), os.fstat(held))
