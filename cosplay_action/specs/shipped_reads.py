"""Which names of a text may mean what its module or the builtins hold, rather than something of a function's own.

In doubt a name is read from outside: what hides a use of ``open`` behind a parameter's name is not to be missed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cosplay_action.specs.names import imports_of
from cosplay_action.specs.nodes import Function, below

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Names = frozenset[str]


def outer_reads(tree: ast.Module) -> Iterator[ast.Name]:
    """Names that are read and are neither parameters nor local to a function, nor set by a statement further above."""
    kept = _deleted(tree)  # a name that is deleted anywhere, or imported, may mean another thing again
    kept |= {one.bound for node in below(tree) if isinstance(node, ast.stmt) for one in imports_of(node)}
    known: set[str] = set()
    for statement in tree.body:
        yield from _reads([statement], frozenset(known))
        known |= _set_by(statement) - kept


def _deleted(tree: ast.Module) -> set[str]:
    return {node.id for node in below(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}


def _set_by(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module sets whatever happens."""
    if isinstance(statement, Function | ast.ClassDef):
        return {statement.name}
    if not isinstance(statement, ast.Assign):
        return set()
    return {node.id for target in statement.targets for node in _stored(target)}


def _stored(target: ast.expr) -> Iterator[ast.Name]:
    """The names that a target sets in its own scope: an item's index may hold functions with names of their own."""
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
        for one in [target.value] if isinstance(target, ast.Starred) else target.elts:
            yield from _stored(one)


def _reads(nodes: Iterable[ast.AST], own: _Names) -> Iterator[ast.Name]:
    """The reads below some nodes of one scope, in which the names ``own`` are nobody else's."""
    for node in nodes:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in own:
                yield node
        elif isinstance(node, Function | ast.Lambda):
            yield from _reads(_around(node), own)
            yield from _reads(_inside(node), _locals(node, own))
        elif isinstance(node, _Comprehension):
            yield from _comprehended(node, own)
        elif isinstance(node, ast.ClassDef):
            yield from _reads(ast.iter_child_nodes(node), own - _class_names(node))
        else:
            yield from _reads(ast.iter_child_nodes(node), own)


def _class_names(node: ast.ClassDef) -> set[str]:
    """Names that a class sets are looked up in it and in its module, never in a function around it."""
    found: set[str] = set()
    for each in _scope(node.body):
        if isinstance(each, ast.Global):
            found.update(each.names)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            found.update(one.bound for one in imports_of(each))
        elif name := _bound(each):
            found.add(name)
    return found


def _around(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.AST]:
    """What of a function is read where it is defined: defaults, decorators, annotations."""
    inside = {id(one) for one in _inside(node)}
    return [one for one in ast.iter_child_nodes(node) if id(one) not in inside]


def _inside(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.AST]:
    return [node.body] if isinstance(node, ast.Lambda) else [*node.body]


def _locals(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: _Names) -> _Names:
    """The names that are a function's own or that of one around it."""
    given = node.args
    bound = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if one}
    shared: set[str] = set()
    for each in _scope(_inside(node)):
        if isinstance(each, ast.Global):
            shared.update(each.names)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            shared.update(one.bound for one in imports_of(each))  # it means what was imported
        elif name := _bound(each):
            bound.add(name)
    return (outer | bound) - shared


def _bound(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else ""
    if isinstance(node, ast.MatchMapping):
        return node.rest or ""
    plain = isinstance(node, (Function, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar))
    return (node.name or "") if plain else ""  # type: ignore[attr-defined]  # all of these have one


def _scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of one function alone; of a comprehension what it sets for its function (``:=``)."""
    for node in nodes:
        yield node
        if isinstance(node, _Comprehension):
            yield from _walruses(node)
        elif not isinstance(node, (Function, ast.Lambda, ast.ClassDef)):
            yield from _scope(ast.iter_child_nodes(node))


def _walruses(node: ast.AST) -> Iterator[ast.Name]:
    """What a comprehension sets for the function around it; a function in it keeps its own."""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.NamedExpr):
            yield one.target
        if not isinstance(one, (Function, ast.Lambda)):
            yield from _walruses(one)


def _comprehended(node: _Comprehension, own: _Names) -> Iterator[ast.Name]:
    """A comprehension's first iterable is read outside of it."""
    first = node.generators[0].iter
    yield from _reads([first], own)
    inside = own | {name.id for one in node.generators for name in _stored(one.target)}
    rest = [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.comprehension)]
    for one in node.generators:
        rest += [one.target, *([] if one.iter is first else [one.iter]), *one.ifs]
    yield from _reads(rest, inside)
