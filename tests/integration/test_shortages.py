"""A machine that runs out of temporary room, files or memory: the run ends with the cause said, and then goes on.

Nothing that came of it is in the journal: the same command afterwards ends like a run that nobody disturbed.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.errors import Shortage
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.sandbox import bubblewrap
from cosplay_action.testing.loopback import Answer, Handler, Request
from tests.support.command import Done, Endpoint, cli, endpoint, environment, repository, timeless
from tests.support.sandboxes import trouble
from tests.support.stub_script import CLAMP, clamp_script, serving
from tests.support.wire import ask

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts are those of Linux"),
    pytest.mark.skipif(sys.platform == "linux" and trouble("B") != "", reason="level B cannot be had here"),
]

PATIENCE = 120.0
# Level B: what it runs has its temporary files where we have ours.
SMALL = ("--candidates", "3", "--tests", "3", "--rounds", "0", "--probes", "3", "--sandbox", "landlock", "--seed", "3")
DATA = "DATA = '''" + 40 * (1023 * "x" + "\n") + "'''\n"  # a module of 40 KiB that belongs to the repository
FILES = {"clamp.py": CLAMP, "data.py": DATA}
ROOM = 64 * 1024  # bytes of the temporary directory: for a worker's folder and one copy of the repository


class Place:
    """A repository, and what comes of it where nobody disturbs."""

    def __init__(self, home: Path) -> None:
        self.repo = repository(home / "repository", FILES)
        done, self.wanted = asyncio.run(self._undisturbed(home / "out"))
        assert done.code == 0, done.err

    async def _undisturbed(self, out: Path) -> tuple[Done, dict]:
        async with endpoint(serving(clamp_script())) as model:
            done = await cli(*self.words(model, out), cwd=self.repo)
        return done, timeless(out)

    def words(self, model: Endpoint, out: Path) -> list[str]:
        return ["clamp.py::clamp", *model.flags, *SMALL, "--out", str(out)]

    async def goes_on(self, model: Endpoint, out: Path) -> None:
        """The same command, with nothing in its way, ends as if nothing had been."""
        done = await cli(*self.words(model, out), cwd=self.repo)
        assert done.code == 0, done.err
        assert timeless(out) == self.wanted


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


def judged(out: Path) -> list[str]:
    """How the cells ended that the journal of an ended run holds."""
    journal = out / "journal.jsonl"
    lines = journal.read_bytes().splitlines() if journal.exists() else []
    return [json.dumps(record) for record in map(json.loads, lines) if record["t"] in {"cell", "fact"}]


# -- room for temporary files ------------------------------------------------------------------------------------------

# In a mount namespace of its own, whose temporary directory is small: fills it when it is told to (a file appears), and
# says when that is done (another one does).
FILLING = """
import os, pathlib, subprocess, sys, threading, time
folder, told, done = map(pathlib.Path, sys.argv[1:4])
def fill():
    while not told.exists():
        time.sleep(0.01)
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            done.touch()
threading.Thread(target=fill, daemon=True).start()
sys.exit(subprocess.run([sys.executable, "-m", "cosplay_action", "run", *sys.argv[4:]]).returncode)
"""


async def in_little_room(folder: Path, size: int, cwd: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    """A command with ``size`` bytes for temporary files."""
    bwrap, small = bubblewrap.find(), folder / "temporary"
    if why := await bubblewrap.problem(bwrap):
        pytest.skip(f"a small file system cannot be had here: {why}")
    small.mkdir()
    jail = [bwrap, "--dev-bind", "/", "/", "--size", str(size), "--tmpfs", str(small), "--"]
    return await asyncio.to_thread(
        subprocess.run, [*jail, *command], cwd=cwd, env=environment(TMPDIR=str(small)), capture_output=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip


async def cramped(place: Place, folder: Path, size: int, *words: str) -> subprocess.CompletedProcess[bytes]:
    """The run in little room. ``folder``/told: fill it; ``folder``/done: it is full."""
    paths = map(str, (folder / "temporary", folder / "told", folder / "done"))
    return await in_little_room(folder, size, place.repo, sys.executable, "-c", FILLING, *paths, *words)


def no_room(done: subprocess.CompletedProcess[bytes], folder: Path) -> None:
    """It was told as what it is."""
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (5, b""), said
    assert f"there is no room in the temporary directory {folder / 'temporary'}: No space left on device" in said
    assert "TMPDIR" in said
    assert "Traceback" not in said


async def test_no_room_for_temporary_files_at_the_start_ends_the_run_before_anything_is_asked(
    place: Place, tmp_path: Path
) -> None:
    async with endpoint(serving(clamp_script())) as model:
        words = place.words(model, tmp_path / "out")
        no_room(await cramped(place, tmp_path, 16 * 1024, *words), tmp_path)
        assert (model.calls, judged(tmp_path / "out")) == ([], [])
        await place.goes_on(model, tmp_path / "out")


async def test_a_temporary_directory_that_fills_up_in_the_middle_ends_the_run_which_then_goes_on(
    place: Place, tmp_path: Path
) -> None:
    """At the first question; room is needed again when the kept tests are run, which is then recorded as nothing."""

    def filling(inner: Handler) -> Handler:
        async def handle(request: Request) -> Answer:
            (tmp_path / "told").touch()
            while not (tmp_path / "done").exists():
                await asyncio.sleep(0.01)
            answer = inner(request)
            return answer if isinstance(answer, Answer) else await answer

        return handle

    async with endpoint(filling(serving(clamp_script()))) as model:
        words = place.words(model, tmp_path / "out")
        no_room(await cramped(place, tmp_path, 2 * ROOM, *words), tmp_path)
        assert [line for line in judged(tmp_path / "out") if '"check"' in line] == []
        asked = len(model.calls)
        await place.goes_on(model, tmp_path / "out")
        assert len(model.calls) == asked > 0


CHECKING = """
import asyncio, pathlib, sys
from cosplay_action.sandbox.checking import Checks
source = pathlib.Path(sys.argv[1])
(source / "test_it.py").write_text("def test_it(tmp_path):\\n    (tmp_path / 'x').write_bytes(bytes(3 << 20))\\n")
checks = Checks(level="B", python=pathlib.Path(sys.executable), home=source)
try:
    print(asyncio.run(checks.check(source, ["-q", "test_it.py"], ["."], 60)))
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize(("size", "said"), [(1 << 20, "No space left on device"), (8 << 20, "Finished(code=0")])
async def test_what_tests_say_that_had_no_room_is_not_listened_to(tmp_path: Path, size: int, said: str) -> None:
    (source := tmp_path / "source").mkdir()
    done = await in_little_room(tmp_path, size, source, sys.executable, "-c", CHECKING, str(source))
    assert done.stdout.decode().startswith(said), done


# -- files and memory --------------------------------------------------------------------------------------------------

# Keeps so many files open that ``spare`` more can be, and then is the command.
FEW = """
import os, resource, sys
from cosplay_action.cli import main
limit, spare = 300, int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    for each in held[:spare]:
        os.close(each)
main(["run", *sys.argv[2:]])
"""


@pytest.mark.parametrize("spare", [3, 14, 19, 24])
async def test_a_process_that_may_open_few_files_works_or_says_so_and_nothing_else_is_recorded(
    place: Place, tmp_path: Path, spare: int
) -> None:
    """From too few to start with to nearly enough: then the run is well under way when there are no more."""
    async with endpoint(serving(clamp_script())) as model:
        words = place.words(model, tmp_path / "out")
        command = [sys.executable, "-c", FEW, str(spare), *words]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=place.repo, env=environment(), capture_output=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        said = done.stderr.decode()
        assert done.returncode in {0, 2, 5}, said
        assert done.returncode == 0 or "Too many open files" in said, said
        assert "Traceback" not in said
        await place.goes_on(model, tmp_path / "out")


async def test_an_endpoint_that_no_file_is_left_to_connect_to_is_not_blamed() -> None:
    async with endpoint(serving(clamp_script())) as server:
        warm, model = (OpenAIModel(model="m", base_url=server.server.base_url) for _ in range(2))
        question = replace(ask(samples=1), prompt="Write the complete implementation")
        await warm.complete(question)  # all modules that a request needs are there
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        os.close(free := os.open(os.devnull, os.O_RDONLY))
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
        try:
            with pytest.raises(Shortage, match="Too many open files"):
                await model.complete(question)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert len(await model.complete(question)) == 1
        for each in (warm, model):
            await each.aclose()


@pytest.mark.parametrize(("limit", "said"), [("-n 200", "ulimit -n is below"), ("-v 600000", "ulimit -v is below")])
async def test_limits_that_leave_cells_less_than_they_may_use_are_told_before_anything_is_asked(
    place: Place, tmp_path: Path, limit: str, said: str
) -> None:
    async with endpoint(serving(clamp_script())) as model:
        words = [*place.words(model, tmp_path / "out"), "--memory", "1024"]
        command = ["/bin/sh", "-c", f'ulimit {limit}; exec "$@"', "sh", sys.executable, "-m", "cosplay_action", "run"]
        done = await asyncio.to_thread(
            subprocess.run, [*command, *words], cwd=place.repo, env=environment(), capture_output=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert (done.returncode, model.calls) == (5, []), done.stderr.decode()
    assert said in done.stderr.decode()
    assert judged(tmp_path / "out") == []
