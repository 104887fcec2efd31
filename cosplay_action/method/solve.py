"""The whole method on one screen: explore -> play -> select."""

from __future__ import annotations

from dataclasses import replace

from cosplay_action.method import craft, fuzz, matrix
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Choice, Difference, DroppedTest, KeptTest, Matrix, Outcome, UnitTest
from cosplay_action.method.explore import Pools, explore
from cosplay_action.method.mend import fresh
from cosplay_action.method.play import play
from cosplay_action.method.select import find_differences, select

KEPT_SUPPORT = 0.5


async def solve(ctx: Context) -> Outcome:
    """Play CoSPlay on ``ctx.problem`` (arXiv 2605.23491) and return everything that was found out."""
    pools = await explore(ctx)
    pools, rounds, stop = await play(ctx, pools)
    final = await fresh(ctx, pools)
    choice = await select(ctx, pools, final)
    kept, dropped = await keep_tests(ctx, pools, final, choice)
    return Outcome(
        problem=ctx.problem,
        choice=choice,
        stop=stop,
        matrix=final,
        rounds=rounds,
        hints=pools.hints,
        plans=pools.plans,
        retired=pools.retired,
        kept=kept,
        dropped=dropped,
        differences=await _differences(ctx, pools, final, choice),
        budget_spent=ctx.exhausted,
        refused=min(ctx.refusals, default=""),
        cells=len(ctx.cells),
    )


async def _differences(ctx: Context, pools: Pools, final: Matrix, choice: Choice) -> tuple[Difference, ...]:
    """Where rivals differ from the choice; with fuzzing, on the simplest inputs that show it."""
    found = find_differences(ctx, choice, final)
    chosen = choice.slot if choice.slot is not None else choice.forced
    if chosen is None or not ctx.numbers.fuzz:
        return found
    named, ours = craft.naming(ctx, final.tests), final.candidates[chosen].source
    return tuple(
        await ctx.gather(
            fuzz.shrunk(ctx, one, (ours, final.candidates[one.rival].source), named, pools.validators) for one in found
        )
    )


async def choose_instead(ctx: Context, outcome: Outcome, slot: int) -> Outcome:
    """The outcome with another candidate chosen, for a reason that lies outside of the method."""
    choice, final = replace(outcome.choice, slot=slot), outcome.matrix
    pools = Pools(candidates=final.candidates, tests=final.tests, retired=outcome.retired)
    kept, dropped = await keep_tests(ctx, pools, final, choice)
    found = find_differences(ctx, choice, final)
    return replace(outcome, choice=choice, kept=kept, dropped=dropped, differences=found)


async def keep_tests(
    ctx: Context, pools: Pools, final: Matrix, choice: Choice
) -> tuple[tuple[KeptTest, ...], tuple[DroppedTest, ...]]:
    """Examples plus valid or retired UTs that the chosen candidate passes with final support >= .5, unique by input."""
    old = await craft.run_cells(ctx, pools.candidates, pools.retired)
    columns = [(final, c, False) for c in range(len(final.tests))] + [(old, c, True) for c in range(len(old.tests))]
    kept: dict[str, KeptTest] = {}
    dropped: list[DroppedTest] = []
    for table, column, retired in columns:
        test, share = table.tests[column], matrix.support(table, column)
        why = _why_dropped(table, column, choice.slot)
        if not why and test.input in kept:
            why = "another kept test has the same input"
        if why:
            dropped.append(DroppedTest(test=test, support=share, because=why))
        else:
            kept[test.input] = KeptTest(test=test, support=share, retired=retired)
    return tuple(kept.values()), tuple(dropped)


def _why_dropped(table: Matrix, column: int, slot: int | None) -> str:
    test: UnitTest = table.tests[column]
    if not test.valid:
        return "no majority on its expected output" if test.input else "no input could be read"
    if slot is None:
        return "nothing was chosen"
    if not table.passes[slot][column]:
        return "the chosen candidate does not pass it"
    if test.origin != "example" and matrix.support(table, column) < KEPT_SUPPORT:
        return "fewer than half of the candidates pass it"
    return ""
