"""Sentences of a spec: doctests lifted out of them, headings made into lines, the rest as it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cosplay_action.specs.issues.code import names, tree_of
from cosplay_action.specs.issues.examples import (
    Called,
    Numbered,
    Session,
    arrow_at,
    session_end,
    without_margin,
)
from cosplay_action.specs.issues.page import Page

_PROMPT = re.compile(r"^\s*>>>")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_CAPTION = re.compile(r"^\W*(?:(?:for|some)\s+)?(?:examples?|usage|doctests?)\W*$", re.IGNORECASE)
_LISTED = re.compile(r"^\W*(?:(?:for|some)\s+)?examples?\W*$", re.IGNORECASE)
_ARROW_SIGN = re.compile(r"->|=>|→|⇒|➞|\u27f6|==")
_LONGEST = 4_000  # lines of examples below captions: far more than there may be
_WIDEST = 200  # characters of a line in which a call may begin
_LOOKED = 40  # lines of a paragraph in which one seems to be an example
_BLANK_RUN = re.compile(r"\n{3,}")


def lift(lines: Sequence[Numbered], *, firm: bool = True) -> tuple[list[Numbered], list[Session]]:
    """Numbered lines less their doctests (and the fences that held nothing else), and those doctests."""
    kept, found, at = list[Numbered](), list[Session](), 0
    while at < len(lines):
        if not _PROMPT.match(lines[at][1]):
            kept.append(lines[at])
            at += 1
            continue
        end = _closed(lines, at, session_end(lines, at))
        drop_caption(kept)
        text = without_margin([text for _, text in lines[at:end]])
        found.append(Session(text=text, firm=firm, line=lines[at][0]))
        at = end
    return _without_empty_fences(kept) if found else kept, found


def lift_listed(lines: Sequence[Numbered], called: Called) -> tuple[list[Numbered], list[Numbered]]:
    """Numbered lines less the examples below a caption such as ``Examples:``, and the lines of those examples.

    Paragraphs below the caption are examples as long as each of them has a line that seems to be one; doctests alone
    stay where they are: ``lift`` finds them anywhere.
    """
    kept, found, at = list[Numbered](), list[Numbered](), 0
    while at < len(lines):
        listed = _LISTED.match(lines[at][1]) and len(found) < _LONGEST
        end = _listed_end(lines, at + 1, called) if listed else at
        if end > at:
            found += [*lines[at + 1 : end], (lines[end - 1][0], "")]
        else:
            kept.append(lines[at])
        at = max(end, at + 1)
    return kept, found


def _listed_end(lines: Sequence[Numbered], start: int, called: Called) -> int:
    """The index behind the examples that begin below a caption, that of the caption when there are none."""
    at, end, written = start, start, False
    while at < len(lines):
        block = lines[at : _paragraph_end(lines, at)]
        at += len(block)
        if not block[0][1].strip():
            continue
        seems = any(_seems_example(text, called, first=not written) for _, text in block[:_LOOKED])
        if not seems and not _PROMPT.match(block[0][1]):
            break
        written, end = written or seems, at
    return end if written else start - 1


def _seems_example(text: str, called: Called, *, first: bool) -> bool:
    """True for a line that means to be an example, readable or not: it has an arrow, or ``first`` begins with a call.

    Another line is one if it can be read and calls the target: sentences may hold a ``#``, or say who returns what.
    """
    if _PROMPT.match(text):
        return False
    begins = called.name and re.match(rf"[\W\d]*(?:\w+\.)*{re.escape(called.name)}\s*\(", text[:_WIDEST])
    if (first and begins) or _ARROW_SIGN.search(text):
        return True
    arrow = arrow_at([(0, text)])[1]
    return arrow is not None and called.in_(_names_of(arrow.call))


def _names_of(text: str) -> frozenset[str]:
    tree = tree_of(text)
    return names(tree) if tree is not None else frozenset()


def _paragraph_end(lines: Sequence[Numbered], at: int) -> int:
    """The index behind a blank line, behind a block with its fences, or behind lines up to the next of those."""
    fence = _FENCE.match(lines[at][1])
    if fence:
        closing = (i for i in range(at + 1, len(lines)) if lines[i][1].strip().startswith(fence[1]))
        return next(closing, len(lines) - 1) + 1
    if not lines[at][1].strip():
        return at + 1
    ends = (i for i in range(at + 1, len(lines)) if _ends_paragraph(lines[i][1]))
    return next(ends, len(lines))


def _ends_paragraph(text: str) -> bool:
    return not text.strip() or bool(_FENCE.match(text) or _LISTED.match(text))


def drop_caption(kept: list[Numbered]) -> None:
    """Take a line such as ``Examples:`` off the end of lines: what stood below it stands elsewhere now."""
    last = next((i for i in range(len(kept) - 1, -1, -1) if kept[i][1].strip()), -1)
    if last >= 0 and _CAPTION.match(kept[last][1]):
        del kept[last]


def _closed(lines: Sequence[Numbered], at: int, end: int) -> int:
    """Where the doctests end inside of a fence: before the line that closes it."""
    return next((i for i in range(at, end) if _FENCE.match(lines[i][1])), end)


def _without_empty_fences(lines: Sequence[Numbered]) -> list[Numbered]:
    kept, opened, mark = list[Numbered](), -1, ""
    for number, text in lines:
        fence = _FENCE.match(text)
        closes = fence and mark and fence[1].startswith(mark) and text.strip() == fence[1]
        kept.append((number, text))
        if closes:
            empty = not any(inner.strip() for _, inner in kept[opened + 1 : -1])
            kept, mark = (kept[:opened] if empty else kept), ""
        elif fence and not mark:
            opened, mark = len(kept) - 1, fence[1]
    return kept


def written(lines: Sequence[Numbered], page: Page) -> str:
    """Numbered lines of a page as text for a docstring: no blanks at either end, headings as ``Title:``."""
    headings = {number: heading for heading in page.headings for number in range(heading.first, heading.last + 1)}
    shown = []
    for number, text in lines:
        heading = headings.get(number)
        if heading is None:
            shown.append(text.expandtabs(4).rstrip())
        elif number == heading.first and heading.text:
            shown += ["", heading.text.rstrip(":") + ":", ""]
    return _BLANK_RUN.sub("\n\n", without_margin(shown).strip("\n"))
