"""The whole method: outcome, kept tests, budgets, and the world with known truth."""

from __future__ import annotations

import asyncio

import pytest

from cosplay_action.method.context import Context
from cosplay_action.method.domain import Choice, DroppedTest, KeptTest, Outcome, Stop
from cosplay_action.method.explore import Pools
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Ask, Reply
from cosplay_action.method.solve import choose_instead, keep_tests, solve
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem, world_script
from tests.support.stage import UNPAID, WRONG, Desk, Script, candidate, code, grid, no_majority, pools, unit

Kept = tuple[tuple[KeptTest, ...], tuple[DroppedTest, ...]]


def keep(rows: list[str], slot: int | None, *, examples: int = 0, before: Pools | None = None) -> Kept:
    desk = Desk(grid(rows), examples=examples)
    at = before or pools(rows, examples=examples)

    async def play() -> Kept:
        choice = Choice(slot=slot, forced=slot, rule="consensus", reason="")
        return await keep_tests(desk.ctx, at, await desk.matrix(at), choice)

    return asyncio.run(play())


# -- kept tests -------------------------------------------------------------------------------------------------------


def test_kept_are_the_tests_the_chosen_candidate_passes_that_half_of_the_candidates_pass() -> None:
    rows = ["##.##", "##.#.", "#.#..", "#.#.."]  # support 4, 2, 2, 2, 1 of 4
    kept, dropped = keep(rows, 0)
    assert [(k.test.input, k.support) for k in kept] == [("0", 1.0), ("1", 0.5), ("3", 0.5)]
    assert [(d.test.input, d.because) for d in dropped] == [
        ("2", "the chosen candidate does not pass it"),
        ("4", "fewer than half of the candidates pass it"),
    ]


def test_an_example_is_kept_whatever_its_support() -> None:
    kept, _ = keep(["#", ".", ".", "."], 0, examples=1)
    assert [(k.test.origin, k.support) for k in kept] == [("example", 0.25)]


def test_a_retired_test_is_still_eligible() -> None:
    rows = ["##", "#."]
    before = pools(rows, retired=(unit(70), unit(80, expected=WRONG)))
    kept, dropped = keep(rows, 0, before=before)
    assert [(k.test.input, k.support, k.retired) for k in kept] == [
        ("0", 1.0, False), ("1", 0.5, False), ("70", 1.0, True),
    ]  # fmt: skip
    assert [d.test.input for d in dropped] == ["80"]


def test_kept_tests_are_unique_by_input_and_the_example_goes_first() -> None:
    rows = ["##", "##"]
    before = Pools(candidates=pools(rows).candidates, tests=(unit(0), unit(5), unit(5)), retired=(unit(5),))
    kept, dropped = keep(rows, 0, examples=1, before=before)
    assert [(k.test.input, k.test.origin) for k in kept] == [("0", "example"), ("5", "attack")]
    assert [d.because for d in dropped] == ["another kept test has the same input"] * 3


def test_invalid_tests_are_dropped_with_their_reason() -> None:
    rows = ["#", "#"]
    before = Pools(candidates=pools(rows).candidates, tests=(no_majority(5),))
    assert [d.because for d in keep(rows, 0, before=before)[1]] == ["no majority on its expected output"]


def test_another_candidate_chosen_instead_keeps_the_tests_that_it_passes_itself() -> None:
    rows = ["###", "##.", ".##"]
    desk, at = Desk(grid(rows)), pools(rows, retired=(unit(70),))

    async def play() -> tuple[Outcome, Outcome]:
        final = await desk.matrix(at)
        choice = Choice(slot=1, forced=1, rule="consensus", reason="agreed")
        kept, dropped = await keep_tests(desk.ctx, at, final, choice)
        outcome = Outcome(
            problem=desk.ctx.problem, choice=choice, stop=Stop.ROUNDS, matrix=final, rounds=(), retired=at.retired,
            kept=kept, dropped=dropped,
        )  # fmt: skip
        return outcome, await choose_instead(desk.ctx, outcome, 2)

    first, other = asyncio.run(play())
    assert [one.test.input for one in first.kept] == ["0", "1", "70"]
    assert [one.test.input for one in other.kept] == ["1", "2", "70"]
    assert (other.choice.slot, other.choice.forced, other.choice.reason) == (2, 1, "agreed")
    assert other.chosen == other.matrix.candidates[2]


def test_without_a_choice_nothing_is_kept() -> None:
    kept, dropped = keep(["##"], None)
    assert kept == ()
    assert {d.because for d in dropped} == {"nothing was chosen"}


# -- the world --------------------------------------------------------------------------------------------------------


def world_run(seed: int = 0, *, rates: Rates | None = None, examples: bool = False, **numbers: object) -> Outcome:
    model = ScriptedModel(world_script(rates or Rates(), seed))
    ctx = Context(
        problem=world_problem(examples=examples), model=model, sandbox=WorldSandbox(), seed=seed,
        numbers=Numbers(**numbers),  # type: ignore[arg-type]
    )  # fmt: skip
    return asyncio.run(solve(ctx))


@pytest.mark.parametrize("seed", range(6))
def test_in_a_world_where_most_are_right_the_right_candidate_is_chosen(seed: int) -> None:
    outcome = world_run(seed)
    assert outcome.status == "chosen"
    assert outcome.chosen is not None
    assert outcome.chosen.source == "behaviour 0"
    assert outcome.kept
    right = [k for k in outcome.kept if k.test.expected and k.test.expected.text == str(2 * int(k.test.input))]
    assert len(right) == len(outcome.kept)


def test_self_play_raises_the_share_of_right_tests_and_right_candidates() -> None:
    first, last = [], []
    for seed in range(8):
        outcome = world_run(seed, rates=Rates(candidate=0.4, vote=0.75))
        for found, at in ((first, 0), (last, -1)):
            rows = outcome.rounds[at].after.passes
            found.append(sum(map(sum, rows)) / (len(rows) * len(rows[0])))
    assert sum(last) > sum(first) + 0.5


def test_in_a_hopeless_world_nothing_is_claimed() -> None:
    outcome = world_run(rates=Rates(candidate=0.0, repair=0.0, vote=0.0, wrong=60))
    assert outcome.status == "no-consensus"
    assert outcome.chosen is None
    assert outcome.kept == ()
    assert outcome.choice.reason


def test_an_outcome_holds_everything_that_was_found_out() -> None:
    outcome = world_run(examples=True)
    assert len(outcome.hints) == 4
    assert len(outcome.plans) == 12
    assert len(outcome.matrix.candidates) == 8
    assert [t.origin for t in outcome.matrix.tests[:2]] == ["example", "attack"]
    assert outcome.rounds[0].number == 0
    assert outcome.cells > 0
    assert not outcome.budget_spent


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_fills_its_pools(preset: str) -> None:
    outcome = world_run(**PRESETS[preset])
    assert len(outcome.matrix.candidates) == PRESETS[preset]["candidates"]
    assert len(outcome.matrix.tests) == PRESETS[preset]["tests"]
    assert len(outcome.rounds) <= PRESETS[preset]["rounds"] + 1


def test_no_cell_of_a_run_is_executed_twice() -> None:
    for seed in range(4):
        sandbox = WorldSandbox()
        ctx = Context(problem=world_problem(), model=world_model(salt=seed), sandbox=sandbox, seed=seed)
        outcome = asyncio.run(solve(ctx))
        assert len(sandbox.cells) == len(set(sandbox.cells)) == outcome.cells


def test_no_place_of_a_run_is_asked_twice() -> None:
    model = world_model(Rates(candidate=0.3, repair=0.2, vote=0.6))
    ctx = Context(problem=world_problem(), model=model, sandbox=WorldSandbox(), numbers=Numbers(**PRESETS["paper"]))
    asyncio.run(solve(ctx))
    places = [str(ask.place) for ask in model.asked]
    assert len(places) == len(set(places))


# -- budgets ----------------------------------------------------------------------------------------------------------


def limited(calls: int, seed: int = 0) -> Outcome:
    """A run whose budget pays for so many replies."""
    script, left = world_script(Rates(), seed), [calls]

    def answer(ask: Ask, k: int) -> str | Reply:
        left[0] -= 1
        return script(ask, k) if left[0] >= 0 else UNPAID

    ctx = Context(problem=world_problem(), model=ScriptedModel(answer), sandbox=WorldSandbox(), seed=seed)
    return asyncio.run(solve(ctx))


def undisturbed() -> int:
    """The replies of the run that ``limited`` cuts short."""
    model = world_model()
    asyncio.run(solve(Context(problem=world_problem(), model=model, sandbox=WorldSandbox())))
    return sum(ask.samples for ask in model.asked)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_budget_that_ends_anywhere_leaves_a_judged_outcome(share: float) -> None:
    outcome = limited(int(share * undisturbed()))
    assert outcome.budget_spent
    assert outcome.status == "budget-exceeded"
    assert len(outcome.matrix.candidates) == 8
    assert len(outcome.matrix.tests) == 8
    assert outcome.stop in {Stop.BUDGET, Stop.SETTLED, Stop.ROUNDS}
    if any(c.source for c in outcome.matrix.candidates):
        assert outcome.choice.forced is not None


def test_no_valid_test_is_lost_in_the_round_in_which_the_budget_ends() -> None:
    runs = [limited(calls, seed) for seed in range(4) for calls in range(50, 130, 8)]
    ended = [outcome for outcome in runs if outcome.stop is Stop.BUDGET]
    played = [outcome for outcome in ended if len(outcome.rounds) > 1]
    assert len(played) > 3
    for outcome in played:
        before, after = (sum(r.after.valid) for r in outcome.rounds[-2:])
        assert after >= before - sum(m.kept and "no majority" in m.because for m in outcome.rounds[-1].moves)


def test_a_budget_that_suffices_is_not_spent() -> None:
    outcome = limited(10_000)
    assert not outcome.budget_spent
    assert outcome.status == "chosen"


def test_a_choice_made_before_the_budget_ended_in_the_probes_stands() -> None:
    def answer(ask: Ask, k: int) -> str | Reply:
        if ask.place.stage == "select" and ask.place.slot == 1:
            return UNPAID
        return world_script(Rates())(ask, k)

    ctx = Context(problem=world_problem(), model=ScriptedModel(answer), sandbox=WorldSandbox())
    outcome = asyncio.run(solve(ctx))
    assert (outcome.status, outcome.choice.slot is not None) == ("budget-exceeded", True)


def test_a_run_without_one_usable_reply_ends_in_words() -> None:
    for reply in ("", "I am sorry.", Reply(status="refused", detail="filter")):
        desk = Desk(script=lambda ask, k, reply=reply: reply)  # type: ignore[misc]
        outcome = asyncio.run(solve(desk.ctx))
        assert outcome.status == "no-consensus"
        assert outcome.choice.reason.startswith("fewer than 2 valid tests")


def test_two_slots_with_one_source_count_twice() -> None:
    desk = Desk(grid([]), Script(candidate=code(0), repair=code(0)), candidates=4, tests=4)
    outcome = asyncio.run(solve(desk.ctx))
    assert [c.source for c in outcome.matrix.candidates] == [candidate(0).source] * 4
    assert outcome.choice.clusters[0].size == 4
    assert outcome.choice.reason.startswith("agreed by 4 of 4 candidates")
