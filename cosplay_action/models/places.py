"""How many requests are in flight, and what an ask becomes on the wire."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Requesting(Protocol):
    """A model that says what its asks become on the wire. (Of any other, an ask is one request.)"""

    @property
    def portion(self) -> int:
        """The most samples one request asks for; it may turn out smaller while the model is used."""
        ...

    def places(self, samples: int) -> int:
        """How many of the places, of which there are ``concurrency``, a request for so many samples takes."""
        ...


class Places:
    """So many requests at once, first come, first served.

    Who needs several places starts as soon as one is free, and nobody else before the surplus has ended too: no place
    stands empty, and what is in flight exceeds ``count`` by less than one request.
    """

    def __init__(self, count: int) -> None:
        self._count, self._held = count, 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def taken(self, places: int) -> AsyncIterator[None]:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((places, turn))
        self._next()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():  # else it never had its turn
                self._held -= places
            self._next()

    def _next(self) -> None:
        """Give turns while a place is free; who was cancelled in the queue is passed over."""
        while self._queue and self._held < self._count:
            places, turn = self._queue.popleft()
            if not turn.done():
                self._held += places
                turn.set_result(None)
