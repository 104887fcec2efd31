"""How strong the kept tests are: wrong versions of the chosen code run on them; and what that adds to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from cosplay_action.facts import Landing, Strength, Survivor
from cosplay_action.landing import Facts
from cosplay_action.method.codec import Json
from cosplay_action.method.confidence import Confidence, confidence
from cosplay_action.method.consensus import output_key
from cosplay_action.method.context import Context
from cosplay_action.method.domain import KeptTest, Observation, Outcome, UnitTest
from cosplay_action.method.job import digest
from cosplay_action.method.matrix import meets
from cosplay_action.method.measures import measure
from cosplay_action.method.ports import Contract
from cosplay_action.sandbox.backends import BACKENDS
from cosplay_action.sandbox.walls import MADE_OF
from cosplay_action.specs.mutants import Mutant, mutants

MOST = 40  # mutants of one implementation
SHOWN = 3  # survivors that are kept by name
SLOWER = 5  # times the seconds of the chosen code's slowest cell, as CPU seconds: four times that on the clock
LEAST = 0.2  # CPU seconds that a cell of a mutant has at least: below it a busy machine decides

Row = Sequence[Observation]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Mutants and the CPU seconds that one cell of theirs may take."""

    mutants: tuple[Mutant, ...]
    seconds: float


async def strength(ctx: Context, outcome: Outcome, facts: Facts) -> Strength | None:
    """What share of the chosen code's mutants the kept tests notice; None when nothing is chosen or kept.

    ``ctx`` is the run's own, whose sandbox remembers; what the mutants are is a fact of the journal, for they depend on
    the seconds that cells took and on how this Python writes code. Raises what the sandbox raises.
    """
    tests = [kept.test for kept in outcome.kept]
    if outcome.chosen is None or outcome.choice.slot is None or not tests:
        return None
    plan = await _planned(ctx, outcome, facts)
    rows = await _rows(ctx, plan, plan.mutants, [test.input for test in tests])
    kills = {test.id: _killed(test, [row[at] for row in rows]) for at, test in enumerate(tests)}
    killed = frozenset[int]().union(*kills.values())
    left = [mutant for number, mutant in enumerate(plan.mutants) if number not in killed]
    probes, given = outcome.choice.probes, outcome.choice.signatures[outcome.choice.slot] if left else ()
    seen = await _rows(ctx, plan, left, probes)
    told = [_shortest(probes, given, row) for row in seen]
    gaps = [(mutant, text) for mutant, text in zip(left, told, strict=True) if text or not probes]
    return Strength(
        mutants=len(plan.mutants),
        killed=len(killed),
        survived=len(gaps),
        perhaps_equivalent=len(left) - len(gaps),
        survivors=tuple(_survivor(outcome.chosen.source, mutant, text) for mutant, text in gaps[:SHOWN]),
        kills=tuple((name, len(found)) for name, found in kills.items()),
        redundant=_redundant(outcome.kept, kills) if plan.mutants else (),
        probes=len(probes),
        cells=len(plan.mutants) * len(tests) + len(left) * len(probes),
    )


async def _planned(ctx: Context, outcome: Outcome, facts: Facts) -> _Plan:
    assert outcome.chosen is not None
    source, contract = outcome.chosen.source, ctx.problem.contract
    inputs = [*(kept.test.input for kept in outcome.kept), *outcome.choice.probes]

    async def compute() -> Json:
        slowest = max(ctx.cells[source, text].seconds for text in inputs)
        seconds = min(max(LEAST, SLOWER * slowest), contract.job(source, ()).limits.seconds)
        made = [one for one in mutants(source, MOST, ctx.stream("strength", "mutants")) if _fits(contract, one.source)]
        return {"seconds": round(seconds, 3), "mutants": [[one.source, one.what, one.line] for one in made]}

    told = cast("dict[str, Json]", await facts.fact("mutants", digest(source, str(MOST), *inputs), compute))
    found = cast("list[tuple[str, str, int]]", told["mutants"])
    made = tuple(Mutant(source=source, what=what, line=line) for source, what, line in found)
    return _Plan(mutants=made, seconds=cast("float", told["seconds"]))


def _fits(contract: Contract, source: str) -> bool:
    try:
        contract.job(source, ())
    except ValueError:
        return False
    return True


async def _rows(ctx: Context, plan: _Plan, made: Sequence[Mutant], inputs: Sequence[str]) -> list[Row]:
    """What each mutant shows on each input."""

    async def row(mutant: Mutant) -> Row:
        job = ctx.problem.contract.job(mutant.source, inputs)
        return await ctx.sandbox.run(replace(job, limits=replace(job.limits, seconds=plan.seconds)))

    return await ctx.gather(row(mutant) for mutant in made) if inputs else [()] * len(made)


def _killed(test: UnitTest, column: Sequence[Observation]) -> frozenset[int]:
    """The mutants (by number) that a test fails on."""
    return frozenset(number for number, seen in enumerate(column) if not meets(test, seen))


def _redundant(kept: Sequence[KeptTest], kills: dict[str, frozenset[int]]) -> tuple[str, ...]:
    """The tests that notice nothing which no other one notices, so that all of them could go together.

    Looked at one after the other, those that say least first, and examples last: they are the author's own.
    """
    left, found = dict(kills), set[str]()
    for one in sorted(kept, key=lambda one: (one.test.origin == "example", len(kills[one.test.id]), one.support)):
        own = left.pop(one.test.id)
        if own <= frozenset[int]().union(*left.values()):
            found.add(one.test.id)
        else:
            left[one.test.id] = own
    return tuple(name for name in kills if name in found)


def _shortest(probes: Sequence[str], chosen: Row, mutant: Row) -> str:
    """The shortest fresh input on which a mutant and the chosen code differ, empty without one."""
    differing = [text for text, one, other in zip(probes, chosen, mutant, strict=True) if not _alike(one, other)]
    return min(differing, key=lambda text: (len(text), text), default="")


def _alike(one: Observation, other: Observation) -> bool:
    """Equal answers; where neither can be compared, the same way to end."""
    left, right = output_key(one, lambda _: True), output_key(other, lambda _: True)
    return left == right and (left is not None or one.status == other.status)


def _survivor(source: str, mutant: Mutant, text: str) -> Survivor:
    """The first line in which the two differ: a change of a statement over several lines begins there."""
    old, new = source.split("\n"), mutant.source.split("\n")
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), mutant.line - 1)
    before, after = (lines[at].strip() if at < len(lines) else "" for lines in (old, new))
    return Survivor(line=at + 1, what=mutant.what, before=before, after=after, input=text)


def weigh(outcome: Outcome, strong: Strength | None, sandbox: str, landing: Landing) -> Confidence | None:
    """How far a choice can be relied on (docs/confidence.md); None when nothing is chosen.

    ``sandbox`` is the level that the run's journal states: its letter and what it is made of, or a backend's name.
    """
    regression = landing.regression.state if landing.regression else ""
    found = measure(
        outcome,
        mutants=strong.mutants if strong else 0,
        killed=strong.killed if strong else 0,
        level=_level(sandbox),
        regression=regression,
        risky=len(landing.risky),
    )
    return confidence(found) if found else None


def _level(sandbox: str) -> str:
    letter, _, made_of = sandbox.partition(" ")
    if letter in MADE_OF and made_of:
        return letter
    return BACKENDS[sandbox].level if sandbox in BACKENDS else ""
