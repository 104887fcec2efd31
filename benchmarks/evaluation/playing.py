"""Play the arms of one problem, then score them, then record the journal."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.evaluation import arms
from benchmarks.evaluation.desk import Bench, Desk, opened, problem_of, sandbox_at
from benchmarks.evaluation.results import Result
from benchmarks.evaluation.scoring import Reference, Scores, score
from benchmarks.evaluation.store import Store
from benchmarks.evaluation.tasks import Task
from benchmarks.evaluation.truth import Truth

ELAPSED = "elapsed"


async def play_problem(bench: Bench, store: Store, task: Task, names: Sequence[str]) -> dict[str, Result]:
    """The results of these arms; whatever the problem's journal holds is taken from there."""
    async with opened(bench, task, store.repository(task.name), store.journal(task.name)) as desk:
        return await timed(desk, tuple(names))


async def timed(desk: Desk, names: tuple[str, ...]) -> dict[str, Result]:
    """Play, and note in the journal how long this session took, if it added anything."""
    began, size = time.monotonic(), desk.journal.path.stat().st_size
    results = await arms.play(desk, names)
    if desk.journal.path.stat().st_size > size:
        number = len(desk.journal.facts(ELAPSED))
        desk.journal.record_fact(ELAPSED, f"{number}: {', '.join(names)}"[:200], round(time.monotonic() - began, 1))
    return results


async def score_problem(
    bench: Bench, store: Store, task: Task, truth: Truth, problem_results: dict[str, Result]
) -> Scores:
    """Score what was not scored before, in a sandbox that writes no journal: nothing of the truth is recorded."""
    known, root = Scores.read(store.scores(task.name)), store.repository(task.name)
    problem = problem_of(task, root)
    async with sandbox_at(bench, root) as box:
        assert box is not None
        if await score(list(problem_results.values()), known, Reference(truth, problem, box.sandbox)):
            known.write(store.scores(task.name))
    return known


def line(task: Task, results: dict[str, Result], scores: Scores, seconds: float, size: int) -> str:
    """One problem in one line: what each arm's choice is worth."""
    shown = []
    for name, one in results.items():
        right = sum(weight * scores.code(source) for source, weight in one.picks)
        shown.append(f"{name} {right:.2f}{' (abstains)' if one.abstains else ''} [{one.cost.tokens:,}]")
    return f"{task.name}: {'; '.join(shown)}; {seconds:.0f} s, journal {size / 1024:.0f} KiB"
