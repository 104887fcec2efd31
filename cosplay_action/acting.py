"""One step of a job at work: its tools, playing what was asked for, and telling the issue how far that is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cosplay_action import notices
from cosplay_action.errors import CosplayError, NotPermitted, Refused, UsageError
from cosplay_action.github.courier import Courier
from cosplay_action.github.event import Asked
from cosplay_action.github.hub import Hub
from cosplay_action.github.inputs import Inputs
from cosplay_action.github.outputs import Step
from cosplay_action.github.progress import Progress
from cosplay_action.method.events import Event
from cosplay_action.state import State

T = TypeVar("T")
KEY = "COSPLAY_ACTION_API_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One step's tools. ``where`` is the project's folder in the checkout, ``environ`` all that the step was given."""

    environ: Mapping[str, str] = field(repr=False)
    inputs: Inputs
    step: Step
    hub: Hub
    state: State
    where: Path
    pace: float = 1.0


def what(asked: Asked) -> str:
    return f"issue #{asked.number}" if asked.number is not None else ", ".join(asked.targets)


def show(desk: Desk, progress: Progress, text: str, *, final: bool = False) -> None:
    """Tell the issue; a token that may not is no reason to lose the run."""
    try:
        progress.show(text)
    except CosplayError as error:
        desk.step.warning(f"The issue was not told: {error}")
        if not isinstance(error, NotPermitted | Refused):
            return  # the step after this one tries once more
    desk.state.write(final=final)


def guarded(step: Step, work: Callable[[], T]) -> T:
    """Do the work; an error of this tool's own is a failure like any other. Raises CosplayError for it."""
    try:
        return work()
    except CosplayError:
        raise
    except Exception as error:  # the edge: whoever waits is to be told, and the outputs set
        step.untrusted(traceback.format_exc())
        what = f"cosplay-action itself failed ({type(error).__name__})"
        raise CosplayError(f"{what}.", "Please report it, with the traceback in the log of this step.") from error


def spec(desk: Desk, asked: Asked) -> tuple[str, ...]:
    """What the command line would be told: the targets, or a file with the issue's text."""
    if asked.text is None:
        return asked.targets
    from cosplay_action.artefacts import keep_out_of_git
    from cosplay_action.specs.project import repository_root

    # in the folder of runs, which git ignores
    file = repository_root(desk.where) / ".cosplay" / f"issue-{asked.number}.md"
    if any(one.is_symlink() for one in (file.parent, file, file.parent / ".gitignore")):
        raise UsageError(".cosplay is a link in this checkout: nothing is written there.", "Remove it from the branch.")
    if (file.parent.exists() and not file.parent.is_dir()) or file.is_dir():
        raise UsageError(".cosplay is no folder for runs in this checkout.", "Remove it from the branch.")
    keep_out_of_git(file.parent)
    file.write_text(asked.text.body, "utf-8", "replace")
    return (str(file),)


def targets_of(desk: Desk, asked: Asked) -> tuple[str, ...]:
    """What was asked for, by name, from the event and the checkout alone. Raises UsageError and SpecError."""
    from cosplay_action.targets import named

    return tuple(one.name for one in asyncio.run(named(desk.where, spec(desk, asked)))[1])


def seen_at(desk: Desk, asked: Asked) -> str:
    """The commit whose files the run saw: the event's; for another base the checkout's, where it is one of that base.

    Empty: as the base is now. Raises ServiceError.
    """
    if desk.inputs.base in {"", desk.environ.get("GITHUB_REF_NAME", "")}:
        return asked.sha
    head, base = _head(desk), desk.hub.base(desk.inputs.base)
    try:
        return head if head and base and not desk.hub.beyond(base, head).count else ""
    except Refused:  # GitHub knows no such commit
        return ""


def _head(desk: Desk) -> str:
    """The commit that is checked out; empty where git does not say. In a container the folder may be another user's."""
    command = ["git", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "rev-parse", "HEAD"]
    environ = {"PATH": desk.environ.get("PATH") or os.defpath, "LC_ALL": "C"}
    try:
        done = subprocess.run(command, cwd=desk.where, env=environ, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def play(desk: Desk, asked: Asked, progress: Progress | None) -> tuple[str, ...]:
    """Play everything that was asked for into the run directory; returns the targets' names."""
    from cosplay_action.run import Request, play_all

    targets, began = targets_of(desk, asked), time.monotonic()
    with desk.step.group(f"Playing {len(targets)} of {what(asked)}"), _watching(desk, asked, progress) as observe:
        request = Request(
            targets=spec(desk, asked), given=_given(desk), environ=_environ(desk), where=desk.where,
            out=Path(desk.inputs.run_dir).absolute(), observe=observe,
        )  # fmt: skip
        with desk.step.silenced():
            play_all(request)
    desk.step.output("duration-seconds", round(time.monotonic() - began, 1))
    return targets


def _given(desk: Desk) -> dict[str, object]:
    """Settings from the inputs. Candidates run in the job's Python, never in the one that this tool is installed in."""
    given: dict[str, object] = dict(desk.inputs.given)
    if desk.inputs.api_key:
        given["api_key_env"] = KEY
    if "python" not in given and (found := shutil.which("python3", path=desk.environ.get("PATH"))):
        given["python"] = found
    return given


def _environ(desk: Desk) -> dict[str, str]:
    """What the run is told of the environment: with secrets, which it hides wherever they turn up."""
    environ = dict(desk.environ)
    if desk.inputs.api_key:
        environ[KEY] = desk.inputs.api_key
    return environ


@contextlib.contextmanager
def _watching(desk: Desk, asked: Asked, progress: Progress | None) -> Iterator[Callable[[Event], None] | None]:
    """Keep the comment up to date while a run goes on."""
    if progress is None or asked.number is None:
        yield None
        return
    show(desk, progress, notices.working(asked, "starting"))
    with Courier(progress.show) as courier:

        def observe(event: Event) -> None:
            if doing := notices.phase(event):
                courier.send(notices.working(asked, doing))

        yield observe
    if courier.trouble:
        desk.step.warning(f"The issue was not told how far the run is: {courier.trouble}")
