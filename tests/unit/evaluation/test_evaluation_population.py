"""The planted population: its truth, and that each step of the method moves what the paper says it moves.

Worlds are seeded and arms are compared on the same ones, so these are no games of chance: the same tests pass or fail
every time. The margins are a fraction of what ``python -m benchmarks.evaluation simulate`` measures on many worlds.
"""

from __future__ import annotations

import dataclasses
import functools
import random

import pytest

from benchmarks.evaluation import simulate
from benchmarks.evaluation.simulate import ABLATIONS, FULL, Ablation, Seen, differences, interval
from cosplay_action.method import play
from cosplay_action.method.domain import Expected, UnitTest
from cosplay_action.method.ports import Ask, Place
from cosplay_action.testing.population import PlantedWorld, Population

WORLDS = 30


@functools.cache
def played(rates: Population, name: str) -> list[Seen]:
    return simulate.runs(rates, ABLATIONS[name], WORLDS, "standard")


def gain(measure: str, rates: Population, left_out: str, full: str = FULL) -> float:
    """What the method has over itself without something, on the mean of the same worlds."""
    ours, theirs = played(rates, full), played(rates, left_out)
    return interval(differences(ours, theirs, measure))[0]


# -- each step moves what the paper says ------------------------------------------------------------------------------


def test_self_play_makes_both_pools_better() -> None:
    assert gain("pool", Population(), "no rounds") > 0.08
    assert gain("tests", Population(), "no rounds") > 0.02


def test_attack_ideas_find_rare_mistakes_that_random_inputs_do_not() -> None:
    assert gain("forced", Population(visible=0.04, aim=0.9, fooled=0.1), "no attack ideas") > 0.1


def test_attack_ideas_cost_accuracy_of_tests_where_voters_fall_for_the_same_traps() -> None:
    assert gain("valid", Population(visible=0.04, aim=0.9, fooled=0.5), "no attack ideas") < -0.1


def test_fixing_makes_candidates_right() -> None:
    assert gain("pool", Population(), "no fix") > 0.05


def test_cleaning_writes_hopeless_candidates_anew() -> None:
    assert gain("pool", Population(candidate=0.4, hopeless=0.9), "no clean") > 0.1


def test_breaking_raises_the_accuracy_of_tests() -> None:
    assert gain("valid", Population(fooled=0.4), "no break") > 0.03


def test_replacing_brings_harder_tests_and_thereby_better_choices() -> None:
    assert gain("forced", Population(visible=0.06, aim=0.6, fooled=0.1), "no replace") > 0.05


def test_voters_who_are_shown_the_coupled_test_renew_the_coupling() -> None:
    rates = Population(fooled=0.3, renewal=0.9)
    assert gain("valid", rates, "faithful", "guard off") > 0.03


def test_the_guard_keeps_right_candidates_from_repairs_by_wrong_tests() -> None:
    rates = Population(
        candidate=0.5, hopeless=0.0, more=0.0, mistakes=1, visible=0.5, vote=0.95, fooled=0.4, repair=0.1, misled=1.0
    )
    assert gain("pool", rates, "guard off") > 0.03


def test_choosing_by_agreement_does_not_fall_behind_choosing_by_passes() -> None:
    assert gain("forced", Population(candidate=0.4, visible=0.04, aim=0.3, skew=0.0), "no clustering") >= 0.0


def test_wrong_majorities_are_what_breaks_it() -> None:
    few, many = (played(Population(fooled=rate, skew=2.0), FULL) for rate in (0.0, 0.9))
    assert interval(differences(few, many, "forced"))[0] > 0.2
    assert interval(differences(few, many, "kept"))[0] > 0.2


# -- the world itself -------------------------------------------------------------------------------------------------


def world(**rates: float) -> PlantedWorld:
    return PlantedWorld(dataclasses.replace(Population(), **rates), 7)  # type: ignore[arg-type]


def test_behaviour_zero_is_right_everywhere_and_every_other_is_wrong_somewhere() -> None:
    planted = world(visible=0.0)
    for behaviour in range(1 << len(planted.regions)):
        wrong = [n for n in range(planted.rates.classes) if planted.gives(behaviour, n) != 2 * n]
        assert bool(wrong) == (behaviour != 0)
        assert planted.code_right(f"behaviour {behaviour}") == (not wrong)


def test_candidates_with_the_same_mistake_agree_with_each_other_and_with_fooled_voters() -> None:
    planted = world(fooled=1.0, vote=1.0)
    number = planted.aimed(random.Random(1))
    mistake = planted.tempting(number)
    assert mistake is not None
    ask = Ask(
        place=Place(stage="explore", step="attack", role="vote"), system="", prompt=f"x\n\n```python\n{number}\n```\n"
    )
    reply = planted.script()(ask, 0)
    assert reply == f"Answer: {planted.gives(1 << mistake, number)}"
    test = UnitTest(input=str(number), expected=Expected(text=str(reply).removeprefix("Answer: ")), origin="attack")
    assert not planted.test_right(test)


def test_the_share_of_right_candidates_is_the_rate() -> None:
    planted = world(candidate=0.3)
    place = Place(stage="explore", step="candidates", role="candidate")
    said = [planted.script()(Ask(place=place, system="", prompt="", seed=n), 0) for n in range(2000)]
    assert 0.27 < sum("behaviour 0" in str(one) for one in said) / len(said) < 0.33


def test_the_same_salt_is_the_same_run_and_another_is_not() -> None:
    def once(salt: int) -> Seen:
        return simulate.run(Population(), Ablation(), salt, "quick")

    first, again = ([once(3), once(4)] for _ in range(2))
    assert again == first
    assert len({once(salt) for salt in range(6)}) > 1


@pytest.mark.parametrize("step", [name for name, _ in play.STEPS])
def test_a_step_is_left_out_for_one_run_only(step: str) -> None:
    whole = play.STEPS
    with simulate.without(step):
        assert len(play.STEPS) == len(whole) - 1
    assert whole == play.STEPS


def test_the_tables_of_a_simulation_give_every_mean_its_interval() -> None:
    found = {"small": {name: simulate.runs(Population(), one, 3, "quick") for name, one in ABLATIONS.items()}}
    text = simulate.render(found, 3, "quick", 0)
    assert text.count("±") == 7 + 3 * (len(ABLATIONS) - 1)
    assert "3 worlds" in text
