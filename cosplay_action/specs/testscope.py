"""Where the names of a test come from: the target's module the way the repository imports it, or what that imports."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cosplay_action.specs.names import Import, imports_of, module_bindings
from cosplay_action.specs.pretty import WIDTH
from cosplay_action.specs.target import Target

_KNOWN = {
    **{name: Import(name) for name in ("asyncio", "datetime", "math", "numpy", "pytest")},
    "dt": Import("datetime", "", "dt"),
    "Decimal": Import("decimal", "Decimal"),
    "Fraction": Import("fractions", "Fraction"),
    "UUID": Import("uuid", "UUID"),
    "deque": Import("collections", "deque"),
    **{name: Import("pathlib", name) for name in ("Path", "PurePath", "PurePosixPath", "PureWindowsPath")},
    "PosixPath": Import("pathlib", "PosixPath"),
}


class Unrenderable(Exception):
    """This test cannot be written as a pytest test; the message is the reason. Never leaves ``render_tests``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStyle:
    """How tests import the target's module: ``from a.b import f``, ``import a.b`` or ``from a import b``."""

    kind: Literal["names", "module", "submodule"] = "names"
    module: str

    @property
    def prefix(self) -> str:
        if self.kind == "names":
            return ""
        return f"{self.module}." if self.kind == "module" else f"{self.module.rpartition('.')[2]}."


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that tests of one target can use."""

    target: Target
    style: ImportStyle

    def owns(self, name: str) -> bool:
        """True for a name that a test has to take from the target's module."""
        return name in module_bindings(self.target.source.text) and not self._imported(name)

    def imported(self, names: Iterable[str]) -> frozenset[Import]:
        """The imports that bring these names. Raises Unrenderable for a name that nothing brings."""
        return frozenset(found for name in names for found in self._sources(name))

    def own_datetime(self) -> bool:
        """True when ``datetime`` means something else than the module of that name here."""
        return self.owns("datetime") or self._imported("datetime") not in {None, Import("datetime")}

    def rewritten(self, node: ast.AST, local: frozenset[str]) -> None:
        """Prefix every name of the target's module below the node as the import style asks, in place."""
        if self.style.prefix:
            _Prefixed(self, local).visit(node)
            ast.fix_missing_locations(node)

    def _sources(self, name: str) -> tuple[Import, ...]:
        head = self.style.prefix.partition(".")[0]
        if head and name == head:
            return (self._style_import(),)
        if found := self._imported(name):
            return (found,)
        if self.owns(name):
            return (Import(self.style.module, name),)
        if hasattr(builtins, name):
            return ()
        if name in _KNOWN:
            return (_KNOWN[name],)
        raise Unrenderable(f"the name {name} is not defined in {self.target.path}")

    def _style_import(self) -> Import:
        package, _, last = self.style.module.rpartition(".")
        return Import(self.style.module) if self.style.kind == "module" or not package else Import(package, last)

    def _imported(self, name: str) -> Import | None:
        """The absolute import by which the target's module has the name."""
        for statement in self.target.source.tree.body:
            for found in imports_of(statement):
                if found.bound == name and not found.module.startswith((".", "__future__")):
                    return found
        return None


class _Prefixed(ast.NodeTransformer):
    def __init__(self, scope: Scope, local: frozenset[str]) -> None:
        self.scope, self.local = scope, local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Store) or node.id in self.local or not self.scope.owns(node.id):
            return node
        return ast.parse(self.scope.style.prefix + node.id, mode="eval").body


def import_block(imports: Iterable[Import]) -> str:
    """Import statements as isort groups them: standard library, pytest and other packages, the repository's own."""
    groups: dict[int, list[str]] = {}
    wanted = sorted(set(imports))
    for found in (i for i in wanted if not i.name):
        alias = f" as {found.alias}" if found.alias else ""
        groups.setdefault(_group(found.module), []).append(f"import {found.module}{alias}")
    for module in sorted({i.module for i in wanted if i.name}):
        names = [f"{i.name} as {i.alias}" if i.alias else i.name for i in wanted if i.module == module and i.name]
        groups.setdefault(_group(module), []).append(_from(module, names))
    return "\n\n".join("\n".join(groups[number]) for number in sorted(groups))


def _group(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 1 if top in {"pytest", "numpy"} else 2


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
