"""The command ``run``: targets in, run directories out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from cosplay_action import artefacts, wiring
from cosplay_action.changes import against, combined
from cosplay_action.display import Display
from cosplay_action.errors import CosplayError, JournalError, UsageError, shortages
from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.evidence.report import dump
from cosplay_action.method.codec import Json
from cosplay_action.method.domain import Problem
from cosplay_action.method.estimate import Estimate
from cosplay_action.method.ports import Model, Observer
from cosplay_action.models.budget import Closed
from cosplay_action.models.journal import INTERRUPTED, ReplayOnly, read_header
from cosplay_action.ordering import in_order
from cosplay_action.playing import JOURNAL, Play, Played, identity, limits_of, play, read_target, run_id
from cosplay_action.run_folder import directory, prepare
from cosplay_action.sandbox.backends import OpenedSandbox
from cosplay_action.settings import Settings, load
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.program import Program
from cosplay_action.specs.project import project_folder, read_toml, table_at
from cosplay_action.specs.scratch import export
from cosplay_action.specs.stub import Stub
from cosplay_action.targets import Named, named, placed

COMBINED = "combined.diff"
MOMENT = 3.0  # seconds that an interrupted run may take to judge what it has; platforms kill after a few more
HEADER = frozenset({"created", "tool", "python", "sandbox", "sandbox_note", "settings"})  # what a journal must say


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line said. ``given`` are the settings' flags (None: not given), ``where`` the directory."""

    targets: tuple[str, ...]
    given: Mapping[str, object]
    environ: Mapping[str, str]
    where: Path
    out: Path | None = None
    replay: Path | None = None
    fresh: bool = False
    apply: bool = False
    as_json: bool = False
    quiet: bool = False
    observe: Observer | None = None  # told of every event, beside the display


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all targets of one run share. ``root`` is where stubs are read, ``home`` the user's own repository."""

    request: Request
    settings: Settings
    host: wiring.Host
    display: Display
    home: Path
    root: Path
    model_name: str
    model_digest: str
    opened: OpenedSandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run gave: what was played, in its order, and all changes against the repository ``home``."""

    home: Path
    played: tuple[Played, ...]
    changes: tuple[FileChange, ...]


def run(request: Request) -> int:
    """The command: play, then apply or print. Returns 0 when each target was chosen, else 1. Raises CosplayError."""
    ran = play_all(request)
    if request.apply:
        artefacts.apply(ran.home, ran.changes)
    if request.as_json:
        reports = [one.report for one in ran.played]
        sys.stdout.write(dump(reports[0]) if len(reports) == 1 else f"[{','.join(map(dump, reports))}]\n")
    return int(any(one.landed.outcome.choice.slot is None for one in ran.played))


@shortages()
def play_all(request: Request) -> Ran:
    """Play every target and write its run directory; the repository is not touched. Raises CosplayError."""
    return asyncio.run(_until_terminated(request))


async def _until_terminated(request: Request) -> Ran:
    """Run; on SIGTERM, which ends a job that took too long, end as on Ctrl-C: everything is cleared away."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(_run(request))
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not here, or not in the main thread
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _run(request: Request) -> Ran:
    display = Display(quiet=request.quiet, as_json=request.as_json, also=request.observe)
    if request.fresh and request.replay:
        raise UsageError("--fresh and --replay contradict each other.", "Leave one of them out.")
    home, wanted = await named(request.where, request.targets)
    async with AsyncExitStack() as stack:
        desk = await _desk(request, display, home, wanted, stack)
        played = await _play_each(desk, wanted)
    changes = combined(home, played, wanted)
    if len(played) > 1:
        _write_combined(played[0].out.parent / COMBINED, changes, display)
    return Ran(home=home, played=tuple(played), changes=tuple(changes))


def _folder(stack: AsyncExitStack) -> Path:
    return stack.enter_context(own_folder("run"))


async def _export(home: Path, settings: Settings, display: Display, stack: AsyncExitStack) -> Path:
    """A copy of what belongs to the repository, which goes when the stack does. Raises UsageError."""
    root = _folder(stack)
    for note in await export(home, root, settings.extras()):
        display.warn(note)
    return root


async def _desk(request: Request, display: Display, home: Path, wanted: list[Named], stack: AsyncExitStack) -> Desk:
    """Read the settings and pick the adapters. A replay takes its settings, model and sandbox from its journal.

    What is opened is closed by the stack.
    """
    header = _header(_recorded(request.replay)) if request.replay else {}
    settings = _settings(request, home, wanted[0].name, cast("dict[str, object]", header.get("settings", {})))
    host = wiring.Host(environ=request.environ, say=display.say, progress=display.progress)
    root = home
    if len(wanted) > 1 or any(one.prepared for one in wanted):
        # they see each other's choices, and stubs that a spec makes, in a copy: the repository is never written to
        root = await _export(home, settings, display, stack)
        wanted[:] = placed(root, wanted)
    if request.replay:
        ran = cast("dict[str, Json]", header["run"])
        name, weights = str(ran["model"]), str(ran["model_digest"])
        opened = OpenedSandbox(
            sandbox=ReplayOnly(), name=str(header["sandbox"]), note=str(header["sandbox_note"]),
            python=str(header["python"]),
        )  # fmt: skip
    else:
        name = wiring.model_name(settings)
        weights = await wiring.model_digest(name)
        seen = root if root != home else await _export(home, settings, display, stack)
        opened = await wiring.open_sandbox(settings, host, root=seen, home=home)
        stack.push_async_callback(wiring.close, opened.sandbox)
        display.warn(opened.note)
    return Desk(
        request=request, settings=settings, host=host, display=display, home=home, root=root, model_name=name,
        model_digest=weights, opened=opened,
    )  # fmt: skip


def _recorded(replay: Path) -> Path:
    """The journal to read settings from: the file itself, or the first of a directory of several targets' runs."""
    return next(iter(sorted(replay.glob(f"*/{JOURNAL}"))), replay / JOURNAL) if replay.is_dir() else replay


def _header(replay: Path) -> dict[str, Json]:
    """The header of a journal to replay. Raises JournalError for one that lacks what a replay takes from it."""
    header = read_header(replay)
    ran = header.get("run")
    whole = isinstance(ran, dict) and {"model", "model_digest"} <= ran.keys() and header.keys() >= HEADER
    if not whole or not isinstance(header["settings"], dict):
        raise JournalError(f"{replay.name} does not say which run it holds", "Name a journal.jsonl of a run.")
    return header


def _settings(request: Request, home: Path, spec: str, recorded: Mapping[str, object]) -> Settings:
    project = project_folder(home, spec.rpartition("::")[0])
    table = table_at(read_toml(home / project / "pyproject.toml"), "tool", "cosplay")
    explicit = {name: value for name, value in request.given.items() if value is not None}
    if recorded:  # a replay is told nothing new by this machine's environment or configuration
        return load({**recorded, **explicit}, {}, {})
    return wiring.placed(load(explicit, request.environ, table), request.where)


async def _play_each(desk: Desk, wanted: Sequence[Named]) -> list[Played]:
    model = ReplayOnly() if desk.request.replay else wiring.open_model(desk.settings, desk.host)
    played: dict[str, Played] = {}
    try:
        stubs = in_order([_read(desk, one) for one in wanted])
        named = {one.name: one for one in wanted}
        for origin in [stub.origin for stub in stubs]:
            one = named[origin]
            stub = _read(desk, one)  # again: it may see an earlier choice now
            chained = any(before.landed.changes for before in played.values())
            played[origin] = await _play_one(desk, stub, one, model, alone=len(wanted) == 1, chained=chained)
    finally:
        await wiring.close(model)
    return list(played.values())


def _read(desk: Desk, one: Named) -> Stub | Program:
    """What a target is: a program, or a stub, with the examples that its spec gives."""
    if one.program:
        limits = limits_of(desk.settings)
        return replace(one.program, contract=replace(one.program.contract, limits=limits))
    stub = read_target(desk.root, one.name, desk.settings)
    return one.prepared.applied_to(stub) if one.prepared else stub


async def _play_one(
    desk: Desk, stub: Stub | Program, one: Named, model: Model, *, alone: bool, chained: bool
) -> Played:
    request = desk.request
    run = identity(stub, desk.settings, desk.model_name, desk.model_digest)
    out = directory(request, desk.home, run_id(stub, run), alone=alone)
    prepare(request, desk.home, out, run_id(stub, run))
    several = f"{' '.join(desk.request.targets)} --replay .."
    target = Play(
        home=desk.home, root=desk.root, stub=stub, out=out, settings=desk.settings, host=desk.host, model=model,
        model_name=desk.model_name, model_digest=desk.model_digest, opened=desk.opened,
        watch=desk.display.watch, chained=chained, strict=request.replay is not None,
        replay=f"{one.said} --replay {JOURNAL}" if alone else several,
    )  # fmt: skip
    try:
        played = against(desk.home, one, await play(target, run))
    except asyncio.CancelledError:
        await _leave(desk, target, one, run)
        raise
    artefacts.write(played)
    if not alone:
        for change in played.landed.changes:
            (desk.root / change.path).parent.mkdir(parents=True, exist_ok=True)
            (desk.root / change.path).write_bytes(change.new)
    desk.display.show(played.report, out)
    return played


async def _leave(desk: Desk, target: Play, one: Named, run: dict[str, Json]) -> None:
    """Write what is known of an interrupted run, judged as when a budget is spent, if that takes but a moment."""
    if target.strict:
        return
    settings = replace(desk.settings, test_command="")  # which may take any time
    closing = replace(target, model=Closed(INTERRUPTED), settings=settings, watch=_unwatched)
    with contextlib.suppress(TimeoutError, CosplayError):
        async with asyncio.timeout(MOMENT):
            played = against(desk.home, one, await play(closing, run))
        artefacts.write(played)
        desk.display.point("What was known by then", played.out)


@contextlib.contextmanager
def _unwatched(problem: Problem, expected: Estimate) -> Iterator[Observer]:  # noqa: ARG001 - nothing is shown
    yield lambda event: None  # noqa: ARG005


def _write_combined(file: Path, changes: Sequence[FileChange], display: Display) -> None:
    """All changes as one patch; none where nothing was chosen, nor one that an earlier run left."""
    if changes:
        file.write_bytes(make_patch(changes))
        display.point("All changes together", file)
    else:
        file.unlink(missing_ok=True)
