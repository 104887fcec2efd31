"""What whole programs leave: how they ended, what they wrote, and the pipes it comes through. All of it is hostile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass

SHOWN = 20_000  # bytes of output that are kept, from its end
FLOOD = 256 * 1024 * 1024  # bytes of output at which a program is stopped
MOST = 20_000_000  # bytes of a report
LOOK = 1.0  # seconds between two looks at the clock; of a longer time, in which the machine slept, so much counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended: ``code`` as a shell tells it, None when it was stopped, and then ``why``.

    ``output`` is the end of what it wrote, ``report`` the file it left as its report; both are untrusted code's.
    ``places`` are where it saw the repository and where its own folders lay.
    """

    code: int | None
    output: str = ""
    report: bytes = b""
    places: tuple[str, ...] = ()
    why: str = ""


class TooMuchError(Exception):
    pass


@dataclass(slots=True)
class Pipe:
    """Both ends of a pipe; each is closed once, by whoever comes first."""

    read: int
    write: int

    def close(self, end: str) -> None:
        if getattr(self, end) >= 0:
            os.close(getattr(self, end))
            setattr(self, end, -1)


@contextlib.contextmanager
def pipe() -> Iterator[Pipe]:
    pipe = Pipe(*os.pipe())
    try:
        yield pipe
    finally:
        pipe.close("read")
        pipe.close("write")


@contextlib.asynccontextmanager
async def reading(pipe: Pipe) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    source = os.fdopen(pipe.read, "rb")
    pipe.read = -1
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), source
    )
    try:
        yield reader
    finally:
        transport.close()


async def collect(stream: asyncio.StreamReader, kept: bytearray, most: int, keep: int = 0) -> None:
    """Read a stream to its end and keep the last ``keep`` bytes of it (0: all). Raises TooMuchError at ``most``."""
    total = 0
    while data := await stream.read(65536):
        total += len(data)
        kept += data
        if keep:
            del kept[:-keep]
        if total > most:
            raise TooMuchError


async def loud(stream: asyncio.StreamReader, kept: bytearray) -> None:
    """Read what a program writes for people. Raises TooMuchError for a flood."""
    await collect(stream, kept, FLOOD, keep=SHOWN)


async def heard(seconds: float, *streams: Coroutine[None, None, None]) -> str:
    """Read streams to their ends; "" then, else why the program has to be stopped."""
    tasks = [asyncio.create_task(one) for one in streams]
    left, unread = seconds, set(tasks)
    try:
        while unread:
            if left <= 0:
                return f"it did not end within {seconds:g} seconds"
            began = time.monotonic()
            done, unread = await asyncio.wait(unread, timeout=min(left, LOOK), return_when=asyncio.FIRST_EXCEPTION)
            left -= min(time.monotonic() - began, LOOK)
            for one in done:
                one.result()
    except TooMuchError:
        return "it wrote too much output"
    finally:
        for one in tasks:
            one.cancel()
    return ""


def report_of(path: str) -> bytes:
    """A file that untrusted code left as its report; nothing if it is no plain file, or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST:
            return b""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MOST)
    finally:
        os.close(descriptor)
