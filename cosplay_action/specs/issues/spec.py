"""What a spec says, whoever wrote it and however it was laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

from cosplay_action.specs.issues.examples import Example
from cosplay_action.specs.program_text import ProgramExample

BEHAVIOUR_CURE = "Say in a sentence or two what the function returns, and when it raises."
LONGEST = 20_000  # characters of Behaviour and Constraints together: they become a docstring and part of every prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSpec:
    """One spec. ``origin`` names its text for people; ``notes`` say what of the text was left out.

    ``path`` is POSIX and relative to the repository's root; ``signature`` is a header without its colon, empty where
    the target should be there already; ``imports`` are the lines it needs. ``behaviour`` holds no doctests: those are
    among the ``examples``. A spec of a program has ``program`` runs, no ``qualname`` and perhaps no ``path``.
    """

    origin: str = field(compare=False)
    path: str
    qualname: str = ""
    signature: str = ""
    imports: tuple[str, ...] = ()
    behaviour: str = ""
    constraints: str = ""
    examples: tuple[Example, ...] = ()
    program: tuple[ProgramExample, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    lines: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def target(self) -> str:
        """``path::qualname``, as targets are named everywhere."""
        return f"{self.path}::{self.qualname}" if self.qualname else self.path

    def line(self, name: str) -> int:
        """The line of the text in which a field starts (0: it is not there)."""
        return self.lines.get(name, 0)
