"""The words of the paper as immutable types.

A *candidate* is one implementation, a *unit test* (UT) one input with the output a vote expects, the *execution
matrix* says which candidate passes which UT. A slot is an identity: two candidates with equal source are two slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from cosplay_action.method.job import digest
from cosplay_action.method.values import Value

if TYPE_CHECKING:
    from cosplay_action.method.ports import Contract

Status = Literal["returned", "raised", "timed_out", "out_of_memory", "too_much_output", "exited"]
Origin = Literal["example", "attack", "random", "fuzz"]
MoveKind = Literal["clean", "break", "fix", "replace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one cell showed. ``error`` holds the exception's class names, most derived first (empty unless raised)."""

    status: Status
    value: Value | None = None
    error: tuple[str, ...] = ()
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def real(self) -> bool:
        """True when the candidate returned a value that can be compared."""
        return self.status == "returned" and self.value is not None and not self.value.opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a UT expects: a canonical value, or the class name of an exception. ``text`` is the expression as voted."""

    text: str
    value: Value | None = None
    raises: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """The self-consistency vote behind an expected output: ``agreed`` of ``asked`` fresh samples, in ``attempts``."""

    agreed: int = 0
    asked: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTest:
    """One input and what it should give. Invalid (it never counts) while ``expected`` is None. ``born`` is a round."""

    input: str
    expected: Expected | None
    origin: Origin
    idea: str = ""
    votes: Votes = field(default_factory=Votes)
    born: int = 0

    @property
    def valid(self) -> bool:
        return self.expected is not None

    @property
    def id(self) -> str:
        return digest(self.input, self.expected.text if self.expected else "")[:8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One implementation as the contract reads it from a reply; ``source`` is empty when none could be (``flaw``)."""

    source: str
    plan: str = ""
    parent: str = ""
    born: int = 0
    flaw: str = ""

    @property
    def id(self) -> str:
        return digest(self.source)[:8] if self.source else "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One mending of one slot: what was there, what is there now (ids), whether it was taken, and why."""

    kind: MoveKind
    slot: int
    old: str
    new: str
    kept: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The matrix of one moment, as numbers: ``passes[slot][column]`` and which columns (examples first) are valid."""

    passes: tuple[tuple[bool, ...], ...]
    valid: tuple[bool, ...]
    pass_counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of Stage 2 (number 0: the pools as Stage 1 left them) and the matrix after it."""

    number: int
    moves: tuple[Move, ...]
    after: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Candidates (slots) that no probe input tells apart; ``tied`` are those at the top pass count, who decide."""

    members: tuple[int, ...]
    tied: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return len(self.members)

    @property
    def weight(self) -> int:
        """The size that decides: members at the top pass count (paper, Stage 3 step 1 and 4)."""
        return len(self.tied)


class Stop(Enum):
    """Why Stage 2 ended. The value is a sentence for people."""

    SETTLED = "every candidate passes every valid test, so nothing is left to decide"
    ROUNDS = "all rounds were played"
    BUDGET = "the budget was spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTest:
    """A test that ships: its final support (share of candidate slots that pass it), and whether it was retired."""

    test: UnitTest
    support: float
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedTest:
    """A test that does not ship, and the reason in words."""

    test: UnitTest
    support: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The smallest input on which a rival cluster's best candidate and the chosen one differ."""

    rival: int
    cluster: int
    input: str
    chosen_gives: Observation
    rival_gives: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What Stage 3 decided: ``slot`` is None without consensus; ``forced`` is the choice it would make if it had to.

    ``clusters`` are ordered by rank, the winner first; ``signatures[slot][probe]`` is what the candidate showed.
    """

    slot: int | None
    forced: int | None
    rule: str
    reason: str
    tied: tuple[int, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    probes: tuple[str, ...] = ()
    signatures: tuple[tuple[Observation, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows are candidate slots, columns tests (examples first, then the UT slots)."""

    candidates: tuple[Candidate, ...]
    tests: tuple[UnitTest, ...]
    observations: tuple[tuple[Observation, ...], ...]
    passes: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A piece of work: ``origin`` names where it came from (``path.py::qualname``), ``examples`` are ground truth."""

    statement: str
    contract: Contract
    examples: tuple[UnitTest, ...] = ()
    origin: str = ""
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest(self.statement, self.origin, self.contract.fingerprint, *(t.id for t in self.examples))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a run found out; every report is a rendering of it."""

    problem: Problem
    choice: Choice
    stop: Stop
    matrix: Matrix
    rounds: tuple[Round, ...]
    hints: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    retired: tuple[UnitTest, ...] = ()
    kept: tuple[KeptTest, ...] = ()
    dropped: tuple[DroppedTest, ...] = ()
    differences: tuple[Difference, ...] = ()
    budget_spent: bool = False
    refused: str = ""  # which budget ended the run, in words
    cells: int = 0  # distinct executions

    @property
    def chosen(self) -> Candidate | None:
        return None if self.choice.slot is None else self.matrix.candidates[self.choice.slot]

    @property
    def status(self) -> Literal["chosen", "no-consensus", "budget-exceeded"]:
        if self.budget_spent:
            return "budget-exceeded"
        return "no-consensus" if self.choice.slot is None else "chosen"
