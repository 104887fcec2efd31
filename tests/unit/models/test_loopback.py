from __future__ import annotations

import asyncio

from cosplay_action.testing.loopback import Answer, LoopbackServer, Request, chatting


async def talk(server: LoopbackServer, *messages: bytes) -> bytes:
    """Send raw bytes on one connection and return what comes back until the server closes or a second passes."""
    port = int(server.base_url.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for message in messages:
        writer.write(message)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n"


async def test_a_connection_serves_several_requests() -> None:
    async with LoopbackServer(lambda request: Answer(body={"n": request.field("n")})) as server:
        answer = await talk(server, POST + b'{"n": 1}', POST + b'{"n": 2}')
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.endswith(b'{"n": 2}')
    assert len(server.calls) == 2


async def test_a_body_that_is_no_json_has_no_fields() -> None:
    async with LoopbackServer(lambda request: Answer(body=repr(request.field("n")).encode())) as server:
        assert (await talk(server, POST + b"not json")).endswith(b"None")


async def test_a_dropped_connection_carries_no_answer() -> None:
    async with LoopbackServer(lambda _: Answer(drop=True)) as server:
        assert await talk(server, POST + b'{"n": 1}') == b""


async def test_requests_in_flight_are_counted_while_they_wait() -> None:
    gate = asyncio.Event()

    async def handle(request: Request) -> Answer:
        if server.flying == 3:
            gate.set()
        await gate.wait()
        return Answer(body={})

    async with LoopbackServer(handle) as server:
        await asyncio.gather(*(talk(server, POST + b'{"n": 1}') for _ in range(3)))
    assert (server.most, server.flying) == (3, 0)


async def test_leaving_the_block_ends_requests_that_never_would() -> None:
    async def handle(_: Request) -> Answer:
        await asyncio.Event().wait()
        return Answer()

    async with LoopbackServer(handle) as server:
        hanging = asyncio.create_task(talk(server, POST + b'{"n": 1}'))
        while not server.requests:
            await asyncio.sleep(0)
    assert await hanging == b""


async def test_the_well_meaning_handler_lists_its_models_and_bounds_n() -> None:
    async with LoopbackServer(chatting(lambda _, k: f"text {k}", most=2)) as server:
        listed = await talk(server, b"GET /v1/models HTTP/1.1\r\n\r\n")
        chat = await talk(server, POST + b'{"n": 5}')
    assert b'"id": "m"' in listed
    assert (b"text 1" in chat, b"text 2" in chat) == (True, False)


async def test_an_answer_can_break_off_after_so_many_bytes() -> None:
    whole = Answer(body=b"0123456789")
    async with LoopbackServer(lambda _: Answer(body=b"0123456789", cut=len(whole.encode()) - 4)) as server:
        answer = await talk(server, POST + b'{"n": 1}', POST + b'{"n": 2}')
    assert answer.endswith(b"012345")
    assert len(server.requests) == 1, "and the connection is over"


async def test_an_answer_that_trickles_is_whole_in_the_end() -> None:
    async with LoopbackServer(lambda _: Answer(body=b"0123456789", trickle=0.001)) as server:
        assert (await talk(server, POST + b'{"n": 1}')) == Answer(body=b"0123456789").encode()


async def test_a_server_comes_back_at_its_own_port() -> None:
    async with LoopbackServer(lambda _: Answer()) as first:
        port = int(first.base_url.split(":")[2].split("/")[0])
    async with LoopbackServer(lambda _: Answer(), port=port) as second:
        assert second.base_url == f"http://127.0.0.1:{port}/v1"
