"""What the model is shown beside the stub: imports, and the outlines of what it can use in the module.

Bounded and deterministic; the nearest come first: the target's own class, names that the stub mentions, the rest.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cosplay_action.specs.nodes import Function
from cosplay_action.specs.source import plain
from cosplay_action.specs.target import Target
from cosplay_action.specs.world import Definition, imported_definition, module_imports

LIMIT = 6_000  # characters
_IMPORTS_LIMIT = 1_500
_FIELDS = 30
_CONSTANT = 120  # characters of a constant that is shown in full
_DOCUMENT = 300  # characters of the first paragraph of a docstring


@dataclass(frozen=True, slots=True)
class _Item:
    rank: int  # 0: the target's class, 1: mentioned in the stub, 2: the rest
    place: int
    text: str


def context(target: Target, limit: int = LIMIT) -> str:
    """Python text of at most ``limit`` characters: imports, then outlines in the order of the file."""
    head = _imports(target)
    chosen: list[_Item] = []
    left = limit - len(head)
    for item in sorted(_items(target), key=lambda i: (i.rank, i.place)):
        if len(item.text) + 3 <= left:
            chosen.append(item)
            left -= len(item.text) + 3
    texts = [item.text for item in sorted(chosen, key=lambda i: i.place)]
    return "\n\n".join(part for part in (head, *texts) if part)


def outline(node: Definition, *, skip: Function | None = None, full_init: bool = False) -> str:
    """A definition without its inside: header and first docstring paragraph; fields and methods of a class."""
    if isinstance(node, Function):
        return ast.unparse(_hollow(node))
    if isinstance(node, ast.ClassDef):
        return ast.unparse(_class(node, skip, full_init=full_init))
    text = ast.unparse(node)
    return text if len(text) <= _CONSTANT else f"{text.partition('=')[0].strip()} = ..."


def mentioned(target: Target) -> frozenset[str]:
    """Every word of the stub's signature and docstring that could be a name."""
    return frozenset(re.findall(r"[A-Za-z_]\w*", f"{target.signature}\n{target.docstring}"))


def _imports(target: Target) -> str:
    nodes = (n for n in target.source.tree.body if isinstance(n, ast.Import | ast.ImportFrom))
    lines, left = list[str](), _IMPORTS_LIMIT
    for line in (ast.unparse(node) for node in nodes):
        if len(line) < left:
            lines.append(line)
            left -= len(line) + 1
    return "\n".join(lines)


def _items(target: Target) -> Iterator[_Item]:
    words = mentioned(target)
    for place, (name, one) in enumerate(module_imports(target.source.tree).items()):
        found = imported_definition(target, one) if name in words else None
        if found is not None:
            source, node = found
            yield _Item(1, place - 100_000, f"# from {source.path}\n{plain(outline(node))}")
    for place, statement in enumerate(target.source.tree.body):
        if isinstance(statement, Definition) and statement is not target.node:
            own = statement is target.top
            rank = 0 if own else 1 if words.intersection(_names(statement)) else 2
            yield _Item(rank, place, outline(statement, skip=target.node if own else None, full_init=own))


def _names(node: Definition) -> set[str]:
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _class(node: ast.ClassDef, skip: Function | None, *, full_init: bool) -> ast.ClassDef:
    body: list[ast.stmt] = _docstring(node)
    fields = [n for n in node.body if isinstance(n, ast.Assign | ast.AnnAssign)]
    for inner in node.body:
        if isinstance(inner, Function) and inner is not skip:
            body.append(inner if full_init and inner.name == "__init__" else _hollow(inner))
        elif isinstance(inner, ast.ClassDef):
            body.append(_class(inner, skip, full_init=full_init))
        elif inner in fields[:_FIELDS]:
            body.append(inner)
    shown = copy.copy(node)
    shown.body = body or [_ellipsis()]
    return shown


def _hollow(node: Function) -> Function:
    shown = copy.copy(node)
    shown.body = [*_docstring(node), _ellipsis()]
    return shown


def _docstring(node: Function | ast.ClassDef) -> list[ast.stmt]:
    text = (ast.get_docstring(node) or "").split("\n\n")[0].strip()
    if not text:
        return []
    shown = text if len(text) <= _DOCUMENT else text[:_DOCUMENT].rsplit(" ", 1)[0] + " ..."
    return [ast.Expr(ast.Constant(shown))]


def _ellipsis() -> ast.stmt:
    return ast.Expr(ast.Constant(...))
