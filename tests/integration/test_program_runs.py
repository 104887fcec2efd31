"""A program from its spec to its files: all stages over a real sandbox, and the files under a real pytest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cosplay_action.method.context import Context
from cosplay_action.method.craft import as_expected
from cosplay_action.method.domain import Expected, KeptTest, Outcome, Problem, UnitTest
from cosplay_action.method.events import Event, WasRead
from cosplay_action.method.job import Limits
from cosplay_action.method.numbers import Numbers
from cosplay_action.method.ports import Ask
from cosplay_action.method.solve import solve
from cosplay_action.method.values import stdout_value
from cosplay_action.sandbox.checking import Checks
from cosplay_action.sandbox.workers import WorkerSandbox
from cosplay_action.specs.check import CheckResult, run_test_file
from cosplay_action.specs.issue import read_issue
from cosplay_action.specs.program import Program, program_of, read_program
from cosplay_action.specs.program_files import program_files
from cosplay_action.specs.program_place import program_target
from cosplay_action.testing.scripted import ScriptedModel
from tests.support.sandboxes import sandbox_at

SPEC = Path(__file__).parents[2] / "examples" / "programs" / "line_sums.md"
RIGHT = """\
count = int(input())
sums = [sum(map(int, input().split())) for _ in range(count)]
print(*sums, sep="\\n")
print(max(sums))
"""
AT_LEAST_ZERO = RIGHT.replace("max(sums)", "max([0, *sums])")  # wrong where every sum is negative
STRICT = RIGHT.replace("print(*", 'assert min(sums) >= 0, "negative"\nprint(*')
SLOW = "while True:\n    pass\nprint()\n"
INPUTS = (
    "2\n1 2\n3\n",
    "1\n5\n",
    "3\n1 2 3\n4 5 6\n7 8 9\n",
    "2\n0 0\n0\n",
    "4\n1\n2\n3\n4\n",
    "1\n10 -3\n",
    "2\n7\n8\n",
)
NEGATIVE = "2\n-1 -2\n-5\n"


def truth(stdin: str) -> str:
    count, *rest = stdin.split("\n")
    sums = [sum(map(int, line.split())) for line in rest[: int(count)]]
    return "\n".join(map(str, [*sums, max(sums)]))


def block(text: str) -> str:
    return f"```\n{text.rstrip()}\n```"


class Writer:
    """A script: candidates by slot, the true output in every vote."""

    def __init__(self, *programs: str) -> None:
        self.programs = programs
        self.given = 0

    def __call__(self, ask: Ask, k: int) -> str:
        return getattr(self, ask.place.role, self.ideas)(ask)

    def ideas(self, ask: Ask) -> str:
        return "\n".join(f"{n}. {ask.place.role} {ask.place.step} {ask.place.slot} {n}" for n in range(1, 4))

    def candidate(self, ask: Ask) -> str:
        return f"```python\n{self.programs[ask.place.slot % len(self.programs)]}```\nFor example:\n```\n5\n```"

    def repair(self, ask: Ask) -> str:
        return f"```python\n{RIGHT}```"

    def inputs(self, ask: Ask) -> str:
        self.given += 1
        if "New input 1" not in ask.prompt:
            return block(f"2\n-{self.given} -2\n-5\n")
        texts = [f"1\n{self.given} {self.given}\n", *INPUTS[self.given % 2 :: 2]]
        return "\n".join(f"New input {n}:\n{block(text)}" for n, text in enumerate(texts, start=1))

    def vote(self, ask: Ask) -> str:
        stdin = ask.prompt.rpartition("this input?\n\n```\n")[2].partition("\n```")[0]
        return f"Each line is summed.\nAnswer:\n{block(truth(stdin))}"


def read_spec(seconds: float = 2.0) -> Program:
    return read_program(program_of(read_issue(SPEC.read_text("utf-8"), SPEC.name)), Limits(seconds=seconds))


async def problem_of(program: Program, sandbox: WorkerSandbox) -> Problem:
    seen = await sandbox.run(program.contract.job(None, [one.wanted.text for one in program.examples]))
    known = [as_expected(one.wanted, gives) for one, gives in zip(program.examples, seen, strict=True)]
    examples = tuple(
        UnitTest(input=one.input, expected=value, origin="example")
        for one, value in zip(program.examples, known, strict=True)
        if isinstance(value, Expected)
    )
    return Problem(
        statement=program.statement, contract=program.contract, examples=examples, origin=program.origin
    )  # fmt: skip


async def played(
    level: str, root: Path, script: Writer, seen: Callable[[Event], None] = lambda _: None, *, seconds: float = 2.0,
    **numbers: int,
) -> Outcome:  # fmt: skip
    sandbox = sandbox_at(level, root)
    try:
        problem = await problem_of(read_spec(seconds), sandbox)
        few = {"candidates": 4, "tests": 4, "rounds": 1, "probes": 6, **numbers}
        model = ScriptedModel(script)
        ctx = Context(problem=problem, model=model, sandbox=sandbox, numbers=Numbers(**few), observe=seen)  # type: ignore[arg-type]
        return await solve(ctx)
    finally:
        await sandbox.aclose()


# -- all stages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["A", "B", "D"])
async def test_a_program_is_chosen_with_its_kept_tests(tmp_path: Path, level: str) -> None:
    outcome = await played(level, tmp_path, Writer(RIGHT, AT_LEAST_ZERO, RIGHT, STRICT))
    assert outcome.status == "chosen", outcome.choice.reason
    assert outcome.chosen is not None
    assert outcome.chosen.source == RIGHT
    kept = {one.test.input: one.test.expected.text for one in outcome.kept if one.test.expected}
    assert all(truth(stdin) == stdout for stdin, stdout in kept.items())
    assert kept.keys() >= {one.input for one in read_spec().examples}
    assert any(stdin.startswith("2\n-") for stdin in kept)


async def test_every_reply_in_the_form_that_was_asked_for_can_be_used(tmp_path: Path) -> None:
    events: list[Event] = []
    await played("D", tmp_path, Writer(RIGHT, AT_LEAST_ZERO), events.append)
    read = [event for event in events if isinstance(event, WasRead)]
    assert {event.role for event in read} == {"hints", "plans", "candidate", "repair", "attack", "inputs", "vote"}
    assert [event for event in read if not event.usable] == []


async def test_programs_that_read_the_spec_in_two_ways_are_told_apart_by_an_input(tmp_path: Path) -> None:
    class Alone(Writer):
        def inputs(self, ask: Ask) -> str:  # no test is about negative sums, only a probe
            if ask.place.stage == "select":
                return block(NEGATIVE)
            return "" if "New input 1" not in ask.prompt else super().inputs(ask)

    outcome = await played("D", tmp_path, Alone(RIGHT, AT_LEAST_ZERO, RIGHT, RIGHT), rounds=0)
    assert outcome.status == "chosen"
    (found,) = outcome.differences
    assert found.input == NEGATIVE
    assert [found.chosen_gives.value, found.rival_gives.value] == [
        stdout_value("-3\n-5\n-3"),
        stdout_value("-3\n-5\n0"),
    ]


async def test_a_program_that_crashes_or_hangs_fails_its_tests_and_the_others_go_on(tmp_path: Path) -> None:
    script = Writer(RIGHT, STRICT, SLOW, RIGHT)
    outcome = await played("D", tmp_path, script, seconds=0.2, rounds=0, tests=2, probes=2)
    column = next(at for at, test in enumerate(outcome.matrix.tests) if test.input.startswith("2\n-"))
    row = [seen[column] for seen in outcome.matrix.observations]
    assert [seen.status for seen in row] == ["returned", "exited", "timed_out", "returned"]
    assert row[1].detail.endswith("AssertionError: negative")
    assert [row[column] for row in outcome.matrix.passes] == [True, False, False, True]


# -- its files --------------------------------------------------------------------------------------------------------


def kept(*inputs: str, gives: Callable[[str], str] = truth) -> list[KeptTest]:
    tests = [
        UnitTest(input=one, expected=Expected(text=gives(one), value=stdout_value(gives(one))), origin="attack")
        for one in inputs
    ]
    return [KeptTest(test=test, support=1.0) for test in tests]


def landed(root: Path, program: str, tests: Sequence[KeptTest]) -> dict[str, bytes]:
    """The files of a landing, written to the repository."""
    files = program_files(program_target(root, read_spec()), program, tests)
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return files


def pytest_says(root: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_files_of_a_landing_pass_under_pytest_alone(tmp_path: Path) -> None:
    landed(tmp_path, RIGHT, kept(*INPUTS, NEGATIVE))
    assert f"{len(INPUTS) + 1} passed" in pytest_says(tmp_path)


def test_a_program_that_was_spoilt_since_fails_the_cases_it_gets_wrong(tmp_path: Path) -> None:
    landed(tmp_path, RIGHT, kept(*INPUTS, NEGATIVE))
    (tmp_path / "line_sums.py").write_text(AT_LEAST_ZERO)
    said = pytest_says(tmp_path)
    assert f"1 failed, {len(INPUTS)} passed" in said
    assert f"test_line_sums[{len(INPUTS) + 1:02}]" in said


def test_a_program_that_crashes_fails_with_what_it_said(tmp_path: Path) -> None:
    landed(tmp_path, STRICT, kept(NEGATIVE))
    said = pytest_says(tmp_path)
    assert "1 failed" in said
    assert "AssertionError: negative" in said


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    files = landed(tmp_path, SLOW, kept(NEGATIVE))
    (runner,) = [path for path in files if path.endswith("test_line_sums.py")]
    (tmp_path / runner).write_text(files[runner].decode().replace("SECONDS = 10", "SECONDS = 1"))
    assert "1 failed" in pytest_says(tmp_path)


def test_blanks_at_line_ends_do_not_count_and_letters_of_all_alphabets_survive(tmp_path: Path) -> None:
    program = "for line in open(0, encoding='utf-8'):\n    print(line.rstrip('\\n') + '  ')\nprint()\n"
    landed(tmp_path, program, kept("  é 漢\n\n 🙂\n", gives=str.strip) + kept("a\n", gives=str.strip))
    said = pytest_says(tmp_path)
    assert "1 failed, 1 passed" in said, "leading blanks do count"
    assert "test_line_sums[01]" in said


def test_data_of_an_earlier_landing_is_not_run(tmp_path: Path) -> None:
    landed(tmp_path, RIGHT, kept(*INPUTS))
    data = tmp_path / "tests/line_sums/data"
    (data / "note.in").write_text("a person's own")
    landed(tmp_path, AT_LEAST_ZERO, kept(INPUTS[0]))
    assert {file.name for file in data.iterdir() if file.read_bytes()} == {"01.in", "01.out", "note.in"}
    (data / "02.out").write_text("nonsense")
    assert "1 passed" in pytest_says(tmp_path)


async def checked(root: Path, level: str, program: str) -> CheckResult:
    target = program_target(root, read_spec())
    files = program_files(target, program, kept(*INPUTS, NEGATIVE))
    checker = Checks(level=level, python=Path(sys.executable), home=root)
    return await run_test_file(root, files, target.test_path, checker=checker, seconds=100)


@pytest.mark.parametrize("level", ["A", "D"])
async def test_the_files_are_run_before_they_ship_as_far_as_the_level_allows(tmp_path: Path, level: str) -> None:
    await sandbox_at(level, tmp_path).aclose()  # skips where there is no such level
    result = await checked(tmp_path, level, RIGHT)
    assert (result.said, result.ok) == (f"{len(INPUTS) + 1} passed", True)
    result = await checked(tmp_path, level, AT_LEAST_ZERO)
    assert result.said == f"1 failed, {len(INPUTS)} passed"
    assert result.failed[0][0] == f"test_line_sums[{len(INPUTS) + 1:02}]"


async def test_where_no_process_may_start_the_files_cannot_be_run(tmp_path: Path) -> None:
    await sandbox_at("B", tmp_path).aclose()
    result = await checked(tmp_path, "B", RIGHT)
    assert not result.passed
    assert {why for _, why in result.failed} == {"PermissionError: [Errno 1] Operation not permitted"}
