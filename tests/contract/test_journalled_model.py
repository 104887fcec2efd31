"""What every ``Model`` promises holds for the scripted model and behind a journal too, recorded or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from cosplay_action.method.ports import Arrived, Ask, Model, Reply
from cosplay_action.models.journal import Journal, JournalModel
from cosplay_action.testing.scripted import ScriptedModel
from tests.contract.test_model_contract import (  # noqa: F401 - the suite itself
    test_a_cancelled_question_leaves_the_model_usable,
    test_each_reply_arrives_once_and_before_the_ask_is_over,
    test_every_paid_reply_carries_its_usage,
    test_no_text_is_empty_and_not_ok,
    test_questions_asked_together_do_not_mix_their_replies,
    test_the_text_is_passed_on_unchanged,
    test_there_are_exactly_as_many_replies_as_samples,
)


def echo(ask: Ask, k: int) -> str:
    return "" if ask.prompt == "nothing" else ask.prompt


def scripted() -> ScriptedModel:
    return ScriptedModel(echo, latency=0.001)  # what takes no time at all cannot be cancelled


class Twice:
    """Asks everything through one journal, then takes the answer from a second reading of its file."""

    def __init__(self, path: Path) -> None:
        self._path, self._turn = path, asyncio.Lock()

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        for turn in range(2):
            async with self._turn:
                journal = Journal.open(self._path, {"run": {}})
                try:
                    replies = await JournalModel(scripted(), journal, "m").complete(ask, arrived if turn else None)
                finally:
                    journal.close()
        assert all(reply.replayed for reply in replies)
        return replies


ADAPTERS: dict[str, Callable[[Path], Model]] = {
    "scripted": lambda _: scripted(),
    "behind a journal": lambda path: JournalModel(scripted(), Journal.open(path, {"run": {}}), "m"),
    "from a journal": Twice,
}


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS.keys())
async def model(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Model]:
    opened = request.param(tmp_path / "journal.jsonl")
    yield opened
    if isinstance(opened, JournalModel):
        opened._journal.close()
