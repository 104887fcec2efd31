"""The repository's own tests decide: which candidate lands when one breaks them, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.landing import Landed, Site
from cosplay_action.method.domain import Candidate, Choice, Cluster, KeptTest, Matrix, Outcome, Problem, Stop
from cosplay_action.playing import read_target
from cosplay_action.regression import land_tested
from cosplay_action.sandbox.streams import Finished
from cosplay_action.settings import Settings
from cosplay_action.suite import Suite
from tests.support.kept import kept
from tests.support.shells import FakeShell, PassingChecker, Remembered, junit, no_jail, ran, suite

MODULE = 'def twice(n: int) -> int:\n    """Return n two times."""\n    ...\n'
BODIES = ("n + n", "2 * n", "n * 2", "n + n + 0", "0 + n + n")


def outcome_of(
    root: Path, bodies: tuple[str, ...] = BODIES, tied: tuple[int, ...] = (0, 1, 2, 3)
) -> tuple[Site, Outcome]:
    """Candidate 1 is chosen; those of ``tied`` decide in its cluster."""
    (root / "m.py").write_text(MODULE)
    stub = read_target(root, "m.py::twice", Settings())
    sources = [stub.contract.read_candidate(f"def twice(n):\n    return {body}") for body in bodies]
    assert all(isinstance(source, str) for source in sources)
    pool = tuple(Candidate(source=str(source)) for source in sources)
    empty = tuple(() for _ in pool)
    outcome = Outcome(
        problem=Problem(statement=stub.statement, contract=stub.contract, origin=stub.origin),
        choice=Choice(
            slot=1, forced=1, rule="consensus", reason="agreed", tied=tied,
            clusters=(Cluster(members=tuple(range(len(pool))), tied=tied),),
        ),
        stop=Stop.SETTLED, matrix=Matrix(candidates=pool, tests=(), observations=empty, passes=empty), rounds=(),
        kept=(kept("twice(1)", 2),),
    )  # fmt: skip
    return Site(root=root, stub=stub, journal=Remembered(), checker=PassingChecker()), outcome


async def landed(root: Path, given: Suite | None, *, site: Site | None = None, **more: object) -> Landed:
    made, outcome = outcome_of(root, **more)  # type: ignore[arg-type]

    async def instead(slot: int) -> Outcome:
        other: tuple[KeptTest, ...] = (kept(f"twice({slot})", 2 * slot),)
        return replace(outcome, choice=replace(outcome.choice, slot=slot), kept=other)

    return await land_tested(site or made, outcome, given, instead)


def breaking(*bodies: str) -> FakeShell:
    """Test ``a`` fails with these bodies in place; the stub's own test fails with the stub."""

    def shows(module: str) -> Finished:
        body = module.rpartition("return ")[2].strip()
        return ran(a=body not in bodies, b=True, stub="return" in module)

    return FakeShell(shows)


async def test_without_a_command_nothing_is_run_and_nothing_is_said(tmp_path: Path) -> None:
    found = await landed(tmp_path, None)
    assert found.outcome.choice.slot == 1
    assert found.landing.regression is None


async def test_a_candidate_that_breaks_nothing_lands(tmp_path: Path) -> None:
    shell = breaking()
    found = await landed(tmp_path, suite(shell))
    assert (found.outcome.choice.slot, found.outcome.choice.reason) == (1, "agreed")
    seen = found.landing.regression
    assert seen is not None
    assert (seen.state, seen.command, seen.baseline) == ("passed", "pytest -q", "1 failed, 2 passed")
    (one,) = seen.tried
    assert (one.slot, one.said, one.lost, one.broken) == (1, "3 passed", (), "")
    (before, no_tests), (after, tests) = shell.runs
    assert (before, no_tests) == (MODULE, []), "first the repository as it is"
    assert after == found.changes[0].new.decode()
    assert tests == ["test_m_twice.py"], "the kept tests are in place too"


async def test_where_the_chosen_one_breaks_a_test_the_next_of_its_cluster_that_does_not_lands(tmp_path: Path) -> None:
    found = await landed(tmp_path, suite(breaking("2 * n", "n + n")))
    assert found.outcome.choice.slot == 2
    assert b"+    return n * 2" in found.patch
    assert [one.test.input for one in found.outcome.kept] == ["twice(2)"], "with the tests that it passes itself"
    assert found.outcome.choice.reason == (
        "agreed, in place of candidates 1 and 0, which break the repository's own tests"
    )
    seen = found.landing.regression
    assert seen is not None
    assert seen.state == "passed"
    assert [(one.slot, one.lost) for one in seen.tried] == [
        (1, ("tests.test_m::a",)),
        (0, ("tests.test_m::a",)),
        (2, ()),
    ]


async def test_three_distinct_candidates_are_tried_and_then_nothing_is_chosen(tmp_path: Path) -> None:
    shell = breaking(*BODIES)
    found = await landed(tmp_path, suite(shell))
    assert (found.outcome.chosen, found.changes, found.patch) == (None, (), b"")
    assert found.outcome.choice.reason == (
        "each of the 3 candidates tried breaks a test of the repository that passed before: tests.test_m::a"
    )
    assert [one.because for one in found.outcome.dropped] == ["nothing was chosen"]
    seen = found.landing.regression
    assert seen is not None
    assert (seen.state, [one.slot for one in seen.tried]) == ("regressed", [1, 0, 2])
    assert len(shell.runs) == 1 + 3 * 2, "each of them once more before it is given up"


async def test_equal_sources_are_tried_once_and_other_clusters_never(tmp_path: Path) -> None:
    shell = breaking(*BODIES)
    found = await landed(tmp_path, suite(shell), bodies=("n + n", "n + n", "2 * n", "n * 2"), tied=(0, 1))
    seen = found.landing.regression
    assert seen is not None
    assert [one.slot for one in seen.tried] == [1]
    assert found.outcome.choice.reason == "it breaks a test of the repository that passed before: tests.test_m::a"


async def test_a_reason_names_three_tests_at_most(tmp_path: Path) -> None:
    many = {f"t{n}": True for n in range(30)}

    def shows(module: str) -> Finished:
        return ran(**dict.fromkeys(many, "return" not in module))

    found = await landed(tmp_path, suite(FakeShell(shows)), tied=(1,))
    assert found.outcome.choice.reason == (
        "it breaks 30 tests of the repository that passed before: "
        "tests.test_m::t0, tests.test_m::t1, tests.test_m::t2, ..."
    )
    seen = found.landing.regression
    assert seen is not None
    assert (len(seen.tried[0].lost), seen.tried[0].count) == (20, 30)


async def test_a_test_that_fails_only_now_and_then_is_not_the_candidates_fault(tmp_path: Path) -> None:
    turns = iter([True, False, True])
    shell = FakeShell(lambda module: ran(a=next(turns), b=True))
    found = await landed(tmp_path, suite(shell))
    assert (found.outcome.choice.slot, len(shell.runs)) == (1, 3)


@pytest.mark.parametrize(
    ("before", "after", "because"),
    [
        (ran(a=True, b=True), ran(a=True), "breaks a test"),
        (ran(a=True, b=True), Finished(code=1), "leaves no report"),
        (ran(a=True, b=True), Finished(code=0, report=b"<garbled"), "leaves no report"),
        (ran(a=True, b=True), ran(why="it did not end within 900 seconds"), "did not end within 900 seconds"),
        (ran(a=True), ran(2, a=True), "ends with exit code 2, and ended with 0 before"),
        (Finished(code=0), Finished(code=5), "ends with exit code 5, and ended with 0 before"),
        (Finished(code=0), ran(why="it wrote too much output"), "too much output"),
    ],
    ids=["gone", "no report", "garbled", "late", "exit code beside a report", "exit code", "loud"],
)
async def test_what_else_is_worse_than_before_counts(
    tmp_path: Path, before: Finished, after: Finished, because: str
) -> None:
    shell = FakeShell(lambda module: after if "return" in module else before)
    found = await landed(tmp_path, suite(shell), tied=(1,))
    assert found.outcome.chosen is None
    assert because in found.outcome.choice.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ran(a=True, b=False), ran(a=True, b=False)),
        (ran(a=True, b=False), ran(a=True, b=True)),
        (ran(a=True), ran(a=True, new=True)),
        (ran(4, a=True), ran(4, a=True)),
        (Finished(code=0), Finished(code=0)),
        (Finished(code=0), ran(a=True)),
    ],
)
async def test_what_is_not_worse_than_before_does_not(tmp_path: Path, before: Finished, after: Finished) -> None:
    found = await landed(tmp_path, suite(FakeShell(lambda module: after if "return" in module else before)))
    assert found.outcome.choice.slot == 1
    assert found.landing.regression is not None
    assert found.landing.regression.state == "passed"


@pytest.mark.parametrize(
    ("before", "because"),
    [
        (Finished(code=4), "ended with exit code 4 before any candidate was in place, and left no report"),
        (ran(a=False), "no test passed before any candidate was in place"),
        (ran(why="it did not end within 900 seconds"), "was stopped before any candidate was in place"),
    ],
)
async def test_a_command_that_shows_nothing_before_decides_nothing(
    tmp_path: Path, before: Finished, because: str
) -> None:
    shell = FakeShell(lambda module: before)
    found = await landed(tmp_path, suite(shell))
    assert found.outcome.choice.slot == 1
    seen = found.landing.regression
    assert seen is not None
    assert seen.state == "unknown"
    assert because in seen.note
    assert len(shell.runs) == 1


async def test_without_a_jail_the_command_is_not_run_and_the_evidence_says_how_to_have_one(tmp_path: Path) -> None:
    found = await landed(tmp_path, Suite(command="pytest", jail=no_jail))
    assert found.outcome.choice.slot == 1
    seen = found.landing.regression
    assert seen is not None
    assert (seen.state, seen.note) == ("not-run", "bubblewrap is not installed. Install it.")


async def test_tests_of_a_file_that_a_landing_replaces_are_not_missed(tmp_path: Path) -> None:
    def shows(module: str) -> Finished:
        old = b'<testcase classname="tests.test_m_twice.TestOld" name="gone" />'
        report = junit(a=True).replace(b"<testsuite>", b"<testsuite>" + (b"" if "return" in module else old))
        return Finished(code=0, report=report)

    found = await landed(tmp_path, suite(FakeShell(shows)))
    assert found.outcome.choice.slot == 1


# -- the journal ------------------------------------------------------------------------------------------------------


async def test_what_was_seen_once_is_not_run_again(tmp_path: Path) -> None:
    shell = breaking("2 * n")
    site, _ = outcome_of(tmp_path)
    first = await landed(tmp_path, suite(shell), site=site)
    runs = len(shell.runs)
    again = await landed(tmp_path, suite(shell), site=site)
    assert again == first
    assert len(shell.runs) == runs


async def test_a_replay_needs_no_jail_and_no_unchanged_repository(tmp_path: Path) -> None:
    site, _ = outcome_of(tmp_path)
    facts = site.journal
    assert isinstance(facts, Remembered)
    first = await landed(tmp_path, suite(breaking("2 * n")), site=site)
    (tmp_path / "README").write_text("new")
    strict = replace(site, journal=Remembered(facts.known, strict=True))
    assert await landed(tmp_path, Suite(command="pytest -q", jail=no_jail), site=strict) == first


async def test_once_the_repository_has_changed_its_tests_are_run_again(tmp_path: Path) -> None:
    shell = breaking()
    site, _ = outcome_of(tmp_path)
    await landed(tmp_path, suite(shell), site=site)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_other.py").write_text("")
    await landed(tmp_path, suite(shell), site=site)
    assert len(shell.runs) == 4


async def test_once_there_is_a_jail_the_command_is_run_after_all(tmp_path: Path) -> None:
    site, _ = outcome_of(tmp_path)
    await landed(tmp_path, Suite(command="pytest -q", jail=no_jail), site=site)
    found = await landed(tmp_path, suite(breaking()), site=site)
    assert found.landing.regression is not None
    assert found.landing.regression.state == "passed"
