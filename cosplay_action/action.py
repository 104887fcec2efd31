"""The GitHub Action's entry point: event -> request -> gate -> run -> pull request, in one job or in three.

``all`` does everything. ``gate`` decides and leaves request.json; ``generate`` plays what that says, with no right to
write; ``publish`` asks the event again and reads the run directory as the data of a stranger. Whatever happens, the
issue's comment, the summary and the outputs say how it ended.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from cosplay_action import notices
from cosplay_action.acting import Desk, guarded, play, seen_at, show, targets_of, what
from cosplay_action.choosing import scheduled
from cosplay_action.ending import Case, skip, told
from cosplay_action.errors import CosplayError, UsageError
from cosplay_action.github.client import Client
from cosplay_action.github.event import Asked, Skipped, read_event
from cosplay_action.github.gate import admit, closed
from cosplay_action.github.hub import Hub
from cosplay_action.github.inputs import PREFIX, read
from cosplay_action.github.outputs import Step
from cosplay_action.github.progress import Progress
from cosplay_action.parcel import HostileRun, parcels
from cosplay_action.planning import plan
from cosplay_action.publishing import Job, Result, publish, unwanted
from cosplay_action.requests import dump_request, load_request
from cosplay_action.state import State
from cosplay_action.telling import tell

STOPPED = "it was cancelled, or took too long"
SECRETS = (f"{PREFIX}API_KEY", f"{PREFIX}GITHUB_TOKEN")
# What the runner gives every step, and no program that we start has any use for.
RUNNER_SECRETS = (
    *SECRETS, "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_URL", "ACTIONS_RESULTS_URL", "ACTIONS_CACHE_URL",
)  # fmt: skip


def act(environ: MutableMapping[str, str], stream: TextIO | None = None, *, pace: float = 1.0) -> int:
    """Do what this step's inputs say; returns the exit code: 1 for ``failed`` and ``not-permitted``, else 0.

    The secrets leave ``environ`` before anything is started, so that no child inherits them.
    """
    given = dict(environ)
    for name in RUNNER_SECRETS:
        environ.pop(name, None)
    with Step(given, stream) as step:
        for name in SECRETS:
            step.mask(given.get(name, ""))
        try:
            return guarded(step, lambda: _run(given, step, pace))
        except CosplayError as error:
            return _failed(step, error)
        except KeyboardInterrupt:
            return _failed(step, CosplayError(f"the job was stopped: {STOPPED}.", "Run it again to go on."))


def _run(given: Mapping[str, str], step: Step, pace: float) -> int:
    desk = _desk(given, step, pace)
    return _MODES[desk.inputs.mode](desk)


def _desk(environ: Mapping[str, str], step: Step, pace: float) -> Desk:
    inputs = read(environ)
    workspace = Path(environ.get("GITHUB_WORKSPACE") or ".").resolve()
    where = (workspace / inputs.working_directory).resolve()
    # a gate needs no checkout: nothing of one is read there
    if not where.is_relative_to(workspace) or not (where.is_dir() or inputs.mode == "gate"):
        raise UsageError("working-directory is no folder of the checkout.", "Check out the repository first.")
    client = Client(environ.get("GITHUB_API_URL", "https://api.github.com"), inputs.github_token, pace)
    return Desk(
        environ=environ, inputs=inputs, step=step, hub=Hub(environ.get("GITHUB_REPOSITORY", ""), client), where=where,
        state=State(Path(environ.get("RUNNER_TEMP") or inputs.run_dir) / "cosplay-action.json"), pace=pace,
    )  # fmt: skip


def _failed(step: Step, error: CosplayError) -> int:
    step.error(str(error))
    step.output("status", "failed")
    step.output("reason", error.what)
    return 1


# The modes


def _all(desk: Desk) -> int:
    return _asked_for(desk, lambda case: _publish(desk, case, play(desk, case.asked, case.progress)))


def _gate(desk: Desk) -> int:
    return _asked_for(desk, lambda case: _let_in(desk, case))


def _let_in(desk: Desk, case: Case) -> int:
    asked, doing = case.asked, "the request was granted; a job without write access plays it next"
    if case.progress is not None:
        show(desk, case.progress, notices.working(asked, doing))
    dump_request(Path(desk.inputs.run_dir), asked)
    desk.step.output("status", "granted")
    desk.step.say(f"Granted: {asked.sender} asked for {what(asked)}.")
    return 0


def _generate(desk: Desk) -> int:
    """Where there was a gate, nobody is asked again; else it is asked here, with reads alone. Nothing is commented."""
    if (asked := load_request(Path(desk.inputs.run_dir))) is not None:
        case = Case(asked=asked, progress=None, granted=True)
        return told(desk, case, lambda: _chosen(desk, case, lambda: _played(desk, case)))
    return _asked_for(desk, lambda case: _played(desk, case))


def _played(desk: Desk, case: Case) -> int:
    play(desk, case.asked, None)
    return tell(desk.step, Path(desk.inputs.run_dir), [])


def _publish_only(desk: Desk) -> int:
    desk.state.write(final=False)  # a gate may have said that work goes on: from here its end is to be told
    return _asked_for(desk, lambda case: _publish_played(desk, case))


def _publish_played(desk: Desk, case: Case) -> int:
    """Publish what was played, if the issue still says what it said then."""
    played = load_request(Path(desk.inputs.run_dir))
    if played and played.text and case.asked.text and played.text.digest != case.asked.text.digest:
        reason = f"the text of issue #{case.asked.number} was edited after the run began: ask again"
        return skip(desk, Skipped(reason, tell=True), case)
    return _publish(desk, case, targets_of(desk, case.asked))


def _plan(desk: Desk) -> int:
    """The matrix of a fan-out; who may ask is a question for the jobs that publish."""
    targets = desk.inputs.targets or (".",)
    matrix = plan(desk.where, targets, desk.hub, prefix=desk.inputs.branch_prefix, say=desk.step.notice)
    desk.step.output("matrix", matrix)
    desk.step.output("status", "planned")
    desk.step.say(f"Planned: {matrix.count(chr(34) + 'target' + chr(34))} jobs.")
    return 0


_MODES: Mapping[str, Callable[[Desk], int]] = {
    "all": _all, "gate": _gate, "generate": _generate, "publish": _publish_only, "plan": _plan,
}  # fmt: skip


# What they share


def _asked_for(desk: Desk, work: Callable[[Case], int]) -> int:
    """Read the event; from then on the issue is told whatever becomes of its request."""
    asked = read_event(desk.environ, desk.inputs)
    if isinstance(asked, Skipped):
        return skip(desk, asked, None)
    case = Case(asked=asked, progress=Progress(desk.hub, asked.number) if desk.inputs.mode != "generate" else None)
    return told(desk, case, lambda: _admitted(desk, case, work))


def _admitted(desk: Desk, case: Case, work: Callable[[Case], int]) -> int:
    with desk.step.group("Who asks for what"):
        granted = admit(desk.hub, case.asked, bots=desk.inputs.allow_bots)
    if isinstance(granted, Skipped):
        return skip(desk, granted, case)
    case.asked, case.granted = granted, True
    return _chosen(desk, case, lambda: work(case))


def _chosen(desk: Desk, case: Case, work: Callable[[], int]) -> int:
    """A schedule asks for what is marked and has no pull request yet; any other asks for what it names."""
    if case.asked.trigger == "schedule" and desk.inputs.mode != "gate":
        left = scheduled(desk, case.asked)
        if isinstance(left, Skipped):
            return skip(desk, left, case)
        case.asked = left
    return work()


def _publish(desk: Desk, case: Case, targets: Sequence[str]) -> int:
    folder, asked = Path(desk.inputs.run_dir), case.asked
    with desk.step.group("Publishing"):
        results = _results(desk, replace(asked, sha=seen_at(desk, asked)), targets)
    if case.progress is not None:
        show(desk, case.progress, notices.ended(asked, results), final=True)
    return tell(desk.step, folder, results)


def _results(desk: Desk, asked: Asked, targets: Sequence[str]) -> list[Result]:
    spoilt: list[HostileRun] = []
    found = parcels(Path(desk.inputs.run_dir), spoilt)
    # In one job hours may lie between the question and here; a job that publishes has asked just now.
    why = closed(desk.hub, asked.number) if desk.inputs.mode == "all" and asked.number is not None else ""
    if why:
        return [unwanted(one, why) for one in found]
    return publish(Job(hub=desk.hub, asked=asked, inputs=desk.inputs, targets=tuple(targets)), found, spoilt)


def finish(environ: Mapping[str, str], stream: TextIO | None = None, *, pace: float = 1.0) -> int:
    """The step that always runs: where the issue was told that work goes on, and not how it ended, tell that."""
    with Step(environ, stream) as step:
        step.mask(environ.get(f"{PREFIX}GITHUB_TOKEN", ""))
        try:
            guarded(step, lambda: _end(_desk(environ, step, pace)))
        except CosplayError as error:
            step.warning(str(error))
    return 0


def _end(desk: Desk) -> None:
    asked = read_event(desk.environ, desk.inputs) if _waits(desk) else None
    if not isinstance(asked, Asked):
        return
    progress = Progress(desk.hub, asked.number)
    if notices.is_open(progress.said()):
        show(desk, progress, notices.cancelled(asked), final=True)
        desk.step.output("status", "failed")
        desk.step.output("reason", STOPPED)


def _waits(desk: Desk) -> bool:
    """Whether somebody may wait for an end: this job said that it works, or another did and this one was to end it."""
    mode, outcome = desk.inputs.mode, desk.environ.get("COSPLAY_OUTCOME", "")
    if mode == "generate" or (mode == "gate" and outcome == "success"):
        return False
    lost = mode == "publish" and outcome in {"failure", "cancelled", "skipped"} and not desk.state.ended()
    return lost or desk.state.open()


def main(*, finishing: bool) -> int:
    """The command ``action``. Progress goes to stdout, too: in a log it is all one text."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream, here
    with contextlib.redirect_stderr(sys.stdout):
        return finish(os.environ) if finishing else act(os.environ)
