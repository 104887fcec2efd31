"""A stub put into a module's text: below its last statement, at the end of a class, or a docstring into a stub.

Every byte that was there stays; a syntax tree compared with the old one says so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from cosplay_action.specs.issues.docstring import quoted
from cosplay_action.specs.nodes import definitions
from cosplay_action.specs.source import SourceFile, line_end, line_starts, offset_in, parse_anew
from cosplay_action.specs.target import Target

_COMMENT = re.compile(r"[ \t\f]*#")
BODY = "raise NotImplementedError"


def stub_lines(header: str, document: str, base: str, unit: str) -> list[str]:
    """A stub as lines at ``base``. ``header`` is without its colon, its inner lines at four spaces."""
    head = [base + re.sub(r"^(?: {4})+", lambda m: unit * (len(m[0]) // 4), line) for line in header.split("\n")]
    return [*head[:-1], f"{head[-1]}:", *(quoted(document, base + unit) if document else []), f"{base}{unit}{BODY}"]


def new_module(stem: str, lines: Sequence[str]) -> str:
    """The text of a new file with one function."""
    title = stem.strip("_").replace("_", " ").strip().capitalize() or "Module"
    return "\n".join([f'"""{title}."""', "", "", *lines, ""])


def with_function(source: SourceFile, lines: Sequence[str]) -> str:
    """The module with a function below its last statement, or above the one that runs it as a program."""
    text, body = source.text, source.tree.body
    block = source.newline.join(lines)
    gap = source.newline * 2
    if not body:
        ended = not text or text.endswith(("\n", "\r"))
        return f"{text}{'' if ended else source.newline}{gap if text.strip() else ''}{block}{source.newline}"
    if _is_main(body[-1]):
        place = _with_comments(text, body[-1].lineno)
        return f"{text[:place]}{_missing_above(source, place)}{block}{source.newline}{gap}{text[place:]}"
    place = line_end(text, source.offset(body[-1].end_lineno or 0, body[-1].end_col_offset or 0))
    rest = text[place:]
    return f"{text[:place]}{source.newline}{gap}{block}{gap if rest.strip() else ''}{rest or source.newline}"


def with_method(source: SourceFile, holder: ast.ClassDef, header: str) -> str:
    """The module with a method at the end of a class; empty when the class stands on one line."""
    text, first, last = source.text, holder.body[0], holder.body[-1]
    start = line_starts(text)[first.lineno - 1]
    base = text[start : source.offset(first.lineno, first.col_offset)]
    if base.strip(" \t\f"):
        return ""
    lines = stub_lines(header, "", base, source.unit)
    place = line_end(text, source.offset(last.end_lineno or 0, last.end_col_offset or 0))
    rest = text[place:]
    return f"{text[:place]}{source.newline * 2}{source.newline.join(lines)}{rest or source.newline}"


def with_docstring(target: Target, document: str) -> str:
    """The module with another docstring in its stub; nothing else of the stub changes."""
    source, node = target.source, target.node
    text, first = source.text, node.body[0]
    start, end = (
        source.offset(first.lineno, first.col_offset),
        source.offset(first.end_lineno or 0, first.end_col_offset or 0),
    )
    lead = text[line_starts(text)[first.lineno - 1] : start]
    documented = ast.get_docstring(node, clean=False) is not None
    if lead.strip(" \t\f"):  # the body stands on the header's line
        base = target.indent + source.unit
        kept = "" if documented else source.newline + base + text[start:end]
        lines = source.newline.join(quoted(document, base))
        return f"{text[: target.header_end]}{source.newline}{lines}{kept}{text[end:]}"
    lines = source.newline.join(quoted(document, lead))[len(lead) :]
    return f"{text[:start]}{lines}{'' if documented else source.newline + lead}{text[end if documented else start :]}"


def only_added(old: str, new: str, qualname: str) -> bool:
    """True when the new text is the old module and one function more (or the same with another docstring)."""
    before, after = parse_anew(old), parse_anew(new)
    known = {name: len(nodes) for name, nodes in definitions(before).items()}
    if qualname in known:
        _undocument(before, qualname)
        _undocument(after, qualname)
        return ast.dump(before) == ast.dump(after)
    added = definitions(after).get(qualname, [])
    for node in ast.walk(after):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [one for one in body if not any(one is new_one for new_one in added)]
    return len(added) == 1 and ast.dump(before) == ast.dump(after)


def _undocument(tree: ast.Module, qualname: str) -> None:
    for node in definitions(tree)[qualname]:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]


def _is_main(statement: ast.stmt) -> bool:
    test = statement.test if isinstance(statement, ast.If) else None
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _with_comments(text: str, line: int) -> int:
    """Where a line starts, with the comments that touch it from above."""
    starts = line_starts(text)
    while line > 1 and _COMMENT.match(text, starts[line - 2]):
        line -= 1
    return offset_in(text, line, 0)


def _missing_above(source: SourceFile, place: int) -> str:
    """What is missing to two blank lines above a place."""
    above = source.text[:place]
    bare = above.rstrip("\r\n")
    ends = above[len(bare) :].count(source.newline)
    return source.newline * max(0, 3 - ends) if bare else ""
