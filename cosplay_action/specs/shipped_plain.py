"""Forms in which a name that could reach far does not: ``getattr(x, "name", None)``, ``__hash__ = None`` in a class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cosplay_action.specs.nodes import below
from cosplay_action.specs.shipped_makers import WORDS
from cosplay_action.specs.shipped_reach import (
    CALLS_OF_OTHERS,
    INNER,
    Surroundings,
    by_name,
    is_deep,
    is_private,
    root_name,
)


def plain_parts(
    tree: ast.Module, outer: set[int], around: Surroundings, barred: re.Pattern[str] | None
) -> frozenset[int]:
    """Names and attributes, by identity, that are no news.

    ``outer``: names read from outside, by identity. ``barred``: more names that reach further.
    """
    found: set[int] = set()
    for node in below(tree):
        if isinstance(node, ast.Call):
            found.update(map(id, _called(node, outer, around, barred)))
        elif isinstance(node, ast.ClassDef):
            found.update(id(target) for one in node.body for target in _said(one))
        elif isinstance(node, ast.Attribute) and _looks_at_itself(node) and "self" not in around.imported:
            found.add(id(node))
    return frozenset(found)


def _looks_at_itself(node: ast.Attribute) -> bool:
    own = isinstance(node.value, ast.Name) and node.value.id == "self"
    return own and node.attr == "__dict__" and isinstance(node.ctx, ast.Load)


def _called(
    node: ast.Call, outer: set[int], around: Surroundings, barred: re.Pattern[str] | None
) -> Iterator[ast.expr]:
    if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
        return
    if isinstance(node.func, ast.Name) and node.func.id == "getattr" and id(node.func) in outer:
        known = len(node.args) in {2, 3} and _is_plain(node.args[1])
        if known and root_name(node.args[0]) not in around.imported and not _is_barred(node.args[1], barred):
            yield node.func
    elif _sets_own(node) and isinstance(node.func, ast.Attribute) and id(node.func.value) in outer:
        yield node.func


def _is_barred(node: ast.expr, barred: re.Pattern[str] | None) -> bool:
    name = node.value if isinstance(node, ast.Constant) else ""
    return barred is not None and isinstance(name, str) and barred.fullmatch(name) is not None


def _sets_own(node: ast.Call) -> bool:
    """``object.__setattr__(self, "name", value)``: what a frozen dataclass does to itself."""
    func = node.func
    if len(node.args) != 3 or not isinstance(func, ast.Attribute) or func.attr != "__setattr__":
        return False
    if not isinstance(func.value, ast.Name) or func.value.id != "object":
        return False
    own, name = node.args[0], node.args[1]
    text = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "__"
    return isinstance(own, ast.Name) and own.id == "self" and not text.startswith("__")


def _said(node: ast.stmt) -> Iterator[ast.expr]:
    """``__hash__ = None`` and ``__match_args__ = ("a", "b")``."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return
    name, value = node.targets[0].id, node.value
    nothing = isinstance(value, ast.Constant) and value.value is None
    words = isinstance(value, ast.Tuple) and all(map(_is_plain, value.elts))
    if (name == "__hash__" and nothing) or (name == "__match_args__" and words):
        yield node.targets[0]


def _is_plain(node: ast.expr) -> bool:
    """A string that names an attribute which nobody keeps to himself and that reaches nothing."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    name = node.value
    reaches = by_name(name) or is_deep(name) or is_private(name) or name.startswith("__")
    return not reaches and name not in CALLS_OF_OTHERS | INNER | WORDS | {"format", "format_map", "register"}
