"""How well a run fills its concurrency: wall time against the best that is possible.

    python benchmarks/scheduling.py

A `standard` run of the known world (cosplay_action.testing.world) asks a loopback server that takes 200 ms a call,
16 requests at a time. The bound is max(critical path, calls x latency / concurrency); the critical path is the time
of the same run with unlimited concurrency and no overhead, measured exactly on a virtual clock.
Also: the run's own overhead, a `paper` run with the scripted model, no latency.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from cosplay_action.method.context import Context
from cosplay_action.method.domain import Outcome
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Ask, Model
from cosplay_action.method.solve import solve
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.testing.loopback import LoopbackServer
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem, world_script
from virtual import run_virtual

LATENCY, CONCURRENCY, SEEDS = 0.2, 16, range(5)


async def play(model: Model, preset: str, seed: int, journal: Path) -> Outcome:
    book = Journal.open(journal, {"run": {"seed": seed}})
    ctx = Context(
        problem=world_problem(),
        model=JournalModel(model, book, "world"),
        sandbox=JournalSandbox(WorldSandbox(), book),
        numbers=Numbers(**PRESETS[preset]),
        seed=seed,
    )
    try:
        return await solve(ctx)
    finally:
        book.close()
