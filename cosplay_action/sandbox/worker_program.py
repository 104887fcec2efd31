"""Inside a cell: a whole program run as ``__main__`` on real stdin and stdout.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import atexit
import contextlib
import linecache
import os
import sys
import threading
import traceback
import types

NAME = "program.py"
HIGHEST = 256  # no descriptor of the worker is higher


def run(text: str, streams: tuple[int, int, int]) -> None:
    """Run the program on the streams and end this process as the interpreter would have ended."""
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)
    os.closerange(3, HIGHEST)
    linecache.cache[NAME] = (len(text), None, text.splitlines(True), NAME)
    sys.argv = [NAME]
    module = types.ModuleType("__main__")
    module.__file__ = NAME
    sys.modules["__main__"] = module
    code = _execute(text, module.__dict__)
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
        atexit._run_exitfuncs()
    for output in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            output.flush()
    os._exit(code)


def _execute(text: str, namespace: dict[str, object]) -> int:
    """Execute the text; return the exit code."""
    try:
        exec(compile(text, NAME, "exec", dont_inherit=True), namespace)  # noqa: S102 - running it is the task
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return (stop.code or 0) & 0xFF
        print(stop.code, file=sys.stderr)  # noqa: T201
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        frames = error.__traceback__
        traceback.print_exception(type(error), error, frames and frames.tb_next)
    else:
        return 0
    return 1
