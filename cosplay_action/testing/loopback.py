"""A chat-completions server on a loopback port, for tests and for measuring the scheduler: standard library only.

It speaks HTTP/1.1 with keep-alive over asyncio streams, waits ``latency`` seconds before each answer, and counts.
What it answers is the handler's business; ``chatting`` is a handler that behaves like a well-meaning server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request as it arrived; header names are lower case, ``json`` is None when the body is none."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        try:
            data: object = json.loads(self.body)
        except ValueError:
            return None
        return data

    def field(self, name: str) -> object:
        """One field of the JSON object sent; None when it is absent."""
        data = self.json
        return data.get(name) if isinstance(data, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: ``body`` as it is when it is bytes, else as JSON. ``drop`` closes the connection instead.

    ``cut`` closes it after so many bytes; ``trickle`` waits so many seconds before each of the body's bytes; ``again``
    sends a body of bytes so many times over, for bodies that nobody should hold.
    """

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None
    trickle: float = 0.0
    again: int = 1

    def encode(self) -> bytes:
        """The bytes on the wire."""
        raw = isinstance(self.body, bytes)
        data = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        fields = {"content-type": "application/octet-stream" if raw else "application/json", **self.headers}
        fields.setdefault("content-length", str(len(data) * self.again))
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", *(f"{k}: {v}" for k, v in fields.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


Handler = Callable[[Request], Answer | Awaitable[Answer]]


class LoopbackServer:
    """Serves ``handler`` while the ``async with`` block runs, at ``port`` (0: any that is free).

    ``requests`` are all requests in order of arrival, ``most`` the largest number in flight at one moment.
    """

    def __init__(self, handler: Handler, latency: float = 0.0, port: int = 0) -> None:
        self._handler, self._latency, self._port = handler, latency, port
        self.requests: list[Request] = []
        self.flying = self.most = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        """The address for ``--base-url``."""
        assert self._server, "the server does not run"
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    @property
    def calls(self) -> list[Request]:
        """The chat completions among the requests."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the block ended: either way this connection is over
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            found = self._handler(request)
            answer = found if isinstance(found, Answer) else await found
        finally:
            self.flying -= 1
        if answer.drop:
            return False
        await _send(answer, writer)
        return answer.cut is None


async def _send(answer: Answer, writer: asyncio.StreamWriter) -> None:
    data = answer.encode()[: answer.cut]
    at_once = data.find(b"\r\n\r\n") + 4 if answer.trickle else len(data)
    writer.write(data[:at_once])
    await writer.drain()
    for byte in data[at_once:]:
        await asyncio.sleep(answer.trickle)
        writer.write(bytes([byte]))
        await writer.drain()
    for _ in range(answer.again - 1):
        assert isinstance(answer.body, bytes)
        writer.write(answer.body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Request:
    """Read one request. Raises IncompleteReadError at the end of the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method=method, path=path, headers=headers, body=body)


def completion(texts: Sequence[str], *, input_tokens: int = 10, output_tokens: int | None = None) -> dict[str, object]:
    """A chat completion with one choice a text, and usage (two output tokens a choice unless told)."""
    choices = [
        {"index": k, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for k, text in enumerate(texts)
    ]
    paid = 2 * len(texts) if output_tokens is None else output_tokens
    usage = {"prompt_tokens": input_tokens, "completion_tokens": paid, "total_tokens": input_tokens + paid}
    return {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }


def chatting(write: Callable[[Request, int], str], *, most: int | None = None) -> Handler:
    """A handler that honours ``n`` up to ``most``; ``write(request, k)`` gives the text of choice k."""

    def handle(request: Request) -> Answer:
        if request.method == "GET":
            return Answer(body={"object": "list", "data": [{"id": "m", "object": "model"}]})
        wanted = request.field("n")
        count = wanted if isinstance(wanted, int) else 1
        return Answer(body=completion([write(request, k) for k in range(min(count, most or count))]))

    return handle
