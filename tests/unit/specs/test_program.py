"""A program's problem: its examples, and what its contract takes."""

from __future__ import annotations

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.method.job import Limits
from cosplay_action.method.ports import Contract, Unusable, Wanted
from cosplay_action.specs.issues.spec import IssueSpec
from cosplay_action.specs.program import ProgramContract, ProgramText, program_of, read_program
from cosplay_action.specs.program_text import ProgramExample


def example(stdin: str, stdout: str, line: int = 1) -> ProgramExample:
    return ProgramExample(stdin=stdin, stdout=stdout, line=line)


def text(*examples: ProgramExample, statement: str = "Double a number.", path: str = "double.py") -> ProgramText:
    return ProgramText(statement=statement, examples=examples, origin="double.md", path=path)


def contract(*examples: ProgramExample) -> Contract:
    return read_program(text(*examples)).contract


# -- the problem ------------------------------------------------------------------------------------------------------


def test_a_program_says_what_a_stub_says() -> None:
    program = read_program(text(example("2\n", "4\n", line=7)))
    assert (program.statement, program.origin, program.name) == ("Double a number.", "double.md", "double")
    (one,) = program.examples
    assert (one.input, one.wanted, one.line) == ("2\n", Wanted(text="4"), 7)
    assert program.unconverted == ()


def test_examples_are_read_as_inputs_and_outputs_are() -> None:
    (one,) = read_program(text(example("2\r\n 3  \n\n", "4  \n6\n\n"))).examples
    assert (one.input, one.wanted.text) == ("2\n 3  \n", "4\n6")


def test_a_program_that_reads_nothing_has_an_input_all_the_same() -> None:
    (one,) = read_program(text(example("", "hello\n"))).examples
    assert one.input == "\n"


def test_an_example_may_say_that_nothing_is_printed() -> None:
    (one,) = read_program(text(example("0\n", "\n"))).examples
    assert one.wanted == Wanted(text="")


def test_an_example_that_is_none_is_reported_and_never_dropped_in_silence() -> None:
    program = read_program(
        text(
            example("1\n", "2\n"), example("2\n", "\x07", line=4), example("\x00", "2", line=5),
            example("1\n", "3\n", line=6), example("1\n\n", "2\n", line=7),
        )
    )  # fmt: skip
    assert [one.input for one in program.examples] == ["1\n"]
    assert [(one.line, one.why) for one in program.unconverted] == [
        (4, "the output holds control characters"),
        (5, "the input holds control characters"),
        (6, "it contradicts an earlier example"),
    ]


def test_a_statement_that_says_nothing_is_no_problem() -> None:
    with pytest.raises(SpecError, match=r"double\.md does not say what the program should do"):
        read_program(text(example("1\n", "2\n"), statement=" \n"))


def test_a_program_without_a_file_still_has_a_name() -> None:
    assert read_program(text(path="")).name == "program"


def test_an_issue_that_shows_runs_of_a_program_is_one() -> None:
    runs = (example("1\n", "2\n"),)
    spec = IssueSpec(origin="issue #3", path="double.py", behaviour="Double it.", constraints="n < 9", program=runs)
    found = program_of(spec)
    assert (found.origin, found.path, found.examples) == ("issue #3", "double.py", runs)
    assert found.statement == "Double it.\n\nConstraints:\n\nn < 9"


@pytest.mark.parametrize(
    "other",
    [
        text(example("1\n", "2\n"), statement="Halve a number."),
        text(example("1\n", "2\n"), path="other.py"),
        text(example("1\n", "3\n")),
    ],
)
def test_another_statement_file_or_example_is_another_problem(other: ProgramText) -> None:
    one = read_program(text(example("1\n", "2\n"))).contract.fingerprint
    assert one == read_program(text(example("1\n", "2\n"))).contract.fingerprint
    assert one != read_program(other).contract.fingerprint


# -- its contract -----------------------------------------------------------------------------------------------------


def test_a_program_runs_on_each_input_under_its_limits() -> None:
    limits = Limits(seconds=3, memory=1, output=2)
    made = read_program(text(), limits).contract.job("print(input())\n", ["1\n", "2\n"])
    assert (made.kind, made.candidate, made.inputs, made.limits) == (
        "program", "print(input())\n", ("1\n", "2\n"), limits,
    )  # fmt: skip
    assert made.key != read_program(text(), limits).contract.job("print(input() )\n", ["1\n"]).key


def test_expected_outputs_are_texts_that_need_no_candidate() -> None:
    made = contract().job(None, ["4"])
    assert (made.kind, made.candidate) == ("program", None)


def test_an_input_that_repeats_an_example_is_not_taken() -> None:
    known = contract(example("1 2\n", "3\n"))
    assert known.read_input("1 2\n\n") == Unusable(why="it repeats an example")
    assert known.read_input("1  2\n") == "1  2\n"


NUMBERS = (example("2\n1 -2\n", "1\n"), example("1\n+5\n", "5\n"))
WORDS = (example("add 1\n", "1\n"), example("2\nadd\n", "2\n"))


@pytest.mark.parametrize("text", ["Here it is:\n1\n2\n", "2\n1.5\n", "2\n1,2\n", "2\na\n"])
def test_where_all_examples_hold_whole_numbers_an_input_does(text: str) -> None:
    assert contract(*NUMBERS).read_input(text) == Unusable(why="it holds more than whole numbers, and no example does")
    assert contract(NUMBERS[0]).read_input(text) == text, "one example does not show it"
    assert contract(*WORDS).read_input(text) == text


def test_three_examples_or_two_of_one_line_show_how_many_lines_an_input_has() -> None:
    why = "it has more or fewer lines than every example"
    three = contract(*NUMBERS, example("3\n3\n", "3\n"))
    assert three.read_input("3\n1\n2\n") == Unusable(why=why)
    assert three.read_input("3\n1 2 3\n") == "3\n1 2 3\n"
    lines = contract(example("a b\n", "b\n"), example("c\n", "c\n"))
    assert lines.read_input("a\nb\n") == Unusable(why=why)
    assert contract(*WORDS[:1], *NUMBERS).read_input("3\n1\n2\n") == "3\n1\n2\n", "they differ themselves"


def test_a_strict_input_has_as_many_lines_as_all_examples_have() -> None:
    assert contract(*NUMBERS).read_input("3\n1\n2\n") == "3\n1\n2\n"
    found = contract(*NUMBERS).read_input("3\n1\n2\n", strict=True)
    assert found == Unusable(why="it has more or fewer lines than every example")
    assert contract(*NUMBERS).read_input("3\n1 2 3\n", strict=True) == "3\n1 2 3\n"
    assert contract(*WORDS).read_input("3\n1\n2\n", strict=True) == "3\n1\n2\n"
    assert contract(NUMBERS[0]).read_input("3\n", strict=True) == "3\n"


@pytest.mark.parametrize("strict", [True, False])
def test_python_is_no_input_unless_an_example_is_python(strict: bool) -> None:
    assert contract(example("1\n", "2\n")).read_input("n = 5\nprint(n)", strict=strict) == Unusable(
        why="it is Python and no input"
    )
    assert contract(example("x = 1\n", "1\n")).read_input("n = 5\nprint(n)", strict=strict) == "n = 5\nprint(n)\n"


def test_python_is_no_output_unless_an_example_prints_python() -> None:
    assert contract(example("1\n", "2\n")).read_expected("print(2)") == Unusable(why="it is Python and no output")
    assert contract(example("1\n", "print(2)\n")).read_expected("print(3)") == Wanted(text="print(3)")


def test_a_block_with_labels_is_several_inputs() -> None:
    known = contract()
    pieces = [known.read_input(piece) for piece in known.split_inputs("Input 1:\n1\n2\n\nInput 2:\n3\n")]
    assert pieces == ["1\n2\n", "3\n"]


def test_no_exception_of_a_program_is_a_value() -> None:
    named = ProgramContract(statement="Raise ValueError for 0.")
    assert not named.statement_names("ValueError")
