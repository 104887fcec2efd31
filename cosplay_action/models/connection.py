"""The SDK's client, set up to leave retrying to us and to tell nobody more than it must."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

import openai

from cosplay_action.errors import UsageError

OPENAI_URL = "https://api.openai.com/v1"
CONNECTING = 10.0  # seconds until a connection stands
LARGEST = 32 * 1024 * 1024  # bytes of an answer, unpacked: more than 128 replies of 65,536 tokens


class TooLarge(openai.OpenAIError):  # which the client lets through as it is
    """A server's answer has more than LARGEST bytes: the rest of it is not read."""


class _Answer(Protocol):
    """What is used of the client's response: its body, piece by piece, with which the client fills itself."""

    aiter_bytes: Callable[[], AsyncGenerator[bytes, None]]


_begun: ContextVar[list[bool]] = ContextVar("begun")  # of one request: gets an entry when its answer begins


@contextmanager
def listening() -> Iterator[list[bool]]:
    """For one request: a list that is no longer empty once the head of its answer has arrived."""
    begun: list[bool] = []
    token = _begun.set(begun)
    try:
        yield begun
    finally:
        _begun.reset(token)


async def _begins(answer: _Answer) -> None:
    with suppress(LookupError):
        _begun.get().append(True)
    whole = answer.aiter_bytes

    async def bounded() -> AsyncGenerator[bytes, None]:
        size = 0
        async with aclosing(whole()) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge
                yield piece

    answer.aiter_bytes = bounded


def limit_of(url: str, timeout: float | None = None) -> float:
    """Seconds that one request may take in all: what was given, or 600 for a server on this machine, 120 for others."""
    return timeout if timeout is not None else (600.0 if _local(url) else 120.0)


def connect(url: str, key: str, timeout: float | None) -> openai.AsyncOpenAI:
    """A client that neither retries, nor asks a proxy for this machine's own servers.

    Raises UsageError for a ``url`` that is none.
    The SDK reads the organisation and project from the environment; they are nobody's business but OpenAI's.
    """
    if why := _wrong(url):
        raise UsageError(f"The base URL is no address of a server: {why}.", _ADDRESS_CURE)
    near, limit = _local(url), limit_of(url, timeout)
    patience = openai.Timeout(limit, connect=min(limit, CONNECTING))
    client = openai.AsyncOpenAI(
        api_key=key or "none",  # servers without keys ignore it, the SDK insists on one
        base_url=url,
        timeout=patience,
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(
            trust_env=not near, timeout=patience, event_hooks={"response": [_begins]}
        ),
    )
    if url != OPENAI_URL:
        client.organization = client.project = None
    return client


_ADDRESS_CURE = "Give --base-url as http://HOST:PORT/v1 or https://HOST/v1 (an IPv6 address in brackets: [::1])."


def _wrong(url: str) -> str:
    """Why a client could not even begin with this address, in words that do not quote it (it may hold a password)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")  # what resolving the name would do
        if host.replace(".", "").isdecimal():
            ip_address(host)
    except ValueError as error:
        return "its port is no number below 65536" if "port" in str(error).lower() else "its host cannot be read"
    if parts.scheme not in {"http", "https"}:
        return "it does not begin with http:// or https://"
    return "" if host and url.isprintable() and " " not in url else "it has no host, or blanks in it"


def _local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def shown(url: str) -> str:
    """The address for people: scheme, host and path; user and password, if somebody put them there, stay out."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
