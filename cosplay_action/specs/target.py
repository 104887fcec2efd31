"""The function to implement: where it is, what it is called, and which bytes of its file are its own.

A *stub* is a function whose body is a docstring and/or ``...``, ``pass``, ``raise NotImplementedError``.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from cosplay_action.errors import SpecError
from cosplay_action.specs.nodes import Function, annotation_of, decorator_names, definitions, is_stub, last_name, walk
from cosplay_action.specs.source import SourceFile, offset_in, plain, read_source

Kind = Literal["function", "method", "classmethod", "staticmethod", "property"]
ImportPlace = Callable[[Path, str], tuple[str, tuple[str, ...]]]

_LAZY = frozenset({"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator", "AsyncIterable"})
_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty"})
_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
_CURE = "Name a stub as path/file.py::function or path/file.py::Class.method."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One stub of one file. Offsets are indices into ``source.text``.

    ``root`` is the repository's root on this machine (it never reaches an artefact), ``path`` is POSIX and relative
    to it, ``module`` the dotted import name, ``roots`` the import roots relative to ``root``. ``signature`` is the
    header exactly as written, decorators included, from ``start`` up to the colon (``header_end``); the node's last
    statement ends at ``end``.
    """

    root: Path = field(repr=False, compare=False)
    path: str
    qualname: str
    module: str
    roots: tuple[str, ...]
    source: SourceFile = field(repr=False)
    kind: Kind
    class_name: str
    name: str
    is_async: bool
    is_generator: bool
    returns_none: bool
    docstring: str = field(repr=False)
    signature: str = field(repr=False)
    indent: str = field(repr=False)
    start: int
    header_end: int
    end: int
    node: Function = field(repr=False, compare=False)

    @property
    def holder(self) -> ast.ClassDef | None:
        """The class whose body holds the target, None for a function."""
        found: ast.ClassDef | None = None
        body = self.source.tree.body
        for part in self.class_name.split(".") if self.class_name else ():
            found = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == part)
            body = found.body
        return found

    @property
    def top(self) -> Function | ast.ClassDef:
        """The top-level statement that holds the target: itself, or its outermost class."""
        outermost = self.qualname.split(".")[0]
        nodes = (n for n in self.source.tree.body if isinstance(n, Function | ast.ClassDef))
        return self.node if not self.class_name else next(n for n in nodes if n.name == outermost)


def find_target(root: Path, spec: str, place: ImportPlace) -> Target:
    """Find the stub that ``spec`` (``path/file.py::qualname``) names under ``root``, the repository's root.

    ``place(root, path)`` gives the module's import name and its import roots. Raises SpecError when the file cannot be
    read, the target is missing, defined twice, defined inside a block, or no stub.
    """
    path, separator, qualname = spec.rpartition("::")
    if not separator or not path or not qualname:
        raise SpecError(f"{spec!r} names no function.", _CURE)
    relative = _relative(root, path)
    source = read_source(root, relative)
    node = _find(source, qualname)
    if not is_stub(node):
        raise SpecError(
            f"{qualname} in {relative} is no stub: its body already does something.",
            "Reduce its body to a docstring, `...`, `pass` or `raise NotImplementedError`." + _others(source),
        )
    return _target(root.resolve(), source, qualname, node, place(root, relative))


def stub_names(source: SourceFile) -> tuple[str, ...]:
    """The qualified names of all stubs of a file that can be played, in file order."""
    found = definitions(source.tree)
    return tuple(name for name, nodes in found.items() if len(nodes) == 1 and is_stub(nodes[0]))


def _relative(root: Path, path: str) -> str:
    home = root.resolve()
    try:
        return (home / path).resolve().relative_to(home).as_posix()
    except ValueError as error:
        raise SpecError(f"{path} lies outside the repository {home.name}.", _CURE) from error


def _find(source: SourceFile, qualname: str) -> Function:
    nodes = definitions(source.tree).get(qualname, [])
    if len(nodes) > 1:
        lines = ", ".join(str(n.lineno) for n in nodes)
        what = f"{qualname} is defined {len(nodes)} times in {source.path} (lines {lines})."
        raise SpecError(what, "Keep one definition: an overloaded or conditional function cannot be played.")
    if not nodes:
        raise _missing(source, qualname)
    if not any(name == qualname for name, _ in walk(source.tree.body, "", deep=False)):
        what = f"{qualname} in {source.path} (line {nodes[0].lineno}) is defined inside an if, try, with or loop."
        raise SpecError(what, "Move the stub to the top level of its module or class.")
    return nodes[0]


def _missing(source: SourceFile, qualname: str) -> SpecError:
    known = list(definitions(source.tree))
    last = {name.rpartition(".")[2]: name for name in known}
    close = difflib.get_close_matches(qualname, known, n=3)
    close += [last[n] for n in difflib.get_close_matches(qualname.rpartition(".")[2], last, n=3)]
    hint = f" Did you mean {' or '.join(dict.fromkeys(close))}?" if close else ""
    return SpecError(f"{source.path} has no function {qualname}.{hint}", _CURE + _others(source))


def _others(source: SourceFile) -> str:
    names = stub_names(source)
    return f" Stubs in this file: {', '.join(names)}." if names else " This file has no stubs."


def _target(
    root: Path, source: SourceFile, qualname: str, node: Function, place: tuple[str, tuple[str, ...]]
) -> Target:
    module, roots = place
    class_name, _, name = qualname.rpartition(".")
    first = node.decorator_list[0] if node.decorator_list else node
    line_start = source.offset(first.lineno, 0)
    header_start = source.offset(node.lineno, node.col_offset)
    header_end = _colon(source.text, header_start)
    returns = annotation_of(node.returns)
    lazy = returns is not None and last_name(returns) in _LAZY and not _MANAGERS.intersection(decorator_names(node))
    text = source.text
    indent = text[line_start : _first_code(text, line_start)]
    start = line_start + len(indent)
    return Target(
        root=root, path=source.path, qualname=qualname, module=module, roots=roots, source=source,
        kind=_kind(node, class_name),
        class_name=class_name, name=name, is_async=isinstance(node, ast.AsyncFunctionDef), is_generator=lazy,
        returns_none=isinstance(returns, ast.Constant) and returns.value is None,
        docstring=ast.get_docstring(node) or "", signature=text[start:header_end], indent=indent, start=start,
        header_end=header_end, end=source.offset(node.end_lineno or 0, node.end_col_offset or 0), node=node,
    )  # fmt: skip


def _kind(node: Function, class_name: str) -> Kind:
    names = decorator_names(node)
    if not class_name:
        return "function"
    if _PROPERTIES.intersection(names):
        return "property"
    if "staticmethod" in names:
        return "staticmethod"
    implicit = node.name in {"__init_subclass__", "__class_getitem__"}
    return "classmethod" if "classmethod" in names or implicit else "method"


def _first_code(text: str, index: int) -> int:
    while index < len(text) and text[index] in " \t\f":
        index += 1
    return index


def _colon(text: str, start: int) -> int:
    """The index just after the colon that ends the header of the definition that starts at ``start``."""
    depth = 0
    for kind, word, end in _operators(text):
        if end <= start or kind != tokenize.OP:
            continue
        depth += (word in "([{") - (word in ")]}")
        if word == ":" and not depth:
            return end
    raise AssertionError("a parsed definition has a colon")


@lru_cache(maxsize=16)
def _operators(text: str) -> tuple[tuple[int, str, int], ...]:
    """The operator tokens of a text that parses: (type, text, index just after it)."""
    lines = plain(text)
    tokens = tokenize.generate_tokens(io.StringIO(lines).readline)
    return tuple((t.type, t.string, offset_in(text, t.end[0], 0) + t.end[1]) for t in tokens if t.type == tokenize.OP)
