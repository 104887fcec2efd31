"""The leaves of ``report.json``: one observation, test, candidate or cost as plain data (shapes in ``shape.py``)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from cosplay_action.evidence.shape import (
    Answer,
    Cell,
    Column,
    Cost,
    Costs,
    DifferenceRecord,
    MoveRecord,
    RegressionRecord,
    RoundRecord,
    Row,
    Shown,
    UnitTestRecord,
)
from cosplay_action.facts import Ledger, Regression, RoleCost
from cosplay_action.method.domain import Difference, Matrix, Move, Observation, Outcome, Round, Snapshot, UnitTest
from cosplay_action.method.values import key, render

SHOWN = 200  # characters of one observation's text

_STATUS_WORDS = {
    "timed_out": "timed out",
    "out_of_memory": "ran out of memory",
    "too_much_output": "wrote too much output",
    "exited": "exited",
}


def bounded(text: str, limit: int = SHOWN) -> str:
    """At most ``limit`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown_text(seen: Observation, *, plain: bool = False) -> str:
    """What one observation shows, in at most SHOWN characters: a value, an exception, or how the run ended.

    ``plain``: values are texts (what a program printed) and are shown as they stand, not as Python writes them.
    """
    if plain and seen.status == "returned" and seen.value is not None and seen.value.kind == "str":
        return _middle_cut(str(seen.value.data))
    if seen.status == "returned":
        return bounded("nothing" if seen.value is None else render(seen.value, limit=SHOWN))
    words = _STATUS_WORDS.get(seen.status, f"raises {seen.error[0] if seen.error else 'an exception'}")
    return bounded(f"{words}: {seen.detail}" if seen.detail else words)


def _middle_cut(text: str) -> str:
    """At most SHOWN characters: both ends stay, for outputs often differ in their last line."""
    tail = (SHOWN - 1) // 3
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1 - tail]}…{text[-tail:]}"


def shown(seen: Observation, *, plain: bool = False) -> Shown:
    return {"status": seen.status, "shown": shown_text(seen, plain=plain)}


def cell(seen: Observation, passes: bool, *, plain: bool = False) -> Cell:
    return {"status": seen.status, "shown": shown_text(seen, plain=plain), "passes": passes}


def answer_key(seen: Observation) -> Hashable | None:
    """The identity of an answer, None where there is nothing to compare (no result, or an opaque one)."""
    if seen.real and seen.value is not None:
        return ("returns", key(seen.value))
    return ("raises", seen.error[0]) if seen.status == "raised" and seen.error else None


def answers(rows: Sequence[Sequence[Observation]], *, plain: bool = False) -> list[list[Answer]]:
    """Every slot's answer to every probe; equal answers to one probe share a ``group`` (numbered as met)."""
    probes = len(rows[0]) if rows else 0
    met: list[dict[Hashable, int]] = [{} for _ in range(probes)]
    return [[_answer(seen, met[probe], plain=plain) for probe, seen in enumerate(row)] for row in rows]


def _answer(seen: Observation, met: dict[Hashable, int], *, plain: bool) -> Answer:
    identity = answer_key(seen)
    group = None if identity is None else met.setdefault(identity, len(met))
    return {"status": seen.status, "shown": shown_text(seen, plain=plain), "group": group}


def unit_test(test: UnitTest) -> UnitTestRecord:
    votes = test.votes
    return {
        "id": test.id,
        "input": test.input,
        "expected": _expected(test),
        "origin": test.origin,
        "idea": test.idea,
        "votes": {"agreed": votes.agreed, "asked": votes.asked, "attempts": votes.attempts},
        "valid": test.valid,
        "born": test.born,
    }


def _expected(test: UnitTest) -> str | None:
    if test.expected is None:
        return None
    return f"raises {test.expected.raises}" if test.expected.raises else test.expected.text


def columns(matrix: Matrix) -> list[Column]:
    """One record a test; an invalid one has no support."""
    slots = len(matrix.candidates)
    found: list[Column] = []
    for at, test in enumerate(matrix.tests):
        passing = sum(row[at] for row in matrix.passes)
        found.append({"test": unit_test(test), "support": ratio(passing, slots) if test.valid else None})
    return found


def rows(outcome: Outcome) -> list[Row]:
    matrix = outcome.matrix
    homes = {slot: at for at, cluster in enumerate(outcome.choice.clusters) for slot in cluster.members}
    valid = [test.valid for test in matrix.tests]
    return [
        {
            "slot": slot,
            "id": candidate.id,
            "passes": sum(won and counts for won, counts in zip(matrix.passes[slot], valid, strict=True)),
            "cluster": homes.get(slot),
            "plan": candidate.plan,
            "parent": candidate.parent,
            "born": candidate.born,
            "flaw": candidate.flaw,
            "source": candidate.source,
        }
        for slot, candidate in enumerate(matrix.candidates)
    ]


def played(one: Round) -> RoundRecord:
    after = one.after
    return {
        "number": one.number,
        "pass_counts": list(after.pass_counts),
        "valid": list(after.valid),
        "passes": _bits(after),
        "moves": [move(each) for each in one.moves],
    }


def _bits(after: Snapshot) -> list[str]:
    return ["".join("1" if won else "0" for won in row) for row in after.passes]


def move(one: Move) -> MoveRecord:
    return {
        "kind": one.kind,
        "slot": one.slot,
        "old": one.old,
        "new": one.new,
        "kept": one.kept,
        "because": one.because,
    }


def difference(one: Difference, *, plain: bool = False) -> DifferenceRecord:
    return {
        "rival": one.rival,
        "cluster": one.cluster,
        "input": one.input,
        "chosen_gives": shown(one.chosen_gives, plain=plain),
        "rival_gives": shown(one.rival_gives, plain=plain),
    }


def regression(found: Regression) -> RegressionRecord:
    return {
        "command": found.command,
        "state": found.state,
        "baseline": found.baseline,
        "note": found.note,
        "tried": [
            {
                "slot": one.slot,
                "id": one.id,
                "said": one.said,
                "lost": [bounded(name) for name in one.lost],
                "count": one.count,
                "broken": one.broken,
            }
            for one in found.tried
        ],
    }


def costs(ledger: Ledger) -> Costs:
    """Costs by role, summed by stage (in the order they were met) and in all. Seconds to a thousandth."""
    stages = dict.fromkeys(one.stage for one in ledger.roles)
    by_stage = [_summed(stage, "all", [one for one in ledger.roles if one.stage == stage]) for stage in stages]
    return {
        "roles": [_summed(one.stage, one.role, [one]) for one in ledger.roles],
        "stages": by_stage,
        "total": _summed("all", "all", ledger.roles),
        "cells": ledger.cells,
        "usd": None if ledger.usd is None else round(ledger.usd, 6),
    }


def _summed(stage: str, role: str, parts: Sequence[RoleCost]) -> Cost:
    return {
        "stage": stage,
        "role": role,
        "replies": sum(part.replies for part in parts),
        "usable": sum(part.usable for part in parts),
        "statuses": [{"status": name, "count": count} for name, count in _statuses(parts)],
        "input_tokens": sum(part.input_tokens for part in parts),
        "output_tokens": sum(part.output_tokens for part in parts),
        "cached_tokens": sum(part.cached_tokens for part in parts),
        "seconds": round(sum(part.seconds for part in parts), 3),
    }


def _statuses(parts: Iterable[RoleCost]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for part in parts:
        for name, count in part.statuses:
            totals[name] = totals.get(name, 0) + count
    return sorted(totals.items())


def ratio(part: int, whole: int) -> float:
    """A share, 0..1, to 4 decimals; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else 0.0
