"""The second, looser jail: bubblewrap around whole programs, such as a repository's own test command.

Such programs start others, write files and open sockets, so no allow-list of system calls can hold them. They get a
network with nothing in it, processes, users and IPC of their own, no secret, and a scratch copy of the repository in
memory, at the place where the repository itself lies: nothing of it reaches the disk, and all of it is gone with the
jail. Without bubblewrap there is no such jail, and nothing is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import tempfile
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cosplay_action.errors import SandboxError
from cosplay_action.method.codec import CodecError, parse
from cosplay_action.sandbox import bubblewrap, jail_filter
from cosplay_action.sandbox.interpreter import Interpreter, probe
from cosplay_action.sandbox.lent import lacks_pytest, lend, started
from cosplay_action.sandbox.streams import MOST, SHOWN, Finished, Pipe, collect, heard, loud, pipe, reading

FIRST = Path(__file__).with_name("worker_jail.py")
CONFINE = Path(__file__).with_name("worker_confine.py")
INSIDE = "/run/cosplay"  # where the jail's own files lie
HOME, SCRATCH, REPORT = "/tmp/home", "/tmp", "/tmp/.cosplay-report.xml"  # noqa: S108 - inside, in memory, its own
GIB = 1024**3
SIZES = {SCRATCH: GIB, "/dev/shm": GIB // 4}  # noqa: S108
ROOM = GIB  # bytes that may be written to the scratch copy, beside what it holds
PAGE = 4096  # bytes that the smallest file takes
PROCESSES = 512
MEMORY = 8 * GIB  # bytes of one process
GRACE = 3.0  # seconds for the jail to end by itself once its leash is let go
# What programs look for beside their libraries: the same for everybody.
SHARED = (
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/ca-certificates", "/etc/mime.types"),
    *("/etc/os-release", "/etc/services", "/etc/protocols", "/etc/fonts", "/etc/magic"),
)
# The kernel ends what is in the jail before anything else where memory runs out (proc_pid_oom_score_adj(5)).
_EXPENDABLE = ("/bin/sh", "-c", 'echo 1000 >/proc/self/oom_score_adj; exec "$@"', "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jail:
    """A jail with an interpreter. ``place`` is where the scratch copy lies inside, ``bwrap`` what ``find`` gave."""

    bwrap: str
    interpreter: Interpreter
    place: str

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Finished:
        """Run pytest with these arguments on a copy of ``source``; ``report`` is its JUnit report."""
        own = (f"--junitxml={REPORT}", "-o", "junit_family=xunit2")
        with tempfile.TemporaryDirectory(prefix="cosplay-lent-") as folder:
            lent = lend(Path(folder)) if lacks_pytest(self.interpreter) else None
            command = [str(self.interpreter.path), *started(lent), *own, *arguments]
            reads = [str(lent)] if lent else []
            return await self._run(source, command, self._environment(roots), seconds, reads)

    async def command(self, source: Path, text: str, roots: Sequence[str], seconds: float) -> Finished:
        """Run a shell command on a copy of ``source``; a pytest in it leaves a JUnit report."""
        more = {"PYTEST_ADDOPTS": f"--junitxml={REPORT} -o junit_family=xunit2"}
        return await self._run(source, ["/bin/sh", "-c", text], {**self._environment(roots), **more}, seconds)

    def _environment(self, roots: Sequence[str]) -> dict[str, str]:
        """All that the program's environment holds: nothing of ours, so no key and no token."""
        return {
            "PATH": f"{self.interpreter.path.parent}:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "HOME": HOME,
            "TMPDIR": SCRATCH,
            "LANG": "C.UTF-8",
            "USER": "sandbox",
            "LOGNAME": "sandbox",
            "PYTHONPATH": ":".join(os.path.normpath(f"{self.place}/{root}") for root in roots),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
        }

    async def _run(
        self, source: Path, command: Sequence[str], environ: Mapping[str, str], seconds: float,
        reads: Sequence[str] = (),
    ) -> Finished:  # fmt: skip
        """Raises SandboxError when the jail itself does not start."""
        with _people() as people, pipe() as output, pipe() as answer, pipe() as leash:
            binds = {f"{INSIDE}/{one.name}": str(one) for one in (FIRST, CONFINE)}
            binds |= {f"/etc/{one.name}": str(one) for one in people} | {f"{INSIDE}/source": str(source)}
            line = bubblewrap.argv(
                self.bwrap, reads=[*SHARED, *self.interpreter.reads, *reads], binds=binds, chdir="/", environ=environ,
                tmpfs={**SIZES, self.place: ROOM + _weight(source)}, as_pid_1=True, proc=True,
            )  # fmt: skip
            first = [str(self.interpreter.path), "-I", "-S", "-B", f"{INSIDE}/{FIRST.name}"]
            task = json.dumps(self._task(command, seconds, answer.write, leash.read))
            async with _started([*_EXPENDABLE, *line, *first, task], output, answer, leash) as child:
                return await self._heard(child, seconds)

    def _task(self, command: Sequence[str], seconds: float, answer: int, leash: int) -> dict[str, object]:
        limits = {
            "RLIMIT_AS": MEMORY, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": GIB, "RLIMIT_NPROC": PROCESSES,
            "RLIMIT_CPU": int(4 * seconds) + 2,
        }  # fmt: skip
        return {
            "command": list(command), "source": f"{INSIDE}/source", "place": self.place, "report": REPORT, "most": MOST,
            "limits": limits, "processes": PROCESSES, "filter": jail_filter.program(platform.machine()).hex(),
            "answer": answer, "leash": leash,
        }  # fmt: skip

    async def _heard(self, child: _Child, seconds: float) -> Finished:
        """Listen until the jail has ended, or was stopped for being late or too loud."""
        why = await heard(seconds, collect(child.answer, child.answered, MOST + SHOWN), loud(child.output, child.said))
        await child.end()
        said = child.said.decode("utf-8", "replace")
        if why:
            return Finished(code=None, output=said, places=(self.place,), why=why)
        return self._read(bytes(child.answered), said)

    def _read(self, answered: bytes, said: str) -> Finished:
        head, _, report = answered.partition(b"\n")
        if not head and said.startswith("bwrap: "):
            raise SandboxError(f"the jail does not start: {said.strip()[-500:]}", "Run cosplay-action doctor.")
        try:
            told = parse(head)
        except CodecError:
            told = None
        code, why = (told.get("code"), told.get("why")) if isinstance(told, dict) else (None, None)
        if type(code) is not int or type(why) is not str:
            return Finished(code=None, output=said, places=(self.place,), why="it ended the process that watched it")
        code = None if why else code
        return Finished(code=code, output=said, report=report, places=(self.place,), why=why)


async def open_jail(python: Path, home: Path) -> tuple[Jail | None, str]:
    """The jail of this machine, or None and why there is none, with the cure, for people.

    ``python`` is the interpreter that has the dependencies of the repository ``home``, which lies at its own place
    inside. Raises SandboxError for an interpreter that does not start.
    """
    bwrap = bubblewrap.find()
    problem = await bubblewrap.problem(bwrap, proc=True)
    if problem:
        return None, problem
    taken = {"/", *SIZES, *bubblewrap.SYSTEM}  # a copy there would hide what every program needs
    place = "/repository" if str(home) in taken else str(home)
    return Jail(bwrap=bwrap, interpreter=await probe(python, home=home), place=place), ""


def _weight(folder: Path) -> int:
    """Bytes of all files below, as a file system counts them: in whole pages."""
    files = (Path(here, name) for here, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size + PAGE for file in files)


@contextlib.contextmanager
def _people() -> Iterator[list[Path]]:
    """Files that say who the one user of the jail is: the host's own name its people."""
    with tempfile.TemporaryDirectory(prefix="cosplay-jail-") as folder:
        texts = {
            "passwd": f"sandbox:x:{os.getuid()}:{os.getgid()}:sandbox:{HOME}:/bin/sh\n",
            "group": f"sandbox:x:{os.getgid()}:\n",
            "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        }
        for name, text in texts.items():
            Path(folder, name).write_text(text)
        yield [Path(folder, name) for name in texts]


@dataclass(slots=True)
class _Child:
    """A jail that runs: its two streams, what came from them, and the leash that holds it."""

    process: Process
    output: asyncio.StreamReader
    answer: asyncio.StreamReader
    leash: Pipe
    said: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)

    async def end(self) -> None:
        """Let go of the leash: the first process ends, and the kernel ends all the others before it is gone."""
        self.leash.close("write")
        try:
            async with asyncio.timeout(GRACE):
                await self.process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


@contextlib.asynccontextmanager
async def _started(command: Sequence[str], output: Pipe, answer: Pipe, leash: Pipe) -> AsyncIterator[_Child]:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=output.write, stderr=STDOUT, env={}, pass_fds=(answer.write, leash.read),
        start_new_session=True,
    )  # fmt: skip
    for each, end in ((output, "write"), (answer, "write"), (leash, "read")):
        each.close(end)
    async with reading(output) as said, reading(answer) as answered:
        child = _Child(process, said, answered, leash)
        try:
            yield child
        finally:
            await asyncio.shield(child.end())
