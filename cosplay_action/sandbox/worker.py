"""The zygote: confines itself, imports the module under test once, then forks a server for every candidate.

Run by path, never imported by the package (``python -s -S -B worker.py CONTROL LANE...``), with the standard library
of Python 3.9 to 3.14 alone. CONTROL and the lanes are stream sockets to the host. A frame is four bytes of length,
big-endian, and that much JSON. On CONTROL comes one frame, the setup (``wire.WireSetup``); out go, in this order,

- ``["hello", "3.11.2"]``: the interpreter runs and has put its walls up;
- ``["walls", {name: "" or why it does not hold}, landlock_abi]``: what a confined child found out (worker_walls);
- ``["ready"]`` or ``["broken", [status, [], [class names], detail]]``: how the import of the module ended;
- ``["failed", traceback]``, in place of any of these: the worker itself is at fault.

A lane that a job arrives on gets a server of its own, forked before the job is read: what worker_server says on it,
and ``["lost", status]`` from here when that server ended in another way than it says itself.
"""

from __future__ import annotations

import sys

if sys.path and sys.path[0] == __file__.rpartition("/")[0]:
    del sys.path[0]  # this folder; the names in it are not the repository's business

import contextlib
import copy
import gc
import importlib.util
import json
import os
import resource
import select
import signal
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from cosplay_action.sandbox import worker_cell as cells
    from cosplay_action.sandbox import worker_confine as confine
    from cosplay_action.sandbox import worker_frames as frames
    from cosplay_action.sandbox import worker_graft as graft
    from cosplay_action.sandbox import worker_module as modules
    from cosplay_action.sandbox import worker_paths as paths
    from cosplay_action.sandbox import worker_server as servers
    from cosplay_action.sandbox import worker_walls as walls
    from cosplay_action.sandbox import worker_watch as watching
    from cosplay_action.sandbox.wire import WireLimits, WireSetup

IMPORT_SECONDS = 10  # CPU seconds that the import may take
IMPORT_MEMORY = 4 * 1024**3  # bytes of address space that it may take
REHEARSALS = 20
GRACE = 0.3  # seconds for the servers to end what they run
# What candidates import most; a cell then finds it there. (``re`` and ``enum`` come with ``json`` and ``ast``.) Not
# ``random`` and ``threading``, whose hooks run at every fork: a server imports them if its candidate does.
WARM = ("bisect", "collections.abc", "copy", "functools", "heapq", "itertools", "math", "operator", "string")


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
    frames = _part("worker_frames")
    confine = _part("worker_confine")
    _part("worker_objects")
    _part("worker_encode")
    paths, graft, modules, cells = map(_part, ("worker_paths", "worker_graft", "worker_module", "worker_cell"))
    _part("worker_program")
    _part("worker_fetch")
    watching, walls, servers = map(_part, ("worker_watch", "worker_walls", "worker_server"))


def main() -> None:
    control, *lanes = map(int, sys.argv[1:])
    for each in (control, *lanes):
        os.set_inheritable(each, False)
    confine.bound(resource.RLIMIT_NOFILE, servers.DESCRIPTORS)  # so that a child can close all there can be
    setup: WireSetup = json.loads(frames.read(control))
    watching.tie_to_parent()
    os.environ.pop("PWD", None)  # where bubblewrap starts: not the same at every level
    _silence()
    try:
        zygote = _prepare(setup, control, max(control, *lanes, servers.DESCRIPTORS))
        if zygote is not None:
            _serve(zygote, control, lanes)
    except Exception:  # noqa: BLE001 - the frame is this process's only voice
        frames.send(control, ["failed", traceback.format_exc()[-2000:]])
    os._exit(0)  # without the exit handlers of the module under test


def _prepare(setup: WireSetup, control: int, highest: int) -> servers.Zygote | None:
    """Walls, their proof, the import. None after a frame that says why the module cannot be imported.

    ``highest`` is a number that no descriptor of this process is beyond.
    """
    found, abi = walls.put_up(setup)
    frames.send(control, ["hello", sys.version.split()[0]])
    zygote = servers.Zygote(setup, highest)
    frames.send(control, ["walls", {**found, **zygote.prove()}, abi])
    paths.install(setup["search"], setup["packages"])
    _warm()
    _rehearse(zygote)
    scene = setup["scene"]
    if scene is not None and scene["kind"] == "function":
        with contextlib.suppress(OSError):
            os.chdir(scene["root"])
        failed = _import(zygote)
        if failed is not None:
            frames.write(control, b'["broken", %s]' % failed)
            return None
    zygote.size = confine.address_space()
    gc.collect()
    gc.freeze()  # a child that collects garbage does not copy these pages
    frames.send(control, ["ready"])
    return zygote


def _warm() -> None:
    import site

    site.setquit()  # ``exit`` and ``quit``, which every interpreter has
    for name in WARM:
        importlib.import_module(name)


def _rehearse(zygote: servers.Zygote) -> None:
    """Do what every cell does, on a function of our own, so that less is left to each.

    Python fits code to what it meets as it runs, and remembers where it found attributes; a cell that writes such
    things down copies a page of memory for each.
    """
    if zygote.filter is None:
        return
    namespace: dict[str, object] = {}
    exec("def solve(xs):\n    raise NotImplementedError\n", namespace)  # noqa: S102
    solve: Any = namespace["solve"]
    module, stubs = graft.Module(namespace, solve.__code__, "solve", {1}), [solve]
    piece = graft.read(
        graft.parsed("import math\ndef solve(xs):\n    return [xs, (1, 'a'), {1: 2.5}, None, True]\n"), module, stubs
    )
    limits: WireLimits = servers.PROOF  # type: ignore[assignment]
    job: Any = {"limits": limits, "observe": "result", "qualname": "solve"}
    given = (job, ("solve([1])", cells.ahead(job, "solve([1])")), module, (piece, stubs))
    stand_in = copy.copy(zygote)
    stand_in.highest, stand_in.steps = 3, [(int, ())]  # closes nothing, puts nothing on
    for _ in range(REHEARSALS):
        stand_in.confine(os.getppid(), 3)
        frames.write(1, cells.show(*given))  # to nobody: see _silence


def _import(zygote: servers.Zygote) -> bytes | None:
    """Import the module under test into the zygote; what its failure shows, as JSON, None if there is none."""
    scene = zygote.setup["scene"]
    if scene is None or scene["inside"]:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + IMPORT_SECONDS
    memory = confine.address_space() + IMPORT_MEMORY
    with confine.bounded(resource.RLIMIT_CPU, seconds), confine.bounded(resource.RLIMIT_AS, memory):
        try:
            zygote.module = modules.load(scene)
        except BaseException as error:  # noqa: BLE001 - the module's text is the repository's
            return cells.failure(error)
    zygote.stubs = graft.find(zygote.module)
    return None


def _serve(zygote: servers.Zygote, control: int, lanes: list[int]) -> None:
    """Fork a server for every lane that a job arrives on, until the host closes CONTROL."""
    poller = select.poll()
    for each in (control, *lanes):
        poller.register(each, select.POLLIN)
    running: dict[int, tuple[int, int]] = {}  # the read end of a server's life line -> (server, lane)
    while True:
        for ready, _ in poller.poll():
            if ready == control:
                _end([pid for pid, _ in running.values()])
                return
            if ready in running:
                server, lane = running.pop(ready)
                poller.unregister(ready)
                os.close(ready)
                _buried(server, lane)
                poller.register(lane, select.POLLIN)
            else:
                poller.unregister(ready)
                line, server = _fork(zygote, ready, [control, *lanes, *running])
                running[line] = (server, ready)
                poller.register(line, select.POLLIN)


def _fork(zygote: servers.Zygote, lane: int, others: list[int]) -> tuple[int, int]:
    """Fork the server of one lane: (the life line that closes when it ends, its process)."""
    line, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for each in {line, *others} - {lane}:
                os.close(each)
            code = servers.serve(zygote, lane)
        finally:
            os._exit(code)
    os.close(end)
    return line, pid


def _buried(server: int, lane: int) -> None:
    status = os.waitpid(server, 0)[1]
    if status != 0:
        with contextlib.suppress(OSError):
            frames.send(lane, ["lost", status])


def _end(running: list[int]) -> None:
    """Ask the servers to end their cells (their children die with them), then leave."""
    for server in running:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(server, signal.SIGTERM)
    waiting = select.poll()
    for _ in range(int(GRACE / 0.01)):
        running = [server for server in running if os.waitpid(server, os.WNOHANG)[0] == 0]
        if not running:
            return
        waiting.poll(10)


def _silence() -> None:
    """Point stdin, stdout and stderr at nothing: what a module prints is no answer."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)


if __name__ == "__main__":
    main()
