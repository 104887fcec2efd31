"""Which files of a repository depend on some others: those that import them, themselves or through further files.

Names of modules are compared with the ends of paths, whatever folder they would be imported from: rather a file too
many than one that was broken unseen. A file need not be there any more.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

Parts = tuple[str, ...]

_DYNAMIC = re.compile(rb"\bimport_module\b|\b__import__\b|\brunpy\b|\bspec_from_file_location\b")
_WORD = re.compile(rb"[\w\x80-\xff]+")
_LARGEST = 2_000_000  # bytes of a file that is read
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class _Repository:
    """The Python files of a repository and what they speak of, read and parsed as far as somebody asks."""

    def __init__(self, root: Path, paths: Iterable[str]) -> None:
        self._root = root
        self._named: dict[str, list[str]] = {}  # by the last name of the module
        for path in dict.fromkeys(path for path in paths if path.endswith(".py")):
            if module := _module(path):
                self._named.setdefault(module[-1], []).append(path)
        self._spoken: dict[str, frozenset[str]] = {}
        self._imports: dict[str, list[tuple[Parts, bool]] | None] = {}

    def spoken(self, path: str) -> frozenset[str]:
        """The names of modules among the words of a file."""
        if path not in self._spoken:
            words = {word.decode("utf-8", "replace") for word in set(_WORD.findall(_bytes(self._root / path)))}
            self._spoken[path] = frozenset(words & self._named.keys())
        return self._spoken[path]

    def within(self, starts: Iterable[str]) -> set[str]:
        """All that some files could import as far as words tell, with the packages around it."""
        found: set[str] = set()
        left = list(starts)
        while left:
            path = left.pop()
            if path not in found:
                found.add(path)
                left += [near for name in self.spoken(path) for near in self._named[name]]
                left += [f"{folder}/__init__.py" for folder in PurePosixPath(path).parents if folder.name]
        return found

    def imports(self, path: str, others: Iterable[str]) -> bool:
        """Whether a file imports one of some others."""
        if path not in self._imports:
            self._imports[path] = _imports(path, _bytes(self._root / path))
        near = [module for other in others if (module := _module(other)) and module[-1] in self.spoken(path)]
        return _any(self._imports[path], near)


def dependants(root: Path, files: Iterable[str], changed: Iterable[str], ends: Iterable[str]) -> frozenset[str]:
    """Of ``ends`` and what they could import: the Python files that are ``changed`` or import one that is.

    Paths are POSIX, below ``root``; ``files`` are those of the repository. Only files that speak of a module's name are
    parsed. One that is no Python imports whatever it speaks of, and so does one that imports by hand.
    """
    changed = {path for path in changed if path.endswith(".py")}
    if not changed:
        return frozenset()
    known = _Repository(root, [*files, *changed])
    rest = known.within(ends)
    reached, fresh = set[str](), rest & changed
    while fresh:
        reached |= fresh
        rest -= fresh
        names = {module[-1] for path in fresh if (module := _module(path))}
        fresh = {path for path in rest if names & known.spoken(path) and known.imports(path, fresh)}
    return frozenset(reached)


def _bytes(file: Path) -> bytes:
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
            return b""
        return file.read_bytes()
    except OSError:
        return b""


def _module(path: str) -> Parts:
    """The parts of a module's path: a package's are those of its folder."""
    parts = PurePosixPath(path).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def _imports(path: str, data: bytes) -> list[tuple[Parts, bool]] | None:
    """The dotted names that a file imports, and whether they begin at the root; None: it could import anything."""
    if _DYNAMIC.search(data):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(_named(ast.parse(data), PurePosixPath(path).parent.parts))
    except _UNREADABLE:
        return None


def _named(tree: ast.Module, folder: Parts) -> Iterator[tuple[Parts, bool]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((tuple(one.name.split(".")), False) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) - node.level + 1] if node.level else ()
            module = (*start, *(node.module.split(".") if node.module else ()))
            yield from (((*module, one.name), bool(node.level)) for one in node.names)


def _any(names: Sequence[tuple[Parts, bool]] | None, modules: Sequence[Parts]) -> bool:
    if names is None:
        return bool(modules)
    return any(_leads(name, module, here=here) for module in modules for name, here in names)


def _leads(name: Parts, module: Parts, *, here: bool) -> bool:
    """Whether importing ``name`` runs ``module``: the module itself, one in it, or a package around it.

    ``here``: the name is a path from the repository's root, else its beginning is looked for at the module's end.
    """
    if here:
        return name[: len(module)] == module
    return any(module[-size:] == name[:size] for size in range(1, min(len(module), len(name)) + 1))
