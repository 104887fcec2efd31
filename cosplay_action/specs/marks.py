"""The marked stubs of a file, a folder or a whole repository, and what keeps one of them from being played."""

from __future__ import annotations

import ast
import copy
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.specs.importing import import_place
from cosplay_action.specs.issues.paths import place_flaw, protected
from cosplay_action.specs.markers import could_mark, markers, seems_to_mark
from cosplay_action.specs.nodes import Function, decorator_names, is_stub, walk
from cosplay_action.specs.project import below
from cosplay_action.specs.scratch import repository_files
from cosplay_action.specs.source import SourceFile, read_source
from cosplay_action.specs.walking import MOST

LARGEST = 4 * 1024 * 1024  # bytes of a file that is parsed
DONE = "It is implemented already: take the marker away."
LISTED = 20  # reasons that one message holds
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})
_ACCESSORS = frozenset({"setter", "deleter", "getter"})
_CURE = "Mark a stub: write `# cosplay` on the line above its def."


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One marked function, or what a marker stands at in its place.

    ``path`` is POSIX and relative to the repository's root, ``line`` that of the ``def`` (of the comment where there
    is no function, then ``qualname`` is empty; 0 where the file cannot be read). ``signature`` is the header on one
    line. ``why`` says, with the cure, what keeps it from being played (empty: nothing); ``done``: it is no stub, it is
    implemented already.
    """

    path: str
    line: int
    qualname: str = ""
    signature: str = ""
    why: str = ""
    done: bool = False
    node: Function | None = field(default=None, repr=False, compare=False)

    @property
    def target(self) -> str:
        """``path::qualname``, as targets are named everywhere."""
        return f"{self.path}::{self.qualname}" if self.qualname else self.path

    @property
    def playable(self) -> bool:
        return not self.why and not self.done


async def targets_of(root: Path, path: str) -> list[str]:
    """The marked stubs of a file or folder (POSIX, relative to ``root``) as targets, in the order of their lines.

    Those implemented already are left out. Raises SpecError, which lists all reasons, where a marked one cannot be
    played, and where there is nothing to play.
    """
    found = await find_marked(root, [path])
    wrong = [f"{one.path}:{one.line}: {one.why}" for one in found if one.why]
    if wrong:
        many = "a marked stub" if len(wrong) == 1 else f"{len(wrong)} marked stubs"
        more = [f"and {len(wrong) - LISTED} more"] if len(wrong) > LISTED else []
        what = f"{many} of {path} cannot be played:\n" + "\n".join(f"  - {each}" for each in (*wrong[:LISTED], *more))
        raise SpecError(what, "Mend them, or take their markers away.")
    if not any(one.playable for one in found):
        done = " left to play" if found else ""
        raise SpecError(f"{path} has no marked stub{done}.", f"{_CURE} Or name one: path/file.py::function.")
    return [one.target for one in found if one.playable]


async def find_marked(root: Path, paths: Sequence[str]) -> list[Marked]:
    """Every marked function of files and folders (POSIX, relative to ``root``), by path and line.

    In folders, what git ignores and links are left out. Raises SpecError for a path that does not exist, and for a
    folder of more Python files than any source tree has.
    """
    files = set[str]()
    for path in paths:
        if (root / path).is_dir():
            files.update(await _python_files(root, path))
        elif (root / path).is_file():
            files.add(path)
        else:
            raise SpecError(f"{path} does not exist.", "Name a file or a folder of the repository.")
    return [one for path in sorted(files) for one in marked_in(root, path)]


async def _python_files(root: Path, folder: str) -> list[str]:
    found = [path for path in await repository_files(root) if path.endswith(".py") and below(path, folder)]
    if len(found) > MOST:
        raise SpecError(f"{folder} holds more than {MOST:,} Python files.", "Name a folder below it.")
    return [path for path in found if not _FOREIGN.intersection(PurePosixPath(path).parts)]


def marked_in(root: Path, path: str) -> list[Marked]:
    """The marked functions of one file, none where it cannot hold any. Nothing is raised: what is wrong is said."""
    try:
        raw = _bytes(root / path) if path.endswith(".py") else b""
    except OSError as error:
        return [Marked(path=path, line=0, why=f"The file cannot be read: {error.strerror}.")]
    if not could_mark(raw):
        return []
    if len(raw) > LARGEST:
        return [Marked(path=path, line=0, why=f"The file is larger than {LARGEST >> 20} MiB: it is not looked at.")]
    try:
        found = list(_found(read_source(root, path)))
    except SpecError as error:
        why = f"{error.what} {error.cure}"
        return [Marked(path=path, line=_line_of(error), why=why)] if seems_to_mark(raw) else []
    except RecursionError:
        return [Marked(path=path, line=0, why="The file is nested too deeply to be read.")]
    why = _misplaced(root, path) if any(one.playable for one in found) else ""
    return [replace(one, why=why) if one.playable else one for one in found]


def _bytes(file: Path) -> bytes:
    """What a regular file holds, as much of it as is needed to see whether it is too large."""
    if file.is_symlink() or not file.is_file():
        return b""
    with file.open("rb") as stream:
        return stream.read(LARGEST + 1)


def _line_of(error: SpecError) -> int:
    """The line that a message about a syntax error names."""
    place = re.search(r"\(line (\d+), column", error.what)
    return int(place[1]) if place else 0


def _misplaced(root: Path, path: str) -> str:
    """Why nothing in a file can be played, with the cure (empty: it can)."""
    if protected(path):
        return "What installs, configures or hides things is protected. Move the stub to a module of its own."
    flaw = place_flaw(root, path)
    if flaw:
        return f"{flaw}. Mark stubs in regular files of this repository."
    try:
        import_place(root, path, config=(".",))  # whether there is a name at all: how tests say it is not asked here
    except UsageError as error:
        return f"{error.what} {error.cure}"
    return ""


def _found(source: SourceFile) -> Iterator[Marked]:
    """The functions at which the markers of a file stand, each once."""
    known = _functions(source.tree)
    rows = {row: (name, node) for name, nodes in known.items() for node in nodes for row in _rows(node)}
    judged = _Judge(source.tree)
    seen = set[Function]()
    for marker in markers(source.text):
        name, node = rows.get(marker.row, ("", None))
        if node is None and marker.firm:
            yield Marked(path=source.path, line=marker.line, why=f"This marker stands at no function. {_CURE}")
        elif node is not None and node not in seen and (marker.firm or is_stub(node)):
            seen.add(node)
            why = judged.why(name, node)
            yield Marked(path=source.path, line=node.lineno, qualname=name, signature=signature_of(node), why=why,
                         done=not why and not is_stub(node), node=node)  # fmt: skip


def _functions(tree: ast.Module) -> dict[str, list[Function]]:
    """Every function of a file, wherever it stands, by qualified name (``f.<locals>.g`` inside of another one)."""
    found = defaultdict[str, list[Function]](list)
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        inner = prefix
        if isinstance(node, Function):
            found[prefix + node.name].append(node)
            inner = f"{prefix}{node.name}.<locals>."
        elif isinstance(node, ast.ClassDef):
            inner = f"{prefix}{node.name}."
        waiting += [(inner, child) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
    return found


def _rows(node: Function) -> Iterator[int]:
    """The lines on which the logical lines of a header begin."""
    yield node.lineno
    yield from (decorator.lineno for decorator in node.decorator_list)


class _Judge:
    """Says of the functions of one file what keeps each from being played."""

    def __init__(self, tree: ast.Module) -> None:
        self._top = {node for _, node in walk(tree.body, "", deep=False)}
        self._lines = defaultdict[str, list[int]](list)
        for name, node in walk(tree.body, ""):
            self._lines[name].append(node.lineno)

    def why(self, name: str, node: Function) -> str:
        if "<locals>" in name:
            return "It is defined inside of another function. Move the stub to the top level of its module or class."
        if "overload" in decorator_names(node):
            return "It is an @overload signature. Mark the function below it."
        if _ACCESSORS.intersection(decorator_names(node)):
            return "It is a property's accessor. Of a property, only the getter can be played."
        if len(self._lines[name]) > 1:
            lines = ", ".join(map(str, self._lines[name]))
            return f"It is defined {len(self._lines[name])} times (lines {lines}). Keep one definition."
        if node not in self._top:
            return "It is defined inside an if, try, with or loop. Move the stub to the top level."
        return ""


def signature_of(node: Function) -> str:
    """A header on one line, without its decorators and its colon: ``def f(x: int = 3) -> str``."""
    bare = copy.copy(node)
    bare.body, bare.decorator_list = [], []
    return ast.unparse(bare).strip().removesuffix(":")
