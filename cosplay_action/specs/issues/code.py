"""Pieces of Python in a spec: parsed, never run, and refused where they are nested without measure."""

from __future__ import annotations

import ast

from cosplay_action.specs.salvage import parsed

DEEPEST = 60  # syntax nodes within each other; recursive readers of trees can rely on it


def tree_of(text: str) -> ast.Module | None:
    """The tree of a text, None when it is no Python or too deep. Shared: nobody changes it."""
    try:
        tree = parsed(text)
    except (RecursionError, MemoryError):
        return None
    return tree if tree is not None and _is_shallow(tree) else None


def _is_shallow(tree: ast.AST) -> bool:
    level, depth = [tree], 0
    while level and depth <= DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return not level


def expression(text: str) -> ast.expr | None:
    """The one expression that a text is, None when it is none."""
    tree = tree_of(text.strip())
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    return statement.value if isinstance(statement, ast.Expr) else None


def source(node: ast.AST) -> str:
    """The node as Python; empty for one that Python itself cannot write (a number of thousands of digits)."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return ""


def names(node: ast.AST) -> frozenset[str]:
    """Every name and attribute below a node."""
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute):
            found.add(inner.attr)
    return frozenset(found)
