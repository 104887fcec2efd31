"""Outcomes as a run would leave them, for tests of what renders them.

``chosen()``, ``no_consensus()``, ``budget_without_choice()``, ``budget_with_choice()``, ``hostile()`` and ``large()``
give whole outcomes; ``facts()``, ``landing()``, ``strong()`` and ``sure()`` what goes with them. Grids are drawn as
text, a row a candidate:
``#`` passes, ``o`` returns something else, ``!`` raises, ``T`` times out, ``X`` exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cosplay_action.facts import Landing, Ledger, Regression, RoleCost, RunFacts, Strength, Survivor, Trial
from cosplay_action.method.confidence import Confidence
from cosplay_action.method.domain import (
    Candidate,
    Choice,
    Cluster,
    Difference,
    DroppedTest,
    Expected,
    KeptTest,
    Matrix,
    Move,
    Observation,
    Outcome,
    Problem,
    Round,
    Snapshot,
    Stop,
    UnitTest,
    Votes,
)
from cosplay_action.method.ports import Words
from cosplay_action.method.values import Value

SOURCE = '''def merge(intervals: list[list[int]]) -> list[list[int]]:
    """Merge overlapping intervals."""
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
'''


FUNCTION = Words(code="", input="", output="", input_example="")


@dataclass(frozen=True)
class FixedContract:
    """As much of a contract as a finished outcome still needs."""

    fingerprint: str = "merge(intervals)"
    words: Words = FUNCTION


def ints(*pairs: Sequence[int]) -> Value:
    """A list of lists of integers as a canonical value."""
    return Value("list", items=tuple(Value("list", items=tuple(Value("int", n) for n in pair)) for pair in pairs))


def gives(value: Value | None) -> Observation:
    return Observation(status="returned", value=value, seconds=0.01)


SEEN = {
    "#": gives(ints((1, 4))),
    "o": gives(ints((1, 3), (2, 4))),
    "!": Observation(status="raised", error=("IndexError", "LookupError"), detail="list index out of range"),
    "T": Observation(status="timed_out", detail="2.0 s"),
    "X": Observation(status="exited", detail="no usable code in the reply"),
}


def unit(text: str, origin: str = "random", *, valid: bool = True, idea: str = "", born: int = 0) -> UnitTest:
    expected = Expected(text="[[1, 4]]", value=ints((1, 4))) if valid else None
    votes = Votes() if origin == "example" else Votes(agreed=3 if valid else 2, asked=4, attempts=1)
    return UnitTest(input=text, expected=expected, origin=origin, idea=idea, votes=votes, born=born)


def own_tests(examples: int, own: int, invalid: Sequence[int] = ()) -> tuple[UnitTest, ...]:
    """Columns: examples first, then attack and random tests in halves; ``invalid`` counts among the own ones."""
    made = [unit(f"merge([[1, {n + 2}]])", "example") for n in range(examples)]
    for at in range(own):
        attack = at < own // 2
        idea = "an interval inside another one, touching its end" if attack else ""
        text = f"merge([[{at}, {at + 3}], [{at + 1}, {at + 2}]])"
        made.append(unit(text, "attack" if attack else "random", valid=at not in invalid, idea=idea, born=at % 3))
    return tuple(made)


def candidates(count: int, unusable: Sequence[int] = ()) -> tuple[Candidate, ...]:
    plans = ("Sort by start, then sweep and extend the last interval.", "Mark ends as events and count open intervals.")
    return tuple(
        Candidate(source="", flaw="the reply held no code block", plan=plans[slot % 2])
        if slot in unusable
        else Candidate(source=SOURCE.replace("merged", f"merged{slot}"), plan=plans[slot % 2], born=slot % 2)
        for slot in range(count)
    )


def grid(rows: Sequence[str], pool: tuple[Candidate, ...], columns: tuple[UnitTest, ...]) -> Matrix:
    return Matrix(
        candidates=pool,
        tests=columns,
        observations=tuple(tuple(SEEN[mark] for mark in row) for row in rows),
        passes=tuple(
            tuple(mark == "#" and test.valid for mark, test in zip(row, columns, strict=True)) for row in rows
        ),
    )


def snapshot(matrix: Matrix) -> Snapshot:
    counts = tuple(sum(row) for row in matrix.passes)
    return Snapshot(passes=matrix.passes, valid=tuple(test.valid for test in matrix.tests), pass_counts=counts)


def problem(origin: str = "src/intervals.py::merge", statement: str = "Merge overlapping intervals.") -> Problem:
    return Problem(statement=statement, contract=FixedContract(), origin=origin)  # type: ignore[arg-type]


FIRST = ("##o#o#o#", "####oo!#", "oo!!!oo!", "#######o", "#o##o#o#", "##oToToo", "XXXXXXXX", "####o#o#")
LAST = ("########", "######!#", "#o!#o#o#", "########", "########", "##oTo#oo", "XXXXXXXX", "########")


def moves() -> tuple[Move, ...]:
    fix = "fails the test of support 0.75 that is fixed this round"
    return (
        Move(kind="clean", slot=2, old="0c1fd2aa", new="77ab01c4", kept=True, because="it passed no valid test"),
        Move(kind="break", slot=4, old="9911aa22", new="31f0c2d9", kept=True, because="lowest support (0.25)"),
        Move(kind="fix", slot=0, old="5e6f7a8b", new="aa00bb11", kept=True, because=fix),
        Move(kind="fix", slot=5, old="1b2c3d4e", new="unusable", kept=False, because=f"{fix}; not taken: no code"),
        Move(kind="replace", slot=1, old="deadbee1", new="c0ffee12", kept=True, because="its support is 1"),
    )


def signatures(groups: Sequence[str]) -> tuple[tuple[Observation, ...], ...]:
    """One text a slot, one letter a probe: equal letters are equal values, ``!`` raises, ``T`` times out."""

    def seen(mark: str) -> Observation:
        return SEEN[mark] if mark in "!TX" else gives(ints((0, ord(mark) - ord("a"))))

    return tuple(tuple(seen(mark) for mark in group) for group in groups)


PROBES = tuple(f"merge([[{n}, {n + 5}], [{n + 5}, {n + 9}]])" for n in range(6))


def settle(matrix: Matrix, slot: int) -> tuple[KeptTest, ...]:
    """Keep what the chosen candidate passes with support of at least one half, as the method does."""
    shares = [sum(row[at] for row in matrix.passes) / len(matrix.passes) for at in range(len(matrix.tests))]
    triples = zip(matrix.tests, shares, matrix.passes[slot], strict=True)
    return tuple(KeptTest(test=test, support=share) for test, share, won in triples if won and share >= 0.5)


def chosen() -> Outcome:
    """Five of eight agree; two rivals; an unusable candidate; an invalid and a retired test."""
    columns, pool = own_tests(2, 6, invalid=(4,)), candidates(8, unusable=(6,))
    matrix = grid(LAST, pool, columns)
    choice = Choice(
        slot=3,
        forced=3,
        rule="consensus",
        reason="agreed by 5 of 8 candidates on 6 fresh inputs",
        tied=(0, 3, 4, 7),
        clusters=(
            Cluster(members=(0, 1, 3, 4, 7), tied=(0, 3, 4, 7)),
            Cluster(members=(2,)),
            Cluster(members=(5,)),
        ),
        probes=PROBES,
        signatures=signatures(("aaaaaa", "aaaaa!", "abaaba", "aaaaaa", "aaaaaa", "ccTTcc", "XXXXXX", "aaaaaa")),
    )
    gone = replace(unit("merge([])", born=1), expected=Expected(text="[]", value=Value("list")))
    weak = DroppedTest(test=columns[6], support=0.0, because="it is invalid: no majority on the expected output")
    return Outcome(
        problem=problem(),
        choice=choice,
        stop=Stop.ROUNDS,
        matrix=matrix,
        rounds=(
            Round(number=0, moves=(), after=snapshot(grid(FIRST, pool, columns))),
            Round(number=1, moves=moves(), after=snapshot(matrix)),
        ),
        hints=("Sorting by start makes overlaps adjacent.", "Touching intervals count as overlapping."),
        plans=tuple(dict.fromkeys(candidate.plan for candidate in pool)),
        retired=(gone,),
        kept=(*settle(matrix, 3), KeptTest(test=gone, support=1.0, retired=True)),
        dropped=(weak,),
        differences=(
            Difference(rival=2, cluster=1, input=PROBES[1], chosen_gives=SEEN["#"], rival_gives=SEEN["o"]),
            Difference(rival=5, cluster=2, input=PROBES[0], chosen_gives=SEEN["#"], rival_gives=SEEN["!"]),
        ),
        cells=112,
    )


def no_consensus() -> Outcome:
    """Two clusters of three: the answer depends on what touching intervals mean."""
    columns, pool = own_tests(0, 6), candidates(6)
    matrix = grid(("######", "######", "######", "######", "######", "######"), pool, columns)
    choice = Choice(
        slot=None,
        forced=0,
        rule="consensus",
        reason="the two largest clusters are equal in size (3 candidates each)",
        tied=tuple(range(6)),
        clusters=(Cluster(members=(0, 1, 2), tied=(0, 1, 2)), Cluster(members=(3, 4, 5), tied=(3, 4, 5))),
        probes=PROBES,
        signatures=signatures(("aaaaaa",) * 3 + ("abaaaa",) * 3),
    )
    return Outcome(
        problem=problem(),
        choice=choice,
        stop=Stop.SETTLED,
        matrix=matrix,
        rounds=(Round(number=0, moves=(), after=snapshot(matrix)),),
        dropped=tuple(DroppedTest(test=one, support=1.0, because="nothing was chosen") for one in columns),
        differences=(Difference(rival=3, cluster=1, input=PROBES[1], chosen_gives=SEEN["#"], rival_gives=SEEN["o"]),),
        cells=72,
    )


def budget_with_choice() -> Outcome:
    return replace(chosen(), stop=Stop.BUDGET, budget_spent=True)


def budget_without_choice() -> Outcome:
    """The money was gone before the first test had its expected output."""
    columns, pool = own_tests(0, 4, invalid=(0, 1, 2, 3)), candidates(4, unusable=(2, 3))
    matrix = grid(("oooo", "oooo", "XXXX", "XXXX"), pool, columns)
    reason = "fewer than 2 valid tests and examples: there is too little to go by"
    return Outcome(
        problem=problem(),
        choice=Choice(slot=None, forced=None, rule="consensus", reason=reason),
        stop=Stop.BUDGET,
        matrix=matrix,
        rounds=(Round(number=0, moves=(), after=snapshot(matrix)),),
        budget_spent=True,
    )


HOSTILE = (
    "@octocat fixes #1 GH-2 o/r#3 https://evil.example/x www.evil.example mail@evil.example "
    "<script>alert(1)</script><!-- ![x](https://evil.example/i.png) [y](https://evil.example) | ``` ~~~ `a` "
    "\x1b[31mred\x1b]0;title\x07 \u202eoverride\u2066 \u200bzero\ufeff \U000e0041tag \ud800 "
    "$x$ :tada: \\| \r\n# head\n- item"
)


def hostile(text: str = HOSTILE) -> Outcome:
    """``chosen()`` with the same hostile text wherever a model, a candidate or a file can put text."""
    base = chosen()
    seen = Observation(status="raised", error=(text,), detail=text)
    bad = replace(base.matrix.tests[3], input=text, idea=text, expected=Expected(text=text, value=Value("str", text)))
    columns = (*base.matrix.tests[:3], bad, *base.matrix.tests[4:])
    pool = tuple(replace(one, plan=text, flaw=text if one.flaw else "", parent=text) for one in base.matrix.candidates)
    cells = tuple((gives(Value("str", text)), seen, *row[2:]) for row in base.matrix.observations)
    round1 = replace(base.rounds[1], moves=tuple(replace(one, because=text, new=text) for one in moves()))
    choice = replace(base.choice, reason=text, probes=(text, *base.choice.probes[1:]))
    return replace(
        base,
        problem=problem(f"src/{text}.py::merge", text),
        choice=choice,
        matrix=replace(base.matrix, candidates=pool, tests=columns, observations=cells),
        rounds=(base.rounds[0], round1),
        hints=(text,),
        plans=(text,),
        kept=(*base.kept, KeptTest(test=bad, support=0.75)),
        dropped=(DroppedTest(test=bad, support=0.25, because=text),),
        differences=tuple(replace(one, input=text, rival_gives=seen) for one in base.differences),
    )


def hostile_tie(text: str = HOSTILE) -> Outcome:
    """``no_consensus()`` with the hostile text in the question's inputs and answers."""
    base = no_consensus()
    other = (Observation(status="raised", error=(text,), detail=text),) * 6
    rows = (*base.choice.signatures[:3], other, other, other)
    return replace(base, choice=replace(base.choice, reason=text, probes=(text,) * 6, signatures=rows))


def large(slots: int = 16, columns: int = 20, text: str = "merge([[1, 4]])") -> Outcome:
    """A run of the size of preset ``paper`` (or larger), each text as long as ``text``."""
    pool = candidates(slots)
    made = tuple(unit(f"{text}  # {n}", "example" if n < 4 else "attack", idea=text) for n in range(columns))
    rows = ["".join("#o!T#"[(slot * at) % 5] for at in range(columns)) for slot in range(slots)]
    matrix = grid(rows, pool, made)
    groups = tuple(Cluster(members=(slot,), tied=(slot,)) for slot in range(1, slots))
    choice = Choice(
        slot=0, forced=0, rule="consensus", reason=text, tied=(0,),
        clusters=(Cluster(members=(0,), tied=(0,)), *groups),
        probes=(text,) * 16, signatures=signatures(("a" * 16,) * slots),
    )  # fmt: skip
    far = Difference(rival=1, cluster=1, input=text, chosen_gives=SEEN["#"], rival_gives=SEEN["!"])
    worked = tuple(replace(one, because=text) for one in moves() * 8)
    return Outcome(
        problem=problem(statement=text),
        choice=choice,
        stop=Stop.ROUNDS,
        matrix=matrix,
        rounds=tuple(Round(number=n, moves=worked if n else (), after=snapshot(matrix)) for n in range(6)),
        plans=(text,) * 24,
        hints=(text,) * 4,
        kept=tuple(KeptTest(test=one, support=0.9) for one in made),
        dropped=tuple(DroppedTest(test=one, support=0.1, because=text) for one in made),
        differences=(far,) * (slots - 1),
        cells=slots * columns,
    )


def ledger(usd: float | None = 0.0123) -> Ledger:
    def cost(stage: str, role: str, replies: int, tokens: int, lost: int = 0) -> RoleCost:
        statuses = (("ok", replies - lost), ("truncated", lost)) if lost else (("ok", replies),)
        return RoleCost(
            stage=stage, role=role, replies=replies, usable=replies - lost, statuses=statuses,
            input_tokens=tokens, output_tokens=tokens // 3, cached_tokens=tokens // 2, seconds=replies * 1.25,
        )  # fmt: skip

    return Ledger(
        roles=(
            cost("explore", "hints", 1, 450),
            cost("explore", "plans", 7, 3900),
            cost("explore", "candidate", 8, 6100, lost=1),
            cost("explore", "vote", 32, 18400, lost=2),
            cost("play", "repair", 5, 5200),
            cost("play", "vote", 24, 14100, lost=1),
            cost("select", "inputs", 2, 1300),
        ),
        cells=112,
        usd=usd,
    )


def facts(**changes: object) -> RunFacts:
    base = RunFacts(
        tool_version="0.1.0",
        created="2026-11-20T09:30:00Z",
        model="local (Qwen2.5-Coder-1.5B-Instruct Q4_K_M)",
        model_digest="sha256:" + "ab" * 32,
        preset="standard",
        seed=7,
        sandbox="unsafe-process",
        sandbox_note="a plain process: no wall between candidates and this machine",
        python="3.11.9",
        settings=(("candidates", "8"), ("tests", "6"), ("rounds", "3"), ("temperature", "0.8")),
        replay="cosplay-action run src/intervals.py::merge --out .cosplay/runs/merge-7",
        ledger=ledger(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def landing() -> Landing:
    return Landing(
        path="src/intervals.py",
        patch="--- a/src/intervals.py\n+++ b/src/intervals.py\n",
        implementation=SOURCE,
        test_path="tests/test_intervals_merge.py",
        test_text="def test_merge(): ...\n",
        check="8 passed",
        notes=("the patch was formatted with ruff format",),
        unconverted=(">>> merge(X)  # doctest: +SKIP",),
    )


def regression(state: str = "passed", name: str = "tests.test_a::test_old") -> Regression:
    """The repository's own tests, in any state; candidate 0 broke some where any was tried."""
    notes = {"unknown": "no test passed before any candidate was in place", "not-run": "bubblewrap is not installed."}
    if state in notes:
        return Regression(command="pytest -q", state=state, baseline="1 failed", note=notes[state])  # type: ignore[arg-type]
    broke = Trial(slot=0, id="0a1b2c3d", said="2 failed, 10 passed", lost=(name, "tests.test_a::test_b"), count=2)
    fine = (Trial(slot=3, id="4d5e6f7a", said="12 passed"),) if state == "passed" else ()
    return Regression(command="pytest -q", state=state, baseline="12 passed", tried=(broke, *fine))  # type: ignore[arg-type]


def strong(outcome: Outcome, text: str = "if start <= merged[-1][1]:") -> Strength:
    """What the kept tests notice: the first of them all that any does, the last nothing."""
    names = [one.test.id for one in outcome.kept]
    return Strength(
        mutants=40, killed=31, survived=3, perhaps_equivalent=6, probes=6, cells=374,
        kills=tuple((name, 0 if name == names[-1] else 31 if name == names[0] else 12) for name in names),
        redundant=tuple(names[1:]),
        survivors=(
            Survivor(
                line=4, what="comparison", before=text, after=text.replace("<=", "<"), input="merge([[1, 2], [2, 3]])"
            ),
            Survivor(line=7, what="statement left out", before=text, after="pass", input=""),
        ),
    )  # fmt: skip


def sure() -> Confidence:
    return Confidence(
        level="medium", up=("5 of 7 usable candidates behave alike.",),
        down=(
            "All of the group agree on 5 fresh inputs; high confidence asks for 6.", "The budget ended the run early.",
        ),
    )  # fmt: skip
