"""Taking over from a formatted file what it made of our statements, and of nothing else."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence

_Pair = tuple[ast.AST, ast.AST]  # a statement of ours, and what the formatter made of it
_Edit = tuple[int, int, list[str]]  # lines [first, end) and those that take their place


def taken_over(old: str, new: str, whole: str) -> str:
    """``new`` with the formatter's version of our statements; ``new`` itself where the meaning would change.

    Statements are found by their place in the two syntax trees: in a file that was never formatted before, a line diff
    could not tell which lines belong together.
    """
    ours = _our_lines(_lines(old), _lines(new))
    try:
        runs = list(_our_runs(ast.parse(new), ast.parse(whole), ours))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return new
    lines, target = _lines(new), _lines(whole)
    edits = [edit for run in runs if (edit := _edit(run, lines, target))]
    everything = _edited(lines, edits)
    if same_tree(everything, new):
        return everything
    kept: list[_Edit] = []
    for edit in (e for run in runs for pair in run[:100] if (e := _edit([pair], lines, target))):
        if same_tree(_edited(lines, [*kept, edit]), new):
            kept.append(edit)
    return _edited(lines, kept)


def _our_runs(new: ast.AST, whole: ast.AST, ours: set[int]) -> Iterator[list[_Pair]]:
    """Neighbouring statements, as long as all their lines are ours, each with its formatted counterpart."""
    for one, other in zip(_blocks(new), _blocks(whole), strict=False):
        run: list[_Pair] = []
        for statement, counterpart in zip(one, other, strict=False):
            if isinstance(statement, ast.stmt) and set(range(_first(statement), _last(statement))) <= ours:
                run.append((statement, counterpart))
                continue
            if run:
                yield run
                run = []
            yield from _our_runs(statement, counterpart, ours)
        if run:
            yield run


def _blocks(node: ast.AST) -> list[list[ast.AST]]:
    """The statement lists of a node, and its handlers and cases, in the order of the text."""
    fields = (value for _, value in ast.iter_fields(node) if isinstance(value, list))
    return [value for value in fields if value and isinstance(value[0], ast.stmt | ast.ExceptHandler | ast.match_case)]


def _first(node: ast.AST) -> int:
    """The index of a statement's first line, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return int(min(n.lineno for n in (node, *decorators))) - 1 if hasattr(node, "lineno") else 0


def _last(node: ast.AST) -> int:
    """The index just after a statement's last line."""
    return int(getattr(node, "end_lineno", None) or 0)


def _edit(run: Sequence[_Pair], lines: Sequence[str], target: Sequence[str]) -> _Edit | None:
    """Our lines of a run and what takes their place; None where the run shares a line with something else."""
    (first, its), (last, lasts) = run[0], run[-1]
    for node, end, text in ((first, last, lines), (its, lasts, target)):
        before = text[_first(node)].encode()[: getattr(node, "col_offset", 0)]
        after = text[_last(end) - 1].encode()[getattr(end, "end_col_offset", 0) :].strip()
        if before.strip() or not (after == b"" or after.startswith(b"#")):
            return None
    return _first(first), _last(last), list(target[_first(its) : _last(lasts)])


def _lines(text: str) -> list[str]:
    """Lines with their ends, cut at LF alone."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _our_lines(old: Sequence[str], new: Sequence[str]) -> set[int]:
    """The indices of the lines of ``new`` that a line diff counts as added."""
    limit = min(len(old), len(new))
    head = next((i for i in range(limit) if old[i] != new[i]), limit)
    tail = next((i for i in range(limit - head) if old[-1 - i] != new[-1 - i]), limit - head)
    middle = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    return {head + n for tag, _, _, b1, b2 in middle.get_opcodes() if tag != "equal" for n in range(b1, b2)}


def _edited(lines: Sequence[str], edits: Sequence[_Edit]) -> str:
    return "".join(_pieces(lines, edits))


def _pieces(lines: Sequence[str], edits: Sequence[_Edit]) -> Iterator[str]:
    at = 0
    for first, end, replacement in edits:
        yield from lines[at:first]
        yield from replacement
        at = end
    yield from lines[at:]


def same_tree(one: str, other: str) -> bool:
    """True when both texts parse, to equal syntax trees."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
