"""The words around a question to the spec's author, which every rendering shares: our own text and numbers."""

from __future__ import annotations

from collections.abc import Sequence

from cosplay_action.evidence import view
from cosplay_action.evidence.shape import Report, SideRecord, UnitTestRecord

ASKED = "Candidates that do equally well on the tests read the spec in different ways. Which answer is meant?"
UNTESTED = "No valid test tells the candidates apart, and they read the spec in different ways. Which answer is meant?"
BARE = "To settle it, add an example with this input and the answer that is meant, and run again."
SPLIT = "Candidates answer inputs of the self-written tests in different ways. Which answer is meant?"
TOGETHER = "No candidate meets all examples of the spec together. Does one of them say something else than the rest?"
SILENT = "No line of the spec was recognised as being about it."


def side(report: Report, one: SideRecord) -> str:
    """Who stands behind an answer; our own words and numbers."""
    named = " and ".join(view.cluster_name(at) for at in one["clusters"])
    pool = view.count(len(report["candidates"]), "candidate")
    if not named:
        return f"{one['candidates']} of {pool}"
    return f"{one['candidates']} of {pool} (cluster{'s' * (len(one['clusters']) > 1)} {named})"


def asked(report: Report) -> str:
    """What the author is asked, before the inputs; there may be no test at all."""
    if not any(side["clusters"] for one in report["questions"] for side in one["sides"]):
        return SPLIT
    return ASKED if any(column["test"]["valid"] for column in report["tests"]) else UNTESTED


def apart(report: Report) -> list[tuple[UnitTestRecord, str]]:
    """Where nothing is chosen, and no candidate meets all examples: each one, and in our words by how many it is met.

    Empty where some candidate meets them all, or there is only one to meet.
    """
    columns = [at for at, one in enumerate(report["tests"]) if one["test"]["origin"] == "example"]
    grid = [[row[at]["passes"] for at in columns] for row in report["matrix"]]
    if report["chosen"] or len(columns) < 2 or any(all(row) for row in grid):
        return []
    pool = view.count(len(grid), "candidate")
    met = [sum(row[at] for row in grid) for at in range(len(columns))]
    words = [f"met by {number or 'none'} of {pool}" for number in met]
    return [(report["tests"][at]["test"], said) for at, said in zip(columns, words, strict=True)]


def settle(report: Report) -> str:
    """What to do with the examples below it. A program has no docstring."""
    place = "the spec (a stub's docstring, or the Examples of a spec in Markdown)"
    where = place if "::" in report["target"] else "the Examples of the spec"
    return f"To settle it, add the one that is meant to {where}, as it stands, and run again:"


def nearest(words: Sequence[str]) -> str:
    """What comes before the line that leaves a question open; ``words`` are what it shares, ready to be shown."""
    return f"The nearest line of the spec (in common: {', '.join(words[:8])}) leaves it open:"
