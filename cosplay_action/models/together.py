"""Several requests of one ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TypeVar

from cosplay_action.method.ports import Arrived

T = TypeVar("T")


async def together(jobs: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Await all, in order; when one raises, the others are cancelled."""
    if len(jobs) == 1:
        return [await jobs[0]]
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def shifted(arrived: Arrived, start: int) -> Arrived:
    """For a part of an ask: its sample 0 is the whole's sample ``start``."""
    return lambda k, reply: arrived(start + k, reply)
