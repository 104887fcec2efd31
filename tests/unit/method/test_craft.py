"""Single deeds: the vote, reading code, the cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from cosplay_action.method import craft
from cosplay_action.method.domain import Candidate, Expected, Observation, Votes
from cosplay_action.method.events import WasRead
from cosplay_action.method.ports import Ask, Place, Reply
from tests.support.stage import UNPAID, Desk, Script, candidate, code, grid, no_majority, unit

VOTE = Place(stage="explore", step="random", role="vote")
CODE = Place(stage="explore", step="candidates", role="candidate")


def ballots(*attempts: Sequence[str | Reply]) -> Callable[[Ask, int], str | Reply]:
    return lambda ask, k: attempts[ask.place.attempt][k]


def answers(*texts: str) -> list[str]:
    return [f"Working.\nAnswer: {text}" for text in texts]


def hold(desk: Desk) -> tuple[Expected | None, Votes]:
    return asyncio.run(craft.vote(desk.ctx, VOTE, "7"))


def test_three_of_four_ballots_that_agree_are_a_majority() -> None:
    expected, votes = hold(Desk(script=Script(vote=ballots(answers("14", "9", "14", "14")))))
    assert expected is not None
    assert expected.text == "14"
    assert votes == Votes(agreed=3, asked=4, attempts=1)


def test_two_of_four_are_none() -> None:
    expected, votes = hold(Desk(script=Script(vote=ballots(answers("14", "9", "14", "8"))), vote_attempts=1))
    assert expected is None
    assert votes == Votes(agreed=2, asked=4, attempts=1)


def test_attempts_are_never_pooled() -> None:
    split = answers("14", "14", "9", "9")
    desk = Desk(script=Script(vote=ballots(*[split] * 5)), vote_attempts=5)
    expected, votes = hold(desk)
    assert expected is None, "ten of twenty agreed, but no attempt has three of four"
    assert votes == Votes(agreed=2, asked=4, attempts=5)
    assert [ask.samples for ask in desk.asked] == [4] * 5


def test_voting_ends_with_the_first_attempt_that_has_a_majority() -> None:
    desk = Desk(script=Script(vote=ballots(answers("1", "2", "3", "4"), answers(*["14"] * 4))), vote_attempts=5)
    _, votes = hold(desk)
    assert votes == Votes(agreed=4, asked=4, attempts=2)
    assert len(desk.asked) == 2


def test_every_attempt_asks_about_the_same_input_with_other_seeds() -> None:
    desk = Desk(script=Script(vote=ballots(*[answers("1", "2", "3", "4")] * 3)), vote_attempts=3)
    hold(desk)
    assert len({ask.prompt for ask in desk.asked}) == 1
    assert len({ask.seed for ask in desk.asked}) == 3


def test_ballots_agree_by_value_not_by_spelling() -> None:
    expected, votes = hold(Desk(script=Script(vote=ballots(answers("14", "014", "0014", "9"))), vote_attempts=1))
    assert expected is None
    assert votes.agreed == 1, "014 is no Python literal: a ballot that cannot be evaluated is none"
    expected, votes = hold(Desk(script=Script(vote=ballots(answers("0", "-0", "00", "9")))))
    assert expected is not None
    assert (expected.text, votes.agreed) == ("0", 3)


def test_voters_may_agree_on_an_exception_class() -> None:
    said = answers("raises ValueError", "raises ValueError", "raises TypeError", "raises ValueError")
    expected, votes = hold(Desk(script=Script(vote=ballots(said))))
    assert expected == Expected(text="raises ValueError", raises="ValueError")
    assert votes.agreed == 3


def test_a_value_and_an_exception_never_agree() -> None:
    said = answers("raises ValueError", "14", "raises ValueError", "14")
    assert hold(Desk(script=Script(vote=ballots(said)), vote_attempts=1))[0] is None


@pytest.mark.parametrize(("samples", "needed"), [(2, 2), (3, 3), (4, 3), (5, 4), (8, 6)])
def test_three_quarters_rounded_up_must_agree(samples: int, needed: int) -> None:
    for agreed in (needed - 1, needed):
        said = answers(*["14"] * agreed, *(str(100 + n) for n in range(samples - agreed)))
        desk = Desk(script=Script(vote=ballots(said)), vote_samples=samples, vote_attempts=1)
        assert (hold(desk)[0] is not None) == (agreed >= needed)


def test_a_reply_cut_off_before_its_answer_is_no_ballot() -> None:
    cut = Reply(status="truncated", text="First 7 is doubled, which makes 14")
    said: list[str | Reply] = [cut, cut, *answers("14", "14")]
    desk = Desk(script=Script(vote=ballots(said)), vote_attempts=1)
    assert hold(desk)[0] is None
    assert WasRead(stage="explore", role="vote", usable=False, why="truncated before the answer") in desk.events


def test_a_vote_the_budget_cut_short_counts_the_ballots_that_were_paid() -> None:
    desk = Desk(script=Script(vote=ballots([*answers("14", "14", "14"), UNPAID])), vote_attempts=5)
    expected, votes = hold(desk)
    assert expected is not None
    assert votes.agreed == 3
    assert desk.ctx.exhausted


def test_no_further_attempt_is_made_once_the_budget_is_spent() -> None:
    desk = Desk(script=Script(vote=UNPAID), vote_attempts=5)
    assert hold(desk)[0] is None
    assert len(desk.asked) == 1


def write(desk: Desk) -> Candidate:
    return asyncio.run(craft.write_candidate(desk.ctx, CODE, "scan once"))


def test_the_last_block_that_can_be_used_is_the_candidate() -> None:
    reply = f"First try:\n{code(1)}\nBetter:\n{code(2)}\nUsage:\n```\nprint(double(3))\n```"
    assert write(Desk(script=Script(candidate=reply))).source == "behaviour 2"


def test_a_truncated_reply_without_code_says_so() -> None:
    flawed = write(Desk(script=Script(candidate=Reply(status="truncated", text="```python\nimport sys"))))
    assert flawed.source == ""
    assert flawed.flaw.startswith("truncated: ")


@pytest.mark.parametrize("status", ["empty", "refused", "malformed"])
def test_a_reply_without_text_is_a_flaw_not_an_error(status: str) -> None:
    flawed = write(Desk(script=Script(candidate=Reply(status=status, detail="the filter declined"))))  # type: ignore[arg-type]
    assert (flawed.source, flawed.flaw) == ("", "the filter declined")


def test_an_idea_that_cannot_be_read_is_replaced_by_the_plan() -> None:
    desk = Desk(script=Script(attack=""))
    place = Place(stage="explore", step="attack", role="attack")
    assert asyncio.run(craft.write_ideas(desk.ctx, place, "scan once", 2)) == ["scan once"]


def test_an_idea_whose_input_is_taken_gives_way_to_the_next() -> None:
    desk = Desk(script=Script(inputs=lambda ask, k: f"```\n{5 + ask.place.attempt}\n```"))
    place = Place(stage="play", step="break", role="inputs")
    ideas = ["empty", "negative"]
    assert asyncio.run(craft.input_for_idea(desk.ctx, place, ideas, ("5",))) == ("6", "negative")
    assert "negative" in desk.asked[-1].prompt
    assert asyncio.run(craft.input_for_idea(desk.ctx, place, ideas, ("5", "6"))) == (None, "empty")


def test_equal_sources_run_once_and_count_in_each_slot() -> None:
    desk = Desk(grid(["##", "#."]))
    twins = [candidate(0), candidate(1), candidate(0)]
    matrix = asyncio.run(craft.run_cells(desk.ctx, twins, [unit(0), unit(1)]))
    assert matrix.passes == ((True, True), (True, False), (True, True))
    assert desk.sandbox.cells == 4


def test_a_cell_that_was_seen_is_not_run_again() -> None:
    desk = Desk(grid(["##"]))
    for _ in range(3):
        asyncio.run(craft.run_cells(desk.ctx, [candidate(0)], [unit(0), unit(1)]))
    assert desk.sandbox.cells == 2


def test_an_invalid_test_is_passed_by_nobody() -> None:
    desk = Desk(grid(["##"]))
    matrix = asyncio.run(craft.run_cells(desk.ctx, [candidate(0)], [unit(0), no_majority(1)]))
    assert matrix.passes == ((True, False),)


def test_a_slot_without_code_runs_nothing_and_passes_nothing() -> None:
    desk = Desk(grid([]))
    matrix = asyncio.run(craft.run_cells(desk.ctx, [Candidate(source="")], [unit(3), unit(4, raises="ValueError")]))
    assert matrix.passes == ((False, False),)
    assert matrix.observations[0][0] == Observation(status="exited", detail="no usable code in the reply")
    assert desk.sandbox.cells == 0


@pytest.mark.parametrize(("reply_tokens", "factor"), [(1024, 1), (2048, 2), (512, 0.5)])
def test_reply_tokens_cap_a_reply_with_code_and_scale_the_caps_of_the_other_roles(
    reply_tokens: int, factor: float
) -> None:
    desk = Desk(reply_tokens=reply_tokens)
    write(desk)
    hold(desk)
    caps = {ask.place.role: ask.reply_tokens for ask in desk.asked}
    assert caps == {"candidate": reply_tokens, "vote": int(craft.VOTE_TOKENS * factor)}
