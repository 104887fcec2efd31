"""Cells, servers and workers that somebody kills, or whom the system refuses something: no candidate is blamed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError
from cosplay_action.method.job import Limits
from cosplay_action.sandbox import answers
from tests.support.processes import descendants, importing, kill_at_once, running_cells, servers

ROOT = Path(__file__).parents[3]
TWICE = "def f(x):\n    return 2 * x\n"
SLOW = "import time\ndef f(x):\n    time.sleep(0.3)\n    return x\n"
GENEROUS = Limits(seconds=5, memory=256 * 1024 * 1024, output=100_000)
SLEEPY = "import time\ntime.sleep(1)\ndef f(x):\n    raise NotImplementedError\n"


@asynccontextmanager
async def striking(find: Callable[[], Iterable[int]], *, times: int) -> AsyncIterator[list[int]]:
    """Kills what it finds, so many times; the list holds what it killed."""
    struck: list[int] = []

    async def strike() -> None:
        for _ in range(times):
            while not (found := set(find()) - set(struck)):
                await asyncio.sleep(0.01)
            kill_at_once(found)
            struck.extend(found)

    task = asyncio.create_task(strike())
    try:
        yield struck
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_cell_that_somebody_kills_is_run_again_and_is_right(leveled, opened) -> None:
    sandbox = opened()
    async with striking(running_cells, times=1) as struck:
        seen = await sandbox.run(leveled.with_code(SLOW, "f(0)", "f(1)", "f(2)", limits=GENEROUS))
    assert [(s.status, s.value and s.value.data) for s in seen] == [("returned", n) for n in range(3)]
    assert struck


async def test_a_cell_that_is_killed_each_time_says_so_and_the_cells_after_it_are_right(leveled, opened) -> None:
    sandbox = opened()
    arrived: list[int] = []
    async with striking(running_cells, times=3) as struck:
        slow = leveled.with_code(SLOW, "f(0)", "f(1)", limits=GENEROUS)
        seen = await sandbox.run(slow, lambda index, _: arrived.append(index))
    assert (seen[0].status, seen[0].detail) == ("exited", answers.KILLED)
    assert seen[1].value.data == 1
    assert (len(struck), arrived) == (3, [0, 1])


async def test_a_cell_that_the_kernel_kills_for_its_cpu_seconds_is_timed_out_and_not_run_again(leveled, opened) -> None:
    """It does where the server that watches it gets no turn for so long: here the server is stopped until then."""
    burn = leveled.with_code("def f(x):\n    while True:\n        pass\n", "f(0)", limits=Limits(seconds=0.5))
    running = asyncio.create_task(opened().run(burn))
    while not (found := running_cells()):
        await asyncio.sleep(0.01)
    watching = servers()
    send(watching, signal.SIGSTOP)
    while running_cells() & found:  # its limit is 2 CPU seconds
        await asyncio.sleep(0.05)
    send(watching, signal.SIGCONT)
    assert [(s.status, s.detail[:9]) for s in await running] == [("timed_out", "more than")]


def send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def test_a_worker_that_somebody_kills_while_it_imports_is_started_again(leveled, opened) -> None:
    async with striking(importing, times=1) as struck:
        [seen] = await opened().run(leveled.with_code(TWICE, "f(4)", source=SLEEPY))
    assert (seen.value.data, len(struck)) == (8, 1)


async def test_a_worker_that_is_killed_whenever_it_imports_is_the_sandboxes_failure(leveled, opened) -> None:
    async with striking(importing, times=2):
        with pytest.raises(SandboxError, match="its worker was ended by SIGKILL, twice, while the module was imported"):
            await opened().run(leveled.with_code(TWICE, "f(4)", source=SLEEPY))


# A module under test that takes something from its own worker, as a machine that runs out of it would: hooks run in the
# zygote before each fork, and in each server after it.
SHORT = """
import os, resource
made, zygote = 0, os.getpid()
def before():
    global made
    made += os.getpid() == zygote
    if WORKER and os.getpid() == zygote and made == 2:
        resource.setrlimit(resource.LIMIT, (1, 1))
def after():
    if not WORKER and os.getppid() == zygote and made in SERVERS:
        resource.setrlimit(resource.LIMIT, (1, 1))
    if os.getppid() != zygote and made in CELLS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
os.register_at_fork(before=before, after_in_child=after)
def f(x):
    raise NotImplementedError
"""


def short(limit: str = "NPROC", *, worker: bool = False, which: str = "()", cells: str = "()") -> str:
    told = SHORT.replace("resource.LIMIT", f"resource.RLIMIT_{limit}").replace("WORKER", str(worker))
    return told.replace("SERVERS", which).replace("CELLS", cells)


@pytest.mark.parametrize("limit", ["NPROC", "NOFILE"])
async def test_a_server_that_is_refused_a_process_or_a_pipe_costs_no_result(leveled, opened, limit: str) -> None:
    job = leveled.with_code(TWICE, "f(1)", "f(2)", source=short(limit, which="(1,)"))
    assert [(s.status, s.value and s.value.data) for s in await opened().run(job)] == [("returned", 2), ("returned", 4)]


@pytest.mark.parametrize(("limit", "said"), [("NPROC", "Resource temporarily"), ("NOFILE", "Too many open files")])
async def test_servers_that_are_always_refused_it_are_the_sandboxes_failure(leveled, opened, limit, said) -> None:
    told: list[int] = []
    job = leveled.with_code(TWICE, "f(1)", source=short(limit, which="range(99)"))
    with pytest.raises(SandboxError, match=f"its server was refused something: .*{said}"):
        await opened().run(job, lambda index, _: told.append(index))
    assert told == []


@pytest.mark.parametrize("limit", ["NPROC", "NOFILE"])
async def test_a_worker_that_is_refused_a_process_or_a_pipe_costs_no_result(leveled, opened, limit: str) -> None:
    sandbox, source = opened(), short(limit, worker=True)
    for number in range(3):
        [seen] = await sandbox.run(leveled.with_code(TWICE, f"f({number})", source=source))
        assert (seen.status, seen.value and seen.value.data) == ("returned", 2 * number)


async def test_a_cell_that_cannot_put_a_wall_up_is_run_again_and_is_right(leveled, opened) -> None:
    """It has a limit already that is lower than the one it is to take, which the kernel then refuses."""
    job = leveled.with_code(TWICE, "f(1)", "f(2)", source=short(cells="(1,)"))
    assert [(s.status, s.value and s.value.data) for s in await opened().run(job)] == [("returned", 2), ("returned", 4)]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("-n 100", "ulimit -n is below what a cell may use (256)"),
        ("-v 250000", "ulimit -v is below what a cell may use"),
        ("-t 2", "ulimit -t is below what a cell may use (3)"),
    ],
)
async def test_limits_that_leave_a_cell_less_than_it_may_use_are_told_and_no_candidate_is_run(
    leveled, opened, limit: str, said: str
) -> None:
    sandbox = opened()
    limited(sandbox, limit)
    with pytest.raises(SandboxError) as caught:
        await sandbox.run(leveled.with_code(TWICE, "f(1)"))
    assert said in str(caught.value)
    assert "Raise that limit" in str(caught.value)


@pytest.mark.parametrize("limit", ["-n 256", "-v 2000000", "-t 60"])
async def test_limits_that_leave_a_cell_what_it_may_use_change_nothing(leveled, opened, limit: str) -> None:
    sandbox = opened()
    limited(sandbox, limit)
    hungry = "def f(x):\n    return len(bytearray(200 * 1024 * 1024)) and 2 * x\n"
    assert [s.value and s.value.data for s in await sandbox.run(leveled.with_code(hungry, "f(1)"))] == [2]


def limited(sandbox, limit: str) -> None:
    """The sandbox's workers are started as from a shell with this limit."""
    wrapped = sandbox.stand.argv
    shell = ("/bin/sh", "-c", f'ulimit {limit}; exec "$@"', "sh")
    sandbox.stand = replace(sandbox.stand, argv=lambda command, around: [*shell, *wrapped(command, around)])


def test_a_folder_for_a_worker_that_cannot_be_filled_is_not_left_behind(tmp_path: Path) -> None:
    """In a child whose files may not grow at all."""
    code = (
        "import resource, sys, tempfile\n"
        "from cosplay_action.sandbox.host import make_home\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try:\n    make_home()\nexcept OSError:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, list(tmp_path.iterdir())) == (b"refused\n", [])


SLEEPERS = """
import asyncio, pathlib, sys
from cosplay_action.method.job import Job, Limits
from tests.support.sandboxes import sandbox_at
async def main():
    sandbox = sandbox_at(sys.argv[2], pathlib.Path(sys.argv[1]), patience=0.5)
    code = "import time\\ndef f(x):\\n    for _ in range(x): time.sleep(.02)\\n"  # wakes up often
    job = Job(inputs=("f(0)", "f(40)", "f(0)"), candidate=code,
              source="def f(x): ...", module="m", path="m.py", qualname="f", limits=Limits(seconds=.1))
    seen = await sandbox.run(job, lambda index, _: index or print("running", flush=True))
    print(*(one.status for one in seen))
    await sandbox.aclose()
asyncio.run(main())
"""
ASLEEP = 2.6  # seconds: more than the cell's own deadline (1.4) and the supervisor's (2.5)


@pytest.mark.parametrize("later", [0.0, 0.3])  # a cell's first moment is watched in another way than the rest
async def test_a_machine_that_sleeps_while_a_cell_runs_makes_no_timeout_of_it(leveled, later: float) -> None:
    (leveled.root / "m.py").write_text("def f(x): ...\n")
    command = [sys.executable, "-c", SLEEPERS, str(leveled.root), leveled.level]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"running\n"
        time.sleep(later)
        supervisor.send_signal(signal.SIGSTOP)
        everything = [supervisor.pid, *sorted(descendants(supervisor.pid))]
        send(everything, signal.SIGSTOP)
        time.sleep(ASLEEP)
        send(everything, signal.SIGCONT)
        assert supervisor.stdout.read() == b"returned returned returned\n"
    assert supervisor.returncode == 0
