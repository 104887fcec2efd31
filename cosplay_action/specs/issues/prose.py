"""Sentences of a spec: doctests lifted out of them, headings made into lines, the rest as it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cosplay_action.specs.issues.examples import Numbered, Session, session_end, without_margin
from cosplay_action.specs.issues.page import Page

_PROMPT = re.compile(r"^\s*>>>")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_CAPTION = re.compile(r"^\W*(?:(?:for|some)\s+)?(?:examples?|usage|doctests?)\W*$", re.IGNORECASE)
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
