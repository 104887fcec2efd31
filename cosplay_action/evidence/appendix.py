"""The Markdown sections to look things up in: moves, dropped tests, checks, implementation, plans, costs, replay."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.neutralise import clip, code, fence, prose
from cosplay_action.evidence.pieces import Section, call, cell, details, section, table
from cosplay_action.evidence.shape import Cost, RegressionRecord, Report
from cosplay_action.evidence.view import count, percent


def moves(report: Report, rows: int) -> Section:
    made = [(one["number"], move) for one in report["rounds"] for move in one["moves"]]
    shown = table(
        ["round", "move", "slot", "was", "is", "taken", "because"],
        [
            [
                str(number),
                move["kind"],
                str(move["slot"]),
                cell(move["old"], 20),
                cell(move["new"], 20),
                "yes" if move["kept"] else "no",
                prose(move["because"], 300, table=True),
            ]
            for number, move in made
        ],
        "rlrllll",
        rows,
    )
    return details(f"Moves ({len(made)})", shown)


def dropped(report: Report, rows: int) -> Section:
    shown = table(
        ["test", "expected", "origin", "support", "why it does not ship"],
        [
            [
                *call(one["test"]),
                one["test"]["origin"],
                percent(one["support"]) if one["test"]["valid"] else "-",
                prose(one["because"], 300, table=True),
            ]
            for one in report["dropped"]
        ],
        "lllrl",
        rows,
    )
    return details(f"Dropped tests ({len(report['dropped'])})", shown)


def landing(report: Report, rows: int) -> Section:
    """What running the kept tests said, and the notes for people."""
    found = report["landing"]
    if found is None:
        return Section("Checks", "")
    lines = [f"- The kept tests, run before they ship: {code(found['check'])}"] if found["check"] else []
    lines += _suite(found["regression"], rows) if found["regression"] else []
    lines += [f"- {prose(note, 400)}" for note in found["notes"][:rows]]
    lines += [f"- Not converted to a test: {code(text)}" for text in found["unconverted"][:rows]]
    return section("Checks", "\n".join(lines))


def _suite(found: RegressionRecord, rows: int) -> list[str]:
    """The repository's own test command: how it ended before, and with each candidate that was tried."""
    lines = [f"- The repository's own tests, {code(found['command'])}: {prose(found['note'], 600)}"]
    if not found["note"]:
        lines = [f"- The repository's own tests, {code(found['command'])}, before: {prose(found['baseline'])}"]
    for one in found["tried"]:
        names = [code(name) for name in one["lost"][:rows]]
        more = f" and {one['count'] - len(names)} more" if names and one["count"] > len(names) else ""
        lost = f" ({', '.join(names)}{more})" if names else ""
        lines.append(f"- With candidate {one['slot']} in place: {prose(view.trial(one), 400)}{lost}")
    return lines


def implementation(report: Report) -> Section:
    chosen = report["chosen"]
    if chosen is None:
        return Section("Implementation", "")
    return section("Implementation", fence(clip(chosen["implementation"], 30_000), "python"))


def ideas(report: Report) -> Section:
    """Hints and plans of Stage 1."""
    lines = [f"- Hint: {prose(hint, 600)}" for hint in report["hints"][:40]]
    lines += [f"- Plan: {prose(plan, 600)}" for plan in report["plans"][:80]]
    title = f"{count(len(report['hints']), 'hint')} and {count(len(report['plans']), 'plan')}"
    return details(title, "\n".join(lines))


def settings(report: Report) -> Section:
    rows = [[cell(one["name"]), cell(one["value"])] for one in report["facts"]["settings"]]
    return details("Settings", table(["setting", "value"], rows, "ll"))


def costs(report: Report) -> Section:
    found = report["costs"]
    rows = [_cost(one) for one in [*found["stages"], found["total"]]]
    shown = table(["stage", "replies", "usable", "tokens in", "cached", "tokens out", "model seconds"], rows, "lrrrrrr")
    lost = view.lost_replies(found["total"])
    words = f"{count(found['cells'], 'execution')}; cost: {view.money(found['usd'])}"
    return section("Cost", shown, f"{words}; replies that did not end well: {prose(lost)}." if lost else f"{words}.")


def _cost(one: Cost) -> list[str]:
    numbers = (one["replies"], one["usable"], one["input_tokens"], one["cached_tokens"], one["output_tokens"])
    return [prose(one["stage"], table=True), *(f"{number:,}" for number in numbers), f"{one['seconds']:,.1f}"]


def replay(report: Report) -> Section:
    facts = report["facts"]
    digest = f" (weights {code(facts['model_digest'], 80)})" if facts["model_digest"] else ""
    note = f" ({prose(facts['sandbox']['note'], 300)})" if facts["sandbox"]["note"] else ""
    lines = (
        f"- Model {code(facts['model'])}{digest}, preset {code(facts['preset'])}, seed {facts['seed']}",
        f"- Sandbox {code(facts['sandbox']['level'])}{note}, Python {code(facts['python'])}",
        f"- cosplay-action {code(facts['tool_version'])}, begun {code(facts['created'])}",
    )
    command = fence(clip(facts["replay"], 2000), "console") if facts["replay"] else ""
    return section("How to replay", "\n".join(lines), command)
