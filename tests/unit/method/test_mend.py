"""Stage 2, step by step: clean, break, fix, replace."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import pytest

from cosplay_action.method import mend
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Move
from cosplay_action.method.explore import Pools
from cosplay_action.method.ports import Ask
from tests.support.stage import (
    UNPAID,
    UNUSABLE,
    WRONG,
    Desk,
    Script,
    candidate,
    grid,
    pools,
    right_vote,
    split_vote,
    unit,
)

Step = Callable[[Context, Pools, int], Awaitable[tuple[Pools, list[Move]]]]


def take(step: Step, desk: Desk, before: Pools) -> tuple[Pools, list[Move]]:
    return asyncio.run(step(desk.ctx, before, 1))


def sources(after: Pools) -> list[str]:
    return [c.source for c in after.candidates]


def inputs(after: Pools) -> list[str]:
    return [t.input for t in after.tests]


# -- clean ------------------------------------------------------------------------------------------------------------


def test_a_candidate_that_passes_nothing_is_written_anew_from_an_unused_plan() -> None:
    rows = ["##", "..", "#.", ".."]
    desk = Desk(grid(rows))
    after, moves = take(mend.clean, desk, pools(rows, spares=("spare one", "spare two", "spare three")))
    assert sources(after) == ["behaviour 0", "behaviour 500", "behaviour 2", "behaviour 500"]
    assert [c.plan for c in after.candidates] == ["", "spare one", "", "spare two"]
    assert after.spares == ("spare three",)
    assert [(m.kind, m.slot, m.kept) for m in moves] == [("clean", 1, True), ("clean", 3, True)]
    assert after.candidates[1].born == 1


def test_without_unused_plans_a_fresh_plan_is_asked_for() -> None:
    rows = ["##", "..", ".."]
    desk = Desk(grid(rows), Script(plans="1. a plan made just now"))
    after, _ = take(mend.clean, desk, pools(rows, spares=("the last spare",)))
    assert [c.plan for c in after.candidates[1:]] == ["the last spare", "a plan made just now"]
    assert len(desk.prompts("plans")) == 1


def test_a_successor_without_code_leaves_the_old_candidate() -> None:
    rows = ["##", ".."]
    after, moves = take(mend.clean, Desk(grid(rows), Script(candidate="no")), pools(rows, spares=("spare",)))
    assert sources(after) == ["behaviour 0", "behaviour 1"]
    assert [(m.kept, "unusable" in m.because) for m in moves] == [(False, True)]


def test_a_pass_on_an_invalid_test_does_not_save_a_candidate() -> None:
    rows = ["##", ".#"]
    _, moves = take(mend.clean, Desk(grid(rows)), pools(rows, invalid=[1], spares=("spare",)))
    assert [m.slot for m in moves] == [1]


def test_an_example_counts_in_the_pass_count() -> None:
    rows = ["##", "#."]
    assert take(mend.clean, Desk(grid(rows), examples=1), pools(rows, examples=1, spares=("spare",)))[1] == []


def test_a_slot_without_code_is_cleaned_too() -> None:
    before = Pools(candidates=(candidate(0), UNUSABLE), tests=(unit(0), unit(1)), spares=("spare",), plans=("p",))
    assert sources(take(mend.clean, Desk(grid(["##"])), before)[0]) == ["behaviour 0", "behaviour 500"]


# -- break ------------------------------------------------------------------------------------------------------------

COUPLED = ["####", "##.#", "#..#", "...#"]  # support 3/4, 2/4, 1/4, 1


def test_exactly_one_test_is_broken_the_one_of_lowest_non_trivial_support() -> None:
    after, moves = take(mend.break_coupling, Desk(grid(COUPLED)), pools(COUPLED))
    assert inputs(after) == ["0", "1", "1000", "3"]
    assert [(m.kind, m.slot) for m in moves] == [("break", 2)]
    assert after.tests[2].valid
    assert after.tests[2].born == 1


def test_among_equal_supports_the_lowest_slot_is_broken() -> None:
    rows = ["#.#.", ".#..", "...."]
    assert [m.slot for m in take(mend.break_coupling, Desk(grid(rows)), pools(rows))[1]] == [0]


@pytest.mark.parametrize("rows", [["##", "##"], ["..", ".."], ["#.", "#."]])
def test_tests_that_all_or_none_pass_are_not_broken(rows: list[str]) -> None:
    before = pools(rows)
    assert take(mend.break_coupling, Desk(grid(rows)), before) == (before, [])


def test_an_example_is_never_broken_and_slots_are_counted_without_examples() -> None:
    rows = ["###", ".##", ".#."]  # the example has the lowest support of all
    after, moves = take(mend.break_coupling, Desk(grid(rows), examples=1), pools(rows, examples=1))
    assert [(m.kind, m.slot) for m in moves] == [("break", 1)]
    assert inputs(after) == ["1", "1000"]


def test_an_invalid_test_is_not_broken() -> None:
    rows = ["##", ".."]
    assert [m.slot for m in take(mend.break_coupling, Desk(grid(rows)), pools(rows, invalid=[0]))[1]] == [1]


def test_idea_and_input_prompts_show_the_old_test_and_one_candidate_that_passed_it() -> None:
    desk = Desk(grid(COUPLED))
    take(mend.break_coupling, desk, pools(COUPLED))
    for role in ("attack", "inputs"):
        (prompt,) = desk.prompts(role)
        assert "```python\n2\n```" in prompt
        assert "expected 4" in prompt
        assert "behaviour 0" in prompt
        assert "behaviour 1" not in prompt


@pytest.mark.parametrize("faithful", [False, True])
def test_voters_see_the_old_test_only_in_the_faithful_arm(faithful: bool) -> None:
    def vote(ask: Ask, k: int) -> str:
        return "Answer: 2000"

    desk = Desk(grid(COUPLED), Script(vote=vote), faithful=faithful)
    take(mend.break_coupling, desk, pools(COUPLED))
    assert {"behaviour 0" in prompt for prompt in desk.prompts("vote")} == {faithful}
    assert {"expected 4" in prompt for prompt in desk.prompts("vote")} == {faithful}


def test_without_a_majority_the_broken_test_becomes_invalid() -> None:
    after, moves = take(mend.break_coupling, Desk(grid(COUPLED), Script(vote=split_vote)), pools(COUPLED))
    assert [t.valid for t in after.tests] == [True, True, False, True]
    assert moves[0].kept
    assert "no majority" in moves[0].because


def test_the_new_input_repeats_none_in_use() -> None:
    def repeating(ask: Ask, k: int) -> str:
        return "```\n0\n1\n9\n55\n```"

    before = pools(COUPLED, retired=(unit(9),))
    after, _ = take(mend.break_coupling, Desk(grid(COUPLED), Script(inputs=repeating)), before)
    assert inputs(after)[2] == "55"


# -- fix --------------------------------------------------------------------------------------------------------------

MIXED = ["###.", "##..", "#.#.", "###."]  # support 1, 3/4, 3/4, 0


def test_every_candidate_that_fails_the_test_of_highest_support_below_one_gets_one_repair() -> None:
    rows = ["###", "##.", ".#.", ".#."]  # support 2/4, 1, 1/4
    desk = Desk(grid(rows))
    after, moves = take(mend.fix, desk, pools(rows))
    assert sources(after) == ["behaviour 0", "behaviour 1", "behaviour 500", "behaviour 500"]
    assert [(m.kind, m.slot, m.kept) for m in moves] == [("fix", 2, True), ("fix", 3, True)]
    assert [ask.place.slot for ask in desk.asked] == [2, 3]
    assert after.candidates[2].parent == candidate(2).id


def test_among_equal_supports_the_lowest_column_is_fixed() -> None:
    assert [m.slot for m in take(mend.fix, Desk(grid(MIXED)), pools(MIXED))[1]] == [2]


def test_a_test_nobody_passes_is_never_fixed() -> None:
    rows = ["#.", "#."]
    desk = Desk(grid(rows))
    assert take(mend.fix, desk, pools(rows))[1] == []
    assert desk.asked == []


def test_examples_are_fixed_first_even_when_nobody_passes_them() -> None:
    rows = [".#", ".#", ".."]
    desk = Desk(grid(rows), examples=1)
    assert [m.slot for m in take(mend.fix, desk, pools(rows, examples=1))[1]] == [0, 1, 2]
    assert all("```python\n0\n```" in prompt for prompt in desk.prompts("repair"))


def test_hidden_examples_are_no_target() -> None:
    rows = ["#", "."]
    desk = Desk(grid(rows), examples=1, ignore_examples=True)
    before = Pools(candidates=(candidate(0), candidate(1)), tests=())
    assert take(mend.fix, desk, before)[1] == []


def test_the_repair_prompt_shows_code_input_expected_and_actual_output() -> None:
    desk = Desk(grid(MIXED))
    take(mend.fix, desk, pools(MIXED))
    (prompt,) = desk.prompts("repair")
    for part in ("Double a whole number.", "behaviour 2", "```python\n1\n```", "Expected: 2", f"It gives: {WRONG}"):
        assert part in prompt


def fixed(also: dict[tuple[int, int], object], *, retired: bool = False, examples: int = 0, **numbers: object) -> Move:
    """The one move of a fix on MIXED (slot 2 fails column 1) whose repaired candidate is ``behaviour 500``."""
    desk = Desk(grid(MIXED, also), examples=examples, **numbers)  # type: ignore[arg-type]
    before = pools(MIXED, examples=examples, retired=(unit(70),) if retired else ())
    (move,) = take(mend.fix, desk, before)[1]
    return move


def test_a_fix_that_still_fails_the_target_is_not_taken() -> None:
    move = fixed({(500, 1): WRONG})
    assert not move.kept
    assert "still fails" in move.because


def test_a_fix_may_not_lose_a_test_of_at_least_half_support_that_its_parent_passed() -> None:
    move = fixed({(500, 2): WRONG})
    assert not move.kept
    assert "loses 1 trusted" in move.because


def test_a_fix_may_lose_a_test_that_its_parent_failed() -> None:
    rows = ["###", "##.", ".#.", "###"]  # support 3/4, 1, 2/4
    desk = Desk(grid(rows, {(500, 2): WRONG}))
    (move,) = take(mend.fix, desk, pools(rows))[1]
    assert (move.slot, move.kept) == (2, True)


def test_a_fix_may_lose_a_test_of_low_support() -> None:
    rows = ["#.#", "#..", "#..", ".#."]  # support 3/4, 1/4, 1/4; slot 3 passes column 1, which few do
    desk = Desk(grid(rows, {(500, 1): WRONG}))
    (move,) = take(mend.fix, desk, pools(rows))[1]
    assert (move.slot, move.kept) == (3, True)


def test_a_fix_may_not_lose_a_retired_test() -> None:
    assert fixed({}, retired=True).kept
    move = fixed({(500, 70): WRONG}, retired=True)
    assert not move.kept
    assert "loses 1 trusted" in move.because


def test_a_fix_may_not_lose_an_example() -> None:
    rows = ["##..", ".#..", "#...", ".#.."]
    also: dict[tuple[int, int], object] = {(500, 1): WRONG}  # the repair of column 0 forgets column 1
    _, moves = take(mend.fix, Desk(grid(rows, also), examples=2), pools(rows, examples=2))
    target_is_column_1 = [(m.slot, m.kept) for m in moves]
    assert target_is_column_1 == [(2, False)], "column 1 has more support; behaviour 500 still fails it"
    also = {(500, 0): WRONG}
    _, moves = take(mend.fix, Desk(grid(rows, also), examples=2), pools(rows, examples=2))
    assert [(m.slot, m.kept) for m in moves] == [(2, False)], "slot 2 passed example 0 and the repair loses it"


def test_half_of_the_candidates_are_enough_to_guard_a_test() -> None:
    rows = ["##", "#.", "#.", ".#"]  # support 3/4 (fixed), 2/4 (guarded)
    (move,) = take(mend.fix, Desk(grid(rows, {(500, 1): WRONG})), pools(rows))[1]
    assert (move.slot, move.kept) == (3, False)


def test_a_reply_without_code_leaves_the_parent() -> None:
    desk = Desk(grid(MIXED), Script(repair="I cannot."))
    after, (move,) = take(mend.fix, desk, pools(MIXED))
    assert sources(after)[2] == "behaviour 2"
    assert not move.kept
    assert "no usable code" in move.because


def test_with_the_guard_off_every_fix_is_taken_even_one_without_code() -> None:
    also: dict[tuple[int, int], object] = {(500, 0): WRONG, (500, 1): WRONG}
    after, (move,) = take(mend.fix, Desk(grid(MIXED, also), fix_guard=False), pools(MIXED))
    assert (sources(after)[2], move.kept) == ("behaviour 500", True)
    after, (move,) = take(mend.fix, Desk(grid(MIXED), Script(repair="no"), fix_guard=False), pools(MIXED))
    assert (sources(after)[2], move.kept) == ("", True)


# -- replace ----------------------------------------------------------------------------------------------------------


def test_tests_nobody_passes_and_invalid_tests_are_replaced() -> None:
    rows = ["#..#", "...#"]
    desk = Desk(grid(rows))
    after, moves = take(mend.replace_tests, desk, pools(rows, invalid=[2]))
    replaced = [(m.slot, m.because.split(";")[0]) for m in moves]
    assert replaced[:2] == [(1, "no candidate passed it"), (2, "it was invalid")]
    assert after.tests[1].valid
    assert after.tests[2].valid


def test_a_test_with_the_input_of_an_earlier_one_is_replaced() -> None:
    rows = ["##", "##"]
    before = pools(rows)
    twins = dataclasses.replace(before, tests=(before.tests[0], before.tests[0]))
    after, moves = take(mend.replace_tests, Desk(grid(rows)), twins)
    assert (moves[0].slot, moves[0].because) == (1, "an earlier test has the same input")
    assert len(set(inputs(after))) == 2


def test_without_a_majority_a_replaced_test_is_invalid() -> None:
    rows = ["#.", ".."]
    after, _ = take(mend.replace_tests, Desk(grid(rows), Script(vote=split_vote)), pools(rows))
    assert [t.valid for t in after.tests] == [True, False]


def test_a_test_everyone_passes_is_replaced_and_retired() -> None:
    rows = ["##", ".#"]
    before = pools(rows)
    after, moves = take(mend.replace_tests, Desk(grid(rows)), before)
    assert [(m.slot, m.kept, m.because) for m in moves] == [(1, True, "every candidate passed it")]
    assert inputs(after) == ["0", "1000"]
    assert after.retired == (before.tests[1],)


def test_without_a_majority_a_test_everyone_passes_stays_and_is_not_retired() -> None:
    rows = ["##", ".#"]
    before = pools(rows)
    after, moves = take(mend.replace_tests, Desk(grid(rows), Script(vote=split_vote)), before)
    assert (after.tests, after.retired) == (before.tests, before.retired)
    assert after.past == ("1000",)
    assert [(m.slot, m.kept) for m in moves] == [(1, False)]


def test_when_all_valid_tests_are_passed_by_everyone_none_is_retired() -> None:
    rows = ["###", "###"]
    desk = Desk(grid(rows), Script(vote=split_vote))
    after, moves = take(mend.replace_tests, desk, pools(rows, invalid=[2]))
    assert after.retired == ()
    assert [m.slot for m in moves] == [2]


def test_retiring_looks_at_the_matrix_after_the_replacements() -> None:
    rows = ["#.", "#."]  # slot 0 is at 1; slot 1 nobody passes; its successor 1000 is failed by candidate 1
    desk = Desk(grid(rows, {(1, 1000): WRONG}))
    after, moves = take(mend.replace_tests, desk, pools(rows))
    assert [(m.slot, m.kept) for m in moves] == [(1, True), (0, True)]
    assert [t.input for t in after.retired] == ["0"]
    after, moves = take(mend.replace_tests, Desk(grid(rows)), pools(rows))
    assert [m.slot for m in moves] == [1], "the successor is passed by everyone too: all valid tests have support 1"


def test_examples_are_never_replaced_nor_retired() -> None:
    rows = ["#.#.", "#.#."]
    after, moves = take(mend.replace_tests, Desk(grid(rows), examples=2), pools(rows, examples=2))
    assert [m.slot for m in moves] == [1], "test slots count from the first own test"
    assert after.retired == ()


def test_a_slot_without_code_keeps_support_below_one() -> None:
    before = Pools(candidates=(candidate(0), UNUSABLE), tests=(unit(0), unit(1)), plans=("p",))
    desk = Desk(grid(["##"]))
    assert take(mend.replace_tests, desk, before)[1] == []
    assert asyncio.run(desk.matrix(before)).passes == ((True, True), (False, False))


# -- budget -----------------------------------------------------------------------------------------------------------


def test_no_test_gives_way_to_one_that_nobody_voted_on() -> None:
    desk = Desk(grid(COUPLED), Script(vote=UNPAID))
    before = pools(COUPLED)
    after, moves = take(mend.break_coupling, desk, before)
    assert after == before
    assert [m.kept for m in moves] == [False]
    after, moves = take(mend.replace_tests, Desk(grid(["#.", ".."]), Script(vote=UNPAID)), pools(["#.", ".."]))
    assert inputs(after) == ["0", "1"]
    assert [m.kept for m in moves] == [False]


def test_no_candidate_gives_way_to_one_that_was_never_written() -> None:
    rows = ["##", ".."]
    desk = Desk(grid(rows), Script(candidate=UNPAID, repair=UNPAID))
    before = pools(rows, spares=("spare",))
    after, moves = take(mend.clean, desk, before)
    assert sources(after) == sources(before)
    assert [m.kept for m in moves] == [False]
    after, moves = take(mend.fix, desk, before)
    assert sources(after) == sources(before)
    assert [m.kept for m in moves] == [False]


def test_a_majority_reached_before_the_budget_ended_still_counts() -> None:
    def vote(ask: Ask, k: int) -> object:
        return UNPAID if k == 3 else right_vote(ask, k)

    after, _ = take(mend.break_coupling, Desk(grid(COUPLED), Script(vote=vote)), pools(COUPLED))  # type: ignore[arg-type]
    assert inputs(after)[2] == "1000"
