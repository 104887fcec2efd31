"""How strong kept tests are: mutants of the chosen code really run, counted, compared on fresh inputs, remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cosplay_action.errors import JournalError
from cosplay_action.facts import Landing, Regression, Strength
from cosplay_action.method.context import Context
from cosplay_action.method.domain import (
    Candidate,
    Choice,
    Cluster,
    KeptTest,
    Matrix,
    Observation,
    Outcome,
    Problem,
    Stop,
)
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Sandbox, Seen
from cosplay_action.models.journal import Journal, JournalSandbox, ReplayOnly
from cosplay_action.playing import RecordedFacts, read_target
from cosplay_action.settings import Settings
from cosplay_action.strength import LEAST, MOST, SLOWER, strength, weigh
from tests.support import outcomes
from tests.support.kept import kept
from tests.support.sandboxes import sandbox_at

MODULE = 'def size(n: int) -> str:\n    """Say how large n is."""\n    ...\n'
CODE = 'def size(n):\n    if n > 3:\n        return "large"\n    return "small"\n'


class Watched:
    """A sandbox whose jobs are looked at."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.jobs: list[Job] = []

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        self.jobs.append(job)
        return await self._inner.run(job, arrived)


@dataclass(frozen=True)
class Bench:
    """A context over a real sandbox and a journal, and the outcome of a run that chose one candidate."""

    ctx: Context
    journal: Journal
    outcome: Outcome
    watched: Watched

    async def strength(self) -> Strength:
        found = await strength(self.ctx, self.outcome, self.journal)
        assert found is not None
        return found


Open = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def bench(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def open_(
        tests: Sequence[KeptTest], probes: Sequence[str] = (), *, code: str = CODE, module: str = MODULE,
        target: str = "size", sealed: bool = False,
    ) -> AsyncIterator[Bench]:  # fmt: skip
        (tmp_path / "m.py").write_text(module)
        stub = read_target(tmp_path, f"m.py::{target}", Settings())
        source = stub.contract.read_candidate(code)
        assert isinstance(source, str)
        problem = Problem(statement=stub.statement, contract=stub.contract, origin=stub.origin)
        journal = Journal.open(tmp_path / "journal.jsonl", {"run": {"one": "run"}})
        real = sandbox_at("D", tmp_path)
        watched = Watched(JournalSandbox(ReplayOnly() if sealed else real, journal))
        ctx = Context(problem=problem, model=ReplayOnly(), sandbox=watched)
        try:
            seen = [await ctx.run(source, inputs) for inputs in ([one.test.input for one in tests], probes)]
            watched.jobs.clear()
            yield Bench(ctx, journal, _outcome(problem, source, tests, (tuple(probes), seen[1])), watched)
        finally:
            journal.close()
            await real.aclose()

    return open_


def _outcome(
    problem: Problem, source: str, tests: Sequence[KeptTest], fresh: tuple[tuple[str, ...], tuple[Observation, ...]]
) -> Outcome:
    choice = Choice(
        slot=0, forced=0, rule="consensus", reason="agreed", clusters=(Cluster(members=(0,), tied=(0,)),),
        probes=fresh[0], signatures=(fresh[1],),
    )  # fmt: skip
    matrix = Matrix(candidates=(Candidate(source=source),), tests=(), observations=((),), passes=((),))
    return Outcome(problem=problem, choice=choice, stop=Stop.SETTLED, matrix=matrix, rounds=(), kept=tuple(tests))


SMALL, LARGE, EDGE = kept("size(0)", "small"), kept("size(9)", "large"), kept("size(4)", "large")


async def test_mutants_are_killed_by_the_tests_that_fail_on_them(bench: Open) -> None:
    """``>`` to ``>=`` and ``<=``, 3 to 4 and 2, each text to empty, each return to None: eight."""
    async with bench([SMALL, LARGE, EDGE], ["size(3)"]) as run:
        found = await run.strength()
    assert (found.mutants, found.killed, found.survived, found.perhaps_equivalent) == (8, 6, 2, 0)
    assert dict(found.kills) == {SMALL.test.id: 3, LARGE.test.id: 3, EDGE.test.id: 4}
    assert found.cells == 8 * 3 + 2


async def test_what_survives_is_shown_with_the_shortest_fresh_input_that_would_tell(bench: Open) -> None:
    async with bench([SMALL, LARGE, EDGE], ["size(0 + 3)", "size(3)", "size(1)"]) as run:
        shown = (await run.strength()).survivors
    assert [(one.line, one.before, one.after) for one in shown] == [
        (2, "if n > 3:", "if n >= 3:"),
        (2, "if n > 3:", "if n > 2:"),
    ]
    assert {one.input for one in shown} == {"size(3)"}
    assert {one.what for one in shown} == {"comparison", "constant"}


async def test_at_most_three_survivors_are_shown(bench: Open) -> None:
    async with bench([SMALL], ["size(9)", "size(3)", "size(4)"]) as run:
        found = await run.strength()
    assert found.survived == 5
    assert len(found.survivors) == 3


async def test_a_mutant_that_no_fresh_input_tells_apart_is_perhaps_equivalent(bench: Open) -> None:
    async with bench([SMALL, LARGE, EDGE], ["size(1)", "size(100)"]) as run:
        found = await run.strength()
    assert (found.killed, found.survived, found.perhaps_equivalent) == (6, 0, 2)
    assert found.survivors == ()
    assert found.probes == 2


async def test_without_fresh_inputs_nothing_is_called_equivalent(bench: Open) -> None:
    async with bench([SMALL, LARGE, EDGE]) as run:
        found = await run.strength()
    assert (found.survived, found.perhaps_equivalent, found.probes) == (2, 0, 0)
    assert [one.input for one in found.survivors] == ["", ""]


async def test_a_test_that_notices_nothing_of_its_own_is_redundant(bench: Open) -> None:
    async with bench([SMALL, LARGE, EDGE]) as run:
        found = await run.strength()
    assert found.redundant == (LARGE.test.id,), "the edge notices all that it notices"


async def test_of_tests_that_notice_the_same_all_but_one_are_redundant(bench: Open) -> None:
    """So that whatever is marked could go together."""
    others = [kept("size(1)", "small"), kept("size(2)", "small")]
    async with bench([SMALL, *others, LARGE]) as run:
        found = await run.strength()
    assert len(found.redundant) == 2
    left = [one for one in (SMALL, *others, LARGE) if one.test.id not in found.redundant]
    async with bench(left) as run:
        assert (await run.strength()).killed == found.killed


async def test_of_tests_that_notice_the_same_the_authors_example_is_not_redundant(bench: Open) -> None:
    example = kept("size(1)", "small", origin="example")
    for tests in ([SMALL, example], [example, SMALL]):
        async with bench(tests) as run:
            assert (await run.strength()).redundant == (SMALL.test.id,)


async def test_code_with_nothing_to_change_measures_nothing_and_makes_no_test_redundant(bench: Open) -> None:
    async with bench([kept("size(1)", None)], code="def size(n):\n    return None\n") as run:
        found = await run.strength()
    assert (found.mutants, found.killed, found.redundant) == (0, 0, ())


async def test_where_nothing_is_chosen_or_kept_there_is_no_strength(bench: Open) -> None:
    async with bench([SMALL]) as run:
        nothing = replace(run.outcome, choice=replace(run.outcome.choice, slot=None))
        assert await strength(run.ctx, nothing, run.journal) is None
        assert await strength(run.ctx, replace(run.outcome, kept=()), run.journal) is None
        assert run.watched.jobs == []


LOOP = "def size(n):\n    i = 0\n    while i < n:\n        i += 1\n    return str(i)\n"


async def test_a_mutant_that_never_ends_is_killed_at_a_limit_taken_from_what_the_chosen_code_took(bench: Open) -> None:
    async with bench([kept("size(3)", "3")], code=LOOP) as run:
        found = await run.strength()
        took = max(seen.seconds for seen in run.ctx.cells.values())
    assert (found.mutants, found.killed) == (10, 8), "two start elsewhere and end alike"
    assert {job.limits.seconds for job in run.watched.jobs} == {round(min(2.0, max(LEAST, SLOWER * took)), 3)}


async def test_helpers_are_changed_too(bench: Open) -> None:
    code = "LIMIT = 3\n\n\ndef _is_large(n):\n    return n > LIMIT\n\n\ndef size(n):\n    return str(_is_large(n))\n"
    async with bench([kept("size(9)", "True")], ["size(3)", "size(4)"], code=code) as run:
        found = await run.strength()
    assert {one.before for one in found.survivors} == {"LIMIT = 3", "return n > LIMIT"}


STACK = "class Stack:\n    def __init__(self):\n        self.n = 0\n\n    def push(self, n: int) -> int:\n        ...\n"


async def test_methods_are_changed_inside_their_class(bench: Open) -> None:
    code = "class Stack:\n    def push(self, n):\n        self.n = self.n + n\n        return self.n\n"
    once = kept("Stack().push(0)", 0)
    async with bench([once], ["Stack().push(2)"], code=code, module=STACK, target="Stack.push") as run:
        found = await run.strength()
    assert (found.mutants, found.killed, found.survived) == (3, 1, 2)
    assert {one.after for one in found.survivors} == {"self.n = self.n - n", "pass"}


async def test_at_most_forty_mutants_are_run(bench: Open) -> None:
    lines = "".join(f"    if n == {number}:\n        return '{number}'\n" for number in range(30))
    async with bench([kept("size(1)", "1")], code=f"def size(n):\n{lines}") as run:
        assert (await run.strength()).mutants == MOST


# -- remembered -------------------------------------------------------------------------------------------------------


async def test_a_replay_runs_nothing_and_finds_the_same(bench: Open, tmp_path: Path) -> None:
    tests, probes = [SMALL, LARGE, EDGE], ["size(3)", "size(1)"]
    async with bench(tests, probes) as run:
        first = await run.strength()
    before = (tmp_path / "journal.jsonl").read_bytes()
    async with bench(tests, probes, sealed=True) as run:
        assert await strength(run.ctx, run.outcome, RecordedFacts(run.journal)) == first
    assert (tmp_path / "journal.jsonl").read_bytes() == before


async def test_a_replay_that_lacks_the_mutants_says_so(bench: Open) -> None:
    async with bench([SMALL]) as run:
        with pytest.raises(JournalError, match="the journal has no mutants"):
            await strength(run.ctx, run.outcome, RecordedFacts(run.journal))


# -- what it adds to the verdict --------------------------------------------------------------------------------------


def weighed(sandbox: str, landing: Landing | None = None, strong: Strength | None = None) -> list[str]:
    found = weigh(outcomes.chosen(), strong, sandbox, landing or outcomes.landing())
    assert found is not None
    return [*found.up, *found.down]


@pytest.mark.parametrize(
    ("sandbox", "sentence"),
    [
        ("A (bubblewrap + seccomp + Landlock)", "All of it ran behind walls (sandbox level A)."),
        ("B (seccomp + Landlock)", "All of it ran behind walls (sandbox level B)."),
        ("landlock", "All of it ran behind walls (sandbox level B)."),
        ("D (plain processes, no isolation)", "not walled off from its judge (sandbox level D);"),
        ("unsafe-process", "not walled off from its judge (sandbox level D);"),
        ("another", "not walled off from its judge;"),
    ],
)
def test_the_sandboxs_level_is_read_from_what_the_journal_says(sandbox: str, sentence: str) -> None:
    assert any(sentence in one for one in weighed(sandbox))


def test_strength_and_the_repositorys_own_tests_count() -> None:
    landing = replace(outcomes.landing(), regression=Regression(command="pytest", state="passed"))
    said = weighed("A (x)", landing, Strength(mutants=10, killed=9))
    assert "The kept tests notice 9 of 10 mutants of the chosen code." in said
    assert "The repository's own tests still pass." in said
    assert any("not measured" in one for one in weighed("A (x)"))


def test_no_choice_has_no_confidence() -> None:
    assert weigh(outcomes.no_consensus(), None, "A (x)", outcomes.landing()) is None
