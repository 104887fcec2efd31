"""Where a program would land: its file, and the folder of its tests. Nothing is written here."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.method.job import digest
from cosplay_action.specs import layout
from cosplay_action.specs.nodes import dumped
from cosplay_action.specs.pretty import is_visible
from cosplay_action.specs.program import Program
from cosplay_action.specs.project import can_be_folder, inside, is_package, pytest_settings, stays_inside
from cosplay_action.specs.source import SourceFile, parse_anew, read_source
from cosplay_action.specs.testfile import Header, read_header
from cosplay_action.specs.wording import identifier, snake

LEAST_SECONDS = 10  # for one test: an interpreter starts slowly on a busy machine
_DATA = re.compile(r"\d{2,}\.(?:in|out)")
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTarget:
    """Where a program would land. Paths are POSIX and relative to the repository.

    ``path`` is the program's file, ``stub`` what stands there now (None: nothing), ``test_path`` the pytest file.
    ``spec`` is the digest of the statement, ``seconds`` how long one test may take, ``data`` are the data files of an
    earlier landing that still hold something.
    """

    path: str
    stub: SourceFile | None = field(repr=False)
    test_path: str
    spec: str
    seconds: int = LEAST_SECONDS
    data: tuple[str, ...] = ()

    @property
    def old(self) -> bytes | None:
        """The bytes of the file that stands there now."""
        return self.stub.raw if self.stub else None

    @property
    def folder(self) -> str:
        return PurePosixPath(self.test_path).parent.as_posix()


def program_target(root: Path, program: Program, override: str | None = None) -> ProgramTarget:
    """Find where a program would land; ``override`` names the folder of the tests' own folder.

    Raises SpecError where the program's file cannot be written: it lies outside, is no Python file, or does something
    already and is not what an earlier run landed. Raises UsageError for an override that cannot be used.
    """
    path, seconds = program.contract.path, program.contract.limits.seconds
    _check_path(root, path)
    test_path = _free_place(root, _home(root, path, override), path)
    stub = read_source(root, path) if (root / path).exists() else None
    if stub is not None:
        _check_stub(root, stub, test_path)
    seconds = max(LEAST_SECONDS, math.ceil(5 * seconds))
    return ProgramTarget(
        path=path, stub=stub, test_path=test_path, spec=digest(program.statement), seconds=seconds,
        data=_old_data(root, test_path),
    )  # fmt: skip


def _old_data(root: Path, test_path: str) -> tuple[str, ...]:
    """The numbered data files beside a runner, which is ours; a person's own files have other names."""
    folder = f"{PurePosixPath(test_path).parent.as_posix()}/data"
    if _header(root, test_path) is None or not stays_inside(root, folder) or not (root / folder).is_dir():
        return ()
    found = [f"{folder}/{file.name}" for file in (root / folder).iterdir() if _DATA.fullmatch(file.name)]
    return tuple(sorted(path for path in found if _is_full(root / path)))


def _is_full(file: Path) -> bool:
    return not file.is_symlink() and file.is_file() and file.stat().st_size > 0


def _check_path(root: Path, path: str) -> None:
    cure = "Name the program's file relative to the repository's root, such as solution.py."
    if not path:
        raise SpecError("The spec names no file for the program.", cure)
    if not path.endswith(".py") or inside(".", (path,)) != (path,) or not is_visible(path) or "\n" in path:
        raise SpecError(f"{path} is no place for a program.", cure)
    if not stays_inside(root, path) or not can_be_folder(root, PurePosixPath(path).parent.as_posix()):
        raise SpecError(f"{path} cannot be written: a file or a link is in its way.", cure)


def _check_stub(root: Path, stub: SourceFile, test_path: str) -> None:
    if not is_stub(stub) and not _landed(root, test_path, stub):
        cure = "Name a new file, or leave no more than a docstring in it."
        raise SpecError(f"{stub.path} exists and does something already.", cure)
    if stub.encoding.lower() not in _UTF8:
        raise SpecError(f"{stub.path} is encoded as {stub.encoding}.", "Save it as UTF-8.")


def _home(root: Path, path: str, override: str | None) -> str:
    """The folder in which the program's tests get a folder of their own."""
    if override is None:
        return layout._test_folder(root, path, pytest_settings(root, path))
    found = inside(".", (override,))
    if not found or found[0].endswith(".py") or not can_be_folder(root, found[0]):
        raise UsageError(
            f"The test path {override} is no folder of the repository.",
            "The tests of a program are several files: name a folder for them, relative to the repository's root.",
        )
    return found[0]


def _free_place(root: Path, home: str, path: str) -> str:
    """The pytest file in a folder that is free or ours, its name unique where pytest imports by base name."""
    settings = pytest_settings(root, path)
    number = 1
    while True:
        name = name_of(path) if number == 1 else f"{name_of(path)}_{number}"
        folder = f"{home}/{name}".removeprefix("./")
        file = layout._matching(name, settings.python_files if settings else ("test_*.py",))
        taken = {PurePosixPath(p).name for p in layout._rivals(root, folder, settings)}
        free = not (root / folder).exists() and (file not in taken or is_package(root, folder))
        if free or _is_ours(root, f"{folder}/{file}", path):
            return f"{folder}/{file}"
        number += 1


def name_of(path: str) -> str:
    """The name of the program's tests: an identifier made of its file's name."""
    return identifier(snake(PurePosixPath(path).stem), 40) or "program"


def _header(root: Path, test_path: str) -> Header | None:
    if not stays_inside(root, test_path):
        return None
    try:
        return read_header((root / test_path).read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return None


def _is_ours(root: Path, test_path: str, path: str) -> bool:
    header = _header(root, test_path)
    return header is not None and header.target == path


def _landed(root: Path, test_path: str, there: SourceFile) -> bool:
    """Whether what stands there is what an earlier run landed, untouched."""
    header = _header(root, test_path)
    return header is not None and header.implementation == program_digest(there.text)


def is_stub(file: SourceFile) -> bool:
    """Whether a module holds no more than the body of a stub would."""
    return all(map(_is_empty, file.tree.body))


def _is_empty(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None and ast.unparse(node.exc).partition("(")[0] == "NotImplementedError"
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def program_digest(text: str) -> str:
    """The digest of a program, whatever its formatting: hex SHA-256 of its syntax tree."""
    return digest(dumped(parse_anew(text)))
