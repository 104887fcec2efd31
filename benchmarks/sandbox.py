"""What the sandbox costs: cells a second, the start of a worker, memory; against other ways, side by side.

    python benchmarks/sandbox.py [--rounds 7] [--size 16] [--python PATH]... [--json]

Everything is measured in turn (A B C D ... A B C D ...), so that what else the machine does falls on all alike; a ratio
is taken within a round, and told as its median over the rounds (least to most). Where other programs keep the cores
busy wall time says little; then look at the ratios by CPU time, which count our own process in too. The other ways are
in `baselines.py`: each in a fresh process as warm as a zygote, one cell at a time (against our `parallel` = 1) and as
many at a time as there are cores (against our default). A cell that gives another result than it should ends the
benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import baselines
from candidates import STUB, cells, matrix, result

from cosplay_action.errors import CosplayError
from cosplay_action.method.codec import observation_from_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.sandbox import host, worker_encode
from cosplay_action.sandbox.backends import INSIDE, OpenedSandbox, open_sandbox
from cosplay_action.sandbox.interpreter import probe

CORES = os.cpu_count() or 1
LEVELS = {"A": "bubblewrap", "B": "landlock"}
BASELINES = {  # cells timed one at a time (twice as many where several run at a time); our share of its speed, at least
    "bare": ("bare fork + exit + waitpid", 400, 0.35),
    "fresh": ("a fresh python -I -S -c", 20, 6.0),
    "queue": ("multiprocessing, a Process and a Queue", 128, 1.5),
    "manager": ("multiprocessing, a Process and a Manager", 20, 6.0),
}
START_FACTOR = 2.0  # a worker's start over that of the same interpreter with the same imports, at most
MEMORY_AT = (0, 250, 500, 1000, 2000, 4000, 8000)  # cells
SETTLED = 500  # cells after which memory is to be flat
FLAT = 100  # kilobytes more after each 1,000 cells, at most
PASSES = {True: "PASS", False: "MISS"}


@dataclass(slots=True)
class Table:
    """What was measured: series of numbers, one a round, by name; and what became of each target."""

    series: dict[str, list[float]] = field(default_factory=dict)
    verdicts: list[tuple[str, bool]] = field(default_factory=list)

    def add(self, name: str, value: float) -> None:
        self.series.setdefault(name, []).append(value)

    def add_rates(self, name: str, rates: tuple[float, float]) -> None:
        self.add("cells " + name, rates[0])
        self.add("cells a CPU second " + name, rates[1])

    def ratio(self, above: str, below: str) -> list[float]:
        return [a / b for a, b in zip(self.series[above], self.series[below], strict=True)]

    def judge(self, what: str, holds: bool) -> str:
        self.verdicts.append((what, holds))
        return PASSES[holds]


def wanted(cell: baselines.Cell) -> Observation:
    value = worker_encode.Encoder(10**6).encode(result(cell))
    return observation_from_json(["returned", [json.loads(json.dumps(value))], [], "", 0.0])


class Ours:
    """The sandbox at one level; its worker is started by the first job."""

    def __init__(self, opened: OpenedSandbox, source: str) -> None:
        self.opened, self.source = opened, source

    @classmethod
    async def open(
        cls, level: str, root: str, parallel: int | None = None, *, source: str = STUB, python: str = ""
    ) -> Ours:
        (Path(root) / "target.py").write_text(source)
        interpreter = Path(python) if python else None
        return cls(await open_sandbox(LEVELS[level], root=Path(root), parallel=parallel, python=interpreter), source)

    def job(self, text: str | None, inputs: Sequence[str]) -> Job:
        module = {"source": self.source, "module": "target", "path": "target.py", "qualname": "solve"}
        return Job(inputs=tuple(inputs), candidate=text, **module)  # type: ignore[arg-type]

    async def show(self, text: str) -> str:
        """An expression's value in a cell, a str."""
        (seen,) = await self.opened.sandbox.run(self.job(None, [text]))
        if seen.value is None:
            sys.exit(f"{text}: {seen}")
        return str(seen.value.data)

    async def play(self, size: int) -> tuple[float, float]:
        """Cells a second on the whole matrix, and a CPU second; its results are checked outside of the time."""
        candidates, inputs = matrix(size)
        jobs = [self.job(text, inputs) for text in candidates]
        began, used = time.perf_counter(), cpu()
        rows = await asyncio.gather(*(self.opened.sandbox.run(job) for job in jobs))
        seconds, used = time.perf_counter() - began, cpu() - used
        for text, row in zip(candidates, rows, strict=True):
            for each, seen in zip(inputs, row, strict=True):
                right = wanted((text, each))
                if (seen.status, seen.value) != (right.status, right.value):
                    sys.exit(f"{each} of\n{text}shows {seen}")
        return size * size / seconds, size * size / used

    async def start(self) -> float:
        """Milliseconds until a worker has proven its walls, imported the module and ended a job without inputs."""
        await self.opened.aclose()
        began = time.perf_counter()
        await self.opened.sandbox.run(self.job(None, []))
        seconds = time.perf_counter() - began
        await self.opened.aclose()
        return 1000 * seconds


def baseline(kind: str, at_once: int, modules: Sequence[str], size: int) -> tuple[float, float]:
    """Cells a second of another way, and a CPU second."""
    every = cells(size)
    count = BASELINES[kind][1] * (2 if at_once > 1 else 1)
    chosen = (every * (count // len(every) + 1))[:count]
    task = {"kind": kind, "cells": chosen, "at_once": at_once, "modules": modules, "worker": str(host.WORKER)}
    done = subprocess.run(
        [sys.executable, "-s", "-P", "-S", baselines.__file__], input=json.dumps(task), capture_output=True, text=True,
        check=True, env=host.environment(),
    )  # fmt: skip
    told = json.loads(done.stdout)
    for cell, shown in zip(chosen, told["results"], strict=False):
        if kind != "bare" and shown != repr(result(cell)):
            sys.exit(f"{kind}: {cell[1]} of\n{cell[0]}shows {shown}")
    return len(chosen) / told["seconds"], len(chosen) / told["cpu"]


async def modules_of(ours: Ours) -> list[str]:
    """What a zygote has imported, beside its own parts."""
    names = json.loads(await ours.show("__import__('json').dumps(list(__import__('sys').modules))"))
    return [name for name in names if name != "__main__" and not name.startswith("_cosplay_")]


async def measure_cells(table: Table, levels: Sequence[str], rounds: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours = {(level, at): await Ours.open(level, folder, at) for level in levels for at in (None, 1)}
        for each in ours.values():
            await each.play(size)  # starts the worker
        modules = await modules_of(next(iter(ours.values())))
        for _ in range(rounds):
            for (level, at), each in ours.items():
                table.add_rates(f"{level} {'one' if at else 'many'}", await each.play(size))
            for kind in BASELINES:
                for at_once, name in ((1, "one"), (CORES, "many")):
                    table.add_rates(f"{kind} {name}", await asyncio.to_thread(baseline, kind, at_once, modules, size))
        for each in ours.values():
            await each.opened.aclose()


def plain_start(python: str, modules: Sequence[str], search: Sequence[str], safe: bool) -> float:
    """Milliseconds of the same interpreter until it has imported the same and ended."""
    code = f"import os, sys; sys.path[:] = {list(search)!r}\nfor name in {list(modules)}:\n"
    code += "    try: __import__(name)\n    except ImportError: pass\n"  # numpy has modules that cannot be asked for
    argv = [python, "-s", *(["-P"] if safe else []), "-S", "-B", "-c", code]
    began = time.perf_counter()
    subprocess.run(argv, check=True, env=host.environment(), stdin=subprocess.DEVNULL, capture_output=True)
    return 1000 * (time.perf_counter() - began)


async def measure_starts(
    table: Table, levels: Sequence[str], rounds: int, python: str, *, name: str, extra: str = ""
) -> None:
    """The start of a worker with the module under test, whose text begins with ``extra``, and of a plain Python."""
    with tempfile.TemporaryDirectory() as folder:
        ours = {level: await Ours.open(level, folder, source=extra + STUB, python=python) for level in levels}
        first = next(iter(ours.values()))
        modules = await modules_of(first)
        search = json.loads(await first.show("__import__('json').dumps(__import__('sys').path)"))
        search = [str(folder) if each == INSIDE else each for each in search]
        safe = tuple(map(int, (await probe(Path(python))).version.split(".")[:2])) >= (3, 11)
        for _ in range(rounds):
            for level, each in ours.items():
                table.add(f"start {name} {level}", await each.start())
            table.add(f"start {name} plain", await asyncio.to_thread(plain_start, python, modules, search, safe))


def descendants(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def cpu() -> float:
    """CPU seconds of this process, of its descendants, and of all that those have waited for."""
    ticks = 0
    for pid in descendants(os.getpid()):
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def kilobytes(pids: Sequence[int]) -> float:
    """Their memory: what is theirs alone, and of what is shared their part (smaps_rollup, Pss)."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return float(sum(int(text.partition("\nPss:")[2].split()[0]) for text in texts))


async def measure_memory(table: Table, level: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, played = await Ours.open(level, folder), 0
        await ours.start()
        await ours.opened.sandbox.run(ours.job(None, []))
        for cells_so_far in MEMORY_AT:
            while played < cells_so_far:
                await ours.play(size)
                played += size * size
            await asyncio.sleep(0.1)  # for the servers to have ended
            gc.collect()
            table.add("memory cells", played)
            table.add("memory worker", kilobytes(descendants(os.getpid())))
            table.add("memory ours", kilobytes([os.getpid()]))
        await ours.opened.aclose()


def spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}..{max(values):,.{digits}f})"


def show_cells(table: Table, levels: Sequence[str], size: int) -> None:
    heads = {"one": "one at a time (ours: parallel=1)", "many": f"{CORES} at a time (ours: the default)"}
    for at, head in heads.items():
        print(f"\nCells a second, {size} x {size}, {head}")
        for level in levels:
            print(f"  {'level ' + level:45}{spread(table.series[f'cells {level} {at}'], 0)}")
        for kind, (title, _, least) in BASELINES.items():
            print(f"  {title:45}{spread(table.series[f'cells {kind} {at}'], 0)}")
            for level in levels:
                ratios = table.ratio(f"cells {level} {at}", f"cells {kind} {at}")
                what = f"level {level} / {kind}, at least {least:g}, {at}"
                verdict = table.judge(what, statistics.median(ratios) >= least)
                print(f"    {f'level {level} / this, at least {least:g}':43}{spread(ratios, 2)}  {verdict}")
                ratios = table.ratio(f"cells a CPU second {level} {at}", f"cells a CPU second {kind} {at}")
                print(f"    {'  the same by CPU time':43}{spread(ratios, 2)}")


def show_starts(table: Table, levels: Sequence[str]) -> None:
    print(
        "\nStart of a worker, in ms (walls proven, module imported, a job without inputs ended), and of a plain Python"
    )
    print("that imports the same")
    for plain in [name for name in table.series if name.startswith("start ") and name.endswith(" plain")]:
        name = plain.split()[1]
        print(f"  {name + ', plain Python':45}{spread(table.series[plain], 1)}")
        for level in levels:
            ours = f"start {name} {level}"
            ratios = table.ratio(ours, plain)
            verdict = table.judge(f"{ours}, at most {START_FACTOR:g}", statistics.median(ratios) <= START_FACTOR)
            print(f"  {f'{name}, level {level}':45}{spread(table.series[ours], 1)}")
            print(f"    {f'over plain, at most {START_FACTOR:g}':43}{spread(ratios, 2)}  {verdict}")


def show_memory(table: Table, level: str) -> None:
    played = table.series["memory cells"]
    print(f"\nMemory at level {level} after so many cells, in KB (Pss)")
    print(f"  {'cells':45}{'  '.join(f'{each:6,.0f}' for each in played)}")
    for name, title in {"worker": "the worker, all its processes", "ours": "our own process"}.items():
        used = table.series[f"memory {name}"]
        late = [(at, each) for at, each in zip(played, used, strict=True) if at >= SETTLED]
        slope = 1000 * statistics.linear_regression(*zip(*late, strict=True)).slope
        verdict = table.judge(f"memory of {name} flat", slope <= FLAT)
        print(f"  {title:45}{'  '.join(f'{each:6,.0f}' for each in used)}")
        print(f"    {f'per 1,000 cells from {SETTLED} on, at most {FLAT}':43}{slope:6,.0f}  {verdict}")


async def available() -> list[str]:
    """The levels that can be had here."""
    found = []
    for level in LEVELS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                await (await Ours.open(level, folder)).opened.aclose()
            except CosplayError as error:
                print(f"level {level} is left out: {error}", file=sys.stderr)
            else:
                found.append(level)
    return found


def has_numpy(python: str) -> bool:
    return subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False).returncode == 0


async def run(args: argparse.Namespace, table: Table) -> list[str]:
    levels = await available()
    if not levels:
        sys.exit("no level of the sandbox can be had here")
    await measure_memory(table, levels[0], args.size)  # first, while this process is small
    await measure_cells(table, levels, args.rounds, args.size)
    await measure_starts(table, levels, 3 * args.rounds, sys.executable, name="ours")
    for python in args.python:
        name = (await probe(Path(python))).version
        await measure_starts(table, levels, 3 * args.rounds, python, name=name)
        if has_numpy(python):
            await measure_starts(table, levels, args.rounds, python, name=name + "+numpy", extra="import numpy\n")
    return levels


def main() -> None:
    parser = argparse.ArgumentParser(description="What the sandbox costs.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="another interpreter to start")
    parser.add_argument("--json", action="store_true")
    args, table = parser.parse_args(), Table()
    facts = f"{CORES} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}, Python {platform.python_version()}"
    levels = asyncio.run(run(args, table))
    if args.json:
        print(json.dumps({"machine": facts, "size": args.size, "series": table.series}, indent=1))
        return
    print(f"{facts}; {args.rounds} rounds; median (least..most)")
    show_cells(table, levels, args.size)
    show_starts(table, levels)
    show_memory(table, levels[0])
    missed = [what for what, holds in table.verdicts if not holds]
    print(f"\n{len(table.verdicts) - len(missed)} of {len(table.verdicts)} targets hold", *missed, sep="\n  MISS ")


if __name__ == "__main__":
    main()
