"""The two equalities of values, and how a value is written."""

from __future__ import annotations

import collections
import datetime
import enum
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest

from cosplay_action.method.values import Value, equal, key, literal, render, stdout_value
from cosplay_action.testing.table import value_of

NAN, INF = float("nan"), float("inf")
UTC = datetime.UTC
EAST = datetime.timezone(datetime.timedelta(hours=1))
OPAQUE = Value("opaque", name="function")


class Color(enum.Enum):
    RED = 1


class Paint(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: float
    y: float = 0


@dataclass
class Dot:
    x: float
    y: float = 0


SAME = [
    (1, True),
    (1, 1.0),
    (1, 1 + 0j),
    (0.1 + 0.2, 0.3),
    (1e15, 1e15 + 1),
    (1e-17, 0),
    (NAN, NAN),
    (INF, INF),
    (complex(NAN, 1), complex(NAN, 1)),
    ([0.1 + 0.2], [0.3]),
    ({0.1 + 0.2, 5}, {5, 0.3}),
    ({"a": 0.1 + 0.2, "b": NAN}, {"b": NAN, "a": 0.3}),
    ({0.1 + 0.2: "x"}, {0.3: "x"}),
    ({NAN}, {float("nan")}),
    ({1, 2}, frozenset({2, 1})),
    (bytearray(b"x"), b"x"),
    (collections.OrderedDict(a=1, b=2), {"b": 2, "a": 1}),
    (Decimal("1.50"), 1.5),
    (Decimal("0.1"), 0.1),
    (Decimal(1), 1),
    (Decimal("1.5"), Fraction(3, 2)),
    (Fraction(1, 3), 1 / 3),
    (Decimal("NaN"), Decimal("NaN")),
    (range(0), range(3, 1)),
    (range(0, 3, 2), range(0, 4, 2)),
    (iter([1, 2]), [1, 2]),
    ({1: 2}.items(), [(1, 2)]),
    (datetime.datetime(2024, 1, 2, 1, tzinfo=EAST), datetime.datetime(2024, 1, 2, tzinfo=UTC)),
    (Point(0.1 + 0.2), Point(0.3)),
    (Color.RED, Color.RED),
    (10**5000, 10**5000),
    ("\ud800", "\ud800"),
]
DIFFERENT = [
    (1, 2),
    (1, "1"),
    (0, None),
    (False, None),
    ([1], (1,)),
    ([1], [1, 1]),
    ({1}, {1, 2}),
    ({1}, [1]),
    ("a", b"a"),
    (NAN, 1.0),
    (INF, -INF),
    (INF, 10**400),
    (10**400, 1.0),
    (Decimal("1e400"), INF),
    (10**20, 10**20 + 1),
    (Decimal("0.1"), Decimal("0.10000000001")),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    (range(3), [0, 1, 2]),
    (iter([1]), (1,)),
    (datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1)),  # noqa: DTZ001
    (datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=UTC)),  # noqa: DTZ001
    (Point(1), Dot(1)),
    (Point(1), Point(2)),
    (Color.RED, Paint.RED),
    (Color.RED, 1),
    (int, str),
    (collections.deque([1]), [1]),
]


@pytest.mark.parametrize(("a", "b"), SAME, ids=count())
def test_these_are_one_value_in_a_cell(a: object, b: object) -> None:
    left, right = value_of(a), value_of(b)
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=count())
def test_these_are_two_values_in_a_cell_and_in_a_vote(a: object, b: object) -> None:
    left, right = value_of(a), value_of(b)
    assert not equal(left, right)
    assert not equal(right, left)
    assert key(left) != key(right)


def test_opaque_values_equal_nothing_not_even_themselves() -> None:
    holder = Value("list", items=(OPAQUE,))
    assert not equal(OPAQUE, OPAQUE)
    assert not equal(holder, holder)
    assert key(OPAQUE) != key(OPAQUE)
    assert key(holder) != key(holder)


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, 1.0), (True, 1), (0.1 + 0.2, 0.3), (NAN, NAN), (0.0, -0.0), (1e-17, 0.0), ({1: "a"}, {1.0: "a"})],
    ids=count(),
)  # fmt: skip
def test_a_vote_counts_these_together(a: object, b: object) -> None:
    assert key(value_of(a)) == key(value_of(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1.00000001, 1.0),
        (Decimal("12345678.91"), Decimal("12345678.92")),
        (10**20, 10**20 + 1),
        ([1, 2], [2, 1]),
        (Decimal("1e-9999"), Decimal("2e-9999")),
    ],
    ids=count(),
)
def test_a_vote_keeps_these_apart(a: object, b: object) -> None:
    assert key(value_of(a)) != key(value_of(b))


def test_a_decimal_with_a_monstrous_exponent_has_a_key_and_is_not_expanded() -> None:
    assert key(value_of(Decimal("1e999999"))) == key(value_of(Decimal("10e999998")))


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (None, "None"),
        (1.0, "1.0"),
        (-INF, "float('-inf')"),
        ([NAN], "[float('nan')]"),
        (complex(1, INF), "complex(1.0, float('inf'))"),
        ({10, 9, "b", "a"}, "{9, 10, 'a', 'b'}"),
        (set(), "set()"),
        (frozenset({2, 1}), "frozenset({1, 2})"),
        (frozenset(), "frozenset()"),
        ((1,), "(1,)"),
        ((), "()"),
        ({"b": 1, "a": [2]}, "{'b': 1, 'a': [2]}"),
        (bytearray(b"x"), "bytearray(b'x')"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (Fraction(1, 3), "Fraction(1, 3)"),
        (datetime.date(2024, 1, 2), "datetime.date(2024, 1, 2)"),
        (range(3), "range(3)"),
        (range(1, 3), "range(1, 3)"),
        (range(5, 0, -1), "range(5, 0, -1)"),
        (Color.RED, "Color.RED"),
        (Point(1, 2.5), "Point(x=1, y=2.5)"),
        (ValueError("no", 1), "ValueError('no', 1)"),
        (iter("ab"), "['a', 'b']"),
        (collections.deque([1]), "deque([1])"),
        (int, "int"),
        (print, "<builtin_function_or_method>"),
    ],
    ids=count(),
)
def test_a_value_is_written_as_a_careful_person_writes_it(thing: object, text: str) -> None:
    assert render(value_of(thing)) == text


def test_an_array_is_written_in_its_shape() -> None:
    items = tuple(map(value_of, [1, 2, 3, 4]))
    assert render(Value("array", "2,2", items)) == "numpy.array([[1, 2], [3, 4]])"
    assert render(Value("array", "", items[:1])) == "numpy.array(1)"
    assert render(Value("array", "0,3")) == "numpy.empty((0, 3))"


def test_arrays_of_other_shapes_differ() -> None:
    items = tuple(map(value_of, [1, 2, 3, 4]))
    assert not equal(Value("array", "2,2", items), Value("array", "4", items))


@pytest.mark.parametrize(
    "thing", [10**5000, -(10**5000), [10**5000], Fraction(10**5000, 7), range(10**5000)], ids=count()
)
def test_ints_beyond_the_digit_limit_are_compared_counted_and_written(thing: object) -> None:
    value = value_of(thing)
    assert equal(value, value_of(thing))
    assert key(value) == key(value_of(thing))
    assert "0x" in render(value)


def test_a_limit_shortens_the_middle_and_shows_it() -> None:
    text = render(value_of("a" * 50 + "b" * 50), limit=20)
    assert len(text) == 20
    assert text.startswith("'aaa")
    assert text.endswith("bbb'")
    assert "…" in text
    assert render(value_of("short"), limit=20) == "'short'"


@pytest.mark.parametrize(
    "thing", [1, NAN, 10**5000, {1: {2, (3,)}}, set(), [b"x", range(3)], ValueError("x"), dict], ids=count()
)
def test_a_literal_evaluates_back_with_builtins_only(thing: object) -> None:
    value = value_of(thing)
    assert literal(value)
    assert equal(value_of(eval(render(value), {})), value)


@pytest.mark.parametrize("thing", [Decimal(1), [Fraction(1, 2)], Point(1), Color.RED, Point, print], ids=count())
def test_what_needs_an_import_is_no_literal(thing: object) -> None:
    assert not literal(value_of(thing))


def test_a_programs_output_is_compared_without_trailing_space() -> None:
    assert stdout_value("a  \n b\t\r\n\n\n") == Value("str", "a\n b")
    assert stdout_value("\na") != stdout_value("a")
