"""The four steps of a round: clean, break, fix, replace. Each reads a fresh matrix and returns the moves it made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from cosplay_action.method import craft, fuzz, matrix
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, Matrix, Move, MoveKind, UnitTest
from cosplay_action.method.explore import Pools, expand
from cosplay_action.method.ports import Place

GUARDED = 0.5  # a fix may not lose a UT of at least this support that its parent passed
T = TypeVar("T")


async def fresh(ctx: Context, pools: Pools) -> Matrix:
    """The matrix of this moment: examples first, then the UT slots."""
    return await craft.run_cells(ctx, pools.candidates, (*ctx.examples, *pools.tests))


async def clean(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """A candidate with pass count 0 is written anew from an unused plan, or without one when none is left."""
    counts = matrix.pass_counts(await fresh(ctx, pools))
    slots = [slot for slot, count in enumerate(counts) if count == 0]
    plans = [*pools.spares[: len(slots)], *[""] * (len(slots) - len(pools.spares))]
    place = Place(stage="play", step="clean", role="candidate", round=number)
    written = await ctx.gather(
        _rewrite(ctx, ctx.at(place, slot), plan, number) for slot, plan in zip(slots, plans, strict=True)
    )
    moves = [
        Move(kind="clean", slot=slot, old=pools.candidates[slot].id, new=new.id, kept=not new.flaw,
             because="it passed no valid test" + (f"; its successor is unusable: {new.flaw}" if new.flaw else ""))
        for slot, new in zip(slots, written, strict=True)
    ]  # fmt: skip
    taken = {slot: new for slot, new, move in zip(slots, written, moves, strict=True) if move.kept}
    return replace(pools, candidates=_swap(pools.candidates, taken), spares=pools.spares[len(slots) :]), moves


async def _rewrite(ctx: Context, place: Place, plan: str, number: int) -> Candidate:
    """A candidate from an unused plan or, where the spares are used up, from one asked for anew."""
    plan = plan or next(iter(await expand(ctx, replace(place, role="plans"), ())), "")
    return await craft.write_candidate(ctx, place, plan, number)


async def break_coupling(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """The UT of lowest non-trivial support gets a new idea, input and vote; no majority leaves it invalid."""
    now = await fresh(ctx, pools)
    column = matrix.lowest_nontrivial(now)
    if column is None:
        return pools, []
    slot = column - len(ctx.examples)
    old = craft.Coupling(test=now.tests[column], passed=pools.candidates[matrix.passers(now, column)[0]])
    (new,) = await _successors(ctx, pools, "break", number, [slot], old=old)
    because = f"lowest non-trivial support ({matrix.support(now, column):.2f}): a coupling to break"
    move = test_move("break", slot, old.test, new, because, kept=_takes_place(ctx, new))
    return _with_tests(ctx, pools, {slot: new}), [move]


def _spot(step: str, number: int, slot: int) -> Place:
    return Place(stage="play", step=step, role="attack", round=number, slot=slot)


async def _successors(
    ctx: Context, pools: Pools, step: str, number: int, slots: list[int], *, old: craft.Coupling | None = None
) -> list[UnitTest]:
    """A new UT for each of these slots: on an input that fuzzing found to part the pool, else an attack UT."""
    texts = await parting_inputs(ctx, pools, f"{step} {number}", len(slots))
    return await ctx.gather(
        _successor(ctx, pools, _spot(step, number, slot), old, text)
        for slot, text in zip(slots, [*texts, *[""] * (len(slots) - len(texts))], strict=True)
    )


async def parting_inputs(ctx: Context, pools: Pools, name: str, count: int) -> list[str]:
    """At most ``count`` fresh inputs on which the candidates part, best first; none without fuzzing."""
    if not ctx.numbers.fuzz or not count:
        return []
    found = await fuzz.explore_field(
        ctx, name, known=pools.known, candidates=pools.candidates, validators=pools.validators
    )
    parting = fuzz.best_splits(found, craft.naming(ctx, (*ctx.examples, *pools.tests)), count)
    return [found.inputs[at] for at in parting]


async def _successor(
    ctx: Context, pools: Pools, place: Place, old: craft.Coupling | None = None, text: str = ""
) -> UnitTest:
    """A new UT for a slot: on this input, or an attack UT from a plan drawn by the round's own stream."""
    if text:
        return await craft.write_test(ctx, place, text, "fuzz", born=place.round, old=old)
    draw = ctx.stream("successor", str(place))
    plan = draw.choice(pools.plans)
    ideas = await craft.write_ideas(ctx, place, plan, 2, old)
    draw.shuffle(ideas)
    return await craft.attack_test(ctx, place, ideas, born=place.round, taken=pools.inputs, old=old)


def retired(pools: Pools, slot: int, new: UnitTest) -> Pools:
    """The pools with a UT that made room for another one: it stays as a regression check if it is valid."""
    old = pools.tests[slot]
    kept = (*pools.retired, old) if old.valid else pools.retired
    return replace(pools, tests=_swap(pools.tests, {slot: new}), retired=kept, past=_past(pools, [old]))


def test_move(kind: MoveKind, slot: int, old: UnitTest, new: UnitTest, because: str, *, kept: bool) -> Move:
    if not new.valid:
        because += "; no majority on the new expected output" if new.input else "; no new input could be read"
    return Move(kind=kind, slot=slot, old=old.id, new=new.id, kept=kept, because=because)


async def fix(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """Every candidate that fails the target test gets one repair call; a guard decides whether it is taken."""
    now = await fresh(ctx, pools)
    column = matrix.fix_target(now)
    if column is None:
        return pools, []
    target = now.tests[column]
    slots = [slot for slot in matrix.failers(now, column) if pools.candidates[slot].source]
    place = Place(stage="play", step="fix", role="repair", round=number)
    fixes = await ctx.gather(
        craft.repair_candidate(
            ctx, ctx.at(place, slot), pools.candidates[slot], target, now.observations[slot][column], born=number
        )
        for slot in slots
    )
    guards = _guards(ctx, pools, now)
    verdicts = await ctx.gather(
        _judge(ctx, pools.candidates[slot], new, target, guards) for slot, new in zip(slots, fixes, strict=True)
    )
    because = f"fails the test of support {matrix.support(now, column):.2f} that is fixed this round"
    moves = [
        Move(kind="fix", slot=slot, old=pools.candidates[slot].id, new=new.id, kept=not fault,
             because=f"{because}; not taken: {fault}" if fault else because)
        for slot, new, fault in zip(slots, fixes, verdicts, strict=True)
    ]  # fmt: skip
    taken = {move.slot: new for move, new in zip(moves, fixes, strict=True) if move.kept}
    return replace(pools, candidates=_swap(pools.candidates, taken)), moves


def _guards(ctx: Context, pools: Pools, now: Matrix) -> tuple[UnitTest, ...]:
    """What a fix may not lose: examples, retired UTs, and UTs with support >= .5 at the start of the step."""
    supported = [
        now.tests[c] for c in matrix.ut_columns(now) if now.tests[c].valid and matrix.support(now, c) >= GUARDED
    ]
    return (*ctx.examples, *pools.retired, *supported)


async def _judge(
    ctx: Context, parent: Candidate, new: Candidate, target: UnitTest, guards: tuple[UnitTest, ...]
) -> str:
    """Why a fix is not taken; empty when it is. Without the guard (the release's arm) every fix is."""
    if not ctx.numbers.fix_guard:
        return ""
    if not new.source:
        return f"no usable code in the reply ({new.flaw})"
    both = await craft.run_cells(ctx, (parent, new), (target, *guards))
    before, after = both.passes
    if not after[0]:
        return "it still fails that test"
    lost = [test for test, had, has in zip(guards, before[1:], after[1:], strict=True) if had and not has]
    return f"it loses {len(lost)} trusted test(s) that its parent passed" if lost else ""


async def replace_tests(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """Support-0, invalid and repeated UTs are replaced; then, on the refreshed matrix, support-1 UTs are retired."""
    now = await fresh(ctx, pools)
    offset = len(ctx.examples)
    faults = {c - offset: why for c in matrix.ut_columns(now) if (why := _fault(now, c))}
    weak = list(faults)
    fresh_tests = await _successors(ctx, pools, "replace", number, weak)
    moves = [
        test_move("replace", slot, old, new, faults[slot], kept=_takes_place(ctx, new))
        for slot, old, new in zip(weak, (pools.tests[slot] for slot in weak), fresh_tests, strict=True)
    ]  # fmt: skip
    pools = _with_tests(ctx, pools, dict(zip(weak, fresh_tests, strict=True)))
    pools, more = await _retire(ctx, pools, number)
    return pools, moves + more


def _fault(now: Matrix, column: int) -> str:
    """Why a UT is replaced, in words; empty when it may stay."""
    if not now.tests[column].valid:
        return "it was invalid"
    if matrix.support(now, column) == 0:
        return "no candidate passed it"
    return "an earlier test has the same input" if column in matrix.repeats(now) else ""


async def _retire(ctx: Context, pools: Pools, number: int) -> tuple[Pools, list[Move]]:
    """UTs that everyone passes make room for harder ones; the old one stays as a regression check."""
    now = await fresh(ctx, pools)
    columns = [c for c in matrix.ut_columns(now) if now.tests[c].valid]
    full = [c - len(ctx.examples) for c in columns if matrix.support(now, c) == 1]
    if len(full) == len(columns):
        return pools, []
    found = await _successors(ctx, pools, "retire", number, full)
    moves = [
        test_move("replace", slot, pools.tests[slot], new, "every candidate passed it", kept=new.valid)
        for slot, new in zip(full, found, strict=True)
    ]
    swaps = {slot: new for slot, new in zip(full, found, strict=True) if new.valid}
    unasked = ctx.exhausted  # then what has no majority was perhaps never voted on
    past = _past(pools, [] if unasked else [new for new in found if not new.valid])
    kept = (*pools.retired, *(pools.tests[slot] for slot in swaps))
    return replace(_with_tests(ctx, replace(pools, past=past), swaps), retired=kept), moves


def _with_tests(ctx: Context, pools: Pools, swaps: dict[int, UnitTest]) -> Pools:
    taken = {slot: new for slot, new in swaps.items() if _takes_place(ctx, new)}
    gone = (*(pools.tests[slot] for slot in taken), *(new for new in taken.values() if not new.valid))
    return replace(pools, tests=_swap(pools.tests, taken), past=_past(pools, gone))


def _past(pools: Pools, gone: Iterable[UnitTest]) -> tuple[str, ...]:
    """The inputs of tests that were given up, and now of these."""
    return tuple(dict.fromkeys((*pools.past, *(test.input for test in gone if test.input))))


def _takes_place(ctx: Context, new: UnitTest) -> bool:
    """Once the budget is spent no test gives way to one without a majority: it may never have been voted on."""
    return new.valid or not ctx.exhausted


def _swap(pool: tuple[T, ...], swaps: dict[int, T]) -> tuple[T, ...]:
    return tuple(swaps.get(slot, one) for slot, one in enumerate(pool))
