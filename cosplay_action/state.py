"""What one step leaves for the next of the same job: whether the issue still waits to be told how it ended."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class State:
    """A small file in the runner's temporary folder. One that cannot be written or read counts as none."""

    file: Path

    def write(self, *, final: bool) -> None:
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({"final": final}), "utf-8")

    def open(self) -> bool:
        """Whether something was told, and not yet the end of it."""
        return self._said(final=False)

    def ended(self) -> bool:
        """Whether the end was told."""
        return self._said(final=True)

    def _said(self, *, final: bool) -> bool:
        try:
            return bool(json.loads(self.file.read_text("utf-8")) == {"final": final})
        except (OSError, ValueError, RecursionError):
            return False
