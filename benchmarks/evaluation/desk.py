"""One problem's desk: the problem as the method takes it, the model and the sandbox behind the problem's journal."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.evaluation.tasks import Task
from cosplay_action import __version__
from cosplay_action.method.codec import Json
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Problem
from cosplay_action.method.events import Event
from cosplay_action.method.job import digest
from cosplay_action.method.numbers import Numbers
from cosplay_action.method.ports import Arrived, Ask, Model, Observer, Reply, Sandbox
from cosplay_action.models.budget import Budget, BudgetedModel
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox, ReplayOnly
from cosplay_action.playing import read_target
from cosplay_action.sandbox.backends import OpenedSandbox, open_sandbox
from cosplay_action.settings import Settings
from cosplay_action.specs.program import ProgramText, read_program
from cosplay_action.specs.program_text import ProgramExample

MODULE = "solution.py"
TASK = "task"  # the journal's fact of what was asked, so that a replay needs no data set


@dataclass(slots=True, kw_only=True)
class Cost:
    """What was used. ``input`` counts a prompt once for every reply to it, whatever the server shares or caches.

    ``billed`` counts it once a request, as servers do; ``seconds`` are those of all replies, one after the other.
    """

    calls: int = 0
    input: int = 0
    output: int = 0
    billed: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input + self.output


class Metered:
    """A model that adds up what each of its replies cost, replayed ones too: a replay costs what the run did."""

    def __init__(self, inner: Model) -> None:
        self._inner = inner
        self.cost = Cost()
        self.by_role: dict[str, Cost] = {}

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        replies = await self._inner.complete(ask, arrived)
        for cost in (self.cost, self.by_role.setdefault(ask.place.role, Cost())):
            _add(cost, replies)
        return replies


def _add(cost: Cost, replies: Sequence[Reply]) -> None:
    prompt = max((reply.usage.input for reply in replies), default=0)
    cost.calls += len(replies)
    cost.input += prompt * len(replies)
    cost.output += sum(reply.usage.output for reply in replies)
    cost.billed += sum(reply.usage.input for reply in replies)
    cost.seconds += max((reply.seconds for reply in replies), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where the arms of one problem are played: they share the journal, and thereby every draw that is the same."""

    task: Task
    problem: Problem
    model: Model
    sandbox: Sandbox
    journal: Journal
    seed: int
    title: str  # the sandbox's level and what it is made of

    def context(self, numbers: Numbers, observe: Observer | None = None) -> tuple[Context, Metered]:
        """A context of its own for one arm, and the meter on its model."""
        meter = Metered(self.model)
        return Context(
            problem=self.problem, model=meter, sandbox=self.sandbox, numbers=numbers, seed=self.seed,
            observe=observe or _silent,
        ), meter  # fmt: skip


def _silent(event: Event) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all problems of one evaluation share. Without a ``model`` everything is taken from the journals.

    ``name`` is the model's as journals know it. ``execute``: cells that a journal lacks may be run.
    """

    name: str
    model: Model | None = None
    model_digest: str = ""
    seed: int = 0
    concurrency: int = 16
    execute: bool = True
    sandbox: str = "auto"


def problem_of(task: Task, root: Path) -> Problem:
    """The task as a problem without ground truth; a function's repository is written to ``root``."""
    root.mkdir(parents=True, exist_ok=True)
    if task.kind == "program":
        runs = tuple(ProgramExample(stdin=given, stdout=shown, line=0) for given, shown in task.examples)
        text = ProgramText(statement=task.text, examples=runs, origin=task.name)
        program = read_program(text)
        return Problem(statement=program.statement, contract=program.contract, origin=program.origin)
    (root / "pyproject.toml").write_text('[project]\nname = "one-stub"\nversion = "0"\n')
    (root / MODULE).write_text(task.text, encoding="utf-8")
    stub = read_target(root, f"{MODULE}::{task.entry}", Settings())
    return Problem(statement=stub.statement, contract=stub.contract, origin=stub.origin)


@asynccontextmanager
async def opened(bench: Bench, task: Task, root: Path, path: Path) -> AsyncIterator[Desk]:
    """The desk of one problem; ``root`` takes its repository, ``path`` is its journal, taken up where it ends."""
    problem = problem_of(task, root)
    async with sandbox_at(bench, root) as box:
        run: dict[str, Json] = {
            "task": task.name, "problem": digest(problem.statement, problem.contract.fingerprint), "model": bench.name,
            "model_digest": bench.model_digest, "seed": bench.seed,
        }  # fmt: skip
        title = box.title if box else ""
        header: dict[str, Json] = {
            "run": run,
            "tool": __version__,
            "python": box.python if box else "",
            "sandbox": title,
        }
        journal = Journal.open(path, header)
        try:
            await journal.fact(TASK, task.name, lambda: _told(task))
            closed = ReplayOnly()
            yield Desk(
                task=task,
                problem=problem,
                model=_model(bench, journal, closed),
                sandbox=JournalSandbox(box.sandbox if box else closed, journal),
                journal=journal,
                seed=bench.seed,
                title=str(journal.header["sandbox"]),
            )
        finally:
            journal.close()


async def _told(task: Task) -> Json:
    return cast("Json", json.loads(json.dumps(dataclasses.asdict(task))))


@asynccontextmanager
async def sandbox_at(bench: Bench, root: Path) -> AsyncIterator[OpenedSandbox | None]:
    if not bench.execute:
        yield None
        return
    box = await open_sandbox(bench.sandbox, root=root)
    try:
        yield box
    finally:
        await box.aclose()


def _model(bench: Bench, journal: Journal, closed: ReplayOnly) -> Model:
    if bench.model is None:
        return JournalModel(closed, journal, bench.name, strict=True)
    return JournalModel(BudgetedModel(bench.model, Budget(), concurrency=bench.concurrency), journal, bench.name)
