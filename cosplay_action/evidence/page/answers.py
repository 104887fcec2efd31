"""One input and every different answer to it, with the candidates that gave it: what the cards of the matrix show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cosplay_action.evidence import view
from cosplay_action.evidence.page.markup import Child, Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, code, cut, folded, pairs, prose, unshown
from cosplay_action.evidence.shape import Answer, UnitTestRecord
from cosplay_action.evidence.view import Mark, count, percent

_ENDED: dict[str, Mark] = {"raised": "error", "timed_out": "timeout"}  # of a probe, which nothing can pass


class Given(NamedTuple):
    """One answer: how it is drawn, what that means, and what was shown."""

    sign: str
    kind: Mark
    meaning: str
    shown: str


def every_test(page: Page) -> list[Markup]:
    """One folded part a column, in the order of the heat map; the script reads its cards from them."""
    return [_test(page, at) for at in page.columns]


def _test(page: Page, at: int) -> Markup:
    column = page.report["tests"][at]
    test = column["test"]
    given = [_marked(page.grid[slot][at], row[at]["shown"]) for slot, row in enumerate(page.report["matrix"])]
    support = f"{percent(column['support'])} support" if test["valid"] else "invalid"
    heading = [tag("b", page.names[at]), " ", code(test["input"], 80, lines=False), " ", tag("small", support)]
    facts = pairs([*about(page, test), ("Support", percent(column["support"]))], class_="facts")
    return folded(joined(heading), facts, answers(page, given), id=f"t{at}", class_="test")


def _marked(mark: Mark, shown: str) -> Given:
    return Given(view.GLYPHS[mark], mark, view.MEANING[mark], shown)


def about(page: Page, test: UnitTestRecord) -> list[tuple[str, Child]]:
    """What is known of a test before anyone ran it."""
    limit = page.limits.line
    rows: list[tuple[str, Child]] = [("Input", code(test["input"], limit)), ("Expected", expected(page, test))]
    rows += [("Votes", votes(test)), ("Origin", origin(test))]
    return rows + ([("Idea", tag("q", prose(test["idea"], limit)))] if test["idea"] else [])


def expected(page: Page, test: UnitTestRecord) -> Markup:
    return tag("i", "no majority") if test["expected"] is None else code(test["expected"], page.limits.line)


def votes(test: UnitTestRecord) -> str:
    cast = test["votes"]
    if not cast["asked"]:
        return "none, it is given" if test["origin"] == "example" else "none"
    tries = f" after {count(cast['attempts'], 'attempt')}" if cast["attempts"] > 1 else ""
    return f"{cast['agreed']} of {cast['asked']} agreed{tries}"


def origin(test: UnitTestRecord) -> str:
    return (
        f"{test['origin']}, written in round {test['born']}" if test["origin"] != "example" else "example of the spec"
    )


def every_probe(page: Page) -> list[Markup]:
    """One folded part a fresh input: equal answers have equal letters."""
    return [_probe(page, at) for at in range(len(page.report["probes"]))]


def _probe(page: Page, at: int) -> Markup:
    probe = page.report["probes"][at]
    given = [_lettered(row[at]) for row in page.report["signatures"]]
    different = len({one.sign for one in given if one.sign != "-"})
    said = "one answer" if different == 1 else count(different, "different answer")
    heading = [tag("b", str(at + 1)), " ", code(probe["input"], 80, lines=False), " ", tag("small", said)]
    asked = pairs([("Input", code(probe["input"], page.limits.line))], class_="facts")
    return folded(joined(heading), asked, answers(page, given), class_="test")


def _lettered(answer: Answer) -> Given:
    group = answer["group"]
    sign = "-" if group is None else view.cluster_name(group).lower()
    kind = "pass" if answer["status"] == "returned" else _ENDED.get(answer["status"], "stopped")
    return Given(sign, kind, "" if group is not None else "nothing to compare", answer["shown"])


def answers(page: Page, given: Sequence[Given]) -> Markup:
    """The different answers, the most frequent first; each names the slots that gave it."""
    slots: dict[Given, list[int]] = {}
    for slot, one in enumerate(given):
        slots.setdefault(one, []).append(slot)
    order = sorted(slots, key=lambda one: (one.kind != "pass", -len(slots[one]), slots[one][0]))
    shown = [_answer(page, one, slots[one]) for one in order[: page.limits.answers]]
    return joined([tag("ul", *shown, class_="answers"), unshown(len(order) - len(shown), "different answer")])


def _answer(page: Page, given: Given, slots: list[int]) -> Markup:
    """An item of the list, which says nothing twice; ``data-of`` is for the script and holds numbers only."""
    sign = tag("span", given.sign, class_=f"m {given.kind}", aria_hidden="true" if given.meaning else None)
    meaning = None if given.shown.startswith(given.meaning) else tag("span", given.meaning, class_="kind")
    who = tag("small", f"{count(len(slots), 'candidate')}: ", *candidates(slots))
    parts = (sign, meaning, code(given.shown, page.limits.answer), who)
    return _spaced(parts, slots)


def _spaced(parts: Iterable[Child], slots: list[int]) -> Markup:
    return tag("li", *(one for part in parts for one in (part, " ")), data_of=" ".join(map(str, slots)))


def candidates(slots: Iterable[int], limit: int = 100) -> list[Child]:
    """The candidates by slot, linked to what is known of each."""
    found = list(slots)
    links: list[Child] = []
    for slot in found[:limit]:
        links += [", ", tag("a", str(slot), href=f"#c{slot}")]
    return [*links[1:], *([cut(f" and {len(found) - limit} more")] if len(found) > limit else [])]
