"""The host's side of one worker: started with nothing inherited, spoken to in frames, ended with all it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosplay_action.errors import SandboxError, shortage
from cosplay_action.method.codec import CodecError, exact_list, parse
from cosplay_action.sandbox.streams import LOOK
from cosplay_action.sandbox.wire import WireJob, WireSetup

WORKER = Path(__file__).with_name("worker.py")
HELLO_SECONDS = 30.0  # for an interpreter to start on a busy machine
IMPORT_SECONDS = 90.0  # wall seconds for an import (the worker's CPU limit is lower)
GRACE_SECONDS = 0.6  # for a worker to end its cells once its sockets are closed
SMALL = 64 * 1024  # bytes of a frame that holds no value
AHEAD = 256 * 1024  # bytes that are read before somebody asks for them


class WorkerDied(Exception):
    """The worker ended, fell silent or lost its way in the middle of its job.

    ``code`` is its exit code as Popen gives it, None while it lives; ``report`` says more, such as its own traceback.
    """

    def __init__(self, code: int | None, report: str = "") -> None:
        super().__init__(f"the worker is lost ({code})")
        self.code = code
        self.report = report


class WorkerFailed(WorkerDied):
    """The worker found itself at fault: ``report`` is its traceback."""


class ServerLost(Exception):
    """The server of one job ended early (``status`` as waitpid gives it); its worker lives, its lane is free.

    ``compiled``: it had read all that it runs, so that only somebody outside can have ended it. ``killed``: it says
    that somebody else killed its cell. ``report``: what the system refused it, in its words.
    """

    def __init__(self, status: int = 0, *, killed: bool = False, report: str = "") -> None:
        super().__init__(f"the server is lost ({status})")
        self.status, self.killed, self.report, self.compiled = status, killed, report, False


class Line(asyncio.Protocol):
    """One stream socket to a worker, framed."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._came: asyncio.Future[None] | None = None  # done when more data, or the end, has come
        self._ended = False

    @classmethod
    async def over(cls, sock: socket.socket) -> Line:
        _, line = await asyncio.get_running_loop().create_unix_connection(cls, sock=sock)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > AHEAD:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, _error: Exception | None) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._came is not None and not self._came.done():
            self._came.set_result(None)

    def send(self, data: WireSetup | WireJob) -> None:
        """Write data as one frame. To a worker that is gone it is lost: the missing answer says so."""
        payload = json.dumps(data).encode("ascii")
        self._transport.write(len(payload).to_bytes(4, "big") + payload)

    async def frame(self, seconds: float, cap: int = SMALL) -> object:
        """The next frame's data. Raises WorkerDied, and CodecError for a frame that cannot be read.

        Time in which nobody looked at the clock, because the machine slept, counts as one look.
        """
        while (payload := self._next(cap)) is None:
            if seconds <= 0:
                raise WorkerDied(None)
            seconds -= await self._more(min(seconds, LOOK))
        return parse(payload)

    def _next(self, cap: int) -> bytes | None:
        """The payload of the next frame, None while it has not all come."""
        size = int.from_bytes(self._data[:4], "big")
        if len(self._data) >= 4 and size > cap:  # no worker of ours wrote that, and what follows cannot be told apart
            raise WorkerDied(None, "its result channel holds garbage")
        if len(self._data) < 4 + size or len(self._data) < 4:
            return None
        payload = bytes(self._data[4 : 4 + size])
        del self._data[: 4 + size]
        return payload

    async def _more(self, seconds: float) -> float:
        """Wait for more data, or for ``seconds``; how long that was, ``seconds`` at most."""
        if self._ended:
            raise WorkerDied(-signal.SIGHUP, "it ended")
        self._transport.resume_reading()  # what is held is less than a frame
        loop = asyncio.get_running_loop()
        began, self._came = loop.time(), loop.create_future()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._came
        return min(loop.time() - began, seconds)

    def close(self) -> None:
        self._transport.close()


@dataclass(slots=True)
class Worker:
    """A running worker. A job takes one of its ``lanes`` and puts it back when the lane is fit for another."""

    process: Process
    control: Line
    lanes: asyncio.Queue[Line]
    every: tuple[Line, ...]
    home: Path
    dead: bool = False

    async def told(self, seconds: float = HELLO_SECONDS) -> list[object]:
        """The next frame on CONTROL. Raises WorkerDied, with the worker's own report where it gave one."""
        try:
            frame = await self.control.frame(seconds)
        except CodecError:
            raise WorkerDied(None, "its control channel holds garbage") from None
        if not isinstance(frame, list) or not frame:
            raise WorkerDied(None, "its control channel holds garbage")
        if frame[0] == "failed":
            raise WorkerFailed(None, str(exact_list(frame, 2)[1])[-1000:])
        return frame

    async def last_words(self) -> str:
        """What the worker said of its own end, on CONTROL."""
        with contextlib.suppress(WorkerDied, CodecError):
            frame = await self.control.frame(GRACE_SECONDS)
            return str(frame)[-1000:]
        return ""

    async def killed(self) -> bool:
        """Whether a worker that has ended was ended with SIGKILL (as bubblewrap tells it: 128 and the signal)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                return await self.process.wait() in {-signal.SIGKILL, 128 + signal.SIGKILL}
        return False

    async def complaint(self) -> str:
        """The end of what the interpreter, or the jail around it, wrote to stderr before its first frame."""
        if self.process.stderr is None:
            return ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                return (await self.process.stderr.read(4000)).decode("utf-8", "replace").strip()[-500:]
        return ""

    async def end(self) -> None:
        """Close the sockets, on which the worker ends its cells; then kill what is left, and remove its folder."""
        self.dead = True
        for line in (self.control, *self.every):
            line.close()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await self.process.wait()
        finally:
            _kill(self.process)
            shutil.rmtree(self.home, ignore_errors=True)
        await self.process.wait()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def undumpable() -> None:
    """Keep other processes of this user out of this one's memory (Linux; prctl(2), PR_SET_DUMPABLE)."""
    if sys.platform.startswith("linux"):
        from cosplay_action.sandbox.worker_confine import undumpable as shut

        shut()


def make_home() -> Path:
    """A folder for one worker, with a canary in it: a file that only its user may read, and no cell may see."""
    home = Path(tempfile.mkdtemp(prefix="cosplay-worker-"))
    canary = home / "canary"
    try:
        canary.touch(mode=0o600)
        canary.write_text("no cell may read this\n")
    except OSError:  # no room
        shutil.rmtree(home, ignore_errors=True)
        raise
    return home


async def start(
    argv: Callable[[Sequence[str]], Sequence[str]], command: Sequence[str], environ: dict[str, str], lanes: int,
    home: Path,
) -> Worker:  # fmt: skip
    """Start ``command`` and the descriptors of CONTROL and the lanes, as ``argv`` wraps it.

    Raises SandboxError when the program cannot be started.
    """
    pairs: list[tuple[socket.socket, socket.socket]] = []
    try:
        pairs += (socket.socketpair() for _ in range(lanes + 1))
        theirs = [theirs.fileno() for _, theirs in pairs]
        process = await asyncio.create_subprocess_exec(
            *argv([*command, *map(str, theirs)]),
            stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd="/", env=environ, pass_fds=theirs, start_new_session=True,
        )  # fmt: skip
    except BaseException as error:
        for ours, _ in pairs:
            ours.close()
        shutil.rmtree(home, ignore_errors=True)
        if not isinstance(error, OSError) or shortage(error):
            raise
        raise SandboxError(
            f"the interpreter {command[0]} cannot be started: {error.strerror}", "Install cosplay-action anew."
        ) from None
    finally:
        for _, each in pairs:
            each.close()
    control, *rest = [await Line.over(ours) for ours, _ in pairs]
    free: asyncio.Queue[Line] = asyncio.Queue()
    for line in rest:
        free.put_nowait(line)
    return Worker(process=process, control=control, lanes=free, every=tuple(rest), home=home)


def environment() -> dict[str, str]:
    """All that a worker's environment holds: nothing of ours, so no key and no token."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "LD_BIND_NOW": "1",  # else every cell looks up the C functions that no process before it has called
        **{f"{name}_{'MAXIMUM' if name == 'VECLIB' else 'NUM'}_THREADS": "1" for name in threads},
    }
