"""Stage 2, self-play: read the matrix, mend the weakest of both pools, record every move.

The matrix is fresh before each step. Support is over candidate slots; only valid UTs count; ties: lowest slot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from cosplay_action.method import duel, matrix, mend
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Move, Round, Stop
from cosplay_action.method.events import Moved, RoundPlayed, StageStarted, StepStarted, Stopped
from cosplay_action.method.explore import Pools

Step = Callable[[Context, Pools, int], Awaitable[tuple[Pools, list[Move]]]]
STEPS: tuple[tuple[str, Step], ...] = (
    ("clean", mend.clean),
    ("break", mend.break_coupling),
    ("fix", mend.fix),
    ("replace", mend.replace_tests),
)


async def play(ctx: Context, pools: Pools) -> tuple[Pools, tuple[Round, ...], Stop]:
    """Play rounds until nothing is left to decide, the rounds are over, or the budget is spent."""
    ctx.observe(StageStarted(stage="play"))
    rounds = [await _round_end(ctx, pools, 0, [])]
    stop = await _stop(ctx, pools, 0)
    while stop is None:
        number = len(rounds)
        pools, moves = await play_round(ctx, pools, number)
        rounds.append(await _round_end(ctx, pools, number, moves))
        stop = await _stop(ctx, pools, number)
    pools, moves = await duel.duels(ctx, pools, len(rounds))
    for move in moves:
        ctx.observe(Moved(round=len(rounds), move=move))
    if moves:
        rounds.append(await _round_end(ctx, pools, len(rounds), moves))
    ctx.observe(Stopped(stop=stop))
    return pools, tuple(rounds), stop


async def _stop(ctx: Context, pools: Pools, played: int) -> Stop | None:
    """Tested at the start of a round."""
    if matrix.settled(await mend.fresh(ctx, pools)):
        return Stop.SETTLED
    if ctx.exhausted:
        return Stop.BUDGET
    return Stop.ROUNDS if played >= ctx.numbers.rounds else None


async def _round_end(ctx: Context, pools: Pools, number: int, moves: Sequence[Move]) -> Round:
    after = await mend.fresh(ctx, pools)
    played = Round(number=number, moves=tuple(moves), after=matrix.snapshot(after))
    ctx.observe(RoundPlayed(round=played, matrix=after))
    return played


async def play_round(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """Clean, break, fix, replace. With no valid test the first three have nothing to go by and are skipped."""
    moves: list[Move] = []
    for name, step in STEPS:
        if ctx.exhausted:
            break
        if name != "replace" and not matrix.valid_columns(await mend.fresh(ctx, pools)):
            continue
        ctx.observe(StepStarted(stage="play", round=number, step=name))
        pools, made = await step(ctx, pools, number)
        for move in made:
            ctx.observe(Moved(round=number, move=move))
        moves += made
    return pools, moves
