"""The kinds of change that make a mutant: for one node, what could stand in its place.

The usual ones (comparisons, conditions, arithmetic, constants, statements, bounds), less those that fail at once
whatever the tests are: they would make every test look strong.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from cosplay_action.specs.nodes import Function

_LARGE = 10**18  # constants beyond it are left alone: their text could hit the interpreter's limit of digits

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip
_RANKS = ((ast.BitOr,), (ast.BitXor,), (ast.BitAnd,), (ast.LShift, ast.RShift), (ast.Add, ast.Sub),
          (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod), (ast.Pow,))  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TEXTS = frozenset(
    {"str", "repr", "chr", "list", "sorted", "tuple", "join", "format", "lower", "upper", "strip", "replace"}
)

Births = Mapping[str, tuple[int, int]]  # where (line, column) a name is first bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``text`` in the place of the node ``old``; ``what`` kind of change it is, in words of our own."""

    old: ast.expr | ast.stmt
    text: str
    what: str


def changes(node: ast.AST, births: Births) -> Iterator[Change]:
    """Every change of this very node (those of its children are theirs); ``births`` as ``first_bound`` gives them."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        yield from _assignment(node, births)
    for kind, make in _MAKERS:
        if isinstance(node, kind):
            yield from make(node)


def first_bound(tree: ast.Module) -> Births:
    """Where each name of a source is first bound, whichever function binds it."""
    found: dict[str, tuple[int, int]] = {}
    grown = {node.target for node in ast.walk(tree) if isinstance(node, ast.AugAssign)}  # they bind nothing new
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
            name, place = node.arg if isinstance(node, ast.arg) else node.id, (node.lineno, node.col_offset)
            if node not in grown:
                found[name] = min(found.get(name, place), place)
    return found


def _with(old: ast.expr | ast.stmt, what: str, **fields: object) -> Change:
    """The node with other fields."""
    new = copy.copy(old)
    for name, value in fields.items():
        setattr(new, name, value)
    return Change(old=old, text=ast.unparse(new), what=what)


def _compare(node: ast.Compare) -> Iterator[Change]:
    for at, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            yield _with(node, "comparison", ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])


def _condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[Change]:
    yield from _negated(node.test)


def _filter(node: ast.comprehension) -> Iterator[Change]:
    for test in node.ifs:
        yield from _negated(test)


def _negated(test: ast.expr) -> Iterator[Change]:
    """The condition's opposite, where no other change gives it."""
    single = isinstance(test, ast.Compare) and len(test.ops) == 1
    if not single and not isinstance(test, ast.UnaryOp | ast.Constant | ast.NamedExpr):
        yield Change(old=test, text=ast.unparse(ast.UnaryOp(ast.Not(), test)), what="negated condition")


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    if _textual(node.left) or _textual(node.right):
        if isinstance(node.op, ast.Add):  # a text less a text is an error whatever the tests are: the order is not
            yield _with(node, "order of a concatenation", left=node.right, right=node.left)
        return
    other = _ARITHMETIC.get(type(node.op))
    if other:
        change = _with(node, "arithmetic", op=other())
        same = _rank(type(node.op)) == _rank(other)
        yield change if same else Change(old=node, text=f"({change.text})", what=change.what)


def _rank(op: type[ast.operator]) -> int:
    return next(rank for rank, ops in enumerate(_RANKS) if op in ops)


def _textual(node: ast.expr) -> bool:
    """Whether an operand is evidently a text or a list, which know no other arithmetic."""
    match node:
        case ast.BinOp(op=ast.Add()):
            return _textual(node.left) or _textual(node.right)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _TEXTS
        case ast.Constant():
            return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr | ast.List | ast.ListComp | ast.Tuple)


def _constant(node: ast.Constant) -> Iterator[Change]:
    for other in _others(node.value):
        yield Change(old=node, text=repr(other), what="constant")


def _others(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1) if abs(value) < _LARGE else ()
    if isinstance(value, float):
        return (value + 1.0,) if value + 1.0 != value and value - value == 0 else ()
    if isinstance(value, str | bytes):
        return (value[:0] if value else ("x" if isinstance(value, str) else b"x"),)
    return ()


def _junction(node: ast.BoolOp) -> Iterator[Change]:
    other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield _with(node, "and/or", op=other)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    inner = ast.unparse(node.operand)
    plain = isinstance(node.operand, ast.Name | ast.Call | ast.Attribute | ast.Subscript)
    if isinstance(node.op, ast.Not):
        bare = plain or isinstance(node.operand, ast.Compare)
        yield Change(old=node, text=inner if bare else f"({inner})", what="not left out")
    elif isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield Change(old=node, text=inner if plain else f"({inner})", what="sign left out")


def _assignment(node: ast.Assign | ast.AnnAssign, births: Births) -> Iterator[Change]:
    """The statement left out where its names are bound before it, else None in the place of its value."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [n for one in targets for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    if node.value and all(births[name.id] < (name.lineno, name.col_offset) for name in names):
        yield Change(old=node, text="pass", what="statement left out")
    elif node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield Change(old=node.value, text="None", what="assigned value")


def _statement(node: ast.AugAssign | ast.Raise | ast.Delete) -> Iterator[Change]:
    yield Change(old=node, text="pass", what="statement left out")


def _expression(node: ast.Expr) -> Iterator[Change]:
    if not isinstance(node.value, ast.Constant):
        yield Change(old=node, text="pass", what="statement left out")


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is None:
        yield Change(old=node, text="pass", what="statement left out")
    elif not isinstance(node.value, ast.Constant) or node.value.value is not None:
        yield Change(old=node, text="return None", what="returned value")


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    other = _ARITHMETIC.get(type(node.op))
    if other and not _textual(node.value):
        yield _with(node, "operator of an assignment", op=other())


def _jump(node: ast.Break | ast.Continue) -> Iterator[Change]:
    yield Change(old=node, text="continue" if isinstance(node, ast.Break) else "break", what="break/continue")


def _slice(node: ast.Slice) -> Iterator[Change]:
    for bound in (node.lower, node.upper):
        if bound is not None and not _number(bound):
            yield _shifted(bound, "+", "slice bound")


def _call(node: ast.Call) -> Iterator[Change]:
    if not isinstance(node.func, ast.Name):
        return
    if node.func.id in _CALLS:
        yield Change(old=node.func, text=_CALLS[node.func.id], what="called function")
    if node.func.id == "range":
        for at, bound in enumerate(node.args[:2]):
            if not _number(bound) and not isinstance(bound, ast.Starred):
                yield _shifted(bound, "+", "range bound")
                if at == len(node.args[:2]) - 1:
                    yield _shifted(bound, "-", "range bound")


def _number(node: ast.expr) -> bool:
    """A number as it stands, which is shifted as a constant."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant)


def _shifted(bound: ast.expr, sign: str, what: str) -> Change:
    op: ast.operator = ast.Add() if sign == "+" else ast.Sub()
    return Change(old=bound, text=ast.unparse(ast.BinOp(bound, op, ast.Constant(1))), what=what)


def below(node: ast.AST) -> list[ast.AST]:
    """The children of a node that may be changed: no headers, docstrings, annotations, imports, messages of errors."""
    if isinstance(node, ast.Module | ast.ClassDef | Function):
        documented = ast.get_docstring(node, clean=False) is not None
        return [*node.body[1:]] if documented else [*node.body]
    match node:
        case ast.AnnAssign(value=ast.expr() as inner) | ast.Lambda(body=inner) | ast.Assert(test=inner):
            return [inner]
        case ast.Call(func=ast.Name(id="cast" | "TypeVar" | "NewType")):  # its first text is an annotation
            return [*node.args[1:]]
        case ast.AnnAssign() | ast.Expr(value=ast.Constant()) | ast.Raise():
            return []
        case ast.JoinedStr():  # before Python 3.12 what is inside has no reliable place
            return []
    return [*ast.iter_child_nodes(node)]


_Maker = Callable[[ast.AST], Iterator[Change]]
_MAKERS = cast(
    "tuple[tuple[type | tuple[type, ...], _Maker], ...]",
    (
        (ast.Compare, _compare), ((ast.If, ast.While, ast.IfExp), _condition), (ast.comprehension, _filter),
        (ast.BinOp, _arithmetic), (ast.Constant, _constant), (ast.BoolOp, _junction), (ast.UnaryOp, _unary),
        ((ast.AugAssign, ast.Raise, ast.Delete), _statement), (ast.Expr, _expression), (ast.Return, _return),
        (ast.AugAssign, _augmented), ((ast.Break, ast.Continue), _jump), (ast.Slice, _slice), (ast.Call, _call),
    ),
)  # fmt: skip
