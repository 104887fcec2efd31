"""The choice, and beside it the best of each rival cluster: the smallest input that tells them apart, and the code."""

from __future__ import annotations

from cosplay_action.evidence.page import diff
from cosplay_action.evidence.page.answers import candidates
from cosplay_action.evidence.page.markup import Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, block, code, folded, said, unshown
from cosplay_action.evidence.shape import DifferenceRecord
from cosplay_action.evidence.view import cluster_name, count

_OPENED = 3  # comparisons that stand open


def section(page: Page) -> Section | None:
    """None where there is nothing to compare with."""
    parts = [_implementation(page), *_rivals(page)]
    found = [part for part in parts if part]
    title = "The choice and its rivals" if page.report["chosen"] else "Where the leading candidates differ"
    return Section(anchor="rivals", title=title, body=joined(found)) if found else None


def _implementation(page: Page) -> Markup | None:
    chosen = page.report["chosen"]
    if chosen is None:
        return None
    lead = said("Candidate ", *candidates([chosen["slot"]]), ", as it would land:")
    return joined([lead, block(chosen["implementation"], page.limits.block, "The chosen implementation")])


def _rivals(page: Page) -> list[Markup]:
    if page.side is None:
        return []
    told = {one["cluster"]: one for one in reversed(page.report["differences"])}
    others = [at for at in range(len(page.report["clusters"])) if at != page.report["choice"]["cluster"]]
    limit = page.limits.rivals
    shown = [_rival(page, page.side, at, told.get(at), opened=n < _OPENED) for n, at in enumerate(others[:limit])]
    return [*shown, unshown(len(others) - limit, "rival cluster")]


def _rival(page: Page, side: int, at: int, told: DifferenceRecord | None, *, opened: bool) -> Markup:
    slot = told["rival"] if told else _best(page, at)
    size = count(page.report["clusters"][at]["size"], "candidate")
    title = tag("h3", f"Cluster {cluster_name(at)} ({size}), by its candidate {slot}", id=f"rival{at}")
    return tag(
        "article",
        title,
        _told(page, told),
        _compared(page, side, slot, opened=opened),
        class_="rival",
        aria_labelledby=f"rival{at}",
    )


def _best(page: Page, at: int) -> int:
    """The member with most passes, the first of them."""
    members = page.report["clusters"][at]["members"]
    return max(members, key=lambda slot: (page.report["candidates"][slot]["passes"], -slot))


def _name(page: Page, side: int) -> str:
    return f"Chosen: candidate {side}" if page.report["chosen"] else f"Leading: candidate {side}"


def _told(page: Page, told: DifferenceRecord | None) -> Markup:
    """The smallest input on which the two differ, and what each gives."""
    if told is None:
        return said("No single input of this report tells them apart.")
    limit = page.limits
    ours = "The chosen gives" if page.report["chosen"] else "The leading one gives"
    sides = [
        tag("li", tag("small", name), code(shown["shown"], limit.answer))
        for name, shown in ((ours, told["chosen_gives"]), ("The rival gives", told["rival_gives"]))
    ]
    return joined([said("Smallest input: ", code(told["input"], limit.line)), tag("ul", *sides, class_="sides")])


def _compared(page: Page, side: int, slot: int, *, opened: bool) -> Markup | None:
    rows = page.report["candidates"]
    ours, theirs = rows[side]["source"], rows[slot]["source"]
    if not ours or not theirs:
        return said("There is no code of it to compare.")
    if ours == theirs:
        return said("Both have the same code.")
    limit = page.limits.block
    short = diff.drawn(ours[:limit], theirs[:limit], _name(page, side), f"Rival: candidate {slot}")
    note = unshown(max(len(ours), len(theirs)) - limit, "character")
    return folded("Code side by side", short, note, opened=opened)
