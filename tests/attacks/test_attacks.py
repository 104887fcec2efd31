"""Hostile candidates against every level that can be had here: none gets what it wants, none leaves anything behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from cosplay_action.errors import SandboxError
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Sandbox
from cosplay_action.sandbox.backends import OpenedSandbox, open_sandbox
from tests.attacks.attack import attack
from tests.attacks.bench import Host, descendants
from tests.attacks.corpus import ATTACKS, PAPER, named
from tests.attacks.strike import HONEST, is_42, job, patient, strike

LEVELS = ("bubblewrap", "landlock")
WANTED = os.environ.get("COSPLAY_TEST_LEVELS", "").split(",")  # these must be there: a runner says which
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        made = Host(tmp_path_factory.mktemp("host"), stack)
        patch.setenv("COSPLAY_TEST_TOKEN", made.canary)
        yield made


@dataclass
class Bench:
    """A level's sandbox, opened anew after an attack that hurt it, so that one breach is one failure."""

    level: str
    host: Host
    opened: OpenedSandbox | None = None

    async def sandbox(self) -> Sandbox:
        if self.opened is None:
            self.opened = await open_sandbox(self.level, root=self.host.root)
            secret = f"KEPT = {self.host.canary!r}\n{HONEST}"  # a neighbour whose text no other candidate may find
            await patient(self.opened.sandbox, job(secret, ["f(1)"]))
            await patient(self.opened.sandbox, Job(kind="program", inputs=("",), candidate="print(42)"))
        return self.opened.sandbox

    async def aclose(self) -> None:
        opened, self.opened = self.opened, None
        if opened is not None:
            await opened.sandbox.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=LEVELS)
async def bench(request: pytest.FixtureRequest, host: Host) -> AsyncIterator[Bench]:
    made = Bench(request.param, host)
    try:
        await made.sandbox()
    except SandboxError as error:
        if made.level in WANTED:
            pytest.fail(f"{made.level} was asked for: {error}")
        pytest.skip(f"{made.level} cannot be had here: {error}")
    yield made
    await made.aclose()


async def held(bench: Bench, name: str) -> None:
    result = await strike(await bench.sandbox(), named(name), bench.host)
    if result.wrong:
        await bench.aclose()
        bench.host.decoys()
    assert not result.wrong, "\n".join([*result.wrong, f"{result.seen!r:.1000}"])


@pytest.mark.parametrize("name", [each.name for each in ATTACKS])
async def test_an_attack_gets_nothing_and_leaves_nothing(bench: Bench, name: str) -> None:
    await held(bench, name)


@pytest.mark.parametrize("hole", PAPER)
async def test_a_hole_of_the_papers_own_executor_is_closed(bench: Bench, hole: str) -> None:
    await held(bench, PAPER[hole])


async def test_the_corpus_reaches_the_kernel(bench: Bench) -> None:
    """A cell that could not make system calls at all would pass every attack for the wrong reason."""
    probe = attack("probe", "seccomp", "return call('getpid') == os.getpid() > 0 and got('getpid')")
    [seen] = await patient(await bench.sandbox(), job(probe.filled(bench.host.facts), ["f('attack')"]))
    assert seen.value is not None
    assert str(seen.value.data).startswith("BREACH getpid")


DESCRIPTORS = """
import fcntl

def f(x):
    found = []
    for fd in range(1024):
        try:
            fcntl.fcntl(fd, fcntl.F_GETFD)
            found.append(fd)
        except OSError:
            pass
    return len(found), found
"""


async def test_a_cell_holds_no_descriptor_but_its_own_however_many_jobs_run_at_once(bench: Bench) -> None:
    """A lane's own socket in the hands of a cell would let it answer for others."""
    lanes = 150  # so that descriptors have numbers beyond RLIMIT_NOFILE's 256
    opened = await open_sandbox(bench.level, root=bench.host.root, parallel=lanes)
    try:
        seen = [(await patient(opened.sandbox, job(DESCRIPTORS, ["f(1)[0]"])))[0] for _ in range(lanes)]
        at_once = await asyncio.gather(
            *(patient(opened.sandbox, job(DESCRIPTORS + f"# {n}", ["f(1)[0]"])) for n in range(lanes))
        )
    finally:
        await opened.sandbox.aclose()
    counts = {one.value.data if one.value else one.status for one in (*seen, *(first for [first] in at_once))}
    assert counts == {4}  # stdin, stdout, stderr, and where the answer goes


async def test_a_worker_lost_under_many_jobs_costs_none_of_them_its_answer(bench: Bench) -> None:
    opened = await open_sandbox(bench.level, root=bench.host.root, parallel=4)
    slow = "import time\n\n\ndef f(x):\n    time.sleep(0.5)\n    return 42\n"
    try:
        await patient(opened.sandbox, job(HONEST, ["f(1)"]))
        known = descendants(os.getpid())
        jobs = [asyncio.ensure_future(patient(opened.sandbox, job(f"{slow}# {n}", ["f(1)", "f(2)"]))) for n in range(4)]
        await asyncio.sleep(0.3)
        for pid in workers(known):
            with suppress(ProcessLookupError):  # it went with one above it
                os.kill(pid, signal.SIGKILL)
        seen = await asyncio.gather(*jobs)
    finally:
        await opened.sandbox.aclose()
    assert [is_42(one) for both in seen for one in both] == [True] * 8


def workers(among: set[int]) -> list[int]:
    """The workers' own processes, and what stands around them."""
    found = []
    for pid in among:
        with suppress(OSError):  # it ended meanwhile
            found += [pid] if b"worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes() else []
    return found
