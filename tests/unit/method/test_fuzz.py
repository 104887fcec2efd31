"""Differential fuzzing: which inputs are kept, which are tried first, and what a duel decides."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from cosplay_action.method import duel, fuzz, mend, select
from cosplay_action.method.domain import Difference, Observation
from cosplay_action.method.explore import explore
from cosplay_action.method.fuzz import Field
from cosplay_action.method.values import Value
from tests.support.stage import UNUSABLE, Desk, Script, candidate, code, grid, pools, right_vote, split_vote, unit


def returned(number: int) -> Observation:
    return Observation(status="returned", value=Value("int", number))


RAISED = Observation(status="raised", error=("ValueError",))


def field(*columns: list[int | None]) -> Field:
    """A field whose columns are what the slots return on one input each (None: they raise)."""
    slots = range(len(columns[0]))
    rows = tuple(tuple(RAISED if (n := column[slot]) is None else returned(n) for column in columns) for slot in slots)
    return Field(inputs=tuple(str(at) for at in range(len(columns))), rows=rows)


def best(found: Field, count: int) -> list[int]:
    return fuzz.best_splits(found, lambda _classes: False, count)


def test_the_input_that_tells_most_pairs_apart_comes_first() -> None:
    assert best(field([1, 1, 1, 1], [1, 1, 1, 2], [1, 1, 2, 2]), 9) == [2, 1]


def test_the_next_input_is_the_one_that_parts_what_is_not_parted_yet() -> None:
    assert best(field([1, 1, 2, 2], [1, 1, 2, 2], [1, 2, 1, 2]), 2) == [0, 2]


def test_when_all_is_parted_the_next_inputs_part_it_once_more() -> None:
    assert best(field([1, 2], [3, 4], [5, 5]), 9) == [0, 1]


def test_a_candidate_that_raises_parts_nothing() -> None:
    assert best(field([1, None, 1], [1, 1, 1]), 3) == []


def test_an_exception_that_is_named_parts() -> None:
    assert fuzz.best_splits(field([1, None]), lambda classes: "ValueError" in classes, 1) == [0]


def explored(desk: Desk, validators: tuple[str, ...] = (), rows: int = 2) -> Field:
    return asyncio.run(
        fuzz.explore_field(
            desk.ctx, "here", known=("3", "40", "700"), candidates=[candidate(k) for k in range(rows)],
            validators=validators,
        )
    )  # fmt: skip


def test_the_field_holds_fresh_inputs_and_what_each_slot_shows_on_them() -> None:
    found = explored(Desk(grid([""], {(1, 6): -1}), fuzz=64))
    assert 10 < len(found.inputs) <= 64
    assert not set(found.inputs) & {"3", "40", "700"}
    assert [len(row) for row in found.rows] == [len(found.inputs)] * 2


def test_an_input_on_which_most_of_the_pool_fails_is_not_in_the_field() -> None:
    failing: dict[tuple[int, int], object] = {(k, n): ValueError("no") for k in (0, 1) for n in range(3, 100)}
    found = explored(Desk(grid([""], failing), fuzz=64), rows=3)
    assert found.inputs
    assert min(map(int, found.inputs)) >= 100


def test_a_candidate_without_code_has_a_row_all_the_same() -> None:
    found = asyncio.run(
        fuzz.explore_field(
            Desk(fuzz=8).ctx, "x", known=("3", "9"), candidates=[candidate(0), UNUSABLE], validators=()
        )
    )  # fmt: skip
    assert {seen.status for seen in found.rows[1]} == {"exited"}


def test_inputs_that_most_validators_refuse_are_dropped() -> None:
    yes = {(k, n): n % 2 == 0 or n in {3, 40, 700} for k in (7, 8) for n in range(2000)}
    yes |= {(9, n): True for n in range(2000)}
    found = explored(Desk(grid([""], dict(yes)), fuzz=64), ("behaviour 7", "behaviour 8", "behaviour 9"))
    assert found.inputs
    assert all(int(text) % 2 == 0 for text in found.inputs)


def test_a_validator_that_refuses_the_models_own_inputs_is_not_believed() -> None:
    never = {(7, n): False for n in range(2000)}
    assert explored(Desk(grid([""], dict(never)), fuzz=64), ("behaviour 7",)) == explored(Desk(fuzz=64))


def test_validators_are_written_once_and_only_for_fuzzing() -> None:
    for numbers, asks in (({}, 0), ({"fuzz": 16}, 1)):
        desk = Desk(grid([""]), Script(validator=code(7)), candidates=2, tests=2, **numbers)
        found = asyncio.run(explore(desk.ctx))
        assert len(desk.prompts("validator")) == asks
        assert found.validators == ("behaviour 7",) * 3 * asks


SPLIT = {(1, n): -n for n in range(20, 5000)}  # behaviour 1 is wrong from 20 on


def test_a_weak_tests_successor_stands_on_an_input_that_parts_the_pool() -> None:
    rows = ["##", "#."]
    desk = Desk(grid(rows, dict(SPLIT)), fuzz=64)
    before = dataclasses.replace(pools(rows), past=("30", "31"))
    after, (move,) = asyncio.run(mend.break_coupling(desk.ctx, before, 1))
    assert move.kept
    assert after.tests[1].origin == "fuzz"
    assert int(after.tests[1].input) >= 20
    assert not desk.prompts("attack")
    assert not desk.prompts("inputs")


def test_where_nothing_parts_the_pool_an_idea_is_asked_for_as_without_fuzzing() -> None:
    rows = ["#.", "#."]
    desk = Desk(grid(rows), fuzz=64)
    after, _ = asyncio.run(mend.replace_tests(desk.ctx, pools(rows), 1))
    assert after.tests[1].origin == "attack"
    assert len(desk.prompts("attack")) == 1


def test_an_input_that_was_given_up_does_not_come_again() -> None:
    rows = ["#.", "#."]
    desk = Desk(grid(rows, dict(SPLIT)), Script(vote=split_vote), fuzz=64)
    before = dataclasses.replace(pools(rows), past=("30",))
    once, _ = asyncio.run(mend.replace_tests(desk.ctx, before, 1))
    assert once.tests[1].input in once.past
    twice, _ = asyncio.run(mend.replace_tests(desk.ctx, once, 2))
    assert twice.tests[1].input not in once.past


def test_a_duel_parts_the_leaders_by_a_test_that_takes_the_place_of_one_that_all_pass() -> None:
    rows = ["##", "##"]
    desk = Desk(grid(rows, dict(SPLIT)), Script(vote=right_vote), fuzz=64)
    before = dataclasses.replace(pools(rows), past=("40",))
    after, moves = asyncio.run(duel.duels(desk.ctx, before, 4))
    assert [(move.kind, move.slot, move.kept) for move in moves] == [("replace", 0, True)]
    assert after.retired == (unit(0),)
    assert asyncio.run(desk.matrix(after)).passes == ((True, True), (False, True))


@pytest.mark.parametrize("rows", [["##", "#."], ["##", "##"]], ids=["one leads", "nothing parts them"])
def test_without_anything_to_decide_no_vote_is_held(rows: list[str]) -> None:
    desk = Desk(grid(rows), fuzz=64)
    assert asyncio.run(duel.duels(desk.ctx, pools(rows), 4)) == (pools(rows), [])
    assert desk.asked == []


def test_a_duel_without_a_majority_changes_no_test_and_the_next_takes_another_input() -> None:
    rows = ["##", "##"]
    desk = Desk(grid(rows, dict(SPLIT)), Script(vote=split_vote), fuzz=64, vote_attempts=1)
    before = dataclasses.replace(pools(rows), past=("40",))
    after, moves = asyncio.run(duel.duels(desk.ctx, before, 4))
    assert after.tests == before.tests
    assert [move.kept for move in moves] == [False] * duel.DUELS
    assert len(set(after.past)) == 1 + duel.DUELS


def test_without_fuzzing_there_are_no_duels() -> None:
    rows = ["##", "##"]
    desk = Desk(grid(rows, dict(SPLIT)))
    assert asyncio.run(duel.duels(desk.ctx, pools(rows), 4)) == (pools(rows), [])


def test_probes_without_tokens_part_the_pool_first() -> None:
    rows = ["##", "##"]
    desk = Desk(grid(rows, dict(SPLIT)), fuzz=64, probes=6)
    before = dataclasses.replace(pools(rows), past=("40",))
    choice = asyncio.run(select.select(desk.ctx, before, asyncio.run(desk.matrix(before))))
    assert not desk.prompts("inputs")
    assert len(choice.probes) == 6
    assert int(choice.probes[0]) >= 20
    assert len(choice.clusters) == 2


def test_a_difference_is_shown_on_the_simplest_input_that_still_shows_it() -> None:
    desk = Desk(grid([""], dict(SPLIT)), fuzz=64)
    found = Difference(rival=1, cluster=1, input="3999", chosen_gives=returned(7998), rival_gives=returned(-3999))
    sources = ("behaviour 0", "behaviour 1")
    small = asyncio.run(fuzz.shrunk(desk.ctx, found, sources, lambda _classes: False, ()))
    assert (small.input, small.rival_gives) == ("20", returned(-20))


def test_an_input_that_validators_refuse_is_no_simplest_one() -> None:
    refuses: dict[tuple[int, int], object] = {(7, n): n >= 100 for n in range(5000)}
    desk = Desk(grid([""], {**SPLIT, **refuses}), fuzz=64)
    found = Difference(rival=1, cluster=1, input="3999", chosen_gives=returned(7998), rival_gives=returned(-3999))
    sources = ("behaviour 0", "behaviour 1")
    small = asyncio.run(fuzz.shrunk(desk.ctx, found, sources, lambda _classes: False, ("behaviour 7",)))
    assert 100 <= int(small.input) < 200
