"""Duels: tests where those who lead still part (an option, with ``Numbers.fuzz``; beyond the paper).

When the rounds are over several candidates mostly pass equally many tests. Whether they are one is not left to luck:
fuzzing looks for an input that parts them, a vote says what it should give, and the test takes the place of one that
decides nothing. So tokens are spent where they decide the choice.
"""

from __future__ import annotations

from dataclasses import replace

from cosplay_action.method import craft, fuzz, matrix, mend
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Matrix, Move
from cosplay_action.method.explore import Pools
from cosplay_action.method.ports import Place

DUELS = 4  # votes held at most


async def duels(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """Hold duels until the leaders are one, nothing parts them, or enough votes were held."""
    moves: list[Move] = []
    for turn in range(DUELS if ctx.numbers.fuzz else 0):
        if ctx.exhausted:
            break
        now = await mend.fresh(ctx, pools)
        text = await _parting(ctx, pools, now, f"duel {turn}")
        slot = _place(now)
        if not text or slot is None:
            break
        place = Place(stage="play", step="duel", role="vote", round=number, slot=turn)
        new = await craft.write_test(ctx, place, text, "fuzz", born=number)
        if ctx.exhausted and not new.valid:
            break  # it may never have been voted on
        column = slot + len(now.tests) - len(pools.tests)
        because = f"the leading candidates part on it; the old one had support {matrix.support(now, column):.2f}"
        moves.append(mend.test_move("replace", slot, pools.tests[slot], new, because, kept=new.valid))
        pools = mend.retired(pools, slot, new) if new.valid else replace(pools, past=(*pools.past, text))
    return pools, moves


async def _parting(ctx: Context, pools: Pools, now: Matrix, name: str) -> str:
    """The input that parts the leaders best; empty when none does, or when one candidate leads alone."""
    counts = matrix.pass_counts(now)
    leaders = [pools.candidates[slot] for slot, count in enumerate(counts) if count == max(counts) and count]
    if len({one.source for one in leaders}) < 2:
        return ""
    found = await fuzz.explore_field(ctx, name, known=pools.known, candidates=leaders, validators=pools.validators)
    best = fuzz.best_splits(found, craft.naming(ctx, now.tests), 1)
    return found.inputs[best[0]] if best else ""


def _place(now: Matrix) -> int | None:
    """The UT slot that decides least: one that is invalid, that nobody passes, that everybody passes."""
    columns = matrix.ut_columns(now)
    first = columns[0] if columns else 0

    def weight(column: int) -> tuple[int, int]:
        share = matrix.support(now, column)
        if not now.tests[column].valid:
            return (0, column)
        return (1 if share == 0 else 2 if share == 1 else 3, column)

    best = min(columns, key=weight, default=None)
    return None if best is None else best - first
