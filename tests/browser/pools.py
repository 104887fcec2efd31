"""Synthetic runs of any size, in which weak rows and columns become better round by round, as they do in a real one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from cosplay_action.evidence.report import build_report
from cosplay_action.evidence.shape import Report
from cosplay_action.facts import RunFacts
from cosplay_action.method.domain import (
    Candidate,
    Choice,
    Cluster,
    Difference,
    DroppedTest,
    Matrix,
    Move,
    MoveKind,
    Outcome,
    Round,
    Snapshot,
    Stop,
    UnitTest,
)
from tests.support import outcomes

MARKS = "oo!oT"  # how a cell fails
PLANS = (
    "Sort by start, sweep, and extend the last interval while the next one begins before it ends.",
    "Turn every interval into two events, count how many are open, and emit where the count returns to zero.",
    "Union-find over the intervals: join those that overlap, then take the least start and the greatest end of each.",
    "Insert one interval at a time into a merged list, and absorb its neighbours.",
)
IDEAS = (
    "two intervals that share exactly one end point",
    "an interval inside another one",
    "an empty list",
    "unsorted input with negative starts",
    "a point interval (start equals end) at the border of another",
)
BODIES = (
    "    merged: list[list[int]] = []\n    for start, end in sorted(intervals):\n"
    "        if merged and start <= merged[-1][1]:\n            merged[-1][1] = max(merged[-1][1], end)\n"
    "        else:\n            merged.append([start, end])\n    return merged\n",
    "    if not intervals:\n        return []\n    ordered = sorted(intervals, key=lambda pair: pair[0])\n"
    "    result = [list(ordered[0])]\n    for start, end in ordered[1:]:\n        last = result[-1]\n"
    "        if start < last[1]:\n            last[1] = max(last[1], end)\n        else:\n"
    "            result.append([start, end])\n    return result\n",
    "    merged: list[list[int]] = []\n    for start, end in intervals:\n"
    "        if merged and start <= merged[-1][1]:\n            merged[-1][1] = end\n"
    "        else:\n            merged.append([start, end])\n    return merged\n",
    "    events = sorted([(start, 0) for start, _ in intervals] + [(end, 1) for _, end in intervals])\n"
    "    merged, depth, begin = [], 0, None\n    for at, kind in events:\n        if kind == 0:\n"
    "            begin = at if depth == 0 else begin\n            depth += 1\n        else:\n"
    "            depth -= 1\n            if depth == 0:\n                merged.append([begin, at])\n"
    "    return merged\n",
)


def report(slots: int = 16, columns: int = 16, rounds: int = 5, seed: int = 1, rivals: int = 3) -> Report:
    """A chosen run: every digit of it follows from the arguments."""
    return build_report(
        outcome(slots, columns, rounds, seed, rivals), facts(slots, columns, rounds), outcomes.landing()
    )


def grounded(plain: Report) -> Report:
    """The same report with a confidence, the strength of its tests, and its repository's own tests."""
    assert plain["landing"]
    kept = [{**one, "kills": at % 5, "redundant": at % 5 < 2} for at, one in enumerate(plain["kept"])]
    survivor = {
        "line": 5, "what": "comparison", "before": "        if merged and start <= merged[-1][1]:",
        "after": "        if merged and start < merged[-1][1]:", "input": "merge([[0, 5], [5, 9]])",
    }  # fmt: skip
    strength = {
        "mutants": 24, "killed": 19, "survived": 2, "perhaps_equivalent": 3, "share": 0.7917, "enough": 4, "probes": 16,
        "survivors": [survivor],
    }  # fmt: skip
    confidence = {
        "level": "medium",
        "up": ["10 of 16 candidates agree, 8 more than the strongest rival.", "All agree on 16 fresh inputs."],
        "down": ["The sandbox has no wall between candidates and this machine.", "2 mutants survive the kept tests."],
    }
    tried = [
        {"slot": 2, "id": "0c1fd2aa", "said": "1 failed, 120 passed", "lost": ["tests/test_old.py::test_order"],
         "count": 1, "broken": ""},
        {"slot": 0, "id": "77ab01c4", "said": "121 passed", "lost": [], "count": 0, "broken": ""},
    ]  # fmt: skip
    regression = {"command": "pytest -q", "state": "passed", "baseline": "121 passed", "note": "", "tried": tried}
    landing = {**plain["landing"], "regression": regression}
    return cast("Report", {**plain, "kept": kept, "strength": strength, "confidence": confidence, "landing": landing})


def program() -> Report:
    """The report of a program, whose inputs are lines of text."""
    made = report(4, 4, 1)
    for at, test in enumerate([*(one["test"] for one in made["tests"]), *(one["test"] for one in made["kept"])]):
        test["input"], test["expected"] = f"2\n{at} {at + 1}\n", f"{at}\n{at + 1}"
    return made


def facts(slots: int, columns: int, rounds: int) -> RunFacts:
    settings = (("candidates", slots), ("tests", columns), ("rounds", rounds), ("temperature", 0.8), ("probes", 16))
    return outcomes.facts(preset="paper", settings=tuple((name, str(value)) for name, value in settings))


def outcome(slots: int, columns: int, rounds: int, seed: int, rivals: int) -> Outcome:
    luck = random.Random(seed)
    homes = [0 if slot < slots * 0.6 else 1 + slot % rivals for slot in range(slots)]
    luck.shuffle(homes)
    tests = _tests(columns, luck)
    pool = tuple(_candidate(slot, home) for slot, home in enumerate(homes))
    grids = [_grid(homes, tests, number / rounds, random.Random(f"{seed} {number}")) for number in range(rounds + 1)]
    final = outcomes.grid(grids[-1], pool, tests)
    choice = _choice(homes, final, rivals)
    assert choice.slot is not None
    gone = tuple(replace(outcomes.unit(f"merge([[{n}, {n}]])", "attack", idea=IDEAS[4]), born=0) for n in range(3))
    weak = [test for test, share in zip(tests, _shares(final), strict=True) if share < 0.5]
    return Outcome(
        problem=outcomes.problem(statement='def merge(intervals):\n    """Merge overlapping intervals."""\n    ...\n'),
        choice=choice,
        stop=Stop.ROUNDS,
        matrix=final,
        rounds=tuple(_round(number, rows, pool, tests, luck) for number, rows in enumerate(grids)),
        hints=("Sorting by start makes overlaps adjacent.", "Touching intervals count as overlapping."),
        plans=PLANS,
        retired=gone,
        kept=outcomes.settle(final, choice.slot),
        dropped=tuple(
            DroppedTest(test=one, support=0.2, because="the chosen candidate does not pass it") for one in weak
        ),
        differences=tuple(_difference(homes, home) for home in sorted(set(homes) - {0})),
        cells=slots * (columns + 16),
    )


def _tests(columns: int, luck: random.Random) -> tuple[UnitTest, ...]:
    made = []
    for at in range(columns):
        origin = "example" if at < 2 else "attack" if at % 2 else "random"
        pairs = [[start := luck.randint(-9, 40), start + luck.randint(0, 9)] for _ in range(luck.randint(1, 5))]
        idea = luck.choice(IDEAS) if origin == "attack" else ""
        made.append(outcomes.unit(f"merge({pairs!r})", origin, valid=at % 11 != 7, idea=idea, born=at % 4))
    return tuple(made)


def _candidate(slot: int, home: int) -> Candidate:
    source = f"def merge(intervals: list[list[int]]) -> list[list[int]]:\n{BODIES[home % len(BODIES)]}"
    named = source.replace("merged", f"merged_{slot}") if slot % 3 == 0 else source
    return Candidate(
        source=named, plan=PLANS[slot % len(PLANS)], parent="0c1fd2aa" if slot % 4 == 1 else "", born=slot % 3
    )


def _grid(homes: Sequence[int], tests: Sequence[UnitTest], progress: float, luck: random.Random) -> list[str]:
    """Rows of marks: late rounds pass nearly everywhere that the leading cluster agrees."""
    strong = [luck.random() < 0.35 + 0.6 * progress for _ in tests]
    fit = [luck.random() < 0.4 + 0.55 * progress for _ in homes]
    rows = []
    for home, sound in zip(homes, fit, strict=True):
        odds = [(0.96 if sound else 0.25) if right else (0.12 if home else 0.05) for right in strong]
        likely = [share * (0.7 if home and at % 3 == home % 3 else 1.0) for at, share in enumerate(odds)]
        rows.append("".join("#" if luck.random() < share else luck.choice(MARKS) for share in likely))
    return rows


def _shares(matrix: Matrix) -> list[float]:
    return [sum(row[at] for row in matrix.passes) / len(matrix.passes) for at in range(len(matrix.tests))]


def _choice(homes: Sequence[int], matrix: Matrix, rivals: int) -> Choice:
    counts = [sum(row) for row in matrix.passes]
    leaders = [slot for slot, home in enumerate(homes) if home == 0]
    slot = max(leaders, key=lambda one: counts[one])
    best = counts[slot]
    groups = [tuple(at for at, home in enumerate(homes) if home == one) for one in range(rivals + 1)]
    clusters = tuple(
        Cluster(members=group, tied=tuple(one for one in group if counts[one] >= best - 1) or group[:1])
        for group in groups
        if group
    )
    letters = ["a" * 16 if home == 0 else "aab"[home % 3] + "ab"[home % 2] * 3 + "a" * 10 + "b" + "c" for home in homes]
    size = len(leaders)
    return Choice(
        slot=slot, forced=slot, rule="consensus", tied=(slot,), clusters=clusters,
        reason=f"agreed by {size} of {len(homes)} candidates on 16 of 16 fresh inputs",
        probes=tuple(f"merge([[{n}, {n + 5}], [{n + 5}, {n + 9}]])" for n in range(16)),
        signatures=outcomes.signatures(letters),
    )  # fmt: skip


def _difference(homes: Sequence[int], home: int) -> Difference:
    rival = list(homes).index(home)
    return Difference(
        rival=rival, cluster=home, input="merge([[0, 5], [5, 9]])", chosen_gives=outcomes.gives(outcomes.ints((0, 9))),
        rival_gives=outcomes.gives(outcomes.ints((0, 5), (5, 9))),
    )  # fmt: skip


def _round(number: int, rows: Sequence[str], pool: tuple[Candidate, ...], tests: tuple[UnitTest, ...],
           luck: random.Random) -> Round:  # fmt: skip
    after: Snapshot = outcomes.snapshot(outcomes.grid(rows, pool, tests))
    return Round(number=number, moves=tuple(_moves(after, luck)) if number else (), after=after)


def _moves(after: Snapshot, luck: random.Random) -> list[Move]:
    """About as many as a round of that size has."""
    slots, own = len(after.passes), len(after.valid) - 2
    weak = [slot for slot, passed in enumerate(after.pass_counts) if passed < max(after.pass_counts)]
    made = [_test_move("break", luck.randrange(own), "lowest non-trivial support (0.12): a coupling to break", luck)]
    made += [_fix(slot, luck) for slot in weak[: slots // 2]]
    reasons = ("its support is 0", "it is invalid", "its support is 1")
    return made + [_test_move("replace", luck.randrange(own), luck.choice(reasons), luck) for _ in range(own // 4)]


def _test_move(kind: MoveKind, slot: int, because: str, luck: random.Random) -> Move:
    return Move(kind=kind, slot=slot, old=_id(luck), new=_id(luck), kept=luck.random() < 0.8, because=because)


def _fix(slot: int, luck: random.Random) -> Move:
    kept = luck.random() < 0.5
    because = "fails the test of support 0.88 that is fixed this round"
    refused = "; not taken: it loses 2 tests of support 0.5 or more"
    return Move(
        kind="fix", slot=slot, old=_id(luck), new=_id(luck), kept=kept, because=because + ("" if kept else refused)
    )


def _id(luck: random.Random) -> str:
    return f"{luck.getrandbits(32):08x}"
