"""The design's table "Where the release is weak, and we are not": one test a line, for the executor one a claim."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cosplay_action.method import mend
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Observation, Outcome, Stop
from cosplay_action.method.events import StepStarted
from cosplay_action.method.explore import Pools
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.play import play
from cosplay_action.method.ports import Arrived, Ask, Reply
from cosplay_action.method.select import select
from cosplay_action.method.solve import solve
from cosplay_action.method.values import Value
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox, ReplayOnly
from cosplay_action.sandbox.backends import open_sandbox
from cosplay_action.testing.world import WorldSandbox, world_model, world_problem
from tests.support.sandboxes import needs_unsafe, sandbox_at
from tests.support.stage import WRONG, Desk, Script, candidate, code, grid, pools

HEADER = {"run": {"world": "double"}}


def journalled(path: Path, model: object, sandbox: object, seed: int = 3) -> Outcome:
    journal = Journal.open(path, HEADER)
    try:
        ctx = Context(
            problem=world_problem(),
            seed=seed,
            model=JournalModel(model, journal, "world"),  # type: ignore[arg-type]
            sandbox=JournalSandbox(sandbox, journal),  # type: ignore[arg-type]
        )
        return asyncio.run(solve(ctx))
    finally:
        journal.close()


def test_a_fix_is_taken_only_if_it_parses_passes_its_target_and_loses_no_high_support_test() -> None:
    rows = ["###", "###", "#.#"]  # slot 2 fails column 1, whose support is 2/3
    cases: list[tuple[str, dict[tuple[int, int], object], bool]] = [
        (code(500), {}, True),
        ("I could not find the mistake.", {}, False),
        (code(500), {(500, 1): WRONG}, False),
        (code(500), {(500, 2): WRONG}, False),
    ]
    for reply, also, taken in cases:
        desk = Desk(grid(rows, also), Script(repair=reply))
        after, (move,) = asyncio.run(mend.fix(desk.ctx, pools(rows), 1))
        assert move.kept is taken
        assert after.candidates[2].source == ("behaviour 500" if taken else "behaviour 2")


def test_a_run_stops_when_nothing_is_left_to_decide() -> None:
    rows = ["##", "##"]
    desk = Desk(grid(rows), rounds=5)
    _, rounds, stop = asyncio.run(play(desk.ctx, pools(rows)))
    assert (stop, len(rounds), desk.asked) == (Stop.SETTLED, 1, [])


def test_the_same_seed_and_the_same_journal_give_the_same_outcome(tmp_path: Path) -> None:
    first = journalled(tmp_path / "one", world_model(), WorldSandbox())
    assert journalled(tmp_path / "two", world_model(), WorldSandbox()) == first
    assert journalled(tmp_path / "one", ReplayOnly(), ReplayOnly()) == first
    assert journalled(tmp_path / "three", world_model(), WorldSandbox(), seed=4) != first


# -- the executor -----------------------------------------------------------------------------------------------------

SECONDS = 1.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "m.py").write_text("def f(x): ...\n")
    return tmp_path


def ran(job: Job, home: Path, level: str = "A") -> list[Observation]:
    async def run() -> list[Observation]:
        sandbox = sandbox_at(level, home)
        try:
            return list(await sandbox.run(job))
        finally:
            await sandbox.aclose()

    return asyncio.run(run())


def observe(home: Path, body: str, *inputs: str, level: str = "A") -> list[Observation]:
    source = (home / "m.py").read_text()
    job = Job(
        inputs=inputs or ("f(1)",), candidate=body, source=source, module="m", path="m.py", qualname="f",
        limits=Limits(seconds=SECONDS, memory=64 * 1024 * 1024, output=256 * 1024),
    )  # fmt: skip
    return ran(job, home, level)


def program(home: Path, text: str, *inputs: str) -> list[Observation]:
    job = Job(kind="program", inputs=inputs, candidate=text, limits=Limits(seconds=SECONDS, output=1024 * 1024))
    return ran(job, home)


def test_the_word_error_in_an_output_is_an_output(home: Path) -> None:
    (seen,) = observe(home, "def f(x):\n    return 'Error: timeout, Traceback'\n")
    assert (seen.status, seen.value) == ("returned", Value("str", "Error: timeout, Traceback"))
    (shown,) = program(home, "print('error: an error')", "")
    assert (shown.status, shown.value) == ("returned", Value("str", "error: an error"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("def f(x):\n    return 1\n", "returned"),
        ("def f(x):\n    raise ValueError('x')\n", "raised"),
        ("def f(x):\n    while True: pass\n", "timed_out"),
        ("def f(x):\n    return len(bytearray(1 << 40))\n", "out_of_memory"),
        ("def f(x):\n    return 'x' * (1 << 20)\n", "too_much_output"),
        ("def f(x):\n    import os\n    os._exit(3)\n", "exited"),
    ],
)
def test_how_a_cell_ended_is_typed(home: Path, body: str, status: str) -> None:
    assert [seen.status for seen in observe(home, body)] == [status]


def test_a_program_that_prints_more_than_64_kilobytes_is_heard_out(home: Path) -> None:
    (seen,) = program(home, "print('x' * 300_000)", "")
    assert (seen.status, seen.value) == ("returned", Value("str", "x" * 300_000))


def test_a_program_reads_its_input_however_it_likes(home: Path) -> None:
    text = "3\n1 2 3\n"
    readers = (
        "import sys; print(sys.stdin.read())",
        "print(input()); print(input())",
        "import sys\nfor line in sys.stdin: print(line, end='')",
        "import sys; print(sys.stdin.buffer.read().decode())",
        "print(open(0).read())",
    )
    for reader in readers:
        (seen,) = program(home, reader, text)
        assert (seen.status, seen.value) == ("returned", Value("str", "3\n1 2 3")), reader


STUBBORN = """\
import os, signal, time
def f(path):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    with open(path, "a") as out:
        out.write(f"{os.getpid()}\\n")
    while True:
        pass
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="candidates are not run on Windows")
def test_a_program_that_ignores_every_signal_is_killed_with_its_children(home: Path) -> None:
    notes = home / "pids"
    (seen,) = observe(home, STUBBORN, f"f({str(notes)!r})", level="D")
    assert seen.status == "timed_out"
    pids = [int(line) for line in notes.read_text().split()]
    assert pids
    end = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    assert [pid for pid in pids if alive(pid)] == []


def test_a_candidate_sees_none_of_our_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-secret")
    (seen,) = observe(home, "import os\ndef f(x):\n    return [v for v in os.environ.values() if 'secret' in v]\n")
    assert (seen.status, seen.value) == ("returned", Value("list"))
    (seen,) = observe(home, "import os\ndef f(x):\n    return {'OPENAI_API_KEY', 'GITHUB_TOKEN'} & set(os.environ)\n")
    assert (seen.status, seen.value) == ("returned", Value("set"))


@needs_unsafe
def test_where_nothing_keeps_a_candidate_from_files_and_network_it_is_said_aloud(home: Path) -> None:
    opened = asyncio.run(open_sandbox("unsafe-process", root=home))
    assert opened.level == "D"
    assert "nothing isolates" in opened.note


def test_a_candidate_runs_in_another_process_than_ours(home: Path) -> None:
    (seen,) = observe(home, "import os\ndef f(x):\n    return os.getpid()\n")
    assert seen.value is not None
    assert seen.value.data != os.getpid()


# -- the run ----------------------------------------------------------------------------------------------------------


def test_a_crashed_run_resumes_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    class Crashing:
        def __init__(self, after: int) -> None:
            self.inner, self.left = world_model(), after

        async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return await self.inner.complete(ask, arrived)

    whole = world_model()
    undisturbed = journalled(tmp_path / "whole", whole, WorldSandbox())
    crashed = Crashing(15)
    with pytest.raises(KeyboardInterrupt):
        journalled(tmp_path / "crashed", crashed, WorldSandbox())
    rest = world_model()
    assert journalled(tmp_path / "crashed", rest, WorldSandbox()) == undisturbed
    assert len(crashed.inner.asked) == 15
    assert len(rest.asked) == len(whole.asked) - 15


def test_probe_inputs_are_made_once_when_stage_3_needs_them() -> None:
    desk = Desk(grid([], {(500, n): WRONG for n in range(1000, 1400, 3)}), rounds=4, probes=8)
    outcome = asyncio.run(solve(desk.ctx))
    assert len(outcome.rounds) > 2
    stages = [ask.place.stage for ask in desk.asked]
    assert stages.index("select") > max(at for at, stage in enumerate(stages) if stage != "select")
    assert stages.count("select") <= 4
    assert len([e for e in desk.events if isinstance(e, StepStarted) and e.step == "probes"]) <= 2


def test_a_candidate_that_crashes_everywhere_joins_no_cluster() -> None:
    rows = ["##", "##", "##", "##", "##"]
    crashes = {(slot, 50): KeyError("x") for slot in (2, 3)}
    desk = Desk(grid(rows, {**crashes, (4, 50): 7}), Script(inputs="```\n50\n```"), probes=1)

    async def choose() -> list[tuple[int, ...]]:
        before = pools(rows)
        choice = await select(desk.ctx, before, await desk.matrix(before))
        return [cluster.members for cluster in choice.clusters]

    assert asyncio.run(choose()) == [(0, 1), (4,)]


def test_equal_programs_are_executed_once_and_their_equal_behaviour_is_visible() -> None:
    same = Pools(candidates=(candidate(0), candidate(0), candidate(1), candidate(0)), tests=pools(["##"]).tests)
    desk = Desk(grid(["##", "##"]))

    async def look() -> tuple[int, list[tuple[int, ...]], set[str]]:
        final = await desk.matrix(same)
        choice = await select(desk.ctx, same, final)
        return len(choice.probes), [c.members for c in choice.clusters], {c.id for c in final.candidates}

    probes, clusters, ids = asyncio.run(look())
    assert desk.sandbox.cells == 2 * 2 + 2 * probes
    assert clusters == [(0, 1, 2, 3)]
    assert len(ids) == 2
