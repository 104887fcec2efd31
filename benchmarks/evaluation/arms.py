"""The arms: the method under several settings, and simpler ways to spend the same tokens.

The equal-token rule. On each problem the arm ``standard`` is played first; what it used, input and output together, is
the budget of every simple arm on that problem. A simple arm draws waves (8 candidates and 8 raw tests) until its draws
have used at least the budget: the last wave counts whole, so no simple arm ever has less than ``standard``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.evaluation.desk import Desk, Metered
from benchmarks.evaluation.direct import WAVE, draw_candidates, draw_tests, read_candidate
from benchmarks.evaluation.results import Pool, Result
from benchmarks.evaluation.selfplay import self_play
from cosplay_action.errors import UsageError
from cosplay_action.method import consensus, craft
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, Matrix, UnitTest
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Place
from cosplay_action.method.prompts import render

Arm = Callable[[Desk, str, int], Awaitable[Result]]  # (desk, the arm's name, budget in tokens; 0: none)
NUMBERS = Numbers(ignore_examples=True)
PROBES = 32  # inputs that the output majority looks at
OWN_TESTS = 8  # raw tests that self-repair works by
FUZZ = 256  # inputs without tokens in each search
REPAIRS = 3  # repairs of one candidate at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """A direct pool: as many candidates as raw tests."""

    candidates: tuple[Candidate, ...]
    tests: tuple[UnitTest, ...]


async def draw(ctx: Context, meter: Metered, budget: int) -> Draws:
    """Waves until the budget is used; always at least one."""
    candidates: list[Candidate] = []
    tests: list[UnitTest] = []
    wave = 0
    while not wave or meter.cost.tokens < budget:
        some, more = await ctx.gather2(draw_candidates(ctx, "direct", wave), draw_tests(ctx, wave))
        candidates += some
        tests += more
        wave += 1
    return Draws(candidates=tuple(candidates), tests=tuple(tests))


def _result(desk: Desk, arm: str, meter: Metered, draws: Draws, slot: int | None) -> Result:
    picks = ((draws.candidates[slot].source, 1.0),) if slot is not None else ()
    pool = Pool(sources=tuple(one.source for one in draws.candidates), tests=draws.tests)
    return Result(task=desk.task.name, arm=arm, picks=picks, pool=pool, cost=meter.cost)


async def one_sample(desk: Desk, arm: str, budget: int) -> Result:
    """One direct draw. Its accuracy is the mean over what a quarter of the budget draws; it costs one of them."""
    ctx, meter = desk.context(NUMBERS)
    draws = await draw(ctx, meter, budget // 4)
    spent, count = meter.by_role["candidate"], len(draws.candidates)
    cost = dataclasses.replace(
        spent, calls=1, input=spent.input // count, output=spent.output // count, billed=spent.input // count,
        seconds=spent.seconds / count,
    )  # fmt: skip
    picks = tuple((one.source, 1 / count) for one in draws.candidates)
    return dataclasses.replace(_result(desk, arm, meter, draws, None), picks=picks, cost=cost)


async def _evidence(ctx: Context, draws: Draws, probes: tuple[str, ...] = ()) -> consensus.Evidence:
    """What a selection rule looks at; every candidate with code is eligible."""
    matrix: Matrix = await craft.run_cells(ctx, draws.candidates, draws.tests)
    sources = {one.source for one in draws.candidates if one.source}
    seen = {source: await ctx.run(source, probes) for source in sorted(sources)} if probes else {}
    rows = tuple(seen.get(one.source, tuple(craft.UNRUN for _ in probes)) for one in draws.candidates)
    named = ctx.problem.contract.statement_names
    eligible = tuple(slot for slot, one in enumerate(draws.candidates) if one.source)
    return consensus.Evidence(
        matrix=matrix,
        signatures=tuple(consensus.signature(row, lambda classes: any(map(named, classes))) for row in rows),
        rows=rows,
        tied=eligible,
        eligible=eligible,
    )


def chosen_by(rule: str, share: float = 1.0) -> Arm:
    """Best-of-N ("pass-count") or CodeT ("codet") on the direct pool that ``share`` of the budget buys."""

    async def arm(desk: Desk, name: str, budget: int) -> Result:
        ctx, meter = desk.context(NUMBERS)
        draws = await draw(ctx, meter, round(budget * share))
        slot = consensus.SELECTION[rule](await _evidence(ctx, draws))
        return _result(desk, name, meter, draws, slot)

    return arm


def majority(share: float = 1.0) -> Arm:
    """The candidate whose outputs most of the direct pool give (MBR by execution), on the inputs of the raw tests."""

    async def arm(desk: Desk, name: str, budget: int) -> Result:
        ctx, meter = desk.context(NUMBERS)
        draws = await draw(ctx, meter, round(budget * share))
        inputs = tuple(dict.fromkeys(test.input for test in draws.tests if test.input))[: 2 * PROBES]
        probes = tuple(await _returning(ctx, draws, inputs))[:PROBES]
        bare = dataclasses.replace(draws, tests=())
        slot = consensus.soft_vote(await _evidence(ctx, bare, probes))
        return _result(desk, name, meter, draws, slot)

    return arm


async def _returning(ctx: Context, draws: Draws, inputs: tuple[str, ...]) -> list[str]:
    """The inputs on which at least half of the pool returns, as Stage 3 asks of its probes."""
    seen = {one.source: await ctx.run(one.source, inputs) for one in draws.candidates if one.source and inputs}
    rows = [seen[one.source] for one in draws.candidates if one.source]
    half = len(draws.candidates) / 2
    return [text for at, text in enumerate(inputs) if sum(row[at].status == "returned" for row in rows) >= half]


async def self_repair(desk: Desk, name: str, budget: int) -> Result:
    """Direct candidates one after the other, each repaired up to 3 times by the first of 8 raw tests that it fails.

    The last version of the candidate that passes most of the tests is chosen (ties: the first).
    """
    ctx, meter = desk.context(NUMBERS)
    tests = tuple(test for test in await draw_tests(ctx, 0) if test.valid)[:OWN_TESTS]
    chains: list[Candidate] = []
    wave = 0
    while not wave or meter.cost.tokens < budget:
        fresh = await draw_candidates(ctx, "direct", wave)
        chains += await ctx.gather(_repaired(ctx, one, tests, wave * WAVE + at) for at, one in enumerate(fresh))
        wave += 1
    draws = Draws(candidates=tuple(chains), tests=tests)
    slot = consensus.most_passes(await _evidence(ctx, draws))
    return _result(desk, name, meter, draws, slot)


async def _repaired(ctx: Context, first: Candidate, tests: tuple[UnitTest, ...], slot: int) -> Candidate:
    now = first
    for attempt in range(REPAIRS if first.source else 0):
        table = await craft.run_cells(ctx, (now,), tests)
        failing = [column for column, passed in enumerate(table.passes[0]) if not passed]
        if not failing:
            break
        place = Place(stage="play", step="self-repair", role="repair", slot=slot, attempt=attempt)
        prompt = render.repair(ctx.problem, now, tests[failing[0]], table.observations[0][failing[0]])
        (reply,) = await ctx.ask(place, prompt, samples=1, tokens=1024)
        now = read_candidate(ctx, reply, parent=now.id) or now
    return now


def method(preset: str, **changes: object) -> Arm:
    """CoSPlay at a preset, with some of its numbers changed. It has no budget: it costs what it costs."""
    numbers = dataclasses.replace(NUMBERS, **PRESETS[preset])  # type: ignore[arg-type]
    numbers = dataclasses.replace(numbers, **changes)  # type: ignore[arg-type]

    async def arm(desk: Desk, name: str, budget: int) -> Result:  # noqa: ARG001 - see above
        return await self_play(desk, name, numbers)

    return arm


STANDARD = "standard"
PLAYED = "arm"  # the journal's fact that an arm was played to its end
ARMS: dict[str, Arm] = {
    STANDARD: method("standard"),
    "one sample": one_sample,
    "best of N": chosen_by("pass-count"),
    "CodeT": chosen_by("codet"),
    "majority": majority(),
    "self-repair": self_repair,
    "quick": method("quick"),
    "paper": method("paper"),
    "faithful paper": method("paper", faithful=True, fix_guard=False),
    "guard off": method("standard", fix_guard=False),
    "fuzzing": method("standard", fuzz=FUZZ),
    **{f"standard, {n} rounds": method("standard", rounds=n) for n in (0, 1, 2)},
    **{f"standard, {rule}": method("standard", select=rule) for rule in ("pass-count", "codet", "soft-vote", "blend")},
    **{f"best of N, 1/{n}": chosen_by("pass-count", 1 / n) for n in (8, 4, 2)},
    **{f"CodeT, 1/{n}": chosen_by("codet", 1 / n) for n in (8, 4, 2)},
    **{f"majority, 1/{n}": majority(1 / n) for n in (8, 4, 2)},
}
MAIN = (STANDARD, "one sample", "best of N", "CodeT", "majority")
# no new draws, but for the probe inputs of Stage 3 after fewer rounds: they cost next to nothing
SHARED = tuple(name for name in ARMS if ", " in name)


async def play(desk: Desk, names: tuple[str, ...]) -> dict[str, Result]:
    """Play these arms on one problem; ``standard`` comes first, for it sets the budget of the simple ones.

    The journal notes which were played. Some others could be replayed from it too, where nothing that they differ in
    came up: taking those in would show them on easy problems only.
    """
    results: dict[str, Result] = {}
    for name in dict.fromkeys((STANDARD, *names)):
        budget = results[STANDARD].cost.tokens if results else 0
        results[name] = await ARMS[name](desk, name, budget)
        await desk.journal.fact(PLAYED, name, _yes)
    return results


async def _yes() -> bool:
    return True


def played(desk: Desk) -> tuple[str, ...]:
    """The arms that were played on this desk's problem, in the order of ``ARMS``."""
    return tuple(name for name in ARMS if name in desk.journal.facts(PLAYED))


def named(text: str) -> tuple[str, ...]:
    """Arms by name; ``all`` is all of them, ``shared`` those that need no draws of their own. Raises UsageError.

    A comma also stands inside of names, so names are looked for, longest first, not cut out.
    """
    if text == "all":
        return tuple(ARMS)
    left = text.replace("shared", ",".join(SHARED))
    found = set()
    for name in sorted(ARMS, key=len, reverse=True):
        if name in left:
            left = left.replace(name, "")
            found.add(name)
    if left.strip(", "):
        raise UsageError(f"there is no arm named {left.strip(', ')}", f"The arms are: {'; '.join(ARMS)}.")
    return tuple(name for name in ARMS if name in found)
