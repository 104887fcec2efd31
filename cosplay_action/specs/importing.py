"""How a module is imported: its dotted name, its import roots, and the way the repository's own tests import it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cosplay_action.errors import UsageError
from cosplay_action.specs.names import imports_of
from cosplay_action.specs.project import (
    PytestSettings,
    above,
    below,
    inside,
    is_package,
    project_folder,
    pytest_settings,
    source_roots,
)
from cosplay_action.specs.target import Target
from cosplay_action.specs.testscope import ImportStyle
from cosplay_action.specs.walking import files_below

_MOST_TESTS = 1000  # test files read for how they import
_LARGEST_TEST = 500_000  # bytes


class ImportPlace(NamedTuple):
    """A module's dotted name, and the import roots (relative to the repository, "." for itself), its own first."""

    module: str
    roots: tuple[str, ...]


def import_place(root: Path, path: str, config: Sequence[str] = (), *, quick: bool = False) -> ImportPlace:
    """How ``path`` (POSIX, relative to ``root``) is imported.

    ``config`` are source roots relative to the repository; without them ``[tool.cosplay] source-roots`` of the nearest
    project counts. Then come: the name that the repository's tests use, pytest's ``pythonpath``, ``src/``, the chain
    of ``__init__.py``, and last the project's folder (flat modules, namespace packages). ``quick``: no test is looked
    at. Raises UsageError for a file whose path no import statement can say.
    """
    project = project_folder(root, path)
    settings = pytest_settings(root, path)
    given = inside(".", tuple(config)) or source_roots(root, project)
    options = _options(root, path, project, settings, given)
    if not options:
        cure = "Rename it, or set [tool.cosplay] source-roots in pyproject.toml to the folder it is imported from."
        raise UsageError(f"{path} cannot be imported: its path is no dotted name.", cure)
    names = {_dotted(path, home): home for home in reversed(options)}
    used = Counter() if given or quick else _used_names(root, project)
    votes = {name: _votes(used, name) for name in names}
    best = max(names, key=lambda name: (votes[name], -options.index(names[name])))
    folder = f"{project}/src".removeprefix("./")
    src = [] if is_package(root, folder) else [folder]
    extra = [*src, *(settings.pythonpath if settings else ()), project]
    return ImportPlace(best, tuple(dict.fromkeys([names[best], *(r for r in extra if (root / r).is_dir())])))


def _options(root: Path, path: str, project: str, settings: PytestSettings | None, given: Sequence[str]) -> list[str]:
    """The folders that may be the file's import root, most likely first."""
    configured = sorted((r for r in given if below(path, r)), key=len, reverse=True)
    if configured and _dotted(path, configured[0]):
        return configured[:1]
    pythonpath = sorted(settings.pythonpath if settings else (), key=len, reverse=True)
    src = next((f for f in above(path) if f.rpartition("/")[2] == "src" and not is_package(root, f)), "")
    parent = PurePosixPath(path).parent.as_posix()
    likely = [*pythonpath, src, _above_package(root, path), project, ".", parent]
    if is_package(root, parent):
        likely = [r for r in likely if not is_package(root, r)] or likely
    usable = [r for r in likely if r and below(path, r) and _dotted(path, r)]
    return list(dict.fromkeys(usable))


def _above_package(root: Path, path: str) -> str:
    """The folder above the chain of ``__init__.py`` files; empty for a file outside of every package."""
    folders = list(above(path))
    if not is_package(root, folders[0]):
        return ""
    return next((f for f in folders if not is_package(root, f)), ".")


def _dotted(path: str, home: str) -> str:
    """The import name of ``path`` from ``home``, empty when a part of it is no identifier."""
    parts = list(PurePosixPath(path).relative_to(home).with_suffix("").parts)
    parts = parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _used_names(root: Path, project: str) -> Counter[str]:
    """Every module that the project's test files import (``a.b`` for ``from a import b`` too), and how often."""
    return Counter(name for tree in _test_trees(root, project) for name in _imported(tree))


def _test_trees(root: Path, project: str) -> Iterator[ast.Module]:
    tests = (p for p in files_below(root, project) if fnmatch(p, "*test_*.py") or p.endswith("_test.py"))
    for path in islice(tests, _MOST_TESTS):
        file = root / path
        try:
            if file.is_file() and file.stat().st_size < _LARGEST_TEST:
                yield ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # somebody else's broken test says nothing about imports


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for found in imports_of(node) if isinstance(node, ast.stmt) else ():
            yield found.module
            if found.name:
                yield f"{found.module}.{found.name}"


def _votes(used: Counter[str], name: str) -> tuple[int, int]:
    """How often tests import the module itself, then its package (a top-level module has none)."""
    package = name.rpartition(".")[0]
    near = sum(n for other, n in used.items() if package and f"{other}.".startswith(f"{package}."))
    return used[name], near


def import_style(root: Path, target: Target) -> ImportStyle:
    """How the repository's tests import the target's module; ``from module import name`` when none does."""
    counts: Counter[str] = Counter()
    package, _, last = target.module.rpartition(".")
    for tree in _test_trees(root, project_folder(root, target.path)):
        for found in (i for n in ast.walk(tree) if isinstance(n, ast.stmt) for i in imports_of(n)):
            if found.module == target.module:
                counts["names" if found.name else "module"] += 1
            elif package and (found.module, found.name) == (package, last):
                counts["submodule"] += 1
    ranked = sorted(counts, key=lambda kind: (-counts[kind], ("names", "submodule", "module").index(kind)))
    if ranked and ranked[0] == "module":
        return ImportStyle(kind="module", module=target.module)
    return ImportStyle(kind="submodule" if ranked and ranked[0] == "submodule" else "names", module=target.module)
