"""From results and scores to numbers with intervals.

Every measure of a problem is a part of a whole (right tests of valid ones, or a share of 1), and every estimate the sum
of the parts by the sum of the wholes. Intervals are 95 % bootstrap percentiles over problems: the problem is what was
sampled, so all that belongs to one is drawn together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.evaluation.results import Pool, Result
from benchmarks.evaluation.scoring import Scores
from cosplay_action.method.domain import UnitTest

RESAMPLES = 4000
SEED = 6

Part = tuple[float, float]  # of one problem: the part and the whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share or a mean, its 95 % interval, the problems it rests on, and how many things were counted (the wholes)."""

    value: float
    low: float
    high: float
    problems: int
    counted: float


def estimate(parts: Sequence[Part]) -> Estimate | None:
    """The estimate over these problems; None where nothing was counted."""
    parts = [part for part in parts if part[1]]
    if not parts:
        return None
    dice, count = random.Random(SEED), len(parts)
    drawn = sorted(_ratio(dice.choices(parts, k=count)) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * 0.025)
    return Estimate(
        value=_ratio(parts), low=drawn[cut], high=drawn[-1 - cut], problems=count,
        counted=sum(whole for _, whole in parts),
    )  # fmt: skip


def _ratio(parts: Sequence[Part]) -> float:
    return sum(part for part, _ in parts) / sum(whole for _, whole in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One result beside the truth. ``right`` is what its choice is worth, 0 to 1, had it to choose."""

    result: Result
    scores: Scores
    right: float

    @classmethod
    def of(cls, result: Result, scores: Scores) -> Rated:
        right = sum(weight * scores.code(source) for source, weight in result.picks)
        return cls(result=result, scores=scores, right=right)


Measure = Callable[[Rated], Part]


def forced(one: Rated) -> Part:
    """Accuracy of the choice when it must choose, as the paper scores."""
    return one.right, 1


def landed(one: Rated) -> Part:
    """Accuracy with an abstention counted as wrong."""
    return (0.0 if one.result.abstains else one.right), 1


def when_chosen(one: Rated) -> Part:
    """Accuracy where it does not abstain."""
    return (0.0, 0) if one.result.abstains else (one.right, 1)


def abstained(one: Rated) -> Part:
    return float(one.result.abstains), 1


def pass_at_1(one: Rated) -> Part:
    """The share of the final pool's slots that are right; a slot without code is wrong."""
    return pool_pass(one.result.pool, one.scores), 1


def pool_pass(pool: Pool, scores: Scores) -> float:
    return sum(map(scores.code, pool.sources)) / len(pool.sources)


def oracle(one: Rated) -> Part:
    """Whether any of the final pool is right."""
    return float(any(map(one.scores.code, one.result.pool.sources))), 1


def tests_of_all(one: Rated) -> Part:
    """Right tests of all slots: one without a majority, or unreadable, counts as wrong."""
    return tests_right(one.result.pool.tests, one.scores, valid=False)


def tests_of_valid(one: Rated) -> Part:
    """Right tests of valid ones: the paper's conditional form."""
    return tests_right(one.result.pool.tests, one.scores, valid=True)


def kept(one: Rated) -> Part:
    return tests_right(one.result.kept, one.scores, valid=True)


def tests_right(tests: Sequence[UnitTest], scores: Scores, *, valid: bool) -> Part:
    """Right tests and the tests they are counted among; tests that nothing can be compared with are left out."""
    told = [scores.test(test) for test in tests if test.valid or not valid]
    known = [one for one in told if one is not None]
    return float(sum(known)), float(len(known))


def tokens(one: Rated) -> Part:
    return one.result.cost.tokens, 1


def output_tokens(one: Rated) -> Part:
    return one.result.cost.output, 1


def calls(one: Rated) -> Part:
    return one.result.cost.calls, 1


def seconds(one: Rated) -> Part:
    return one.result.cost.seconds, 1


def measured(rated: Sequence[Rated], measure: Measure) -> Estimate | None:
    return estimate([measure(one) for one in rated])


def paired(ours: dict[str, Rated], theirs: dict[str, Rated], measure: Measure = forced) -> Estimate | None:
    """Ours less theirs, on the problems that both were played on."""
    both = [(measure(ours[name])[0] - measure(theirs[name])[0], 1.0) for name in ours if name in theirs]
    return estimate(both)
