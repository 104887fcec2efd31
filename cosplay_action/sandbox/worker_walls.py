"""Inside a worker: the walls put up by the zygote, and what a confined child finds out about each.

Standard library only, Python 3.9 to 3.14. A level is what this self-test says, never what a version promises: the
names below are those of ``walls.WALLS``, where each is explained and each level's walls are listed.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cosplay_action.sandbox import worker_confine as confine
    from cosplay_action.sandbox import worker_watch as watching
    from cosplay_action.sandbox.wire import WireSetup
else:
    import _cosplay_worker_confine as confine
    import _cosplay_worker_watch as watching

LINUX = sys.platform.startswith("linux")
NUMBERS = {  # ptrace, process_vm_readv, keyctl, unshare
    "x86_64": (101, 310, 250, 272),
    "aarch64": (117, 270, 219, 97),
}
NEW_USER = 0x10000000
MOST = 1 << 45


def put_up(setup: WireSetup) -> tuple[dict[str, str], int]:
    """Take the walls that the setup names: what is known of the network before it is shut, and Landlock's ABI."""
    alone = os.getpid() == 1 or (os.getpid(), os.getppid()) == (2, 1)  # the first process, or bubblewrap's only child
    found = {"own network": _own_network(), "own processes": "" if alone else "it shares process numbers"}
    abi = 0
    if LINUX and (setup["landlock"] or setup["zygote"]):
        if not (os.geteuid() == 0 and confine.become(setup["user"])):
            confine.drop_capabilities()
        watching.tie_to_parent()  # a change of user unties
        confine.no_new_privs()
        confine.undumpable()  # also no core, which a host program could be started for
    if setup["landlock"]:
        abi = confine.landlock(setup["reads"])
    if setup["zygote"]:
        confine.seccomp(bytes.fromhex(setup["zygote"]))
    return found, abi


def _own_network() -> str:
    import _socket

    try:
        others = [name for _, name in _socket.if_nameindex() if name != "lo"]
    except OSError as error:
        return f"it cannot be told: {error}"
    return f"it sees {', '.join(others)}" if others else ""


def prove(setup: WireSetup) -> dict[str, str]:
    """Try every wall from within a child: "" where it holds, else what happened."""
    return {name: _tried(check, setup) for name, check in CHECKS.items()}


def told(setup: WireSetup) -> bytes:
    """What ``prove`` finds, as JSON."""
    return json.dumps(prove(setup)).encode()


def _tried(check: Callable[[WireSetup], str], setup: WireSetup) -> str:
    try:
        return check(setup)
    except Exception as error:  # noqa: BLE001 - a check that fails shows no wall
        return f"it could not be tried: {type(error).__name__}: {error}"


def _environment(setup: WireSetup) -> str:
    extra = sorted(set(os.environ) - set(setup["environment"]))
    return f"it holds {', '.join(extra)}" if extra else ""


def _reading(setup: WireSetup) -> str:
    return _opens(setup["canary"], os.O_RDONLY)


def _own_files(setup: WireSetup) -> str:
    return f"{setup['canary']} is there" if os.path.exists(setup["canary"]) else ""


def _writing(setup: WireSetup) -> str:
    for folder in setup["folders"]:
        opened = _opens(f"{folder}/cosplay-self-test", os.O_WRONLY | os.O_CREAT)
        if opened:
            os.unlink(f"{folder}/cosplay-self-test")
            return opened
    return _opens(setup["canary"], os.O_WRONLY)


def _opens(path: str, flags: int) -> str:
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError:
        return ""
    return f"{path} can be {'read' if flags == os.O_RDONLY else 'written'}"


def _network(_setup: WireSetup) -> str:
    import _socket

    for family in (_socket.AF_INET, _socket.AF_INET6, _socket.AF_UNIX):
        for kind in (_socket.SOCK_STREAM, _socket.SOCK_DGRAM):
            try:
                _socket.socket(family, kind).close()
            except OSError:
                continue
            return "a socket can be made"
    return ""


def _processes(_setup: WireSetup) -> str:
    try:
        pid = os.fork()
    except OSError:
        return ""
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a process can be started"


def _programs(_setup: WireSetup) -> str:
    try:
        os.execv("/nonexistent/cosplay-self-test", ["self-test"])  # noqa: S606 - it is to fail
    except OSError as error:
        return "" if error.errno == errno.EPERM else "a program can be started"


def _signals(_setup: WireSetup) -> str:
    try:
        os.kill(os.getppid(), 0)
    except OSError:
        return ""
    return "the process that watches it can be signalled"


def _tracing(_setup: WireSetup) -> str:
    ptrace, read, _, _ = NUMBERS[os.uname().machine]
    for number in (ptrace, read):  # PTRACE_TRACEME, and reading nothing of its own memory
        if not _refused(number, 0 if number == ptrace else os.getpid(), 0, 0, 0, 0, 0):
            return "another process can be read"
    return ""


def _kernel(_setup: WireSetup) -> str:
    _, _, keyctl, unshare = NUMBERS[os.uname().machine]
    doors = {"keyrings": (keyctl, 0, 0, 0), "namespaces": (unshare, NEW_USER), "io_uring": (425, 0, 0)}
    found = [name for name, call in doors.items() if not _refused(*call)]
    return f"it can use {', '.join(found)}" if found else ""


def _refused(number: int, *args: int) -> bool:
    """Whether the kernel refuses a system call for want of permission, whatever its arguments."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args))
    return bool(result < 0) and ctypes.get_errno() in {errno.EPERM, errno.ENOSYS}


def _threads(_setup: WireSetup) -> str:
    import _thread

    try:  # the probe may have none beside its first
        _thread.start_new_thread(int, ())
    except RuntimeError:
        return ""
    return "nothing bounds them"


def _memory(_setup: WireSetup) -> str:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > MOST:
        return "there is no limit"
    try:
        resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
        resource.setrlimit(resource.RLIMIT_AS, (soft, soft + 1))
    except (ValueError, OSError):
        return "" if hard == soft else "the limit can be raised"
    return "the limit can be raised"


CHECKS: dict[str, Callable[[WireSetup], str]] = {
    "environment": _environment,
    "reading": _reading,
    "writing": _writing,
    "network": _network,
    "processes": _processes,
    "programs": _programs,
    "signals": _signals,
    "tracing": _tracing,
    "kernel": _kernel,
    "memory": _memory,
    "threads": _threads,
    "own files": _own_files,
}
