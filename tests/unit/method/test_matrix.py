"""The questions the paper asks of the matrix."""

from __future__ import annotations

import dataclasses

import pytest

from cosplay_action.method import matrix as m
from cosplay_action.method.domain import Candidate, Matrix, Observation, UnitTest
from cosplay_action.method.values import Value
from tests.support.stage import WRONG, no_majority, unit


def seen(number: int) -> Observation:
    return Observation(status="returned", value=Value("int", number))


def drawn(rows: list[str], *, examples: int = 0, invalid: tuple[int, ...] = ()) -> Matrix:
    tests = tuple(
        no_majority(c) if c in invalid else unit(c, origin="example" if c < examples else "random")
        for c in range(len(rows[0]))
    )
    cells = tuple(tuple(seen(2 * c if mark == "#" else WRONG) for c, mark in enumerate(row)) for row in rows)
    passes = tuple(tuple(m.meets(t, cell) for t, cell in zip(tests, row, strict=True)) for row in cells)
    candidates = tuple(Candidate(source=f"c{n}") for n in range(len(rows)))
    return Matrix(candidates=candidates, tests=tests, observations=cells, passes=passes)


RAISES = unit(1, raises="ValueError")


@pytest.mark.parametrize(
    ("test", "shown", "met"),
    [
        (unit(3), seen(6), True),
        (unit(3), seen(7), False),
        (unit(3), Observation(status="returned", value=Value("float", 6.0)), True),
        (unit(3), Observation(status="returned", value=Value("opaque", name="<lock>")), False),
        (unit(3), Observation(status="returned"), False),
        (unit(3), Observation(status="timed_out", value=Value("int", 6)), False),
        (unit(3), Observation(status="raised", error=("ValueError",)), False),
        (no_majority(3), seen(6), False),
        (RAISES, Observation(status="raised", error=("ValueError", "Exception")), True),
        (RAISES, Observation(status="raised", error=("JSONDecodeError", "ValueError", "Exception")), True),
        (RAISES, Observation(status="raised", error=("KeyError", "LookupError", "Exception")), False),
        (RAISES, Observation(status="exited", detail="ValueError"), False),
        (RAISES, seen(2), False),
    ],
)
def test_a_test_is_passed_by_an_equal_value_or_by_an_exception_of_its_class(
    test: UnitTest, shown: Observation, met: bool
) -> None:
    assert m.meets(test, shown) is met


def test_a_pass_count_is_the_row_sum_over_valid_columns() -> None:
    assert m.pass_counts(drawn(["##.#", "#...", "...."], examples=1, invalid=(3,))) == (2, 1, 0)


def test_support_is_the_share_of_all_slots() -> None:
    grid = drawn(["#.", "#.", "#.", ".."])
    assert [m.support(grid, c) for c in (0, 1)] == [0.75, 0.0]


def test_the_test_to_break_has_the_lowest_support_strictly_between_nought_and_one() -> None:
    assert m.lowest_nontrivial(drawn(["###.", "##..", "#...", "##.."])) == 2
    assert m.lowest_nontrivial(drawn(["##", "##"])) is None
    assert m.lowest_nontrivial(drawn(["#.#", "..#"], examples=1)) is None


def test_the_test_to_fix_has_the_highest_support_below_one_and_examples_go_first() -> None:
    assert m.fix_target(drawn(["###.", "##..", "#...", "##.."])) == 1
    assert m.fix_target(drawn(["#.#", "..#", "..#"], examples=2)) == 0
    assert m.fix_target(drawn(["..", ".#"], examples=1)) == 0
    assert m.fix_target(drawn(["#.", "#."])) is None


def twice(rows: list[str], *columns: int) -> Matrix:
    """The drawn matrix in which these columns have the input of column 0."""
    made = drawn(rows)
    tests = [dataclasses.replace(t, input=made.tests[0].input) if c in columns else t for c, t in enumerate(made.tests)]
    return dataclasses.replace(made, tests=tuple(tests))


def test_a_test_repeats_when_an_earlier_column_has_its_input() -> None:
    assert m.repeats(twice(["###", "###"], 2)) == (2,)
    assert m.repeats(twice(["###", "###"], 1, 2)) == (1, 2)
    assert m.repeats(drawn(["###", "###"])) == ()


def test_two_tests_on_one_input_settle_nothing() -> None:
    assert not m.settled(twice(["##", "##"], 1))


def test_it_is_settled_with_two_valid_tests_and_nothing_but_passes() -> None:
    assert m.settled(drawn(["##", "##"]))
    assert m.settled(drawn(["##.", "##."], invalid=(2,)))
    assert not m.settled(drawn(["##", "#."]))
    assert not m.settled(drawn(["##", "##"], invalid=(1,)))
    assert not m.settled(drawn(["##", "##"], examples=1))
    assert not m.settled(drawn(["###", ".##"], examples=1))
