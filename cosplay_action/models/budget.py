"""Budgets: a model that stops asking when the tokens, calls, seconds or dollars it may use are spent.

A share of each limit is kept for Stage 3, so that what is best so far is still judged. An ask that is no longer
affordable is answered by values (``Reply.status`` "unaffordable"), not by an exception: the method ends its rounds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cosplay_action.errors import ServiceError, UsageError
from cosplay_action.method.ports import Arrived, Ask, Model, Reply
from cosplay_action.models.places import Places, Requesting
from cosplay_action.models.together import shifted, together
from cosplay_action.models.wire import estimate

CONCURRENCY = 16  # requests in flight
RESERVE = 0.15  # of each limit, for the asks of the stage "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a run may use; None is unlimited. Prices are US dollars a million tokens, needed for ``usd`` only."""

    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None
    usd: float | None = None
    price_input: float | None = None
    price_output: float | None = None

    def __post_init__(self) -> None:
        if self.usd is not None and None in {self.price_input, self.price_output}:
            raise UsageError("A budget in dollars needs prices.", "Give --price-input and --price-output too.")

    def price(self, spent: Spent) -> float:
        """US dollars for so many tokens (0 where a price is unknown)."""
        return (spent.input * (self.price_input or 0.0) + spent.output * (self.price_output or 0.0)) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used: replies asked for, tokens in and out, seconds of run time."""

    calls: int = 0
    input: int = 0
    output: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input + self.output

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            input=self.input + other.input,
            output=self.output + other.output,
            seconds=self.seconds + other.seconds,
        )

    def __sub__(self, other: Spent) -> Spent:
        return self + Spent(calls=-other.calls, input=-other.input, output=-other.output, seconds=-other.seconds)


class BudgetedModel:
    """Passes asks on to ``model`` while ``budget`` lasts.

    At most ``concurrency`` requests are in flight, and what is affordable is looked up when a place is free, not when
    a question joins the queue: time is overspent by no more than what is in flight. An ask that takes several requests
    is cut into them here, each with a place of its own (those already in flight when a server turns out to give
    single samples only are finished).

    Calls are counted before they are made and never exceeded. Tokens and dollars are known only afterwards, so the
    worst case of what is in flight is set aside: when it would not fit, an ask waits for the others to end; alone,
    it is made as long as anything is left. Overspending is thus at most the last request in flight. ``already`` is what
    earlier runs on the same journal used; ``clock`` gives seconds from any origin, time counts from construction.
    """

    def __init__(
        self,
        model: Model,
        budget: Budget,
        *,
        concurrency: int = CONCURRENCY,
        already: Spent | None = None,
        reserve: float = RESERVE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._budget, self._reserve, self._clock = model, budget, reserve, clock
        self._paid = already or Spent()
        self._flying = Spent()
        self._began = clock()
        self._places = Places(concurrency)
        self._ended = asyncio.Condition()
        self._broken: ServiceError | None = None  # what ended the run: who still queues asks no more
        self.refused = ""  # why the first ask was refused, in words; empty while all were affordable

    @property
    def spent(self) -> Spent:
        """What was used so far, earlier runs and run time included; calls in flight are not."""
        return replace(self._paid, seconds=self._paid.seconds + self._clock() - self._began)

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        """As ``Model.complete``. Samples beyond the budget are "unaffordable", and say in ``detail`` which it is."""
        model, told = self._model, arrived or _nobody
        if not isinstance(model, Requesting):
            async with self._places.taken(1):
                return await self._request(ask, told)
        while ask.samples <= model.portion:
            async with self._places.taken(model.places(ask.samples)):
                if ask.samples <= model.portion:  # still: the server may have become known while this one waited
                    return await self._request(ask, told)
        starts = range(0, ask.samples, model.portion)
        spans = await together([self._part(ask, start, model.portion, told) for start in starts])
        return [reply for span in spans for reply in span]

    async def _part(self, ask: Ask, start: int, portion: int, told: Arrived) -> Sequence[Reply]:
        part = replace(ask, samples=min(portion, ask.samples - start), seed=ask.seed + start)
        return await self.complete(part, shifted(told, start))

    async def _request(self, ask: Ask, told: Arrived) -> Sequence[Reply]:
        granted, why = await self._admit(ask)
        replies = list(await self._pay(replace(ask, samples=granted), told)) if granted else []
        if why:
            self.refused = self.refused or why
        unpaid = Reply(status="unaffordable", detail=why)
        for k in range(granted, ask.samples):
            told(k, unpaid)
        return replies + [unpaid] * (ask.samples - granted)

    async def _admit(self, ask: Ask) -> tuple[int, str]:
        """How many samples may be asked for, and why not all. Sets their worst case aside."""
        async with self._ended:
            while True:
                if self._broken:
                    raise self._broken
                granted, why = self._calls_left(ask)
                empty = self._used_up(ask)
                if empty or not granted:
                    return 0, empty or why
                cost = _worst(ask, granted)
                if self._flying == Spent() or self._fits(ask, cost):
                    self._flying += cost
                    return granted, why
                await self._ended.wait()

    async def _pay(self, ask: Ask, told: Arrived) -> Sequence[Reply]:
        cost, paid = _worst(ask, ask.samples), Spent()

        def heard(k: int, reply: Reply) -> None:
            nonlocal paid
            paid += Spent(calls=1, input=reply.usage.input, output=reply.usage.output)
            told(k, reply)

        try:
            return await self._model.complete(ask, heard)
        except ServiceError as error:
            self._broken = self._broken or error
            raise
        finally:
            async with self._ended:
                self._flying -= cost
                self._paid += paid
                self._ended.notify_all()

    def _calls_left(self, ask: Ask) -> tuple[int, str]:
        limit = self._budget.calls
        if limit is None:
            return ask.samples, ""
        made = self._paid.calls + self._flying.calls
        granted = min(max(0, int(self._share(limit, ask)) - made), ask.samples)
        return granted, "" if granted == ask.samples else self._words("call", made + granted, limit, ask)

    def _used_up(self, ask: Ask) -> str:
        """Which budget is spent, in words; nothing while each of them has something left."""
        for name, used, limit in self._meters(self.spent):
            if used >= self._share(limit, ask):
                return self._words(name, used, limit, ask)
        return ""

    def _fits(self, ask: Ask, cost: Spent) -> bool:
        meters = self._meters(self.spent + self._flying + cost)
        return all(used <= self._share(limit, ask) for _, used, limit in meters)

    def _meters(self, spent: Spent) -> list[tuple[str, float, float]]:
        """The limits that are known only after the fact: name, used, limit."""
        budget = self._budget
        meters = [
            ("token", spent.tokens, budget.tokens),
            ("time (seconds)", spent.seconds, budget.seconds),
            ("dollar", budget.price(spent), budget.usd),
        ]
        return [(name, used, limit) for name, used, limit in meters if limit is not None]

    def _share(self, limit: float, ask: Ask) -> float:
        return limit if ask.place.stage == "select" else limit * (1 - self._reserve)

    def _words(self, name: str, used: float, limit: float, ask: Ask) -> str:
        reserved = limit - self._share(limit, ask)
        kept = f" ({reserved:,.6g} kept for the selection)" if reserved else ""
        return f"the {name} budget is spent: {used:,.6g} of {limit:,.6g}{kept}"


class Closed:
    """A model that may not be asked any more: every reply is "unaffordable", for the reason ``why``.

    A run that ends early is played to its end with it: what is known by then is judged as when a budget is spent.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        replies = [Reply(status="unaffordable", detail=self._why)] * ask.samples
        for k, reply in enumerate(replies):
            (arrived or _nobody)(k, reply)
        return replies


def _nobody(k: int, reply: Reply) -> None:
    """Who does not want to hear of replies one by one."""


def _worst(ask: Ask, samples: int) -> Spent:
    """The most ``samples`` replies can cost: a prompt that is read once a sample, replies up to their cap."""
    prompt = estimate(len(ask.system) + len(ask.prompt))
    return Spent(calls=samples, input=prompt * samples, output=ask.reply_tokens * samples)
