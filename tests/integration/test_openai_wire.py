"""OpenAIModel against a loopback server that speaks the dialects of real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from cosplay_action.errors import QuotaExhausted, ServiceError, Unauthorised, UsageError
from cosplay_action.method.ports import Reply
from cosplay_action.models.budget import Budget, BudgetedModel
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.testing.loopback import Answer, Handler, LoopbackServer, Request, chatting, completion
from tests.support.wire import DIALECTS, KEY, ask, fields, replaying, wire


class Bench:
    """A model on a loopback server; ``slept`` records what it waited between tries, without waiting."""

    def __init__(self, server: LoopbackServer, model: OpenAIModel, slept: list[float]) -> None:
        self.server, self.model, self.slept = server, model, slept

    async def one(self) -> Reply:
        [reply] = await self.model.complete(ask())
        return reply


@asynccontextmanager
async def bench(handler: Handler, *, latency: float = 0.0, concurrency: int = 16) -> AsyncIterator[Bench]:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    ticks = iter(range(10_000))
    async with LoopbackServer(handler, latency) as server:
        model = OpenAIModel(
            model="m", base_url=server.base_url, api_key=KEY, concurrency=concurrency, sleep=sleep,
            clock=lambda: float(next(ticks)),
        )  # fmt: skip
        yield Bench(server, model, slept)
        await model.aclose()


def texts(replies: Sequence[Reply]) -> list[str]:
    return [reply.text for reply in replies]


def numbered() -> Callable[[Request, int], str]:
    """Texts that name the seed the choice was sampled with."""
    return lambda request, k: f"seed {request.field('seed')} choice {k}"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_plain_reply_of_every_dialect_is_read(dialect: str) -> None:
    async with bench(replaying(wire(f"{dialect}/one"))) as b:
        reply = await b.one()
    assert (reply.status, reply.text) == ("ok", "def f(): ...")
    assert reply.usage.output in {10, 11, 12}
    assert not reply.usage.estimated


async def test_the_question_is_sent_as_asked() -> None:
    async with bench(chatting(numbered())) as b:
        await b.one()
    [call] = b.server.calls
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.json == {
        "model": "m", "temperature": 0.8, "top_p": 0.95, "seed": 100, "max_tokens": 64,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write f."}],
    }  # fmt: skip


async def test_several_samples_are_one_request_where_n_is_honoured() -> None:
    async with bench(chatting(numbered())) as b:
        replies = await b.model.complete(ask(samples=4))
    assert texts(replies) == [f"seed 100 choice {k}" for k in range(4)]
    assert fields(b.server.calls, "n") == [4]
    assert [r.seconds for r in replies] == [1.0, 0.0, 0.0, 0.0], "the latency of one request is counted once"
    assert [r.usage.input for r in replies] == [10, 0, 0, 0]


async def test_a_server_that_ignores_n_is_topped_up_and_not_asked_for_n_again() -> None:
    async with bench(chatting(numbered(), most=1)) as b:
        first = await b.model.complete(ask(samples=3))
        second = await b.model.complete(ask(samples=3, seed=500))
    assert texts(first) == [f"seed {100 + k} choice 0" for k in range(3)]
    assert texts(second) == [f"seed {500 + k} choice 0" for k in range(3)]
    assert fields(b.server.calls, "n") == [3, None, None, None, None, None]


async def test_single_samples_are_requested_together() -> None:
    async with bench(chatting(numbered(), most=1), latency=0.05) as b:
        await b.model.complete(ask(samples=2))
        await b.model.complete(ask(samples=6))
    assert b.server.most == 6


async def test_a_server_that_gives_fewer_choices_is_asked_in_such_portions() -> None:
    async with bench(chatting(numbered(), most=2)) as b:
        await b.model.complete(ask(samples=5))
        replies = await b.model.complete(ask(samples=5))
    assert len(replies) == 5
    assert sorted(str(n) for n in fields(b.server.calls[4:], "n")) == ["2", "2", "None"]


async def test_no_more_than_the_concurrency_is_in_flight() -> None:
    async with bench(chatting(numbered(), most=1), latency=0.02, concurrency=3) as b:
        await b.model.complete(ask(samples=2))
        await b.model.complete(ask(samples=12))
    assert b.server.most == 3


REJECTIONS = [
    ("openai/max_tokens", "max_tokens"),
    ("openai/temperature", "temperature"),
    ("vllm/seed", "seed"),
    ("vllm/temperature", "temperature"),
    ("ollama/bad", "temperature"),
    ("azure/extra", "seed"),
]


@pytest.mark.parametrize(("error", "name"), REJECTIONS)
async def test_a_rejected_parameter_is_dropped_and_stays_dropped(error: str, name: str) -> None:
    def handle(request: Request) -> Answer:
        return wire(error) if request.field(name) is not None else Answer(body=completion(["ok"]))

    async with bench(handle) as b:
        assert (await b.one()).text == "ok"
        assert (await b.one()).text == "ok"
    assert [value is None for value in fields(b.server.calls, name)] == [False, True, True]
    assert b.slept == [], "a dropped parameter needs no waiting"


async def test_a_reply_cap_that_is_rejected_by_one_name_is_sent_by_the_other() -> None:
    def handle(request: Request) -> Answer:
        return wire("openai/max_tokens") if request.field("max_tokens") else Answer(body=completion(["ok"]))

    async with bench(handle) as b:
        await b.one()
    assert fields(b.server.calls, "max_completion_tokens") == [None, 64]


async def test_a_server_that_rejects_n_is_asked_for_single_samples() -> None:
    def handle(request: Request) -> Answer:
        error = {"error": {"message": "'n' : number must be at most 1", "type": "invalid_request_error"}}
        return Answer(status=400, body=error) if request.field("n") else Answer(body=completion(["ok"]))

    async with bench(handle) as b:
        assert len(await b.model.complete(ask(samples=3))) == 3
    assert fields(b.server.calls, "n") == [3, None, None, None]


async def test_a_bad_request_about_nothing_we_may_drop_is_an_error() -> None:
    odd = Answer(status=400, body={"error": {"message": "no such tenant", "param": "user"}})
    async with bench(replaying(odd)) as b:
        with pytest.raises(ServiceError, match="no such tenant"):
            await b.one()
    assert len(b.server.calls) == 1


@pytest.mark.parametrize(("limited", "waits"), [("openai/rate", 20.0), ("azure/rate", 5.5)])
async def test_retry_after_is_honoured(limited: str, waits: float) -> None:
    async with bench(replaying(wire(limited), wire("openai/one"))) as b:
        assert (await b.one()).status == "ok"
    assert b.slept == [waits]


async def test_a_retry_after_date_is_measured_on_the_servers_own_clock() -> None:
    dates = {"date": "Mon, 02 Mar 2026 10:00:00 GMT", "retry-after": "Mon, 02 Mar 2026 10:00:07 GMT"}
    late = Answer(status=429, headers=dates, body={"error": {"message": "slow down"}})
    async with bench(replaying(late, wire("openai/one"))) as b:
        await b.one()
    assert b.slept == [7.0]


async def test_a_server_that_asks_to_wait_for_hours_ends_the_run_and_says_so() -> None:
    late = Answer(status=429, headers={"retry-after": "7200"}, body={"error": {"message": "daily limit"}})
    async with bench(replaying(late)) as b:
        with pytest.raises(ServiceError, match="7200 seconds") as error:
            await b.one()
    assert b.slept == []
    assert not isinstance(error.value, QuotaExhausted)


async def test_a_busy_server_is_asked_again_with_growing_pauses_but_not_for_ever() -> None:
    async with bench(replaying(wire("openai/overloaded"))) as b:
        with pytest.raises(ServiceError, match="503"):
            await b.one()
    assert b.slept == [0.5, 1.0, 2.0, 4.0]
    assert len(b.server.calls) == 5


async def test_a_server_that_forbids_retrying_is_obeyed() -> None:
    never = Answer(status=500, headers={"x-should-retry": "false"}, body={"error": {"message": "broken"}})
    async with bench(replaying(never)) as b:
        with pytest.raises(ServiceError, match="broken"):
            await b.one()
    assert len(b.server.calls) == 1


@pytest.mark.parametrize(
    "answer", [wire("openai/quota"), Answer(status=402, body={"error": {"message": "Insufficient Balance"}})]
)
async def test_an_exhausted_quota_is_no_rate_limit(answer: Answer) -> None:
    async with bench(replaying(answer)) as b:
        with pytest.raises(QuotaExhausted) as error:
            await b.one()
    assert len(b.server.calls) == 1, "waiting brings no money"
    assert error.value.cure


@pytest.mark.parametrize("dialect", ["openai", "vllm", "azure"])
async def test_a_refused_key_is_unauthorised_and_never_shown(dialect: str) -> None:
    async with bench(replaying(wire(f"{dialect}/key"))) as b:
        with pytest.raises(Unauthorised) as error:
            await b.one()
    assert KEY not in str(error.value)
    assert KEY not in repr(error.value)
    assert "--api-key-env" in error.value.cure


async def test_a_key_echoed_in_any_error_is_taken_out() -> None:
    for status in (400, 404, 429, 500):
        said = Answer(status=status, headers={"x-should-retry": "false"}, body={"error": {"message": f"bad {KEY}"}})
        async with bench(replaying(said)) as b:
            with pytest.raises(ServiceError) as error:
                await b.one()
        assert KEY not in str(error.value)
        assert "bad [key]" in str(error.value)
        assert error.value.__cause__ is None, "a printed traceback would show the server's words"


@pytest.mark.parametrize("answer", ["openai/model", "vllm/model", "ollama/model", "azure/deployment"])
async def test_an_unknown_model_is_an_error_that_lists_those_there_are(answer: str) -> None:
    def handle(request: Request) -> Answer:
        return chatting(numbered())(request) if request.method == "GET" else wire(answer)

    async with bench(handle) as b:
        with pytest.raises(ServiceError) as error:
            await b.one()
    assert "The server lists: m." in error.value.cure


async def test_an_unknown_model_is_an_error_even_where_nothing_is_listed() -> None:
    async with bench(replaying(wire("openai/model"))) as b:
        with pytest.raises(ServiceError, match="gpt-9") as error:
            await b.one()
    assert "--model" in error.value.cure


async def test_a_server_that_is_not_there_is_an_error_at_once() -> None:
    async with LoopbackServer(chatting(numbered())) as server:
        url = server.base_url
    model = OpenAIModel(model="m", base_url=url, api_key=KEY, sleep=lambda _: pytest.fail("waited"))
    with pytest.raises(ServiceError) as error:
        await model.complete(ask())
    assert "--base-url" in error.value.cure
    await model.aclose()


async def test_a_connection_lost_in_the_middle_of_a_run_is_tried_again() -> None:
    async with bench(replaying(wire("openai/one"), Answer(drop=True), wire("openai/one"))) as b:
        await b.one()
        assert (await b.one()).status == "ok"
    assert len(b.server.calls) == 3


TYPED = [
    ("openai/truncated", "truncated", "def f(): retu"),
    ("openai/reasoned away", "truncated", ""),
    ("openai/refusal", "refused", ""),
    ("ollama/empty", "empty", ""),
    ("azure/filtered reply", "refused", ""),
    ("azure/filtered prompt", "refused", ""),
    ("openai/too long", "refused", ""),
    ("vllm/too long", "refused", ""),
]


@pytest.mark.parametrize(("name", "status", "text"), TYPED)
async def test_what_a_model_does_wrong_is_a_typed_value(name: str, status: str, text: str) -> None:
    async with bench(replaying(wire(name))) as b:
        reply = await b.one()
    assert (reply.status, reply.text) == (status, text)
    assert reply.detail or status == "truncated"


NO_COMPLETION = pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>Sign in</html>", headers={"content-type": "text/html"}),
        Answer(body=b'{"choices": [', headers={"content-type": "application/json"}),
        Answer(body={"choices": []}),
        Answer(body={"choices": [{"message": {"content": 7}}]}),
        Answer(body={"error": {"message": "upstream fell over"}}),
        Answer(body=[1, 2]),
        Answer(body=b""),
    ],
)


@NO_COMPLETION
async def test_a_body_that_is_no_completion_is_malformed_after_a_few_tries(answer: Answer) -> None:
    async with bench(replaying(wire("openai/one"), answer)) as b:
        await b.one()
        replies = await b.model.complete(ask(samples=2))
    assert [reply.status for reply in replies] == ["malformed", "malformed"]
    assert len(b.server.calls) == 1 + 3
    assert replies[0].detail


@NO_COMPLETION
async def test_a_server_that_never_gave_a_completion_is_an_error_that_doubts_the_address(answer: Answer) -> None:
    async with bench(replaying(answer)) as b:
        with pytest.raises(ServiceError, match="no chat completion") as error:
            await b.one()
    assert len(b.server.calls) == 3
    assert "/v1" in error.value.cure
    assert error.value.exit_code == 4


@pytest.mark.parametrize("first", [b"{}", None])
async def test_a_key_that_an_unreadable_body_quotes_is_taken_out_even_where_it_would_be_cut(
    first: bytes | None,
) -> None:
    odd = Answer(body={"error": "x" * 190 + KEY})
    async with bench(replaying(*([wire("openai/one")] if first is None else []), odd)) as b:
        if first is None:
            await b.one()
            said = (await b.one()).detail
        else:
            with pytest.raises(ServiceError) as error:
                await b.one()
            said = str(error.value)
    assert "[key]" in said
    assert KEY[:6] not in said


async def test_a_key_that_a_long_error_quotes_is_taken_out_before_the_error_is_cut() -> None:
    said = Answer(status=400, body={"error": {"message": "x" * 390 + KEY}})
    async with bench(replaying(said)) as b:
        with pytest.raises(ServiceError) as error:
            await b.one()
    assert KEY[:6] not in str(error.value)


async def test_a_key_the_client_cannot_send_is_not_shown_in_its_escaped_form_either() -> None:
    key = "canary-123456\n7890"
    async with LoopbackServer(chatting(numbered())) as server:
        model = OpenAIModel(model="m", base_url=server.base_url, api_key=key)
        with pytest.raises(ServiceError) as error:
            await model.complete(ask())
        await model.aclose()
    assert "canary" not in str(error.value)


async def test_a_line_break_behind_a_key_is_not_part_of_it() -> None:
    async with LoopbackServer(chatting(numbered())) as server:
        model = OpenAIModel(model="m", base_url=server.base_url, api_key=f"{KEY}\n")
        await model.complete(ask())
        await model.aclose()
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"


NO_ADDRESS = [
    "http://[::1", "http://127.0.0.1:99999/v1", "http://127.0.0.1:port/v1", "127.0.0.1:8000/v1", "localhost:8000",
    "/v1", "ftp://host/v1", "http://", "http:///v1", "http://a..b/v1", "http://a b/v1", "http://host/v 1",
    "http://host/\x00", "http://1.2.3.999/v1", f"http://{'a' * 64}.example/v1", "http://[zz]/v1",
]  # fmt: skip


@pytest.mark.parametrize("url", NO_ADDRESS)
async def test_a_base_url_that_is_none_is_a_usage_error_that_shows_how_one_looks(url: str) -> None:
    with pytest.raises(UsageError, match="base URL") as error:
        OpenAIModel(model="m", base_url=url, api_key=KEY)
    assert "--base-url as http://HOST:PORT/v1" in error.value.cure


@pytest.mark.parametrize("url", ["http://[::1]:8/v1", "https://me:pass@host.example/v1/", "http://bücher.example/v1"])
async def test_a_base_url_that_is_unusual_but_right_is_taken(url: str) -> None:
    await OpenAIModel(model="m", base_url=url, api_key=KEY).aclose()


async def test_a_garbled_body_is_asked_for_again() -> None:
    async with bench(replaying(Answer(body=b"?"), wire("openai/one"))) as b:
        assert (await b.one()).status == "ok"


@pytest.mark.parametrize(("name", "output"), [("vllm/reasoning", 200), ("ollama/thinking", 60)])
async def test_reasoning_is_paid_for_but_not_part_of_the_text(name: str, output: int) -> None:
    async with bench(replaying(wire(name))) as b:
        reply = await b.one()
    assert (reply.text, reply.usage.output) == ("42", output)


async def test_a_password_in_the_address_is_not_shown() -> None:
    async with LoopbackServer(replaying(wire("openai/quota"))) as server:
        url = server.base_url.replace("127.0.0.1", "me:hunter22@127.0.0.1")
        model = OpenAIModel(model="m", base_url=url, api_key=KEY)
        with pytest.raises(QuotaExhausted) as error:
            await model.complete(ask())
        await model.aclose()
    assert "hunter22" not in str(error.value)


# -- replies as they arrive ------------------------------------------------------------------------------------------


async def test_replies_of_single_requests_are_heard_of_while_another_still_hangs() -> None:
    hang = asyncio.Event()

    async def handle(request: Request) -> Answer:
        if request.field("seed") == 103:
            await hang.wait()
        return Answer(body=completion([f"seed {request.field('seed')}"]))

    heard: dict[int, str] = {}
    three = asyncio.Event()

    def arrived(k: int, reply: Reply) -> None:
        heard[k] = reply.text
        if len(heard) == 3:
            three.set()

    async with bench(handle) as b:
        asking = asyncio.ensure_future(b.model.complete(ask(samples=4), arrived))
        await asyncio.wait_for(three.wait(), 10)
        assert heard == {0: "seed 100", 1: "seed 101", 2: "seed 102"}
        assert not asking.done()
        hang.set()
        assert len(await asking) == 4
    assert heard[3] == "seed 103"


async def test_behind_a_budget_the_samples_of_a_fan_out_are_admitted_one_by_one() -> None:
    now = [0.0]

    def write(request: Request, k: int) -> str:
        now[0] += 1.0
        return "x"

    async with bench(chatting(write, most=1)) as b:
        await b.model.complete(ask(samples=2))  # from here on the server is known to ignore n
        now[0] = 0.0
        model = BudgetedModel(b.model, Budget(seconds=3.0), concurrency=1, reserve=0, clock=lambda: now[0])
        replies = await model.complete(ask(samples=6, seed=500))
    assert [reply.status for reply in replies] == ["ok"] * 3 + ["unaffordable"] * 3
    assert fields(b.server.calls[2:], "seed") == [500, 501, 502]


async def test_what_queued_while_a_server_was_unknown_is_cut_up_once_it_is_known() -> None:
    now = [0.0]

    def write(request: Request, k: int) -> str:
        now[0] += 1.0
        return "x"

    async with bench(chatting(write, most=1)) as b:
        model = BudgetedModel(b.model, Budget(seconds=4.0), concurrency=1, reserve=0, clock=lambda: now[0])
        spans = await asyncio.gather(*(model.complete(ask(samples=3, seed=seed)) for seed in (100, 200, 300)))
    assert fields(b.server.calls, "n") == [3, None, None, None], "only the first one asked for several at once"
    assert sum(reply.status == "ok" for span in spans for reply in span) == 4
