"""What a person sees: progress and warnings on stderr, the report on stdout."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cosplay_action.evidence.live import LiveProgress
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.terminal import open_console, print_report
from cosplay_action.evidence.view import title
from cosplay_action.method.domain import Problem
from cosplay_action.method.estimate import Estimate
from cosplay_action.method.events import Event
from cosplay_action.method.ports import Observer

_STEP = 5  # per cent between two lines of a download where nothing can be redrawn


class Display:
    """Quiet: one line on stdout. JSON: nothing but JSON on stdout. Else the report. ``also`` is told everything."""

    def __init__(self, *, quiet: bool = False, as_json: bool = False, also: Observer | None = None) -> None:
        self._quiet, self._as_json, self._also = quiet, as_json, also
        self._err = open_console(sys.stderr, quiet=quiet)
        self._out = open_console(sys.stdout, quiet=as_json)
        self._downloaded = -1

    def say(self, text: str) -> None:
        """One line of progress."""
        self._err.print(text)

    def point(self, what: str, path: Path) -> None:
        """Where something is: in one line, so that it can be copied."""
        self._err.print(f"{what}: {path}", soft_wrap=True)

    def warn(self, text: str) -> None:
        """A warning nobody can overlook, even when the rest is quiet."""
        if text:
            open_console(sys.stderr).print(f"WARNING: {text}", style="bold yellow")

    def progress(self, done: int, total: int) -> None:
        """Bytes of a download: redrawn on a terminal, a line every few per cent elsewhere."""
        share = 100 * done // max(1, total)
        if share == self._downloaded:
            return
        redraws = self._err.file.isatty()
        if redraws or share // _STEP != self._downloaded // _STEP:
            size = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
            self._err.print(f"  {share:3d} %  {size}", end="\r" if redraws and done < total else "\n")
        self._downloaded = share

    @contextmanager
    def watch(self, problem: Problem, expected: Estimate) -> Iterator[Observer]:
        """Say what the run will take, then show it as it goes."""
        self.say(
            f"{problem.origin}: about {expected.likely} replies (at most {expected.most}) and about "
            f"{expected.tokens:,} tokens are expected."
        )
        also = self._also
        with LiveProgress(self._err, expected.likely) as live:

            def both(event: Event) -> None:
                live(event)
                if also is not None:
                    also(event)

            yield both

    def show(self, report: Report, out: Path) -> None:
        if self._as_json:
            return
        if self._quiet:
            self._out.print(f"{title(report)}  {out}", soft_wrap=True)
            return
        command, _, where = report["facts"]["replay"].rpartition(" ")
        command = f"{command} {shlex.quote(os.path.normpath(out / where))}"
        print_report(self._out, {**report, "facts": {**report["facts"], "replay": command}})
        self._out.print(f"Artefacts: {out}", soft_wrap=True)
