"""What a worker's frames say, read under a budget: observations, and whose failure a missing one is."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

from cosplay_action.errors import SandboxError, SpecError
from cosplay_action.method.codec import Budget, CodecError, exact_list, observation_from_json
from cosplay_action.method.domain import Observation, Status
from cosplay_action.method.job import Job
from cosplay_action.method.values import stdout_value
from cosplay_action.sandbox.host import SMALL, Line, ServerLost, WorkerDied, WorkerFailed
from cosplay_action.sandbox.wire import WireJob

PATIENCE = 40.0  # wall seconds after a cell's own deadline in which its server, which may just start, reports it


IMPORTING = "while its module was imported: "  # as worker_cell says it
GONE = "compiling the candidate ended the process that does it: "


KILLED = (
    "ended by SIGKILL each time, in the end with no other cell running; where memory is short, the kernel does that"
)
_REFUSED = "Raise that limit, or give this machine more of what it lacks; then run the same command again."


def failed(what: str, cure: str = "See what cosplay-action doctor says; if all holds, report it.") -> SandboxError:
    """The sandbox's own failure."""
    return SandboxError(f"the sandbox failed: {what}", cure)


def imported(job: Job, frame: object) -> None:
    """Read how the import ended. Raises SpecError for the user's own module."""
    if frame == ["ready"]:
        return
    try:
        seen = observation_from_json([*exact_list(exact_list(frame, 2)[1], 4), 0.0])
    except CodecError:
        seen = Observation(status="exited", detail="it wrote to the sandbox's own channel")
    raise import_failure(job, seen)


def import_failure(job: Job, seen: Observation) -> SpecError:
    """The error of a module that cannot be imported, which is its user's to mend."""
    named = f"{seen.error[0]}: " if seen.error else ""
    reason = seen.detail or seen.status.replace("_", " ")
    return SpecError(
        f"the module {job.module} cannot be imported: {named}{reason}",
        "Mend it, or name the interpreter that has what it needs with --python. It is imported with an empty "
        "environment, and may write, start and reach nothing.",
    )


def ended_in_import(died: WorkerDied, *, killed: bool) -> Observation:
    """What an import shows that its worker did not outlive.

    Raises SandboxError when the worker itself failed, or was ``killed``, as no module can do.
    """
    if isinstance(died, WorkerFailed):
        raise failed(died.report)
    if killed:
        raise failed("its worker was ended by SIGKILL, twice, while the module was imported")
    if died.code is None:
        return Observation(status="timed_out", detail="it took too long")
    return Observation(status="exited", detail="it ended the interpreter, took too long or asked what is not allowed")


def bereft(job: Job, lost: ServerLost, *, walled: bool) -> Observation:
    """What a cell shows that lost its server each time, in the end with no other cell running.

    Raises SandboxError where no cell can have done it: ``walled``, none can signal another process.
    """
    if lost.killed:
        return Observation(status="exited", detail=KILLED)
    if lost.report:
        raise failed(f"its server was refused something: {lost.report}", _REFUSED)
    if lost.compiled and walled:
        raise failed(f"its server ended with status {lost.status}")
    return _gone(job, lost.status)


def _gone(job: Job, status: int) -> Observation:
    """What a cell shows that lost its server: with a candidate, compiling it can end one."""
    if job.candidate is None:
        raise failed(f"its server ended with status {status}")
    reason = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"code {os.WEXITSTATUS(status)}"
    return Observation(status="exited", detail=f"{GONE}{reason}")


def silenced(code: int | None) -> Observation:
    """What a cell shows that ended the process that watches its server, where no wall keeps it from that."""
    status: Status = "timed_out" if code is None else "exited"
    return Observation(status=status, detail="the cell ended or silenced the process that watched it")


async def observations(lane: Line, job: Job, patience: float) -> AsyncGenerator[Observation]:
    """Hand a job over and read its server's frames. Raises WorkerDied and ServerLost.

    ``patience`` is how many seconds after a cell's own deadline its server may report it.
    """
    limits = job.limits
    wire = WireJob(
        kind=job.kind, inputs=list(job.inputs), candidate=job.candidate, qualname=job.qualname, observe=job.observe,
        limits={"seconds": limits.seconds, "memory": limits.memory, "output": limits.output},
    )  # fmt: skip
    lane.send(wire)
    cap = 6 * limits.output + SMALL  # JSON writes a byte of text as at most six characters
    wall = 20 * limits.seconds + patience
    await _compiled(lane, wall)
    for index in range(len(job.inputs)):
        try:
            cell = _cell(await _frame(lane, wall, cap), index, Budget(text=cap))
            if job.inside and job.candidate is None and cell.detail.startswith(IMPORTING):
                raise import_failure(job, replace(cell, detail=cell.detail.removeprefix(IMPORTING)))
        except CodecError:  # the frame is the server's, what is in it the child's
            cell = Observation(status="exited", detail="it wrote to the result channel")
        except ServerLost as lost:
            lost.compiled = True
            raise
        yield _normal(cell, job)
    if await lane.frame(wall) != ["done"]:
        raise WorkerDied(None, "it said more than it should")


async def _compiled(lane: Line, wall: float) -> None:
    """Wait until the server has read everything that it runs: until then the candidate can end it."""
    try:
        frame = await _frame(lane, wall, SMALL)
    except CodecError:
        frame = None
    if frame != ["compiled"]:
        raise WorkerDied(None, "it said more than it should")


async def _frame(lane: Line, wall: float, cap: int) -> object:
    """The next frame of a cell. Raises CodecError for what is no JSON."""
    match frame := await lane.frame(wall, cap):
        case ["lost", int(status)]:
            raise ServerLost(status)
        case ["killed"]:
            raise ServerLost(killed=True)
        case ["ended", str(why)]:
            raise ServerLost(report=why[:1000])
    return frame


def _cell(frame: object, index: int, budget: Budget) -> Observation:
    """Read one cell's frame. Raises CodecError for one that holds no observation."""
    number, seconds, seen = exact_list(frame, 3)
    if number != index:
        raise WorkerDied(None, "its lane is out of step")
    return observation_from_json([*exact_list(seen, 4), seconds], budget)


def without_places(cell: Observation, names: Mapping[str, str]) -> Observation:
    """The observation with this machine's folders by their names: messages name files, artefacts no machine."""
    detail = cell.detail
    if not detail:
        return cell
    for place, name in names.items():
        detail = detail.replace(place, name)
    return cell if detail == cell.detail else replace(cell, detail=detail)


def _normal(cell: Observation, job: Job) -> Observation:
    if job.kind != "program" or cell.value is None:
        return cell
    return replace(cell, value=stdout_value(str(cell.value.data)))
