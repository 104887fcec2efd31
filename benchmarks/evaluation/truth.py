"""The truth of a problem: hidden inputs and the reference. Only ``scoring`` imports this, and no run ever sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.evaluation.tasks import Task, read_tasks, rows_of, set_of


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Truth:
    """What a problem's candidates are scored by.

    A function: ``module`` is the reference as a module's text, ``inputs`` are calls of it, ``tolerance`` is what floats
    may be off (absolute). A program: ``inputs`` are stdin texts, ``outputs`` what each should print.
    """

    name: str
    module: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tolerance: float = field(default=0.0)


def read_truths(path: Path) -> dict[str, Truth]:
    """The truth of every task of the set, by the task's name."""
    make = _program if set_of(path) == "apps" else _function
    found = {truth.name: truth for truth in map(make, rows_of(path))}
    return {task.name: found[task.name] for task in read_tasks(path)}


def _function(row: dict[str, Any]) -> Truth:
    calls = [_call(row["entry_point"], arguments) for arguments in (*row["base_input"], *row["plus_input"])]
    whole = row["canonical_solution"]
    module = whole if f"def {row['entry_point']}" in whole else f"{row['prompt']}\n{whole}"
    return Truth(name=row["task_id"], module=module, inputs=tuple(calls), tolerance=float(row.get("atol") or 0))


def _program(row: dict[str, Any]) -> Truth:
    tests = row["private_tests"]
    name = f"{row['difficulty']}/{row['name']}"
    return Truth(name=name, inputs=tuple(tests["input"]), outputs=tuple(tests["output"]))


def _call(entry: str, arguments: list[Any]) -> str:
    return f"{entry}({', '.join(map(_text, arguments))})"


def _text(value: object) -> str:
    """A JSON value as a Python expression; infinities and NaN have no literal."""
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return repr(value)


def truths_for(path: Path, tasks: list[Task]) -> dict[str, Truth]:
    """The truth of these tasks alone."""
    known = read_truths(path)
    return {task.name: known[task.name] for task in tasks}
