"""Questions about syntax trees that several parts of reading a stub ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

from cosplay_action.specs.source import parse_anew

Function = ast.FunctionDef | ast.AsyncFunctionDef

_below: WeakKeyDictionary[ast.Module, tuple[ast.AST, ...]] = WeakKeyDictionary()  # goes with the trees
_NO_DEFINITION = frozenset({"setter", "deleter", "getter", "overload"})


def is_stub(node: ast.stmt) -> bool:
    """True when the body is a docstring and/or ``...``, ``pass``, ``raise NotImplementedError``."""
    return isinstance(node, Function) and all(_is_empty(statement) for statement in node.body)


def definitions(tree: ast.Module) -> dict[str, list[Function]]:
    """Every function and method by qualified name, with all its definitions.

    Property accessors and the signatures under ``@overload`` are left out: they define nothing of their own.
    """
    found: dict[str, list[Function]] = {}
    for qualname, node in walk(tree.body, ""):
        found.setdefault(qualname, []).append(node)
    return found


def walk(body: list[ast.stmt], prefix: str, *, deep: bool = True) -> Iterator[tuple[str, Function]]:
    """Each function below ``body`` with its qualified name; not ``deep``: only those outside of if, try, with."""
    for node in body:
        if isinstance(node, Function):
            if not _NO_DEFINITION.intersection(decorator_names(node)):
                yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from walk(node.body, f"{prefix}{node.name}.", deep=deep)
        elif deep:
            yield from walk([n for n in _inner(node) if isinstance(n, ast.stmt)], prefix)


def overloads_above(body: Sequence[ast.stmt], node: Function | ast.ClassDef) -> Function | ast.ClassDef:
    """The first of the ``@overload`` signatures that stand directly above a definition of ``body``, else itself."""
    first = node
    for statement in reversed(body[: body.index(node)]):
        if not isinstance(statement, Function) or "overload" not in decorator_names(statement):
            break
        first = statement
    return first


def decorator_names(node: Function | ast.ClassDef) -> tuple[str, ...]:
    """The last name of each decorator: ``functools.lru_cache(maxsize=1)`` is ``lru_cache``."""
    return tuple(last_name(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)


def last_name(node: ast.expr) -> str:
    """``Iterator`` for ``Iterator``, ``typing.Iterator`` and ``Iterator[int]``; empty for anything else."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def annotation_of(node: ast.expr | None) -> ast.expr | None:
    """The annotation itself: one written as a string is parsed (None when that fails)."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return node
    try:
        body = parse_anew(f"({node.value.strip()})").body
    except (SyntaxError, ValueError):
        return None
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None


def _is_empty(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return statement.value.value is ... or isinstance(statement.value.value, str)
    return isinstance(statement, ast.Pass)


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield from _inner(child) if isinstance(child, ast.ExceptHandler | ast.match_case) else (child,)


def dumped(node: object) -> str:
    """A syntax tree as text, the same under every Python: digests that land in repositories are made of it.

    ``ast.dump`` writes empty lists in some versions and leaves them out in others.
    """
    if isinstance(node, list):
        return f"[{', '.join(map(dumped, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, getattr(node, name, None)) for name in node._fields)
    shown = [
        f"{name}={dumped(value)}"
        for name, value in fields
        if not (value is None and getattr(type(node), name, ...) is None) and (name != "type_params" or value)
    ]
    return f"{type(node).__name__}({', '.join(shown)})"


def below(tree: ast.Module) -> tuple[ast.AST, ...]:
    """The nodes that ``ast.walk`` gives, in its order, without the module itself and whether names are read or set.

    Gathered once for each tree: who reads a tree this way changes it no more.
    """
    known = _below.get(tree)
    if known is None:
        found: list[ast.AST] = [tree]
        for node in found:  # which grows
            for name in node._fields:
                value = getattr(node, name, None)
                children = value if isinstance(value, list) else (value,)
                found += [one for one in children if isinstance(one, ast.AST) and not isinstance(one, ast.expr_context)]
        known = _below[tree] = tuple(found[1:])
    return known
