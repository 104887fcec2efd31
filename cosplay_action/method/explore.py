"""Stage 1, explore and attack: hints -> plans -> candidates; attack ideas and random inputs -> unit tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

from cosplay_action.method import craft
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, UnitTest
from cosplay_action.method.events import StageStarted, StepStarted
from cosplay_action.method.fuzz import write_validators
from cosplay_action.method.ports import Place
from cosplay_action.method.prompts import parse, render
from cosplay_action.method.prompts.roles import EMPHASES

PLANS_PER_CALL = 3
IDEAS_PER_CALL = 2
INPUTS_PER_CALL = 4
HINT_TOKENS = 320
PLAN_TOKENS = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """Both pools and what is left to mend them with: ``spares`` are the plans no candidate has used.

    ``past`` are the inputs of tests that were given up, ``validators`` the model's checks of inputs (see ``fuzz``).
    """

    candidates: tuple[Candidate, ...]
    tests: tuple[UnitTest, ...]
    hints: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    retired: tuple[UnitTest, ...] = ()
    past: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every input in use; a new UT repeats none of them."""
        return tuple(test.input for test in (*self.tests, *self.retired) if test.input)

    @property
    def known(self) -> tuple[str, ...]:
        """Every input that is, or was, a UT's."""
        return (*self.inputs, *self.past)


async def explore(ctx: Context) -> Pools:
    """Fill both pools. Random UTs need no plan, so they start at once; attack UTs start with the plans."""
    ctx.observe(StageStarted(stage="explore"))
    attacks, randoms = (ctx.numbers.tests + 1) // 2, ctx.numbers.tests // 2
    (pool, attack_tests), (random_tests, validators) = await ctx.gather2(
        _planned(ctx, attacks), ctx.gather2(_random_tests(ctx, attacks, randoms), write_validators(ctx))
    )
    return Pools(
        candidates=pool.candidates,
        tests=(*attack_tests, *random_tests),
        hints=pool.hints,
        plans=pool.plans,
        spares=pool.spares,
        validators=validators,
    )


async def _planned(ctx: Context, attacks: int) -> tuple[Pools, list[UnitTest]]:
    hints = await _hints(ctx)
    plans = await _plans(ctx, hints)
    wanted = ctx.numbers.candidates
    used = [plans[slot % len(plans)] for slot in range(wanted)]
    ctx.observe(StepStarted(stage="explore", round=0, step="candidates", slots=wanted))
    candidates, tests = await ctx.gather2(_candidates(ctx, used), _attack_tests(ctx, plans, attacks))
    pool = Pools(candidates=tuple(candidates), tests=(), hints=hints, plans=plans, spares=plans[wanted:])
    return pool, tests


async def _hints(ctx: Context) -> tuple[str, ...]:
    """One call for up to 4 first-order hints."""
    place = Place(stage="explore", step="hints", role="hints")
    ctx.observe(StepStarted(stage="explore", round=0, step="hints", slots=1))
    prompt = render.hints(ctx.problem, ctx.numbers.hints)
    (reply,) = await ctx.ask(place, prompt, samples=1, tokens=HINT_TOKENS)
    hints = parse.items(reply.text, ctx.numbers.hints)
    ctx.was_read(place, reply, why="" if hints else "no list of hints")
    return hints


async def _plans(ctx: Context, hints: tuple[str, ...]) -> tuple[str, ...]:
    """Expand subsets of 0 to 2 hints, one call each, in waves, until 1.5 Nc distinct plans; then shuffle.

    A wave holds as many calls as the plans still missing need, so that asking stops where the paper stops.
    """
    ctx.observe(StepStarted(stage="explore", round=0, step="plans"))
    place = Place(stage="explore", step="plans", role="plans")
    enough = math.ceil(1.5 * ctx.numbers.candidates)
    subsets = [subset for size in (2, 1, 0) for subset in combinations(hints, size)]
    plans: dict[str, None] = {}
    asked = 0
    while asked < len(subsets) and len(plans) < enough:
        wave = math.ceil((enough - len(plans)) / PLANS_PER_CALL)
        batch = subsets[asked : asked + wave]
        found = await ctx.gather(expand(ctx, ctx.at(place, asked + i), subset) for i, subset in enumerate(batch))
        plans.update(dict.fromkeys(plan for some in found for plan in some))
        asked += len(batch)
    shuffled = list(plans)[:enough] or list(hints) or [""]
    ctx.stream("explore", "plans").shuffle(shuffled)
    return tuple(shuffled)


async def expand(ctx: Context, place: Place, subset: tuple[str, ...]) -> tuple[str, ...]:
    """Several plans (second-order hints) from one subset of the hints, by one call."""
    prompt = render.plans(ctx.problem, subset, PLANS_PER_CALL)
    (reply,) = await ctx.ask(place, prompt, samples=1, tokens=PLAN_TOKENS)
    plans = parse.items(reply.text, PLANS_PER_CALL)
    ctx.was_read(place, reply, why="" if plans else "no list of plans")
    return plans


async def _candidates(ctx: Context, plans: list[str]) -> list[Candidate]:
    place = Place(stage="explore", step="candidates", role="candidate")
    return await ctx.gather(craft.write_candidate(ctx, ctx.at(place, slot), plan) for slot, plan in enumerate(plans))


async def _attack_tests(ctx: Context, plans: tuple[str, ...], count: int) -> list[UnitTest]:
    """Attack UTs, in groups that share one call for ideas; a group's inputs and votes need not wait for others."""
    groups = [range(first, min(first + IDEAS_PER_CALL, count)) for first in range(0, count, IDEAS_PER_CALL)]
    found = await ctx.gather(
        _attack_group(ctx, plans[number % len(plans)], group) for number, group in enumerate(groups)
    )
    return [test for tests in found for test in tests]


async def _attack_group(ctx: Context, plan: str, slots: range) -> list[UnitTest]:
    place = Place(stage="explore", step="attack", role="attack", slot=slots.start)
    ideas = await craft.write_ideas(ctx, place, plan, IDEAS_PER_CALL)
    turns = [ideas[number % len(ideas) :] + ideas[: number % len(ideas)] for number in range(len(slots))]
    return await ctx.gather(
        craft.attack_test(ctx, ctx.at(place, slot), turn) for slot, turn in zip(slots, turns, strict=True)
    )


async def _random_tests(ctx: Context, first: int, count: int) -> list[UnitTest]:
    place = Place(stage="explore", step="random", role="inputs")
    slots = range(first, first + count)
    groups = [slots[at : at + INPUTS_PER_CALL] for at in range(0, count, INPUTS_PER_CALL)]
    found = await ctx.gather(_random_group(ctx, place, number, group) for number, group in enumerate(groups))
    return [test for tests in found for test in tests]


async def _random_group(ctx: Context, place: Place, number: int, slots: range) -> list[UnitTest]:
    """A few random UTs from one call for inputs, and a second call for what the first did not give."""
    emphasis = EMPHASES[number % len(EMPHASES)]
    spot = ctx.at(place, slots.start)
    texts = await craft.random_inputs(ctx, spot, len(slots), emphasis)
    if len(texts) < len(slots):
        more = await craft.random_inputs(ctx, ctx.again(spot), len(slots) - len(texts), emphasis, texts)
        texts += more
    return await ctx.gather(
        craft.write_test(ctx, ctx.at(place, slot), texts[i] if i < len(texts) else None, "random")
        for i, slot in enumerate(slots)
    )
