"""What every ``Model`` promises. An adapter joins by one entry in ``ADAPTERS``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from cosplay_action.method.ports import Ask, Model, Reply
from cosplay_action.models.budget import Budget, BudgetedModel
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.testing.loopback import LoopbackServer, Request, chatting
from tests.support.wire import ask

Open = Callable[[], AbstractAsyncContextManager[Model]]


def echo(request: Request, k: int) -> str:
    """The prompt again; an empty text for the prompt ``nothing``. Every adapter's script must do the same."""
    messages = request.field("messages")
    prompt = messages[-1]["content"] if isinstance(messages, list) else ""
    return "" if prompt == "nothing" else prompt


def openai_with(most: int | None) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Model]:
        async with LoopbackServer(chatting(echo, most=most)) as server:
            model = OpenAIModel(model="m", base_url=server.base_url, api_key="k" * 12)
            yield model
            await model.aclose()

    return opened


@asynccontextmanager
async def budgeted() -> AsyncIterator[Model]:
    async with openai_with(1)() as model:
        yield BudgetedModel(model, Budget(calls=10_000, tokens=10**9), concurrency=3)


@asynccontextmanager
async def spent() -> AsyncIterator[Model]:
    """Every question of the suite fits, so that what is true of paid replies can be asked of it too."""
    async with openai_with(None)() as model:
        yield BudgetedModel(model, Budget(calls=30), reserve=0)


ADAPTERS: dict[str, Open] = {
    "openai, n honoured": openai_with(None),
    "openai, n ignored": openai_with(1),
    "openai, n ignored, behind a budget": budgeted,
    "openai behind a small budget": spent,
}


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS.keys())
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    async with request.param() as opened:
        yield opened


@pytest.mark.parametrize("samples", [0, 1, 4, 9])
async def test_there_are_exactly_as_many_replies_as_samples(model: Model, samples: int) -> None:
    replies = await model.complete(ask(samples=samples))
    assert len(replies) == samples


async def test_the_text_is_passed_on_unchanged(model: Model) -> None:
    prompt = "def f():\r\n\treturn 'ä€𝄞'  \n\x00"
    [reply] = await model.complete(ask(prompt))
    assert (reply.status, reply.text) == ("ok", prompt)


async def test_no_text_is_empty_and_not_ok(model: Model) -> None:
    replies = await model.complete(ask("nothing", samples=2))
    assert [reply.status for reply in replies] == ["empty", "empty"]


async def test_questions_asked_together_do_not_mix_their_replies(model: Model) -> None:
    asks = [ask(f"question {k}", samples=1 + k % 3) for k in range(12)]
    answers = await asyncio.gather(*map(model.complete, asks))
    assert [[reply.text for reply in replies] for replies in answers] == [[a.prompt] * a.samples for a in asks]


async def test_every_paid_reply_carries_its_usage(model: Model) -> None:
    replies = await model.complete(ask(samples=3))
    assert all(reply.usage.output > 0 for reply in replies)
    assert sum(reply.usage.input for reply in replies) > 0
    assert all(reply.seconds >= 0 for reply in replies)


@pytest.mark.parametrize("samples", [1, 4, 9])
async def test_each_reply_arrives_once_and_before_the_ask_is_over(model: Model, samples: int) -> None:
    heard: list[tuple[int, Reply]] = []
    replies = await model.complete(ask(samples=samples), lambda k, reply: heard.append((k, reply)))
    assert sorted(k for k, _ in heard) == list(range(samples))
    assert [reply for _, reply in sorted(heard, key=lambda one: one[0])] == list(replies)


async def test_a_cancelled_question_leaves_the_model_usable(model: Model) -> None:
    task = asyncio.create_task(_ask(model, ask("left", samples=4)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [reply] = await model.complete(ask("right"))
    assert reply.text == "right"


async def _ask(model: Model, question: Ask) -> None:
    await model.complete(question)
