"""Evidence that has landed: test files of ours, known by their heads, and what their targets say today."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cosplay_action.errors import SpecError
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.nodes import Function, definitions
from cosplay_action.specs.project import stays_inside
from cosplay_action.specs.source import SourceFile, read_source
from cosplay_action.specs.testfile import Header, read_header

GONE = "Say in the head of the test file where it is now, play it again, or remove the file."
_HEAD = 4096  # bytes of a file that are read: the header is its first comment
_RUN = "journal.jsonl"  # lies in the directory of a run, whose tests have not landed


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One kept test file (``test``: POSIX, relative to the repository's root) and what its header says."""

    test: str
    header: Header

    @property
    def path(self) -> str:
        """The file that the target is in."""
        return self.header.target.partition("::")[0]


def landed(root: Path, files: Iterable[str]) -> list[Evidence]:
    """The evidence among some files of a repository, in their order. What cannot be read as text is none."""
    heads = ((path, _header(root / path)) for path in files if path.endswith(".py"))
    return [Evidence(test=path, header=header) for path, header in heads if header is not None]


def _header(file: Path) -> Header | None:
    try:
        if file.is_symlink() or not file.is_file():
            return None
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return None
    if b"# cosplay: target = " not in head or (file.parent / _RUN).exists():
        return None
    return read_header(head.decode("utf-8", "replace"))


def find_function(root: Path, target: str) -> tuple[SourceFile, Function]:
    """The file of a target and its function, whatever its body. Raises SpecError when there is none, or several."""
    path, _, qualname = target.rpartition("::")
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not stays_inside(root, path):
        raise SpecError(f"{path} lies outside of the repository.", "Evidence names files of its own repository.")
    if not (root / path).is_file():
        raise SpecError(f"{path} is gone.", GONE)
    source = read_source(root, path)
    found = definitions(source.tree).get(qualname, [])
    if len(found) != 1:
        there = "no function" if not found else f"{len(found)} functions"
        raise SpecError(f"{path} has {there} {qualname}.", GONE)
    return source, found[0]


def statement_of(source: SourceFile, target: str, node: Function) -> str:
    """What a function's signature and docstring say, as they did when it was a stub: evidence holds its digest.

    Raises SpecError where no stub could stand.
    """
    from cosplay_action.specs.stub import read_stub  # late: most calls of a hook find no evidence to judge

    with own_folder("stub") as folder:  # a stub is read from a file
        file = folder / source.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.encode(emptied(source, node)))
        return read_stub(folder, target, lambda *_: ("module", (".",))).statement


def emptied(source: SourceFile, node: Function) -> str:
    """The text of a file in which a function is a stub again: it keeps its header and its docstring."""
    text, first = source.text, node.body[0]
    end = source.offset(node.end_lineno or 0, node.end_col_offset or 0)
    if ast.get_docstring(node, clean=False) is not None:
        return text[: source.offset(first.end_lineno or 0, first.end_col_offset or 0)] + text[end:]
    start = source.offset(first.lineno, first.col_offset)
    if isinstance(first, Function | ast.ClassDef) and first.decorator_list:
        decorator = first.decorator_list[0]
        start = text.rindex("@", 0, source.offset(decorator.lineno, decorator.col_offset))
    return f"{text[:start]}...{text[end:]}"
