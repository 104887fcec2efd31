"""Which problems: a rule that is written before any arm runs, and that no arm's draws take part in.

The problems of a set are shuffled with seed 6 (by a digest of their names). In that order, a pilot of 4 single samples
is drawn for each problem, from places of its own that no arm draws from. A problem is taken when some but not all of
the 4 are right by the hidden tests; the first N that are taken are the evaluation's. A problem belongs to the tuning
half or to the held-out half by the parity of a digest of its name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.evaluation.arms import NUMBERS
from benchmarks.evaluation.desk import Bench, Desk, opened, sandbox_at
from benchmarks.evaluation.direct import draw_candidates
from benchmarks.evaluation.scoring import Reference
from benchmarks.evaluation.store import Store
from benchmarks.evaluation.tasks import Task
from benchmarks.evaluation.truth import Truth
from cosplay_action.method.domain import Candidate
from cosplay_action.method.job import digest

SAMPLES = 4
SHUFFLE = 6
NAME = "pilot"
TOGETHER = 8  # problems looked at together, so that some are drawn while others are scored


def shuffled(tasks: Sequence[Task]) -> list[Task]:
    """The order in which problems are looked at: the same for every model."""
    return sorted(tasks, key=lambda task: digest(str(SHUFFLE), task.name))


def half(name: str) -> str:
    """Which half a problem belongs to, "tuning" or "held-out", by its name alone."""
    return "tuning" if int(digest("half", name)[:8], 16) % 2 == 0 else "held-out"


def takes(right: Sequence[bool]) -> bool:
    """Single samples are right sometimes, and sometimes not."""
    return 0 < sum(right) < len(right)


def first(verdicts: dict[str, list[bool]], most: int) -> list[str]:
    """The evaluation's problems: the first so many that are taken, in the order in which the pilot looked at them."""
    return [name for name, right in verdicts.items() if takes(right)][:most]


def read(path: Path) -> dict[str, list[bool]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


async def pilot(bench: Bench, store: Store, tasks: Sequence[Task], truths: dict[str, Truth], most: int) -> list[str]:
    """Look at problems until so many are taken; what was looked at before is not looked at again."""
    path = store.scores(NAME)
    verdicts = read(path)
    left = [task for task in shuffled(tasks) if task.name not in verdicts]
    while left and len(first(verdicts, most)) < most:
        batch, left = left[:TOGETHER], left[TOGETHER:]
        found = await asyncio.gather(*(_look(bench, store, task, truths[task.name]) for task in batch))
        verdicts |= {task.name: right for task, right in zip(batch, found, strict=True)}
        write(path, verdicts)
        print(", ".join(f"{task.name} {sum(verdicts[task.name])}/{SAMPLES}" for task in batch), flush=True)
    store.pack_pilot(list(verdicts))
    return first(verdicts, most)


def write(path: Path, verdicts: dict[str, list[bool]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(right)}" for name, right in verdicts.items())
    path.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


async def _look(bench: Bench, store: Store, task: Task, truth: Truth) -> list[bool]:
    root = store.repository(task.name)
    async with opened(bench, task, root, store.pilot(task.name)) as desk:
        problem, drawn = desk.problem, await _draw(desk)
    async with sandbox_at(bench, root) as box:  # not the desk's, which writes a journal
        assert box is not None
        reference = Reference(truth, problem, box.sandbox)
        return [bool(one.source) and await reference.right(one.source) for one in drawn]


async def _draw(desk: Desk) -> list[Candidate]:
    ctx, _ = desk.context(NUMBERS)
    return await draw_candidates(ctx, NAME, 0, SAMPLES)
