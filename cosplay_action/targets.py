"""What a command line names, as things to play: a stub, the marked stubs of a file or folder, or a written spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cosplay_action.errors import UsageError
from cosplay_action.specs.issue import IssueSpec, Prepared, decoded, prepare, read_and_prepare
from cosplay_action.specs.issues.paths import is_test
from cosplay_action.specs.marks import targets_of
from cosplay_action.specs.program import Program, program_of, read_program
from cosplay_action.specs.project import repository_root
from cosplay_action.specs.scratch import write_files

LARGEST = 1_000_000  # bytes of a spec
_CURE = "Name a stub (path/file.py::function), a file or folder with marked stubs, or a spec (spec.md)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One thing to play: ``name`` is ``path::qualname``, or a program's file; ``said`` is what a command line says.

    A written spec brings what it takes: ``prepared`` where it is played, ``own`` in the repository as it is.
    """

    name: str
    said: str
    spec: IssueSpec | None = None
    prepared: Prepared | None = None
    own: Prepared | None = None
    program: Program | None = None


async def named(where: Path, texts: Sequence[str]) -> tuple[Path, list[Named]]:
    """The repository that all targets lie in, and the targets, each once. Raises UsageError and SpecError."""
    files = [(text, (where / _file_of(text)).resolve()) for text in texts]
    homes = {repository_root(_folder(file, where)) for _, file in files}
    home = repository_root(_folder(files[0][1], where))
    outside = next((file for _, file in files if not file.is_relative_to(home)), None)
    if len(homes) > 1 or outside is not None:
        name = outside.name if outside else "One of the targets"
        raise UsageError(f"{name} lies outside the repository {home.name}.", "Play each repository by itself.")
    found: dict[str, Named] = {}
    for text, file in files:
        for one in await _meant(home, text, file):
            found.setdefault(one.name, one)
    return home, list(found.values())


def placed(root: Path, wanted: Sequence[Named]) -> list[Named]:
    """The targets, the stubs of written specs written to ``root``, a copy of the repository, one after the other.

    Two specs may be about one file: each is prepared against what those before it made. Raises SpecError.
    """
    found = []
    for one in wanted:
        again = replace(one, prepared=prepare(root, one.spec)) if one.spec else one
        write_files(root, again.prepared.files if again.prepared else {})
        found.append(again)
    return found


def _file_of(text: str) -> str:
    path, mark, name = text.rpartition("::")
    if not mark:
        return text
    if not path or not name:
        raise UsageError(f"{text!r} names no function.", _CURE)
    return path


def _folder(file: Path, where: Path) -> Path:
    folder = file if file.is_dir() else file.parent
    return folder if folder.is_dir() else where


async def _meant(home: Path, text: str, file: Path) -> list[Named]:
    path = file.relative_to(home).as_posix()
    name = text.rpartition("::")[2] if "::" in text else ""
    if name:
        if is_test(path):
            raise UsageError(f"{path} is a test file.", "Move the stub to a module of its own: its tests import it.")
        return [Named(name=f"{path}::{name}", said=f"{path}::{name}")]
    if file.suffix == ".md":
        return [_written(home, file, path)]
    if not _there(file):
        raise UsageError(f"{text!r} names nothing that is there.", _CURE)
    return [Named(name=target, said=target) for target in await targets_of(home, path)]


def _there(file: Path) -> bool:
    return file.exists()


def _written(home: Path, file: Path, path: str) -> Named:
    """A spec in Markdown: a function's, or a program's when it has runs of a program as examples."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", _CURE) from error
    if len(data) > LARGEST:
        raise UsageError(f"{path} holds more than {LARGEST:,} bytes.", "A spec says less.")
    spec, prepared = read_and_prepare(home, decoded(data, path), path)
    if prepared is None:
        program = read_program(program_of(spec))
        return Named(name=spec.path, said=path, program=replace(program, origin=spec.path))
    return Named(name=prepared.target, said=path, spec=spec, prepared=prepared, own=prepared)
