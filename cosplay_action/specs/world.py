"""The repository around a target: which of its modules a name comes from, and what stands there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cosplay_action.errors import SpecError
from cosplay_action.specs.names import Import, imports_of
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.source import SourceFile, read_source
from cosplay_action.specs.target import Target

Definition = Function | ast.ClassDef | ast.Assign | ast.AnnAssign


def module_imports(tree: ast.Module) -> dict[str, Import]:
    """The names that a module imports at its top level, also below if and try."""
    found: dict[str, Import] = {}
    for statement in _top_statements(tree.body):
        found.update((one.bound, one) for one in imports_of(statement))
    return found


def locate(target: Target, module: str) -> SourceFile | None:
    """The repository's file of a module (``pkg.mod``, or ``.mod`` as the target's own file would say it), or None."""
    name = _absolute(target, module)
    parts = name.split(".") if name else []
    for root in target.roots if parts and all(part.isidentifier() for part in parts) else ():
        stem = (Path(root) / Path(*parts)).as_posix()
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            found = _read(target.root, path)
            if found is not None:
                return found
    return None


def definition(source: SourceFile, name: str) -> Definition | None:
    """What a file defines under a name at its top level."""
    found: Definition | None = None
    for statement in _top_statements(source.tree.body):
        if isinstance(statement, Definition) and name in _defined(statement):
            found = statement
    return found


def imported_definition(target: Target, one: Import, hops: int = 3) -> tuple[SourceFile, Definition] | None:
    """Where the repository itself defines an imported name; re-exports are followed for a few steps."""
    source = locate(target, one.module) if one.name else None
    if source is None:
        return None
    found = definition(source, one.name)
    if found is not None:
        return source, found
    again = module_imports(source.tree).get(one.name)
    if again is None or not hops or not again.name:
        return None
    module = _from_file(source.path, again.module, one.module)
    return imported_definition(target, Import(module, again.name), hops - 1)


def submodule(target: Target, one: Import) -> SourceFile | None:
    """The repository's file that an import binds as a module (``import pkg.mod as m``, ``from pkg import mod``)."""
    if one.name:
        joint = "" if one.module.endswith(".") else "."
        return locate(target, f"{one.module}{joint}{one.name}")
    return locate(target, one.module) if one.alias or "." not in one.module else None


def _from_file(path: str, module: str, importer: str) -> str:
    """An import written in another file, as the target's file would say it."""
    if not module.startswith("."):
        return module
    level = len(module) - len(module.lstrip("."))
    up = level - 1 if path.endswith("__init__.py") else level
    dots = importer[: len(importer) - len(importer.lstrip("."))]
    base = importer.lstrip(".").split(".")
    return dots + ".".join([*base[: max(len(base) - up, 0)], module.lstrip(".")]).strip(".")


def _absolute(target: Target, module: str) -> str:
    level = len(module) - len(module.lstrip("."))
    if not level:
        return module
    package = target.module.split(".")
    package = package[: len(package) - level + target.path.endswith("__init__.py")]
    return ".".join([*package, *(part for part in [module.lstrip(".")] if part)])


@lru_cache(maxsize=256)
def _read(root: Path, path: str) -> SourceFile | None:
    try:
        return read_source(root, path) if (root / path).is_file() else None
    except SpecError:
        return None  # a neighbour that does not parse is no help to the model


def _top_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            for child in ast.iter_child_nodes(statement):
                inner = child.body if isinstance(child, ast.ExceptHandler) else [child]
                yield from _top_statements([n for n in inner if isinstance(n, ast.stmt)])


def _defined(statement: Definition) -> set[str]:
    if isinstance(statement, Function | ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
