"""The method itself as an arm: the package's own ``solve``, and what an evaluation wants to know of its run."""

from __future__ import annotations

import dataclasses

from benchmarks.evaluation.desk import Desk
from benchmarks.evaluation.results import Pool, Result
from cosplay_action.method.confidence import LEVELS, SCALES, confidence
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Matrix, Outcome, UnitTest
from cosplay_action.method.events import Event, RoundPlayed
from cosplay_action.method.matrix import support
from cosplay_action.method.measures import Measures, measure
from cosplay_action.method.numbers import Numbers
from cosplay_action.method.solve import solve
from cosplay_action.strength import strength


class Watch:
    """An observer that keeps the pools after each round."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, RoundPlayed):
            self.pools.append(pool_of(event.matrix))


def pool_of(matrix: Matrix) -> Pool:
    return Pool(sources=tuple(one.source for one in matrix.candidates), tests=matrix.tests)


async def self_play(desk: Desk, arm: str, numbers: Numbers) -> Result:
    """Play CoSPlay with these numbers; the strength of the kept tests is measured too, for the confidence."""
    watch = Watch()
    ctx, meter = desk.context(numbers, watch)
    outcome = await solve(ctx)
    cost = dataclasses.replace(meter.cost)
    level, bare = await _levels(desk, outcome, ctx)
    slot, matrix = outcome.choice.forced, outcome.matrix
    return Result(
        task=desk.task.name, arm=arm, cost=cost, pool=pool_of(matrix), rounds=tuple(watch.pools), level=level,
        bare=bare,
        picks=((matrix.candidates[slot].source, 1.0),) if slot is not None else (),
        abstains=outcome.choice.slot is None, reason=outcome.choice.reason,
        kept=tuple(kept.test for kept in outcome.kept if _own(kept.test)),
        supports=tuple(support(matrix, column) for column in range(len(matrix.tests))),
    )  # fmt: skip


def _own(test: UnitTest) -> bool:
    return test.origin != "example"


async def _levels(desk: Desk, outcome: Outcome, ctx: Context) -> tuple[str, str]:
    """The confidence of a choice, and what it would be without the scale of examples; empty when it abstains."""
    strong = await strength(ctx, outcome, desk.journal)
    found = measure(
        outcome, mutants=strong.mutants if strong else 0, killed=strong.killed if strong else 0, level=desk.title[:1]
    )
    if found is None:
        return "", ""
    return confidence(found).level, _bare(found)


def _bare(found: Measures) -> str:
    levels = [scale.level(found) for scale in SCALES if scale.name != "examples"]
    return min(levels, key=LEVELS.index)
