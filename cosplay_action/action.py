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
from pathlib import Path
from typing import TextIO

from cosplay_action import notices
from cosplay_action.acting import Desk, play, show, targets_of, what
from cosplay_action.errors import CosplayError, SpecError, UsageError
from cosplay_action.github.client import Client
from cosplay_action.github.event import Asked, Skipped, read_event
from cosplay_action.github.gate import admit
from cosplay_action.github.hub import Hub
from cosplay_action.github.inputs import PREFIX, read
from cosplay_action.github.outputs import Step
from cosplay_action.github.progress import Progress
from cosplay_action.parcel import HostileRun, parcels
from cosplay_action.planning import plan
from cosplay_action.publishing import Job, Result, publish
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
            desk = _desk(given, step, pace)
            return _MODES[desk.inputs.mode](desk)
        except CosplayError as error:
            return _failed(step, error)
        except KeyboardInterrupt:
            return _failed(step, CosplayError(f"the job was stopped: {STOPPED}.", "Run it again to go on."))


def _desk(environ: Mapping[str, str], step: Step, pace: float) -> Desk:
    inputs = read(environ)
    workspace = Path(environ.get("GITHUB_WORKSPACE") or ".").resolve()
    where = (workspace / inputs.working_directory).resolve()
    if not where.is_relative_to(workspace) or not where.is_dir():
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
    asked = _admitted(desk)
    if asked is None:
        return 0
    progress = Progress(desk.hub, asked.number)
    return _told(desk, asked, progress, lambda: _publish(desk, asked, progress, play(desk, asked, progress)))


def _gate(desk: Desk) -> int:
    asked = _admitted(desk)
    if asked is None:
        return 0
    progress = Progress(desk.hub, asked.number)
    show(desk, progress, notices.working(asked, "the request was granted; a job without write access plays it next"))
    dump_request(Path(desk.inputs.run_dir), asked)
    desk.step.output("status", "granted")
    desk.step.say(f"Granted: {asked.sender} asked for {what(asked)}.")
    return 0


def _generate(desk: Desk) -> int:
    asked = load_request(Path(desk.inputs.run_dir)) or _own_request(desk)
    if isinstance(asked, Skipped):
        return _skip(desk, asked, None)
    return _told(desk, asked, None, lambda: _played(desk, asked))


def _played(desk: Desk, asked: Asked) -> int:
    play(desk, asked, None)
    return tell(desk.step, Path(desk.inputs.run_dir), [])


def _publish_only(desk: Desk) -> int:
    asked = _admitted(desk)
    if asked is None:
        return 0
    progress = Progress(desk.hub, asked.number)
    return _told(desk, asked, progress, lambda: _publish(desk, asked, progress, targets_of(desk, asked)))


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


def _admitted(desk: Desk) -> Asked | None:
    """The request, if there is one and it is granted; else the outcome is told, and None."""
    with desk.step.group("Who asks for what"):
        asked = read_event(desk.environ, desk.inputs)
        granted = asked if isinstance(asked, Skipped) else admit(desk.hub, asked, bots=desk.inputs.allow_bots)
    if isinstance(granted, Skipped):
        _skip(desk, granted, asked if isinstance(asked, Asked) else None)
        return None
    return granted


def _own_request(desk: Desk) -> Asked | Skipped:
    """The request that this job's own event makes: there was no gate before, so it is asked here, with reads alone."""
    asked = read_event(desk.environ, desk.inputs)
    return asked if isinstance(asked, Skipped) else admit(desk.hub, asked, bots=desk.inputs.allow_bots)


def _skip(desk: Desk, skipped: Skipped, asked: Asked | None) -> int:
    desk.step.notice(f"Skipped: {skipped.reason}.")
    desk.step.output("status", "skipped")
    desk.step.output("reason", skipped.reason)
    if skipped.tell and asked is not None and desk.inputs.mode != "generate":
        show(desk, Progress(desk.hub, asked.number), notices.skipped(asked, skipped.reason), final=True)
    return 0


def _told(desk: Desk, asked: Asked, progress: Progress | None, work: Callable[[], int]) -> int:
    """Whatever ends the work, the issue is told. What the issue's own text lacks is no failure of the job."""
    try:
        return work()
    except CosplayError as error:
        flawed = isinstance(error, SpecError) and asked.number is not None
        text = notices.broken(asked, error.what, error.cure, flawed=flawed)
        desk.step.summary(text)
        _end(desk, progress, text)
        if not flawed:
            raise
        desk.step.warning(str(error))
        desk.step.output("status", "skipped")
        desk.step.output("reason", error.what.partition("\n")[0])
        return 0
    except KeyboardInterrupt:
        _end(desk, progress, notices.cancelled(asked))
        raise


def _end(desk: Desk, progress: Progress | None, text: str) -> None:
    if progress is not None:
        show(desk, progress, text, final=True)


def _publish(desk: Desk, asked: Asked, progress: Progress, targets: Sequence[str]) -> int:
    folder = Path(desk.inputs.run_dir)
    with desk.step.group("Publishing"):
        job = Job(hub=desk.hub, asked=asked, inputs=desk.inputs, targets=tuple(targets))
        spoilt: list[HostileRun] = []
        results: list[Result] = publish(job, parcels(folder, spoilt), spoilt)
    show(desk, progress, notices.ended(asked, results), final=True)
    return tell(desk.step, folder, results)


def finish(environ: Mapping[str, str], stream: TextIO | None = None, *, pace: float = 1.0) -> int:
    """The step that always runs: where the issue was told that work goes on, and not how it ended, tell that."""
    with Step(environ, stream) as step:
        step.mask(environ.get(f"{PREFIX}GITHUB_TOKEN", ""))
        try:
            desk = _desk(environ, step, pace)
            if desk.inputs.mode == "generate" or not desk.state.open():
                return 0
            asked = read_event(environ, desk.inputs)
            if isinstance(asked, Asked) and (desk.inputs.mode != "gate" or environ.get("COSPLAY_OUTCOME") != "success"):
                show(desk, Progress(desk.hub, asked.number), notices.cancelled(asked), final=True)
                step.output("status", "failed")
                step.output("reason", STOPPED)
        except CosplayError as error:
            step.warning(str(error))
    return 0


def main(*, finishing: bool) -> int:
    """The command ``action``. Progress goes to stdout, too: in a log it is all one text."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream, here
    with contextlib.redirect_stderr(sys.stdout):
        return finish(os.environ) if finishing else act(os.environ)
