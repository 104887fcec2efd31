"""The worker: imports the module under test once, then runs each input in a forked child and reports frames.

Run by path, never imported by the package (``python -s -B worker.py RESULT_FD``), with the standard library of
Python 3.9 to 3.14 alone. The job comes as one frame on stdin; every answer is a frame on RESULT_FD. A frame is four
bytes of length, big-endian, and that much JSON:

- ``["hello", "3.11.2"]``: the worker runs; the module's import begins.
- ``["ready"]`` or ``["broken", [status, [], [class names], detail]]``: how the import ended (broken is the last frame).
- ``[index, seconds, [status, [value], [class names], detail]]``: one an input, in order.
- ``["failed", traceback]``: the worker itself is at fault.

A child has its own session, rlimits and a CPU deadline kept by the worker; it is killed, with all it started, after
its first frame. What an input shows is described in ``worker_cell``.
"""

from __future__ import annotations

import sys

if sys.path and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # this folder; the names in it are not the repository's business

import contextlib
import gc
import importlib.util
import json
import os
import resource
import signal
import struct
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from cosplay_action.sandbox import worker_cell as cells
    from cosplay_action.sandbox import worker_program as programs
    from cosplay_action.sandbox import worker_watch as watching
    from cosplay_action.sandbox.wire import WireJob, WireLimits

IMPORT_SECONDS = 10  # CPU seconds that an import may take beyond a cell's
IMPORT_MEMORY = 4 * 1024**3  # bytes of address space that an import may take beyond a cell's
FILE_SIZE = 16 * 1024**2  # bytes of any file a cell writes
OPEN_FILES = 256
NAMES = 8192  # bytes of a frame beyond its value: class names, message


def _part(name: str) -> ModuleType:
    """Load a file beside this one, whatever ``sys.path`` says."""
    spec = importlib.util.spec_from_file_location("_cosplay_" + name, f"{__file__.rpartition('/')[0]}/{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if not TYPE_CHECKING:
    _part("worker_objects")
    _part("worker_encode")
    cells, programs, watching = map(_part, ("worker_cell", "worker_program", "worker_watch"))


def main() -> None:
    frames = int(sys.argv[1])
    os.set_inheritable(frames, False)
    job = json.loads(_read_frame(0))
    watching.tie_to_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _silence()
    _send(frames, json.dumps(["hello", sys.version.split()[0]]).encode())
    try:
        _work(job, frames)
    except Exception:  # noqa: BLE001 - the frame is this process's only voice
        _send(frames, json.dumps(["failed", traceback.format_exc()[-2000:]]).encode())
    os._exit(0)  # without the exit handlers of the module under test


def _work(job: WireJob, frames: int) -> None:
    namespace = _import(job, frames) if job["kind"] == "function" else {}
    if namespace is None:
        return
    _send(frames, b'["ready"]')
    gc.collect()
    gc.freeze()  # a child that collects garbage does not copy these pages
    for index, text in enumerate(job["inputs"]):
        cell = _cell(job, namespace, text, frames) if job["kind"] == "function" else _program(job, text)
        _send(frames, b"[%d, %.6f, %s]" % (index, *cell))


def _import(job: WireJob, frames: int) -> dict[str, object] | None:
    """The module's namespace, or None after a frame that says why there is none."""
    limits = job["limits"]
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + limits["seconds"]) + IMPORT_SECONDS
    memory = _size() + limits["memory"] + IMPORT_MEMORY
    with _limited(resource.RLIMIT_CPU, allowed), _limited(resource.RLIMIT_AS, memory):
        try:
            return cells.load(job)
        except BaseException as error:  # noqa: BLE001 - the module's text is the candidate's
            _send(frames, b'["broken", %s]' % cells.failure(error, "while its module was imported: "))
    return None


def _cell(job: WireJob, namespace: dict[str, object], text: str, frames: int) -> tuple[float, bytes]:
    """Run one input against the imported module: seconds, and the observation's JSON."""
    limits = job["limits"]
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _confine(limits)
            os.close(frames)
            os.close(reader)
            _send(writer, cells.show(job, namespace, text))
        finally:
            os._exit(0)
    os.close(writer)
    watch = watching.Watch(pid, limits["seconds"], {reader: limits["output"] + NAMES})
    watch.run(lambda: _frame(watch.read(reader)) is not None)
    return watch.seconds, _frame(watch.read(reader)) or watch.verdict()


def _program(job: WireJob, text: str) -> tuple[float, bytes]:
    """Run the candidate as a whole program on one stdin text: seconds, and the observation's JSON."""
    import tempfile

    limits = job["limits"]
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    with tempfile.TemporaryFile() as stdin:
        stdin.write(text.encode("utf-8", "surrogatepass"))
        stdin.seek(0)
        pid = os.fork()
        if pid == 0:
            try:
                _confine(limits)
                programs.run(job["candidate"] or "", (stdin.fileno(), out_end, err_end))
            finally:
                os._exit(1)
    os.close(out_end)
    os.close(err_end)
    watch = watching.Watch(pid, limits["seconds"], {out: limits["output"], err: None})
    watch.run(lambda: False)
    if watch.ended != 0:
        return watch.seconds, watch.verdict(watch.read(err).decode("utf-8", "replace"))
    printed = watch.read(out).decode("utf-8", "replace")
    return watch.seconds, json.dumps(["returned", [printed], [], ""]).encode()


def _confine(limits: WireLimits) -> None:
    """In the child: its own session, a death tied to the worker's, and rlimits."""
    os.setsid()
    watching.tie_to_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    bounds = {
        resource.RLIMIT_AS: _size() + limits["memory"],
        resource.RLIMIT_CPU: int(limits["seconds"]) + 2,  # a backstop: the worker's clock is finer
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for which, bound in bounds.items():
        _bound(which, bound, hard=True)


def _bound(which: int, bound: int, *, hard: bool) -> None:
    highest = resource.getrlimit(which)[1]
    lowered = bound if highest == resource.RLIM_INFINITY else min(bound, highest)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(which, (lowered, lowered if hard else highest))


@contextlib.contextmanager
def _limited(which: int, bound: int) -> Iterator[None]:
    """Hold a soft limit while the block runs."""
    before = resource.getrlimit(which)
    _bound(which, bound, hard=False)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, before)


def _size() -> int:
    """Bytes of address space this process has now (0 where the system does not say)."""
    pages = watching.first_word("/proc/self/statm")
    return pages * resource.getpagesize() if pages else 0


def _silence() -> None:
    """Point stdin, stdout and stderr at nothing: what a module prints is no answer."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)


def _read_frame(source: int) -> bytes:
    return _read(source, int.from_bytes(_read(source, 4), "big"))


def _read(source: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(source, size - len(data))
        if not chunk:
            raise EOFError("the job ended early")
        data += chunk
    return data


def _frame(data: bytes) -> bytes | None:
    """The payload of the first whole frame in the data, None while there is none."""
    size = int.from_bytes(data[:4], "big")
    return data[4 : 4 + size] if len(data) >= 4 + size and size else None


def _send(target: int, payload: bytes) -> None:
    data = memoryview(struct.pack(">I", len(payload)) + payload)
    while data:
        data = data[os.write(target, data) :]


if __name__ == "__main__":
    main()
