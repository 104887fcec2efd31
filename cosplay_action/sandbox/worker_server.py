"""Inside a worker: the server of one candidate. It reads the job, and forks a confined child for every input.

Standard library only, Python 3.9 to 3.14. On its lane it answers with frames: ``[index, seconds, [status, [value],
[class names], detail]]`` for every input, in order, each as soon as it is known, then ``["done"]``; or early with
``["killed"]``, when somebody else killed the next child, or ``["ended", why]``, when the system refused something. It
compiles the candidate's text and imports the libraries that it names, but runs none of it: only a child does, which is
killed after its first frame. What an input shows is described in ``worker_cell``.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import gc
import json
import os
import resource
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator

    from cosplay_action.sandbox import worker_cell as cells
    from cosplay_action.sandbox import worker_confine as confine
    from cosplay_action.sandbox import worker_fetch as fetching
    from cosplay_action.sandbox import worker_frames as frames
    from cosplay_action.sandbox import worker_graft as graft
    from cosplay_action.sandbox import worker_program as programs
    from cosplay_action.sandbox import worker_walls as walls
    from cosplay_action.sandbox import worker_watch as watching
    from cosplay_action.sandbox.wire import WireJob, WireLimits, WireSetup

    Step = tuple[Callable[..., object], tuple[object, ...]]  # what to call, with what; it returns 0 or None
else:
    import _cosplay_worker_cell as cells
    import _cosplay_worker_confine as confine
    import _cosplay_worker_fetch as fetching
    import _cosplay_worker_frames as frames
    import _cosplay_worker_graft as graft
    import _cosplay_worker_program as programs
    import _cosplay_worker_walls as walls
    import _cosplay_worker_watch as watching

FILE_SIZE = 16 * 1024**2  # bytes of any file a cell writes, where it can write at all
OPEN_FILES = 256
DESCRIPTORS = 1024  # of a zygote and its servers
SIGNAL, UNHANDLED = _signal.signal, (int(signal.SIGTERM), int(signal.SIG_DFL))  # without the detour through enums
KILL = int(signal.SIGKILL)
# By names of their own: a candidate may put others in their place, and each object that a cell does not look at saves
# it the copy of a page.
EXIT, FORK, PIPE, CLOSE, CLOSE_ALL, END, WAIT = os._exit, os.fork, os.pipe, os.close, os.closerange, os.kill, os.waitpid
PROCESS, PARENT, LIMIT, NOW = os.getpid, os.getppid, resource.setrlimit, time.monotonic
NAMES = 8192  # bytes of a frame beyond its value: class names, message
PROOF = {"seconds": 5.0, "memory": 64 * 1024**2, "output": 64 * 1024}


class Zygote:
    """What the zygote knows and its servers inherit.

    ``highest`` is a number no descriptor is beyond, ``size`` the address space in bytes after the import.
    """

    def __init__(self, setup: WireSetup, highest: int) -> None:
        self.setup, self.highest = setup, highest
        self.filter = confine.Filter(bytes.fromhex(setup["child"])) if setup["child"] else None
        self.module: graft.Module | None = None
        self.stubs: list[types.FunctionType] = []
        self.size = confine.address_space()
        self.outbox: frames.Outbox | None = None  # a server's
        self.bounds: list[tuple[int, tuple[int, int]]] = []  # a child's resource limits
        self.steps: list[Step] = []  # what confines it
        self.given = confine.started_with()
        self.lacking = ""  # why a child would have less than it may use

    def prove(self) -> dict[str, str]:
        """What a child with nothing to hide finds out about its walls: name -> "" or why it does not hold."""
        limits: WireLimits = PROOF  # type: ignore[assignment]
        self.limit(limits, threads=1)
        _, seen = self.cell(limits, walls.told, (self.setup,))
        found = json.loads(seen)
        return found if isinstance(found, dict) else {"proof": f"the probe ended: {found}"}

    def cell(self, limits: WireLimits, show: Callable[..., bytes], given: tuple[object, ...]) -> tuple[float, bytes]:
        """Run ``show(*given)`` in a confined child: seconds, and its first frame's payload (else why there is none)."""
        reader, writer = PIPE()
        server = PROCESS()
        pid = FORK()
        if pid == 0:
            walled = False
            try:
                self.confine(server, writer)
                walled = True
                frames.write(writer, show(*given))
            finally:
                if not walled:
                    END(PROCESS(), KILL)  # nothing of the candidate ran: as if somebody else had ended it
                EXIT(0)
        CLOSE(writer)
        began = NOW()
        said = watching.glance(reader) if self.filter is not None else b""
        frame = frames.first(said)
        if frame is not None and len(frame) <= limits["output"] + NAMES:
            END(pid, KILL)  # it has said all it has to say, and can have started nothing else
            WAIT(pid, 0)
            CLOSE(reader)
            return NOW() - began, frame
        return self._watched(pid, limits, reader, (began, said))

    def _watched(self, pid: int, limits: WireLimits, reader: int, so_far: tuple[float, bytes]) -> tuple[float, bytes]:
        """A cell that has not said all at once. ``so_far``: when it began, and what it has said."""
        if self.outbox is not None:
            self.outbox.flush()
        watch, (began, said) = self.watch(pid, limits, {reader: limits["output"] + NAMES}), so_far
        watch.started -= min(watch.started - began, watching.GAP)
        watch.take(reader, said)
        watch.run(lambda: frames.first(watch.read(reader)) is not None)
        return watch.seconds, frames.first(watch.read(reader)) or watch.verdict()

    def program(self, limits: WireLimits, code: types.CodeType | bytes, text: str) -> tuple[float, bytes]:
        """Run the candidate as a whole program on one stdin text: seconds, and the observation's JSON."""
        if isinstance(code, bytes):
            return 0.0, code
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        stdin, server = programs.stdin(text), os.getpid()
        pid = os.fork()
        if pid == 0:
            walled = False
            try:
                programs.redirect((stdin, out_end, err_end))
                self.confine(server, 2)
                walled = True
                programs.run(code)
            finally:
                if not walled:
                    END(PROCESS(), KILL)  # as above
                EXIT(1)
        for each in (stdin, out_end, err_end):
            os.close(each)
        if self.outbox is not None:
            self.outbox.flush()
        watch = self.watch(pid, limits, {out: limits["output"], err: None})
        watch.run(lambda: False)
        if watch.ended != 0:
            return watch.seconds, watch.verdict(watch.read(err).decode("utf-8", "replace"))
        printed = watch.read(out).decode("utf-8", "replace")
        return watch.seconds, json.dumps(["returned", [printed], [], ""]).encode()

    @contextlib.contextmanager
    def frugal(self, limits: WireLimits) -> Iterator[None]:
        """Let the server itself use no more memory, and little more time, than a cell may: a text can be a bomb too."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime + limits["seconds"]) + 2
        memory = confine.bounded(resource.RLIMIT_AS, self.size + limits["memory"])
        with memory, confine.bounded(resource.RLIMIT_CPU, seconds):
            yield

    def watch(self, pid: int, limits: WireLimits, pipes: dict[int, int | None]) -> watching.Watch:
        seconds = limits["seconds"] if self.setup["watchdog"] else 1e6
        return watching.Watch(pid, seconds, pipes, alone=self.filter is not None)

    def limit(self, limits: WireLimits, *, threads: int) -> None:
        """Work out what every child will be bound to, which leaves less for each to do."""
        bounds = {
            resource.RLIMIT_AS: self.size + limits["memory"],
            resource.RLIMIT_CPU: int(limits["seconds"]) + 2,  # a backstop: the server's clock is finer
            resource.RLIMIT_FSIZE: FILE_SIZE,
            resource.RLIMIT_NOFILE: OPEN_FILES,
            resource.RLIMIT_NPROC: threads,
            resource.RLIMIT_CORE: 0,
        }
        lowered = (
            {which: confine.lowered(which, most) for which, most in bounds.items()} if self.setup["rlimits"] else {}
        )
        self.lacking = confine.lacking(bounds, self.given) if lowered else ""
        self.bounds = [(which, (most, most)) for which, most in lowered.items()]
        if self.filter is not None:
            self.steps = [watching.TIE, *((LIMIT, each) for each in self.bounds), self.filter.step]

    def confine(self, server: int, keep: int) -> None:
        """In the child: a death tied to the server's, rlimits, and the child's filter over the zygote's.

        Every descriptor is closed but the standard ones and ``keep``.
        """
        CLOSE_ALL(3, keep)
        CLOSE_ALL(keep + 1, self.highest + 1)
        if self.filter is None:
            self._let_loose(server)
        for act, given in self.steps:
            if act(*given):
                raise OSError("a wall is refused")
        if PARENT() != server:
            EXIT(1)  # gone before the tie was made

    def _let_loose(self, server: int) -> None:
        """In a child that may fork: its group, and what it leaves behind, are killed with it."""
        watching.tie_to_parent(server)
        SIGNAL(*UNHANDLED)
        os.setsid()
        for each in self.bounds:
            with contextlib.suppress(ValueError, OSError):  # macOS refuses some
                LIMIT(*each)


def serve(zygote: Zygote, lane: int) -> int:
    """Answer the job on the lane; return the exit code."""
    watching.tie_to_parent()
    if zygote.filter is None:  # else its child dies with it, and the signal may do what it does
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    job: WireJob = json.loads(frames.read(lane))
    try:
        _answer(zygote, lane, job)
    except watching.Killed:
        frames.send(lane, ["killed"])
    except (OSError, MemoryError) as error:  # no process, pipe or memory to be had: nothing that a candidate did
        frames.send(lane, ["ended", str(error) or "memory"])
    return 0


def _answer(zygote: Zygote, lane: int, job: WireJob) -> None:
    """Run the job's inputs. Raises Killed, and OSError for what the system refuses; what came before it is told."""
    run = _program(zygote, job) if job["kind"] == "program" else _function(zygote, job)
    zygote.limit(job["limits"], threads=zygote.setup["threads"])
    if zygote.lacking:
        raise OSError(zygote.lacking)
    frames.send(lane, ["compiled"])  # nothing that a candidate does can end this process from here on
    outbox = zygote.outbox = frames.Outbox(lane)
    try:
        for index, text in enumerate(job["inputs"]):
            outbox.add(b"[%d, %.6f, %s]" % (index, *run(text)))
        outbox.add(b'["done"]')
    finally:
        outbox.flush()


def _program(zygote: Zygote, job: WireJob) -> Callable[[str], tuple[float, bytes]]:
    with zygote.frugal(job["limits"]):
        code = programs.compiled(job["candidate"] or "")
    return lambda text: zygote.program(job["limits"], code, text)


def _function(zygote: Zygote, job: WireJob) -> Callable[[str], tuple[float, bytes]]:
    module = zygote.module
    if module is None:
        return lambda text: zygote.cell(job["limits"], cells.afresh, (zygote.setup["scene"], job, text))
    piece: graft.Piece | None = None
    try:
        if job["candidate"] is not None:
            piece = _piece(zygote, job, job["candidate"], module)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        failed = cells.failure(error, "while it was compiled: ")
        return lambda _: (0.0, failed)
    with zygote.frugal(job["limits"]):
        given = {text: (text, cells.ahead(job, text)) for text in job["inputs"]}
    gc.collect(0)  # soon due, and then it would be each child's
    gc.freeze()  # a child that collects garbage does not copy these pages either
    limits, candidate = job["limits"], (piece, zygote.stubs)
    return lambda text: zygote.cell(limits, cells.show, (job, given[text], module, candidate))


def _piece(zygote: Zygote, job: WireJob, text: str, module: graft.Module) -> graft.Piece:
    """Compile a candidate, and have at hand what it imports. Raises what ``compile`` raises."""
    with zygote.frugal(job["limits"]):
        tree = graft.parsed(text)
    fetching.fetch(fetching.named(tree.body), zygote)
    if "async" in text or "await" in text:
        fetching.fetch(["asyncio"], zygote)  # once here rather than in every cell
    with zygote.frugal(job["limits"]):
        return graft.read(tree, module, zygote.stubs)
