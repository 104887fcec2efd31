"""Examples in docstrings."""

from __future__ import annotations

import textwrap

import pytest

from cosplay_action.specs.doctests import ExampleText, Unconverted, read_examples, strip_examples
from tests.support.stubs import shared_target


def read(docstring: str, head: str = "def f(x, y=1):") -> tuple[list[tuple[str, str]], list[Unconverted]]:
    """The (input, expected) pairs of a function's docstring, and what was left over."""
    body = textwrap.indent(f'r"""{docstring}"""', "    ")
    found, left = read_examples(shared_target(f"{head}\n{body}\n", head.split("(", maxsplit=1)[0].removeprefix("def ")))
    return [(e.input, e.wanted.text) for e in found], list(left)


def test_doctests_with_continuations_setup_and_tracebacks_are_examples() -> None:
    found, left = read(
        """Do it.

        >>> f([1, 2])
        [1, 2]
        >>> f([1,
        ...    2], y=2)
        'a'
        >>> xs = [3]
        >>> other = 1
        >>> f(xs)
        {'k': [1,
         2]}
        >>> f(None)
        Traceback (most recent call last):
            ...
        ValueError: no: thing
        >>> f(4) == 5
        True
        """
    )
    assert found == [
        ("f([1, 2])", "[1, 2]"),
        ("f([1, 2], y=2)", "'a'"),
        ("xs = [3]\nf(xs)", "{'k': [1, 2]}"),
        ("f(None)", "raises ValueError"),
        ("f(4)", "5"),
    ]
    assert left == []


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (">>> f(1)  # doctest: +ELLIPSIS\n[1, ...]", "abbreviated"),
        (">>> print(f(1))\n1", "printed"),
        (">>> f(1)\n<Thing at 0x1>", "abbreviated or printed"),
        (">>> f(1)  # doctest: +SKIP\n1", "skipped"),
        (">>> len(f(1)) > 1\nTrue", "property of the result"),
        (">>> f(1, 2, 3)\n1", "too many"),
        (">>> g(1)\n1", "does not call f"),
        (">>> f(open('x'))\n1", "not allowed"),
        (">>> for i in f(1): print(i)\n1", "single expression"),
        ("f(1) => the thing", "no literal"),
        (">>> f(1)\n1\n>>> f(1)\n2", "contradicts"),
    ],
)
def test_an_example_that_cannot_be_converted_is_reported_with_the_reason(example: str, said: str) -> None:
    _, left = read(f"Do it.\n\n{example}\n")
    assert [said in one.why for one in left] == [True]
    assert left[0].text


def test_state_accumulates_over_the_lines_of_a_method() -> None:
    text = '''
class Stack:
    def __init__(self, items): self.items = items
    def pop(self):
        """
        >>> s = Stack([1, 2])
        >>> t = Stack([])
        >>> s.pop()
        2
        >>> s.pop()
        1
        >>> t.pop()
        Traceback (most recent call last):
        IndexError
        """
'''
    found, left = read_examples(shared_target(text, "Stack.pop"))
    assert [e.input for e in found] == [
        "s = Stack([1, 2])\ns.pop()",
        "s = Stack([1, 2])\ns.pop()\ns.pop()",
        "t = Stack([])\nt.pop()",
    ]
    assert left == ()


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("f([1, 2]) => 3", ("f([1, 2])", "3")),
        ("f([1, 2]) ➞ 'a'", ("f([1, 2])", "'a'")),
        ("f('a->b') -> [1]", ("f('a->b')", "[1]")),
        ("- `f(1)` == True.", ("f(1)", "True")),
        ("For example, f(1) returns {1: 2}", ("f(1)", "{1: 2}")),
        ("assert f(1, y=2) == None", ("f(1, y=2)", "None")),
        ("f(-1) raises ValueError", ("f(-1)", "raises ValueError")),
    ],
)
def test_example_lines_outside_of_doctests_are_recognised(line: str, pair: tuple[str, str]) -> None:
    assert read(f"Do it.\n\n{line}\n") == ([pair], [])


@pytest.mark.parametrize("line", ["f(x: int) -> int", "f(x) is pure", "calls f() often", "g(1) == 2", "half(1) == 2"])
def test_ordinary_sentences_are_no_examples(line: str) -> None:
    assert read(f"Do it.\n\n{line}\n") == ([], [])


def test_examples_know_their_line() -> None:
    target = shared_target('def f(x):\n    """A.\n\n    >>> f(1)\n    2\n    """\n', "f")
    assert [e.line for e in read_examples(target)[0]] == [3]
    assert isinstance(read_examples(target)[0][0], ExampleText)


def test_stripping_keeps_every_other_sentence() -> None:
    docstring = (
        "Do f(x) well.\n\nKeep this.\n\nExamples:\n--------\n>>> f(1)\n2\n>>> f(2)\n[1,\n 2]\n\nKeep that.\n"
        "f([1]) => 3\nIt is short, e.g. f(2) == 4\n\nRaises:\n    ValueError: for f(0).\n"
    )
    assert strip_examples(docstring, "f") == (
        "Do f(x) well.\n\nKeep this.\n\nKeep that.\n\nIt is short,\n\nRaises:\n    ValueError: for f(0)."
    )


@pytest.mark.parametrize("given", ["0x" + "f" * 5000, "[" * 400 + "]" * 400])
def test_a_huge_number_or_deep_nesting_is_no_example_and_no_crash(given: str) -> None:
    found, left = read(f"Do it.\n\nf({given}) -> 1\n")
    assert found == []
    assert all("too large or nested too deeply" in one.why or one.why for one in left)


@pytest.mark.parametrize("line", ["f(9 -> 3", "- f(9, [1, 2] => 3", "f(x=1 == 3"])
def test_a_line_whose_call_is_not_closed_is_told(line: str) -> None:
    found, left = read(f"Do it.\n\n{line}\n")
    assert found == []
    assert [(one.line, one.why) for one in left] == [(3, "its call is no Python")]


@pytest.mark.parametrize(
    "line", ["f(x: int -> int", "f(callback: (int) -> int) calls it.", "See f( -> nothing.", "f(1, 2"]
)
def test_sentences_with_a_bracket_and_an_arrow_are_no_examples(line: str) -> None:
    assert read(f"Do it.\n\n{line}\n") == ([], [])
