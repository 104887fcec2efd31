"""The files of a run directory. All are renderings of the report and the landing; nothing else is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import cast

from cosplay_action.errors import UsageError
from cosplay_action.evidence.html import render_html
from cosplay_action.evidence.markdown import pr_body, summary
from cosplay_action.evidence.patch import FileChange
from cosplay_action.evidence.report import dump
from cosplay_action.evidence.shape import SCHEMA_VERSION, Report
from cosplay_action.playing import Played
from cosplay_action.specs.testfile import read_header

PATCH = "patch.diff"
PAGE = "report.html"


def write(played: Played) -> None:
    """Write the report as JSON, HTML and Markdown and, where something was chosen, patch.diff and the test file."""
    out, landing = played.out, played.landed.landing
    files: dict[str, bytes] = {
        "report.json": dump(played.report).encode(),
        PAGE: render_html(played.report).encode(),
        "summary.md": summary(played.report).encode(),
        "pr-body.md": pr_body(played.report).encode(),
    }
    if played.landed.patch:
        files[PATCH] = played.landed.patch
    else:
        (out / PATCH).unlink(missing_ok=True)  # an earlier, smaller budget may have left one
    if landing.test_text:
        files |= _shipped(played)
    for old in out.glob("*.py"):
        if old.name not in files and _is_test_of(old, played.report["target"]):
            old.unlink()
    for name, data in files.items():
        _put(out / name, data)


def _put(file: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError where there is no room, or no permission, for it."""
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        what = f"{file.name} cannot be written to the run directory: {error.strerror or error}."
        raise UsageError(
            what, "Make room, then run the same command again: all of the run is in its journal."
        ) from error


def _shipped(played: Played) -> dict[str, bytes]:
    """The test file by its name, and what it reads (a program's data files) as it would lie beside it."""
    landing = played.landed.landing
    home = PurePosixPath(landing.test_path).parent
    found = {change.path: change.new for change in played.landed.changes if change.path != landing.path}
    beside = {
        PurePosixPath(path): new for path, new in found.items() if PurePosixPath(path).is_relative_to(home / "data")
    }
    data = {path.relative_to(home).as_posix(): new for path, new in beside.items()}
    return {**data, PurePosixPath(landing.test_path).name: landing.test_text.encode()}


def render_again(run: Path) -> Path:
    """Write report.html of a run directory anew from its report.json; returns its path.

    Raises UsageError where there is no report, or none of this version.
    """
    file = run / "report.json" if run.is_dir() else run
    try:
        report = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Name the directory of a run.") from error
    except ValueError as error:
        raise UsageError(f"{file} is no report: {error}.", "Run again: the journal in it is not lost.") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA_VERSION:
        raise UsageError(f"{file} is no report of schema version {SCHEMA_VERSION}.", "Replay its journal.jsonl.")
    page = file.with_name(PAGE)
    _put(page, render_html(cast("Report", report)).encode())
    return page


def _is_test_of(file: Path, target: str) -> bool:
    """Whether an earlier run wrote this test file for the target; a user's own files are not touched."""
    header = read_header(file.read_text("utf-8", "replace"))
    return header is not None and header.target == target


def keep_out_of_git(home: Path) -> None:
    """Run directories live in the repository but are not of it."""
    home.mkdir(parents=True, exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists() and not ignore.is_symlink():
        ignore.write_text("*\n", "utf-8")


def apply(root: Path, changes: Sequence[FileChange]) -> None:
    """Write the changes to the repository, all or none.

    Raises UsageError when a file changed meanwhile, or when a link leads it out of the repository.
    """
    for change in changes:
        file = root / change.path
        if not file.resolve().is_relative_to(root.resolve()):
            raise UsageError(f"{change.path} leads out of the repository: nothing was written.", "Remove the link.")
        now = file.read_bytes() if file.is_file() else None
        if now != change.old:
            raise UsageError(f"{change.path} changed since it was read: nothing was written.", "Run again on it.")
    for change in changes:
        (root / change.path).parent.mkdir(parents=True, exist_ok=True)
        (root / change.path).write_bytes(change.new)
