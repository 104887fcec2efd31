"""Copies of a repository: of what belongs to it, without its history, its environments and what git ignores.

Cells see such an export and never the user's own folder. It holds the files git tracks, as they are now, and new
Python files; files that are known to hold keys only if they are tracked; and what the user names besides.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cosplay_action.errors import UsageError
from cosplay_action.specs.secrets import holds_keys
from cosplay_action.specs.walking import MOST, files_below

TOTAL = 256 * 1024 * 1024  # bytes of all files that nobody asked for
NEEDED = 2 * 1024 * 1024 * 1024  # bytes of Python, configuration, and what the user names
_CONFIG = frozenset({".py", ".pyi", ".toml", ".cfg", ".ini"})  # what a test run cannot do without
_made: set[Path] = set()  # exports of this process: all that is in one belongs to its repository
_CUT = f"Cells see the first {MOST} files of this folder: what belongs to it is known of a git repository only."


async def repository_files(root: Path) -> tuple[str, ...]:
    """What belongs to the repository: files git tracks, untracked Python files it does not ignore; else the tree."""
    files, _ = await _belonging(root)
    return files


async def _belonging(root: Path) -> tuple[tuple[str, ...], bool]:
    """The repository's files, and whether they are all."""
    if _real(root) in _made:
        return _everything(root), True
    tracked = await _git(root, "--cached", "--recurse-submodules")
    fresh = await _git(root, "--others", "--exclude-standard")
    if tracked is None or fresh is None:
        tree = tuple(files_below(root))
        return tuple(path for path in tree if not holds_keys(path)), len(tree) < MOST
    return tuple(sorted({*tracked, *(p for p in fresh if p.endswith(".py") and not holds_keys(p))})), True


def _real(root: Path) -> Path:
    return root.resolve()


def _everything(root: Path) -> tuple[str, ...]:
    """Every file and every link below a folder."""
    found = []
    for here, folders, names in os.walk(root):
        linked = (name for name in folders if (Path(here) / name).is_symlink())
        found += [(Path(here) / name).relative_to(root).as_posix() for name in (*names, *linked)]
    return tuple(sorted(found))


async def _git(root: Path, *options: str) -> list[str] | None:
    """``git ls-files`` below ``root``; None outside of a repository or without git."""
    # A checkout's own configuration could name a program to run as its file system monitor.
    command = ("git", "-c", "core.fsmonitor=false", "ls-files", "-z", *options)
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    env["GIT_NO_LAZY_FETCH"] = "1"
    env |= {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in os.environ}  # the user's ignores
    pipe, silent = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=root, env=env, stdin=silent, stdout=pipe, stderr=pipe
        )
    except FileNotFoundError:
        return None
    out, said = await child.communicate()
    if child.returncode == 0:
        return [os.fsdecode(name) for name in out.split(b"\0") if name]
    why = said.decode("utf-8", "replace").strip()
    if "not a git repository" in why:
        return None
    raise UsageError(
        f"git does not say which files belong to this repository: {why[-300:]}",
        "Cure that first: without it, files that git ignores would be exported to cells.",
    )


async def export(root: Path, into: Path, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Copy what belongs to a repository into an empty folder; return what was left out, as sentences for people.

    ``extra`` are more files and folders of it (POSIX paths relative to ``root``), such as built modules or data that
    git ignores. Links are kept where they lead to something copied. Raises UsageError for an extra path that is not
    there or lies outside, and when what cells cannot do without is beyond any bound.
    """
    named = [path for each in extra for path in named_files(root, each)]
    files, whole = await _belonging(root)
    copy = _Copy(root, into, frozenset(named))
    _made.add(_real(into))
    work = asyncio.ensure_future(asyncio.to_thread(copy.fill, [*named, *files]))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        copy.stopped.set()  # or the thread would go on filling a folder that is being removed
        await asyncio.wait([work])
        raise
    if copy.lacking:
        raise UsageError(
            f"the repository's Python files and extra paths are more than {NEEDED >> 30} GiB, too many to copy.",
            "Name smaller --extra-paths, or let git ignore what is no source.",
        )
    return copy.notes() if whole else (*copy.notes(), _CUT)


def named_files(root: Path, path: str) -> list[str]:
    """The files that an extra path stands for, relative to the root. Raises UsageError."""
    root, pure = root.resolve(), PurePosixPath(path)
    where = root / pure
    if pure.is_absolute() or ".." in pure.parts or not where.resolve().is_relative_to(root):
        raise UsageError(f"--extra-paths: {path} lies outside the repository.", "Give a path relative to its root.")
    if not where.exists() or ".git" in pure.parts:
        raise UsageError(f"--extra-paths: there is no {path} in the repository.", "Give a path relative to its root.")
    if not where.is_dir():
        return [pure.as_posix()]
    below = ((Path(here) / name).relative_to(root).as_posix() for here, _, names in os.walk(where) for name in names)
    return sorted(each for each in below if not holds_keys(each))


@dataclass(slots=True)
class _Copy:
    """One copy being made; ``named`` are files that were asked for.

    Left out are files beyond the bound (``large``: bytes and path), those that cannot be read (``unread``), and what
    cells cannot do without but is too much (``lacking``).
    """

    root: Path
    into: Path
    named: frozenset[str] = frozenset()
    stopped: threading.Event = field(default_factory=threading.Event)
    large: list[tuple[int, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()

    def fill(self, paths: Iterable[str]) -> None:
        """Copy regular files, what is needed first, then the links to what was copied."""
        needed = {path: path in self.named or PurePosixPath(path).suffix in _CONFIG for path in paths}
        sizes = {path: size for path in needed if (size := self._size(path)) is not None}
        room = {True: NEEDED, False: TOTAL}
        for path in sorted(sizes):
            if self.stopped.is_set():
                return
            if sizes[path] <= room[needed[path]]:
                room[needed[path]] -= sizes[path]
                self._copy(path)
            elif needed[path]:
                self.lacking.append(path)
            else:
                self.large.append((sizes[path], path))
        for path in needed.keys() - sizes:
            self._link(path)

    def _size(self, path: str) -> int | None:
        """Bytes of a regular file that really lies in the repository, None for anything else."""
        try:
            seen = (self.root / path).lstat()
        except OSError:
            return None
        return seen.st_size if stat.S_ISREG(seen.st_mode) and self._is_here(path) else None

    def _is_here(self, path: str) -> bool:
        """Whether no folder on the way to a path is a link."""
        folder = self.root / PurePosixPath(path).parent
        return ".." not in folder.parts and Path(os.path.realpath(folder)) == folder

    def _copy(self, path: str) -> None:
        target = self._room(path)
        try:
            shutil.copyfile(self.root / path, target, follow_symlinks=False)
            shutil.copymode(self.root / path, target, follow_symlinks=False)
        except PermissionError:
            self.unread.append(path)

    def _room(self, path: str) -> Path:
        target = self.into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _link(self, path: str) -> None:
        """A link to the file or folder of the copy that it leads to; none where that was not copied."""
        real = Path(os.path.realpath(self.root / path))
        if not (self.root / path).is_symlink() or not self._is_here(path) or not real.is_relative_to(self.root):
            return
        aim = self.into / real.relative_to(self.root)
        if aim.exists() and aim != self.into:
            target = self._room(path)
            target.symlink_to(os.path.relpath(aim, target.parent))

    def notes(self) -> tuple[str, ...]:
        found = []
        if self.large:
            size, path = max(self.large)
            found.append(
                f"Cells do not see {len(self.large)} large files of the repository, such as {path} "
                f"({size / 2**20:.0f} MiB): name what they need with --extra-paths."
            )
        if self.unread:
            found.append(f"Cells do not see {len(self.unread)} files that cannot be read, such as {self.unread[0]}.")
        return tuple(found)


def write_files(into: Path, files: Mapping[str, str | bytes]) -> None:
    """Write whole files; text as UTF-8. Raises UsageError for a path that leaves the folder."""
    for path, content in files.items():
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise UsageError(f"{path} lies outside the repository.", "Give a path relative to its root.")
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content.encode() if isinstance(content, str) else content)
