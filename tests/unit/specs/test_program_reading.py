"""Blocks of replies to programs, inputs and outputs."""

from __future__ import annotations

import pytest

from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.specs.program_reading import (
    CODE,
    TEXT,
    is_code,
    read_source,
    read_stdin,
    read_stdout,
    read_vote,
    split_stdin,
)

ECHO = "print(input())\n"


def why(found: object) -> str:
    assert isinstance(found, Unusable), found
    return found.why


# -- programs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "print(input())",
        "\n\nprint(input())\n\n\n",
        "print(input())\r\n",
        "   print(input())\n",
        "```python\nprint(input())\n```",
    ],
)
def test_a_program_has_nothing_blank_around_it_and_one_line_end_after_it(block: str) -> None:
    assert read_source(block) == ECHO


def test_what_stands_inside_a_program_stays_as_it_was_written() -> None:
    text = '# count\nn = int(input())   \n\n\n\ntext = """\n  a\n"""\nif n:\n\tprint(text)\n'
    assert read_source(text) == text


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("", "there is no code"),
        (" \n ", "there is no code"),
        ("print(", "does not compile"),
        ("return 1\nprint()", "does not compile: 'return' outside function"),
        ("print('\0')", "does not compile"),
        ("print('\ud800')", "does not compile"),
        ("0 1 1", "does not compile"),
        ("bab", "it calls nothing, so it prints nothing"),
        ("5", "it calls nothing"),
        ("def solve():\n    print(input())\n", "it defines functions and calls none of them"),
        ("class A:\n    def f(self):\n        print(1)\n", "it calls nothing"),
        ("f = lambda: print(1)\n", "it calls nothing"),
        ("x = " + "-" * 20_000 + "1\nprint(x)", "nested too deeply"),
        (ECHO + "#" * CODE, "longer than 64 KB"),
    ],
)
def test_a_block_that_is_no_program_is_unusable_and_says_why(block: str, said: str) -> None:
    assert said in why(read_source(block))


@pytest.mark.parametrize(
    "program",
    [
        "def main():\n    print(1)\n\n\nif __name__ == '__main__':\n    main()\n",
        "import sys\nsys.stdout.write('1')\n",
        "class A:\n    print(1)\n",
        "[print(x) for x in range(3)]\n",
        "from __future__ import annotations\nprint(1)\n",
    ],
)
def test_a_program_that_calls_something_when_it_starts_may_print(program: str) -> None:
    assert read_source(program) == program


def test_an_odd_escape_in_a_program_is_no_warning_of_ours() -> None:
    assert read_source("print('\\d')") == "print('\\d')\n"


# -- inputs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stdin"),
    [
        ("3\n1 2 3", "3\n1 2 3\n"),
        ("3\n1 2 3\n\n\n", "3\n1 2 3\n"),
        ("3\r\n1 2 3\r\n", "3\n1 2 3\n"),
        ("\n3\n", "\n3\n"),
        ("  a  b\t\n\n  c ", "  a  b\t\n\n  c \n"),
        ("# . #\n. # .\n", "# . #\n. # .\n"),
        ("((((((((" * 500, "((((((((" * 500 + "\n"),
    ],
)
def test_an_input_keeps_its_inner_whitespace_and_ends_with_one_line_end(text: str, stdin: str) -> None:
    assert read_stdin(text) == stdin


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no input"),
        (" \n\t\n", "no input"),
        ("1\x00", "control characters"),
        ("1\x1b[31m", "control characters"),
        ("1\ud800", "control characters"),
        ("1" * (TEXT + 1), "longer than 8 KB"),
        ("é" * (TEXT // 2 + 1), "longer than 8 KB"),
    ],
)
def test_an_input_that_cannot_be_one_is_unusable(text: str, said: str) -> None:
    assert said in why(read_stdin(text))


@pytest.mark.parametrize(
    ("block", "pieces"),
    [
        ("3\n1 2 3\n", ("3\n1 2 3\n",)),
        ("Input 1:\n3\n\nInput 2:\n4\n", ("3", "4")),
        ("Here you are:\n\nNew input 1:\n3\n1 2\n\nNew input 2:\n  4\n", ("3\n1 2", "  4")),
        ("# Test case 1:\n3\n# Test case 2:\n4\n", ("3", "4")),
        ("**Input:**\n3\n**Output:**\n6\n", ("3",)),
        ("3\n1 2 3\nExpected output:\n6\n", ("3\n1 2 3",)),
        ("Example:\n3\nAnswer:\n6\nExplanation:\nIt is 6.\n", ("3",)),
        ('a = """\n5\nba\n"""\n\nb = """3\n  x\n"""\n', ("5\nba\n", "3\n  x\n")),
        ("input1 = '''6\nbaabbb'''\ninput2 = '''10\nooo", ("6\nbaabbb",)),
        ("3\n\n3\n", ("3\n\n3\n",)),
        ("3\n1 2```", ("3\n1 2",)),
        ("Input:\n3\nInput:\n3\n", ("3",)),
        ("inputs and outputs\nnotes\n", ("inputs and outputs\nnotes\n",)),
        ("", ()),
    ],
)
def test_a_block_of_several_inputs_is_cut_at_labels_and_its_outputs_are_dropped(
    block: str, pieces: tuple[str, ...]
) -> None:
    assert split_stdin(block) == pieces


# -- outputs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stdout"),
    [
        ("0 1", "0 1"),
        ("0 1  \n2\t\n\n", "0 1\n2"),
        ("0 1\r\n2\r\n", "0 1\n2"),
        ("  *\n ***\n", "  *\n ***"),
        ("a\n\nb", "a\n\nb"),
    ],
)
def test_an_output_is_read_as_cells_compare_it(text: str, stdout: str) -> None:
    assert read_stdout(text) == Wanted(text=stdout)
    assert read_vote(text) == Wanted(text=stdout)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no output"), ("\n \n", "no output"), ("a\x07", "control"), ("a" * (TEXT + 1), "longer than 8 KB")],
)
def test_an_output_that_cannot_be_one_is_unusable(text: str, said: str) -> None:
    assert said in why(read_stdout(text))


@pytest.mark.parametrize(
    ("text", "stdout"),
    [
        ("`5`", "5"),
        ("**YES**", "YES"),
        ("5**", "5"),
        ("``0 1``", "0 1"),
        ("***", "***"),
        ("1\n2```", "1\n2"),
        ("* *", "* *"),
        ("`", "`"),
    ],
)
def test_emphasis_around_a_voted_output_is_no_part_of_it(text: str, stdout: str) -> None:
    assert read_vote(text) == Wanted(text=stdout)


def test_a_vote_for_an_exception_is_no_output_of_a_program() -> None:
    assert why(read_vote("raises ValueError")) == "a program raises nothing"
    assert read_vote("raises the roof") == Wanted(text="raises the roof")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("n = 50\na = [1, 2]\nprint(0)", True),
        ("import sys", True),
        ("print(3)", True),
        ("for i in range(3):\n    print(i)", True),
        ("3\n1 2 3", False),
        ("5", False),
        ("bab", False),
        ("-7\n-3", False),
        ("[1, 2]", False),
        ("YES", False),
        ("(" * 100_000, False),
    ],
)
def test_python_that_does_something_is_told_from_data_that_happens_to_parse(text: str, code: bool) -> None:
    assert is_code(text) is code
