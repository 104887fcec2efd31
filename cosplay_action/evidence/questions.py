"""The question to the spec's author when nothing agrees: where the leading groups differ, and what would settle it."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from cosplay_action.evidence.records import answer_key, shown_text
from cosplay_action.evidence.shape import QuestionRecord, SideRecord
from cosplay_action.evidence.silence import functions, nearest_line, parsed
from cosplay_action.method.domain import Observation, Outcome
from cosplay_action.method.values import render

MOST = 3  # questions
LEADING = 4  # groups that are heard
_LONGEST = 400  # characters of an example that a person would still add to a spec

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
    found = []
    for text, column in sorted(_columns(outcome).items(), key=lambda one: (len(one[0]), one[0])):
        sides = _sides(outcome, column)
        if sum(answer_key(side.seen) is not None for side in sides) > 1:
            found.append(_question(outcome, text, sides))
    return found[:MOST]


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


def _same(seen: Observation) -> Hashable:
    """What two answers share that are shown as one: their value or exception, else their words."""
    known = answer_key(seen)
    return ("ends", shown_text(seen)) if known is None else known


def _question(outcome: Outcome, text: str, sides: Sequence[_Side]) -> QuestionRecord:
    name = outcome.problem.origin.rpartition("::")[2].rpartition(".")[2]
    answers = [shown_text(side.seen) for side in sides]
    line, shared = nearest_line(outcome.problem.statement, name, text, answers)
    asked: list[SideRecord] = [
        {
            "answer": answer,
            "clusters": side.clusters,
            "candidates": side.candidates,
            "example": example(outcome.problem.statement, name, text, side.seen),
        }
        for side, answer in zip(sides, answers, strict=True)
    ]
    return {"input": text, "sides": asked, "line": line, "shared": shared}


def example(statement: str, name: str, text: str, seen: Observation) -> str:
    """The lines to add to a docstring for this answer to be the one that is meant; empty where there are none.

    ``call -> value`` where a plain call gives a literal, else a doctest. An input that is no Python (a program's) has
    none, nor has a function that returns None (what its cells show is not what a doctest prints), nor what a docstring
    would read otherwise (backslashes, dots).
    """
    lines, given = _statements(text), _given(seen)
    if not lines or not given or _returns_none(statement, name):
        return ""
    raises = seen.status == "raised"
    if _plain_call(lines, name) and (raises or _literal(given)):
        found = f"{text} raises {given}" if raises else f"{text} -> {given}"
    else:
        want = f"Traceback (most recent call last):\n    ...\n{given}" if raises else given
        found = "\n".join([*(f">>> {line}" for line in lines), want])
    unsafe = "\\" in found or '"""' in found or "..." in text + given
    return "" if unsafe or len(found) > _LONGEST else found


def _given(seen: Observation) -> str:
    """The answer as Python: a value, or the name of an exception; empty where it can be neither."""
    if seen.real and seen.value is not None:
        return render(seen.value)
    return seen.error[0] if seen.status == "raised" and seen.error else ""


def _statements(text: str) -> list[str]:
    """The statements of an input, each on a line of its own; none where it is no Python or one takes several lines."""
    tree = parsed(text)
    lines = [ast.unparse(node) for node in tree.body] if tree else []
    return lines if "\n" not in "".join(lines) else []


def _plain_call(lines: Sequence[str], name: str) -> bool:
    """Whether it is nothing but a call of the function with literal arguments."""
    tree = parsed(lines[0])
    node = tree.body[0] if tree else None
    if len(lines) > 1 or not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    call = node.value
    given = [*call.args, *(one.value for one in call.keywords)]
    return isinstance(call.func, ast.Name) and call.func.id == name and all(_literal(one) for one in given)


def _literal(thing: str | ast.expr) -> bool:
    try:
        ast.literal_eval(thing)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _returns_none(statement: str, name: str) -> bool:
    return any(node.name == name and _is_none(node.returns) for node in functions(statement))


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
