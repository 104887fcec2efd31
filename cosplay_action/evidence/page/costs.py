"""What the run cost, by stage and role; and the circumstances it can be replayed from."""

from __future__ import annotations

from cosplay_action.evidence import view
from cosplay_action.evidence.page import charts
from cosplay_action.evidence.page.markup import Child, Markup, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, folded, listed, pairs, prose, said, table, words
from cosplay_action.evidence.shape import Cost, Costs
from cosplay_action.evidence.view import count

_HEADS = [
    "Stage",
    "Role",
    "Replies",
    "Usable",
    "Tokens in",
    "of them cached",
    "Tokens out",
    "All tokens",
    "Model seconds",
    "Not ended well",
]


def section(page: Page) -> Section:
    costs = page.report["costs"]
    top = max((_tokens(one) for one in costs["roles"]), default=0)
    rows = [row for stage in costs["stages"] for row in _stage(costs, stage, top)]
    rows.append(_row(costs["total"], 0))
    lead = said(
        f"{count(costs['cells'], 'execution')} in the sandbox; cost: {view.money(costs['usd'])}. "
        "Seconds are the model's, added over replies: calls overlap."
    )
    legend = tag("small", "Bars: tokens in, dark where cached, then tokens out.")
    return Section(
        anchor="costs",
        title="Cost and time",
        body=joined([lead, table("Costs by stage and role", _HEADS, rows, "234568"), legend]),
    )


def _stage(costs: Costs, stage: Cost, top: int) -> list[list[Child]]:
    """Its roles, and their sum where it has several."""
    roles = [_row(one, top) for one in costs["roles"] if one["stage"] == stage["stage"]]
    return [*roles, _row(stage, 0)] if len(roles) > 1 else roles


def _tokens(one: Cost) -> int:
    return one["input_tokens"] + one["output_tokens"]


def _row(one: Cost, top: int) -> list[Child]:
    """Without ``top``: a sum, which has no bar beside its parts."""
    fresh = one["input_tokens"] - one["cached_tokens"]
    parts = [
        (float(one["cached_tokens"]), "mine deciding"),
        (float(max(0, fresh)), "mine"),
        (float(one["output_tokens"]), "rival"),
    ]
    role = one["role"] if top or one["role"] != "all" else "sum"
    stage = one["stage"] if one["stage"] != "all" else "all stages"
    numbers = (one["replies"], one["usable"], one["input_tokens"], one["cached_tokens"], one["output_tokens"])
    drawn = charts.bar(parts, top) if top else None
    shown: list[Child] = [words(stage, 40), words(role, 40), *(f"{number:,}" for number in numbers), drawn]
    shown += [f"{one['seconds']:,.1f}", prose(view.lost_replies(one), 200)]
    return shown if top else [tag("b", part) if part else part for part in shown]


def facts(page: Page) -> Section:
    """How to replay it: the command, the circumstances, every setting, the ideas behind it."""
    found, limit = page.report["facts"], page.limits.line
    rows: list[tuple[str, Child]] = [
        ("Model", words(found["model"], limit)),
        ("Weights", words(found["model_digest"], limit)),
        ("Preset", words(found["preset"], limit)),
        ("Seed", str(found["seed"])),
        ("Sandbox", words(found["sandbox"]["level"], limit)),
        ("Python of the candidates", words(found["python"], limit)),
        ("cosplay-action", words(found["tool_version"], limit)),
        ("Begun", words(found["created"], limit)),
        ("Spec", words(page.report["problem"]["digest"], limit)),
        ("Self-play ended", view.ended(page.report)),
    ]
    settings = [
        [words(one["name"], limit), words(one["value"], limit)] for one in found["settings"][: page.limits.items]
    ]
    parts = [
        _replay(page),
        pairs([row for row in rows if row[1]], class_="facts"),
        folded("Every setting", table("Settings", ["Setting", "Value"], settings)) if settings else None,
        _ideas(page),
    ]
    return Section(anchor="replay", title="Replay and settings", body=joined(parts))


def _replay(page: Page) -> Markup | None:
    """The command in a box of its own: selected by a click, copied by a button where there is script."""
    command = page.report["facts"]["replay"]
    if not command:
        return None
    shown = tag(
        "pre",
        tag("code", words(command, page.limits.line * 5), id="command"),
        tabindex=0,
        role="group",
        aria_label="Replay command",
    )
    return tag("div", shown, class_="replay")


def _ideas(page: Page) -> Markup | None:
    report, limit = page.report, page.limits
    if not report["hints"] and not report["plans"]:
        return None
    title = f"{count(len(report['hints']), 'hint')} and {count(len(report['plans']), 'plan')}"
    hints = listed([prose(one, limit.line) for one in report["hints"]], limit.items)
    plans = listed([prose(one, limit.line) for one in report["plans"]], limit.items, ordered=True)
    return folded(title, tag("h3", "Hints"), hints, tag("h3", "Plans"), plans)
