"""Stage 1: hints, plans, the first two pools."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

import pytest

from cosplay_action.method.explore import Pools, explore
from cosplay_action.method.ports import Arrived, Ask, Model, Reply
from tests.support.stage import Desk, Script, code, fresh_inputs, some_list, split_vote


def run(desk: Desk) -> Pools:
    return asyncio.run(explore(desk.ctx))


def listed(*items: str) -> str:
    return "\n".join(f"{n}. {item}" for n, item in enumerate(items, start=1))


def plans_by_call(each: int) -> Callable[[Ask, int], str]:
    return lambda ask, k: listed(*(f"plan {ask.place.slot} variant {n}" for n in range(each)))


def test_one_call_asks_for_hints_and_at_most_the_wanted_number_is_taken() -> None:
    desk = Desk(script=Script(hints=listed(*(f"observation {n}" for n in range(9)))))
    pools = run(desk)
    assert [ask.samples for ask in desk.asked if ask.place.role == "hints"] == [1]
    assert pools.hints == ("observation 0", "observation 1", "observation 2", "observation 3")


def test_every_subset_of_zero_to_two_hints_is_expanded_by_one_call_while_plans_are_missing() -> None:
    hints = ("alpha one", "beta two", "gamma three", "delta four")
    desk = Desk(script=Script(hints=listed(*hints), plans=""), candidates=16)
    run(desk)
    shown = [frozenset(h for h in hints if h in prompt) for prompt in desk.prompts("plans")]
    assert len(shown) == 11
    assert len(set(shown)) == 11
    assert max(map(len, shown)) == 2
    assert frozenset() in shown


@pytest.mark.parametrize("candidates", [4, 8, 16])
def test_asking_for_plans_stops_at_one_and_a_half_times_the_candidates(candidates: int) -> None:
    desk = Desk(script=Script(plans=plans_by_call(3)), candidates=candidates)
    pools = run(desk)
    enough = math.ceil(1.5 * candidates)
    assert len(pools.plans) == enough
    calls = len(desk.prompts("plans"))
    assert calls * 3 >= enough
    assert calls <= math.ceil(enough / 2), "a call is counted on for two plans at least"


def test_equal_plans_count_once() -> None:
    desk = Desk(script=Script(plans=listed("sort first", "scan once")), candidates=4)
    assert sorted(run(desk).plans) == ["scan once", "sort first"]


def test_one_plan_gives_one_candidate_and_the_plans_left_over_are_the_spares() -> None:
    pools = run(Desk(script=Script(plans=plans_by_call(3)), candidates=4))
    assert [c.plan for c in pools.candidates] == list(pools.plans[:4])
    assert pools.spares == pools.plans[4:]
    assert len(pools.spares) == 2


def test_too_few_plans_are_reused_round_robin_and_leave_no_spare() -> None:
    pools = run(Desk(script=Script(plans=listed("sort first", "scan once", "use a heap")), candidates=8))
    first = [c.plan for c in pools.candidates[:3]]
    assert [c.plan for c in pools.candidates] == [first[n % 3] for n in range(8)]
    assert pools.spares == ()


def test_plans_are_shuffled_by_the_seed() -> None:
    orders = {run(Desk(script=Script(plans=plans_by_call(3)), seed=seed)).plans for seed in (1, 1, 2, 3)}
    assert len(orders) == 3


def test_no_plan_at_all_still_fills_the_pool() -> None:
    pools = run(Desk(script=Script(hints="", plans=""), candidates=4))
    assert len([c for c in pools.candidates if c.source]) == 4


@pytest.mark.parametrize("tests", [4, 5, 16])
def test_half_of_the_tests_are_attacks_and_half_are_random(tests: int) -> None:
    pools = run(Desk(tests=tests))
    origins = [test.origin for test in pools.tests]
    assert origins == ["attack"] * math.ceil(tests / 2) + ["random"] * (tests // 2)
    assert all(test.valid for test in pools.tests)


def test_an_attack_goes_from_a_plan_to_an_idea_to_an_input_each_in_its_own_call() -> None:
    desk = Desk(script=Script(plans=plans_by_call(3), attack=listed("it overflows", "it is empty")), tests=4)
    pools = run(desk)
    attack = [test for test in pools.tests if test.origin == "attack"]
    assert [test.idea for test in attack] == ["it overflows", "it is empty"]
    assert any(plan in desk.prompts("attack")[0] for plan in pools.plans)
    for test in attack:
        assert any(test.idea in prompt for prompt in desk.prompts("inputs"))


def test_attack_ideas_come_from_different_plans() -> None:
    desk = Desk(script=Script(plans=plans_by_call(3)), tests=8)
    pools = run(desk)
    used = [plan for prompt in desk.prompts("attack") for plan in pools.plans if plan in prompt]
    assert len(used) == 2
    assert len(set(used)) == 2


def test_voters_never_see_an_idea_a_candidate_or_a_plan() -> None:
    desk = Desk(script=Script(plans=plans_by_call(3), attack=listed("IDEA-ONE", "IDEA-TWO"), candidate=code(77)))
    pools = run(desk)
    secrets = ["IDEA-ONE", "IDEA-TWO", "behaviour 77", *pools.plans, *pools.hints]
    assert desk.prompts("vote")
    assert [s for prompt in desk.prompts("vote") for s in secrets if s in prompt] == []


def test_no_prompt_for_an_input_asks_for_its_result() -> None:
    desk = Desk()
    run(desk)
    places = {(ask.place.step, ask.place.slot, ask.place.role) for ask in desk.asked}
    assert {role for _, _, role in places} >= {"inputs", "vote"}
    assert all("Answer:" not in prompt for prompt in desk.prompts("inputs"))
    assert all("test input" not in prompt for prompt in desk.prompts("vote"))


def test_a_test_without_a_majority_stays_in_its_slot_and_is_invalid() -> None:
    pools = run(Desk(script=Script(vote=split_vote), tests=6))
    assert len(pools.tests) == 6
    assert not any(test.valid for test in pools.tests)
    assert all(test.input for test in pools.tests)


def test_a_slot_whose_input_could_not_be_read_is_invalid_and_nobody_votes_on_it() -> None:
    desk = Desk(script=Script(inputs="I would rather not."), tests=4)
    assert [(t.input, t.valid) for t in run(desk).tests] == [("", False)] * 4
    assert desk.prompts("vote") == []


def test_random_inputs_are_distinct_within_a_call_and_a_second_call_fills_what_the_first_left() -> None:
    calls: list[Ask] = []

    def inputs(ask: Ask, k: int) -> str:
        if ask.place.step != "random":
            return "```\n900\n```"
        calls.append(ask)
        return "```\n5\n5\nfive\n```" if ask.place.attempt == 0 else "```\n5\n6\n7\n```"

    pools = run(Desk(script=Script(inputs=inputs), tests=6))
    assert [t.input for t in pools.tests if t.origin == "random"] == ["5", "6", "7"]
    assert [ask.place.attempt for ask in calls] == [0, 1]


def test_hidden_examples_are_shown_to_those_who_write_code_but_not_to_those_who_write_tests() -> None:
    desk = Desk(ignore_examples=True, examples=1)
    run(desk)
    shows = {
        role: {"For example" in p for p in desk.prompts(role)} for role in ("candidate", "attack", "inputs", "vote")
    }
    assert shows == {"candidate": {True}, "attack": {False}, "inputs": {False}, "vote": {False}}


def test_a_reply_without_code_is_asked_for_once_more_and_then_leaves_an_unusable_slot() -> None:
    tries: list[int] = []

    def stubborn(ask: Ask, k: int) -> str:
        tries.append(ask.place.slot)
        return "no" if ask.place.slot == 1 or ask.place.attempt == 0 else code(3)

    pools = run(Desk(script=Script(candidate=stubborn), candidates=3))
    assert [bool(c.source) for c in pools.candidates] == [True, False, True]
    assert pools.candidates[1].flaw == "no behaviour in the block"
    assert sorted(tries) == [0, 0, 1, 1, 2, 2]


def test_every_question_of_a_run_has_a_place_of_its_own() -> None:
    desk = Desk(script=Script(vote=split_vote, plans=some_list, inputs=fresh_inputs(each=1)), tests=8)
    run(desk)
    places = [str(ask.place) for ask in desk.asked]
    assert len(places) == len(set(places))


class Holding:
    """A model that gives no candidate before the first vote was asked for."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.voting = asyncio.Event()

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        if ask.place.role == "vote":
            self.voting.set()
        if ask.place.role == "candidate":
            await asyncio.wait_for(self.voting.wait(), 5)
        return await self.inner.complete(ask, arrived)


def test_votes_start_while_candidates_are_still_being_written() -> None:
    desk = Desk(tests=4)

    async def play() -> Pools:
        desk.ctx.model = Holding(desk.model)
        return await explore(desk.ctx)

    assert all(c.source for c in asyncio.run(play()).candidates)
