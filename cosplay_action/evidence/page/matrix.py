"""The execution matrix as a table: candidates by cluster and pass count, tests by support; agreement is a field.

Every cell has its letter and, for those who cannot see it, its word: no colour is needed. The script makes a grid of it
that is walked by arrow keys and shows a card for each cell; without it the folded parts below say the same.
"""

from __future__ import annotations

from itertools import groupby

from cosplay_action.evidence import letters, view
from cosplay_action.evidence.page import answers
from cosplay_action.evidence.page.markup import Markup, glyph, hidden, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, folded, said, scrolled, unshown
from cosplay_action.evidence.shape import UnitTestRecord
from cosplay_action.evidence.view import Mark, cluster_name, count, percent

MOST = 100  # rows and columns that are drawn

_KEPT = "◆"
_CHOSEN = "▶"


def section(page: Page) -> Section | None:
    if not page.rows or not page.columns:
        return None
    label = f"{count(len(page.rows), 'candidate')} by {count(len(page.columns), 'test')}"
    body = joined(
        [
            said(f"{label}, tests by support, candidates by cluster and pass count. {letters.explained(page.report)}"),
            scrolled(_table(page, label), "Execution matrix", "scroll matrix"),
            unshown(len(page.rows) - MOST, "candidate"),
            unshown(len(page.columns) - MOST, "test"),
            _legend(page),
            folded("Every test, and what each candidate gave", *answers.every_test(page), class_="all"),
        ]
    )
    return Section(anchor="matrix", title="Execution matrix", body=body)


def _table(page: Page, label: str) -> Markup:
    size = next(name for name, most in (("l", 12), ("m", 32), ("s", MOST * MOST)) if len(page.columns) <= most)
    kept = _kept(page)
    return tag(
        "table",
        tag("caption", hidden(f"Execution matrix, {label}")),
        tag("thead", _heads(page, kept)),
        *_bodies(page, kept),
        tag("tfoot", _support(page)),
        id="grid",
        class_=f"grid {size}",
    )


def _kept(page: Page) -> set[int]:
    """The columns whose test ships."""
    ships = {_identity(one["test"]) for one in page.report["kept"] if not one["retired"]}
    return {at for at, column in enumerate(page.report["tests"]) if _identity(column["test"]) in ships}


def _identity(test: UnitTestRecord) -> tuple[str, str, int]:
    return test["id"], test["origin"], test["born"]


def _heads(page: Page, kept: set[int]) -> Markup:
    corner = tag("th", tag("span", "slot"), tag("span", "cluster"), tag("span", "passes"), scope="col", class_="who")
    return tag("tr", corner, *(_head(page, at, at in kept) for at in page.columns[:MOST]))


def _head(page: Page, at: int, kept: bool) -> Markup:
    link = tag("a", page.names[at], href=f"#t{at}")
    mark = joined([glyph(_KEPT, "kept"), hidden(" kept")]) if kept else None
    return tag("th", link, mark, scope="col", data_t=at)


def _bodies(page: Page, kept: set[int]) -> list[Markup]:
    """Consecutive rows of one cluster form a body, so that the seams between clusters can be drawn."""
    groups = groupby(page.rows[:MOST], key=lambda slot: page.report["candidates"][slot]["cluster"])
    drawn = {mark: _drawn(mark) for mark in view.GLYPHS}
    return [tag("tbody", *(_row(page, slot, drawn, kept) for slot in slots)) for _, slots in groups]


def _row(page: Page, slot: int, drawn: dict[Mark, Markup], kept: set[int]) -> Markup:
    chosen = slot == page.report["choice"]["slot"]
    cells = (
        tag("td", drawn[page.grid[slot][at]], class_=f"{page.grid[slot][at]}{' k' if at in kept else ''}")
        for at in page.columns[:MOST]
    )
    return tag("tr", _who(page, slot, chosen), *cells, class_="chosen" if chosen else None, data_slot=slot)


def _drawn(mark: Mark) -> Markup:
    return joined([tag("b", view.GLYPHS[mark], aria_hidden="true"), tag("i", view.MEANING[mark])])


def _who(page: Page, slot: int, chosen: bool) -> Markup:
    row = page.report["candidates"][slot]
    valid = sum(column["test"]["valid"] for column in page.report["tests"])
    home = "no cluster" if row["cluster"] is None else f"cluster {cluster_name(row['cluster'])}"
    spoken = f"{', chosen' if chosen else ''}, {home}, passes {row['passes']} of {valid}"
    link = tag("a", hidden("Candidate "), str(slot), href=f"#c{slot}")
    mark = glyph(_CHOSEN, "star") if chosen else None
    return tag(
        "th", tag("span", mark, link, hidden(spoken)), glyph(cluster_name(row["cluster"]), "home"),
        glyph(f"{row['passes']}/{valid}", "count"), scope="row", class_="who",
    )  # fmt: skip


def _support(page: Page) -> Markup:
    """The last row: the share of candidates that pass each test, as a bar and a number."""
    cells = (tag("td", *_share(page.report["tests"][at]["support"])) for at in page.columns[:MOST])
    return tag("tr", tag("th", tag("span", "support, %"), scope="row", class_="who"), *cells)


def _share(support: float | None) -> list[Markup]:
    if support is None:
        return [tag("span", "-", class_="share")]
    height = round(support * 16, 1)
    bar = tag("rect", x=0, y=f"{16 - height:g}", width=10, height=f"{height:g}")
    drawing = tag("svg", bar, viewBox="0 0 10 16", class_="up", aria_hidden="true")
    return [drawing, tag("span", percent(support)[:-1], class_="share")]


def _legend(page: Page) -> Markup:
    used = {mark for row in page.grid for mark in row}
    marks = [
        tag("li", glyph(view.GLYPHS[mark], f"m {mark}"), " ", view.MEANING[mark])
        for mark in view.GLYPHS
        if mark in used
    ]
    if page.report["chosen"]:
        marks.append(tag("li", glyph(_CHOSEN, "star"), " the chosen candidate"))
    if _kept(page):
        marks.append(tag("li", glyph(_KEPT, "kept"), " a kept test"))
    return tag("ul", *marks, class_="legend", aria_label="Legend")
