"""Confidence is monotone: a better measurement never lowers the level, a worse one never raises it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.confidence import LEVELS, SCALES, confidence
from cosplay_action.method.measures import Measures

NUMBERS = st.integers(0, 12)
BETTER_REGRESSIONS = {"": ("passed",), "unknown": ("passed", ""), "not-run": ("passed", ""),
                      "regressed": ("passed", "", "unknown", "not-run"), "passed": ()}  # fmt: skip


@st.composite
def measures(draw: st.DrawFn) -> Measures:
    usable, mutants, examples, kept = (draw(NUMBERS) for _ in range(4))
    return Measures(
        agreeing=draw(st.integers(0, usable)), usable=usable, rival=draw(st.integers(0, usable)), probes=draw(NUMBERS),
        kept=kept, firm=draw(st.integers(0, kept)), killed=draw(st.integers(0, mutants)), mutants=mutants,
        examples=examples, missed=draw(st.integers(0, examples)), budget_spent=draw(st.booleans()),
        level=draw(st.sampled_from(["A", "B", "C", "D", ""])),
        regression=draw(st.sampled_from(sorted(BETTER_REGRESSIONS))), risky=draw(st.integers(0, 2)),
        undecided=draw(st.integers(0, 4)), decided=draw(st.integers(0, 4)),
    )  # fmt: skip


def rank(found: Measures) -> int:
    return LEVELS.index(confidence(found).level)


def improvements(found: Measures, by: int) -> dict[str, Measures]:
    """The same measurements with one of them better."""
    better = {
        "one more agrees": replace(found, agreeing=min(found.usable, found.agreeing + by)),
        "the pool says no more": replace(found, usable=max(found.agreeing, found.usable - by)),
        "the rival is smaller": replace(found, rival=max(0, found.rival - by)),
        "more fresh inputs": replace(found, probes=found.probes + by),
        "more kept tests": replace(found, kept=found.kept + by),
        "firmer tests": replace(found, firm=min(found.kept, found.firm + by)),
        "one more kept and firm": replace(found, kept=found.kept + by, firm=found.firm + by),
        "more mutants noticed": replace(found, killed=min(found.mutants, found.killed + by)),
        "more mutants, all noticed": found if not found.mutants else replace(
            found, killed=found.killed + by, mutants=found.mutants + by),
        "more examples met": replace(found, examples=found.examples + by),
        "fewer missed": replace(found, missed=max(0, found.missed - by)),
        "not cut": replace(found, budget_spent=False),
        "walled off": replace(found, level="A"), "reaches for less": replace(found, risky=max(0, found.risky - by)),
        "fewer tests without a majority": replace(found, undecided=max(0, found.undecided - by)),
        "more tests with one": replace(found, decided=found.decided + by),
        "one more found its majority": replace(
            found, undecided=max(0, found.undecided - by), decided=found.decided + min(by, found.undecided)),
    }  # fmt: skip
    for state in BETTER_REGRESSIONS[found.regression]:
        better[f"own tests {state}"] = replace(found, regression=state)
    return better


@settings(max_examples=400, deadline=None)
@given(measures(), st.integers(1, 5))
def test_a_better_measurement_never_lowers_the_level(found: Measures, by: int) -> None:
    for name, better in improvements(found, by).items():
        assert rank(better) >= rank(found), name


@settings(max_examples=200, deadline=None)
@given(measures())
def test_every_quantity_with_a_bearing_is_said_once_and_the_level_is_the_weakest(found: Measures) -> None:
    given_ = confidence(found)
    silent = (found.regression == "") + (found.risky == 0) + (found.undecided == 0)
    assert len(given_.up) + len(given_.down) == len(SCALES) - silent
    assert given_.level == min((scale.level(found) for scale in SCALES), key=LEVELS.index)
    assert (given_.level == "high") == (given_.down == ())
    assert all(one.endswith(".") for one in (*given_.up, *given_.down))


@pytest.mark.parametrize("scale", SCALES, ids=lambda one: one.name)
def test_a_scale_asks_more_for_high_than_for_medium(scale: object) -> None:
    assert scale.high > scale.medium  # type: ignore[attr-defined]
