"""pytest on a scratch copy of the repository, confined as the run's level is: bubblewrap, Landlock and seccomp, or not.

At level A in the jail for whole programs; at level B in one process that confines itself (``worker_check``); at level
C under sandbox-exec; without walls only where the run has none because its user said so by name. Nothing of our
environment reaches the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import platform
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cosplay_action.errors import SandboxError, shortage
from cosplay_action.sandbox import bubblewrap, filters, seatbelt
from cosplay_action.sandbox.interpreter import Interpreter, probe
from cosplay_action.sandbox.jail import GIB, MEMORY, Jail, open_jail
from cosplay_action.sandbox.lent import lacks_pytest, lend
from cosplay_action.sandbox.streams import Finished, Pipe, heard, loud, pipe, reading, report_of

CHECK = Path(__file__).with_name("worker_check.py")
FILE = GIB // 4  # bytes of one file
STRUCK = frozenset({-signal.SIGKILL, 128 + signal.SIGKILL})  # exit codes of what was ended by SIGKILL
FULL = 64 * 1024  # bytes: with less left, what is written next may not fit
REST = 0.5  # seconds for the rest of the output once the program has ended
_OWN = ("-o", "junit_family=xunit2")
# Limits are set by a small program that then becomes the interpreter: a fork hook would not be safe in threads.
_LIMITED = """
import os, resource, sys
bounds = {resource.RLIMIT_CPU: int(sys.argv[1]), resource.RLIMIT_FSIZE: int(sys.argv[2]), resource.RLIMIT_CORE: 0}
for kind, most in bounds.items():
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
os.execv(sys.argv[3], sys.argv[3:])
"""


class Checker(Protocol):
    """Runs pytest with ``arguments`` in ``source``, a folder that is the caller's to throw away.

    ``roots`` are import roots relative to it, ``seconds`` bounds the wall time. The report is JUnit's. Raises
    SandboxError when the tests cannot be run at all.
    """

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished: ...


@dataclass(slots=True, kw_only=True)
class Checks:
    """The checker of one run, and its jail for whole programs; ``level`` is that of its sandbox, A to D.

    ``python`` is the interpreter with the dependencies of the repository ``home``. Nothing is looked at before it is
    needed: a replay runs nothing.
    """

    level: str
    python: Path
    home: Path
    _jail: tuple[Jail | None, str] | None = None

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished:
        checker = await self._checker()
        ended = await checker.check(source, arguments, roots, seconds)
        if ended.code in STRUCK:  # by somebody else, perhaps: once more
            ended = await checker.check(source, arguments, roots, seconds)
        return ended

    async def _checker(self) -> Checker:
        if self.level == "A":
            jail, _ = await self.jail()
            return jail or Confined(interpreter=await probe(self.python, home=self.home))
        if self.level == "B":
            return Confined(interpreter=await probe(self.python, home=self.home))
        if self.level == "C":
            return Plain(python=self.python, behind=(await probe(self.python, home=self.home, unjailed=True)).reads)
        if self.level == "D":
            return Plain(python=self.python)
        raise SandboxError("Nothing confines tests on this system.", "Play on Linux to have them run.")

    async def jail(self) -> tuple[Jail | None, str]:
        """The jail, or None and why there is none, with the cure."""
        if self._jail is None:
            self._jail = await open_jail(self.python, self.home)
        return self._jail


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """Level B: one process that can write to the scratch copy, start nothing and reach nobody."""

    interpreter: Interpreter

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished:
        with _room(source) as room:
            lent = [str(lend(room))] if lacks_pytest(self.interpreter) else []
            task = {
                "reads": [*self.interpreter.reads, *lent, *bubblewrap.SYSTEM, *_nodes("zero", "random", "urandom")],
                "writes": [str(source), str(room), *_nodes("null", "full")],
                "filter": filters.program(platform.machine(), "check").hex(),
                "limits": {
                    "RLIMIT_AS": MEMORY, "RLIMIT_CPU": int(seconds) + 2, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": FILE,
                },
                "search": [str(source), *_places(source, roots)],
                "lent": lent,
                "arguments": [*_reported(room), *arguments],
            }  # fmt: skip
            command = [str(self.interpreter.path), "-s", "-S", "-B", str(CHECK)]
            environ = _environment(room, source, self.interpreter.path, roots)
            told = json.dumps(task).encode()
            return await _finish(command, source, environ, seconds=seconds, room=room, told=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Levels C and D: a process group with limits and a deadline; at C behind a profile, ``behind`` are its reads."""

    python: Path
    behind: Sequence[str] | None = None

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished:
        with _room(source) as room:
            limited = ["-I", "-c", _LIMITED, str(int(seconds) + 2), str(FILE), str(self.python)]
            command = [str(self.python), *limited, "-m", "pytest", *_reported(room), *arguments]
            if self.behind is not None:
                command = [*seatbelt.argv(self.behind, str(source), [str(source), str(room)]), *command]
            environ = _environment(room, source, self.python, roots)
            return await _finish(command, source, environ, seconds=seconds, room=room)


def _nodes(*names: str) -> list[str]:
    return [f"/dev/{name}" for name in names]


def _places(source: Path, roots: Sequence[str]) -> list[str]:
    return [os.path.normpath(source / root) for root in roots]


def _reported(room: Path) -> list[str]:
    return [f"--junitxml={room / 'report.xml'}", *_OWN]


@contextlib.contextmanager
def _room(source: Path) -> Iterator[Path]:
    """A folder for what the tests write beside the copy. Both can be removed, whatever was done to permissions."""
    with tempfile.TemporaryDirectory(prefix="cosplay-room-", ignore_cleanup_errors=True) as name:
        (Path(name) / "tmp").mkdir()
        try:
            yield Path(name).resolve()
        finally:
            opened_up(Path(name))
            opened_up(source)


def opened_up(folder: Path) -> None:
    """Let us into every folder below: tests may have shut some, which could then not be removed."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                if not Path(path, name).is_symlink():
                    Path(path, name).chmod(0o700)


def _environment(room: Path, source: Path, python: Path, roots: Sequence[str]) -> dict[str, str]:
    """A fresh environment: nothing of ours (keys, tokens, pytest's own options) reaches the tests."""
    return {
        "PATH": os.pathsep.join([str(python.parent), os.defpath]),
        "HOME": str(room / "tmp"),
        "TMPDIR": str(room / "tmp"),
        "LANG": "C.UTF-8",
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        "PYTHONPATH": os.pathsep.join(_places(source, roots)),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }


async def _finish(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, seconds: float, room: Path, told: bytes = b""
) -> Finished:
    """Run to the end, or stop it; the whole process group is dead afterwards."""
    said = bytearray()
    with pipe() as out:
        async with _started(command, cwd, environ, out, told) as child, reading(out) as stream:
            why = await heard(seconds, _until(child, stream, said))
            code = child.returncode
    _insist_on_room(room)
    report = b"" if why else report_of(str(room / "report.xml"))
    output, places = said.decode("utf-8", "replace"), (str(cwd), str(room))
    return Finished(code=None if why else code, output=output, report=report, places=places, why=why)


def _insist_on_room(room: Path) -> None:
    """Raise OSError where the tests' folder is full: what they say then may come of that."""
    seen = os.statvfs(room)
    if seen.f_bavail * seen.f_frsize < FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def _until(child: Process, stream: asyncio.StreamReader, said: bytearray) -> None:
    """Listen until the program itself has ended: a process that left its group may hold the pipe for longer."""
    listening, waiting = asyncio.create_task(loud(stream, said)), asyncio.create_task(child.wait())
    try:
        await asyncio.wait({listening, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            listening.result()  # raises for a flood
            await waiting
        else:
            await asyncio.wait({listening}, timeout=REST)
    finally:
        listening.cancel()
        waiting.cancel()


@contextlib.asynccontextmanager
async def _started(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], output: Pipe, told: bytes
) -> AsyncIterator[Process]:
    try:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=dict(environ), stdin=PIPE if told else DEVNULL, stdout=output.write, stderr=STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        if shortage(error):
            raise
        what = f"The interpreter {command[0]} cannot be run: {error.strerror}."
        raise SandboxError(what, "Name one with --python.") from None
    output.close("write")
    try:
        if child.stdin is not None:
            child.stdin.write(told)
            child.stdin.close()
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await asyncio.shield(child.wait())
