"""The head of the page: what was decided, how far it is agreed, and what to be careful about."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.page import extras, grounds
from cosplay_action.evidence.page.markup import Child, Markup, glyph, joined, tag
from cosplay_action.evidence.page.pieces import Page, code, folded, listed, pairs, prose, words
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.view import count

_BADGES = {"chosen": ("✓", "Chosen"), "no-consensus": ("?", "No consensus"), "budget-exceeded": ("■", "Budget spent")}
_THIN = 1  # a margin that one other answer would have turned


def head(page: Page) -> Markup:
    report = page.report
    return joined(
        [
            tag("p", "cosplay-action report", class_="kicker"),
            tag("h1", code(report["target"], page.limits.line, lines=False)),
            tag("p", _badge(report), " ", tag("strong", *_headline(page)), class_="verdict"),
            _reason(page),
            tag("p", " ".join(view.sentences(report)), class_="sentences"),
            grounds.confidence(page),
            _warnings(page),
            _figures(page),
            _facts(page),
            _statement(page),
        ]
    )


def sentence(report: Report) -> str:
    """The verdict in one line, without the confidence, which has its own place."""
    return view.title({**report, "confidence": None})


def _badge(report: Report) -> Markup:
    mark, name = _BADGES.get(report["status"], ("?", report["status"]))
    return tag("span", glyph(mark), " ", name, class_=f"badge {report['status']}")


def _headline(page: Page) -> list[Child]:
    """The verdict; where it is no more than the badge says, the reason instead."""
    said = sentence(page.report)
    reason = page.report["reason"]
    return _nothing(page, reason) if reason and said == _BADGES["no-consensus"][1] else [f"{said}."]


def _nothing(page: Page, reason: str) -> list[Child]:
    return ["Nothing was chosen: ", prose(reason, page.limits.line), "."]


def _reason(page: Page) -> Markup | None:
    report = page.report
    if report["chosen"] is None and report["reason"] and sentence(report) != _BADGES["no-consensus"][1]:
        return tag("p", *_nothing(page, report["reason"]))
    if report["chosen"] and report["choice"]["rule"] != "consensus":
        return tag("p", "Selection rule: ", code(report["choice"]["rule"], page.limits.line), ".")
    return None


def _warnings(page: Page) -> Markup | None:
    warned = [*_own_warnings(page), *extras.warnings(page)]
    if not warned:
        return None
    shown = listed(warned, page.limits.items)
    return tag(
        "section", tag("h2", glyph("⚠"), " Be careful", id="warnings"), shown, class_="warn", aria_labelledby="warnings"
    )


def _own_warnings(page: Page) -> list[Child]:
    report, limit = page.report, page.limits.line
    sandbox = report["facts"]["sandbox"]
    found: list[Child] = []
    if sandbox["note"]:
        found.append(
            joined(
                ["What the sandbox ", code(sandbox["level"], limit), " does not hold: ", prose(sandbox["note"], limit)]
            )
        )
    if report["status"] == "budget-exceeded":
        found.append("The budget ended the run before the method was done: this is the best so far.")
    if report["chosen"] and len(report["clusters"]) > 1 and report["choice"]["margin"] <= _THIN:
        found.append(f"The margin over the strongest rival is {report['choice']['margin']}: it is close.")
    if report["landing"]:
        found += [joined(["Not converted to a test: ", code(one, limit)]) for one in report["landing"]["unconverted"]]
    return found


def _figures(page: Page) -> Markup:
    """The numbers one looks for first."""
    report = page.report
    total = report["costs"]["total"]
    tokens = total["input_tokens"] + total["output_tokens"]
    shown: list[tuple[str, Child]] = [
        ("Agreeing", f"{report['choice']['agreeing']} of {len(report['candidates'])}"),
        ("Margin", str(report["choice"]["margin"])),
        ("Clusters", str(len(report["clusters"]))),
        ("Kept tests", str(len(report["kept"]))),
        ("Rounds", str(max((one["number"] for one in report["rounds"]), default=0))),
        ("Tokens", f"{tokens:,}"),
    ]
    usd = report["costs"]["usd"]
    return pairs(shown + ([("Cost", view.money(usd))] if usd is not None else []), class_="figures")


def _facts(page: Page) -> Markup:
    facts, limit = page.report["facts"], page.limits.line
    rows: list[tuple[str, Child]] = [
        ("Model", words(facts["model"], limit)),
        ("Preset", words(facts["preset"], limit)),
        ("Seed", str(facts["seed"])),
        ("Sandbox", words(facts["sandbox"]["level"], limit)),
        ("Begun", words(facts["created"], limit)),
    ]
    return pairs(rows, class_="facts inline")


def _statement(page: Page) -> Markup | None:
    problem = page.report["problem"]
    if not problem["statement"] and not problem["notes"]:
        return None
    notes = listed([prose(note, page.limits.line) for note in problem["notes"]], page.limits.items)
    shown = tag("pre", tag("code", words(problem["statement"].rstrip("\n"), page.limits.block)))
    return folded(f"What was asked for{_noted(len(problem['notes']))}", shown, notes)


def _noted(number: int) -> str:
    return f", and {count(number, 'remark')} on how it was read" if number else ""
