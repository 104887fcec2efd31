"""Which names a piece of Python binds and which it takes from its module."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cosplay_action.specs.nodes import Function, last_name
from cosplay_action.specs.source import parse_module

_SAME = {"typing_extensions": "typing", "collections.abc": "typing"}  # one thing under several names


@dataclass(frozen=True, slots=True)
class Binding:
    """How a module binds a name: ``origin`` is "def", "class", "value", or the import that brings it.

    ``typing_only``: below ``if TYPE_CHECKING``, so absent when the code runs.
    """

    origin: str
    typing_only: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One imported name. ``name`` is empty for ``import module``; ``module`` starts with its dots when relative."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def origin(self) -> str:
        module = _SAME.get(self.module, self.module)
        if self.name:
            return f"from {module} import {self.name}"
        return f"import {self.module}" if self.alias else f"import {self.bound}"


def imports_of(statement: ast.stmt) -> tuple[Import, ...]:
    """The names that an import statement brings (none for any other statement, and none for a star)."""
    if isinstance(statement, ast.Import):
        return tuple(Import(a.name, "", a.asname or "") for a in statement.names)
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return tuple(Import(module, a.name, a.asname or "") for a in statement.names if a.name != "*")
    return ()


def bindings(tree: ast.Module) -> dict[str, tuple[Binding, ...]]:
    """All names bound at module level (also below if, try, with, for), with every way each one is bound."""
    found: dict[str, list[Binding]] = {}
    for name, binding in _bound(tree.body, typing_only=False):
        found.setdefault(name, []).append(binding)
    for node in ast.walk(tree):
        for name in node.names if isinstance(node, ast.Global) else ():
            found.setdefault(name, []).append(Binding("value"))
    return {name: tuple(ways) for name, ways in found.items()}


@lru_cache(maxsize=64)
def module_bindings(text: str) -> dict[str, tuple[Binding, ...]]:
    """``bindings`` of a text that parses. Shared: nobody changes it."""
    return bindings(parse_module(text))


@lru_cache(maxsize=256)
def references(text: str) -> frozenset[str]:
    """The names that a piece of Python, as a module, reads from its own top level or from the builtins.

    Raises what ``symtable.symtable`` raises: SyntaxError, ValueError, RecursionError, MemoryError.
    """
    return frozenset(_read(symtable.symtable(text, "<text>", "exec")))


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (symbol.is_referenced() and (top or symbol.is_global())) or symbol.is_declared_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)


def _bound(body: list[ast.stmt], *, typing_only: bool) -> Iterator[tuple[str, Binding]]:
    for statement in body:
        if isinstance(statement, Function):
            yield statement.name, Binding("def", typing_only)
        elif isinstance(statement, ast.ClassDef):
            yield statement.name, Binding("class", typing_only)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((i.bound, Binding(i.origin, typing_only)) for i in imports_of(statement))
        else:
            yield from _in_block(statement, typing_only=typing_only)


def _in_block(statement: ast.stmt, *, typing_only: bool) -> Iterator[tuple[str, Binding]]:
    checking = isinstance(statement, ast.If) and last_name(statement.test) == "TYPE_CHECKING"
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            below = checking and isinstance(statement, ast.If) and child in statement.body
            yield from _bound([child], typing_only=typing_only or below)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _bound(child.body, typing_only=typing_only)
        else:
            stored = (n.id for n in ast.walk(child) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            yield from ((name, Binding("value", typing_only)) for name in stored)
