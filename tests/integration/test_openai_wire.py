"""OpenAIModel against a loopback server that speaks the dialects of real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from cosplay_action.errors import QuotaExhausted, ServiceError, Unauthorised
from cosplay_action.method.ports import Reply
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


@pytest.mark.parametrize(
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
async def test_a_body_that_is_no_completion_is_malformed_after_a_few_tries(answer: Answer) -> None:
    async with bench(replaying(answer)) as b:
        replies = await b.model.complete(ask(samples=2))
    assert [reply.status for reply in replies] == ["malformed", "malformed"]
    assert len(b.server.calls) == 3
    assert replies[0].detail


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
