"""One journalled run of the world, one whole run, or one journalled question, in a process that may be killed.

``python -m tests.support.kill_run JOURNAL PAID DUMP LATENCY`` plays a ``standard`` run on the journal. Every sample
that is asked for is first written to PAID (place and seed, one line each, appended by one write); at the end DUMP gets
the outcome and the ledger, as text that is the same for equal runs.

``python -m tests.support.kill_run JOURNAL PAID DUMP LATENCY STEP`` does so in children that kill themselves: each one
appends STEP lines to the journal and half of another, and is gone. Prints how many were killed before one came to its
end.

``python -m tests.support.kill_run JOURNAL BASE_URL`` asks the endpoint there one question of ``SAMPLES`` samples, as a
run would: behind a journal and a budget.

``python -m tests.support.kill_run REPOSITORY OUT LATENCY [STEP]`` plays the stub clamp.py::clamp there,
``standard``, in the real sandbox, and writes the run directory OUT with all artefacts: the same bytes whenever it is
played. STEP as above, but replies and cells are counted, and no line is torn.
"""

from __future__ import annotations

import asyncio
import ctypes
import dataclasses
import enum
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from cosplay_action import artefacts, wiring
from cosplay_action.ledger import Bookkeeper
from cosplay_action.method.codec import Json
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Observation, Outcome
from cosplay_action.method.events import Event
from cosplay_action.method.job import Job
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Arrived, Ask, Model, Reply, Sandbox, Seen
from cosplay_action.method.solve import solve
from cosplay_action.models.budget import Budget, BudgetedModel
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.playing import JOURNAL, Play, identity, play, read_target
from cosplay_action.settings import load
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem
from tests.support.stub_script import clamp_script
from tests.support.wire import ask

T = TypeVar("T")
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


class Cut(Journal):
    """A journal whose process is gone, as by kill -9, in the middle of the append number ``left`` + 1 (None: never)."""

    left: int | None = None

    def _append(self, record: Mapping[str, Json]) -> bytes:
        if Cut.left == 0:
            self._stream.write(b'{"t":"reply","at":"expl')
            os.kill(os.getpid(), signal.SIGKILL)
        Cut.left = None if Cut.left is None else Cut.left - 1
        return super()._append(record)


class Mortal:
    """A model or a sandbox whose process is gone, as by kill -9, once ``Cut.left`` of its answers were recorded."""

    def __init__(self, inner: Model | Sandbox) -> None:
        self._inner = inner

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        return await self._inner.complete(ask, _counted(arrived))  # type: ignore[union-attr]

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        return await self._inner.run(job, _counted(arrived))  # type: ignore[union-attr]


def _counted(arrived: Callable[[int, T], None] | None) -> Callable[[int, T], None]:
    def told(at: int, one: T) -> None:
        if arrived:
            arrived(at, one)
        Cut.left = None if Cut.left is None else Cut.left - 1
        if Cut.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return told


def main(journal_path: Path, bill: Path, dump: Path, latency: float) -> None:
    journal = Cut.open(journal_path, HEADER)
    outcome, books = asyncio.run(run(journal, bill, latency))
    journal.close()
    shown = {"outcome": plain(outcome), "ledger": plain(books.ledger(outcome.cells))}
    dump.write_text(json.dumps(shown, indent=1, sort_keys=True), encoding="utf-8")


@contextmanager
def adopting() -> Iterator[None]:
    """Processes whose parent dies become children of this one: none of them is out of sight."""
    prctl, subreaper = ctypes.CDLL(None).prctl, 36
    prctl(subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(subreaper, 0, 0, 0, 0)


def in_steps(deed: Callable[[], None], step: int) -> int:
    """Do it in children that are gone after ``step`` appends each, until one is done. How many were killed."""
    kills = 0
    while True:
        if (child := os.fork()) == 0:
            Cut.left = step
            deed()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != -signal.SIGKILL:
            assert code == 0
            return kills
        kills += 1


async def question(journal_path: Path, base_url: str) -> None:
    journal = Journal.open(journal_path, HEADER)
    endpoint = OpenAIModel(model="m", base_url=base_url)
    model = JournalModel(BudgetedModel(endpoint, Budget(calls=100)), journal, "m")
    assert len(await model.complete(ask(samples=SAMPLES, seed=SEED))) == SAMPLES
    await endpoint.aclose()
    journal.close()


def _watch(problem: object, expected: object) -> AbstractContextManager[Callable[[Event], None]]:
    return nullcontext(lambda event: None)


async def whole_run(repository: Path, out: Path, latency: float, **given: object) -> None:
    """What ``cosplay-action run clamp.py::clamp`` does, with a model from a script and a clock that stands.

    ``given`` are settings.
    """
    settings = load({"model": "m", "seed": 3, **given}, {}, {})
    host = wiring.Host(
        environ={}, say=lambda line: None, progress=lambda done, total: None, clock=lambda: 0.0,
        today=lambda: "2026-01-01T00:00:00Z",
    )  # fmt: skip
    stub = read_target(repository, "clamp.py::clamp", settings)
    script = clamp_script(rate=0.6, vote_rate=0.9)
    opened = await wiring.open_sandbox(settings, host, root=repository, home=repository)
    model = ScriptedModel(lambda ask, k: script.reply(ask.prompt, ask.seed + k), latency=latency)
    one = Play(
        home=repository, root=repository, stub=stub, out=out, settings=settings, host=host,
        opened=dataclasses.replace(opened, sandbox=Mortal(opened.sandbox)), model=Mortal(model), watch=_watch,
        model_name="m", model_digest="", replay=f"clamp.py::clamp --replay {JOURNAL}",
    )  # fmt: skip
    try:
        artefacts.write(await play(one, identity(stub, settings, "m", "")))
    finally:
        await wiring.close(opened.sandbox)


def command(words: Sequence[str]) -> None:
    if len(words) == 2:
        asyncio.run(question(Path(words[0]), words[1]))
        return
    files = [Path(word) for word in words[: 2 if Path(words[0]).is_dir() else 3]]
    latency, *step = words[len(files) :]

    def deed() -> None:
        if len(files) == 2:
            asyncio.run(whole_run(*files, float(latency)))
        else:
            main(*files, float(latency))

    if step:
        sys.stdout.write(f"{in_steps(deed, int(step[0]))}\n")
    else:
        deed()


if __name__ == "__main__":
    command(sys.argv[1:])
