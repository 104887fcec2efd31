"""The host's side of one worker: start it with nothing inherited, read its frames, end it and all it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

from cosplay_action.errors import SandboxError
from cosplay_action.method.codec import parse
from cosplay_action.sandbox.wire import WireJob

WORKER = Path(__file__).with_name("worker.py")
HELLO_SECONDS = 30.0  # for an interpreter to start on a busy machine
GRACE_SECONDS = 0.5  # between SIGTERM, on which the worker ends its cell, and SIGKILL


class WorkerDied(Exception):
    """The worker ended, fell silent or lost its way in the middle of its job.

    ``code`` is its exit code as Popen gives it, None while it lives; ``report`` says more, such as its own traceback.
    """

    def __init__(self, code: int | None, report: str = "") -> None:
        super().__init__(f"the worker is lost ({code})")
        self.code = code
        self.report = report


class Worker:
    """A running worker; frames are read one by one."""

    def __init__(self, process: Process, frames: asyncio.StreamReader, cap: int) -> None:
        self._process = process
        self._frames = frames
        self._cap = cap

    async def frame(self, seconds: float) -> object:
        """The next frame's data. Raises WorkerDied, and CodecError for a frame that cannot be read."""
        try:
            async with asyncio.timeout(seconds):
                size = int.from_bytes(await self._frames.readexactly(4), "big")
                if size > self._cap:  # no worker of ours wrote that, and what follows cannot be told apart
                    raise WorkerDied(None, "its result channel holds garbage")
                return parse(await self._frames.readexactly(size))
        except TimeoutError:
            raise WorkerDied(None) from None
        except asyncio.IncompleteReadError:
            raise WorkerDied(await self._code()) from None

    async def _code(self) -> int | None:
        """How the worker ended, if it did: its end of the pipe may be closed while it lives."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                return await self._process.wait()
        return None

    async def complaint(self) -> str:
        """The end of what the interpreter wrote to stderr before its first frame."""
        if self._process.stderr is None:
            return ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                return (await self._process.stderr.read(4000)).decode("utf-8", "replace").strip()[-500:]
        return ""


@contextlib.asynccontextmanager
async def started(python: Path, job: WireJob, cap: int) -> AsyncIterator[Worker]:
    """Start a worker on a job; end it, its process group and its directory when the block ends.

    ``cap`` bounds one frame in bytes. Raises SandboxError when the interpreter cannot be started.
    """
    with contextlib.ExitStack() as stack:
        home = tempfile.mkdtemp(prefix="cosplay-")
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        reader, writer = os.pipe()
        source = stack.enter_context(os.fdopen(reader, "rb"))
        try:
            process = await _spawn(python, home, writer)
        finally:
            os.close(writer)
        frames = asyncio.StreamReader()
        try:
            pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(frames), source
            )
            stack.callback(pipe.close)
            await _hand_over(process, job)
            yield Worker(process, frames, cap)
        finally:
            await _end(process)


async def _spawn(python: Path, home: str, writer: int) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(str(python), "-s", "-B", str(WORKER), str(writer)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            cwd=home,
            env=environment(home),
            pass_fds=(writer,),
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(
            f"the interpreter {python} cannot be started: {error.strerror}", "Install cosplay-action anew."
        ) from None


def environment(home: str) -> dict[str, str]:
    """All that a worker's environment holds: nothing of ours, so no key and no token."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": home,
        "TMPDIR": home,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        **{f"{name}_{'MAXIMUM' if name == 'VECLIB' else 'NUM'}_THREADS": "1" for name in threads},
    }


async def _hand_over(process: Process, job: WireJob) -> None:
    data = json.dumps(job).encode("ascii")
    if process.stdin is None:
        return
    with contextlib.suppress(ConnectionError):  # it died at once: the missing hello says so
        process.stdin.write(len(data).to_bytes(4, "big") + data)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: Process) -> None:
    """Let the worker end its cell, then kill what is left of its process group."""
    try:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)  # Popen's own terminate() would reap it behind asyncio's back
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
