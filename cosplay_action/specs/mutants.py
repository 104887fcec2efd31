"""Small wrong versions of a source: what a good test would notice.

No mutation library fits. pytest-gremlins keeps its operators apart from its runner, but has five of them, and adds a
plugin to every pytest of the environment it is installed in; cosmic-ray, mutmut, poodle and mutatest work on files, and
bring a database, git, a user interface or a configuration along. We need operators on one string, and no runner.

A mutant is the text with one piece exchanged, so that every other line stays as its author wrote it. ``changes`` has
the kinds of change.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cosplay_action.specs.changes import below, changes, first_bound
from cosplay_action.specs.source import check_module, offset_in, parse_anew

_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A source with one change: ``what`` kind of change, in words of our own, and in which ``line`` (from 1)."""

    source: str
    what: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    start: int
    end: int
    text: str
    what: str
    line: int


def mutants(source: str, most: int, draw: random.Random) -> tuple[Mutant, ...]:
    """At most ``most`` mutants in the order of the text, spread evenly over lines, then over kinds of change.

    Each compiles, and has a syntax tree that neither the source nor another one has. The same source and stream give
    the same mutants. None for a text that does not parse.
    """
    try:
        tree = parse_anew(source)
        edits, seen = list(_edits(source, tree)), {ast.dump(tree)}
    except _FAILURES:
        return ()
    found: list[tuple[int, Mutant]] = []
    for edit in _spread(edits, draw):
        if len(found) == most:
            break
        mutant = Mutant(source=source[: edit.start] + edit.text + source[edit.end :], what=edit.what, line=edit.line)
        if (shape := _shape(mutant.source)) and shape not in seen:
            seen.add(shape)
            found.append((edits.index(edit), mutant))
    return tuple(mutant for _, mutant in sorted(found, key=lambda one: one[0]))


def _shape(text: str) -> str:
    """The syntax tree as text; empty where it does not compile."""
    try:
        check_module(text)
        return ast.dump(parse_anew(text))
    except _FAILURES:
        return ""


def _spread(edits: list[_Edit], draw: random.Random) -> Iterator[_Edit]:
    """All edits: each next one on the line, and then of the kind, that had the fewest so far."""
    left = draw.sample(edits, len(edits))
    lines, kinds = Counter[int](), Counter[str]()
    while left:
        best = min(left, key=lambda one: (lines[one.line], kinds[one.what]))
        left.remove(best)
        lines[best.line] += 1
        kinds[best.what] += 1
        yield best


def _edits(source: str, tree: ast.Module) -> Iterator[_Edit]:
    births = first_bound(tree)
    for node in _code(tree):
        for change in changes(node, births):
            old = change.old
            start = offset_in(source, old.lineno, old.col_offset)
            end = offset_in(source, old.end_lineno or old.lineno, old.end_col_offset or 0)
            yield _Edit(start=start, end=end, text=change.text, what=change.what, line=old.lineno)


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one that may be changed, in the order of the text."""
    for child in below(node):
        yield child
        yield from _code(child)
