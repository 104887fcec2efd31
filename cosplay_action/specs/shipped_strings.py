"""What strings of new code reach, and what their formatting and the annotations do."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

from cosplay_action.specs.nodes import Function, below
from cosplay_action.specs.shipped_reach import (
    BY_NAME,
    CALLS_OF_OTHERS,
    INNER,
    Surroundings,
    by_name,
    is_deep,
    is_innards,
    is_private,
)

_DUNDER = re.compile(r"__[A-Za-z]\w*__")
_REACHING_FIELD = re.compile(r"\{[^{}]*[.\[]_")
_DOES = (ast.Call, ast.Lambda, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.ListComp, ast.SetComp,
         ast.DictComp, ast.GeneratorExp)  # fmt: skip


def reaching(tree: ast.Module, around: Surroundings) -> Iterator[str]:
    """What reaches further without a name of its own in the tree, or changes what a name means elsewhere, in words."""
    told, bases = {id(one) for one in prose(tree)}, {id(one) for one in _bases(tree)}
    formatted = {id(one) for one in _formatted(tree, around)}
    yield from (f"holds an annotation that runs: {one[:40]}" for one in _annotations(tree, around.literal))
    for node in below(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            fields = _fields(node.value) if id(node) in formatted else ()
            yield from (f"writes {one} in a string" for one in (*_written(node.value), *fields))
        elif isinstance(node, ast.Attribute) and node.attr in {"format", "format_map"}:
            if not (id(node.value) in bases or _formats_plainly(node, around)):
                yield f"formats {ast.unparse(node.value)[:40]}, which is put together elsewhere"
        elif isinstance(node, ast.keyword) and node.arg and is_innards(node.arg):
            yield f"passes {node.arg}"
        elif isinstance(node, ast.MatchClass):
            yield from (
                f"reaches for {one}"
                for one in node.kwd_attrs
                if is_private(one) or by_name(one) or is_deep(one) or one in CALLS_OF_OTHERS | INNER
            )


def _formats_plainly(node: ast.Attribute, around: Surroundings) -> bool:
    """A name that is one string alone is formatted, or a method of the file's own is taken."""
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    return name in around.texts or (name in {"self", "cls"} and node.attr in around.own)


def prose(tree: ast.Module) -> Iterator[ast.expr]:
    """What stands as a statement of its own: docstrings among it."""
    return (node.value for node in below(tree) if isinstance(node, ast.Expr))


def _bases(tree: ast.Module) -> Iterator[ast.expr]:
    """The strings that are formatted as they stand."""
    return (
        node.value for node in below(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Constant)
    )


def _formatted(tree: ast.Module, around: Surroundings) -> Iterator[ast.AST]:
    """The strings that are formatted, or may be: by a name that stands for them, or by a formatter."""
    nodes = below(tree)
    if around.formats:
        yield from nodes
    yield from _bases(tree)
    used = {
        node.value.id
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.startswith("format")
    }
    for node in nodes:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id in used for one in node.targets):
            yield node.value


def _written(text: str) -> Iterator[str]:
    yield from (one for one in dict.fromkeys(_DUNDER.findall(text)) if is_innards(one))


def _fields(text: str) -> Iterator[str]:
    """What of its arguments a string reaches when it is formatted."""
    if one := _REACHING_FIELD.search(text):
        yield one[0][:40]
    try:
        fields = [name or "" for _, name, _, _ in string.Formatter().parse(text)]
    except ValueError:
        return
    parts = (part for field in fields for part in re.split(r"[.\[\]]", field)[1:])
    yield from (part for part in parts if is_deep(part) or part in BY_NAME | INNER)


def _annotations(tree: ast.Module, literal: frozenset[str]) -> Iterator[str]:
    """Texts of annotations that do something when they are evaluated, as singledispatch and others do."""
    for node in below(tree):
        annotated = node.annotation if isinstance(node, ast.arg | ast.AnnAssign) else None
        found = node.returns if isinstance(node, Function) else annotated
        if found is not None and _runs(found, literal):
            yield ast.unparse(found)


def _runs(annotation: ast.expr, literal: frozenset[str]) -> bool:
    told = {id(one) for node in ast.walk(annotation) if _is_literal(node, literal) for one in ast.walk(node)}
    for node in ast.walk(annotation):
        if id(node) in told and isinstance(node, ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            return True
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod | ast.Mult):
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _text_runs(node.value, literal):
            return True
    return False


def _is_literal(node: ast.AST, literal: frozenset[str]) -> bool:
    """``Literal["a", "b("]``: its strings are values and no types."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name | ast.Attribute):
        return False
    return ast.unparse(node.value) in literal


def _text_runs(text: str, literal: frozenset[str]) -> bool:
    """Whether an annotation's text does more than name types."""
    try:
        tree = ast.parse(f"({text.strip()}\n,)", mode="eval")
    except (SyntaxError, ValueError):
        return "(" in text
    if any(isinstance(node, _DOES) for node in ast.walk(tree)):
        return True
    return any(
        isinstance(node, ast.Attribute) and (by_name(node.attr) or is_deep(node.attr)) for node in ast.walk(tree)
    ) or _runs(tree.body, literal)
