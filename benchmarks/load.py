"""Time and memory against size: large pools, many stubs, a long module, long specs, and the report of a large run.

    python -m benchmarks.load [pools|report|stubs|check|plan|module|spec ...]

Each size is measured in a process of its own: CPU seconds and the most memory it held, less that of a process that
imports the same and does nothing. Pools are those of the known world (``cosplay_action.testing``), behind a journal.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

STUB = '''
# cosplay
def work_{n}(items: list[int], low: int = {n}) -> int:
    """Return how many of ``items`` are above ``low``.

    >>> work_{n}([{n}, {m}])
    1
    """
    raise NotImplementedError
'''
FILLER = '''

class Filler{n}:
    """Class number {n} of a long module."""

    limit = {n}

    def twice(self, x: int) -> int:
        """Return 2 * x, at most the limit."""
        return min(2 * x, self.limit)


def helper_{n}(x: int, *, by: int = {n}) -> dict[str, int]:
    return {{"x": x, "by": by, "sum": x + by}}
'''


def measured(deed: Callable[[Path, int], object], size: int) -> tuple[float, float]:
    """CPU seconds and MB of a deed in a fresh process and folder."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_measure, args=(deed, size, there))
    child.start()
    there.close()  # so that a child that fails is the end of the pipe
    seconds, memory = here.recv()
    child.join()
    return seconds, memory


def _measure(deed: Callable[[Path, int], object], size: int, there: Connection) -> None:
    os.nice(5)
    with tempfile.TemporaryDirectory() as folder:
        deed(Path(folder) / "warm", 0)
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        deed(Path(folder) / "real", size)
        seconds = time.process_time() - began
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    there.send((seconds, memory))


def table(title: str, unit: str, deed: Callable[[Path, int], object], sizes: Sequence[tuple[int, int]]) -> None:
    """One line a size: ``sizes`` are (size, how many units it has)."""
    print(f"{title}\n\n| size | {unit} | CPU seconds | microseconds a unit | MB more |\n|---|---|---|---|---|")
    for size, units in sizes:
        seconds, memory = measured(deed, size)
        print(f"| {size:,} | {units:,} | {seconds:.2f} | {1e6 * seconds / units:,.1f} | {memory:,.0f} |", flush=True)
    print()


ROUNDS = 10


def pools(folder: Path, size: int) -> None:
    """A run of ``size`` candidates, as many tests, 10 rounds, recorded; then played again from its journal."""
    from cosplay_action.method.context import Context
    from cosplay_action.method.numbers import Numbers
    from cosplay_action.method.solve import solve
    from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
    from cosplay_action.testing.population import PlantedWorld, Population

    world = PlantedWorld(Population())
    numbers = Numbers(candidates=max(2, size), tests=max(2, size), rounds=ROUNDS if size else 0, vote_attempts=1)
    book = Journal.open(folder / "journal.jsonl", {"run": {"size": size}})
    ctx = Context(
        problem=world.problem, numbers=numbers, seed=1, model=JournalModel(world.model(), book, "world"),
        sandbox=JournalSandbox(world.sandbox(), book),
    )  # fmt: skip
    outcome = asyncio.run(solve(ctx))
    book.close()
    if size and len(outcome.rounds) <= ROUNDS:
        print(f"  (size {size}: {len(outcome.rounds) - 1} rounds, {outcome.stop})", file=sys.stderr)


def repository(folder: Path, files: dict[str, str]) -> None:
    import subprocess

    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    folder.mkdir(exist_ok=True)
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def _stubs(size: int) -> dict[str, str]:
    """Ten stubs a file."""
    made = [STUB.format(n=n, m=n + 1) for n in range(size)]
    return {
        f"src/part_{at // 10}.py": '"""Some stubs."""\n' + "\n".join(made[at : at + 10]) for at in range(0, size, 10)
    }


def stubs(folder: Path, size: int) -> None:
    from cosplay_action.linting import list_stubs

    repository(folder, _stubs(size) or {"README": ""})
    assert len(list_stubs(folder, ["."])) == size


def checked(folder: Path, size: int) -> None:
    from cosplay_action.linting import check

    repository(folder, _stubs(size) or {"README": ""})
    assert check(folder, ["."]).findings == []


def planned(folder: Path, size: int) -> None:
    from cosplay_action.planning import plan

    repository(folder, _stubs(max(size, 1)))
    made = json.loads(plan(folder, ["."], None, prefix="cosplay/", say=print))
    assert len(made["include"]) == max(size, 1)


def module(folder: Path, size: int) -> None:
    """A stub in the middle of a module of about ``size`` lines: read, an implementation read, spliced in."""
    from cosplay_action.specs.layout import import_place
    from cosplay_action.specs.splice import splice
    from cosplay_action.specs.stub import read_stub

    fillers = [FILLER.format(n=n) for n in range(size // 14)]
    half = len(fillers) // 2
    text = "".join(['"""A module."""\n', *fillers[:half], STUB.format(n=0, m=1), *fillers[half:]])
    repository(folder, {"long.py": text})
    stub = read_stub(folder, "long.py::work_0", import_place)
    source = stub.contract.read_candidate("def work_0(items, low=0):\n    return sum(1 for x in items if x > low)")
    assert isinstance(source, str)
    stub.contract.job(source, ("work_0([1])",))
    assert isinstance(splice(stub.contract.target, source), str)


def spec(folder: Path, size: int) -> None:
    """A written spec of about ``size`` lines: prose, and as many examples as are read."""
    from cosplay_action.specs.issue import read_issue

    folder.mkdir(exist_ok=True)
    prose = ["Yes"] * (size * 9 // 10)  # short: what a spec says of behaviour has 20,000 characters at most
    examples = [f"work_0([{n}], 0) -> 1" for n in range(1, min(200, max(2, size // 10)))]
    body = ["File: `src/work.py`", "", "```python", *STUB.format(n=0, m=1).strip().splitlines(), "```", "", *prose, "",
            "Examples:", "", "```", *examples, "```", ""]  # fmt: skip
    read_issue("\n".join(body), "spec.md")


def report(_folder: Path, size: int) -> None:
    """report.json, HTML and Markdown of a run of size x size pools and 10 rounds."""
    from cosplay_action.evidence.html import render_html
    from cosplay_action.evidence.markdown import pr_body, summary
    from cosplay_action.evidence.report import dump
    from tests.browser import pools as drawn

    made = drawn.report(max(size, 4), max(size, 4), ROUNDS if size else 1)
    sizes = {"report.json": dump(made), "report.html": render_html(made), "summary.md": summary(made),
             "pr-body.md": pr_body(made)}  # fmt: skip
    if size:
        kilobytes = ", ".join(f"{name} {len(text.encode()) / 1024:,.0f} KB" for name, text in sizes.items())
        print(f"  (size {size}: {kilobytes})", file=sys.stderr)


def cells(*sizes: int) -> list[tuple[int, int]]:
    return [(size, size * size * (ROUNDS + 1)) for size in sizes]


def lines(*sizes: int) -> list[tuple[int, int]]:
    return [(size, size) for size in sizes]


TABLES: dict[str, Callable[[], None]] = {
    "pools": lambda: table("Pools, 10 rounds", "cells", pools, cells(16, 32, 64)),
    "report": lambda: table("Report, 10 rounds", "cells", report, cells(16, 32, 64)),
    "stubs": lambda: table("`stubs`", "stubs", stubs, lines(50, 100, 200, 400)),
    "check": lambda: table("`check`", "stubs", checked, lines(50, 100, 200, 400)),
    "plan": lambda: table("`plan`", "stubs", planned, lines(50, 100, 200)),
    "module": lambda: table("A module with one stub", "lines", module, lines(5000, 10_000, 20_000, 40_000)),
    "spec": lambda: table("A written spec", "lines", spec, lines(1250, 2500, 5000)),
}


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
