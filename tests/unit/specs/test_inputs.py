"""Test inputs: what is taken, what is taken off, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.specs.inputs import read_input, split_inputs
from tests.support.stubs import shared_target, target_of, why

MODULE = """
import os, subprocess
import datetime as dt
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Literal, Optional, TYPE_CHECKING
if TYPE_CHECKING:
    from fractions import Fraction

class Color(Enum):
    RED = 1

def helper(a): return a
LIMIT = 3

def f(xs: list[int], k: "Optional[int]" = 3, *, mode: Literal["a", "b"] = "a", key=None): ...

class Stack:
    def __init__(self, items=()): self.items = list(items)
    def push(self, x: int) -> None: ...
    def pop(self): ...
    @property
    def size(self): ...
    @classmethod
    def of(cls, *xs, sep=None): ...
    @staticmethod
    def at(i: float, /): ...
    def __eq__(self, other): ...

async def later(x): ...
def sort(xs: list) -> None: ...
"""
F = shared_target(MODULE, "f")


@pytest.mark.parametrize(
    "text",
    [
        "f([1, 2])", "f( [1,2] )", "`f([1, 2])`", "```python\nf([1, 2])\n```", ">>> f([1, 2])", ">>> f([1, 2])\n[1]",
        "f([1, 2])  # edge", "# edge\nf([1, 2])", "assert f([1, 2]) == [1]", "f([1, 2]) == [1]", "[1] == f([1, 2])",
        "assert not f([1, 2])", "print(f([1, 2]))", "result = f([1, 2])", "result = f([1, 2])\nprint(result)",
        "result = f([1, 2])\nassert result == 3, 'no'", "Input: f([1, 2])", "Test input 2: `f([1, 2])`",
        "1. f([1, 2])", "2) `f([1, 2])`", "- f([1, 2])", "* f([1, 2])", "**Input:** f([1, 2])", "await f([1, 2])",
        "asyncio.run(f([1, 2]))", "from m import f\nf([1, 2])",
        "import os\nexpected = [1]\nassert f([1, 2]) == expected",
        "with pytest.raises(ValueError):\n    f([1, 2])", "def test_it():\n    assert f([1, 2]) == 1", "  f([1, 2])  ",
        "f([1, 2]) is None",
    ],
)  # fmt: skip
def test_noise_around_a_call_is_taken_off(text: str) -> None:
    assert read_input(text, F) == "f([1, 2])"


@pytest.mark.parametrize(
    "text",
    [
        "f([1], 2, mode='b')", "f([x * 2 for x in range(3)])", "f(sorted([3, 1], key=lambda v: -v))",
        "f([Decimal('1.5')])", "f([dt.date(2020, 1, 1)])", "f([Color.RED])", "f([LIMIT, helper(2)])", "f([10 ** 6])",
        "f(['a' * 1000])", "f([0] * 1000)", "f([float('nan'), float('-inf')])", "list(f([1]))", "f([1])[0]",
        "xs = [1, 2]\nf(xs)", "xs = [1]\nxs.append(2)\nf(xs)", "f(*[[1]], **{'k': 2})",
        "f([Path('a/b')])", "f([2 ** 100])",
        "f([ValueError('x')])", "f({1: 2}.keys())",
    ],
)  # fmt: skip
def test_ordinary_inputs_pass_as_they_are(text: str) -> None:
    assert read_input(text, F) == text


@pytest.mark.parametrize(
    "text",
    [
        "f(os.getcwd())", "f(subprocess.run(['ls']))", "f(__import__('os'))", "f(open('x'))", "f(eval('1'))",
        "f(exec('1'))", "f(getattr(1, 'x'))", "f(globals())", "f(vars())", "f((1).__class__)", "f(helper.__globals__)",
        "f('{0.x}'.format(1))", "f([os for os in [1]], os.system('x'))", "f((lambda eval: eval)(1))", "f([dt.sys])",
        "import sys\nf([sys.path])", "from os import system\nf([system('x')])", "f([Path('x').unlink()])",
        "f([Path.home()])", "f([Fraction(1)])", "del x\nf([1])", "for i in range(3): f([i])", "while f([1]): pass",
        "f([y := 1])", "f([f'{1:>99999999}'])", "f(unknown)", "f = helper\nf([1])", "f([1] * 10 ** 9)",
        "f('a' * 10 ** 8)", "f([2 ** 10 ** 10])", "f([1 << 10 ** 9])", "f([[0] * 1000] * 1000)", "f(range(10 ** 9))",
        "f('%999999999d' % 1)", "f(type('X', (), {}))", "f(breakpoint())", "f((x for x in [1]).gi_frame)",
        "x = 'a'\nx *= 10 ** 9\nf(x)", "class X: pass\nf(X)", "f([__builtins__])",
    ],
)  # fmt: skip
def test_what_is_not_on_the_allow_list_is_refused(text: str) -> None:
    assert why(read_input(text, F))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f()", "missing a required argument"),
        ("f([1], 2, 3)", "too many positional"),
        ("f([1], bad=1)", "unexpected keyword"),
        ("f([1], xs=[1])", "multiple values"),
        ("g([1])", "does not call f"),
        ("[1, 2]", "does not call f"),
        ("hello world", "no Python"),
        ("", "no"),
        ("f([" + "1, " * 5000 + "])", "8 KB"),
        ("f(" + "[" * 300 + "]" * 300 + ")", "no Python|nested|read"),
    ],
)
def test_a_call_that_cannot_work_says_why(text: str, said: str) -> None:
    assert any(part in why(read_input(text, F)) for part in said.split("|"))


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("f(['a'])", "xs"), ("f((1,))", "xs"), ("f([1], 'a')", "k"), ("f([1], k=1.5)", "k"),
        ("f([1], mode='c')", "mode"),
        ("f(None)", "xs"), ("f({1: 2})", "xs"), ("f([None])", "xs"),
    ],
)  # fmt: skip
def test_strict_reading_checks_literals_against_type_hints(text: str, flaw: str) -> None:
    assert read_input(text, F) == text
    assert f"argument {flaw} " in why(read_input(text, F, strict=True))


@pytest.mark.parametrize(
    "text", ["f([1, True])", "f([1], None)", "f(helper([1]))", "f([helper(1)], mode='b', key=3)", "f([-1])", "f([])"]
)
def test_strict_reading_lets_pass_what_matches_or_cannot_be_judged(text: str) -> None:
    assert read_input(text, F, strict=True) == text


@pytest.mark.parametrize(
    ("qualname", "text"),
    [
        ("Stack.push", "Stack([1]).push(2)"),
        ("Stack.push", "Stack.push(Stack(), 1)"),
        ("Stack.push", "s = Stack()\ns.push(1)\ns.items"),
        ("Stack.pop", "s = Stack([1])\ns.push(2)\ns.pop()"),
        ("Stack.size", "Stack([1]).size"),
        ("Stack.of", "Stack.of(1, 2, sep='x').items"),
        ("Stack.at", "Stack.at(1)"),
        ("Stack.__eq__", "Stack([1]) == Stack([1])"),
        ("later", "later(1)"),
        ("sort", "xs = [2, 1]\nsort(xs)\nxs"),
    ],
)
def test_methods_properties_and_effects_are_reached(qualname: str, text: str) -> None:
    assert read_input(text, shared_target(MODULE, qualname), strict=True) == text


@pytest.mark.parametrize(
    ("qualname", "text", "said"),
    [
        ("Stack.push", "Stack().push()", "missing"),
        ("Stack.push", "Stack().push(1, 2)", "too many"),
        ("Stack.size", "Stack().size()", "property"),
        ("Stack.at", "Stack.at(i=1)", "positional only|positional-only|missing"),
        ("Stack.pop", "Stack([1]).push(1)", "does not call Stack.pop"),
    ],
)
def test_calls_of_methods_are_bound_without_their_receiver(qualname: str, text: str, said: str) -> None:
    assert any(part in why(read_input(text, shared_target(MODULE, qualname))) for part in said.split("|"))


def test_a_constructor_is_reached_by_the_name_of_its_class() -> None:
    target = shared_target("class A:\n    def __init__(self, x: int): ...\n", "A.__init__")
    assert read_input("A(1)", target) == "A(1)"
    assert "missing" in why(read_input("A()", target))


def test_only_the_setup_that_is_read_stays() -> None:
    assert read_input("a = 1\nxs = [1]\nexpected = 3\nassert f(xs) == expected", F) == "xs = [1]\nf(xs)"


def test_names_from_the_repositorys_own_modules_pass_and_modules_only_before_a_dot(tmp_path: Path) -> None:
    text = "from pkg.shapes import Point\nfrom pkg import shapes\nimport requests\nfrom x import y\ndef f(p): ..."
    shapes = "import os\nfrom pkg.base import Base\nclass Point: pass\n"
    target = target_of(tmp_path, text, "f", pkg__shapes=shapes, pkg__base="class Base: pass\n", pkg____init__="")
    assert read_input("f(Point())", target) == "f(Point())"
    assert read_input("f(shapes.Point())", target) == "f(shapes.Point())"
    for refused in ("f(shapes.os.getcwd())", "f(shapes)", "f(requests.get('x'))", "f(y)"):
        assert why(read_input(refused, target))


def test_a_block_of_inputs_is_cut_with_the_setup_each_one_needs() -> None:
    block = "# some\nf([1])\nf([2])  # two\nxs = [3]\nf(xs)\nassert f([4]) == 4\nf([1])\n"
    read = [read_input(piece, F) for piece in split_inputs(block, F)]
    assert read == ["f([1])", "f([2])", "xs = [3]\nf(xs)", "f([4])", "f([1])"]


def test_a_block_with_effects_is_cut_after_the_look_at_each_effect() -> None:
    target = shared_target(MODULE, "Stack.push")
    block = "s = Stack()\ns.push(1)\ns.items\n\ns = Stack(); s.push(2); s.items\n"
    read = [read_input(piece, target) for piece in split_inputs(block, target)]
    assert read == ["s = Stack()\ns.push(1)\ns.items", "s = Stack()\ns.push(2)\ns.items"]


def test_a_list_that_is_no_python_is_cut_into_lines() -> None:
    assert [read_input(p, F) for p in split_inputs("1. f([1])\n2. f([2])\n", F)] == ["f([1])", "f([2])"]
