"""Attacks on a sandbox that lacks a layer, inside the throwaway jail of ``outer`` and nowhere else.

``python tests/attacks/weakened.py LAYERS ATTACK...``, LAYERS being those left out, joined by commas; prints a JSON
object: what each attack's cell showed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from cosplay_action.errors import CosplayError
from cosplay_action.sandbox.walls import Walls
from cosplay_action.sandbox.workers import Stand, WorkerSandbox
from tests.attacks import outer
from tests.attacks.bench import Host
from tests.attacks.corpus import named
from tests.attacks.strike import job_of

PATIENCE = 6.0  # seconds; nothing here lasts that long but what a missing watchdog lets run on
LAYERS = ("seccomp", "landlock", "rlimits", "watchdog")


async def show(without: set[str], names: list[str]) -> dict[str, str]:
    walls = Walls(**{layer: layer not in without for layer in LAYERS})
    stand = Stand(level="D", walls=walls, argv=lambda command, _: command)
    shown = {}
    with ExitStack() as stack:
        host = Host(Path(tempfile.mkdtemp()), stack)
        for name in names:
            sandbox = WorkerSandbox(root=host.root, stand=stand, parallel=1)
            try:
                async with asyncio.timeout(PATIENCE):
                    shown[name] = repr((await sandbox.run(job_of(named(name), host)))[0])
            except TimeoutError:
                shown[name] = "BREACH it runs on"
            except CosplayError as error:
                shown[name] = f"the sandbox failed: {error}"
            finally:
                await sandbox.aclose()
                host.decoys()
    return shown


if __name__ == "__main__":
    outer.insist()
    left_out, *attacks = sys.argv[1:]
    os.write(1, json.dumps(asyncio.run(show(set(left_out.split(",")), attacks))).encode())
