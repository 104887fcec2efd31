"""What one arm gave on one problem."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.evaluation.desk import Cost
from cosplay_action.method.domain import UnitTest
from cosplay_action.method.job import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The two pools of one moment: sources by slot (empty: unusable) and tests by slot."""

    sources: tuple[str, ...]
    tests: tuple[UnitTest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One arm on one problem.

    ``picks`` are the codes it would land, each with its weight (they add up to 1; an arm that draws one sample at
    random has one a draw); ``abstains``: the tool would land none, and ``picks`` is the forced choice. ``rounds`` are
    the pools after each round, the first as Stage 1 left it. ``level`` is the confidence, ``bare`` the same without the
    scale that asks for an example, which no run with ignored examples can meet.
    """

    task: str
    arm: str
    picks: tuple[tuple[str, float], ...]
    pool: Pool
    cost: Cost
    abstains: bool = False
    reason: str = ""
    kept: tuple[UnitTest, ...] = ()
    rounds: tuple[Pool, ...] = ()
    level: str = ""
    bare: str = ""
    supports: tuple[float, ...] = field(default=())  # of the final tests, by slot


def key_of_code(source: str) -> str:
    """The name of a candidate in the scores."""
    return digest(source)[:24]


def key_of_test(test: UnitTest) -> str:
    """The name of a UT in the scores: its input and what it expects."""
    assert test.expected is not None
    return digest(test.input, test.expected.text, test.expected.raises)[:24]
