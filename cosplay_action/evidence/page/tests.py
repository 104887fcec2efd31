"""The tests: those that ship, those that do not and why, those that play retired; and what the checks said."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.page import charts
from cosplay_action.evidence.page.answers import expected, origin, votes
from cosplay_action.evidence.page.markup import Child, Markup, glyph, hidden, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, code, folded, listed, pairs, prose, said, unshown
from cosplay_action.evidence.shape import Kept, RegressionRecord, UnitTestRecord
from cosplay_action.evidence.view import percent


def section(page: Page) -> Section | None:
    report = page.report
    kept = [_entry(page, one["test"], one["support"], more=_notices(one)) for one in report["kept"]]
    dropped = [_entry(page, one["test"], one["support"], why=one["because"]) for one in report["dropped"]]
    retired = [_entry(page, one, None) for one in report["retired"]]
    parts = [
        _part(page, "Kept", kept, _ships(page), opened=True),
        _part(page, "Dropped", dropped, None, opened=len(dropped) <= 12),
        _part(
            page, "Retired", retired, said("Replaced during play because every candidate passed them."), opened=False
        ),
    ]
    found = [part for part in parts if part]
    return Section(anchor="tests", title="Tests", body=joined(found)) if found else None


def _notices(one: Kept) -> str:
    """What it notices of wrong code; empty where that was not measured."""
    return f"mutants noticed: {seen}" if (seen := view.notices(one)) else ""


def _ships(page: Page) -> Markup:
    landing = page.report["landing"]
    place = (
        ["They ship as ", code(landing["test_path"], page.limits.line), ". "]
        if landing and landing["test_path"]
        else []
    )
    return said(
        *place, "The chosen candidate passes each of them, and so does at least half of the pool (its support)."
    )


def _part(page: Page, name: str, entries: list[Markup], lead: Child, *, opened: bool) -> Markup | None:
    if not entries:
        return None
    limit = page.limits.items
    shown = tag("ul", *entries[:limit], class_="tests")
    return folded(
        tag("b", f"{name} ({len(entries)})"), lead, shown, unshown(len(entries) - limit, "test"), opened=opened
    )


def _entry(page: Page, test: UnitTestRecord, support: float | None, *, more: str = "", why: str = "") -> Markup:
    limit = page.limits.line
    arrow = joined([glyph("→", "to"), hidden(" expects ")])
    call = tag("span", code(test["input"], limit), arrow, expected(page, test), class_="call")
    shown = tag("span", f"{percent(support)} support", charts.bar([(support or 0.0, "mine")], 1.0), class_="support")
    facts = [origin(test)] + ([f"votes: {votes(test)}"] if test["votes"]["asked"] else [])
    facts += [one for one in (more, f"idea: {test['idea']}" if test["idea"] else "") if one]
    meta = tag("small", prose("; ".join(facts), limit))
    because = tag("small", prose(why, limit), class_="why") if why else None
    return tag("li", _name(page, test), call, shown if support is not None and test["valid"] else None, meta, because)


def _name(page: Page, test: UnitTestRecord) -> Markup:
    """The name of its column, linked to what each candidate gave; a retired test has none."""
    at = next((at for at, column in enumerate(page.report["tests"]) if column["test"] == test), None)
    return tag("span", glyph("-"), hidden("retired")) if at is None else tag("a", page.names[at], href=f"#t{at}")


def checks(page: Page) -> Section | None:
    """What would land, what running it said, and the repository's own tests."""
    landing = page.report["landing"]
    if landing is None:
        return None
    limit = page.limits.line
    name = "Changed file" if page.report["chosen"] else "File (unchanged)"
    rows: list[tuple[str, Child]] = [(name, code(landing["path"], limit))]
    rows += [("Test file", code(landing["test_path"], limit))] if landing["test_path"] else []
    rows += [("Kept tests, run before they ship", prose(landing["check"], limit))] if landing["check"] else []
    notes = listed([prose(note, limit) for note in landing["notes"]], page.limits.items)
    suite = _suite(page, landing["regression"]) if landing["regression"] else None
    return Section(
        anchor="checks", title="Landing and checks", body=joined([pairs(rows, class_="facts"), notes, suite])
    )


def _suite(page: Page, found: RegressionRecord) -> Markup:
    """The repository's own test command, before and with each candidate that was tried."""
    limit = page.limits.line
    rows: list[tuple[str, Child]] = [("Command", code(found["command"], limit))]
    rows += [("Before", prose(found["baseline"], limit))] if found["baseline"] else []
    rows += [("Note", prose(found["note"], limit))] if found["note"] else []
    tried = [
        joined([f"With candidate {one['slot']} in place: ", prose(view.trial(one), limit), _lost(page, one["lost"])])
        for one in found["tried"]
    ]
    head = tag("h3", "The repository's own tests")
    return joined(
        [head, said(view.own_tests(page.report)), pairs(rows, class_="facts"), listed(tried, page.limits.items)]
    )


def _lost(page: Page, names: list[str]) -> Markup | None:
    return listed([code(name, page.limits.answer) for name in names], 20) if names else None
