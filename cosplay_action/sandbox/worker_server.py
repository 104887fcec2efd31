"""Inside a worker: the server of one candidate. It reads the job, and forks a confined child for every input.

Standard library only, Python 3.9 to 3.14. On its lane it answers with frames: ``[index, seconds, [status, [value],
[class names], detail]]`` for every input, in order, each as soon as it is known, then ``["done"]``. The server compiles
the candidate's text and imports the libraries that it names, but runs none of it: only a child does, and a child is
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
    from cosplay_action.sandbox import worker_module as modules
    from cosplay_action.sandbox import worker_program as programs
    from cosplay_action.sandbox import worker_walls as walls
    from cosplay_action.sandbox import worker_watch as watching
    from cosplay_action.sandbox.wire import WireJob, WireLimits, WireSetup
else:
    import _cosplay_worker_cell as cells
    import _cosplay_worker_confine as confine
    import _cosplay_worker_fetch as fetching
    import _cosplay_worker_frames as frames
    import _cosplay_worker_graft as graft
    import _cosplay_worker_module as modules
    import _cosplay_worker_program as programs
    import _cosplay_worker_walls as walls
    import _cosplay_worker_watch as watching

FILE_SIZE = 16 * 1024**2  # bytes of any file a cell writes, where it can write at all
OPEN_FILES = 256
DESCRIPTORS = 1024  # of a zygote and its servers
SIGNAL, UNHANDLED = _signal.signal, (int(signal.SIGTERM), int(signal.SIG_DFL))  # without the detour through enums
KILL = int(signal.SIGKILL)
EXIT = os._exit  # a candidate may put another in its place
NAMES = 8192  # bytes of a frame beyond its value: class names, message
PROOF = {"seconds": 5.0, "memory": 64 * 1024**2, "output": 64 * 1024}
ADDING, SEALS = 1033, 0x0F  # fcntl's F_ADD_SEALS; no sealing, shrinking, growing or writing any more


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
        self.bounds: list[tuple[int, tuple[int, int]]] = []  # a child's resource limits

    def prove(self) -> dict[str, str]:
        """What a child with nothing to hide finds out about its walls: name -> "" or why it does not hold."""
        limits: WireLimits = PROOF  # type: ignore[assignment]
        self.limit(limits, threads=1)
        _, seen = self.cell(limits, lambda: json.dumps(walls.prove(self.setup)).encode())
        found = json.loads(seen)
        return found if isinstance(found, dict) else {"proof": f"the probe ended: {found}"}

    def cell(self, limits: WireLimits, show: Callable[[], bytes]) -> tuple[float, bytes]:
        """Run ``show`` in a confined child: seconds, and the payload of its first frame (else why there is none)."""
        reader, writer = os.pipe()
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self.confine(server, writer)
                frames.write(writer, show())
            finally:
                EXIT(0)
        os.close(writer)
        began, most = time.monotonic(), limits["output"] + NAMES
        said = watching.glance(reader) if self.filter is not None else b""
        frame = frames.first(said)
        if frame is not None and len(frame) <= most:
            os.kill(pid, KILL)  # it has said all it has to say, and can have started nothing else
            os.waitpid(pid, 0)
            os.close(reader)
            return time.monotonic() - began, frame
        watch = self.watch(pid, limits, {reader: most})
        watch.started = began
        watch.take(reader, said)
        watch.run(lambda: frames.first(watch.read(reader)) is not None)
        return watch.seconds, frames.first(watch.read(reader)) or watch.verdict()

    def program(self, limits: WireLimits, code: types.CodeType | bytes, text: str) -> tuple[float, bytes]:
        """Run the candidate as a whole program on one stdin text: seconds, and the observation's JSON."""
        if isinstance(code, bytes):
            return 0.0, code
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        stdin, server = _stdin(text), os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                programs.redirect((stdin, out_end, err_end))
                self.confine(server, 2)
                programs.run(code)
            finally:
                EXIT(1)
        for each in (stdin, out_end, err_end):
            os.close(each)
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
        if self.setup["rlimits"]:
            lowered = {which: confine.lowered(which, most) for which, most in bounds.items()}
            self.bounds = [(which, (most, most)) for which, most in lowered.items()]

    def confine(self, server: int, keep: int) -> None:
        """In the child: a death tied to the server's, rlimits, and the child's filter over the zygote's.

        Every descriptor is closed but the standard ones and ``keep``.
        """
        watching.tie_to_parent(server, adopt=self.filter is None)
        os.closerange(3, max(3, keep))
        os.closerange(max(3, keep + 1), self.highest + 1)
        SIGNAL(*UNHANDLED)
        if self.filter is None:
            os.setsid()  # it may fork: then its group is killed with it
        for which, most in self.bounds:
            try:
                resource.setrlimit(which, most)
            except (ValueError, OSError):  # macOS refuses some
                continue
        if self.filter is not None:
            self.filter.put_on()


def _stdin(text: str) -> int:
    """A descriptor that the text can be read from, and that nobody can write to."""
    data = memoryview(text.encode("utf-8", "surrogatepass"))
    if not hasattr(os, "memfd_create"):
        return _stdin_file(data)
    import fcntl

    stdin = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    while data:
        data = data[os.write(stdin, data) :]
    os.lseek(stdin, 0, os.SEEK_SET)
    fcntl.fcntl(stdin, ADDING, SEALS)
    return stdin


def _stdin_file(data: memoryview) -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())


def serve(zygote: Zygote, lane: int) -> int:
    """Answer the job on the lane; return the exit code."""
    watching.tie_to_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    job: WireJob = json.loads(frames.read(lane))
    run = _program(zygote, job) if job["kind"] == "program" else _function(zygote, job)
    zygote.limit(job["limits"], threads=zygote.setup["threads"])
    for index, text in enumerate(job["inputs"]):
        frames.write(lane, b"[%d, %.6f, %s]" % (index, *run(text)))
    frames.send(lane, ["done"])
    return 0


def _program(zygote: Zygote, job: WireJob) -> Callable[[str], tuple[float, bytes]]:
    with zygote.frugal(job["limits"]):
        code = programs.compiled(job["candidate"] or "")
    return lambda text: zygote.program(job["limits"], code, text)


def _function(zygote: Zygote, job: WireJob) -> Callable[[str], tuple[float, bytes]]:
    module = zygote.module
    if module is None:
        return lambda text: zygote.cell(job["limits"], lambda: _afresh(zygote, job, text))
    piece: graft.Piece | None = None
    if job["candidate"] is not None:
        try:
            with zygote.frugal(job["limits"]):
                piece = graft.read(job["candidate"], module, zygote.stubs)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            failed = cells.failure(error, "while it was compiled: ")
            return lambda _: (0.0, failed)
        fetching.fetch(piece.imports, zygote)
        if "async" in job["candidate"] or "await" in job["candidate"]:
            fetching.fetch(["asyncio"], zygote)  # once here rather than in every cell

    with zygote.frugal(job["limits"]):
        codes = {text: cells.ahead(job, text) for text in job["inputs"]}
    gc.freeze()  # a child that collects garbage does not copy these pages either

    def show(text: str) -> bytes:
        return cells.show(job, (text, codes[text]), module, (piece, zygote.stubs))

    return lambda text: zygote.cell(job["limits"], lambda: show(text))


def _afresh(zygote: Zygote, job: WireJob, text: str) -> bytes:
    """In the child: import the module, put the candidate in its place, and run one input."""
    scene = zygote.setup["scene"]
    assert scene is not None
    try:
        module = modules.load(scene)
    except BaseException as error:  # noqa: BLE001 - the module's text may be a candidate's
        return cells.failure(error, modules.IMPORTING)
    stubs = graft.find(module)
    try:
        piece = None if job["candidate"] is None else graft.read(job["candidate"], module, stubs)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return cells.failure(error, "while it was compiled: ")
    return cells.show(job, (text, None), module, (piece, stubs))
