"""What it takes to make a spec playable: whole files, and the ground truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cosplay_action.specs.doctests import ExampleText, Unconverted
from cosplay_action.specs.stub import Stub


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One whole file before (None: it is new) and after. ``path`` is POSIX and relative to the repository's root."""

    path: str
    old: bytes | None = field(repr=False)
    new: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A spec made playable: with ``changes`` in place, ``target`` names a stub and ``examples`` are its ground truth.

    ``changes`` is empty when the stub was there with everything that the spec says. The lines of examples are those of
    the spec's text. ``notes`` are for people, the spec's own among them.
    """

    target: str
    changes: tuple[Change, ...]
    examples: tuple[ExampleText, ...]
    unconverted: tuple[Unconverted, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> Mapping[str, bytes]:
        """What to write over a copy of the repository, by path."""
        return {change.path: change.new for change in self.changes}

    def applied_to(self, stub: Stub) -> Stub:
        """The stub as it was read with the changes in place, with the spec's examples for its docstring's."""
        return replace(stub, examples=self.examples, unconverted=self.unconverted)
