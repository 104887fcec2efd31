"""The plain process backend, ``unsafe-process``: fresh environment, rlimits, deadlines, and no walls at all.

A cell runs as the user who runs us: it can read that user's files and open connections. It starts in a throwaway
directory; the repository is only on ``sys.path``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from cosplay_action.errors import SandboxError, SpecError
from cosplay_action.method.codec import Budget, CodecError, exact_list, observation_from_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.values import stdout_value
from cosplay_action.sandbox.host import HELLO_SECONDS, Worker, WorkerDied, started
from cosplay_action.sandbox.wire import WireJob

IMPORT_SECONDS = 30.0  # wall seconds for an import beyond a cell's (the worker's CPU limit is lower)
LATE_SECONDS = 10.0  # how long after a cell's own deadline the worker may report it
_AT_IMPORT = "while its module was imported: "


class ProcessSandbox:
    """Runs each job in a worker process of its own, ``parallel`` jobs at a time (default: one a core).

    ``root`` is the repository; ``python`` the interpreter that has its dependencies (default: ours).
    """

    def __init__(self, *, root: Path, python: Path | None = None, parallel: int | None = None) -> None:
        self._root = root.resolve()
        self._python = python or Path(sys.executable)
        self._turns = asyncio.Semaphore(parallel or os.cpu_count() or 1)

    async def run(self, job: Job) -> Sequence[Observation]:
        """One observation an input, in order.

        Raises SandboxError if the sandbox is at fault, SpecError if the user's module cannot be imported.
        """
        if job.kind == "program" and job.candidate is None:  # expected stdout is text, there is nothing to run
            return [Observation(status="returned", value=stdout_value(text)) for text in job.inputs]
        seen, died = await self._attempt(job)
        for text in job.inputs[len(seen) :]:  # a cell killed its worker: each one left gets a worker of its own
            alone, died = await self._attempt(replace(job, inputs=(text,)))
            seen += alone or [_gone(died, job)]
        return seen

    async def _attempt(self, job: Job) -> tuple[list[Observation], WorkerDied | None]:
        """The observations of one worker, fewer than inputs if it died."""
        seen: list[Observation] = []
        async with self._turns, started(self._python, self._wire(job), _cap(job)) as worker:
            try:
                async with aclosing(_observations(worker, job)) as cells:
                    async for cell in cells:
                        seen.append(_normal(cell, job))  # noqa: PERF401 - kept when the worker dies
            except WorkerDied as died:
                return seen, died
        return seen, None

    def _wire(self, job: Job) -> WireJob:
        return cast("WireJob", {**asdict(job), "root": str(self._root)})


def _cap(job: Job) -> int:
    """Bytes of one frame: JSON writes a byte of text as at most six characters."""
    return 6 * job.limits.output + 64 * 1024


def _normal(cell: Observation, job: Job) -> Observation:
    if job.kind != "program" or cell.value is None:
        return cell
    return replace(cell, value=stdout_value(str(cell.value.data)))


def _gone(died: WorkerDied | None, job: Job) -> Observation:
    """What a cell shows that lost its worker although it had one of its own."""
    if died is None or (died.report and job.candidate is None):
        raise SandboxError(
            f"the sandbox's worker failed: {died.report if died else 'it sent too little'}",
            "This is a defect: please report it.",
        )
    if died.code is None and not died.report:
        return Observation(status="timed_out", detail="the cell silenced the process that watched it")
    reason = died.report.strip().rpartition("\n")[2] or f"exit code {died.code}"
    return Observation(status="exited", detail=f"the cell ended the process that watched it: {reason}")


async def _observations(worker: Worker, job: Job) -> AsyncGenerator[Observation]:
    """Read the worker's frames. Raises WorkerDied between cells, SandboxError and SpecError before the first."""
    await _greet(worker)
    failed = await _imported(worker, job)
    if failed is not None:
        for _ in job.inputs:
            yield failed
        return
    wall = 4 * job.limits.seconds + LATE_SECONDS
    for index in range(len(job.inputs)):
        yield await _cell(worker, index, wall, Budget(text=_cap(job)))


async def _greet(worker: Worker) -> None:
    try:
        hello = exact_list(await worker.frame(HELLO_SECONDS), 2)[0]
    except (WorkerDied, CodecError):
        hello = None
    if hello != "hello":
        raise SandboxError(
            f"the sandbox's worker did not start: {await worker.complaint() or 'it said nothing'}",
            "Check that the interpreter starts, is Python 3.9 or newer and has its standard library.",
        )


async def _imported(worker: Worker, job: Job) -> Observation | None:
    """None when the module was imported, else what every input shows. Raises SpecError for the user's own module."""
    failed = await _import_failure(worker, job)
    if failed is None or job.candidate is not None:
        return failed
    named = f"{failed.error[0]}: " if failed.error else ""
    reason = failed.detail.removeprefix(_AT_IMPORT) or failed.status.replace("_", " ")
    raise SpecError(
        f"the module {job.module} cannot be imported: {named}{reason}",
        "Mend it, or install what it needs into the environment that runs cosplay-action.",
    )


async def _import_failure(worker: Worker, job: Job) -> Observation | None:
    try:
        frame = await worker.frame(IMPORT_SECONDS + 4 * job.limits.seconds)
        if frame == ["ready"]:
            return None
        return observation_from_json([*exact_list(exact_list(frame, 2)[1], 4), 0.0])
    except CodecError:
        return Observation(status="exited", detail=f"{_AT_IMPORT}it wrote to the result channel")
    except WorkerDied as died:
        if died.code in {None, -signal.SIGXCPU} and not died.report:
            return Observation(status="timed_out", detail=f"{_AT_IMPORT}it took too long")
        return Observation(status="exited", detail=f"{_AT_IMPORT}{died.report or f'exit code {died.code}'}")


async def _cell(worker: Worker, index: int, wall: float, budget: Budget) -> Observation:
    try:
        frame = await worker.frame(wall)
        if isinstance(frame, list) and frame[:1] == ["failed"]:
            raise WorkerDied(None, str(frame[1:])[-1000:])
        number, seconds, seen = exact_list(frame, 3)
        if number != index:
            raise WorkerDied(None)
        return observation_from_json([*exact_list(seen, 4), seconds], budget)
    except CodecError:
        return Observation(status="exited", detail="it wrote to the result channel")
