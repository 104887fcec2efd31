from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.method.ports import Arrived, Ask, Reply, Usage
from cosplay_action.models.budget import Budget, BudgetedModel, Spent
from tests.support.wire import ask


class Meter:
    """A model whose every reply costs the same; ``most`` is the largest number of replies in flight."""

    def __init__(self, entered: int = 10, left: int = 20) -> None:
        self.usage = Usage(input=entered, output=left)
        self.asked: list[Ask] = []
        self.flying = self.most = 0

    async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        self.asked.append(asked)
        self.flying += asked.samples
        self.most = max(self.most, self.flying)
        await asyncio.sleep(0)
        self.flying -= asked.samples
        replies = [Reply(status="ok", text="x", usage=self.usage)] * asked.samples
        assert arrived, "a budget counts what arrives"
        for k, reply in enumerate(replies):
            arrived(k, reply)
        return replies

    @property
    def replies(self) -> int:
        return sum(asked.samples for asked in self.asked)


def question(samples: int = 1, stage: str = "explore") -> Ask:
    """A question whose worst case is 40 tokens a sample (20 in, 20 out)."""
    return ask("x" * (80 - len("Be brief.")), samples=samples, stage=stage, reply_tokens=20)


async def drain(model: BudgetedModel, asks: int, samples: int = 1, stage: str = "explore") -> list[Reply]:
    spans = await asyncio.gather(*(model.complete(question(samples, stage)) for _ in range(asks)))
    return [reply for span in spans for reply in span]


async def test_without_limits_everything_is_asked() -> None:
    meter = Meter()
    model = BudgetedModel(meter, Budget())
    replies = await drain(model, 20, 3)
    assert {reply.status for reply in replies} == {"ok"}
    assert model.spent.calls == meter.replies == 60
    assert (model.spent.input, model.spent.output, model.refused) == (600, 1200, "")


async def test_a_call_budget_is_never_exceeded_even_by_what_is_in_flight() -> None:
    meter = Meter()
    replies = await drain(BudgetedModel(meter, Budget(calls=10), reserve=0), 8, 3)
    assert meter.replies == 10
    assert [reply.status for reply in replies].count("unaffordable") == 14


async def test_the_samples_that_are_affordable_are_asked_and_the_others_say_why_not() -> None:
    model = BudgetedModel(Meter(), Budget(calls=3), reserve=0)
    replies = await model.complete(question(5))
    assert [reply.status for reply in replies] == ["ok"] * 3 + ["unaffordable"] * 2
    assert replies[4].detail == "the call budget is spent: 3 of 3"
    assert model.refused == replies[4].detail


async def test_a_share_is_kept_for_the_selection() -> None:
    meter = Meter()
    model = BudgetedModel(meter, Budget(calls=20), reserve=0.15)
    await drain(model, 40)
    assert meter.replies == 17
    assert "3 kept for the selection" in model.refused
    chosen = await drain(model, 10, stage="select")
    assert [reply.status for reply in chosen].count("ok") == 3


async def test_tokens_in_and_out_count_together() -> None:
    meter = Meter()
    model = BudgetedModel(meter, Budget(tokens=300), reserve=0)
    await drain(model, 30)
    assert model.spent.tokens == 300
    assert "the token budget is spent: 300 of 300" in model.refused


@settings(max_examples=40, deadline=None)
@given(
    tokens=st.integers(0, 2000), asks=st.integers(1, 12), samples=st.integers(1, 4),
    cost=st.tuples(st.integers(0, 20), st.integers(0, 20)), reserve=st.floats(0, 0.5),
)  # fmt: skip
def test_tokens_are_overspent_by_no_more_than_one_ask(
    tokens: int, asks: int, samples: int, cost: tuple[int, int], reserve: float
) -> None:
    model = BudgetedModel(Meter(*cost), Budget(tokens=tokens), reserve=reserve)
    replies = asyncio.run(drain(model, asks, samples))
    share = tokens * (1 - reserve)
    assert model.spent.tokens < share + sum(cost) * samples or model.spent.tokens == 0
    assert len(replies) == asks * samples
    if any(reply.status == "unaffordable" for reply in replies):
        assert model.spent.tokens >= share, "nothing may be refused while something is left"


@settings(max_examples=30, deadline=None)
@given(calls=st.integers(0, 40), asks=st.integers(1, 12), samples=st.integers(1, 5), reserve=st.floats(0, 0.5))
def test_of_a_call_budget_nothing_is_left_while_asks_are_refused(
    calls: int, asks: int, samples: int, reserve: float
) -> None:
    model = BudgetedModel(Meter(), Budget(calls=calls), reserve=reserve)
    asyncio.run(drain(model, asks, samples))
    assert model.spent.calls == min(asks * samples, int(calls * (1 - reserve)))


async def test_near_the_end_asks_wait_for_each_other_instead_of_overspending_together() -> None:
    meter = Meter(entered=20, left=20)
    model = BudgetedModel(meter, Budget(tokens=400), reserve=0)
    await drain(model, 30)
    assert meter.replies == 10
    assert meter.most == 10, "while there is enough, they fly together"
    assert model.spent.tokens == 400


async def test_what_earlier_runs_used_counts() -> None:
    model = BudgetedModel(Meter(), Budget(tokens=100), already=Spent(calls=2, input=60, output=40), clock=lambda: 0.0)
    [reply] = await model.complete(question())
    assert reply.status == "unaffordable"
    assert model.spent == Spent(calls=2, input=60, output=40)


async def test_time_is_run_time_and_earlier_runs_count() -> None:
    now = [100.0]
    model = BudgetedModel(Meter(), Budget(seconds=60), already=Spent(seconds=20), reserve=0, clock=lambda: now[0])
    assert (await model.complete(question()))[0].status == "ok"
    now[0] = 140.0
    [reply] = await model.complete(question())
    assert (reply.status, reply.detail) == ("unaffordable", "the time (seconds) budget is spent: 60 of 60")


async def test_dollars_are_tokens_times_prices() -> None:
    model = BudgetedModel(Meter(), Budget(usd=1.0, price_input=1000, price_output=10_000), reserve=0)
    await drain(model, 10)
    assert model.spent.calls == 5, "a reply costs 10 * $0.001 + 20 * $0.01 = $0.21"
    assert "dollar budget" in model.refused


def test_a_budget_in_dollars_without_prices_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="prices"):
        Budget(usd=1.0, price_input=0.1)
    assert math.isclose(Budget(price_input=2.0).price(Spent(input=500_000)), 1.0)


async def test_a_failed_ask_gives_back_what_was_set_aside() -> None:
    class Broken(Meter):
        async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
            if not self.asked:
                self.asked.append(asked)
                raise TimeoutError
            return await super().complete(asked, arrived)

    model = BudgetedModel(Broken(), Budget(calls=1), reserve=0)
    with pytest.raises(TimeoutError):
        await model.complete(question())
    assert (await model.complete(question()))[0].status == "ok"


async def test_who_queues_when_the_service_fails_for_good_asks_no_more() -> None:
    class Down(Meter):
        async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
            self.asked.append(asked)
            await asyncio.sleep(0)
            raise ServiceError("down")

    down = Down()
    model = BudgetedModel(down, Budget(calls=50), concurrency=2)
    ended = await asyncio.gather(*(model.complete(question()) for _ in range(9)), return_exceptions=True)
    assert [str(one) for one in ended] == ["down"] * 9
    assert len(down.asked) == 2, "only those that were in flight"


async def test_a_cancelled_ask_wakes_those_that_wait_for_it() -> None:
    class Stuck(Meter):
        async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
            if not self.asked:
                self.asked.append(asked)
                await asyncio.Event().wait()
            return await super().complete(asked, arrived)

    model = BudgetedModel(Stuck(), Budget(tokens=50), reserve=0)
    first = asyncio.create_task(model.complete(question()))
    await asyncio.sleep(0)
    second = asyncio.create_task(model.complete(question()))
    await asyncio.sleep(0)
    assert not second.done()
    first.cancel()
    assert (await second)[0].status == "ok"


# -- time ------------------------------------------------------------------------------------------------------------


class Slow(Meter):
    """A model whose requests take 0.3 seconds of ``now`` each, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        replies = await super().complete(asked, arrived)
        self.now += 0.3
        return replies


class Decoding(Slow):
    """One that decodes the samples of a request side by side, at most four of them."""

    portion = 4

    def places(self, samples: int) -> int:
        return samples


async def test_time_is_looked_up_when_a_question_is_sent_not_when_it_queues() -> None:
    slow = Slow()
    model = BudgetedModel(slow, Budget(seconds=2), concurrency=1, clock=lambda: slow.now)
    replies = await drain(model, 24)
    assert slow.replies == 6, "the first after 1.7 seconds is not asked any more"
    assert {reply.detail for reply in replies if reply.status == "unaffordable"} == {
        "the time (seconds) budget is spent: 1.8 of 2 (0.3 kept for the selection)"
    }


async def test_the_time_kept_for_the_selection_is_left_when_the_rounds_end() -> None:
    slow = Slow()
    model = BudgetedModel(slow, Budget(seconds=2), concurrency=1, clock=lambda: slow.now)
    rounds, chosen = await asyncio.gather(drain(model, 24), drain(model, 1, stage="select"))
    assert [reply.status for reply in rounds].count("ok") == 6
    assert [reply.status for reply in chosen] == ["ok"]


@pytest.mark.parametrize("concurrency", [1, 3, 8])
async def test_no_more_requests_than_the_concurrency_fly(concurrency: int) -> None:
    meter = Meter()
    await drain(BudgetedModel(meter, Budget(), concurrency=concurrency), 20)
    assert meter.most == concurrency
    assert meter.replies == 20


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 7])
async def test_samples_decoded_side_by_side_take_a_place_each(samples: int) -> None:
    model = Decoding()
    replies = await drain(BudgetedModel(model, Budget(), concurrency=4), 10, samples)
    assert len(replies) == model.replies == 10 * samples
    assert 4 <= model.most < 4 + min(samples, 4), "no place stands empty, and less than one request is beyond them"


async def test_a_cancelled_request_gives_its_places_back() -> None:
    model = BudgetedModel(Decoding(), Budget(), concurrency=2)
    for _ in range(5):
        asking = asyncio.create_task(drain(model, 3, 4))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert len(await asyncio.wait_for(drain(model, 3, 4), 10)) == 12


async def test_replies_that_arrived_before_a_request_failed_are_counted() -> None:
    class Half(Meter):
        async def complete(self, asked: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
            await super().complete(replace(asked, samples=2), arrived)
            raise ServiceError("down")

    model = BudgetedModel(Half(), Budget())
    with pytest.raises(ServiceError):
        await model.complete(question(5))
    assert (model.spent.calls, model.spent.input, model.spent.output) == (2, 20, 40)
