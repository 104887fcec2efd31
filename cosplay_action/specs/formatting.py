"""The repository's own formatter, let loose on our own lines only.

``--format-command``: by default ruff or black, where the repository's configuration names it; ``none`` switches it
off; anything else is a command that reads a file's text on stdin and writes it, formatted, to stdout. ``{}`` in it
stands for the file's path relative to the repository. It is split as a shell would, but no shell runs it.

The whole new text is formatted, then only those changes are taken over that lie inside the lines we wrote; the result
must be ast-equal to what we wrote, or else that stays as it is and a note says so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import UsageError, shortage
from cosplay_action.specs.project import above, read_toml, table_at
from cosplay_action.specs.takeover import same_tree, taken_over

_SECONDS = 30.0  # a formatter that takes longer is stuck
_PRE_COMMIT = re.compile(r"^\s*-\s*id:\s*[\"']?(ruff-format|black|black-jupyter)[\"']?\s*(?:#.*)?$", re.MULTILINE)
_COMMANDS = {
    "ruff": ("ruff", "format", "--stdin-filename", "{}", "-"),
    "black": ("black", "--quiet", "--stdin-filename", "{}", "-"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatter:
    """A command (argv, ``{}`` for the path) and its name for people. ``found`` in the configuration, or given."""

    name: str
    argv: tuple[str, ...]
    found: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """The text to use, and a note for people: what was formatted, or why nothing was (empty: no formatter)."""

    text: str
    note: str = ""


def find_formatter(root: Path, path: str, setting: str | None = None) -> Formatter | None:
    """The formatter for ``path``: ``setting`` is ``--format-command`` (None: look into the configuration).

    Raises UsageError for a command that cannot be split into words.
    """
    if setting is None:
        name = next(filter(None, (_configured(root, folder) for folder in above(path))), "")
        return Formatter(name=name, argv=_COMMANDS[name]) if name else None
    if setting.strip() in {"", "none"}:
        return None
    try:
        argv = tuple(shlex.split(setting))
    except ValueError as error:
        raise UsageError(f"--format-command cannot be read: {error}.", "Balance its quotes, or say none.") from error
    return Formatter(name=argv[0], argv=argv, found=False)


def _configured(root: Path, folder: str) -> str:
    """The formatter that the configuration in one folder names. pre-commit runs one, so it is the best witness."""
    home = root / folder
    if match := _PRE_COMMIT.search(_text(home / ".pre-commit-config.yaml")):
        return "ruff" if match[1] == "ruff-format" else "black"
    tool = table_at(read_toml(home / "pyproject.toml"), "tool")
    if "format" in table_at(tool, "ruff"):
        return "ruff"
    if "black" in tool:
        return "black"
    return "ruff" if "ruff" in tool or any((home / n).is_file() for n in ("ruff.toml", ".ruff.toml")) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return ""


async def format_hunks(
    root: Path, path: str, old: str, new: str, formatter: Formatter | None, *, python: str = sys.executable
) -> Formatted:
    """Format the lines of ``new`` that are not in ``old``; every other line stays, byte for byte."""
    if formatter is None:
        return Formatted(text=new)
    whole, problem = await _formatted(root, path, new, formatter, python)
    if problem:
        return Formatted(text=new, note=problem)
    text = taken_over(old, new, whole)
    return Formatted(text=text, note=_note(formatter, path, changed=text != new, left=text == new != whole))


async def format_file(
    root: Path, path: str, text: str, formatter: Formatter | None, *, python: str = sys.executable
) -> Formatted:
    """Format a new file, which is ours as a whole."""
    if formatter is None:
        return Formatted(text=text)
    whole, problem = await _formatted(root, path, text, formatter, python)
    if problem:
        return Formatted(text=text, note=problem)
    if not same_tree(whole, text):
        return Formatted(text=text, note=f"{formatter.name} would change what {path} means; it was not formatted.")
    return Formatted(text=whole, note=_note(formatter, path, changed=whole != text, left=False))


def _note(formatter: Formatter, path: str, *, changed: bool, left: bool) -> str:
    if left:
        return (
            f"{formatter.name} would change lines of {path} that are not ours, or their meaning; ours stay as written."
        )
    return f"Our lines in {path} were formatted with {formatter.name}." if changed else ""


async def _formatted(root: Path, path: str, text: str, formatter: Formatter, python: str) -> tuple[str, str]:
    """(formatted text, "") or ("", why not)."""
    argv = [word.replace("{}", path) for word in formatter.argv]
    search = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)])
    program = shutil.which(argv[0], path=search)
    if program is None:
        origin = "named in the configuration" if formatter.found else "given as --format-command"
        return "", f"{argv[0]} is {origin} but not installed: {path} was not formatted."
    code, out, err = await _pipe([program, *argv[1:]], root, text, search)
    if code is None:
        return "", f"{formatter.name} did not end within {_SECONDS:g} seconds: {path} was not formatted."
    if code != 0 or not out.strip():
        return "", f"{formatter.name} failed on {path}: {err or f'exit code {code}'}. It was not formatted."
    return out, ""


async def _pipe(argv: Sequence[str], root: Path, text: str, search: str) -> tuple[int | None, str, str]:
    env = {"PATH": search, "HOME": os.environ.get("HOME", str(root)), "LANG": "C.UTF-8"}  # no keys, no tokens
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(*argv, cwd=root, env=env, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        if shortage(error):
            raise
        return 126, "", error.strerror or "it cannot be run"
    try:
        out, err = await asyncio.wait_for(child.communicate(text.encode()), _SECONDS)
    except TimeoutError:
        child.kill()
        await child.communicate()
        return None, "", ""
    first = err.decode("utf-8", "replace").strip().partition("\n")[0][:200]
    return child.returncode, out.decode("utf-8", "replace"), first.rstrip(".")
