"""The tables as Markdown. No number stands without how many problems it rests on and its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.evaluation import metrics
from benchmarks.evaluation.metrics import Estimate, Measure, Part, Rated
from cosplay_action.errors import UsageError

if TYPE_CHECKING:
    from benchmarks.evaluation.tables import Evaluated

LEVELS = ("high", "medium", "low")
BUCKETS = (0.0, 0.25, 0.5, 0.75, 1.0)

Rows = list[list[str]]

ARMS: tuple[tuple[str, Measure], ...] = (
    ("accuracy, forced", metrics.forced),
    ("abstained counts as wrong", metrics.landed),
    ("abstained", metrics.abstained),
    ("accuracy when it chose", metrics.when_chosen),
    ("pass@1 of the pool", metrics.pass_at_1),
    ("any right", metrics.oracle),
)
TESTS: tuple[tuple[str, Measure], ...] = (
    ("right of all slots", metrics.tests_of_all),
    ("right of valid ones", metrics.tests_of_valid),
    ("right of kept ones", metrics.kept),
)
COSTS: tuple[tuple[str, Measure], ...] = (
    ("tokens", metrics.tokens),
    ("of them written", metrics.output_tokens),
    ("replies", metrics.calls),
    ("seconds of replies", metrics.seconds),
)


def share(found: Estimate | None) -> str:
    """.43 [.35, .51] and what was counted, if that is not the problems."""
    if found is None:
        return "-"
    counted = "" if found.counted == found.problems else f" of {found.counted:.0f}"
    return f"{_two(found.value)} [{_two(found.low)}, {_two(found.high)}]{counted}"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.2f}"


def whole(found: Estimate | None) -> str:
    return "-" if found is None else f"{found.value:,.0f} [{found.low:,.0f}, {found.high:,.0f}]"


def table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render(found: Sequence[Evaluated]) -> str:
    """All tables of all models and sets, each also for the two halves where the whole is shown in full."""
    return "\n\n".join(part for one in found for part in _sections(one)) or "Nothing is recorded yet."


def _sections(one: Evaluated) -> Iterator[str]:
    count = len(next(iter(one.rated.values()), {}))
    yield f"## {one.title}"
    yield (
        f"{count} problems; journals and scores take {one.size / 1024:,.0f} KiB. Means over problems, 95 % bootstrap "
        "intervals over problems; examples of docstrings ignored."
    )
    if one.unplayed:
        yield f"Not replayable with this version: {'; '.join(one.unplayed)}."
    yield "### Arms\n\n" + _arms(one, ARMS, share)
    for half in ("tuning", "held-out"):
        part = one.part(half)
        if part.rated:
            yield f"Forced accuracy on the {half} half: {_one_line(part)}."
    yield "### Standard less the others, on the same problems\n\n" + _paired(one)
    yield "### Unit tests\n\n" + _arms(one, TESTS, share)
    yield "### Costs a problem\n\n" + _arms(one, COSTS, whole)
    yield "### Round by round\n\n" + _rounds(one)
    yield "### Confidence\n\n" + _levels(one)
    yield "### Support of a final unit test, and whether it is right\n\n" + _supports(one)


def _one_line(one: Evaluated) -> str:
    told = (f"{arm} {share(metrics.measured(list(by.values()), metrics.forced))}" for arm, by in one.rated.items())
    return f"{'; '.join(told)} (n = {len(next(iter(one.rated.values())))})"


def _arms(one: Evaluated, columns: Sequence[tuple[str, Measure]], shown: Callable[[Estimate | None], str]) -> str:
    rows = [
        [arm, str(len(by)), *(shown(metrics.measured(list(by.values()), measure)) for _, measure in columns)]
        for arm, by in one.rated.items()
    ]
    return table(["arm", "n", *(name for name, _ in columns)], rows)


def _paired(one: Evaluated) -> str:
    ours = one.rated.get("standard", {})
    rows = []
    for arm, theirs in one.rated.items():
        if arm != "standard":
            gain = metrics.paired(ours, theirs)
            costs = metrics.paired(ours, theirs, metrics.tokens)
            rows.append([arm, str(gain.problems) if gain else "0", share(gain), whole(costs)])
    return table(["standard less", "n", "accuracy, forced", "tokens"], rows)


def _rounds(one: Evaluated) -> str:
    """How the pools change: a run that stopped early keeps the pools it had."""
    rows: Rows = []
    for arm, by in one.rated.items():
        rated = [each for each in by.values() if each.result.rounds]
        if arm in {"standard", "paper", "faithful paper"} and rated:
            rows += _rounds_of(arm, rated)
    head = ["arm", "round", "n", "pass@1 of the pool", "any right", "tests: right of all", "tests: right of valid"]
    return table(head, rows)


def _rounds_of(arm: str, rated: Sequence[Rated]) -> Rows:
    rows = []
    for number in range(max(len(one.result.rounds) for one in rated)):
        pools = [(one.result.rounds[min(number, len(one.result.rounds) - 1)], one.scores) for one in rated]
        code: list[Part] = [(metrics.pool_pass(pool, scores), 1) for pool, scores in pools]
        some: list[Part] = [(float(any(map(scores.code, pool.sources))), 1) for pool, scores in pools]
        every = [metrics.tests_right(pool.tests, scores, valid=False) for pool, scores in pools]
        valid = [metrics.tests_right(pool.tests, scores, valid=True) for pool, scores in pools]
        shown = [share(metrics.estimate(parts)) for parts in (code, some, every, valid)]
        rows.append([arm, str(number), str(len(rated)), *shown])
    return rows


def _levels(one: Evaluated) -> str:
    rows = []
    for arm in ("standard", "paper"):
        rated = list(one.rated.get(arm, {}).values())
        for level in LEVELS if rated else ():
            told = [share(metrics.estimate(_at(rated, level, bare=bare))) for bare in (False, True)]
            rows.append([arm, level, str(len(rated)), *told])
    return table(["arm", "level", "n", "right at this level", "the same without the scale of examples"], rows)


def _at(rated: Sequence[Rated], level: str, *, bare: bool) -> list[Part]:
    return [(one.right, 1) for one in rated if (one.result.bare if bare else one.result.level) == level]


def _supports(one: Evaluated) -> str:
    rows = []
    for low, high in zip(BUCKETS, (*BUCKETS[1:], 1.01), strict=True):
        parts = [_supported(each, low, high) for each in one.rated.get("standard", {}).values()]
        rows.append([f"{_two(low)} to {_two(min(high, 1))}" if low < 1 else "1", share(metrics.estimate(parts))])
    return table(["support", "right (standard)"], rows)


def _supported(one: Rated, low: float, high: float) -> Part:
    pairs = zip(one.result.pool.tests, one.result.supports, strict=False)
    tests = [test for test, support in pairs if test.valid and low <= support < high]
    return metrics.tests_right(tests, one.scores, valid=True)


def put(document: Path, mark: str, text: str) -> None:
    """Put a text between the marks ``<!-- mark -->`` and ``<!-- /mark -->`` of a document."""
    old = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    if begin not in old or end not in old:
        raise UsageError(f"{document.name} has no place for the {mark}", f"Put the lines {begin.strip()} and {end} in.")
    head, tail = old.split(begin)[0], old.split(end)[1]
    document.write_text(f"{head}{begin}{text}\n{end}{tail}", encoding="utf-8")
