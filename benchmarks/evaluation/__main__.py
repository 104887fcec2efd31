"""The evaluation, one command a step. Everything is resumable: what a journal holds is never asked again.

python -m benchmarks.evaluation pilot   DATA --model local:0.5b --most 30     choose the problems (rule: pilot.py)
python -m benchmarks.evaluation play    DATA --model local:0.5b --most 30     play and score the arms on them
python -m benchmarks.evaluation tables  [--data DATA...]                      every table, from the recorded journals
python -m benchmarks.evaluation simulate                                      the planted population

DATA is a problem set (tasks.py names the releases). ``play --shard 2/8`` plays every 8th problem from the 2nd on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path

from benchmarks.evaluation import arms, pilot, playing, simulate, tables
from benchmarks.evaluation.desk import Bench
from benchmarks.evaluation.served import Served
from benchmarks.evaluation.store import RECORDED, Store
from benchmarks.evaluation.tasks import Task, read_tasks, set_of
from benchmarks.evaluation.truth import Truth, truths_for
from cosplay_action.errors import CosplayError, UsageError
from cosplay_action.settings import Settings
from cosplay_action.wiring import Host, close, is_local, model_digest, open_model


def main() -> int:
    args = parser().parse_args()
    try:
        return asyncio.run(args.run(args)) or 0
    except CosplayError as error:
        print(f"{error}\n{error.cure}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = whole.add_subparsers(required=True)
    for name, run in (("pilot", _pilot), ("play", _play)):
        one = commands.add_parser(name)
        one.set_defaults(run=run)
        one.add_argument("data", type=Path)
        _model_options(one)
        one.add_argument("--most", type=int, default=30, help="problems to choose, or to play")
        one.add_argument("--begin", default="", help="only problems whose names begin so, such as introductory/")
    one.add_argument("--arms", default=",".join(arms.MAIN), help="separated by commas, or all, shared")
    one.add_argument("--together", type=int, default=2, help="problems played side by side")
    one.add_argument("--shard", default="1/1", help="I/N: every N-th problem from the I-th on")
    one.add_argument("--problems", default="", help="play these instead of the pilot's, separated by commas")
    tables.options(commands.add_parser("tables"))
    simulate.options(commands.add_parser("simulate"))
    return whole


def _model_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--model", default="local:0.5b")
    one.add_argument("--base-url", default="", help="an endpoint; with a local model: another server of its weights")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--concurrency", type=int, default=16)
    one.add_argument("--work", type=Path, help="where journals are worked on (default .cosplay/evaluation)")
    one.add_argument("--recorded", type=Path, default=RECORDED, help="where they are recorded")


async def _bench(args: argparse.Namespace) -> Bench:
    settings = Settings(model=args.model, base_url=args.base_url, concurrency=args.concurrency)
    host = Host(environ=os.environ, say=lambda text: print(text, file=sys.stderr), progress=lambda _done, _all: None)
    served = bool(args.base_url) and is_local(args.model)
    model = Served(args.base_url, slots=args.concurrency) if served else open_model(settings, host)
    return Bench(
        name=args.model, model=model, model_digest=await model_digest(args.model), seed=args.seed,
        concurrency=args.concurrency,
    )  # fmt: skip


def _store(args: argparse.Namespace) -> Store:
    return Store.of(args.model, set_of(args.data), args.seed, recorded=args.recorded, work=args.work)


def _tasks(args: argparse.Namespace) -> list[Task]:
    return [task for task in read_tasks(args.data) if task.name.startswith(args.begin)]


async def _pilot(args: argparse.Namespace) -> None:
    bench, tasks = await _bench(args), _tasks(args)
    try:
        found = await pilot.pilot(bench, _store(args), tasks, truths_for(args.data, tasks), args.most)
    finally:
        await _closed(bench)
    print(f"{len(found)} problems: {', '.join(found)}")


async def _closed(bench: Bench) -> None:
    if bench.model:
        await close(bench.model)


def chosen(args: argparse.Namespace, store: Store, tasks: list[Task]) -> list[Task]:
    """The problems of this shard, in the pilot's order."""
    known = {task.name: task for task in tasks}
    named = args.problems.split(",") if args.problems else pilot.first(pilot.read(store.scores(pilot.NAME)), args.most)
    return [known[name] for name in shard(named, args.shard)]


def shard(names: list[str], text: str) -> list[str]:
    """Part I of N ("I/N", from 1): every N-th name from the I-th on. Raises UsageError."""
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise UsageError(f"{text} is no shard", "Give I/N, such as 2/8 for the second of eight.")
    return names[int(part) - 1 :: int(parts)]


async def _play(args: argparse.Namespace) -> None:
    store, bench = _store(args), await _bench(args)
    tasks = chosen(args, store, _tasks(args))
    truths, names = truths_for(args.data, tasks), arms.named(args.arms)
    try:
        await _together(args.together, [_one(bench, store, task, truths[task.name], names) for task in tasks])
    finally:
        await _closed(bench)


async def _together(most: int, work: list[Coroutine[None, None, None]]) -> None:
    """So many pieces of work at once, started in order. The first error ends the others and is raised."""
    turns = asyncio.Semaphore(most)

    async def in_turn(piece: Coroutine[None, None, None]) -> None:
        async with turns:
            await piece

    try:
        async with asyncio.TaskGroup() as group:
            for piece in work:
                group.create_task(in_turn(piece))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        for piece in work:
            piece.close()  # those that never had their turn


async def _one(bench: Bench, store: Store, task: Task, truth: Truth, names: tuple[str, ...]) -> None:
    """Play, score and record one problem, and say so in a line."""
    began = time.monotonic()
    results = await playing.play_problem(bench, store, task, names)
    scores = await playing.score_problem(bench, store, task, truth, results)
    print(playing.line(task, results, scores, time.monotonic() - began, store.pack(task.name)), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
