"""A scratch copy of a repository, bounded, without its history, its environments and whatever git ignores."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from cosplay_action.errors import UsageError
from cosplay_action.specs.walking import files_below

_TOTAL = 256 * 1024 * 1024  # bytes of all files together
_CONFIG = frozenset({".py", ".pyi", ".toml", ".cfg", ".ini"})  # what a test run cannot do without


async def repository_files(root: Path) -> tuple[str, ...]:
    """What belongs to the repository: files git tracks, untracked Python files it does not ignore; else the tree."""
    tracked = await _git(root, "--cached")
    fresh = await _git(root, "--others", "--exclude-standard")
    if tracked is None or fresh is None:
        return tuple(files_below(root))
    return tuple(sorted({*tracked, *(p for p in fresh if p.endswith(".py"))}))


async def _git(root: Path, *options: str) -> list[str] | None:
    """``git ls-files`` below ``root``; None outside of a repository or without git."""
    # A checkout's own configuration could name a program to run as its file system monitor.
    command = ("git", "-c", "core.fsmonitor=false", "ls-files", "-z", *options)
    env = {"PATH": os.environ.get("PATH", os.defpath), "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    pipe, silent = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=root, env=env, stdin=silent, stdout=pipe, stderr=silent
        )
    except FileNotFoundError:
        return None
    out, _ = await child.communicate()
    return [os.fsdecode(name) for name in out.split(b"\0") if name] if child.returncode == 0 else None


def copy_files(root: Path, paths: Iterable[str], into: Path) -> bool:
    """Copy regular files (never through a link out of the repository), Python and configuration first.

    Files beyond the bound are left out; returns False when even Python files had to be.
    """
    left, complete = _TOTAL, True
    for path in sorted(paths, key=lambda p: (PurePosixPath(p).suffix not in _CONFIG, p)):
        source = root / path
        if not source.is_file() or not source.resolve().is_relative_to(root.resolve()):
            continue
        left -= source.stat().st_size
        if left < 0:
            complete = complete and PurePosixPath(path).suffix not in _CONFIG
            left += source.stat().st_size
            continue
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, into / path)
    return complete


def write_files(into: Path, files: Mapping[str, str | bytes]) -> None:
    """Write whole files; text as UTF-8. Raises UsageError for a path that leaves the folder."""
    for path, content in files.items():
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise UsageError(f"{path} lies outside the repository.", "Give a path relative to its root.")
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content.encode() if isinstance(content, str) else content)
