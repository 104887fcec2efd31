"""What a run says it will cost, against what it costs."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from cosplay_action.method.context import Context
from cosplay_action.method.estimate import estimate
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.solve import solve
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem
from tests.support.stage import Desk, Script, split_vote

SMALL = {"candidates": 2, "tests": 2, "rounds": 4, "probes": 1}
NO_ROUNDS = {"candidates": 2, "tests": 2, "rounds": 0, "probes": 1, "vote_attempts": 1}


def replies(numbers: Numbers, seed: int, rates: Rates) -> int:
    model = world_model(rates, salt=seed)
    ctx = Context(problem=world_problem(), model=model, sandbox=WorldSandbox(), seed=seed, numbers=numbers)
    asyncio.run(solve(ctx))
    return sum(ask.samples for ask in model.asked)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_likely_number_of_replies_is_right_within_a_factor_of_two(preset: str) -> None:
    numbers = Numbers(**PRESETS[preset])
    likely = estimate(world_problem(), numbers).likely
    typical = statistics.median(replies(numbers, seed, Rates()) for seed in range(5))
    assert likely / 2 <= typical <= likely * 2


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("rates", [Rates(candidate=0.1, repair=0.0, vote=0.3), Rates(vote=0.0, wrong=90)])
def test_the_most_is_never_exceeded(preset: str, rates: Rates) -> None:
    numbers = Numbers(**PRESETS[preset])
    assert replies(numbers, 1, rates) <= estimate(world_problem(), numbers).most


@pytest.mark.parametrize("role", ["plans", "inputs", "candidate", "repair", "attack", "vote", "nothing"])
@pytest.mark.parametrize("numbers", [SMALL, NO_ROUNDS, PRESETS["standard"]])
def test_the_most_is_not_exceeded_by_a_model_that_fails_in_one_role(role: str, numbers: dict[str, int]) -> None:
    roles = {} if role == "nothing" else {role: split_vote if role == "vote" else "sorry"}
    desk = Desk(script=Script(**roles), **numbers)  # type: ignore[arg-type]
    asyncio.run(solve(desk.ctx))
    assert sum(ask.samples for ask in desk.asked) <= estimate(desk.ctx.problem, desk.ctx.numbers).most


def test_more_of_anything_costs_more() -> None:
    base = estimate(world_problem(), Numbers())
    for more in ({"candidates": 12}, {"tests": 12}, {"rounds": 5}, {"probes": 20}, {"vote_samples": 8}):
        other = estimate(world_problem(), Numbers(**more))
        assert other.likely > base.likely
        assert other.most > base.most
        assert other.tokens > base.tokens
