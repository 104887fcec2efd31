"""What the verdict stands on: the confidence, and what the kept tests notice of wrong code."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.page import charts
from cosplay_action.evidence.page.markup import Markup, glyph, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, code, listed, prose, said
from cosplay_action.evidence.shape import StrengthRecord, SurvivorRecord

_SIGNS = {"low": "●○○", "medium": "●●○", "high": "●●●"}


def confidence(page: Page) -> Markup | None:
    """The level, and the sentences that hold it down and up."""
    found = page.report["confidence"]
    if found is None:
        return None
    level = found["level"]
    head = tag("h2", "Confidence: ", prose(level, 40), " ", glyph(_SIGNS.get(level, ""), "dots"), id="confidence")
    sides = [
        tag("div", tag("h3", title), listed([prose(one, page.limits.line) for one in lines], page.limits.items))
        for title, lines in (("What holds it down", found["down"]), ("What holds it up", found["up"]))
        if lines
    ]
    return tag("section", head, tag("div", *sides, class_="two"), class_="confidence", aria_labelledby="confidence")


def strength(page: Page) -> Section | None:
    """How many small changes of the chosen code the kept tests notice, and some that they do not."""
    found = page.report["strength"]
    if found is None:
        return None
    drawn = _bar(found) if found["mutants"] else None
    missed = listed([_survivor(page, one) for one in found["survivors"]], page.limits.items)
    lead = tag("h3", "What no kept test notices") if found["survivors"] else None
    body = joined([said(view.strength(page.report)), drawn, lead, missed])
    return Section(anchor="strength", title="Strength of the kept tests", body=body)


def _bar(found: StrengthRecord) -> Markup:
    parts = [
        (float(found["killed"]), "mine"),
        (float(found["survived"]), "rival"),
        (float(found["perhaps_equivalent"]), "none"),
    ]
    left = f"{found['survived']} unnoticed, {found['perhaps_equivalent']} perhaps equivalent"
    legend = [
        tag("li", charts.bar([(1.0, kind)], 1.0), f"{number:,} {word}")
        for kind, number, word in (
            ("mine", found["killed"], "noticed"),
            ("rival", found["survived"], "unnoticed"),
            ("none", found["perhaps_equivalent"], "perhaps equivalent"),
        )
    ]
    bar = charts.bar(parts, found["mutants"], f"Of {found['mutants']} mutants: {found['killed']} noticed, {left}")
    return tag("div", bar, tag("ul", *legend, class_="legend"), class_="strength")


def _survivor(page: Page, one: SurvivorRecord) -> Markup:
    limit = page.limits.line
    change = [code(one["before"].strip(), limit), " became ", code(one["after"].strip(), limit)]
    told = ["; a test of ", code(one["input"], limit), " would notice"] if one["input"] else []
    return joined([prose(one["what"], 80), f", {view.place(page.report, one)}: ", *change, *told])
