"""The sandbox under faults of its own parts, and under load: honest cells are right, or the error says why not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError, SpecError
from cosplay_action.method.job import Limits
from tests.support.processes import descendants, gone, kill_at_once, servers, workers

ROOT = Path(__file__).parents[3]
STUB = "def f(x):\n    raise NotImplementedError\n"
TWICE = "def f(x):\n    return 2 * x\n"


async def test_a_worker_that_was_killed_is_started_again_and_the_results_are_right(leveled, opened) -> None:
    sandbox = opened()
    assert [s.value.data for s in await sandbox.run(leveled.with_code(TWICE, "f(1)"))] == [2]
    kill_at_once(workers())
    assert [s.value.data for s in await sandbox.run(leveled.with_code(TWICE, "f(2)", "f(3)"))] == [4, 6]


async def test_a_worker_killed_in_the_middle_of_a_job_costs_no_result(leveled, opened) -> None:
    sandbox = opened()
    slow = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x\n"

    def struck(index: int, _seen: object) -> None:
        if index == 0:
            kill_at_once(workers())

    seen = await sandbox.run(leveled.with_code(slow, "f(0)", "f(1)", "f(2)"), struck)
    assert [s.value and s.value.data for s in seen] == [0, 1, 2]


async def test_a_stopped_worker_is_given_up_and_the_results_are_right(leveled, opened) -> None:
    sandbox = opened(patience=0.5)
    await sandbox.run(leveled.with_code(TWICE, "f(1)"))
    before = workers()
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    [seen] = await sandbox.run(leveled.with_code(TWICE, "f(4)", limits=Limits(seconds=0.1)))
    assert (seen.value.data, workers() & before) == (8, set())
    before = descendants()
    await sandbox.aclose()
    assert await gone(before) == set()


ORPHANS = """
import asyncio, pathlib, sys
from cosplay_action.method.job import Job, Limits
from tests.support.sandboxes import sandbox_at
async def main():
    sandbox = sandbox_at(sys.argv[2], pathlib.Path(sys.argv[1]))
    code = "import time\\ndef f(x):\\n    while x: time.sleep(1)\\n"
    job = Job(inputs=("f(0)", "f(0)", "f(1)"), candidate=code, source="def f(x): ...", module="m", path="m.py",
              qualname="f",
              limits=Limits(seconds=60))
    await sandbox.run(job, lambda index, _: print("running", flush=True) if index else None)
asyncio.run(main())
"""


@pytest.mark.parametrize("stopped", [False, True])
async def test_killing_the_supervisor_leaves_nothing_running(leveled, stopped: bool) -> None:
    (leveled.root / "m.py").write_text("def f(x): ...\n")
    command = [sys.executable, "-c", ORPHANS, str(leveled.root), leveled.level]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"running\n"
        below = descendants(supervisor.pid)
        assert len(below) >= 3  # zygote, server, cell
        for pid in workers(supervisor.pid) if stopped else ():
            os.kill(pid, signal.SIGSTOP)
        supervisor.kill()
    assert await gone(below) == set()


GARBAGE = "import os\nfor n in range(3, 64):\n  try: os.write(n, b'\\0\\0\\0\\3[1]')\n  except OSError: pass\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import time\ntime.sleep(0)\nraise RuntimeError('no licence')\n", "RuntimeError: no licence"),
        ("import os\nos._exit(3)\n", "it ended the interpreter"),
        (GARBAGE, "it wrote to the sandbox's own channel"),
        ("import socket\nsocket.socket()\n", "PermissionError"),
        ("import subprocess\nsubprocess.run(['true'])\n", "PermissionError"),
        ("open('made', 'w')\n", "PermissionError"),
        ("x = bytearray(1 << 40)\n", "out of memory"),
        ("import sys\nsys.exit('closed')\n", "closed"),
    ],
)  # fmt: skip
async def test_a_module_that_misbehaves_when_imported_is_its_users_error(leveled, source, said) -> None:
    with pytest.raises(SpecError, match=r"the module shop\.stock cannot be imported") as caught:
        await leveled.run(TWICE, "f(1)", "f(2)", source=source + STUB)
    assert said in str(caught.value)


async def test_honest_slow_cells_are_no_timeouts_when_there_are_more_of_them_than_cores(leveled, opened) -> None:
    cores = os.cpu_count() or 1
    burn = "import time\ndef f(x):\n    while time.process_time() < start + 0.5: pass\n    return x\n"
    burn = burn.replace("    while", "    start = time.process_time()\n    while")
    sandbox = opened(parallel=4 * cores)
    jobs = [leveled.with_code(burn + f"# {n}\n", f"f({n})", limits=Limits(seconds=1)) for n in range(4 * cores)]
    seen = await asyncio.gather(*map(sandbox.run, jobs))
    assert [s[0].status for s in seen] == ["returned"] * len(jobs)


async def test_a_stuck_candidate_does_not_hold_back_the_others(leveled, opened) -> None:
    sandbox = opened()
    stuck = leveled.with_code("import time\ndef f(x):\n    time.sleep(60)\n", "f(0)", limits=Limits(seconds=1))
    ended: list[str] = []
    first = asyncio.create_task(sandbox.run(stuck, lambda *_: ended.append("stuck")))
    for n in range(4):
        await sandbox.run(leveled.with_code(TWICE, f"f({n})"), lambda *_: ended.append("honest"))
    assert [s.status for s in await first] == ["timed_out"]
    assert ended[:4] == ["honest"] * 4


async def test_a_module_that_starts_threads_when_imported_is_imported(leveled) -> None:
    source = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n" + STUB
    assert await leveled.shown(TWICE, "f(4)", source=source) == "8"


async def test_workers_of_many_modules_do_not_pile_up(leveled, opened) -> None:
    sandbox = opened()
    for n in range(6):
        job = leveled.with_code(TWICE, "f(1)", source=f"# {n}\n{STUB}")
        assert [s.value.data for s in await sandbox.run(job)] == [2]
    assert len(workers()) <= 3 + 1
    before = descendants()
    await sandbox.aclose()
    assert await gone(before) == set()


async def test_a_server_that_somebody_kills_is_the_sandboxes_failure_and_not_the_candidates(leveled, opened) -> None:
    sandbox = opened()
    slow = "import time\ndef f(x):\n    time.sleep(1)\n    return x\n"

    async def strike() -> None:
        while True:  # every server that is started for it
            await asyncio.sleep(0.3)
            kill_at_once(servers())

    striking = asyncio.create_task(strike())
    try:
        with pytest.raises(SandboxError, match="its server ended with status 9"):
            await sandbox.run(leveled.with_code(slow, "f(0)", limits=Limits(seconds=2)))
    finally:
        striking.cancel()


async def test_a_module_named_like_one_that_is_loaded_already_is_told_and_never_another_one(leveled) -> None:
    leveled.write("string.py", STUB)
    with pytest.raises(SpecError, match=r"the module string cannot be imported: .*a module of its own by this name"):
        await leveled.run(TWICE, "f(1)", source=STUB, module="string", path="string.py")
