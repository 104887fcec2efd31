"""What tests may import of a repository: what the target's file defines, and what that imports of it."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import PurePosixPath

from cosplay_action.specs.names import Binding, Import, bindings, imports_of
from cosplay_action.specs.nodes import below
from cosplay_action.specs.shipped_deeds import computes
from cosplay_action.specs.shipped_reach import defined_attributes, is_deep


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The target's file as its tests see it."""

    names: frozenset[str]  # the names of modules that may be it
    given: frozenset[str]  # what it defines, or imports by name from something else than the standard library
    imports: frozenset[Import]  # its own absolute imports from there
    defined: frozenset[str]  # what it defines, and its classes do
    modules: frozenset[str]  # the names of whole modules, and of what the standard library gives, in it or elsewhere
    computes: bool

    def gives(self, one: Import) -> bool:
        """Whether a test may have an import."""
        if is_deep(one.name) and one.name not in self.defined:
            return False
        if one in self.imports or f"{one.module}{one.name and '.' + one.name}" in self.names:
            return True
        return one.module in self.names and one.name in self.given


def home_of(tree: ast.Module, path: str) -> Home:
    parts = [*PurePosixPath(path).parent.parts, PurePosixPath(path).stem]
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    imports = [one for node in tree.body for one in imports_of(node)]
    bound = bindings(tree)
    defined = {name for name, ways in bound.items() if all(way.origin in {"def", "class", "value"} for way in ways)}
    given = {name for name, ways in bound.items() if all(map(_is_given, ways))}
    return Home(
        names=frozenset(".".join(parts[at:]) for at in range(len(parts)) if parts[at] not in sys.stdlib_module_names),
        given=frozenset(given), imports=frozenset(one for one in imports if not _is_library(one.module)),
        defined=frozenset(defined | set(defined_attributes(below(tree)))),
        modules=frozenset(bound.keys() - given) | sys.stdlib_module_names,
        computes=any(computes(one.module) for one in imports),
    )  # fmt: skip


def _is_given(way: Binding) -> bool:
    if way.origin in {"def", "class", "value"}:
        return True
    return way.origin.startswith("from ") and not _is_library(way.origin.split()[1])


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
