"""Every table from the recorded journals, without a model, a sandbox or the data sets.

Each problem's arms are replayed from its journal; what was scored is looked up. With ``--data`` what a changed method
makes of the same replies is run and scored anew (nothing is ever asked).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.evaluation import arms, pilot, plot, sheets
from benchmarks.evaluation.desk import TASK, Bench, Desk, opened
from benchmarks.evaluation.metrics import Rated
from benchmarks.evaluation.playing import score_problem
from benchmarks.evaluation.results import Result
from benchmarks.evaluation.scoring import Scores
from benchmarks.evaluation.store import RECORDED, Store, label
from benchmarks.evaluation.tasks import Task, set_of
from benchmarks.evaluation.truth import Truth, read_truths
from cosplay_action.errors import JournalError


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """One model on one set: the rated results by arm and problem, and the size of what is recorded, in bytes."""

    title: str
    rated: dict[str, dict[str, Rated]]
    unplayed: dict[str, str]
    size: int
    journals: int

    def part(self, half: str) -> Evaluated:
        """Only the problems of one half."""
        rated = {arm: {n: one for n, one in by.items() if pilot.half(n) == half} for arm, by in self.rated.items()}
        return replace(self, title=f"{self.title}, {half} half", rated={a: by for a, by in rated.items() if by})


def options(one: argparse.ArgumentParser) -> None:
    one.set_defaults(run=_run)
    one.add_argument("--recorded", type=Path, default=RECORDED)
    one.add_argument("--data", type=Path, nargs="*", default=[], help="problem sets, to run and score what is new")
    one.add_argument("--arms", default="", help="only these, separated by commas")
    one.add_argument("--write", type=Path, help="put the tables between the marks of this document")
    one.add_argument(
        "--plot", type=Path, help="write accuracy against tokens as SVG, one a model and set, in this folder"
    )


async def _run(args: argparse.Namespace) -> None:
    truths = {set_of(path): read_truths(path) for path in args.data}
    found = []
    for store, title in _stores(args.recorded):
        found.append(await evaluated(store, title, truths.get(store.recorded.name, {}), args.arms))
    text = sheets.render(found)
    print(text)
    for one in found if args.plot else ():
        name = label(one.title.replace(" on ", "-"))
        (args.plot / f"{name}.svg").write_text(plot.draw(one.title, plot.points(one.rated)), encoding="utf-8")
    if args.write:
        sheets.put(args.write, "tables", text)


def _stores(recorded: Path) -> Iterator[tuple[Store, str]]:
    for folder in sorted(path for path in recorded.glob("*/*") if path.is_dir()):
        work = Path(tempfile.mkdtemp(prefix="evaluation-"))
        yield Store(recorded=folder, work=work), f"{folder.parent.name} on {folder.name}"


async def evaluated(store: Store, title: str, truths: dict[str, Truth], only: str = "") -> Evaluated:
    """Replay every recorded problem of a store."""
    rated: dict[str, dict[str, Rated]] = {}
    unplayed: dict[str, str] = {}
    packed = [path for path in sorted(store.recorded.glob("*.jsonl.xz")) if path.name != "pilot.jsonl.xz"]
    for path in packed:
        name = path.name.removesuffix(".jsonl.xz")
        results, why = await replayed(store, name, truths, only)
        unplayed |= {f"{name}: {arm}": reason for arm, reason in why.items()}
        scores = await _scores(store, name, results, truths)
        for arm, result in results.items():
            rated.setdefault(arm, {})[result.task] = Rated.of(result, scores)
    size = sum(path.stat().st_size for path in store.recorded.iterdir())
    return Evaluated(title=title, rated=rated, unplayed=unplayed, size=size, journals=len(packed))


async def replayed(
    store: Store, name: str, truths: dict[str, Truth], only: str
) -> tuple[dict[str, Result], dict[str, str]]:
    """What each arm that was played gave; and why others that were played cannot be replayed."""
    header, task = _read(store.journal(name))
    run = header["run"]
    bench = Bench(name=run["model"], model_digest=run["model_digest"], seed=run["seed"], execute=bool(truths))
    results: dict[str, Result] = {}
    why: dict[str, str] = {}
    async with opened(bench, task, store.repository(name), store.journal(name)) as desk:
        for arm in arms.played(desk):
            try:
                if not only or arm in (arms.STANDARD, *arms.named(only)):
                    results[arm] = await _again(desk, arm, results)
            except JournalError as error:
                why[arm] = str(error)
    return results, why


async def _again(desk: Desk, arm: str, results: dict[str, Result]) -> Result:
    budget = results[arms.STANDARD].cost.tokens if results else 0
    return await arms.ARMS[arm](desk, arm, budget)


def _read(path: Path) -> tuple[dict[str, Any], Task]:
    """The header of a journal and the task it was played on."""
    with path.open(encoding="utf-8") as lines:
        header, *rest = map(json.loads, lines)
    told = next(row["value"] for row in rest if row["t"] == "fact" and row["name"] == TASK)
    return header, Task(**{**told, "examples": tuple(map(tuple, told["examples"]))})


async def _scores(store: Store, name: str, results: dict[str, Result], truths: dict[str, Truth]) -> Scores:
    if not truths or not results:
        return Scores.read(store.scores(name))
    _, task = _read(store.journal(name))
    return await score_problem(Bench(name=""), store, task, truths[task.name], results)


def main() -> None:
    """For a table while a run goes on, without the rest of the command line."""
    one = argparse.ArgumentParser(description=__doc__)
    options(one)
    args = one.parse_args()
    asyncio.run(args.run(args))
