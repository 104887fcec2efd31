"""Progress told to GitHub beside a run: a slow answer must not hold up the loop that watches cells."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cosplay_action.errors import CosplayError


class Courier:
    """Delivers the newest text in a thread of its own; what a newer one overtook is not sent.

    A delivery that fails is no reason for the run to fail: ``trouble`` says what happened.
    """

    def __init__(self, deliver: Callable[[str], object]) -> None:
        self._deliver = deliver
        self._changed = threading.Condition()
        self._next: str | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="progress", daemon=True)
        self.trouble = ""

    def send(self, text: str) -> None:
        """Hand over a text; returns at once."""
        with self._changed:
            self._next = text
            self._changed.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """What is being delivered is waited for, what was not sent yet is dropped: whoever closes has newer words."""
        with self._changed:
            self._closing, self._next = True, None
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._next is None and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                text, self._next = self._next, None
            assert text is not None
            try:
                self._deliver(text)
            except CosplayError as error:
                self.trouble = error.what
                return
