"""Stage 2 as a whole: the order of the steps, fresh matrices, and when it ends."""

from __future__ import annotations

import asyncio

from cosplay_action.method.domain import Round, Stop
from cosplay_action.method.events import Moved, RoundPlayed, StepStarted, Stopped
from cosplay_action.method.explore import Pools
from cosplay_action.method.play import play
from cosplay_action.method.ports import Ask
from tests.support.stage import (
    UNPAID,
    UNUSABLE,
    WRONG,
    Desk,
    Script,
    candidate,
    code,
    grid,
    no_majority,
    pools,
    right_vote,
    split_vote,
    unit,
)  # fmt: skip

DIVIDED = ["##", "#."]


def run(desk: Desk, before: Pools) -> tuple[Pools, tuple[Round, ...], Stop]:
    return asyncio.run(play(desk.ctx, before))


def steps(desk: Desk, number: int = 1) -> list[str]:
    return [e.step for e in desk.events if isinstance(e, StepStarted) and e.stage == "play" and e.round == number]


def stubborn(**roles: object) -> Script:
    """Repairs and rewrites change nothing, voters never agree: no step can settle anything."""
    return Script(repair="no", candidate="no", vote=split_vote, **roles)  # type: ignore[arg-type]


def test_a_round_is_clean_break_fix_replace() -> None:
    desk = Desk(grid(DIVIDED), stubborn(), rounds=1)
    run(desk, pools(DIVIDED))
    assert steps(desk) == ["clean", "break", "fix", "replace"]


def test_all_rounds_are_played_when_nothing_settles() -> None:
    desk = Desk(grid(DIVIDED), stubborn(), rounds=3)
    _, rounds, stop = run(desk, pools(DIVIDED))
    assert [r.number for r in rounds] == [0, 1, 2, 3]
    assert stop is Stop.ROUNDS
    assert [e for e in desk.events if isinstance(e, Stopped)] == [Stopped(stop=Stop.ROUNDS)]


def test_without_rounds_the_pools_stay_as_they_are() -> None:
    desk = Desk(grid(DIVIDED), rounds=0)
    before = pools(DIVIDED)
    assert run(desk, before)[0] == before
    assert desk.asked == []


def test_two_valid_tests_that_everyone_passes_end_it_before_the_first_round() -> None:
    rows = ["##.", "##."]
    desk = Desk(grid(rows), rounds=3)
    _, rounds, stop = run(desk, pools(rows, invalid=[2]))
    assert (len(rounds), stop) == (1, Stop.SETTLED)
    assert desk.asked == []


def test_one_valid_test_that_everyone_passes_does_not_end_it() -> None:
    rows = ["##", "##"]
    _, _, stop = run(Desk(grid(rows), stubborn(), rounds=1), pools(rows, invalid=[1]))
    assert stop is Stop.ROUNDS


def test_examples_do_not_count_among_the_two() -> None:
    rows = ["###", "###"]
    _, _, stop = run(Desk(grid(rows), stubborn(), rounds=1, examples=2), pools(rows, examples=2))
    assert stop is Stop.ROUNDS


def test_an_example_that_somebody_fails_keeps_it_going() -> None:
    rows = ["###", ".##"]
    desk = Desk(grid(rows), stubborn(), rounds=1, examples=1)
    assert run(desk, pools(rows, examples=1))[2] is Stop.ROUNDS


def test_a_slot_without_code_keeps_it_going() -> None:
    before = Pools(candidates=(candidate(0), UNUSABLE), tests=(unit(0), unit(1)), plans=("p",))
    assert run(Desk(grid(["##"]), stubborn(), rounds=1), before)[2] is Stop.ROUNDS


def test_it_ends_at_the_start_of_the_round_after_the_one_that_settled_it() -> None:
    rows = ["##", ".#", "##"]
    _, rounds, stop = run(Desk(grid(rows), Script(repair=code(500)), rounds=5), pools(rows))
    assert stop is Stop.SETTLED
    assert len(rounds) == 2
    assert all(all(row) for row in rounds[-1].after.passes)


def test_with_no_valid_test_the_first_three_steps_are_skipped() -> None:
    rows = ["..", ".."]
    desk = Desk(grid(rows), stubborn(), rounds=1)
    run(desk, pools(rows, invalid=[0, 1]))
    assert steps(desk) == ["replace"]
    assert {ask.place.step for ask in desk.asked} == {"replace"}


def test_an_example_is_a_valid_test_to_go_by() -> None:
    before = Pools(candidates=(candidate(0), candidate(1)), tests=(no_majority(1), no_majority(2)), plans=("p",))
    desk = Desk(grid(["#", "."]), Script(vote=split_vote), rounds=1, examples=1)
    after, _, _ = run(desk, before)
    assert [c.source for c in after.candidates] == ["behaviour 0", "behaviour 500"]


def test_each_step_reads_a_fresh_matrix() -> None:
    """Clean heals candidate 1, so that break finds column 1 at 2/3 and the fix repairs who fails now."""
    rows = ["###", "...", "#.#"]
    desk = Desk(grid(rows, {(500, 1): WRONG}), Script(candidate=code(500), repair="no", vote=split_vote), rounds=1)
    _, rounds, _ = run(desk, pools(rows, spares=("spare",)))
    moves = [(m.kind, m.slot) for m in rounds[1].moves]
    assert moves[0] == ("clean", 1)
    # before the clean column 0 and 2 had support 2/3 and column 1 had 1/3; after it 1, 1 and 1/3
    assert moves[1] == ("break", 1)
    assert all(kind == "replace" for kind, _ in moves[2:]), "all valid tests are passed by everyone: nothing to fix"


def test_every_move_is_announced_and_stands_in_its_round() -> None:
    desk = Desk(grid(DIVIDED), stubborn(), rounds=2)
    _, rounds, _ = run(desk, pools(DIVIDED))
    announced = [(e.round, e.move) for e in desk.events if isinstance(e, Moved)]
    assert announced == [(r.number, move) for r in rounds for move in r.moves]
    assert len(announced) > 2
    assert [e.round for e in desk.events if isinstance(e, RoundPlayed)] == list(rounds)


def test_a_snapshot_tells_passes_validity_and_pass_counts() -> None:
    rows = ["##.", "#.."]
    _, (first,), _ = run(Desk(grid(rows), rounds=0), pools(rows, invalid=[1]))
    assert first.after.passes == ((True, False, False), (True, False, False))
    assert first.after.valid == (True, False, True)
    assert first.after.pass_counts == (1, 1)


def test_a_spent_budget_ends_it_within_the_round_and_keeps_both_pools() -> None:
    rows = ["##", "#.", ".."]
    desk = Desk(grid(rows), lambda ask, k: UNPAID, rounds=5)
    before = pools(rows, spares=("spare",))
    after, rounds, stop = run(desk, before)
    assert stop is Stop.BUDGET
    assert (after.candidates, after.tests) == (before.candidates, before.tests)
    assert len(rounds) == 2
    assert steps(desk) == ["clean"], "no further step is begun"


def test_moves_of_later_rounds_are_asked_at_places_of_their_own() -> None:
    desk = Desk(grid(DIVIDED), stubborn(), rounds=3)
    run(desk, pools(DIVIDED))
    places = [str(ask.place) for ask in desk.asked]
    assert len(places) == len(set(places))


def test_a_successor_is_born_in_its_round() -> None:
    def vote(ask: Ask, k: int) -> str:
        return split_vote(ask, k) if ask.place.round < 2 else right_vote(ask, k)

    rows = ["#.", ".."]
    after, _, _ = run(Desk(grid(rows), Script(repair="no", candidate="no", vote=vote), rounds=2), pools(rows))
    assert {t.born for t in after.tests if t.valid} == {2}
