"""The ``Model`` port over any OpenAI-compatible endpoint (chat completions, the ``openai`` SDK).

The SDK sends and authenticates; retrying is done here, because only here it is known that an exhausted quota, which
also answers 429, must not be retried, and because waiting must be injectable to be tested.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import openai

from cosplay_action.errors import QuotaExhausted, ServiceError, Unauthorised, shortage
from cosplay_action.method.ports import Arrived, Ask, Reply, ReplyStatus, Unusable, Usage
from cosplay_action.models.connection import LARGEST, OPENAI_URL, TooLarge, connect, limit_of, listening, shown
from cosplay_action.models.faults import Fault, read_fault
from cosplay_action.models.together import together
from cosplay_action.models.vain import Vain
from cosplay_action.models.waiting import Waiting, backoff
from cosplay_action.models.wire import decode, lost, read_replies

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

MOST_CHOICES = 128  # the largest ``n`` the OpenAI API takes
GARBLED_TRIES = 2  # further requests after a reply that could not be read
UNREAD_IN_A_ROW = 3  # questions whose answers could not be read, after which the server is not asked further
LISTING = 10.0  # seconds for the list of models that an error message shows


class OpenAIModel:
    """Asks one model of one endpoint; at most ``concurrency`` HTTP requests are in flight.

    What the server turns out not to take (several choices at once, a parameter) is remembered for the instance's
    life. ``timeout`` (seconds, one request from its beginning to the last byte of its answer) is by default 600 for a
    server on this machine and 120 for others. ``clock`` gives seconds from any origin; ``sleep`` waits between tries.
    Raises UsageError for a ``base_url`` that is none.
    """

    def __init__(
        self,
        *,
        model: str,
        base_url: str = "",
        api_key: str = "",
        concurrency: int = 16,
        timeout: float | None = None,
        retries: int = 4,
        most_choices: int = MOST_CHOICES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._model, self._key = model, api_key.strip()
        self._url = base_url or OPENAI_URL
        self._gate = asyncio.Semaphore(concurrency)
        self._retries, self._most = retries, most_choices
        self._clock, self._sleep = clock, sleep
        self._dropped: set[str] = set()
        self._reached = self._understood = False
        self._unread = 0  # questions in a row
        self._lost = Vain()
        self._client = connect(self._url, self._key, timeout)
        self._limit = limit_of(self._url, timeout)

    @property
    def portion(self) -> int:
        """The most samples one request asks for, as far as the server is known (see ``places.Requesting``)."""
        return 1 if "n" in self._dropped else max(1, self._most)

    def places(self, samples: int) -> int:  # noqa: ARG002 - not here
        """See ``places.Requesting``: one request is one place, whatever it asks for."""
        return 1

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> list[Reply]:
        """Return exactly ``ask.samples`` replies in sample order; ``arrived`` hears of those of each request at once.

        Raises Unauthorised, QuotaExhausted, or ServiceError for all else that only an operator can mend.
        """
        most = self.portion
        starts = range(0, ask.samples, most)
        spans = await together([self._span(ask, start, min(most, ask.samples - start), arrived) for start in starts])
        return [reply for span in spans for reply in span]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _span(self, ask: Ask, start: int, count: int, arrived: Arrived | None) -> list[Reply]:
        """Samples ``start`` to ``start + count``: one request, and one more for each choice the server left out."""
        replies = await self._heard(ask, start, count, arrived)
        if len(replies) < count:
            self._most = min(self._most, len(replies))
            missing = range(start + len(replies), start + count)
            more = await together([self._heard(ask, sample, 1, arrived) for sample in missing])
            replies += [reply for one in more for reply in one]
        return replies

    async def _heard(self, ask: Ask, start: int, count: int, arrived: Arrived | None) -> list[Reply]:
        replies = await self._request(ask, start, count)
        if arrived:
            for sample, reply in enumerate(replies, start):
                arrived(sample, reply)
        return replies

    async def _request(self, ask: Ask, start: int, count: int) -> list[Reply]:
        """One answered request: between one and ``count`` replies. The first bears what lost answers may have cost."""
        prompt, waiting = ask.system + ask.prompt, Waiting(self._retries)
        garbled = 0
        async with self._gate:
            with self._in_vain() as vain:
                while True:
                    began = self._clock()
                    body = await self._post(ask, self._shape(ask, start, count))
                    seconds = self._clock() - began
                    if isinstance(body, Fault):
                        if body.billed:
                            vain.add(lost("", wanted=count, prompt=prompt, cap=ask.reply_tokens))
                        if body.kind == "prompt":
                            return vain.borne_by(_alike("refused", self._redact(body.message), count))
                        await self._recover(body, waiting)
                        continue
                    read = self._read(body, count, prompt, seconds)
                    if not isinstance(read, Unusable):
                        self._understood, self._unread = True, 0
                        return vain.borne_by(read)
                    came = "" if isinstance(body, Unusable) else body
                    vain.add(lost(came, wanted=count, prompt=prompt, cap=ask.reply_tokens))
                    garbled += 1
                    if garbled > GARBLED_TRIES:
                        return vain.borne_by(self._garbled(body, count))
                    await self._sleep(backoff(garbled))

    @contextmanager
    def _in_vain(self) -> Iterator[Vain]:
        """What is asked in vain for one question; what no reply bears by its end is the model's to tell."""
        vain = Vain()
        try:
            yield vain
        finally:
            self._lost.add(vain.spent)

    def take_lost(self) -> Usage:
        """See ``vain.Losing``."""
        return self._lost.take()

    def _read(self, body: str | Unusable, count: int, prompt: str, seconds: float) -> list[Reply] | Unusable:
        if isinstance(body, Unusable):
            return body
        return read_replies(body, wanted=count, prompt=prompt, seconds=seconds)

    def _garbled(self, body: str | Unusable, count: int) -> list[Reply]:
        """A bad moment of a server that speaks the protocol is a value; one that never did, or no longer does, is none.

        (Such values are recorded: a sign-in page in place of the server must not fill a journal with them.)
        """
        # read once more, without the key: what is wrong with a body may quote a part of it
        read = self._read(self._redact(body) if isinstance(body, str) else body, count, "", 0.0)
        why = read.why if isinstance(read, Unusable) else ""
        self._unread += 1
        if self._understood and self._unread < UNREAD_IN_A_ROW:
            return _alike("malformed", why, count)
        raise ServiceError(f"{shown(self._url)} answers, but with no chat completion: {why}", _PROTOCOL_CURE)

    def _shape(self, ask: Ask, start: int, count: int) -> dict[str, object]:
        """The optional parameters of a request, without those this server rejected before."""
        wanted: dict[str, object] = {
            "temperature": ask.temperature,
            "top_p": ask.top_p,
            "seed": ask.seed + start,
            "max_tokens": ask.reply_tokens,
        }
        if "max_tokens" in self._dropped:
            wanted["max_completion_tokens"] = ask.reply_tokens
        if count > 1:
            wanted["n"] = count
        return {name: value for name, value in wanted.items() if name not in self._dropped}

    async def _post(self, ask: Ask, shape: dict[str, object]) -> str | Fault | Unusable:
        with listening() as begun:
            try:
                async with asyncio.timeout(self._limit):  # in all: the client's own limit begins anew with every byte
                    raw = await self._client.chat.completions.with_raw_response.create(
                        model=self._model, messages=_messages(ask), extra_body=shape
                    )
            except openai.APIStatusError as error:
                self._reached = True
                body = self._redact(error.response.text)  # before anything of it is cut short
                return read_fault(error.status_code, error.response.headers, body, shape.keys())
            except TooLarge:
                self._reached = True
                return Unusable(why=f"an answer of more than {LARGEST >> 20} MiB")
            except TimeoutError:
                return Fault(kind="retry", message=f"no answer within {self._limit:g} seconds", billed=True)
            except openai.APITimeoutError:
                return Fault(kind="retry", message="no connection within the time limit")
            except openai.APIConnectionError as error:
                if lack := shortage(error):
                    raise lack from error
                self._reached |= bool(begun)
                # A server never reached is most likely a wrong address: say so at once, do not make people wait.
                kind: Literal["retry", "fatal"] = "retry" if self._reached else "fatal"
                return Fault(kind=kind, message=str(error.__cause__ or error), billed=bool(begun))
        self._reached = True
        return raw.http_response.text

    async def _recover(self, fault: Fault, waiting: Waiting) -> None:
        """Prepare the next try (drop a parameter, wait), or raise what the operator must know."""
        if fault.kind == "parameter":
            self._dropped.add(fault.parameter)
            return
        pause = waiting.pause(fault)
        if pause is None:
            raise await self._error(fault)
        await self._sleep(pause)

    async def _error(self, fault: Fault) -> ServiceError:
        said = self._redact(fault.message)
        where = f"{shown(self._url)} answered {fault.status}" if fault.status else f"{shown(self._url)}"
        if fault.kind == "quota":
            return QuotaExhausted(f"The account's quota is used up: {where}: {said}", _QUOTA_CURE)
        if fault.kind == "key":
            return Unauthorised(f"The endpoint refused the key: {where}: {said}", _KEY_CURE)
        if fault.kind == "missing":
            return ServiceError(f"No model {self._model!r} here: {where}: {said}", await self._choices_of_models())
        if not fault.status:
            return ServiceError(f"No answer from {where}: {said}", _ROUTE_CURE)
        return ServiceError(f"The model's server failed: {where}: {said}", _wait_cure(fault))

    async def _choices_of_models(self) -> str:
        """The cure for an unknown model: what the server lists, if it lists anything."""
        hint = "Check --model and --base-url (it usually ends in /v1)."
        try:
            async with asyncio.timeout(min(self._limit, LISTING)):
                raw = await self._client.models.with_raw_response.list()
        except (openai.APIError, TooLarge, TimeoutError):
            return hint
        data = decode(raw.http_response.text)
        listed = data.get("data") if isinstance(data, dict) else None
        names = [entry.get("id") for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        shown = ", ".join(self._redact(str(name)) for name in names[:12])
        return f"{hint} The server lists: {shown}." if shown else hint

    def _redact(self, text: str) -> str:
        """Take the key out of what a server said. (Shorter than 8 characters it is a placeholder, and a word.)

        The client's own errors quote headers as Python writes them: the key's escaped form goes too.
        """
        if len(self._key) < 8:
            return text
        return text.replace(self._key, "[key]").replace(repr(self._key)[1:-1], "[key]")


_QUOTA_CURE = "Add credit or raise the limit at the provider, or use another --model; the journal keeps what was paid."
_KEY_CURE = "Set the variable that --api-key-env names (default OPENAI_API_KEY) to a key that may use this model."
_PROTOCOL_CURE = "Does --base-url end in /v1? Check that it is an OpenAI-compatible API, and no web page or sign-in."
_ROUTE_CURE = (
    "Check --base-url, that the server runs, and the network; then run again: the journal keeps what was paid."
)


def _wait_cure(fault: Fault) -> str:
    if fault.wait is not None:
        return f"It asks to wait {fault.wait:.0f} seconds: run again then; the journal keeps what was paid."
    if fault.status == 429:
        return "Lower --concurrency, or run again later; the journal keeps what was paid."
    return "Run again later, or check the server's log; the journal keeps what was paid."


def _alike(status: ReplyStatus, detail: str, count: int) -> list[Reply]:
    return [Reply(status=status, detail=detail)] * count


def _messages(ask: Ask) -> list[ChatCompletionMessageParam]:
    user: ChatCompletionMessageParam = {"role": "user", "content": ask.prompt}
    return [{"role": "system", "content": ask.system}, user] if ask.system else [user]
