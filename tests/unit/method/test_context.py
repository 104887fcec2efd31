"""Streams, fan-out, and cells that run once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cosplay_action.errors import QuotaExhausted, SandboxError
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Place, Seen
from cosplay_action.method.values import Value
from cosplay_action.testing.table import told
from tests.support.stage import Desk, Script, problem

PLACE = Place(stage="explore", step="hints", role="hints")


def test_a_stream_is_a_function_of_seed_and_path() -> None:
    def draws(seed: int, *path: str | int) -> list[float]:
        stream = Desk(seed=seed).ctx.stream(*path)
        return [stream.random() for _ in range(3)]

    assert draws(1, "a", 2) == draws(1, "a", 2)
    distinct = [draws(1, "a", 2), draws(2, "a", 2), draws(1, "a", 3), draws(1, "a2"), draws(1, "a", 2, "")]
    assert len({tuple(d) for d in distinct}) == 5


def test_the_seed_of_a_question_depends_on_its_place_alone() -> None:
    desk = Desk(script=Script())
    for prompt in ("one", "two"):
        asyncio.run(desk.ctx.ask(PLACE, ("", prompt), samples=1, tokens=10))
    asyncio.run(desk.ctx.ask(desk.ctx.at(PLACE, 1), ("", "one"), samples=1, tokens=10))
    seeds = [ask.seed for ask in desk.asked]
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= seed < 2**31 - 32 for seed in seeds)


def test_results_come_in_the_order_of_the_work_not_of_its_end() -> None:
    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert asyncio.run(Desk().ctx.gather(after(n) for n in (5, 1, 3))) == [5, 1, 3]


@pytest.mark.parametrize("error", [QuotaExhausted("no money", "Pay."), SandboxError("gone", "Restart.")])
def test_an_error_for_people_leaves_nested_batches_as_itself(error: Exception) -> None:
    ended: list[str] = []

    async def fail() -> None:
        await asyncio.sleep(0)
        raise error

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async def play() -> None:
        ctx = Desk().ctx
        await ctx.gather2(ctx.gather([wait(), ctx.gather2(fail(), wait())]), wait())

    with pytest.raises(type(error)) as caught:
        asyncio.run(play())
    assert caught.value is error
    assert ended == ["cancelled"] * 3


class SlowSandbox:
    def __init__(self, failures: int = 0) -> None:
        self.ran: list[tuple[str | None, str]] = []
        self.failures = failures

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        self.ran += [(job.candidate, text) for text in job.inputs]
        await asyncio.sleep(0.01)
        if self.failures:
            self.failures -= 1
            raise SandboxError("the worker is gone")
        doubled = [Observation(status="returned", value=Value("int", 2 * int(text))) for text in job.inputs]
        return told(doubled, arrived)


def context(sandbox: SlowSandbox) -> Context:
    return Context(problem=problem(), model=Desk().model, sandbox=sandbox)


def test_a_cell_that_is_being_run_is_waited_for_not_run_again() -> None:
    sandbox = SlowSandbox()

    async def play() -> list[tuple[Observation, ...]]:
        ctx = context(sandbox)
        return await ctx.gather(ctx.run("behaviour 0", inputs) for inputs in (["1", "2"], ["2", "3"], ["3", "1"]))

    values = [[seen.value.data for seen in row if seen.value] for row in asyncio.run(play())]
    assert values == [[2, 4], [4, 6], [6, 2]]
    assert sorted(sandbox.ran) == [("behaviour 0", "1"), ("behaviour 0", "2"), ("behaviour 0", "3")]


def test_who_waited_for_a_run_that_failed_sees_the_failure_of_the_sandbox() -> None:
    async def play() -> None:
        ctx = context(SlowSandbox(failures=9))
        await ctx.gather(ctx.run("behaviour 0", ["1"]) for _ in range(3))

    with pytest.raises(SandboxError, match="worker is gone"):
        asyncio.run(play())


def test_expected_expressions_and_candidates_do_not_share_cells() -> None:
    sandbox = SlowSandbox()

    async def play() -> None:
        ctx = context(sandbox)
        await ctx.run(None, ["1"])
        await ctx.run("behaviour 0", ["1"])

    asyncio.run(play())
    assert sandbox.ran == [(None, "1"), ("behaviour 0", "1")]
