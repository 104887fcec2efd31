"""Inside a cell: a whole program run as ``__main__`` on real stdin and stdout.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import contextlib
import json
import linecache
import os
import sys
import traceback
import types

NAME = "program.py"
ADDING, SEALS = 1033, 0x0F  # fcntl's F_ADD_SEALS; no sealing, shrinking, growing or writing any more


def compiled(text: str) -> types.CodeType | bytes:
    """The program's code; what every input shows where there is none."""
    linecache.cache[NAME] = (len(text), None, text.splitlines(True), NAME)
    try:
        code: types.CodeType = compile(text, NAME, "exec", dont_inherit=True)
    except MemoryError:
        return b'["out_of_memory", [], [], "while it was compiled"]'
    except (SyntaxError, ValueError, RecursionError) as error:
        said = "".join(traceback.format_exception_only(type(error), error)).strip()
        return json.dumps(["exited", [], [], f"exited with code 1\n{said}"]).encode()
    return code


def stdin(text: str) -> int:
    """A descriptor that the text can be read from, and that nobody can write to."""
    data = memoryview(text.encode("utf-8", "surrogatepass"))
    if not hasattr(os, "memfd_create"):
        return _stdin_file(data)
    import fcntl

    file = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    while data:
        data = data[os.write(file, data) :]
    os.lseek(file, 0, os.SEEK_SET)
    fcntl.fcntl(file, ADDING, SEALS)
    return file


def _stdin_file(data: memoryview) -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())


def redirect(streams: tuple[int, int, int]) -> None:
    """Make the streams the standard ones. None of them is a standard one already."""
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)


def run(code: types.CodeType) -> None:
    """Run the program and end this process as the interpreter would have ended."""
    import atexit
    import threading

    sys.argv = [NAME]
    module = types.ModuleType("__main__")
    module.__file__ = NAME
    sys.modules["__main__"] = module
    ended = _execute(code, module.__dict__)
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
        atexit._run_exitfuncs()
    for output in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            output.flush()
    os._exit(ended)


def _execute(code: types.CodeType, namespace: dict[str, object]) -> int:
    """Execute the code; return the exit code."""
    try:
        exec(code, namespace)  # noqa: S102 - running it is the task
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
