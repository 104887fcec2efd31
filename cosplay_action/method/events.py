"""What a run says while it goes on. Events are data; observers render them and cannot change the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cosplay_action.method.domain import Choice, Matrix, Move, Round, Stop

Stage = Literal["explore", "play", "select"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """One step of a stage, in words ("clean", "votes", ...), with the number of slots it works on (0: unknown)."""

    stage: Stage
    round: int
    step: str
    slots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One reply arrived. ``replayed`` when the journal gave it."""

    stage: str
    role: str
    status: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    seconds: float = 0.0
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WasRead:
    """One reply was read for what its role wanted: ``usable``, or ``why`` not."""

    stage: str
    role: str
    usable: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsRun:
    """A batch of cells has been observed (executed, or taken from the journal)."""

    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    round: int
    move: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlayed:
    """A round ended (number 0: the first matrix)."""

    round: Round
    matrix: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    stop: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    choice: Choice


Event = StageStarted | StepStarted | Answered | WasRead | CellsRun | Moved | RoundPlayed | Stopped | Chosen
