"""Kept tests as a pytest file: what a reader sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.method.values import Value
from cosplay_action.specs.testfile import Header, read_header
from cosplay_action.specs.testscope import ImportStyle
from tests.support.kept import IMPLEMENTATION, SPEC, instance, kept, rendered, value

MODULE = """
from __future__ import annotations
import collections
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, Flag
from . import sibling
from .sibling import helper

class Color(Enum):
    RED = 1

class Mode(Flag):
    A = 1
    B = 2

class OwnError(Exception):
    pass

@dataclass
class Point:
    x: float
    y: float = 0.0

@dataclass
class Cached:
    size: int
    hits: int = field(default=0, init=False)

class Slotted:
    __slots__ = ("_n",)

class Stack:
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item: int) -> None: ...
    def pop(self) -> int: ...
    @property
    def top(self) -> int: ...
    @staticmethod
    def of(n: int) -> int: ...
    @classmethod
    def full(cls, n: int) -> int: ...

def f(x: object, y: object = 0, *, flag: bool = False) -> object: ...
def test_like(x: int) -> int: ...
def asks(request: int) -> int: ...
def wide(the_first_of_many_arguments: str, the_second_of_many_arguments: str) -> list[str]: ...
def sort(items: list[int], *, reverse: bool = False) -> None: ...
async def fetch(n: int) -> int: ...
def count(n: int) -> Iterator[int]: ...
async def ticks(n: int) -> AsyncIterator[int]: ...
"""
NAN = float("nan")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("")
    (tmp_path / "pkg/mod.py").write_text(MODULE)
    return tmp_path


def body(root: Path, spec: str, *tests: object, style: ImportStyle | None = None) -> str:
    """The file below its header."""
    file = rendered(root, f"pkg/mod.py::{spec}", *tests, style=style)  # type: ignore[arg-type]
    assert file.unrendered == ()
    return "\n".join(line for line in file.text.split("\n") if not line.startswith("#")).strip("\n")


def statements(root: Path, spec: str, *tests: object) -> str:
    """The body of the last function."""
    return "\n".join(line.strip() for line in body(root, spec, *tests).rpartition("\ndef ")[2].split("\n")[1:])


def test_the_header_names_target_and_digests_and_is_read_back(root: Path) -> None:
    text = rendered(root, "pkg/mod.py::f", kept("f(1)", 2)).text
    assert text.startswith("# Tests of pkg.mod.f, written along with its implementation, which passes them all.\n")
    assert read_header(text) == Header(target="pkg/mod.py::f", spec=SPEC, implementation=IMPLEMENTATION)


@pytest.mark.parametrize(
    "text", ["", "import pytest\n", "# Tests\n\n# cosplay: target = x\n", "# cosplay: target = x\n"]
)
def test_any_other_file_has_no_header(text: str) -> None:
    assert read_header(text) is None


def test_three_plain_calls_become_a_table(root: Path) -> None:
    tests = [kept("f([])", 0), kept("f([3, 1])", 4, idea="Test a list with two items"), kept("f([-2])", -2)]
    assert body(root, "f", *tests) == (
        "import pytest\n\nfrom pkg.mod import f\n\n\n"
        "@pytest.mark.parametrize(\n"
        '    ("x", "expected"),\n'
        "    [\n"
        '        pytest.param([], 0, id="empty-list"),\n'
        '        pytest.param([3, 1], 4, id="list-with-two-items"),\n'
        '        pytest.param([-2], -2, id="one-item"),\n'
        "    ],\n"
        ")\n"
        "def test_f(x, expected):\n"
        "    assert f(x) == expected"
    )


def test_two_plain_calls_become_functions_of_their_own(root: Path) -> None:
    tests = [kept('f("")', 0), kept("f(0)", 4)]
    assert body(root, "f", *tests) == (
        "from pkg.mod import f\n\n\n"
        'def test_f_empty_string():\n    assert f("") == 0\n\n\ndef test_f_zero():\n    assert f(0) == 4'
    )


def test_names_map_to_the_kept_tests_in_the_order_pytest_runs_them(root: Path) -> None:
    tests = [kept("f([])", 0), kept("f([1, 2])", 3), kept("f(None)", raises="TypeError"), kept("f([1, 2], 3)", 6)]
    file = rendered(root, "pkg/mod.py::f", *tests, kept("f([5, 5])", 10))
    assert [(name, k.test.input) for name, k in file.names] == [
        ("test_f[empty-list]", "f([])"),
        ("test_f[1-2]", "f([1, 2])"),
        ("test_f[5-5]", "f([5, 5])"),
        ("test_f_none_raises_type_error", "f(None)"),
        ("test_f_1_2_3", "f([1, 2], 3)"),
    ]


def test_calls_of_different_shape_do_not_share_a_table(root: Path) -> None:
    shapes = [kept(f"f({n}, flag=True)", n) for n in range(3)] + [kept(f"f({n})", n) for n in range(3)]
    text = body(root, "f", *shapes)
    assert text.count("parametrize") == 2
    assert "assert f(x, flag=flag) == expected" in text
    assert "assert f(x) == expected" in text


def test_a_table_of_booleans_compares_by_identity(root: Path) -> None:
    assert "assert f(x) is expected" in body(root, "f", kept("f(1)", True), kept("f(2)", False), kept("f(3)", None))
    assert "assert f(x) == expected" in body(root, "f", kept("f(1)", True), kept("f(2)", False), kept("f(3)", 1))


def test_a_table_of_exceptions_names_them(root: Path) -> None:
    text = body(root, "f", *(kept(f"f({n})", raises="ValueError") for n in (-1, 0, 77)))
    assert 'pytest.mark.parametrize(\n    "x",\n' in text
    assert text.endswith("def test_f_raises_value_error(x):\n    with pytest.raises(ValueError):\n        f(x)")


def test_a_parameter_called_request_does_not_become_a_fixture(root: Path) -> None:
    assert "def test_asks(request_, expected):\n    assert asks(request_)" in body(
        root, "asks", *(kept(f"asks({n})", n) for n in range(3))
    )


def test_names_come_from_the_idea_where_the_content_has_none(root: Path) -> None:
    text = body(root, "Stack.pop", kept("Stack().pop()", raises="IndexError", idea="pop on an empty stack"))
    assert "def test_pop_on_an_empty_stack_raises_index_error():" in text


def test_names_come_from_the_arguments_where_there_is_no_idea(root: Path) -> None:
    text = body(root, "f", kept("f([], 2)", 1), kept("f([1, 2], y=None, flag=True)", 1))
    assert "def test_f_empty_list_2():" in text
    assert "def test_f_1_2_y_none_flag_true():" in text


def test_equal_names_get_numbers(root: Path) -> None:
    text = body(root, "Stack.pop", *(kept(f"s = Stack([{n}])\ns.pop()", n, idea="one item") for n in range(2)))
    assert "def test_pop_one_item():" in text
    assert "def test_pop_one_item_2():" in text


def test_setup_statements_stay_and_quotes_are_ours(root: Path) -> None:
    assert statements(root, "Stack.pop", kept("s = Stack(['a'])\ns.push('b')\ns.pop()", "b")) == (
        's = Stack(["a"])\ns.push("b")\nassert s.pop() == "b"'
    )


@pytest.mark.parametrize(
    ("gives", "line"),
    [
        (True, "assert f(1) is True"),
        (False, "assert f(1) is False"),
        (None, "assert f(1) is None"),
        (1, "assert f(1) == 1"),
        (0.5, "assert f(1) == pytest.approx(0.5)"),
        (0.0, "assert f(1) == pytest.approx(0.0, abs=1e-9)"),
        (1e-5, "assert f(1) == pytest.approx(1e-5, abs=1e-9)"),
        (NAN, "assert math.isnan(f(1))"),
        (float("-inf"), "assert f(1) == -math.inf"),
        (1j, "assert f(1) == pytest.approx(1j)"),
        ([0.5, 2], "assert f(1) == pytest.approx([0.5, 2])"),
        ([0.0, 2.5], "assert f(1) == pytest.approx([0.0, 2.5], abs=1e-9)"),
        ([("a", 0.5)], 'assert f(1) == [("a", pytest.approx(0.5))]'),
        ([0.5, NAN], "assert f(1) == [pytest.approx(0.5), pytest.approx(math.nan, nan_ok=True)]"),
        ({"a": 0.5}, 'assert f(1) == {"a": pytest.approx(0.5)}'),
        ({"a": [0.5, 1.5]}, 'assert f(1) == {"a": pytest.approx([0.5, 1.5])}'),
        ((0.5,), "assert f(1) == (pytest.approx(0.5),)"),
        ({1.5: 1}, "assert f(1) == {1.5: 1}"),
        ({3, 1, 2}, "assert f(1) == {1, 2, 3}"),
        (b"x", 'assert f(1) == b"x"'),
        ('"', "assert f(1) == '\"'"),
        ("a\u202eb\u200b\x07\u3164", r'assert f(1) == "a\u202eb\u200b\x07\u3164"'),
        (Value("enum", "RED", name="Color"), "assert f(1) is Color.RED"),
        (Value("enum", "A|B", name="Mode"), "assert f(1) == Mode.A | Mode.B"),
        (value([Value("enum", "RED", name="Color")]), "assert f(1) == [Color.RED]"),
        (instance("Point", x=0.5, y=1), "assert f(1) == Point(x=pytest.approx(0.5), y=1)"),
        (value([instance("Point", x=2, y=1)]), "assert f(1) == [Point(x=2, y=1)]"),
        (Value("decimal", "1.50"), 'assert f(1) == Decimal("1.50")'),
        (Value("decimal", "NaN"), "assert f(1).is_nan()"),
        (Value("fraction", "1/3"), "assert f(1) == Fraction(1, 3)"),
        (Value("date", "2024-01-02"), "assert f(1) == datetime.date(2024, 1, 2)"),
        (Value("iterator", items=(value(1),)), "assert list(f(1)) == [1]"),
        (Value("deque", items=(value(0.5),)), "assert f(1) == deque([pytest.approx(0.5)])"),
        (Value("array", "2,1", (value(1), value(0.5))), "assert f(1).tolist() == [[1], [pytest.approx(0.5)]]"),
        (Value("range", "0:3:1"), "assert f(1) == range(3)"),
    ],
)
def test_each_kind_of_value_has_its_own_assertion(root: Path, gives: object, line: str) -> None:
    assert statements(root, "f", kept("f(1)", gives)) == line


def test_imports_are_those_the_expressions_need_grouped_and_sorted(root: Path) -> None:
    gives = value([Value("decimal", "1.5"), Value("fraction", "1/3"), float("inf"), Value("enum", "RED", name="Color")])
    text = body(root, "f", kept("f(collections.OrderedDict())", gives))
    assert text.partition("\n\n\n")[0] == (
        "import collections\nimport math\nfrom decimal import Decimal\nfrom fractions import Fraction\n\n"
        "from pkg.mod import Color, f"
    )


def test_a_name_the_module_imports_relatively_comes_from_the_module(root: Path) -> None:
    assert "from pkg.mod import f, helper, sibling\n" in body(root, "f", kept("f(helper, sibling)", 1))


def test_a_datetime_that_is_no_module_there_is_imported_under_another_name(root: Path) -> None:
    (root / "pkg/mod.py").write_text("from datetime import datetime\ndef f(x: datetime) -> datetime: ...\n")
    text = body(root, "f", kept("f(datetime(2024, 1, 2))", Value("datetime", "2024-01-02T00:00:00")))
    assert "import datetime as dt\nfrom datetime import datetime\n" in text
    assert "assert f(datetime(2024, 1, 2)) == dt.datetime(2024, 1, 2, 0, 0)" in text


def test_a_plain_instance_is_compared_by_class_and_attributes(root: Path) -> None:
    assert statements(root, "f", kept("f(1)", instance("Stack", items=[1]))) == (
        "result = f(1)\nassert isinstance(result, Stack)\nassert result.items == [1]"
    )
    assert statements(root, "f", kept("result = 1\nf(result)", instance("Stack", _a=1))) == (
        'result = 1\nresult_2 = f(result)\nassert isinstance(result_2, Stack)\nassert vars(result_2) == {"_a": 1}'
    )
    assert statements(root, "f", kept("f(1)", instance("Slotted", _n=1))).endswith("assert result._n == 1")
    assert statements(root, "f", kept("f(1)", instance("Cached", size=1, hits=2))).endswith(
        "assert result.size == 1\nassert result.hits == 2"
    )


def test_effects_on_the_receiver_are_asserted_after_the_call(root: Path) -> None:
    after = value((instance("Stack", items=[1, 3]), 3))
    assert statements(root, "Stack.push", kept("s = Stack([1])\ns.push(3)", after)) == (
        "s = Stack([1])\ns.push(3)\nassert s.items == [1, 3]"
    )
    assert statements(root, "Stack.push", kept("Stack([1]).push(3)", after)) == (
        "stack = Stack([1])\nstack.push(3)\nassert stack.items == [1, 3]"
    )


def test_effects_on_arguments_are_asserted_by_the_name_of_their_parameter(root: Path) -> None:
    assert statements(root, "sort", kept("sort([3, 1], reverse=True)", ([3, 1], True))) == (
        "items = [3, 1]\nsort(items, reverse=True)\nassert items == [3, 1]"
    )


def test_a_call_that_nothing_can_be_seen_of_returns_none(root: Path) -> None:
    assert statements(root, "sort", kept("sort(())", ((),))) == "assert sort(()) is None"


def test_looking_at_an_attribute_after_a_call_without_result_is_a_plain_test(root: Path) -> None:
    assert statements(root, "Stack.push", kept("s = Stack()\ns.push(1)\ns.items", [1])) == (
        "s = Stack()\ns.push(1)\nassert s.items == [1]"
    )


def test_coroutines_run_in_asyncio_and_generators_in_list(root: Path) -> None:
    assert statements(root, "fetch", kept("await fetch(1)", 2)) == "assert asyncio.run(fetch(1)) == 2"
    assert statements(root, "fetch", kept("fetch(1)", raises="OwnError")) == (
        "with pytest.raises(OwnError):\nasyncio.run(fetch(1))"
    )
    assert statements(root, "count", kept("count(-1)", raises="ValueError")) == (
        "with pytest.raises(ValueError):\nlist(count(-1))"
    )
    assert "assert asyncio.run(fetch(n)) == expected" in body(
        root, "fetch", *(kept(f"fetch({n})", n) for n in range(3))
    )
    drained = Value("iterator", items=(value(1),))
    assert "assert list(count(n)) == expected" in body(root, "count", *(kept(f"count({n})", drained) for n in range(3)))


def test_an_asynchronous_generator_is_collected(root: Path) -> None:
    assert statements(root, "ticks", kept("ticks(1)", Value("iterator", items=(value(1),)))) == (
        "async def collect():\nreturn [item async for item in ticks(1)]\n\nassert asyncio.run(collect()) == [1]"
    )


@pytest.mark.parametrize(
    ("spec", "call", "table"),
    [("Stack.of", "Stack.of(n)", True), ("Stack.full", "Stack.full(n)", True), ("Stack.top", "Stack([1]).top", False)],
)
def test_every_kind_of_method_can_be_called(root: Path, spec: str, call: str, table: bool) -> None:
    tests = [kept(call.replace("(n)", f"({n})"), n) for n in (range(3) if table else [1])]
    assert f"assert {call} ==" in body(root, spec, *tests)


@pytest.mark.parametrize(
    ("style", "line", "prefix"),
    [
        (ImportStyle(kind="module", module="pkg.mod"), "import pkg.mod", "pkg.mod"),
        (ImportStyle(kind="submodule", module="pkg.mod"), "from pkg import mod", "mod"),
    ],
)
def test_names_carry_the_prefix_of_the_import_style(root: Path, style: ImportStyle, line: str, prefix: str) -> None:
    test = kept("f(Point(1))", Value("enum", "RED", name="Color"), idea="point")
    text = body(root, "f", test, style=style)
    assert text == (f"{line}\n\n\ndef test_f_point():\n    assert {prefix}.f({prefix}.Point(1)) is {prefix}.Color.RED")


def test_a_target_that_looks_like_a_test_is_not_imported_by_name(root: Path) -> None:
    assert body(root, "test_like", kept("test_like(1)", 1)).startswith("import pkg.mod\n")


def test_long_expressions_are_wrapped_and_still_say_the_same(root: Path) -> None:
    words = [f"word number {n}" for n in range(12)]
    text = body(root, "wide", kept(f"wide({'x' * 120!r}, {', '.join(words)!r})", words))
    assert max(map(len, text.split("\n"))) <= 88
    namespace = {"wide": lambda a, b: b.split(", ")}
    exec("\n".join(line for line in text.split("\n") if "import" not in line), namespace)
    namespace["test_" + text.partition("def test_")[2].partition("(")[0]]()


@pytest.mark.parametrize(
    ("spec", "test", "reason"),
    [
        ("f", kept("f(Unknown)", 1), "the name Unknown is not defined"),
        ("f", kept("f(1", 1), "cannot be parsed"),
        ("f", kept("x = 1", 1), "does not end in an expression"),
        ("f", kept("f(1)", [Value("opaque", name="socket")]), "an object of socket"),
        ("f", kept("f(1)", [instance("Stack", items=[])]), "no equality of its own"),
        ("f", kept("f(1)", {Value("decimal", "NaN")}), "nothing equals NaN"),
        ("sort", kept("sort(*[[1]])", ([[1]],)), "unpacks arguments"),
        ("sort", kept("sort([1])", ([1], 5)), "do not match"),
        ("fetch", kept("x = await fetch(1)\nfetch(x)", 1), "awaits inside its setup"),
        ("f", kept("f(1)", raises="Missing"), "the name Missing is not defined"),
    ],
)
def test_what_cannot_be_written_is_said_with_its_reason(root: Path, spec: str, test: object, reason: str) -> None:
    file = rendered(root, f"pkg/mod.py::{spec}", test)  # type: ignore[arg-type]
    assert file.text == ""
    assert len(file.unrendered) == 1
    assert reason in file.unrendered[0]


def test_the_others_are_written_when_one_cannot_be(root: Path) -> None:
    file = rendered(root, "pkg/mod.py::f", kept("f(Unknown)", 1), kept("f(1)", 1))
    assert "assert f(1) == 1" in file.text
    assert len(file.unrendered) == len(file.names) == 1


def test_the_output_is_the_same_each_time_and_a_formatter_has_nothing_to_do(root: Path) -> None:
    tests = [
        kept("f([])", 0),
        kept(f"f({'x' * 90!r})", 1),
        kept("f(2, [1])", [("a" * 30, n) for n in range(5)]),
        kept("f(7)", 2),
        kept("s = Stack([1, 2])\nf(s)", instance("Stack", items=list(range(60)))),
        kept("f(Point(1))", raises="OwnError"),
        kept(f"f({'abc' * 12!r}, {'def' * 12!r}, flag=True)", instance("Point", x=0.5, y=0.25)),
    ]
    text = rendered(root, "pkg/mod.py::f", *tests).text
    assert text == rendered(root, "pkg/mod.py::f", *tests).text
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "88", "-"]
    assert subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout == text
