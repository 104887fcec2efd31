"""What a repository needs to use the Action: a workflow, the issue form, and [tool.cosplay] in pyproject.toml.

All or nothing: everything is read and decided first, a file of the user's own that differs is never replaced unasked,
and where writing fails half-way what was there is put back.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from cosplay_action import __version__
from cosplay_action.errors import UsageError

How = Literal["created", "replaced", "extended", "kept"]

UNNAMED = "OWNER/"  # whoever publishes the Action writes their name here
PUBLISHED = f"{UNNAMED}cosplay-action@v{__version__}"  # as whom workflows use the Action; its tags are never moved
PLACEHOLDER = "OWNER/cosplay-action@REF"
DEFAULT = ("split",)
LABELLED = frozenset({"issue", "split", "app-token", "local"})  # each plays a labelled issue: two would play it twice
ISSUE_FORM = Path(".github/ISSUE_TEMPLATE/cosplay.yml")
BLOCK = """\
[tool.cosplay]
# What cosplay-action takes from this repository; the table of settings in its README says what else may stand here.
preset = "standard"
budget-tokens = 500000  # of one spec; a workflow can only stay below it
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file of a repository and what became of it."""

    path: Path
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    path: Path
    before: bytes | None
    after: bytes = field(repr=False)
    own: bool  # the file is a whole one of ours, not a block in one of theirs

    @property
    def how(self) -> How:
        if self.before is None:
            return "created"
        if self.before == self.after:
            return "kept"
        return "replaced" if self.own else "extended"


def workflows() -> tuple[str, ...]:
    """The names of the workflows that ship with the package, in order."""
    names = [entry.name for entry in (files(__package__) / "templates" / "workflows").iterdir()]
    return tuple(sorted(name.removesuffix(".yml") for name in names if name.endswith(".yml")))


def workflow(name: str, uses: str = PUBLISHED) -> str:
    """The text of a workflow. ``uses``: the Action as OWNER/REPOSITORY@REF. Raises UsageError for an unknown name."""
    if name not in workflows():
        raise UsageError(f"There is no workflow {name!r}.", f"Use one of {', '.join(workflows())}.")
    return _template(f"workflows/{name}.yml").replace(PLACEHOLDER, uses)


def issue_form() -> str:
    """The text of the issue form."""
    return _template("issue-form.yml")


def init(where: Path, *, flavour: Sequence[str] = DEFAULT, force: bool = False, uses: str = PUBLISHED) -> list[Written]:
    """Write the workflows named in ``flavour``, the issue form and the block. Without ``force`` no file is replaced.

    Raises UsageError, with nothing written, for a folder that is no repository's root, an unknown workflow, files that
    are there and differ, or a pyproject.toml that cannot be extended.
    """
    if not (where / ".git").exists():
        raise UsageError(f"{where} is not the root of a repository.", "Run it in the folder that holds .git.")
    plans = [*_workflows(where, flavour, uses), _whole(where / ISSUE_FORM, issue_form()), _pyproject(where)]
    differing = [plan for plan in plans if plan.how == "replaced"]
    if differing and not force:
        names = "\n".join(f"  - {plan.path.relative_to(where)}" for plan in differing)
        raise UsageError(
            f"these files are there already and differ:\n{names}", "Nothing was written. --force replaces them."
        )
    _write([plan for plan in plans if plan.how != "kept"])
    return [Written(path=plan.path, how=plan.how) for plan in plans]


def _template(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text("utf-8")


def _workflows(where: Path, names: Sequence[str], uses: str) -> list[_Plan]:
    names = tuple(dict.fromkeys(names))
    twice = [name for name in names if name in LABELLED]
    if len(twice) > 1:
        raise UsageError(f"the workflows {' and '.join(twice)} all play a labelled issue.", "Take one of them.")
    folder = where / ".github" / "workflows"
    return [
        _whole(folder / ("cosplay.yml" if name in LABELLED else f"cosplay-{name}.yml"), workflow(name, uses))
        for name in names
    ]


def _whole(path: Path, text: str) -> _Plan:
    return _Plan(path=path, before=_read(path), after=text.encode(), own=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Nothing was written.") from error


def _pyproject(where: Path) -> _Plan:
    """The block at the end of pyproject.toml. Every byte that is there stays; a table that is there is left alone."""
    path = where / "pyproject.toml"
    before = _read(path)
    if before is None:
        return _Plan(path=path, before=None, after=BLOCK.encode(), own=False)
    table = _parsed(before)
    tool = table.get("tool", {})
    if isinstance(tool, dict) and "cosplay" in tool:
        return _Plan(path=path, before=before, after=before, own=False)
    line = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else line if before.endswith(b"\n") else line * 2
    after = before + gap + BLOCK.encode().replace(b"\n", line)
    if _without_block(_parsed(after)) != {"tool": {}} | table:  # a file that ends inside an inline `tool = {...}`, say
        raise UsageError("pyproject.toml cannot be extended.", "Add the table [tool.cosplay] to it by hand.")
    return _Plan(path=path, before=before, after=after, own=False)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise UsageError(f"pyproject.toml cannot be read or extended: {error}.", "Nothing was written.") from error


def _without_block(table: dict[str, Any]) -> dict[str, Any]:
    return table | {"tool": {name: value for name, value in table["tool"].items() if name != "cosplay"}}


def _write(plans: Sequence[_Plan]) -> None:
    """All of them; where one fails, those before it are put back. Raises UsageError then."""
    done: list[_Plan] = []
    made: list[Path] = []
    try:
        for plan in plans:
            _make_folders(plan.path.parent, made)
            done.append(plan)
            plan.path.write_bytes(plan.after)
    except OSError as error:
        _undo(done, made)
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}.", "Nothing was written.") from error


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it; those that were new are added to ``made``, outermost first."""
    for one in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        one.mkdir()
        made.append(one)


def _undo(plans: Sequence[_Plan], folders: Sequence[Path]) -> None:
    for plan in plans:
        with contextlib.suppress(OSError):
            if plan.before is None:
                plan.path.unlink(missing_ok=True)
            else:
                plan.path.write_bytes(plan.before)
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()
