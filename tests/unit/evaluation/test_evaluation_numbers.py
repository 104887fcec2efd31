"""Estimates, their intervals, and the tables made of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.evaluation import metrics, plot, sheets
from benchmarks.evaluation.desk import Cost
from benchmarks.evaluation.metrics import Rated, estimate
from benchmarks.evaluation.results import Pool, Result, key_of_code, key_of_test
from benchmarks.evaluation.scoring import Scores
from benchmarks.evaluation.tables import Evaluated
from cosplay_action.errors import UsageError
from cosplay_action.method.domain import Expected, UnitTest
from cosplay_action.method.values import Value


def unit(given: str, wanted: int, *, valid: bool = True) -> UnitTest:
    expected = Expected(text=str(wanted), value=Value("int", wanted)) if valid else None
    return UnitTest(input=given, expected=expected, origin="random")


GOOD, BAD, NONE = unit("f(1)", 2), unit("f(2)", 9), unit("f(3)", 0, valid=False)
POOL = Pool(sources=("right", "wrong", "", "right"), tests=(GOOD, BAD, NONE))
SCORES = Scores(
    codes={key_of_code("right"): True, key_of_code("wrong"): False},
    tests={key_of_test(GOOD): True, key_of_test(BAD): False},
)


def rated(name: str, source: str, *, arm: str = "standard", abstains: bool = False, tokens: int = 100) -> Rated:
    result = Result(
        task=name, arm=arm, picks=((source, 1.0),), pool=POOL, cost=Cost(input=tokens), abstains=abstains, kept=(GOOD,),
        rounds=(POOL,), level="low", bare="high", supports=(1.0, 0.3, 0.0),
    )  # fmt: skip
    return Rated.of(result, SCORES)


def test_an_estimate_is_the_sum_of_the_parts_by_the_sum_of_the_wholes() -> None:
    found = estimate([(1, 2), (0, 0), (3, 3)])
    assert found is not None
    assert found.value == 4 / 5
    assert (found.problems, found.counted) == (2, 5)
    assert found.low <= found.value <= found.high


def test_an_interval_is_the_same_every_time_and_narrows_with_more_problems() -> None:
    few, many = estimate([(1, 1), (0, 1)] * 5), estimate([(1, 1), (0, 1)] * 50)
    assert few == estimate([(1, 1), (0, 1)] * 5)
    assert few is not None
    assert many is not None
    assert few.high - few.low > 2 * (many.high - many.low)
    assert 0.15 < many.high - many.low < 0.25  # 2 * 1.96 * sqrt(.25 / 100) = .196


def test_nothing_counted_gives_no_estimate() -> None:
    assert estimate([(0, 0)]) is None
    assert sheets.share(None) == "-"


def test_slots_without_code_and_tests_without_a_majority_count_as_wrong() -> None:
    one = rated("a", "right")
    assert metrics.pass_at_1(one) == (0.5, 1)
    assert metrics.tests_of_all(one) == (1, 3)
    assert metrics.tests_of_valid(one) == (1, 2)
    assert metrics.kept(one) == (1, 1)
    assert metrics.oracle(one) == (1, 1)


def test_an_abstention_is_wrong_where_it_must_choose_to_land_and_left_out_where_it_may_not() -> None:
    one = rated("a", "right", abstains=True)
    assert metrics.forced(one) == (1, 1)
    assert metrics.landed(one) == (0, 1)
    assert metrics.when_chosen(one) == (0, 0)


def test_tests_that_nothing_can_be_compared_with_are_left_out_of_both_sides() -> None:
    unknown = replace(SCORES, tests={key_of_test(GOOD): None, key_of_test(BAD): None})
    assert metrics.tests_right((GOOD, BAD, NONE), unknown, valid=True) == (0, 0)


def test_a_code_that_was_never_scored_is_an_error_and_not_a_wrong_one() -> None:
    with pytest.raises(KeyError):
        rated("a", "never seen")


def test_pairs_are_taken_on_common_problems_only() -> None:
    ours = {name: rated(name, "right") for name in "ab"}
    theirs = {name: rated(name, "wrong" if name == "b" else "right") for name in "bc"}
    found = metrics.paired(ours, theirs)
    assert found is not None
    assert (found.value, found.problems) == (1, 1)


def test_every_number_of_the_tables_stands_with_its_interval_and_its_n() -> None:
    names = [f"HumanEval/{n}" for n in range(12)]
    by = {
        "standard": {n: rated(n, "right" if at % 3 else "wrong") for at, n in enumerate(names)},
        "best of N": {n: rated(n, "right" if at % 2 else "wrong", arm="best of N") for at, n in enumerate(names)},
    }
    text = sheets.render([Evaluated(title="m on s", rated=by, unplayed={"x: quick": "why"}, size=2048, journals=12)])
    assert "12 problems" in text
    assert "x: quick" in text
    assert "tuning half" in text
    assert "held-out half" in text
    rows = [line for line in text.splitlines() if line.startswith(("| standard |", "| best of N |"))]
    assert len(rows) >= 7
    for line in rows:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        number = re.compile(r"\A-?[\d,]*\.?\d+ \[-?[\d,]*\.?\d+, -?[\d,]*\.?\d+\]( of \d+)?\Z")
        assert all(number.match(cell) or cell in {"12", "0", "-", "high", "medium", "low", *by} for cell in cells), line


def test_tables_go_between_the_marks_of_a_document_and_nowhere_else(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- tables -->\nold\n<!-- /tables -->\nafter\n")
    sheets.put(document, "tables", "new")
    assert document.read_text() == "before\n<!-- tables -->\nnew\n<!-- /tables -->\nafter\n"
    with pytest.raises(UsageError, match="no place for the plot"):
        sheets.put(document, "plot", "x")


def test_the_plot_has_a_point_with_its_interval_for_every_arm_that_all_problems_were_played_on() -> None:
    names = [f"HumanEval/{n}" for n in range(6)]
    by = {
        arm: {n: rated(n, "right" if at % 2 else "wrong", arm=arm, tokens=tokens) for at, n in enumerate(names)}
        for arm, tokens in (("standard", 30_000), ("standard, 0 rounds", 9_000), ("best of N", 31_000))
    }
    by["paper"] = {names[0]: rated(names[0], "right", arm="paper", tokens=100_000)}  # another set of problems
    drawn = plot.draw("m on s", plot.points(by))
    root = ElementTree.fromstring(drawn)
    assert len(root.findall("{*}circle")) == 3
    assert len(root.findall("{*}line[@class='bar']")) == 3
    assert "n = 6" in drawn
    assert "paper" not in drawn
    assert plot.draw("nothing", {}) == ""
