"""What every stage holds in hand: the problem, its numbers, named random streams, and the ports."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cosplay_action.method.domain import Observation, Problem, UnitTest
from cosplay_action.method.events import Answered, CellsRun, Event, WasRead
from cosplay_action.method.job import digest
from cosplay_action.method.numbers import Numbers
from cosplay_action.method.ports import Ask, Model, Observer, Place, Reply, Sandbox

T = TypeVar("T")
U = TypeVar("U")
PLAIN_REPLY = 1024  # the reply_tokens that the roles' own caps are made for


def _silent(event: Event) -> None:
    """The observer of a run nobody watches."""


@contextmanager
def _first_error() -> Iterator[None]:
    """Raise the first error of a task group by itself: who handles errors knows their types, not groups of them."""
    try:
        yield
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


@dataclass(slots=True, kw_only=True)
class Context:
    """One run's hands. ``cells`` remembers executions: equal source on equal input runs once."""

    problem: Problem
    model: Model
    sandbox: Sandbox
    numbers: Numbers = field(default_factory=Numbers)
    seed: int = 0
    observe: Observer = _silent
    refusals: set[str] = field(default_factory=set)  # why replies were not affordable, in words
    cells: dict[tuple[str, str], Observation] = field(default_factory=dict)
    _running: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict, init=False)

    def stream(self, *path: str | int) -> random.Random:
        """The private random stream of this name: a function of the seed and the path alone."""
        return random.Random(digest(str(self.seed), *map(str, path)))

    async def ask(self, place: Place, prompt: tuple[str, str], *, samples: int, tokens: int) -> tuple[Reply, ...]:
        """Ask ``samples`` replies at a place; ``prompt`` is (system, user). Notes when the budget is spent.

        ``tokens`` is the role's cap for a model that answers at once; it grows with ``numbers.reply_tokens``, so that
        a model that thinks first has room to.
        """
        question = Ask(
            place=place,
            system=prompt[0],
            prompt=prompt[1],
            samples=samples,
            reply_tokens=max(1, tokens * self.numbers.reply_tokens // PLAIN_REPLY),
            temperature=self.numbers.temperature,
            top_p=self.numbers.top_p,
            seed=self.stream("ask", str(place)).randrange(2**31 - 64),
        )
        replies = tuple(await self.model.complete(question))
        for reply in replies:
            self._note(place, reply)
        return replies

    def _note(self, place: Place, reply: Reply) -> None:
        if reply.status == "unaffordable":
            self.refusals.add(reply.detail)
            return
        self.observe(
            Answered(
                stage=place.stage,
                role=place.role,
                status=reply.status,
                input_tokens=reply.usage.input,
                output_tokens=reply.usage.output,
                cached_tokens=reply.usage.cached,
                seconds=reply.seconds,
                replayed=reply.replayed,
            )
        )

    def was_read(self, place: Place, reply: Reply, *, why: str = "") -> None:
        """Say whether a reply could be used (``why`` not); a reply that was never asked says nothing."""
        if reply.status != "unaffordable":
            self.observe(WasRead(stage=place.stage, role=place.role, usable=not why, why=why))

    @property
    def exhausted(self) -> bool:
        """True once a reply was not affordable. Only read between gathers: within one, others may just be refused."""
        return bool(self.refusals)

    @property
    def examples(self) -> tuple[UnitTest, ...]:
        """The ground truth this run may look at."""
        return () if self.numbers.ignore_examples else self.problem.examples

    @staticmethod
    def at(place: Place, slot: int) -> Place:
        return replace(place, slot=slot)

    @staticmethod
    def again(place: Place) -> Place:
        return replace(place, attempt=place.attempt + 1)

    async def gather2(self, one: Coroutine[None, None, T], two: Coroutine[None, None, U]) -> tuple[T, U]:
        """Two different pieces of work side by side."""
        with _first_error():
            async with asyncio.TaskGroup() as group:
                first, second = group.create_task(one), group.create_task(two)
        return first.result(), second.result()

    async def gather(self, work: Iterable[Coroutine[None, None, T]]) -> list[T]:
        """Run side by side, give results in order. The first exception ends the others and is raised."""
        with _first_error():
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one) for one in work]
        return [task.result() for task in tasks]

    async def run(self, source: str | None, inputs: Sequence[str]) -> tuple[Observation, ...]:
        """Observe ``source`` (None: evaluate expressions) on each input.

        What was seen before is not run again, and what runs at this moment for somebody else is waited for.
        """
        known = "" if source is None else source
        while missing := [text for text in dict.fromkeys(inputs) if (known, text) not in self.cells]:
            mine = [text for text in missing if (known, text) not in self._running]
            if mine:
                await self._execute(source, known, mine)
            for text in missing:
                if (known, text) in self._running:
                    await self._running[known, text].wait()
        return tuple(self.cells[known, text] for text in inputs)

    async def _execute(self, source: str | None, known: str, inputs: Sequence[str]) -> None:
        done = asyncio.Event()
        self._running.update(((known, text), done) for text in inputs)
        try:
            observations = await self.sandbox.run(self.problem.contract.job(source, inputs))
            self.cells.update(((known, text), seen) for text, seen in zip(inputs, observations, strict=True))
        finally:
            for text in inputs:
                del self._running[known, text]
            done.set()
        self.observe(CellsRun(cells=len(inputs)))
