"""A model that answers from a script instead of a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from cosplay_action.method.ports import Arrived, Ask, Reply, Usage


class Script(Protocol):
    """The reply to sample ``k`` (from 0) of a question: its text, or a typed Reply."""

    def __call__(self, ask: Ask, k: int) -> str | Reply: ...


class ScriptedModel:
    """Implements the Model port: ``script(ask, k)`` gives each sample's text.

    ``latency`` (seconds) is both waited and reported, so that runs have fixed latencies.
    ``asked`` lists every question in the order it came.
    """

    def __init__(self, script: Script, *, latency: float = 0.0) -> None:
        self._script = script
        self._latency = latency
        self.asked: list[Ask] = []

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        self.asked.append(ask)
        if self._latency:
            await asyncio.sleep(self._latency)
        replies = [self._reply(ask, k) for k in range(ask.samples)]
        if arrived:
            for k, reply in enumerate(replies):
                arrived(k, reply)
        return replies

    def _reply(self, ask: Ask, k: int) -> Reply:
        given = self._script(ask, k)
        if isinstance(given, Reply):
            return given
        usage = Usage(input=len(ask.prompt) // 4, output=max(1, len(given) // 4))
        return Reply(status="ok" if given.strip() else "empty", text=given, usage=usage, seconds=self._latency)
