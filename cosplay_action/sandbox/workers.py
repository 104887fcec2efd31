"""The sandbox: candidates in workers behind walls. One worker a module under test, one server a candidate (worker.py).

Every level runs the same workers; a level is which walls they put up, and a start without them all is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cosplay_action.errors import SandboxError
from cosplay_action.method.codec import CodecError, exact_list
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Seen
from cosplay_action.method.values import stdout_value
from cosplay_action.sandbox import answers, host, setup
from cosplay_action.sandbox.host import Line, ServerLost, Worker, WorkerDied
from cosplay_action.sandbox.interpreter import probe, translate
from cosplay_action.sandbox.walls import LEVELS, Proof, Walls

ALIVE = 3  # workers kept for their modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a worker needs to see: ``reads`` as it will name them, ``root`` the exported repository, its environment."""

    reads: Sequence[str]
    root: Path
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a level's workers are started.

    ``argv(command, around)`` wraps the worker's command in what stands around it; ``inside`` is where the repository
    lies for a worker ("": where it lies for us). ``trouble`` says why what stands around it cannot start ("": it can).
    """

    level: str
    walls: Walls
    argv: Callable[[Sequence[str], Around], Sequence[str]]
    inside: str = ""
    trouble: Callable[[], Awaitable[str]] | None = None


@dataclass(slots=True)
class _Place:
    """The worker of one module under test: started once, by whoever needs it first."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    worker: Worker | None = None
    busy: int = 0


class WorkerSandbox:
    """Runs jobs in workers of one level, ``parallel`` jobs at a time (default: two more than there are cores).

    ``root`` is the repository as cells may see it, ``home`` the user's own copy of it (default: the same), ``python``
    the interpreter that has its dependencies (default: ours), ``patience`` how many seconds after a cell's own deadline
    its worker counts as stuck. Workers live until ``aclose``.
    """

    def __init__(
        self, *, root: Path, stand: Stand, home: Path | None = None, python: Path | None = None,
        parallel: int | None = None, patience: float = answers.PATIENCE,
    ) -> None:  # fmt: skip
        self._root, self._home = root.resolve(), (home or root).resolve()
        self.stand = stand
        self._python = python or Path(sys.executable)
        self._lanes = parallel or (os.cpu_count() or 1) + 2
        self._patience = patience
        self._names: dict[str, str] = {}
        self._turns, self._single = asyncio.Semaphore(self._lanes), asyncio.Lock()
        self._places: dict[tuple[str, ...], _Place] = {}

    async def aclose(self) -> None:
        """End every worker and all that runs in it."""
        places, self._places = list(self._places.values()), {}
        for place in places:
            if place.worker is not None:
                await place.worker.end()

    async def prove(self) -> Proof:
        """Start a worker that imports nothing, and tell what its self-test found. Raises SandboxError."""
        worker, proof = await self._begin(None)
        await worker.end()
        return proof

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        """One observation an input, in order; ``arrived`` is told of each as its cell ends.

        Raises SandboxError if the sandbox is at fault, SpecError if the user's module cannot be imported.
        """
        note = arrived or (lambda *_: None)
        if job.kind == "program" and job.candidate is None:  # expected stdout is text, there is nothing to run
            texts = [Observation(status="returned", value=stdout_value(text)) for text in job.inputs]
            for index, one in enumerate(texts):
                note(index, one)
            return texts
        seen = await self._attempt(job, note, 0)
        for index in range(len(seen), len(job.inputs)):  # the server was lost: each one left gets a server of its own
            alone = replace(job, inputs=(job.inputs[index],))
            walled = self.stand.walls.seccomp  # else a cell can have ended its server
            if walled and index and seen[index - 1].detail.startswith(answers.GONE):
                seen.append(seen[index - 1])  # it ends every server, before its first cell
                note(index, seen[index])
                continue
            seen += await self._attempt(alone, note, index) or [await self._last(alone, note, index)]
        return seen

    async def _attempt(self, job: Job, note: Seen, first: int) -> list[Observation]:
        """The observations of one server, fewer than inputs if it, or its worker, was lost."""
        seen: list[Observation] = []
        with contextlib.suppress(WorkerDied, ServerLost):
            await self._through(job, note, first, seen)
        return seen

    async def _last(self, job: Job, note: Seen, index: int) -> Observation:
        """A cell that lost its server when it was alone in it: its own doing, if that can be."""
        seen: list[Observation] = []
        try:
            await self._through(job, note, index, seen, alone=True)
        except ServerLost as lost:
            seen = [answers.bereft(job, lost, walled=self.stand.walls.seccomp)]
        except WorkerDied as died:
            if self.stand.walls.seccomp:  # no cell can have done it
                raise answers.failed(f"its worker failed: {died.report or 'it fell silent'}") from None
            seen = [answers.silenced(died.code)]
        else:
            return seen[0]
        note(index, seen[0])
        return seen[0]

    async def _through(self, job: Job, note: Seen, first: int, seen: list[Observation], *, alone: bool = False) -> None:
        async with self._turn(alone=alone), self._lane(job) as lane:
            async for cell in answers.observations(lane, job, self._patience):
                seen.append(answers.without_places(cell, self._names))
                note(first + len(seen) - 1, seen[-1])

    @asynccontextmanager
    async def _turn(self, *, alone: bool) -> AsyncIterator[None]:
        """One of the turns; ``alone``: all of them, so that no other cell runs, and takes memory, meanwhile."""
        async with AsyncExitStack() as stack:
            if alone:
                await stack.enter_async_context(self._single)  # two that took turns would wait for each other
            for _ in range(self._lanes if alone else 1):
                await stack.enter_async_context(self._turns)
            yield

    @asynccontextmanager
    async def _lane(self, job: Job) -> AsyncIterator[Line]:
        """A lane of the job's worker; the worker is given up when the block ends in the middle of a job."""
        place = self._places.setdefault(_scene_key(job), _Place())
        place.busy += 1
        try:
            worker = await self._worker(place, job)
            lane = await worker.lanes.get()
            try:
                yield lane
            except ServerLost:
                worker.lanes.put_nowait(lane)
                raise
            except BaseException as error:
                place.worker = None if place.worker is worker else place.worker
                if isinstance(error, WorkerDied):
                    error.report = await worker.last_words() or error.report
                await worker.end()
                raise
            worker.lanes.put_nowait(lane)
        finally:
            place.busy -= 1

    async def _worker(self, place: _Place, job: Job) -> Worker:
        async with place.lock:
            if place.worker is None or place.worker.dead:
                await self._make_room()
                place.worker = await self._started(job)
            return place.worker

    async def _make_room(self) -> None:
        """End the oldest workers that nobody uses, so that a few are kept at most."""
        idle = [key for key, place in self._places.items() if not place.busy and not place.lock.locked()]
        for key in idle[: max(0, len(self._places) - ALIVE)]:
            worker = self._places.pop(key).worker
            if worker is not None:
                await worker.end()

    async def _started(self, job: Job, *, again: bool = False) -> Worker:
        worker, _ = await self._begin(job)
        try:
            answers.imported(job, await worker.told(host.IMPORT_SECONDS))
        except BaseException as error:
            killed = isinstance(error, WorkerDied) and await worker.killed()
            await worker.end()
            if killed and not again:
                return await self._started(job, again=True)
            if isinstance(error, WorkerDied):
                raise answers.import_failure(
                    job, answers.ended_in_import(error, killed=killed and self.stand.walls.seccomp)
                ) from None
            raise
        return worker

    async def _begin(self, job: Job | None) -> tuple[Worker, Proof]:
        """Start a worker and see its walls. Raises SandboxError when it does not start or a wall is missing."""
        stand = self.stand
        asked = await probe(self._python, home=self._home, unjailed=not stand.walls.landlock)
        seen = translate(asked, self._home, self._root)
        home, inside = host.make_home(), stand.inside or str(self._root)
        self._names = names_of(seen.prefixes, inside)
        told = setup.make(stand.walls, seen, (self._root, inside), home, job)
        options = ["-s", "-S", "-B", *(["-P"] if _has_safe_path(seen.version) else [])]
        command, environ = [str(seen.path), *options, str(host.WORKER)], host.environment()
        around = Around(reads=told["reads"], root=self._root, environ=environ)
        worker = await host.start(lambda whole: stand.argv(whole, around), command, environ, self._lanes, home)
        try:
            worker.control.send(told)
            proof = await _greeted(worker)
            if job is not None:
                _insist(proof, stand.level)
        except BaseException:
            await worker.end()
            raise
        return worker, proof


def names_of(prefixes: Sequence[str], inside: str) -> dict[str, str]:
    """How the folders of this machine are called in what cells show: the same everywhere, longest first."""
    found = {f"{inside}/": "", **{prefix: "<python>" for prefix in prefixes if prefix.count("/") > 1}}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _has_safe_path(version: str) -> bool:
    return tuple(map(int, version.split(".")[:2])) >= (3, 11)


def _scene_key(job: Job) -> tuple[str, ...]:
    if job.kind == "program":
        return ("program",)
    return (job.source, job.module, job.path, job.qualname, *job.roots, job.surroundings, str(job.inside))


async def _greeted(worker: Worker) -> Proof:
    """What the worker says of itself and its walls. Raises SandboxError when it cannot."""
    try:
        hello, python = exact_list(await worker.told(), 2)
        told, found, abi = exact_list(await worker.told(), 3)
    except (WorkerDied, CodecError) as error:
        said = await worker.complaint() or (error.report if isinstance(error, WorkerDied) else "it said nothing")
        raise SandboxError(
            f"the sandbox's worker did not start: {said or 'it said nothing'}",
            "See what cosplay-action doctor says, and check that the interpreter has its standard library.",
        ) from None
    if hello != "hello" or told != "walls" or type(found) is not dict or type(abi) is not int:
        raise answers.failed("its worker's first words cannot be read")
    named = {str(name): str(why)[:300] for name, why in found.items()}
    missing = {name: named.get(name, "it was not tried") for name in LEVELS["A"]}
    return Proof(missing={name: why for name, why in missing.items() if why}, landlock=abi, python=str(python))


def _insist(proof: Proof, level: str) -> None:
    lacking = proof.lacks(level)
    if lacking:
        raise answers.failed(f"level {level} does not hold: {listed(lacking)}")


def listed(lacking: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in lacking.items())
