"""Kill -9 at 20 random points, resume: the same outcome, and nothing is paid twice but what was in flight."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from cosplay_action.testing.loopback import Answer, LoopbackServer, Request, completion
from tests.support.kill_run import SAMPLES, SEED
from tests.support.wire import fields

ROOT = Path(__file__).parents[2]
LATENCY = "0.005"
KILLS = 20
PATIENCE = 60.0


class Run:
    """The files of one run directory, and the process that plays it."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.journal, self.bill, self.dump = home / "journal.jsonl", home / "paid", home / "dump.json"
        self.bill.touch()

    def start(self) -> subprocess.Popen[bytes]:
        files = map(str, (self.journal, self.bill, self.dump))
        command = [sys.executable, "-m", "tests.support.kill_run", *files, LATENCY]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def finish(self) -> bytes:
        assert self.start().wait(PATIENCE) == 0
        return self.dump.read_bytes()

    def size(self) -> int:
        return self.journal.stat().st_size if self.journal.exists() else 0

    def kill_beyond(self, size: int) -> bool:
        """Play until the journal is larger than ``size`` bytes, then kill -9. False: the run was over first."""
        process = self.start()
        end = time.monotonic() + PATIENCE
        while process.poll() is None and self.size() <= size and time.monotonic() < end:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        return process.wait(PATIENCE) == -signal.SIGKILL

    def paid(self) -> Counter[str]:
        return Counter(self.bill.read_text().splitlines())

    def recorded(self) -> int:
        """Replies that stand whole in the journal."""
        whole = self.journal.read_bytes().rpartition(b"\n")[0].split(b"\n")
        return sum(json.loads(line)["t"] == "reply" for line in whole if line)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "undisturbed")
    run.finish()
    return run


def test_an_undisturbed_run_pays_for_every_reply_once_and_again_for_nothing(undisturbed: Run) -> None:
    first, bill = undisturbed.dump.read_bytes(), undisturbed.paid()
    assert set(bill.values()) == {1}
    assert sum(bill.values()) == undisturbed.recorded() > 60
    assert undisturbed.finish() == first
    assert undisturbed.paid() == bill


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
def test_a_run_killed_at_twenty_random_points_ends_as_if_undisturbed(undisturbed: Run, tmp_path: Path) -> None:
    """Twenty kills over four runs, each at a size of the journal drawn beforehand; every run is resumed to its end."""
    draw = random.Random(20)
    whole, replies = undisturbed.size(), undisturbed.paid()
    kills = 0
    for number in range(4):
        run = Run(tmp_path / str(number))
        lost = 0
        for point in sorted(draw.randrange(whole) for _ in range(KILLS // 4)):
            if run.kill_beyond(point):
                kills += 1
            lost = sum(run.paid().values()) - run.recorded()  # calls in flight at this kill and those before it
        assert run.finish() == undisturbed.dump.read_bytes()
        assert run.paid().keys() == replies.keys()
        assert sum(run.paid().values()) - sum(replies.values()) == lost
    assert kills >= KILLS - 4, "nearly every kill must have hit a run under way"


@pytest.mark.skipif(sys.platform == "win32", reason="files are locked in another way on Windows")
@pytest.mark.parametrize("torn", [1, 7, 30])
def test_a_journal_cut_at_any_byte_resumes_to_the_same_end(undisturbed: Run, tmp_path: Path, torn: int) -> None:
    data = undisturbed.journal.read_bytes()
    run = Run(tmp_path / "run")
    run.journal.write_bytes(data[: random.Random(torn).randrange(len(data))])
    had = run.recorded() if b"\n" in run.journal.read_bytes() else 0
    assert run.finish() == undisturbed.dump.read_bytes()
    assert sum(run.paid().values()) == sum(undisturbed.paid().values()) - had


# -- one question whose samples are requests of their own ------------------------------------------------------------


async def asking(journal: Path, base_url: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tests.support.kill_run", str(journal), base_url]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
async def test_of_a_question_killed_while_its_last_sample_hangs_only_that_one_is_paid_again(tmp_path: Path) -> None:
    last, hanging, killed = SEED + SAMPLES - 1, asyncio.Event(), asyncio.Event()

    async def handle(request: Request) -> Answer:
        """One choice a request, whatever ``n`` says."""
        if request.field("seed") == last and not killed.is_set():
            hanging.set()
            await killed.wait()
        return Answer(body=completion(["x"]))

    run = Run(tmp_path / "run")
    async with LoopbackServer(handle) as server:
        process = await asking(run.journal, server.base_url)
        await asyncio.wait_for(hanging.wait(), PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while run.recorded() < SAMPLES - 1:
                await asyncio.sleep(0.01)
        process.kill()
        await process.wait()
        killed.set()
        assert await (await asking(run.journal, server.base_url)).wait() == 0
    assert sorted(fields(server.calls, "seed")) == [*range(SEED, last + 1), last]  # type: ignore[type-var]
    assert run.recorded() == SAMPLES
