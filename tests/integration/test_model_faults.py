"""What a run does when its model's server does wrong: a run of the known world, over HTTP, with a fault from call 6 on.

Nothing is really waited for: the bench's ``sleep`` writes down what it was asked for. ``docs/faults.md`` has the table
for people. A request that stalls may take ``LIMIT`` seconds here, which stands for the 120 (this machine: 600) of a
real run.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cosplay_action.errors import QuotaExhausted, ServiceError, Unauthorised
from cosplay_action.method.context import Context
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Ask, Place
from cosplay_action.method.solve import solve
from cosplay_action.models.budget import Budget, BudgetedModel, Spent
from cosplay_action.models.connection import LARGEST, limit_of
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.models.waiting import LONGEST_LIMITED
from cosplay_action.models.wire import MOST_CHARS, estimate
from cosplay_action.testing.loopback import Answer, LoopbackServer, Request, chatting, completion
from cosplay_action.testing.world import WorldSandbox, world_problem, world_reply
from tests.support.kill_run import HEADER, plain
from tests.support.wire import KEY, wire

GOOD_CALLS = 5  # before the first fault
LIMIT = 0.3  # seconds a request may take where one stalls
HANG = 60.0  # nothing here takes this long
FOREVER = 10_000
MEGABYTE = 1_000_000


def question(request: Request) -> tuple[str, int]:
    messages, seed = request.field("messages"), request.field("seed")
    assert isinstance(messages, list)
    assert isinstance(seed, int)
    return str(messages[-1]["content"]), seed


def world(request: Request, k: int) -> str:
    prompt, seed = question(request)
    return world_reply(prompt, seed, k)


def served(request: Request) -> Answer:
    found = chatting(world)(request)
    assert isinstance(found, Answer)
    return found


Fault = Callable[[Request], Answer | Awaitable[Answer]]


@dataclass
class Server:
    """Serves the world, but ``fault`` in place of ``times`` answers. ``answered`` counts samples that were served."""

    fault: Fault
    times: int = FOREVER
    calls: int = 0
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def handle(self, request: Request) -> Answer:
        if request.method == "GET":
            return served(request)
        self.calls += 1
        if GOOD_CALLS < self.calls <= GOOD_CALLS + self.times:
            found = self.fault(request)
            return found if isinstance(found, Answer) else await found
        count, (prompt, seed) = request.field("n"), question(request)
        self.answered.update((prompt, seed + k) for k in range(count if isinstance(count, int) else 1))
        return served(request)


@dataclass
class Ended:
    """How a run ended: with an outcome or an error, after which pauses, with how much spent."""

    outcome: object = None
    error: ServiceError | None = None
    slept: list[float] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    replies: list[dict[str, object]] = field(default_factory=list)

    @property
    def extra(self) -> int:
        """Tokens beyond those of a run that nothing happened to."""
        return self.spent.tokens - undisturbed().spent.tokens


async def play(journal: Path, server: Server, limit: float = HANG) -> Ended:
    ended = Ended()

    async def sleep(seconds: float) -> None:
        ended.slept.append(seconds)

    async with LoopbackServer(server.handle) as loopback:
        endpoint = OpenAIModel(model="m", base_url=loopback.base_url, api_key=KEY, timeout=limit, sleep=sleep)
        await played(journal, endpoint, ended)
    return ended


async def played(journal: Path, endpoint: OpenAIModel, ended: Ended) -> None:
    book = Journal.open(journal, HEADER)
    model = BudgetedModel(endpoint, Budget(calls=1000), concurrency=1)
    ctx = Context(
        problem=world_problem(), model=JournalModel(model, book, "m"), sandbox=JournalSandbox(WorldSandbox(), book),
        numbers=Numbers(**PRESETS["quick"]), seed=11,
    )  # fmt: skip
    try:
        ended.outcome = plain(await asyncio.wait_for(solve(ctx), HANG))
    except ServiceError as error:
        ended.error = error
    finally:
        await endpoint.aclose()
        book.close()
    ended.spent = model.spent
    ended.replies = [one for line in journal.read_text().splitlines() if (one := json.loads(line))["t"] == "reply"]


_known: list[Ended] = []


def undisturbed() -> Ended:
    assert _known, "the fixture comes first"
    return _known[0]


@pytest.fixture(autouse=True)
async def _quiet(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A run to compare with, played once."""
    if not _known:
        _known.append(await play(tmp_path_factory.mktemp("quiet") / "journal.jsonl", Server(served, times=0)))
        assert _known[0].outcome
        assert _known[0].slept == []


# -- faults ----------------------------------------------------------------------------------------------------------


def says(status: int, **headers: str) -> Fault:
    return lambda request: Answer(status=status, headers=headers, body={"error": {"message": "not now"}})


def replying(text: str) -> Fault:
    """The same text to everything."""
    return lambda request: Answer(body=completion([text]))


def raw(body: bytes, kind: str = "application/json") -> Fault:
    return lambda request: Answer(body=body, headers={"content-type": kind})


def cut(request: Request) -> Answer:
    """The connection is lost in the middle of the body."""
    whole = served(request)
    return Answer(body=whole.body, cut=len(whole.encode()) - 40)


async def stall(request: Request) -> Answer:
    await asyncio.sleep(4 * LIMIT)
    return Answer(drop=True)


def drip(request: Request) -> Answer:
    """A byte now and then: no pause is long, and the end never comes."""
    return Answer(body=served(request).body, trickle=LIMIT / 4)


def as_page(request: Request) -> Answer:
    """The right thing under the wrong name."""
    return Answer(body=json.dumps(served(request).body).encode(), headers={"content-type": "text/html"})


def one_choice(request: Request) -> Answer:
    found = chatting(world, most=1)(request)
    assert isinstance(found, Answer)
    return found


PAGE = raw(b"<html>Sign in to the network</html>", "text/html")
BROKEN = raw(b'{"choices": [{"message": {"content": "def')


def endless(request: Request) -> Answer:
    """A gigabyte, of which a client that holds what it is sent would hold all."""
    return Answer(body=b'{"choices": [' + b" " * MEGABYTE, again=1000)


NO_CHOICES = raw(b'{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4}}')


@dataclass(frozen=True, kw_only=True)
class Row:
    """``sentence`` says what happens. ``slept`` are all pauses, ``lost`` the answers that may have been billed."""

    sentence: str
    fault: Fault
    times: int = FOREVER
    slept: tuple[float, ...] = ()
    lost: int = 0

    @property
    def limit(self) -> float:
        return LIMIT if self.fault in {stall, drip} else HANG


PASSING = [
    Row(sentence="a rate limit with a Retry-After is waited for as told", fault=lambda r: wire("openai/rate"),
        times=2, slept=(20.0, 20.0)),
    Row(sentence="a rate limit without one is waited for a little longer each time", fault=says(429), times=6,
        slept=(0.5, 1.0, 2.0, 4.0, 8.0, 8.0)),
    Row(sentence="a Retry-After that was too short is not believed for ever", fault=says(429, **{"retry-after": "0"}),
        times=3, slept=(0.5, 1.0, 2.0)),
    *(Row(sentence=f"a {status} that passes is asked again", fault=says(status), times=2, slept=(0.5, 1.0))
      for status in (500, 502, 503)),
    Row(sentence="a connection lost before the answer is asked again and costs nothing",
        fault=lambda r: Answer(drop=True), times=2, slept=(0.5, 1.0)),
    Row(sentence="a connection lost in the middle of an answer is asked again, and counted as paid", fault=cut,
        times=2, slept=(0.5, 1.0), lost=2),
    Row(sentence="a stall is given up at the limit of one request, asked again, and counted as paid", fault=stall,
        times=1, slept=(0.5,), lost=1),
    Row(sentence="an answer that drips is given up at the same limit", fault=drip, times=1, slept=(0.5,), lost=1),
    Row(sentence="truncated JSON is asked again, and counted as paid", fault=BROKEN, times=2, slept=(0.5, 1.0), lost=2),
    Row(sentence="a reply without choices is asked again, and its own numbers count", fault=NO_CHOICES, times=2,
        slept=(0.5, 1.0), lost=2),
    Row(sentence="a page in place of a reply is asked again", fault=PAGE, times=1, slept=(0.5,), lost=1),
    Row(sentence="an answer without end is let go, asked again, and counted as paid", fault=endless, times=1,
        slept=(0.5,), lost=1),
    Row(sentence="a completion with the content type of a page is read", fault=as_page),
]  # fmt: skip


@pytest.mark.parametrize("row", PASSING, ids=lambda row: row.sentence)
async def test_a_fault_that_passes_changes_nothing_in_the_outcome(row: Row, tmp_path: Path) -> None:
    server = Server(row.fault, times=row.times)
    ended = await play(tmp_path / "journal.jsonl", server, row.limit)
    assert ended.error is None
    assert ended.outcome == undisturbed().outcome
    assert tuple(ended.slept) == row.slept
    assert ended.spent.calls == undisturbed().spent.calls, "a call is a reply, however often it had to be asked for"
    assert set(server.answered.values()) <= {1}, "what was answered is never asked again"
    assert (ended.extra > 0) == bool(row.lost)
    estimated = sum(one["usage"][3] is True for one in ended.replies)  # type: ignore[index]
    assert estimated == (row.lost > 0 and row.fault is not NO_CHOICES), "what was lost is estimated, and nothing else"


async def test_an_answer_that_was_lost_counts_with_its_prompt_and_its_cap(tmp_path: Path) -> None:
    caps: list[int] = []

    def lose(request: Request) -> Answer:
        cap, prompt = request.field("max_tokens"), request.json["messages"]  # type: ignore[call-overload, index]
        caps.append(cap * (request.field("n") or 1) + estimate(sum(len(one["content"]) for one in prompt)))  # type: ignore[operator]
        return cut(request)

    ended = await play(tmp_path / "journal.jsonl", Server(lose, times=2))
    assert ended.extra == sum(caps) > 0


async def test_a_server_that_gives_fewer_choices_than_asked_is_topped_up_at_the_price_of_what_came(
    tmp_path: Path,
) -> None:
    ended = await play(tmp_path / "journal.jsonl", Server(one_choice))
    assert ended.outcome == undisturbed().outcome
    assert ended.slept == []
    assert ended.spent.calls == undisturbed().spent.calls


@dataclass(frozen=True, kw_only=True)
class Stop(Row):
    """A fault that stays. ``most``: requests made in vain; ``told``: words of the message; ``cure``: of what to do."""

    kind: type[ServiceError] = ServiceError
    most: int
    told: str
    cure: str
    unread: int = 0  # questions that are recorded as unreadable before the run gives up


LATER = "the journal keeps what was paid"
STAYING = [
    Stop(sentence="an exhausted quota ends the run at once", fault=lambda r: wire("openai/quota"),
         kind=QuotaExhausted, most=1, told="quota is used up", cure=LATER),
    Stop(sentence="a key that is refused in the middle ends the run at once", fault=lambda r: wire("openai/key"),
         kind=Unauthorised, most=1, told="refused the key", cure="--api-key-env"),
    Stop(sentence="a rate limit that stays ends the run after five minutes of waiting", fault=says(429), most=45,
         told="429", cure="Lower --concurrency"),
    Stop(sentence="a wish to wait for an hour ends the run at once", fault=says(429, **{"retry-after": "3600"}),
         most=1, told="429", cure="3600 seconds"),
    *(Stop(sentence=f"a {status} that stays ends the run after four pauses", fault=says(status), most=5,
           slept=(0.5, 1.0, 2.0, 4.0), told=f"{status}: not now", cure=LATER) for status in (500, 502, 503)),
    Stop(sentence="connections that are always lost end the run after four pauses", fault=lambda r: Answer(drop=True),
         most=5, slept=(0.5, 1.0, 2.0, 4.0), told="No answer from", cure=LATER),
    Stop(sentence="bodies that always break off end the run after four pauses", fault=cut, most=5,
         slept=(0.5, 1.0, 2.0, 4.0), told="No answer from", cure=LATER),
    Stop(sentence="a server that stalls for ever ends the run after five limits and four pauses", fault=stall, most=5,
         slept=(0.5, 1.0, 2.0, 4.0), told=f"no answer within {LIMIT} seconds", cure=LATER),
    Stop(sentence="truncated JSON for ever ends the run at the third question", fault=BROKEN, most=9,
         slept=(0.5, 1.0) * 3, told="not a JSON object", cure="/v1", unread=2),
    Stop(sentence="replies without choices for ever end the run at the third question", fault=NO_CHOICES, most=9,
         slept=(0.5, 1.0) * 3, told="no choices", cure="/v1", unread=2),
    Stop(sentence="answers without end for ever end the run at the third question", fault=endless, most=9,
         slept=(0.5, 1.0) * 3, told="an answer of more than 32 MiB", cure="/v1", unread=2),
    Stop(sentence="a page in place of all replies ends the run at the third question", fault=PAGE, most=9,
         slept=(0.5, 1.0) * 3, told="no chat completion", cure="sign-in", unread=2),
]  # fmt: skip


@pytest.mark.parametrize("row", STAYING, ids=lambda row: row.sentence)
async def test_a_fault_that_stays_ends_the_run_with_a_cure_and_nothing_paid_is_lost(row: Stop, tmp_path: Path) -> None:
    journal, server = tmp_path / "journal.jsonl", Server(row.fault)
    ended = await play(journal, server, row.limit)
    assert type(ended.error) is row.kind
    assert row.told in ended.error.what
    assert row.cure in ended.error.cure
    assert KEY not in str(ended.error)
    assert server.calls - GOOD_CALLS <= row.most
    assert sum(ended.slept) <= LONGEST_LIMITED
    assert not row.slept or tuple(ended.slept) == row.slept
    again = Server(row.fault, times=0, answered=server.answered)
    resumed = await play(journal, again)
    assert resumed.outcome
    assert set(again.answered.values()) <= {1}, "what was answered is never asked again"
    assert row.unread or resumed.outcome == undisturbed().outcome
    assert len({one["at"] for one in resumed.replies if one["status"] == "malformed"}) == row.unread


@pytest.mark.parametrize(("fault", "asked"), [(cut, 5), (BROKEN, 3)], ids=["cut", "truncated"])
async def test_what_no_reply_bears_is_told_once_when_an_error_ended_the_run(fault: Fault, asked: int) -> None:
    async def pause(seconds: float) -> None:
        assert seconds < HANG

    server = Server(fault)
    server.calls = GOOD_CALLS
    place = Place(stage="explore", step="random", role="hints")
    ask = Ask(place=place, system="", prompt="note up to", reply_tokens=500)
    async with LoopbackServer(server.handle) as loopback:
        model = OpenAIModel(model="m", base_url=loopback.base_url, timeout=HANG, sleep=pause)
        with pytest.raises(ServiceError):
            await model.complete(ask)
        told, again = model.take_lost(), model.take_lost()
        await model.aclose()
    assert told.input == asked * estimate(len(ask.prompt))
    assert 0 < told.output <= asked * ask.reply_tokens
    assert (told.output == asked * ask.reply_tokens) == (fault is cut)
    assert (again.input, again.output) == (0, 0)


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("packed", [False, True], ids=["as it is", "packed"])
async def test_of_an_answer_without_end_no_more_is_read_than_the_bound(status: int, packed: bool) -> None:
    async def pause(seconds: float) -> None:
        assert seconds < HANG

    ask = Ask(place=Place(stage="explore", step="random", role="hints"), system="", prompt="note", reply_tokens=500)
    piece = gzip.compress(b" " * (64 * MEGABYTE)) if packed else b" " * MEGABYTE
    headers = {"content-encoding": "gzip"} if packed else {}
    answer = Answer(status=status, body=piece, headers=headers, again=1 if packed else 1000)
    async with LoopbackServer(lambda request: answer) as server:
        model = OpenAIModel(model="m", base_url=server.base_url, timeout=HANG, sleep=pause)
        tracemalloc.start()
        with pytest.raises(ServiceError, match="more than 32 MiB"):
            await model.complete(ask)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await model.aclose()
    assert most < 3 * LARGEST


async def test_a_server_that_dies_and_comes_back_at_its_address_is_asked_on(tmp_path: Path) -> None:
    """It really goes: from the first pause to the third nobody listens."""
    ended, server = Ended(), Server(lambda request: Answer(drop=True), times=1)
    first = LoopbackServer(server.handle)
    await first.__aenter__()
    port = int(first.base_url.rpartition(":")[2].partition("/")[0])
    second = LoopbackServer(server.handle, port=port)

    async def pause(seconds: float) -> None:
        ended.slept.append(seconds)
        if len(ended.slept) == 1:
            await first.__aexit__()
        if len(ended.slept) == 3:
            await second.__aenter__()

    endpoint = OpenAIModel(model="m", base_url=first.base_url, api_key=KEY, sleep=pause)
    await played(tmp_path / "journal.jsonl", endpoint, ended)
    await second.__aexit__()
    assert (ended.error, ended.slept, ended.extra) == (None, [0.5, 1.0, 2.0], 0)
    assert ended.outcome == undisturbed().outcome
    assert set(server.answered.values()) == {1}


# -- what a model says wrong -----------------------------------------------------------------------------------------

REPLIES: Mapping[str, tuple[Fault, str]] = {
    "a refusal": (lambda r: wire("openai/refusal"), "refused"),
    "a filtered reply": (lambda r: wire("azure/filtered reply"), "refused"),
    "nothing": (replying(""), "empty"),
    "a megabyte": (replying("x" * MEGABYTE), "truncated"),
    "a megabyte of fences": (replying("```\n" * (MEGABYTE // 4)), "truncated"),
    "another language": (replying("すみません、この関数の実装については説明だけをお答えします。" * 9), "ok"),
    "only prose": (replying("That is a lovely task. I would go about it with great care. " * 9), "ok"),
}


@pytest.mark.parametrize("name", REPLIES)
async def test_a_model_that_says_one_wrong_thing_only_gives_a_run_that_ends_and_chooses_nothing(
    name: str, tmp_path: Path
) -> None:
    fault, status = REPLIES[name]
    server = Server(fault)
    ended = await play(tmp_path / "journal.jsonl", server)
    assert (ended.error, ended.slept) == (None, [])
    assert isinstance(ended.outcome, dict)
    assert ended.outcome["choice"]["slot"] is None
    assert {one["status"] for one in ended.replies[2 * GOOD_CALLS :]} == {status}
    assert len(ended.replies) == ended.spent.calls <= 4 * undisturbed().spent.calls, "each slot is asked a few times"
    assert max(len(str(one["text"])) for one in ended.replies) <= MOST_CHARS


@pytest.mark.parametrize("name", REPLIES)
async def test_a_model_that_says_something_wrong_now_and_then_gives_a_run_that_goes_on(
    name: str, tmp_path: Path
) -> None:
    ended = await play(tmp_path / "journal.jsonl", Server(REPLIES[name][0], times=3))
    assert (ended.error, ended.slept) == (None, [])
    assert isinstance(ended.outcome, dict)
    assert ended.outcome["choice"]["slot"] is not None


# -- bounds ----------------------------------------------------------------------------------------------------------


def test_one_request_has_a_limit_in_all_which_is_longer_for_this_machine() -> None:
    assert limit_of("https://api.example/v1") == 120.0
    assert limit_of("http://127.0.0.1:8080/v1") == limit_of("http://localhost/v1") == 600.0


async def test_answers_that_are_lost_empty_a_budget_too(tmp_path: Path) -> None:
    """Every second answer breaks off in the middle."""
    turn = itertools.count()
    server = Server(lambda request: cut(request) if next(turn) % 2 else served(request))
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    place = Place(stage="explore", step="random", role="hints")
    asks = [Ask(place=place, system="", prompt="note up to", reply_tokens=500, seed=n) for n in range(40)]
    async with LoopbackServer(server.handle) as loopback:
        endpoint = OpenAIModel(model="m", base_url=loopback.base_url, api_key=KEY, sleep=sleep)
        model = BudgetedModel(endpoint, Budget(tokens=6000), concurrency=1, reserve=0)
        statuses = [(await model.complete(ask))[0].status for ask in asks]
        await endpoint.aclose()
    assert set(statuses) == {"ok", "unaffordable"}
    assert 6000 <= model.spent.tokens <= 6000 + 2 * 510, "overspent by the last question at most"
    assert len(slept) in {10, 11, 12}
