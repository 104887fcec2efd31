"""Ctrl-C, and SIGTERM as a platform sends it to a job that is cancelled or took too long, at several moments of a run.

The bound here is a guard against hanging; what is promised is five seconds (docs/faults.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from cosplay_action.models.pins import DEFAULT, PINNED
from cosplay_action.models.weights import cache_directory
from tests.support.command import (
    SMALL,
    Done,
    artefacts,
    cli,
    endpoint,
    environment,
    finish,
    report,
    repository,
    start,
    timeless,
    tree,
)
from tests.support.kill_run import adopting
from tests.support.processes import descendants, gone
from tests.support.stub_script import CLAMP, clamp_script, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes and ports are looked at as on Linux")

HANG = 10.0
TARGET = "clamp.py::clamp"
RUN = (*SMALL, "--seed", "3", "--concurrency", "4")
HANDLER = serving(clamp_script(rate=0.6, vote_rate=0.9))
ALL = {"journal.jsonl", "pr-body.md", "report.html", "report.json", "summary.md"}
CHOSEN = ALL | {"patch.diff", "test_clamp.py"}


def listening(pids: set[int]) -> set[str]:
    """Addresses at which these processes listen for TCP connections."""
    sockets = set().union(*map(_open_files, pids))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def _open_files(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):  # gone meanwhile
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(link.readlink()))
    return found


class Stopped:
    """A run that got a signal when the model had been asked ``after`` times, and what it left behind it."""

    def __init__(self, home: Path) -> None:
        self.home, self.out, self.temporary = home, home / "out", home / "temporary"
        self.repo = repository(home / "repository", {"clamp.py": CLAMP})
        self.temporary.mkdir()
        self.done = Done(None, "", "")
        self.processes: set[int] = set()

    async def play(self, after: int, *how: signal.Signals, words: tuple[str, ...] = RUN, latency: float = 0.05) -> None:
        async with endpoint(HANDLER, latency=latency) as model:
            with adopting():
                before = descendants()
                env = environment(TMPDIR=str(self.temporary))
                process = await start((TARGET, *model.flags, *words, "--out", self.out), self.repo, env)
                while len(model.calls) < after and process.returncode is None:
                    await asyncio.sleep(0.005)
                for one in how:
                    with suppress(ProcessLookupError):  # it may end before a second one comes
                        process.send_signal(one)
                    await asyncio.sleep(0.3 if len(how) > 1 else 0)
                self.done = await asyncio.wait_for(finish(process), HANG)
                self.processes = await gone(descendants() - before)

    async def resume(self) -> Done:
        async with endpoint(HANDLER) as model:
            return await cli(TARGET, *model.flags, *RUN, "--out", self.out, cwd=self.repo)

    def left(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    run = Stopped(home)
    assert asyncio.run(run.resume()).code == 0
    return run.out


MOMENTS = [("at the first question", 1, signal.SIGTERM), ("when tests run", 24, signal.SIGINT)]


@pytest.mark.parametrize(("moment", "after", "how"), MOMENTS, ids=lambda value: value if isinstance(value, str) else "")
async def test_an_interrupted_run_leaves_what_it_knows_and_nothing_else_and_goes_on_later(
    undisturbed: Path, tmp_path: Path, moment: str, after: int, how: signal.Signals
) -> None:
    run = Stopped(tmp_path)
    await run.play(after, how)
    assert run.done.code == 130, run.done.err
    assert "run the same command again" in run.done.err
    assert "Traceback" not in run.done.err
    assert (run.processes, run.left()) == (set(), [])
    assert tree(run.repo) == {"clamp.py": CLAMP.encode()}
    assert set(tree(run.out)) in (ALL, CHOSEN)
    assert "the run was interrupted" in (run.out / "summary.md").read_text()
    replayed = await cli(TARGET, "--replay", run.out / "journal.jsonl", "--out", tmp_path / "again", cwd=run.repo)
    assert replayed.code == (0 if report(run.out)["chosen"] else 1), replayed.err
    assert artefacts(tmp_path / "again") == artefacts(run.out)
    done = await run.resume()
    assert done.code == 0, done.err
    assert timeless(run.out) == timeless(undisturbed)
    assert artefacts(run.out)["patch.diff"] == artefacts(undisturbed)["patch.diff"]


async def test_a_second_signal_does_not_wait_for_what_the_first_one_began(tmp_path: Path) -> None:
    run = Stopped(tmp_path)
    await run.play(12, signal.SIGTERM, signal.SIGTERM)
    assert run.done.code in {130, -signal.SIGTERM}, run.done.err  # the latter when it comes at the very end
    assert (run.processes, run.left()) == (set(), [])
    assert (run.out / "journal.jsonl").exists()


WEIGHTS = cache_directory(os.environ) / PINNED["0.5b"].filename


@pytest.mark.model
@pytest.mark.skipif(
    not WEIGHTS.exists() or find_spec("xllamacpp") is None,
    reason=f"no weights of {DEFAULT} in the cache, or no runtime",
)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_the_embedded_models_server_is_gone_with_the_run_and_its_port_too(
    tmp_path: Path, how: signal.Signals
) -> None:
    """Also when the run is killed: its server sees that nobody holds its input any more."""
    run = Stopped(tmp_path)
    with adopting():
        before = descendants()
        env = environment(TMPDIR=str(run.temporary), COSPLAY_MODEL_CACHE=str(WEIGHTS.parent))
        words = (TARGET, "--model", "local:0.5b", *RUN, "--out", str(run.out))
        process = await start(words, run.repo, env)
        try:
            async with asyncio.timeout(120):
                while not listening(descendants() - before):
                    await asyncio.sleep(0.1)
            process.send_signal(how)
            await asyncio.wait_for(finish(process), HANG)
        finally:
            if process.returncode is None:
                process.kill()
        left = await gone(descendants() - before)
        assert (left, listening(descendants() - before)) == (set(), set())
    assert process.returncode == (130 if how != signal.SIGKILL else -signal.SIGKILL)
    assert how == signal.SIGKILL or run.left() == []
