"""Clusters of equal behaviour: sizes, members, the margin, and every answer to every fresh input."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.page import answers, charts
from cosplay_action.evidence.page.markup import Child, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, folded, said, table, unshown
from cosplay_action.evidence.view import cluster_name, count


def section(page: Page) -> Section | None:
    """Sizes, members and the margin; below, every fresh input with every answer."""
    found = page.report["clusters"]
    if not found:
        return None
    heads = ["Cluster", "Size", "Of the pool", "Candidates", "Deciding"]
    limit = page.limits.items
    probes = count(len(page.report["probes"]), "fresh input")
    body = joined(
        [
            said(
                f"Candidates that no fresh input tells apart form a cluster ({probes}). Deciding are those at the "
                f"highest pass count. {view.margin(page.report)}",
            ),
            table("Clusters", heads, [_row(page, at) for at in range(len(found))][:limit] + _homeless(page), "14"),
            unshown(len(found) - limit, "cluster"),
            folded("Every fresh input, and what each candidate answered", *answers.every_probe(page), class_="all")
            if page.report["probes"]
            else None,
        ]
    )
    return Section(anchor="clusters", title="Clusters of equal behaviour", body=body)


def _row(page: Page, at: int) -> list[Child]:
    one = page.report["clusters"][at]
    mine = at == page.report["choice"]["cluster"]
    word = " (chosen)" if page.report["chosen"] else " (leading)"
    name = joined([tag("b", cluster_name(at)), tag("small", word) if mine else None])
    kind = "mine" if mine else "rival"
    parts = [(float(one["weight"]), f"{kind} deciding"), (float(one["size"] - one["weight"]), kind)]
    drawn = charts.bar(parts, len(page.report["candidates"]))
    return [name, str(one["size"]), drawn, joined(answers.candidates(one["members"])), str(one["weight"])]


def _homeless(page: Page) -> list[list[Child]]:
    """Candidates in no cluster: not one real answer."""
    slots = [row["slot"] for row in page.report["candidates"] if row["cluster"] is None]
    if not slots:
        return []
    drawn = charts.bar([(float(len(slots)), "none")], len(page.report["candidates"]))
    return [["none", str(len(slots)), drawn, joined(answers.candidates(slots)), "0"]]
