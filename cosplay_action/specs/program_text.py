"""Examples of a program in a text: what it reads on stdin, what it writes to stdout.

Input:
```
2 3
```
Output:
```
5
```
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cosplay_action.specs.issues.findings import Findings, Flaw, shown
from cosplay_action.specs.issues.page import Fence, Page, read_page

_LABEL = re.compile(
    r"^\s*(?:#{1,6}\s+)?[*_]{0,2}(?:(?:sample|example|standard)\s+)?(?P<kind>input|output|stdin|stdout)\s*\d{0,3}"
    r"\s*(?:\(std(?:in|out)\))?[*_]{0,2}\s*:?[*_]{0,2}\s*$",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"^\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+)?[*_`]{0,2}(?:(?:sample|example|standard)\s+)?(?P<kind>input|output|stdin|stdout)"
    r"\s*\d{0,3}[*_]{0,2}\s*[:=][*_]{0,2}\s*(?P<rest>.*?)\s*$",
    re.IGNORECASE,
)
_EDGE = re.compile(r" {0,3}(?:`{3,}|~{3,})[^`]*$")  # of a block of code
RUN_CURE = "Write `Input:` and a fenced block, then `Output:` and a fenced block."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramExample:
    """One run of a program. Texts end with a line end unless they are empty; ``line`` is that of its ``Input:``."""

    stdin: str
    stdout: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Part:
    """A label with what stands below it, up to the line ``last``; ``kind`` is "in" or "out"."""

    kind: str
    line: int
    last: int
    text: str


def read_program_examples(
    page: Page, findings: Findings, first: int = 1, last: int | None = None, *, wrapped: bool = False
) -> tuple[tuple[ProgramExample, ...], frozenset[int]]:
    """The examples between two lines of a page (inclusive), and the numbers of the lines that they take up.

    ``wrapped``: there may be a fence around all of them, as a form puts one around an answer.
    """
    last = len(page.lines) if last is None else last
    parts = _parts(page, first, last) or (_wrapped(page, first, last) if wrapped else [])
    found, at = list[ProgramExample](), 0
    while at < len(parts):
        pair = parts[at : at + 2]
        if [part.kind for part in pair] == ["in", "out"]:
            found.append(ProgramExample(stdin=pair[0].text, stdout=pair[1].text, line=pair[0].line))
            at += 2
        else:
            lone = "an Input without its Output" if pair[0].kind == "in" else "an Output without its Input"
            findings.flaw(pair[0].line, f"This is {lone}.", RUN_CURE)
            at += 1
    taken = {number for part in parts for number in range(part.line, part.last + 1)}
    return tuple(found), frozenset(taken)


def loose_runs(page: Page, first: int, last: int, taken: frozenset[int]) -> list[Flaw]:
    """What reads like a half of a run between two lines, but has no block of its own: each as a thing to mend."""
    found = []
    for number, text in page.numbered(first, last):
        label = _LOOSE.match(text) if number not in taken else None
        if label and label["rest"].strip("`*_ "):
            name, rest = "Output" if _kind(label["kind"]) == "out" else "Input", shown(label["rest"].strip("`"))
            what = f"{shown(text.strip())} cannot be read: what a program reads and writes stands in blocks."
            cure = f"Write `{name}:` alone on its line, and {rest} between ``` fences below it."
            found.append(Flaw(number, what, cure))
        elif label:
            found.append(Flaw(number, f"No fenced block stands below {shown(text.strip())}.", RUN_CURE))
    return found


def _kind(word: str) -> str:
    return "in" if word.lower() in {"input", "stdin"} else "out"


def _parts(page: Page, first: int, last: int) -> list[_Part]:
    """Every label that a block follows, with nothing but blank lines between them."""
    fences = page.within(first, last)
    starts = {fence.first: fence for fence in fences}
    inside = {number for fence in fences for number in range(fence.first, fence.last + 1)}
    parts = []
    for number, text in page.numbered(first, last):
        label = _LABEL.match(text) if number not in inside else None
        fence = starts.get(_below(page.lines, number, last)) if label else None
        if label and fence:
            parts.append(_Part(_kind(label["kind"]), number, fence.last, _text(fence.lines)))
    return parts


def _wrapped(page: Page, first: int, last: int) -> list[_Part]:
    """The labels inside of a fence around all lines, whose marks may be those of the blocks in it; or of each block."""
    edges = [_EDGE.match(page.lines[number - 1]) for number in (first, last)] if first < last else []
    if all(edges) and (parts := _parts_within(page.lines[first : last - 1], first + 1)):
        return parts
    return [part for fence in page.within(first, last) for part in _inside(fence)]


def _inside(fence: Fence) -> list[_Part]:
    """The labels of a block that begins with one: each with its own block, or with plain lines below it."""
    top = next((line for line in fence.lines if line.strip()), "")
    if not _LABEL.match(top):
        return []
    return _parts_within(fence.lines, fence.start) or _plain(fence)


def _parts_within(lines: Sequence[str], start: int) -> list[_Part]:
    """The labels with blocks among lines, of which the first has the number ``start``, laid out by themselves."""
    found = _parts(read_page(lines, Findings("")), 1, len(lines))
    return [replace(part, line=part.line + start - 1, last=part.last + start - 1) for part in found]


def _plain(fence: Fence) -> list[_Part]:
    """The labels of a block, each with the lines up to the next one."""
    rows = [row for row, line in enumerate(fence.lines) if ":" in line and _LABEL.match(line)]
    parts = []
    for row, end in zip(rows, [*rows[1:], len(fence.lines)], strict=True):
        below = "\n".join(fence.lines[row + 1 : end]).strip("\n")
        label = _LABEL.match(fence.lines[row])
        kind = _kind(label["kind"]) if label else ""
        parts.append(_Part(kind, fence.start + row, fence.start + end - 1, _text(below.split("\n") if below else ())))
    return parts


def _below(lines: Sequence[str], number: int, last: int) -> int:
    """The number of the next line that is not blank, 0 when there is none near."""
    near = range(number + 1, min(last, number + 3) + 1)
    return next((below for below in near if lines[below - 1].strip()), 0)


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
