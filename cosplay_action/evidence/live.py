"""Live progress of a run on standard error (rich). Import late: rich is heavy.

On a terminal one bar and one line are redrawn; anywhere else (files, CI logs) each step and round is one plain line and
no cursor ever moves. A quiet console prints nothing.
"""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from cosplay_action.evidence.neutralise import clip, one_line
from cosplay_action.evidence.view import median
from cosplay_action.method.events import (
    Answered,
    CellsRun,
    Chosen,
    Event,
    Moved,
    RoundPlayed,
    StageStarted,
    StepStarted,
    Stopped,
)

_STAGES = {"explore": "stage 1, explore", "play": "stage 2, play", "select": "stage 3, select"}


class LiveProgress:
    """An observer that draws what a run does; use it as a context manager around the run.

    ``expected_calls`` is the estimate of replies; more may arrive (the bar's end then moves along).
    """

    def __init__(self, console: Console, expected_calls: int) -> None:
        self._console = console
        self._expected = expected_calls
        self._redraws = console.file.isatty() and not console.is_dumb_terminal
        self._progress = _progress(console) if self._redraws else None
        self._task = self._progress.add_task("starting", total=expected_calls, said="") if self._progress else None
        self._replies = self._replayed = self._tokens = self._cells = self._moves = 0

    def __enter__(self) -> LiveProgress:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Take one event in; say what it says, and redraw the counts."""
        self._count(event)
        said = _said(event)
        if said and self._progress is None:
            self._console.print(Text(f"{said} [{self._counts()}]" if _closes(event) else said), soft_wrap=True)
        elif said and _closes(event):
            self._console.print(Text(said))
        self._redraw("" if _closes(event) else said)

    def _count(self, event: Event) -> None:
        match event:
            case Answered():
                self._replies += 1
                self._replayed += event.replayed
                self._tokens += event.input_tokens + event.output_tokens
            case CellsRun():
                self._cells += event.cells
            case Moved():
                self._moves += 1
            case _:
                pass

    def _counts(self) -> str:
        replayed = f" ({self._replayed:,} replayed)" if self._replayed else ""
        replies = f"{self._replies:,} of about {self._expected:,} replies{replayed}"
        return f"{replies}, {self._tokens:,} tokens, {self._cells:,} cells, {self._moves:,} moves"

    def _redraw(self, step: str) -> None:
        """Update the bar; the display's own rate limit decides when it is drawn."""
        if self._progress is None or self._task is None:
            return
        total = max(self._expected, self._replies)
        counts = f"{self._tokens:,} tok, {self._cells:,} cells, {self._moves:,} moves"
        self._progress.update(self._task, completed=self._replies, total=total, said=counts)
        if step:
            self._progress.update(self._task, description=step)


def _progress(console: Console) -> Progress:
    """The bar. Standard output is left alone: data goes there. The bar goes away at the end."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}", style="dim", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
    )


def _closes(event: Event) -> bool:
    """Events worth a lasting line with the counts so far."""
    return isinstance(event, (RoundPlayed, Stopped, Chosen))


def _said(event: Event) -> str:
    """One event as a line, empty for those that only count."""
    match event:
        case StageStarted():
            return _STAGES[event.stage]
        case StepStarted():
            place = f"round {event.round}: " if event.stage == "play" else ""
            return f"{place}{one_line(event.step)}" + (f" ({event.slots})" if event.slots else "")
        case RoundPlayed():
            return _round(event)
        case Stopped():
            return f"self-play ended: {event.stop.value}"
        case Chosen():
            reason = clip(one_line(event.choice.reason), 300)
            return f"no choice: {reason}" if event.choice.slot is None else f"candidate {event.choice.slot}: {reason}"
        case _:
            return ""


def _round(event: RoundPlayed) -> str:
    after = event.round.after
    taken = sum(move.kept for move in event.round.moves)
    moved = f", {taken} of {len(event.round.moves)} moves taken" if event.round.moves else ""
    numbers = f"best {max(after.pass_counts, default=0)}, median {median(after.pass_counts)}"
    return f"round {event.round.number} played: {numbers} of {sum(after.valid)} valid tests{moved}"
