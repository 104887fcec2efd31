"""Stage 3: top passers, probe inputs, clusters, the choice and its reasons."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest

from cosplay_action.method.domain import Choice, Observation, Problem
from cosplay_action.method.events import Chosen
from cosplay_action.method.explore import Pools
from cosplay_action.method.numbers import RULES
from cosplay_action.method.ports import Ask, Unusable
from cosplay_action.method.select import find_differences, select
from cosplay_action.testing.world import WorldContract
from tests.support.stage import (
    UNPAID,
    UNUSABLE,
    WRONG,
    Desk,
    Script,
    candidate,
    fresh_inputs,
    grid,
    no_majority,
    pools,
    unit,
)  # fmt: skip

TIMEOUT = Observation(status="timed_out")


def choose(desk: Desk, before: Pools) -> Choice:
    async def play() -> Choice:
        return await select(desk.ctx, before, await desk.matrix(before))

    return asyncio.run(play())


def listing(*numbers: int | str) -> str:
    return "```\n" + "\n".join(map(str, numbers)) + "\n```"


# -- who is looked at -------------------------------------------------------------------------------------------------


def test_only_the_candidates_at_the_highest_pass_count_are_chosen_from() -> None:
    rows = ["##", "#.", "#.", "#."]
    also: dict[tuple[int, int], object] = {(0, n): 7 for n in range(1000, 1008)}  # the one against the other three
    choice = choose(Desk(grid(rows, also)), pools(rows))
    assert choice.tied == (0,)
    assert choice.slot == 0
    assert choice.clusters[0].members == (0,)
    assert choice.clusters[1].members == (1, 2, 3)


def test_the_whole_pool_runs_on_the_probes_as_evidence() -> None:
    rows = ["##", "#.", ".."]
    choice = choose(Desk(grid(rows), probes=4), pools(rows))
    assert len(choice.probes) == 4
    assert [len(row) for row in choice.signatures] == [4, 4, 4]


def test_pass_counts_count_valid_tests_alone() -> None:
    rows = ["#.#", "##."]
    assert choose(Desk(grid(rows)), pools(rows, invalid=[2])).tied == (1,)


def test_a_candidate_that_fails_an_example_cannot_be_chosen_whatever_else_it_passes() -> None:
    rows = ["#.#", ".##", ".##"]
    choice = choose(Desk(grid(rows), examples=1), pools(rows, examples=1))
    assert choice.tied == (0,)
    assert choice.slot == 0


# -- probes -----------------------------------------------------------------------------------------------------------

EVEN = ["##", "##", "##", "##"]


def counts(desk: Desk) -> list[int]:
    return [int(found) for p in desk.prompts("inputs") for found in re.findall(r"Write (\d+) different", p)]


def test_as_many_probes_as_wanted_are_used() -> None:
    desk = Desk(grid(EVEN), probes=6)
    assert len(choose(desk, pools(EVEN)).probes) == 6
    assert counts(desk) == [4, 2]


@pytest.mark.parametrize("probes", [1, 4, 6, 8, 16])
def test_never_more_than_twice_the_wanted_number_is_asked_for(probes: int) -> None:
    desk = Desk(grid(EVEN), Script(inputs=listing(0, 1, "no")), probes=probes)
    choice = choose(desk, pools(EVEN))
    assert choice.probes == ()
    assert probes < sum(counts(desk)) <= 2 * probes


def test_a_second_wave_asks_for_what_is_missing() -> None:
    def inputs(ask: Ask, k: int) -> str:
        return listing(50, 51, "none") if ask.place.attempt == 0 else listing(50, 52, 53, 54)

    desk = Desk(grid(EVEN), Script(inputs=inputs), probes=4)
    assert choose(desk, pools(EVEN)).probes == ("50", "51", "52", "53")


def test_a_probe_repeats_no_input_of_the_run_not_even_of_a_test_that_is_gone() -> None:
    desk = Desk(grid(EVEN), Script(inputs=listing(0, 30, 40, 60)), probes=4)

    async def play() -> Choice:
        before = pools(EVEN, retired=(unit(30),))
        await desk.ctx.run("behaviour 0", ["30", "40"])  # 30 was retired, 40 was broken
        return await select(desk.ctx, before, await desk.matrix(before))

    assert asyncio.run(play()).probes == ("60",)


@pytest.mark.parametrize(("failing", "used"), [(2, True), (3, False)])
def test_a_valid_probe_returns_on_at_least_half_of_the_pool(failing: int, used: bool) -> None:
    also: dict[tuple[int, int], object] = {(slot, 50): ValueError("no") for slot in range(failing)}
    desk = Desk(grid(EVEN, also), Script(inputs=listing(50, 51)), probes=2)
    assert ("50" in choose(desk, pools(EVEN)).probes) is used


def test_a_slot_without_code_does_not_return() -> None:
    before = Pools(candidates=(candidate(0), UNUSABLE, UNUSABLE), tests=(unit(0), unit(1)))
    assert choose(Desk(grid(["##"])), before).probes == ()


class Strict(WorldContract):
    def read_input(self, text: str, *, strict: bool = False) -> str | Unusable:
        read = super().read_input(text, strict=strict)
        return Unusable(why="above 99") if strict and isinstance(read, str) and int(read) > 99 else read


def test_a_valid_probe_matches_the_type_hints_it_can_be_checked_against() -> None:
    desk = Desk(grid(EVEN), Script(inputs=listing(50, 200)), probes=2)
    desk.ctx.problem = Problem(statement="Double.", contract=Strict())
    assert choose(desk, pools(EVEN)).probes == ("50",)


# -- wildcards and named exceptions -----------------------------------------------------------------------------------


def probed(rows: Sequence[object], *, tests: Pools | None = None, desk: Desk | None = None) -> Choice:
    """Slots that all pass two tests; ``rows[slot]`` is what the slot shows on the one probe 50."""
    grid_rows = ["##"] * len(rows)
    also = {(slot, 50): shown for slot, shown in enumerate(rows)}
    made = desk or Desk(grid(grid_rows, also), Script(inputs=listing(50)), probes=1)
    return choose(made, tests or pools(grid_rows))


def members(choice: Choice) -> list[tuple[int, ...]]:
    return [cluster.members for cluster in choice.clusters]


def test_a_timeout_and_an_exception_nobody_named_join_no_cluster_alone() -> None:
    assert members(probed([1, 1, TIMEOUT, KeyError("k")])) == [(0, 1)]


def test_an_exception_that_the_statement_names_is_a_value() -> None:
    assert members(probed([1, 1, 1, OverflowError("a"), OverflowError("b")])) == [(0, 1, 2), (3, 4)]


def test_an_exception_that_a_valid_test_names_is_a_value() -> None:
    rows = ["##"] * 4
    also: dict[tuple[int, int], object] = {(s, 50): KeyError("k") for s in (2, 3)}
    named = Pools(candidates=pools(rows).candidates, tests=(unit(0), unit(1), unit(9, raises="KeyError")))
    desk = Desk(grid(rows, also), Script(inputs=listing(50)), probes=1)
    assert members(choose(desk, named)) == [(0, 1), (2, 3)]


def test_an_exception_that_an_example_names_is_a_value() -> None:
    rows = ["##"] * 4
    also: dict[tuple[int, int], object] = {(s, n): KeyError("k") for s in (0, 1, 2, 3) for n in (9,)}
    also |= {(s, 50): KeyError("k") for s in (2, 3)}
    desk = Desk(grid(rows, also), Script(inputs=listing(50)), probes=1)
    desk.ctx.problem = Problem(
        statement="Double.", contract=WorldContract(), examples=(unit(9, raises="KeyError", origin="example"),)
    )
    assert members(choose(desk, pools(rows))) == [(0, 1), (2, 3)]


# -- the outcome ------------------------------------------------------------------------------------------------------


def test_a_choice_says_how_many_agreed_on_how_many_inputs() -> None:
    desk = Desk(grid(EVEN), probes=4)
    choice = choose(desk, pools(EVEN))
    assert (choice.slot, choice.forced) == (0, 0)
    assert choice.reason == "agreed by 4 of 4 candidates on 4 of 4 fresh inputs"
    assert [e.choice for e in desk.events if isinstance(e, Chosen)] == [choice]


def test_fewer_than_two_valid_tests_and_examples_together_are_no_consensus() -> None:
    rows = ["##", "##"]
    choice = choose(Desk(grid(rows)), pools(rows, invalid=[1]))
    assert (choice.slot, choice.forced) == (None, 0)
    assert choice.reason.startswith("fewer than 2 valid tests and examples")
    assert choose(Desk(grid(rows), examples=1), pools(rows, examples=1)).slot == 0


def test_a_top_pass_count_of_nought_is_no_consensus() -> None:
    choice = choose(Desk(grid(["..", ".."])), pools(["..", ".."]))
    assert (choice.slot, choice.reason) == (None, "no candidate passes any valid test")
    assert choice.forced == 0


def test_no_usable_probe_is_no_consensus() -> None:
    choice = choose(Desk(grid(EVEN), Script(inputs="none")), pools(EVEN))
    assert (choice.slot, choice.forced) == (None, 0)
    assert choice.reason.startswith("no usable probe input")


def test_probes_nobody_could_pay_for_are_no_consensus_but_the_best_is_still_named() -> None:
    rows = ["#.", "##"]
    choice = choose(Desk(grid(rows), lambda ask, k: UNPAID), pools(rows))
    assert (choice.slot, choice.forced) == (None, 1)


def test_no_candidate_that_meets_every_example_is_no_consensus() -> None:
    rows = [".##", ".#."]
    choice = choose(Desk(grid(rows), examples=1), pools(rows, examples=1))
    assert (choice.slot, choice.reason) == (None, "no candidate meets every one of the 1 example(s)")
    assert choice.forced == 0, "forced, the choice is the candidate with most passes"


def test_two_largest_clusters_of_equal_size_are_no_consensus() -> None:
    choice = probed([1, 2, 1, 2])
    assert (choice.slot, choice.forced) == (None, 0)
    assert choice.reason == "the two largest clusters are equal in size (2 candidates each)"


def test_a_tie_for_the_second_place_is_a_consensus() -> None:
    assert probed([1, 1, 2, 3]).slot == 0


def test_a_tie_is_counted_among_those_at_the_top_pass_count() -> None:
    rows = ["##", "##", "#.", "#."]
    also: dict[tuple[int, int], object] = {(0, 50): 1, (1, 50): 2, (2, 50): 1, (3, 50): 1}
    desk = Desk(grid(rows, also), Script(inputs=listing(50)), probes=1)
    assert choose(desk, pools(rows)).slot is None, "three of four say 1, but of the two at the top one says 2"


def test_without_one_comparable_output_at_the_top_there_is_no_consensus() -> None:
    rows = ["##", "#.", "#."]
    desk = Desk(grid(rows, {(0, 50): TIMEOUT}), Script(inputs=listing(50)), probes=1)
    choice = choose(desk, pools(rows))
    assert choice.slot is None
    assert choice.reason.startswith("no top candidate returns a comparable value")
    assert choice.forced == 0


def test_nothing_can_be_chosen_where_no_slot_has_code() -> None:
    before = Pools(candidates=(UNUSABLE, UNUSABLE), tests=(unit(0), unit(1)))
    choice = choose(Desk(), before)
    assert (choice.slot, choice.forced, choice.clusters) == (None, None, ())
    assert choice.reason == "no candidate passes any valid test"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_asked_for_and_is_named(rule: str) -> None:
    choice = choose(Desk(grid(EVEN), select=rule), pools(EVEN))
    assert (choice.slot, choice.rule) == (0, rule)
    assert (rule in choice.reason) is (rule != "consensus")


def test_other_rules_are_not_stopped_by_equal_clusters() -> None:
    desk = Desk(grid(["##"] * 2, {(0, 50): 1, (1, 50): 2}), Script(inputs=listing(50)), probes=1, select="pass-count")
    assert choose(desk, pools(["##"] * 2)).slot == 0


def test_the_cluster_of_the_choice_stands_first() -> None:
    rows = ["##", "#.", "#."]
    also: dict[tuple[int, int], object] = {(0, 50): 1, (1, 50): 2, (2, 50): 2}
    for rule, first in (("consensus", (0,)), ("soft-vote", (1, 2))):
        desk = Desk(grid(rows, also), Script(inputs=listing(50)), probes=1, select=rule)
        assert members(choose(desk, pools(rows)))[0] == first


# -- differences ------------------------------------------------------------------------------------------------------


def test_each_rival_cluster_shows_the_shortest_input_on_which_it_differs() -> None:
    rows = ["##", "##", "##", "#."]
    also: dict[tuple[int, int], object] = {(2, 50): 7, (2, 123): 7, (3, 123): 8}
    desk = Desk(grid(rows, also), Script(inputs=listing(123, 50)), probes=2)
    before = pools(rows)

    async def play() -> list[tuple[int, str, object, object]]:
        final = await desk.matrix(before)
        choice = await select(desk.ctx, before, final)
        found = find_differences(desk.ctx, choice, final)
        shown = [(d.chosen_gives.value, d.rival_gives.value) for d in found]
        return [(d.rival, d.input, a and a.data, b and b.data) for d, (a, b) in zip(found, shown, strict=True)]

    assert asyncio.run(play()) == [(2, "50", 100, 7), (3, "1", 2, WRONG)]


def test_a_test_without_an_input_is_no_place_to_differ() -> None:
    rows = ["##", "##", "##"]
    before = Pools(candidates=pools(rows).candidates, tests=(*pools(rows).tests, no_majority(3)))
    desk = Desk(grid(rows, {(2, 60): 1}), Script(inputs=listing(60)), probes=1)

    async def play() -> list[str]:
        final = await desk.matrix(before)
        return [d.input for d in find_differences(desk.ctx, await select(desk.ctx, before, final), final)]

    assert asyncio.run(play()) == ["60"]


def test_probes_come_from_calls_with_different_emphases() -> None:
    desk = Desk(grid(EVEN), Script(inputs=fresh_inputs()), probes=16)
    choose(desk, pools(EVEN))
    firsts = {
        prompt.split("different test inputs for the task: ")[1].split(".")[0] for prompt in desk.prompts("inputs")
    }
    assert len(firsts) == 4
