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

from virtual import run_virtual

from cosplay_action.method.context import Context
from cosplay_action.method.domain import Outcome
from cosplay_action.method.numbers import PRESETS, Numbers
from cosplay_action.method.ports import Model
from cosplay_action.method.solve import solve
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.testing.loopback import LoopbackServer, Request, chatting
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.world import WorldSandbox, world_model, world_problem, world_reply

LATENCY, CONCURRENCY, SEEDS = 0.2, 16, range(5)


async def play(model: Model, preset: str, seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        book = Journal.open(Path(folder) / "journal.jsonl", {"run": {"seed": seed}})
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


def served(request: Request, k: int) -> str:
    messages, seed = request.field("messages"), request.field("seed")
    return world_reply(messages[-1]["content"], seed, k)


async def over_http(seed: int) -> tuple[float, int, int]:
    """Wall seconds, calls made, and the most that were in flight."""
    async with LoopbackServer(chatting(served), latency=LATENCY) as server:
        model = OpenAIModel(model="world", base_url=server.base_url, api_key="none", concurrency=CONCURRENCY)
        began = time.monotonic()
        await play(model, "standard", seed)
        wall = time.monotonic() - began
        await model.aclose()
        return wall, len(server.calls), server.most


def critical_path(seed: int) -> float:
    """Seconds of the same run, the same replies, with every call at once that may be made."""
    model = ScriptedModel(lambda ask, k: world_reply(ask.prompt, ask.seed, k), latency=LATENCY)
    return run_virtual(play(model, "standard", seed))[1]


def main() -> None:
    print("standard over HTTP, 200 ms a call, concurrency 16")
    ratios = []
    for seed in SEEDS:
        wall, calls, peak = asyncio.run(over_http(seed))
        path = critical_path(seed)
        bound = max(path, calls * LATENCY / CONCURRENCY)
        ratios.append(wall / bound)
        print(f"  seed {seed}: {calls} calls, peak {peak}, wall {wall:.2f} s, critical path {path:.2f} s,", end=" ")
        print(f"calls x latency / concurrency {calls * LATENCY / CONCURRENCY:.2f} s, ratio {ratios[-1]:.3f}")
    print(f"  ratio: median {statistics.median(ratios):.3f}, worst {max(ratios):.3f}")
    walls = []
    for seed in SEEDS:
        began = time.monotonic()
        asyncio.run(play(world_model(salt=seed), "paper", seed))
        walls.append(time.monotonic() - began)
    print(f"own overhead of a paper run (scripted model, no latency): median {statistics.median(walls):.3f} s, "
          f"worst {max(walls):.3f} s")  # fmt: skip


main()
