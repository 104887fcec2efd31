"""What the commands ``stubs`` and ``check`` find: marked stubs, and what of them and of spec files is to be mended.

No network, no model, no sandbox, and nothing of the repository is imported: texts are read, and that is all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.located import located
from cosplay_action.settings import load
from cosplay_action.specs.importing import import_place
from cosplay_action.specs.marks import DONE, Marked, find_marked, marked_in
from cosplay_action.specs.project import below, project_folder, read_toml, table_at
from cosplay_action.specs.scratch import repository_files

if TYPE_CHECKING:
    from cosplay_action.specs.issues.findings import Flaw

LARGEST = 1024 * 1024  # bytes of a spec file that is read


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing to mend: where (``path`` from the repository's root; line 0: the whole file), and what, for people."""

    path: str
    line: int
    what: str


@dataclass(slots=True, kw_only=True)
class Checked:
    """The findings on some files, and notes on what was left out, which are no reason to fail."""

    root: Path
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    projects: dict[str, Configuration] = field(default_factory=dict)

    def configuration(self, path: str) -> Configuration:
        """That of the project of a file; what is wrong with it is among the findings then."""
        project = project_folder(self.root, path)
        if project not in self.projects:
            self.projects[project] = _configuration(self.root, project)
            self.findings += self.projects[project].findings
        return self.projects[project]


def list_stubs(where: Path, names: Sequence[str]) -> list[tuple[Marked, list[Finding]]]:
    """The marked stubs of files and folders as seen from ``where``, and all that is to be mended in each.

    Raises UsageError for a path that is not there or belongs to no repository of ours.
    """
    root, paths = located(where, names)
    return [(one, _of_stub(root, one)[0]) for one in asyncio.run(find_marked(root, paths))]


def check(where: Path, names: Sequence[str], *, hook: bool = False) -> Checked:
    """Everything to be mended in the marked stubs and the specs among some files, as seen from ``where``.

    Markdown files in folders are specs where ``[tool.cosplay] specs`` says so, one that is named always, unless the
    names come from a ``hook``, which names whatever was changed. What is not there is left out. Raises UsageError for
    a name outside of the repository.
    """
    root, paths = located(where, names)
    checked = Checked(root=root)
    for path in paths:
        file = root / path
        if file.is_dir() and not file.is_symlink():
            for each in _inside(root, path):
                _check_file(checked, each, named=False)
        elif file.is_symlink() or not file.is_file():
            checked.notes.append(f"{path} is {'a link' if file.is_symlink() else 'not there'}: left out.")
        else:
            _check_file(checked, path, named=not hook)
    checked.findings = sorted(set(checked.findings))
    return checked


def _inside(root: Path, folder: str) -> list[str]:
    found = (path for path in asyncio.run(repository_files(root)) if below(path, folder))
    return [path for path in found if (root / path).is_file() and not (root / path).is_symlink()]


def _check_file(checked: Checked, path: str, *, named: bool) -> None:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".py":
        marked = marked_in(checked.root, path)
        for one in marked:
            found, notes = _of_stub(checked.root, one)
            checked.findings += found
            checked.notes += [f"{each.path}:{each.line}: {each.what}" for each in notes]
        checked.notes += [f"{one.path}:{one.line}: {one.qualname}: {DONE}" for one in marked if one.done]
        if marked:
            checked.configuration(path)
    elif suffix in {".md", ".markdown"}:
        if checked.configuration(path).names(path) or named:
            checked.findings += _of_spec(checked.root, path)
    elif named:
        checked.notes.append(f"{path} is neither Python nor Markdown: left out.")


def _of_stub(root: Path, one: Marked) -> tuple[list[Finding], list[Finding]]:
    """What is to be mended in a marked stub, and which of its examples are no tests without being wrong."""
    if one.why:
        what = f"{one.qualname}: {one.why}" if one.qualname else one.why
        return [Finding(path=one.path, line=one.line, what=what)], []
    if one.node is None or one.done:
        return [], []
    from cosplay_action.specs.flaws import example_flaws, stub_flaws  # late: most files of a commit hold no stub
    from cosplay_action.specs.target import find_target

    flaws = list(stub_flaws(one.node, one.qualname))
    wrong, fitting = example_flaws(find_target(root, one.target, partial(import_place, quick=True)))
    told = {flaw.line for flaw in flaws}
    flaws += [flaw for flaw in wrong if flaw.line not in told]
    return [_finding(one, flaw) for flaw in flaws], [_finding(one, flaw) for flaw in fitting]


def _finding(one: Marked, flaw: Flaw) -> Finding:
    return Finding(path=one.path, line=flaw.line, what=f"{one.qualname}: {flaw.what} {flaw.cure}")


# -- specs -------------------------------------------------------------------------------------------------------------


def _of_spec(root: Path, path: str) -> Iterator[Finding]:
    """What a spec leaves open by itself; whether there is room for it is found out when it is played."""
    from cosplay_action.specs.issue import FlawedSpec, judge_examples
    from cosplay_action.specs.issues.paths import place_flaw

    try:
        raw = (root / path).read_bytes()
        if len(raw) > LARGEST:
            yield Finding(path=path, line=0, what=f"The file is larger than {LARGEST >> 20} MiB.")
            return
        spec = judge_examples(root, raw.decode("utf-8"), path)
    except OSError as error:
        yield Finding(path=path, line=0, what=f"The file cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        yield Finding(path=path, line=line, what="The file is no UTF-8. Save it as UTF-8.")
    except FlawedSpec as error:
        for flaw in error.flaws:
            yield Finding(path=path, line=flaw.line, what=f"{flaw.what} {flaw.cure}")
    except SpecError as error:
        yield Finding(path=path, line=0, what=f"{error.what} {error.cure}")
    else:
        why = place_flaw(root, spec.path) if spec.path else ""
        if why:
            what = f"Target cannot be used: {why}. Name another file."
            yield Finding(path=path, line=spec.line("target"), what=what)


# -- configuration -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What [tool.cosplay] of one project says of specs: patterns of their paths, and what of the table is wrong."""

    project: str
    specs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def names(self, path: str) -> bool:
        """Whether a file of the project is a spec by its path."""
        inner = path if self.project == "." else path.removeprefix(f"{self.project}/")
        return any(fnmatchcase(inner, pattern) for pattern in self.specs)


def _configuration(root: Path, project: str) -> Configuration:
    path = "pyproject.toml" if project == "." else f"{project}/pyproject.toml"
    try:
        table = table_at(read_toml(root / path), "tool", "cosplay")
    except UsageError as error:
        return Configuration(project=project, findings=(Finding(path=path, line=0, what=f"{error.what} {error.cure}"),))
    specs = table.get("specs", [])
    wrong = list(_errors(table))
    if not isinstance(specs, list) or not all(isinstance(each, str) and each for each in specs):
        wrong.append('[tool.cosplay] specs: not a list of patterns, such as ["specs/*.md"]')
        specs = []
    found = (Finding(path=path, line=_line(root / path, error), what=f"{error}.") for error in wrong)
    return Configuration(project=project, specs=tuple(specs), findings=tuple(found))


def _errors(table: Mapping[str, object]) -> Iterator[str]:
    """The errors that a run would find in the table."""
    try:
        load(
            {"price_input": 0.0, "price_output": 0.0}, {}, table
        )  # a budget needs them, and they are never the table's
    except UsageError as error:
        yield from (line.removeprefix("  - ") for line in error.what.split("\n")[1:])


def _line(file: Path, error: str) -> int:
    """The line of the key that an error names."""
    key = re.escape(error.removeprefix("[tool.cosplay] ").partition(":")[0])
    lines = file.read_text("utf-8").split("\n")
    return next((number for number, text in enumerate(lines, start=1) if re.match(rf"\s*[\"']?{key}\b", text)), 0)
