"""Scores: candidates against the hidden tests, tests against the reference, in real cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.evaluation.desk import Bench, problem_of, sandbox_at
from benchmarks.evaluation.results import key_of_code
from benchmarks.evaluation.scoring import Reference, Scores, close
from benchmarks.evaluation.tasks import Task, read_tasks
from benchmarks.evaluation.truth import Truth, read_truths
from cosplay_action.method.domain import Expected, UnitTest
from cosplay_action.method.values import Value, stdout_value

HEAD = "def double(number: int) -> int:\n"


def unit(given: str, value: Value | None, raises: str = "") -> UnitTest:
    return UnitTest(input=given, expected=Expected(text="x", value=value, raises=raises), origin="random")


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ("    return number * 2", True),
        ("    return number + number", True),
        ("    return number + 2", False),
        ("    return number * 2 if number < 30 else 0", False),  # wrong on few inputs, late ones
        ("    return number * 2 if number >= 0 else 1 / 0", True),  # no hidden input is negative
        ("    return number * 2 if number != 39 else 1 / 0", False),
        ("    return str(number * 2)", False),
        ("    while True: pass", False),
    ],
)
async def test_a_candidate_is_right_when_it_is_on_every_hidden_input(
    data: Path, bench: Bench, tmp_path: Path, body: str, right: bool
) -> None:
    task = read_tasks(data)[0]
    problem = problem_of(task, tmp_path / "r")
    source = problem.contract.read_candidate(HEAD + body)
    assert isinstance(source, str)
    async with sandbox_at(bench, tmp_path / "r") as box:
        assert box is not None
        assert await Reference(read_truths(data)[task.name], problem, box.sandbox).right(source) is right


async def test_a_test_is_right_when_the_reference_meets_it(data: Path, bench: Bench, tmp_path: Path) -> None:
    task = read_tasks(data)[0]
    problem = problem_of(task, tmp_path / "r")
    tests = [
        unit("double(4)", Value("int", 8)), unit("double(4)", Value("int", 6)),
        unit("double('a')", Value("str", "aa")), unit("double(None)", None, "TypeError"),
    ]  # fmt: skip
    async with sandbox_at(bench, tmp_path / "r") as box:
        assert box is not None
        reference = Reference(read_truths(data)[task.name], problem, box.sandbox)
        told = await reference.holds(tests)
    assert told == [True, False, True, True]


async def test_a_programs_tests_are_right_by_a_program_that_solves_it_and_unknown_without_one(
    bench: Bench, tmp_path: Path
) -> None:
    task = Task(name="p", kind="program", text="Add the two numbers.", examples=(("1 2\n", "3\n"),))
    problem = problem_of(task, tmp_path / "r")
    truth = Truth(name="p", inputs=("1 2\n", "20 22\n"), outputs=("3\n", "42"))
    right, wrong = "print(sum(map(int, input().split())))\n", "print(3)\n"
    tests = [unit("5 6\n", stdout_value("11\n")), unit("5 6\n", stdout_value("12\n"))]
    async with sandbox_at(bench, tmp_path / "r") as box:
        assert box is not None
        reference = Reference(truth, problem, box.sandbox)
        assert [await reference.right(source) for source in (right, wrong)] == [True, False]
        assert await reference.holds(tests) == [None, None]
        assert await reference.holds(tests, right) == [True, False]


def test_the_tolerance_of_a_data_set_reaches_into_containers_and_no_further() -> None:
    def pair(number: float) -> Value:
        return Value("list", items=(Value("float", number), Value("str", "x")))

    assert close(pair(1.0), pair(1.005), 0.01)
    assert not close(pair(1.0), pair(1.05), 0.01)
    assert not close(pair(1.0), pair(1.005), 0.0)
    assert not close(Value("list", items=()), Value("list", items=(Value("int", 1),)), 0.01)
    assert not close(Value("str", "1"), Value("str", "2"), 5.0)


def test_scores_come_back_as_they_were_written(tmp_path: Path) -> None:
    known = Scores(codes={key_of_code("a"): True}, tests={"t": None})
    known.write(tmp_path / "s.json")
    assert Scores.read(tmp_path / "s.json") == known
    assert Scores.read(tmp_path / "none.json") == Scores()
