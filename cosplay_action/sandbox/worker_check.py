"""Runs pytest on a scratch copy where there is no bubblewrap: one process that confines itself first, then pytest.

Run by path under the repository's own interpreter (``python -s -S -B worker_check.py``), Python 3.9 to 3.14; pytest is
the repository's. Start files (``.pth``) are programs, so the walls are up before the site module runs. stdin tells
what to do, in JSON: ``reads`` and ``writes`` (Landlock), ``filter`` (seccomp, hexadecimal), ``limits`` (resource ->
most), ``search`` (goes before ``sys.path``), ``lent`` (goes behind it), ``arguments`` (pytest's).
"""

from __future__ import annotations

import sys

if sys.path and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # this folder

import ctypes  # noqa: F401 - before the walls, as its library may lie anywhere
import importlib
import importlib.util
import json
import os
import resource
import signal
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PARENT_DIES = 1  # PR_SET_PDEATHSIG


def main() -> None:
    task = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    _confine(task)
    import site

    site.main()
    sys.path[:0] = task["search"]
    sys.path += task["lent"]
    sys.argv = ["pytest", *task["arguments"]]
    try:
        pytest = importlib.import_module("pytest")  # the repository's own, where it has one
    except ModuleNotFoundError as error:
        sys.exit(str(error))
    code = pytest.main(task["arguments"], plugins=[_alone(pytest.hookimpl)])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))  # without what the tests left to be done at exit


def _confine(task: dict[str, object]) -> None:
    """Read and write what the task names, and nothing else: no network, no new process, no new program."""
    confine = _sibling("worker_confine")
    confine.prctl(PARENT_DIES, signal.SIGKILL)
    confine.undumpable()
    limits = task["limits"]
    assert isinstance(limits, dict)
    for name, most in limits.items():
        confine.bound(getattr(resource, name), most)
    confine.no_new_privs()
    confine.drop_capabilities()
    if not confine.landlock(task["reads"], task["writes"]):
        sys.exit("The kernel has no Landlock: the tests were not run.")
    confine.seccomp(bytes.fromhex(str(task["filter"])))


def _sibling(name: str) -> ModuleType:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("_cosplay_" + name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _alone(hook: Callable[..., Callable[[object], object]]) -> ModuleType:
    """A plugin with the last word on how many processes pytest-xdist starts, where it is there: none can be started."""

    def pytest_cmdline_main(config: Any) -> None:
        if hasattr(config.option, "numprocesses"):
            config.option.numprocesses, config.option.dist = 0, "no"

    plugin = ModuleType("cosplay_alone")
    plugin.__dict__["pytest_cmdline_main"] = hook(tryfirst=True)(pytest_cmdline_main)
    return plugin


if __name__ == "__main__":
    main()
