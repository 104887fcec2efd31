"""The question to the spec's author: where nothing is chosen, it is the result."""

from __future__ import annotations

from cosplay_action.evidence import asking
from cosplay_action.evidence.page import charts
from cosplay_action.evidence.page.markup import Child, Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, block, code, prose, said
from cosplay_action.evidence.shape import QuestionRecord, SideRecord, UnitTestRecord

_MOST = 3  # questions, the shortest inputs first
_WORDS = 8  # shared with a line of the spec


def section(page: Page) -> Section | None:
    asked = [tag("li", _asked(page, one)) for one in page.report["questions"][:_MOST]]
    apart = [tag("li", *_apart(page, test), tag("small", words)) for test, words in asking.apart(page.report)]
    body = joined([
        *([said(asking.TOGETHER), tag("ul", *apart, class_="sides")] if apart else []),
        *([said(asking.asked(page.report)), tag("ol", *asked, class_="questions")] if asked else []),
    ])  # fmt: skip
    if not asked and not apart:
        return None
    return Section(anchor="question", title="A question to the author of the spec", body=body)


def _apart(page: Page, test: UnitTestRecord) -> list[Child]:
    return [code(test["input"], page.limits.line), " gives ", code(test["expected"] or "", page.limits.answer), " "]


def _asked(page: Page, one: QuestionRecord) -> Markup:
    """The input, what each side answers, the line of the spec that leaves it open, and what would settle it."""
    sides = tag("ul", *(_side(page, side) for side in one["sides"]), class_="sides")
    return joined([said("On ", code(one["input"], page.limits.line)), sides, _line(page, one), _settled(page, one)])


def _side(page: Page, side: SideRecord) -> Markup:
    drawn = charts.bar([(float(side["candidates"]), "rival")], len(page.report["candidates"]))
    return tag("li", code(side["answer"], page.limits.answer), tag("small", asking.side(page.report, side)), drawn)


def _line(page: Page, one: QuestionRecord) -> Markup:
    if not one["line"]:
        return said(asking.SILENT)
    parts: list[Child] = [part for word in one["shared"][:_WORDS] for part in (", ", code(word, 40))]
    quoted = tag("q", prose(one["line"], page.limits.line))
    return said("The nearest line of the spec (in common: ", *parts[1:], ") leaves it open: ", quoted)


def _settled(page: Page, one: QuestionRecord) -> Markup:
    examples = [side["example"] for side in one["sides"] if side["example"]]
    if not examples:
        return said(asking.BARE)
    shown = [block(example, page.limits.block, "Example to add") for example in examples]
    return joined([said(asking.settle(page.report)), *shown])
