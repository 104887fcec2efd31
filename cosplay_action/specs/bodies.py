"""The one edit that puts a body in the place of a stub's.

Only the stub's statements and the blank lines between them go; every comment stays. A comment line among the
statements stays as it is, above the new body; a comment behind a statement gets a line of its own there. Only one on
the header's own line, or on that of a docstring the statements shared a line with, stays where it stands.
"""

from __future__ import annotations

import ast
import io
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from cosplay_action.specs.nodes import Function
from cosplay_action.specs.parts import Parts, body_lines
from cosplay_action.specs.source import line_end, line_starts, offset_in, plain
from cosplay_action.specs.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """``text`` takes the place of ``source.text[start:end]``, with the line ends that it has."""

    start: int
    end: int
    text: str


def body_edit(target: Target, parts: Parts) -> Edit:
    """The stub's statements give way to the body of ``parts``; the docstring and every comment stay."""
    text, node = target.source.text, target.node
    rest = undocumented(node)
    documented = len(rest) < len(node.body)
    doc_end = target.source.offset(node.body[0].end_lineno or 0, node.body[0].end_col_offset or 0)
    base, unit = _indentation(target)
    lines = target.source.native("\n".join(body_lines(parts.text, parts.function, base, unit)))
    if documented and not _on_own_line(text, node.body[0]):
        return _below_header(target, doc_end, base, lines)
    if not rest:
        return insertion(target, doc_end, lines)
    kept_end = doc_end if documented else target.header_end
    start, end = line_starts(text)[rest[0].lineno - 1], line_end(text, target.end)
    if start >= kept_end:
        return Edit(start=start, end=end, text=_comments(target, start, end, base) + lines)
    return Edit(start=kept_end, end=end, text=_tail(target, kept_end) + _comments(target, kept_end, end, base) + lines)


def undocumented(node: Function) -> list[ast.stmt]:
    """The body without its docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def insertion(target: Target, index: int, lines: str) -> Edit:
    """Whole lines below the line that holds ``index``: behind its line end, which stays as it is."""
    text, newline = target.source.text, target.source.newline
    end = line_end(text, index)
    if end == len(text):
        return Edit(start=end, end=end, text=newline + lines)
    start = line_starts(text)[bisect_right(line_starts(text), end)]
    return Edit(start=start, end=start, text=lines + newline)


def _below_header(target: Target, doc_end: int, base: str, lines: str) -> Edit:
    """The docstring moves from the header's line to one of its own."""
    text, docstring = target.source.text, target.node.body[0]
    written = text[target.source.offset(docstring.lineno, docstring.col_offset) : doc_end]
    end = line_end(text, target.end)
    kept = _comments(target, doc_end, end, base)
    document = f"{base}{written}{target.source.newline}"
    return Edit(start=target.header_end, end=end, text=_tail(target, doc_end) + document + kept + lines)


def _tail(target: Target, index: int) -> str:
    """What is left of the line that holds ``index``: the comment at its end, and a line end."""
    end = line_end(target.source.text, index)
    comment = next((said for place, said in _all_comments(target.source.text) if index <= place < end), "")
    return (f"  {comment}" if comment else "") + target.source.newline


def _comments(target: Target, start: int, end: int, base: str) -> str:
    """The comments of a region as whole lines, without that at the end of a line which began before the region."""
    text, starts, kept = target.source.text, line_starts(target.source.text), ""
    for place, said in _all_comments(text):
        number = bisect_right(starts, place)
        line = starts[number - 1]
        if not start <= line <= place < end:
            continue
        alone = not text[line:place].strip(" \t\f")
        kept += text[line : starts[number]] if alone else base + said + target.source.newline
    return kept


@lru_cache(maxsize=16)
def _all_comments(text: str) -> tuple[tuple[int, str], ...]:
    """The comments of a text that parses: (index, text)."""
    tokens = tokenize.generate_tokens(io.StringIO(plain(text)).readline)
    found = (t for t in tokens if t.type == tokenize.COMMENT)
    return tuple((offset_in(text, t.start[0], 0) + t.start[1], t.string) for t in found)


def _on_own_line(text: str, statement: ast.stmt) -> bool:
    start = line_starts(text)[statement.lineno - 1]
    return not text[start : offset_in(text, statement.lineno, statement.col_offset)].strip(" \t\f")


def _indentation(target: Target) -> tuple[str, str]:
    """The indentation of the body, and one step of it: as the stub has it, else as the file has it."""
    first, unit = target.node.body[0], target.source.unit
    if not _on_own_line(target.source.text, first):
        return target.indent + unit, unit
    start = line_starts(target.source.text)[first.lineno - 1]
    base = target.source.text[start : target.source.offset(first.lineno, first.col_offset)]
    step = base.removeprefix(target.indent)
    return base, step if step and base.startswith(target.indent) else unit
