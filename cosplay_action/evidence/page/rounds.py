"""How the pools became better: each round's matrix as a picture, its distributions, and the moves that made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cosplay_action.evidence import view
from cosplay_action.evidence.page import charts
from cosplay_action.evidence.page.markup import Child, Markup, glyph, joined, tag
from cosplay_action.evidence.page.pieces import Page, Section, folded, prose, said, table, unshown, words
from cosplay_action.evidence.shape import MoveRecord, RoundRecord
from cosplay_action.evidence.view import count, percent

_SIGNS = {"clean": "✦", "break": "✂", "fix": "✚", "replace": "⇄"}
_MEANS = {
    "clean": "a candidate that passes nothing is written anew",
    "break": "the least supported test is replaced",
    "fix": "a candidate is repaired",
    "replace": "a useless or settled test is replaced",
}


def section(page: Page) -> Section | None:
    rounds = page.report["rounds"]
    if not rounds:
        return None
    body = joined(
        [
            said(
                _trend(rounds),
                "Each picture is the matrix after a round, in the order of the matrix above. ",
                _key(rounds),
            ),
            tag("ol", *(tag("li", _card(page, one, _tops(rounds))) for one in rounds), class_="rounds"),
            folded("The same in numbers", _numbers(rounds)),
        ]
    )
    return Section(anchor="rounds", title="Round by round", body=body)


def _trend(rounds: list[RoundRecord]) -> str:
    first, last = percent(_passing(rounds[0])), percent(_passing(rounds[-1]))
    if len(rounds) == 1:
        return f"Of the cells that count, {last} pass; no round was played. "
    return (
        f"Of the cells that count, {first} pass at first and {last} in the end: weak rows and columns fill up or are "
        "replaced. "
    )


def _key(rounds: list[RoundRecord]) -> str:
    """What the pictures show; hatching only where there is any."""
    hatched = any(not counts for one in rounds for counts in one["valid"])
    return "Filled cells pass, hatched columns are invalid tests." if hatched else "Filled cells pass."


def _passing(one: RoundRecord) -> float:
    cells = len(one["passes"]) * view.valid_tests(one)
    return sum(one["pass_counts"]) / cells if cells else 0.0


def _tops(rounds: list[RoundRecord]) -> tuple[int, int]:
    """The tallest bar of either distribution over all rounds, so that rounds can be compared."""
    pools = [max(charts.binned(pass_shares(one))) for one in rounds]
    return max(pools), max(max(charts.binned(supports(one))) for one in rounds)


def _card(page: Page, one: RoundRecord, tops: tuple[int, int]) -> Markup:
    taken = sum(move["kept"] for move in one["moves"])
    moved = f"{taken} of {count(len(one['moves']), 'move')} kept" if one["moves"] else "before any move"
    by_pass = charts.histogram(charts.binned(pass_shares(one)), "Candidates by share of tests passed", tops[0])
    by_support = charts.histogram(charts.binned(supports(one)), "Valid tests by support", tops[1])
    return tag(
        "figure",
        tag("figcaption", tag("b", f"Round {one['number']}"), " ", tag("small", moved)),
        _picture(page, one),
        tag("div", tag("small", "pass counts, in %"), by_pass),
        tag("div", tag("small", "supports, in %"), by_support),
    )


def _picture(page: Page, one: RoundRecord) -> Markup | None:
    if not one["passes"] or not one["valid"]:
        return None
    columns = _order(page.columns, len(one["valid"]))
    drawn = ["".join(one["passes"][row][at] for at in columns) for row in _order(page.rows, len(one["passes"]))]
    share = percent(_passing(one))
    label = f"Matrix after round {one['number']}: {share} of the cells that count pass"
    return charts.bitmap(drawn, [one["valid"][at] for at in columns], label)


def _order(order: Sequence[int], length: int) -> Sequence[int]:
    """The order of the final matrix, where this round's pool is of the same size."""
    return order if len(order) == length else range(length)


def pass_shares(one: RoundRecord) -> list[float]:
    """The share of valid tests that each candidate passes."""
    valid = view.valid_tests(one)
    return [number / valid if valid else 0.0 for number in one["pass_counts"]]


def supports(one: RoundRecord) -> list[float]:
    """The share of candidates that pass each valid test."""
    slots = len(one["passes"])
    passing = [sum(row[at] == "1" for row in one["passes"]) for at, counts in enumerate(one["valid"]) if counts]
    return [number / slots if slots else 0.0 for number in passing]


def _numbers(rounds: list[RoundRecord]) -> Markup:
    heads = ["Round", "Pass counts, lowest to highest", "Best", "Median", "Mean support", "Valid tests", "Moves kept"]
    return table("Pass counts and supports by round", heads, [_row(one) for one in rounds], "2345")


def _row(one: RoundRecord) -> list[Child]:
    counts, shares = sorted(one["pass_counts"]), supports(one)
    tally = ", ".join(
        f"{number} (by {many})" if many > 1 else str(number) for number, many in sorted(Counter(counts).items())
    )
    mean = percent(sum(shares) / len(shares)) if shares else "-"
    taken = f"{sum(move['kept'] for move in one['moves'])} of {len(one['moves'])}" if one["moves"] else "-"
    best, middle = (counts[-1], counts[len(counts) // 2]) if counts else (0, 0)
    return [
        str(one["number"]),
        tally,
        str(best),
        str(middle),
        mean,
        f"{view.valid_tests(one)} of {len(one['valid'])}",
        taken,
    ]


def moves(page: Page) -> Section | None:
    """The timeline: each move of each round, whether it was kept, and why it was made."""
    played = [one for one in page.report["rounds"] if one["moves"]]
    if not played:
        return None
    kinds = [tag("li", _kind(kind), f" {meaning}") for kind, meaning in _MEANS.items()]
    body = [tag("ul", *kinds, class_="legend", aria_label="Kinds of moves")]
    few = sum(len(one["moves"]) for one in played) <= 40
    body += [_timeline(page, one, opened=few or one is played[-1]) for one in played]
    return Section(anchor="moves", title="Moves", body=joined(body))


def _kind(kind: str) -> Markup:
    return tag(
        "span", glyph(_SIGNS.get(kind, "•")), " ", words(kind, 20), class_=f"move {kind if kind in _SIGNS else 'other'}"
    )


def _timeline(page: Page, one: RoundRecord, *, opened: bool) -> Markup:
    limit = page.limits.moves
    made = tag("ol", *(_move(page, move) for move in one["moves"][:limit]), class_="timeline")
    return folded(_summary(one), made, unshown(len(one["moves"]) - limit, "move"), opened=opened)


def _summary(one: RoundRecord) -> Markup:
    made = Counter(move["kind"] for move in one["moves"])
    kept = Counter(move["kind"] for move in one["moves"] if move["kept"])
    parts = [
        f"{number} {kind}" + (f" ({kept[kind]} kept)" if kept[kind] < number else "") for kind, number in made.items()
    ]
    return joined([tag("b", f"Round {one['number']}"), " ", tag("small", ", ".join(parts))])


def _move(page: Page, move: MoveRecord) -> Markup:
    verdict = joined([glyph("✓" if move["kept"] else "✗"), " kept" if move["kept"] else " refused"])
    ids = tag("small", tag("code", words(move["old"], 20)), glyph(" → "), tag("code", words(move["new"], 20)))
    outcome = tag("span", verdict, class_="kept" if move["kept"] else "refused")
    why = tag("span", prose(move["because"], page.limits.line), class_="why")
    return tag("li", _kind(move["kind"]), " ", _subject(page, move), " ", ids, " ", outcome, " ", why)


def _subject(page: Page, move: MoveRecord) -> Markup:
    """What was mended: a candidate by slot, a test by the name of its column (a move does not count the examples)."""
    if move["kind"] in ("clean", "fix"):
        return tag("span", f"candidate {move['slot']}")
    examples = sum(column["test"]["origin"] == "example" for column in page.report["tests"])
    at = move["slot"] + examples
    return tag("span", f"test {page.names[at]}" if 0 <= at < len(page.names) else f"test {move['slot']}")
