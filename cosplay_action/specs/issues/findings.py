"""What reading a spec finds: flaws, of which people are told all at once, and notes on what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from cosplay_action.errors import SpecError
from cosplay_action.specs.pretty import is_visible

MOST = 20  # flaws that one message holds
_WIDTH = 70  # characters of other people's text in a message


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend: its line in the text (0: none), what is wrong, and what to write instead."""

    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.what} {self.cure}"


class FlawedSpec(SpecError):
    """A spec with things to mend: ``flaws`` are all of them, the message as many as people read."""

    def __init__(self, flaws: tuple[Flaw, ...], what: str, cure: str) -> None:
        super().__init__(what, cure)
        self.flaws = flaws


@dataclass(slots=True)
class Findings:
    """Flaws and notes of one text, in the order they were found. ``origin`` names the text for people."""

    origin: str
    flaws: dict[Flaw, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def flaw(self, line: int, what: str, cure: str) -> None:
        """Add one thing to mend, once."""
        self.flaws[Flaw(line, what, cure)] = None

    def add(self, flaws: Iterable[Flaw]) -> None:
        """Add what was found elsewhere."""
        self.flaws.update(dict.fromkeys(flaws))

    def note(self, text: str) -> None:
        """Add a note for people, once."""
        self.notes[text] = None

    @property
    def is_full(self) -> bool:
        """True when there are more flaws than a message holds: nobody needs more of them."""
        return len(self.flaws) > MOST

    def check(self) -> None:
        """Raise one FlawedSpec that lists every flaw, if there is any."""
        if self.flaws:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Raise the error of the flaws found so far."""
        ordered = sorted(self.flaws, key=lambda flaw: flaw.line)
        shown = [f"  {flaw}" for flaw in ordered[:MOST]]
        if len(ordered) > MOST:
            shown.append(f"  and {len(ordered) - MOST} more.")
        count = "1 thing is" if len(ordered) == 1 else f"{len(ordered)} things are"
        what = "\n".join([f"{self.origin} cannot be played: {count} to be mended.", *shown])
        raise FlawedSpec(
            tuple(ordered), what, "Edit the text, then run again. docs/specs.md shows what a spec looks like."
        )


def shown(text: str) -> str:
    """Other people's text for a message: one line, clipped, in backticks, everything unseen in it escaped."""
    line = text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
    return f"`{''.join(c if c.isprintable() and is_visible(c) else _escaped(c) for c in line).replace('`', chr(39))}`"


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def counted(number: int, noun: str) -> str:
    """``1 line``, ``2 lines``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def lines_of(first: int, last: int) -> str:
    """``line 3`` or ``lines 3-7``."""
    return f"line {first}" if first == last else f"lines {first}-{last}"
