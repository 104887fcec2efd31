"""The first process inside a jail for whole programs: makes the scratch copy, runs one command, tells how it ended.

Run by path under the repository's own interpreter, standard library only, Python 3.9 to 3.14. It is process 1 of the
jail: when it ends, for whatever reason, the kernel ends all the others. The one argument is the task, in JSON:
``command`` (argv) and ``place`` (its folder, filled from ``source``); ``report`` (a file to hand back); ``limits``
(resource -> most), ``processes`` (how many there may be); ``filter`` (a seccomp program in hexadecimal, "" for none);
``answer`` and ``leash`` (descriptors: the answer is written to one, and the jail ends when the other is closed).
"""

from __future__ import annotations

import sys

if sys.path and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # this folder

import contextlib
import importlib.util
import json
import os
import resource
import select
import shutil
import stat
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

TICK = 0.02  # seconds between two looks at the command; longer, and a fork bomb would be too large to stop
CRAMPED = 127


def main() -> None:
    task = json.loads(sys.argv[1])
    answer, leash = task["answer"], task["leash"]
    for descriptor in (answer, leash):
        os.set_inheritable(descriptor, False)
    code, why = CRAMPED, ""
    try:
        shutil.copytree(task["source"], task["place"], symlinks=True, dirs_exist_ok=True)
        os.makedirs(os.environ["HOME"], exist_ok=True)
        _confine(task)
        command = subprocess.Popen(task["command"], cwd=task["place"], stdin=subprocess.DEVNULL, start_new_session=True)
        code, why = _watched(command.pid, leash, task["processes"])
    except (OSError, shutil.Error) as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "replace")[:2000])
    _tell(answer, json.dumps({"code": code, "why": why}).encode("ascii") + b"\n" + _report(task))
    os._exit(0)


def _confine(task: dict[str, object]) -> None:
    """What bubblewrap leaves to do: resource limits, and no kernel interface that test suites have no use for."""
    confine = _sibling("worker_confine")
    confine.undumpable()  # its descriptors are not the command's to open
    limits = task["limits"]
    assert isinstance(limits, dict)
    for name, most in limits.items():
        confine.bound(getattr(resource, name), most)
    if task["filter"]:
        confine.no_new_privs()
        confine.seccomp(bytes.fromhex(str(task["filter"])))


def _sibling(name: str) -> ModuleType:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("_cosplay_" + name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _watched(command: int, leash: int, processes: int) -> tuple[int, str]:
    """How the command ended (as a shell tells it), and why it was stopped if it was. Orphans are reaped meanwhile."""
    while True:
        code = _reaped(command)
        if code is not None:
            return code, ""
        if select.select([leash], [], [], TICK)[0]:
            os._exit(1)  # nobody waits for the answer
        if _population() > processes:
            return 137, f"it had more than {processes} processes"


def _reaped(command: int) -> int | None:
    """The command's exit code once it has ended; whoever else has ended is forgotten."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == command:
                return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            if pid == 0:
                break
    return None


def _population() -> int:
    """How many processes the jail has: RLIMIT_NPROC does not bind root."""
    return sum(name.isdigit() for name in os.listdir("/proc"))


def _report(task: dict[str, object]) -> bytes:
    """What the command left as its report, unless it is no plain file or too large; it may be anything."""
    try:
        descriptor = os.open(str(task["report"]), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > int(str(task["most"])):
        return b""
    with open(descriptor, "rb") as file:
        return file.read()


def _tell(answer: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(answer, left) :]


if __name__ == "__main__":
    main()
