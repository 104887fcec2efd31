"""Two sources side by side: lines paired by difflib, and within a changed pair the words that differ.

Bounded, since both texts are a model's: at most LINES lines of WIDTH characters are compared, words only within short
lines. What is beyond is said, never dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from cosplay_action.evidence.page.markup import Markup, glyph, hidden, joined, tag, text
from cosplay_action.evidence.page.pieces import unshown

LINES = 300
WIDTH = 300
CONTEXT = 3
_WORDS = re.compile(r"[A-Za-z0-9_]+|[ \t]+|.", re.DOTALL)  # not \w, whose meaning changes with Python's Unicode
_PAIRED = 80  # most words of a line that are compared
_MATCHED = 600  # most pairs of changed lines that are compared
_ALIKE = 0.6  # of their words, for two lines to be versions of each other

Spans = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source; ``spans`` are (words, changed)."""

    number: int
    spans: Spans


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines that stand beside each other: ``same``, or changed. ``skipped`` counts equal lines left out."""

    left: tuple[Line, ...] = ()
    right: tuple[Line, ...] = ()
    same: bool = False
    skipped: int = 0


def split(source: str) -> list[str]:
    """Lines as they are shown."""
    lines = source.replace("\r\n", "\n").rstrip("\n").split("\n")
    return [line if len(line) <= WIDTH else line[: WIDTH - 1] + "…" for line in lines[:LINES]]


def compare(left: str, right: str) -> list[Rows]:
    """Both sources from top to bottom, equal stretches shortened to CONTEXT lines around what differs."""
    one, two = split(left), split(right)
    codes = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    rows: list[Rows] = []
    for at, (kind, a, b, c, d) in enumerate(codes):
        if kind == "equal":
            before, after = (CONTEXT if at else 0), (CONTEXT if at < len(codes) - 1 else 0)
            rows += _equal(_lines(one[a:b], a), _lines(two[c:d], c), before, after)
        else:
            rows += _changed(one[a:b], two[c:d], a, c)
    return rows


def _lines(lines: Sequence[str], start: int) -> tuple[Line, ...]:
    """Lines of which no word is marked."""
    return tuple(Line(start + at + 1, ((line, False),)) for at, line in enumerate(lines))


def _equal(left: tuple[Line, ...], right: tuple[Line, ...], before: int, after: int) -> list[Rows]:
    skipped, tail = len(left) - before - after, len(left) - after
    if skipped < 2 or not before + after:
        return [Rows(left, right, same=True)]
    parts = [
        Rows(left[:before], right[:before], same=True),
        Rows(skipped=skipped),
        Rows(left[tail:], right[tail:], same=True),
    ]
    return [part for part in parts if part.left or part.skipped]


def _changed(one: Sequence[str], two: Sequence[str], a: int, c: int) -> list[Rows]:
    """Lines that are alike stand beside each other, in order; between them the others, unmarked."""
    rows: list[Rows] = []
    left = right = 0
    for i, j in [*_alike(one, two), (len(one), len(two))]:
        if left < i or right < j:
            rows.append(Rows(_lines(one[left:i], a + left), _lines(two[right:j], c + right)))
        if i < len(one):
            lefts, rights = compared(one[i], two[j])
            rows.append(Rows((Line(a + i + 1, lefts),), (Line(c + j + 1, rights),)))
        left, right = i + 1, j + 1
    return rows


def _alike(one: Sequence[str], two: Sequence[str]) -> list[tuple[int, int]]:
    """Which changed lines are versions of each other: the best match first, then what lies before and after it."""
    if not one or not two or len(one) * len(two) > _MATCHED:
        return []
    scores = {(i, j): _score(left, right) for i, left in enumerate(one) for j, right in enumerate(two)}
    found: list[tuple[int, int]] = []
    spaces = [(0, len(one), 0, len(two))]
    while spaces:
        a, b, c, d = spaces.pop()
        best = max(((scores[i, j], -i, -j) for i in range(a, b) for j in range(c, d)), default=(0.0, 0, 0))
        if best[0] >= _ALIKE:
            i, j = -best[1], -best[2]
            found.append((i, j))
            spaces += [(a, i, c, j), (i + 1, b, j + 1, d)]
    return sorted(found)


def _score(left: str, right: str) -> float:
    """The share of their words that two lines have in common, 0..1, in whatever order; 0 where there are too many."""
    one, two = ([word for word in _WORDS.findall(line) if not word.isspace()] for line in (left, right))
    if not one or not two or max(len(one), len(two)) > _PAIRED:
        return 0.0
    return 2 * (Counter(one) & Counter(two)).total() / (len(one) + len(two))


def compared(left: str, right: str) -> tuple[Spans, Spans]:
    """Both lines as words, with those that the other does not have marked."""
    one, two = _WORDS.findall(left), _WORDS.findall(right)
    codes = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    lefts = tuple(("".join(one[a:b]), kind != "equal") for kind, a, b, _, _ in codes if b > a)
    rights = tuple(("".join(two[c:d]), kind != "equal") for kind, _, _, c, d in codes if d > c)
    return lefts, rights


def drawn(left: str, right: str, left_name: str, right_name: str) -> Markup:
    """The comparison as a table of two sides; narrow screens put one below the other."""
    sides = (("\N{MINUS SIGN} ", left_name), ("+ ", right_name))
    heads = tag("tr", *(tag("th", glyph(sign), name, scope="col") for sign, name in sides))
    caption = tag("caption", hidden(f"{left_name} and {right_name}, line by line"))
    body = tag("tbody", *(_row(rows) for rows in compare(left, right)))
    more = max(_beyond(left), _beyond(right))
    return joined([tag("table", caption, tag("thead", heads), body, class_="diff"), unshown(more, "line")])


def _beyond(source: str) -> int:
    return max(0, source.replace("\r\n", "\n").rstrip("\n").count("\n") + 1 - LINES)


def _row(rows: Rows) -> Markup:
    if rows.skipped:
        return tag("tr", tag("td", f"⋯ {rows.skipped} equal lines", colspan=2), class_="skip")
    old, new = ("same", "same") if rows.same else ("old", "new")
    cells = tag("td", *(_line(one, old) for one in rows.left)), tag("td", *(_line(one, new) for one in rows.right))
    return tag("tr", *cells, class_="same" if rows.same else None)


# The element that marks words, the sign before a line, and how it is spoken.
_SIDES = {"same": ("", "", ""), "old": ("del", "\N{MINUS SIGN}", "removed: "), "new": ("ins", "+", "added: ")}


def _line(line: Line, kind: str) -> Markup:
    element, sign, spoken = _SIDES[kind]
    words = [tag(element, text(part)) if changed and part else text(part) for part, changed in line.spans]
    lead = [tag("span", str(line.number), class_="no"), glyph(sign, "sign"), hidden(spoken) if spoken else None]
    return tag("div", *lead, tag("code", *words), class_=kind)
