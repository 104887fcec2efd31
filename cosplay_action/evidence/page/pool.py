"""Every candidate: where it came from, what it is, its code. Equal code is shown once."""

from __future__ import annotations

from cosplay_action.evidence.page.markup import Child, Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, block, folded, pairs, prose, said, words
from cosplay_action.evidence.shape import Row
from cosplay_action.evidence.view import cluster_name


def section(page: Page) -> Section | None:
    rows = page.report["candidates"]
    if not rows:
        return None
    first: dict[str, int] = {}
    shown = [_candidate(page, rows[slot], first) for slot in page.rows]
    return Section(anchor="candidates", title="Candidates", body=tag("div", *shown, class_="pool"))


def _candidate(page: Page, row: Row, first: dict[str, int]) -> Markup:
    chosen = row["slot"] == page.report["choice"]["slot"]
    valid = sum(column["test"]["valid"] for column in page.report["tests"])
    home = "no cluster" if row["cluster"] is None else f"cluster {cluster_name(row['cluster'])}"
    heading = joined(
        [
            tag("b", f"Candidate {row['slot']}"),
            tag("small", f" {home}, passes {row['passes']} of {valid}{', chosen' * chosen}"),
        ]
    )
    return folded(heading, pairs(_facts(page, row), class_="facts"), _code(page, row, first), id=f"c{row['slot']}")


def _facts(page: Page, row: Row) -> list[tuple[str, Child]]:
    limit = page.limits.line
    rows: list[tuple[str, Child]] = [("Id", tag("code", words(row["id"], 40)))]
    rows += [("Repaired from", tag("code", words(row["parent"], 40)))] if row["parent"] else []
    rows += [("Written in round", str(row["born"])), ("Plan", prose(row["plan"], limit))]
    return rows + ([("Flaw", prose(row["flaw"], limit))] if row["flaw"] else [])


def _code(page: Page, row: Row, first: dict[str, int]) -> Markup:
    """The source, once: an equal one points at the first."""
    if not row["source"]:
        return said("No code could be read from the reply.")
    met = first.setdefault(row["source"], row["slot"])
    if met != row["slot"]:
        return said("The same code as ", tag("a", f"candidate {met}", href=f"#c{met}"), ".")
    return block(row["source"], page.limits.block, f"Code of candidate {row['slot']}")
