"""The question to the spec's author when nothing agrees: where the leading groups differ, and what would settle it.

``settling`` has the examples that would.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cosplay_action.evidence.records import answer_key, shown_text
from cosplay_action.evidence.settling import example, run_example
from cosplay_action.evidence.shape import QuestionRecord, SideRecord
from cosplay_action.evidence.silence import nearest_line
from cosplay_action.method.domain import Observation, Outcome
from cosplay_action.method.matrix import example_columns, ut_columns

MOST = 3  # questions
LEADING = 4  # groups that are heard

Column = Sequence[Observation]  # one input: what each candidate slot shows


@dataclass(slots=True)
class _Side:
    """One answer to one input, and the leading groups that give it."""

    seen: Observation
    clusters: list[int]
    candidates: int


def questions(outcome: Outcome) -> list[QuestionRecord]:
    """The shortest inputs (fresh ones and those of tests) to which the leading groups give different answers."""
    if outcome.choice.slot is not None:
        return []
    return _asked(outcome, _columns(outcome), partial(_sides, outcome)) or _of_tests(outcome)


def _asked(
    outcome: Outcome, columns: Mapping[str, Column], sides_of: Callable[[Column], list[_Side]]
) -> list[QuestionRecord]:
    found = []
    for text, column in sorted(columns.items(), key=lambda one: (len(one[0]), one[0])):
        sides = sides_of(column)
        if sum(answer_key(side.seen) is not None for side in sides) > 1:
            found.append(_question(outcome, text, sides))
    return found[:MOST]


def _of_tests(outcome: Outcome) -> list[QuestionRecord]:
    """Where no groups can be told apart: self-written tests, valid or not, that the tied candidates answer differently.

    If they agree, those that all candidates do; but where none meets every example, it is the examples that ask.
    """
    final = outcome.matrix
    own = {
        final.tests[at].input: [row[at] for row in final.observations]
        for at in ut_columns(final) if final.tests[at].input
    }  # fmt: skip
    usable = [slot for slot, candidate in enumerate(final.candidates) if candidate.source]
    for among in (outcome.choice.tied, usable) if outcome.choice.tied or not example_columns(final) else ():
        if found := _asked(outcome, own, partial(_answers, among)):
            return found
    return []


def _answers(among: Sequence[int], column: Column) -> list[_Side]:
    """What some candidates answer, the most frequent first."""
    slots: dict[Hashable, list[int]] = {}
    for slot in among:
        slots.setdefault(_same(column[slot]), []).append(slot)
    sides = [_Side(seen=column[given[0]], clusters=[], candidates=len(given)) for given in slots.values()]
    return sorted(sides, key=lambda side: (answer_key(side.seen) is None, -side.candidates))[:LEADING]


def _columns(outcome: Outcome) -> dict[str, Column]:
    choice, final = outcome.choice, outcome.matrix
    fresh = {text: [row[at] for row in choice.signatures] for at, text in enumerate(choice.probes)}
    tried = {test.input: [row[at] for row in final.observations] for at, test in enumerate(final.tests) if test.input}
    return {**tried, **fresh}


def _sides(outcome: Outcome, column: Column) -> list[_Side]:
    """What the leading groups answer, each answer once."""
    leading = [(at, one) for at, one in enumerate(outcome.choice.clusters) if one.weight][:LEADING]
    sides: dict[Hashable, _Side] = {}
    for at, cluster in leading:
        given = [column[slot] for slot in cluster.tied]
        seen = next((one for one in given if answer_key(one) is not None), given[0])
        same = _same(seen)
        behind = sum(_same(one) == same for one in column)
        sides.setdefault(same, _Side(seen=seen, clusters=[], candidates=behind)).clusters.append(at)
    return list(sides.values())


def _answered(sides: Sequence[_Side], answers: Sequence[str]) -> list[str]:
    """The words of real answers alone: those for a time-out are ours."""
    return [words for side, words in zip(sides, answers, strict=True) if answer_key(side.seen) is not None]


def _same(seen: Observation) -> Hashable:
    """What two answers share that are shown as one: their value or exception, else their words."""
    known = answer_key(seen)
    return ("ends", shown_text(seen)) if known is None else known


def _question(outcome: Outcome, text: str, sides: Sequence[_Side]) -> QuestionRecord:
    statement, plain = outcome.problem.statement, outcome.problem.contract.words.plain
    name = "" if plain else outcome.problem.origin.rpartition("::")[2].rpartition(".")[2]
    answers = [shown_text(side.seen, plain=plain) for side in sides]
    line, shared = nearest_line(statement, name, text, _answered(sides, answers))
    asked: list[SideRecord] = [
        {
            "answer": answer,
            "clusters": side.clusters,
            "candidates": side.candidates,
            "example": run_example(text, side.seen) if plain else example(statement, name, text, side.seen),
        }
        for side, answer in zip(sides, answers, strict=True)
    ]
    return {"input": text, "sides": asked, "line": line, "shared": shared}
