"""One journalled run of the world, or one journalled question, in a process that may be killed.

``python -m tests.support.kill_run JOURNAL PAID DUMP LATENCY`` plays a ``standard`` run on the journal. Every sample
that is asked for is first written to PAID (place and seed, one line each, appended by one write); at the end DUMP gets
the outcome and the ledger, as text that is the same for equal runs.

``python -m tests.support.kill_run JOURNAL BASE_URL`` asks the endpoint there one question of ``SAMPLES`` samples, as a
run would: behind a journal and a budget.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cosplay_action.ledger import Bookkeeper
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Outcome
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Arrived, Ask, Model, Reply
from cosplay_action.method.solve import solve
from cosplay_action.models.budget import Budget, BudgetedModel
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem
from tests.support.wire import ask

SAMPLES, SEED = 4, 100
HEADER = {"run": {"world": "double", "seed": 11}}


class Paying:
    """Notes every sample before it is asked for, as a bill would."""

    def __init__(self, inner: Model, bill: Path) -> None:
        self._inner = inner
        self._bill = os.open(bill, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        lines = "".join(f"{ask.place} {ask.seed + k}\n" for k in range(ask.samples))
        os.write(self._bill, lines.encode())
        return await self._inner.complete(ask, arrived)


def plain(thing: object) -> object:
    """Any part of an outcome as JSON data."""
    if isinstance(thing, enum.Enum):
        return thing.name
    if dataclasses.is_dataclass(thing):
        return {field.name: plain(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    if isinstance(thing, list | tuple):
        return [plain(one) for one in thing]
    return thing


async def run(journal: Journal, bill: Path, latency: float) -> tuple[Outcome, Bookkeeper]:
    model = Paying(world_model(Rates(candidate=0.5, vote=0.8), latency=latency), bill)
    books = Bookkeeper()
    ctx = Context(
        problem=world_problem(examples=True), seed=11, numbers=Numbers(**PRESETS["standard"]), observe=books,
        model=JournalModel(model, journal, "world"), sandbox=JournalSandbox(WorldSandbox(), journal),
    )  # fmt: skip
    return await solve(ctx), books


def main(journal_path: Path, bill: Path, dump: Path, latency: float) -> None:
    journal = Journal.open(journal_path, HEADER)
    outcome, books = asyncio.run(run(journal, bill, latency))
    journal.close()
    shown = {"outcome": plain(outcome), "ledger": plain(books.ledger(outcome.cells))}
    dump.write_text(json.dumps(shown, indent=1, sort_keys=True), encoding="utf-8")


async def question(journal_path: Path, base_url: str) -> None:
    journal = Journal.open(journal_path, HEADER)
    endpoint = OpenAIModel(model="m", base_url=base_url)
    model = JournalModel(BudgetedModel(endpoint, Budget(calls=100)), journal, "m")
    assert len(await model.complete(ask(samples=SAMPLES, seed=SEED))) == SAMPLES
    await endpoint.aclose()
    journal.close()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(question(Path(sys.argv[1]), sys.argv[2]))
    else:
        main(*map(Path, sys.argv[1:4]), float(sys.argv[4]))
