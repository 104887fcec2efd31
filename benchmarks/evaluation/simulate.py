"""The planted population: what each step of the method is worth where the truth is known.

The package's own ``solve`` plays worlds of ``cosplay_action.testing.population`` with a scripted model and a table for
a sandbox, once as it is and once without each step, on the same worlds and the same draws. The table says what is lost
without the step (positive: the step helps), with 95 % intervals over worlds.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import dataclasses
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.evaluation import sheets
from cosplay_action.method import play
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Outcome
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.solve import solve
from cosplay_action.testing.population import PlantedWorld, Population

WORLDS: dict[str, Population] = {
    "middling": Population(),
    "weak model": Population(candidate=0.2, hopeless=0.3, vote=0.7, fooled=0.35, repair=0.25),
    "strong model": Population(candidate=0.65, vote=0.93, fooled=0.1, repair=0.6),
    "coupled mistakes": Population(candidate=0.3, mistakes=3, skew=2.0, visible=0.4, fooled=0.5),
    "rare mistakes": Population(visible=0.05, aim=0.5),
    "clumsy repairs": Population(repair=0.2, misled=0.7, harm=0.4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """The method without something. ``skip`` is a step of Stage 2."""

    skip: str = ""
    numbers: tuple[tuple[str, object], ...] = ()
    rates: tuple[tuple[str, Any], ...] = ()


FULL = "as it is"
ABLATIONS: dict[str, Ablation] = {
    FULL: Ablation(),
    "no attack ideas": Ablation(rates=(("aim", 0.0),)),  # inputs for ideas come from anywhere, as random ones do
    "no clean": Ablation(skip="clean"),
    "no break": Ablation(skip="break"),
    "no fix": Ablation(skip="fix"),
    "no replace": Ablation(skip="replace"),
    "no rounds": Ablation(numbers=(("rounds", 0),)),
    "no clustering": Ablation(numbers=(("select", "pass-count"),)),
    "guard off": Ablation(numbers=(("fix_guard", False),)),
    "faithful": Ablation(numbers=(("fix_guard", False), ("faithful", True))),
}
ADDED: dict[str, Ablation] = {
    FULL: Ablation(),
    "fuzzing": Ablation(numbers=(("fuzz", 128),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run came to, as numbers from 0 to 1 (None: there was nothing to measure), and its replies."""

    forced: float
    chosen: float
    when_chosen: float | None
    pool: float
    tests: float
    valid: float | None
    kept: float | None
    replies: int


MEASURES = {
    "forced": "accuracy, forced", "pool": "pass@1 of the pool", "tests": "tests: right of all",
    "valid": "tests: right of valid", "kept": "tests: right of kept", "chosen": "chose",
    "when_chosen": "accuracy when it chose", "replies": "replies",
}  # fmt: skip
LEVELS = tuple(one for one in MEASURES if one != "replies")


@contextmanager
def without(step: str) -> Iterator[None]:
    """Play rounds without one of their steps, for as long as the block lasts. (The method has no switch for it.)"""
    whole = play.STEPS
    play.STEPS = tuple(one for one in whole if one[0] != step)
    try:
        yield
    finally:
        play.STEPS = whole


def run(rates: Population, ablation: Ablation, salt: int, preset: str) -> Seen:
    """One world played once. The same salt is the same world, whatever is left out."""
    world = PlantedWorld(dataclasses.replace(rates, **dict(ablation.rates)), salt)
    numbers = Numbers(**{**PRESETS[preset], **dict(ablation.numbers)})  # type: ignore[arg-type]
    model = world.model()
    ctx = Context(problem=world.problem, model=model, sandbox=world.sandbox(), numbers=numbers, seed=salt)
    with without(ablation.skip):
        outcome = asyncio.run(solve(ctx))
    return seen(world, outcome, sum(ask.samples for ask in model.asked))


def seen(world: PlantedWorld, outcome: Outcome, replies: int) -> Seen:
    sources = [one.source for one in outcome.matrix.candidates]
    right = [world.code_right(source) for source in sources]
    forced = float(outcome.choice.forced is not None and right[outcome.choice.forced])
    tests = [world.test_right(test) for test in outcome.matrix.tests]
    valid = [world.test_right(test) for test in outcome.matrix.tests if test.valid]
    chose = outcome.choice.slot is not None
    return Seen(
        forced=forced,
        chosen=float(chose),
        when_chosen=forced if chose else None,
        pool=sum(right) / len(right),
        tests=sum(tests) / len(tests),
        valid=_mean(valid),
        kept=_mean([world.test_right(kept.test) for kept in outcome.kept]),
        replies=replies,
    )


def _mean(told: Sequence[float]) -> float | None:
    return sum(told) / len(told) if told else None


def runs(rates: Population, ablation: Ablation, count: int, preset: str, first: int = 0) -> list[Seen]:
    """So many worlds, one after the other; ``first`` is the salt of the first."""
    return [run(rates, ablation, salt, preset) for salt in range(first, first + count)]


def interval(told: Sequence[float]) -> tuple[float, float]:
    """The mean and the half-width of its 95 % interval, by the normal approximation: there are hundreds of worlds."""
    mean = sum(told) / len(told)
    spread = sum((one - mean) ** 2 for one in told) / max(1, len(told) - 1)
    return mean, 1.96 * math.sqrt(spread / len(told))


def differences(ours: Sequence[Seen], theirs: Sequence[Seen], measure: str) -> list[float]:
    """Ours less theirs, world by world, where both have something to measure."""
    pairs = ((getattr(one, measure), getattr(other, measure)) for one, other in zip(ours, theirs, strict=True))
    return [a - b for a, b in pairs if a is not None and b is not None]


def options(one: argparse.ArgumentParser) -> None:
    one.set_defaults(run=_run)
    one.add_argument("--worlds", type=int, default=500, help="worlds of each population")
    one.add_argument("--preset", default="standard", choices=tuple(PRESETS))
    one.add_argument("--first", type=int, default=0, help="the salt of the first world")
    one.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    one.add_argument("--added", action="store_true", help="what options add, instead of what steps are worth")
    one.add_argument("--write", type=Path, help="put the tables between the marks of this document")


async def _run(args: argparse.Namespace) -> None:
    began = time.monotonic()
    played = ADDED if args.added else ABLATIONS
    found = {world: _played(rates, args, played) for world, rates in WORLDS.items()}
    total = args.worlds * len(played) * len(WORLDS)
    print(f"{total:,} runs in {time.monotonic() - began:.0f} s\n")
    text = (added if args.added else render)(found, args.worlds, args.preset, args.first)
    print(text)
    if args.write:
        sheets.put(args.write, "added" if args.added else "simulation", text)


def _played(rates: Population, args: argparse.Namespace, played: dict[str, Ablation]) -> dict[str, list[Seen]]:
    with concurrent.futures.ProcessPoolExecutor(args.processes) as pool:
        jobs = {
            name: pool.submit(runs, rates, ablation, args.worlds, args.preset, args.first)
            for name, ablation in played.items()
        }
        return {name: job.result() for name, job in jobs.items()}


def render(found: dict[str, dict[str, list[Seen]]], worlds: int, preset: str, first: int) -> str:
    """What the method comes to in each population, then what is lost without each step."""
    said = _said(worlds, preset, first)
    return "\n\n".join([said, _levels(found), *(_lost(found, measure) for measure in ("forced", "pool", "valid"))])


def _said(worlds: int, preset: str, first: int) -> str:
    return (
        f"Preset `{preset}`, {worlds} worlds of each population (salts from {first}); 95 % intervals over worlds; "
        "differences are taken world by world."
    )


def added(found: dict[str, dict[str, list[Seen]]], worlds: int, preset: str, first: int) -> str:
    """What an option adds in each population."""
    tables = [_gained(found, name) for name in ADDED if name != FULL]
    return "\n\n".join([_said(worlds, preset, first), *tables])


def _gained(found: dict[str, dict[str, list[Seen]]], name: str) -> str:
    """With the option, less as it is: above 0 it adds."""
    rows = []
    for measure, title in MEASURES.items():
        told = [differences(arms[name], arms[FULL], measure) for arms in found.values()]
        rows.append([title, *(_shown(*interval(one), signed=True) if one else "-" for one in told)])
    return f"Gained with {name} (bold: the interval is clear of 0)\n\n{sheets.table(['measure', *found], rows)}"


def _levels(found: dict[str, dict[str, list[Seen]]]) -> str:
    rows = []
    for world, arms in found.items():
        cells = []
        for measure in LEVELS:
            told = [value for one in arms[FULL] if (value := getattr(one, measure)) is not None]
            cells.append(_shown(*interval(told)) if told else "-")
        replies = interval([float(one.replies) for one in arms[FULL]])[0]
        rows.append([world, *cells, f"{replies:.0f}"])
    return sheets.table(["population", *(MEASURES[one] for one in LEVELS), "replies"], rows)


def _lost(found: dict[str, dict[str, list[Seen]]], measure: str) -> str:
    """As it is, less without the step: above 0 the step helps."""
    rows = []
    for name in ABLATIONS:
        if name != FULL:
            told = [differences(arms[FULL], arms[name], measure) for arms in found.values()]
            rows.append([name, *(_shown(*interval(one), signed=True) if one else "-" for one in told)])
    head = sheets.table(["left out", *found], rows)
    return f"Lost without it: {MEASURES[measure]} (above 0: the step helps; bold: the interval is clear of 0)\n\n{head}"


def _shown(mean: float, width: float, *, signed: bool = False) -> str:
    text = f"{mean:+.3f} ± {width:.3f}" if signed else f"{mean:.2f} ± {width:.2f}"
    return f"**{text}**" if signed and abs(mean) > width else text
