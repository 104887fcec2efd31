"""What a stub leaves open."""

from __future__ import annotations

import ast

import pytest

from cosplay_action.specs.flaws import stub_flaws
from cosplay_action.specs.nodes import walk

DOCUMENT = '"""Return the larger one."""'


def flaws(text: str) -> list[tuple[int, str]]:
    """Line and sentence of each flaw of the first function of a text."""
    name, node = next(walk(ast.parse(text).body, ""))
    return [(flaw.line, flaw.what) for flaw in stub_flaws(node, name)]


WHOLE = {
    "a function": f"def f(a: int, *b: str, c: 'int | None' = None, **d: list[int]) -> int:\n    {DOCUMENT}\n",
    "without parameters": f"def f() -> None:\n    {DOCUMENT}\n",
    "a method": f"class A:\n    def f(self, a: int) -> int:\n        {DOCUMENT}\n",
    "a class method": f"class A:\n    @classmethod\n    def f(cls, a: int) -> int:\n        {DOCUMENT}\n",
    "a static method": f"class A:\n    @staticmethod\n    def f(a: int) -> int:\n        {DOCUMENT}\n",
    "a property": f"class A:\n    @property\n    def f(self) -> int:\n        {DOCUMENT}\n",
    "a coroutine": f"async def f(a: int) -> int:\n    {DOCUMENT}\n",
    "another alphabet": 'def f(a: int) -> int:\n    """\N{GREEK SMALL LETTER MU}\N{GREEK SMALL LETTER EPSILON}."""\n',
    "doctests that print, set up, raise and await": (
        'def f(a: int) -> int:\n    """Return it.\n\n    >>> x = 1\n    >>> print(f(x))\n    1\n    >>> f(-1)\n'
        '    Traceback (most recent call last):\n    ValueError: no\n    >>> await g(x)\n    2\n    """\n'
    ),
    "a call twice with the same value": (
        'def f(a: int) -> int:\n    """Return it.\n\n    >>> f(1)\n    2\n    >>> f( 1)\n    2\n    """\n'
    ),
    "a call of what changes in between": (
        'def f(a: list) -> int:\n    """Return it.\n\n    >>> f(x)\n    2\n    >>> f(x)\n    3\n    """\n'
    ),
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_a_typed_stub_that_says_what_it_does_has_no_flaw(text: str) -> None:
    assert flaws(text) == []


def test_every_parameter_without_a_type_is_named_and_what_is_returned_too() -> None:
    found = flaws(f"def f(a, /, b, *c,\n      d=1, **e):\n    {DOCUMENT}\n")
    assert found == [
        (1, "The parameter `a` has no type."),
        (1, "The parameter `b` has no type."),
        (1, "The parameter `c` has no type."),
        (2, "The parameter `d` has no type."),
        (2, "The parameter `e` has no type."),
        (1, "What it returns has no type."),
    ]


def test_a_static_method_has_no_self_to_leave_out() -> None:
    text = f"class A:\n    @staticmethod\n    def f(a) -> int:\n        {DOCUMENT}\n"
    assert flaws(text) == [(3, "The parameter `a` has no type.")]


def test_a_function_named_like_a_method_has_no_self_either() -> None:
    assert flaws(f"def f(self) -> int:\n    {DOCUMENT}\n") == [(1, "The parameter `self` has no type.")]


def test_a_type_in_quotes_must_be_python() -> None:
    found = flaws(f"def f(a: 'list[') -> 'int int':\n    {DOCUMENT}\n")
    assert [what for _, what in found] == [
        "The type of the parameter `a` is no Python.", "The type of what it returns is no Python."
    ]  # fmt: skip


SAYS_NOTHING = {
    "none": ("...", "It has no docstring."),
    "blank": ('"""   """', "It has no docstring."),
    "its name": ('"""Merge intervals."""', "Its docstring says no more than its name."),
    "its name in other words": ('"""This function merges the interval."""', "no more than its name"),
    "to do": ('"""TODO: implement."""', "no more than its name"),
    "examples alone": ('"""\n    >>> merge_intervals([])\n    []\n    """', "nothing but examples"),
    "an example in a line": ('"""Example: merge_intervals([]) -> []"""', "nothing but examples"),
}


@pytest.mark.parametrize("case", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_a_docstring_that_does_not_say_what_the_function_does_is_a_flaw(case: tuple[str, str]) -> None:
    body, what = case
    ((_, said),) = flaws(f"def merge_intervals(a: list[int]) -> list[int]:\n    {body}\n")
    assert what in said


def test_the_names_of_the_classes_around_a_method_say_nothing_either() -> None:
    text = 'class RingBuffer:\n    def push(self, x: int) -> None:\n        """Push of the ring buffer."""\n'
    assert flaws(text) == [(3, "Its docstring says no more than its name.")]


EXAMPLES = {
    "no blank behind the prompt": (">>>f(1)", 4, "Its doctests cannot be read"),
    "another indentation": (">>> f(1)\n  2", 5, "Its doctests cannot be read"),
    "no Python": (">>> f(1", 4, "The example `f(1` is no Python."),
    "another value for the same call": (">>> f(1)\n    2\n    >>> f(1)\n    3", 6, "contradicts that of line 4"),
    "a value where there was an error": (
        ">>> f(1)\n    Traceback (most recent call last):\n    ValueError: no\n    >>> f(1)\n    3", 7, "contradicts"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", EXAMPLES.values(), ids=EXAMPLES)
def test_an_example_that_cannot_be_one_is_told_with_its_line(case: tuple[str, int, str]) -> None:
    example, line, what = case
    ((found, said),) = flaws(f'def f(a: int) -> int:\n    """Return the next.\n\n    {example}\n    """\n')
    assert (found, what in said) == (line, True), said


def test_a_line_that_is_escaped_in_the_text_is_no_line_beyond_the_docstring() -> None:
    ((line, _),) = flaws("def f(a: int) -> int:\n    'Return it.\\n\\n\\n\\n>>> f(\\n'\n")
    assert line == 2


def test_all_flaws_come_at_once() -> None:
    assert len(flaws('def f(a):\n    """\n    >>> f(\n    """\n')) == 4
