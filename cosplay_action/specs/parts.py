"""A candidate's canonical source: imports, then helpers, then the function under the stub's own signature.

A method stands in its class (``class Stack:`` with only that method), so the source reads as Python. The text
depends on nothing but the code: two replies that differ in prose or docstring give the same source.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cosplay_action.specs.names import Import, imports_of
from cosplay_action.specs.nodes import Function
from cosplay_action.specs.reindent import reindent
from cosplay_action.specs.source import parse_module, plain
from cosplay_action.specs.target import Target

UNIT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A canonical source taken apart: ``text`` parses, the nodes are its own."""

    text: str
    imports: tuple[ast.stmt, ...]
    helpers: tuple[ast.stmt, ...]
    function: Function


def take_apart(source: str) -> Parts:
    """Take a canonical source apart. Raises ValueError when it is none, and what ``ast.parse`` raises."""
    tree = parse_module(source)
    imports = tuple(n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom))
    rest = [n for n in tree.body if n not in imports]
    last: ast.stmt | None = rest.pop() if rest else None
    while isinstance(last, ast.ClassDef):
        last = last.body[-1]
    if isinstance(last, Function):
        return Parts(text=source, imports=imports, helpers=tuple(rest), function=last)
    raise ValueError("the source does not end with a function")


def compose(imports: Iterable[str], helpers: Sequence[str], function: str) -> str:
    """Put the parts of a canonical source together, with the blank lines a careful person would leave."""
    head = "\n".join(imports)
    return "\n\n\n".join(part for part in (head, *group_constants(helpers), function) if part) + "\n"


def group_constants(helpers: Sequence[str]) -> list[str]:
    """Join neighbouring one-line helpers (constants); every other helper stands for itself."""
    groups = itertools.groupby(helpers, key=lambda text: "\n" not in text)
    return [text for single, run in groups for text in (["\n".join(run)] if single else run)]


def import_lines(wanted: Iterable[Import]) -> list[str]:
    """The import statements for some names: one line a module, sorted, ``import`` before ``from``."""
    lines, grouped = set[str](), dict[str, set[str]]()
    for one in wanted:
        alias = f" as {one.alias}" if one.alias else ""
        if one.name:
            grouped.setdefault(one.module, set()).add(one.name + alias)
        else:
            lines.add(f"import {one.module}{alias}")
    return sorted(lines) + [f"from {module} import {', '.join(sorted(grouped[module]))}" for module in sorted(grouped)]


def statement_lines(text: str, node: ast.stmt, base: str = "", unit: str = UNIT) -> list[str]:
    """A statement of ``text`` (decorators included) as lines at ``base``."""
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    first, last = min((d.lineno for d in decorators), default=node.lineno), node.end_lineno or node.lineno
    if not _alone(text, node, first, last):
        return _unparsed([node], base, unit)
    return reindent(text, first, last, base, unit)


def body_lines(text: str, node: Function, base: str = UNIT, unit: str = UNIT) -> list[str]:
    """The body of a function of ``text`` without its docstring, comments included, as lines at ``base``."""
    documented = ast.get_docstring(node, clean=False) is not None
    body = node.body[1:] if documented else node.body
    if not body:
        return []
    before = (node.body[0].end_lineno or 0) if documented else _header_line(text, node)
    last = body[-1].end_lineno or body[-1].lineno
    if body[0].lineno == before:
        return _unparsed(body, base, unit)
    lines = reindent(text, before + 1, last, base, unit)
    return list(itertools.dropwhile(lambda line: not line.strip(), lines))


def imported(nodes: Iterable[ast.stmt]) -> tuple[Import, ...]:
    """The names that some import statements bring."""
    return tuple(itertools.chain.from_iterable(imports_of(node) for node in nodes))


def wrap(target: Target, body: Sequence[str]) -> str:
    """The stub's own signature over a body that stands at one step of four spaces, inside its classes."""
    header = [line.removeprefix(target.indent) for line in plain(target.signature).split("\n")]
    lines = [line.rstrip() for line in header] + list(body)
    for name in reversed(target.class_name.split(".") if target.class_name else []):
        lines = [f"class {name}:", *_deeper("\n".join(lines))]
    return "\n".join(lines)


def _unparsed(body: Sequence[ast.stmt], base: str, unit: str) -> list[str]:
    text = "\n".join(ast.unparse(statement) for statement in body)
    return reindent(text, 1, text.count("\n") + 1, base, unit)


def _deeper(text: str) -> list[str]:
    return reindent(text, 1, text.count("\n") + 1, UNIT, UNIT)


def _alone(text: str, node: ast.stmt, first: int, last: int) -> bool:
    """True when the statement shares none of its lines with another one."""
    tree = parse_module(text)
    others = (n for n in tree.body if n is not node)
    return node.col_offset == 0 and not any(n.lineno <= last and (n.end_lineno or n.lineno) >= first for n in others)


def _header_line(text: str, node: Function) -> int:
    """The line of the colon of a header whose body is not documented; the body's own line when they share it."""
    lines = text.split("\n")
    line = node.body[0].lineno
    above = lines[line - 1][: node.body[0].col_offset]
    if above.strip(" \t\f"):
        return line
    while line > 1 and (not lines[line - 2].strip() or lines[line - 2].lstrip().startswith("#")):
        line -= 1
    return line - 1
