"""One request on its way through a step, and how the issue is told what became of it, whatever did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cosplay_action import notices
from cosplay_action.acting import Desk, guarded, show
from cosplay_action.errors import CosplayError, ServiceError, SpecError
from cosplay_action.github.event import Asked, Skipped
from cosplay_action.github.progress import Progress


@dataclass(slots=True, kw_only=True)
class Case:
    """What is asked for, whether that is granted by now, and the comment that tells of it (None: there is none)."""

    asked: Asked
    progress: Progress | None
    granted: bool = False


def told(desk: Desk, case: Case, work: Callable[[], int]) -> int:
    """Whatever ends the work, the issue is told. What the issue's own text lacks is no failure of the job."""
    try:
        return guarded(desk.step, work)
    except CosplayError as error:
        flawed = isinstance(error, SpecError) and case.asked.number is not None
        text = notices.broken(case.asked, error.what, error.cure, flawed=flawed)
        desk.step.summary(text)
        _end(desk, case, text)
        if not flawed:
            raise
        desk.step.warning(str(error))
        desk.step.output("status", "skipped")
        desk.step.output("reason", error.what.partition("\n")[0])
        return 0
    except KeyboardInterrupt:
        _end(desk, case, notices.cancelled(case.asked))
        raise


def skip(desk: Desk, skipped: Skipped, case: Case | None) -> int:
    """Nothing is done, and why. Where another job said that work goes on, the issue is told in any case."""
    desk.step.notice(f"Skipped: {skipped.reason}.")
    desk.step.output("status", "skipped")
    desk.step.output("reason", skipped.reason)
    if case is not None and (skipped.tell or desk.inputs.mode == "publish"):
        _end(desk, case, notices.skipped(case.asked, skipped.reason), new=skipped.tell)
    else:
        desk.state.write(final=True)
    return 0


def _end(desk: Desk, case: Case, text: str, *, new: bool = True) -> None:
    """The last words in the comment. A request that was not granted replaces no end of another one's.

    ``new``: also where there is no comment yet.
    """
    if case.progress is None:
        return
    if not case.granted:
        try:
            said = case.progress.said()
        except ServiceError as error:
            desk.step.warning(f"The issue was not told: {error}")
            return
        if not (notices.may_be_replaced(said) if said else new):
            desk.state.write(final=True)
            return
    show(desk, case.progress, text, final=True)
