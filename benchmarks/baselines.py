"""Other ways to run a cell, none with any isolation: what `sandbox.py` compares the sandbox with. Minimal, afresh.

    python -s -P -S baselines.py < task.json > measured.json      (sandbox.py does that)

The task: ``kind`` (a name of KINDS), ``cells`` (pairs of a candidate's text and an input's text), ``at_once``,
``modules`` (names to import first: what a zygote has imported), ``worker`` (the path of worker.py, loaded but not run,
so that this process is as large and as warm as a zygote). The answer: wall and CPU seconds of all cells, the ``repr``
of each result. Every way executes the candidate's text and evaluates the input's in a namespace of its own, under a
limit.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence

Cell = tuple[str, str]
LIMIT = 2.0  # seconds that a cell may take


def outcome(candidate: str, text: str) -> str:
    """What every cell does."""
    namespace: dict[str, object] = {"__name__": "candidate"}
    try:
        exec(candidate, namespace)
        return repr(eval(text, namespace))
    except BaseException as error:  # noqa: BLE001 - whatever a candidate raises is its result
        return type(error).__name__


def bare(_cell: Cell) -> str:
    """A process that does nothing: the least that a process a cell can cost."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return ""


def fresh(cell: Cell) -> str:
    """A new interpreter a cell."""
    import subprocess  # here, as it imports threading, whose hooks run at every fork

    code = f"{cell[0]}\nprint(repr({cell[1]}))"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return "TimeoutExpired"
    return done.stdout.strip()


def _into_queue(cell: Cell, queue: object) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        queue.put(outcome(*cell))  # type: ignore[attr-defined]


def queued(cell: Cell) -> str:
    """multiprocessing: a forked Process and a Queue a cell, as the paper's release does it."""
    import multiprocessing

    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    process = fork.Process(target=_into_queue, args=(cell, queue))
    process.start()
    try:
        return str(queue.get(timeout=LIMIT))
    except Exception as error:  # noqa: BLE001 - queue.Empty, or what unpickling raises
        return type(error).__name__
    finally:
        process.terminate()
        process.join()
        queue.close()


def _into_list(cell: Cell, shared: object) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        shared.append(outcome(*cell))  # type: ignore[attr-defined]


def managed(cell: Cell) -> str:
    """multiprocessing: a forked Process and a Manager's list a cell, as human-eval and LiveCodeBench do it."""
    import multiprocessing

    fork = multiprocessing.get_context("fork")
    with fork.Manager() as manager:
        shared = manager.list()
        process = fork.Process(target=_into_list, args=(cell, shared))
        process.start()
        process.join(timeout=LIMIT + 1)
        if process.is_alive():
            process.kill()
        return str(shared[0]) if len(shared) else "TimedOut"


KINDS: dict[str, Callable[[Cell], str]] = {"bare": bare, "fresh": fresh, "queue": queued, "manager": managed}


def in_processes(run: Callable[[Cell], str], cells: Sequence[Cell], at_once: int) -> None:
    """The cells shared out to so many forked processes, each running its part one by one."""
    pids = []
    for part in range(at_once):
        pid = os.fork()
        if pid == 0:
            for cell in cells[part::at_once]:
                run(cell)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def cpu() -> float:
    """CPU seconds of this process and of all that it has waited for."""
    return sum(os.times()[:4])


def timed(run: Callable[[Cell], str], cells: Sequence[Cell], at_once: int) -> tuple[float, float, list[str]]:
    """Wall and CPU seconds for all cells, and their results. What the way itself imports is imported before."""
    run(cells[0])
    began, used = time.perf_counter(), cpu()
    if at_once == 1:
        results = [run(cell) for cell in cells]
    elif run is bare:  # without an answer to collect, processes are quicker at it than threads
        in_processes(run, cells, at_once)
        results = []
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(at_once) as pool:
            results = list(pool.map(run, cells))
    return time.perf_counter() - began, cpu() - used, results


def warm(modules: Sequence[str], worker: str) -> None:
    """Import what a zygote has imported."""
    spec = importlib.util.spec_from_file_location("worker", worker)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def main() -> None:
    task = json.load(sys.stdin)
    warm(task["modules"], task["worker"])
    cells = [(candidate, text) for candidate, text in task["cells"]]
    seconds, used, results = timed(KINDS[task["kind"]], cells, task["at_once"])
    json.dump({"seconds": seconds, "cpu": used, "results": results}, sys.stdout)


if __name__ == "__main__":
    main()
