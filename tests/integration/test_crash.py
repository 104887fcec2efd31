"""A run that is killed at any moment, or whose disk, folder or journal is not as it was: nothing lost, nothing wrong.

Counts here are a sample. Once, every write and 100 instants were tried: docs/faults.md says what came of it.
COSPLAY_TEST_KILLS is the number of instants, COSPLAY_TEST_STEP how many writes lie between two kills.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cosplay_action.errors import JournalError
from cosplay_action.models.journal import Journal, clear, read_header
from tests.support.command import artefacts, cli, endpoint, environment, repository, tree
from tests.support.kill_run import HEADER, adopting
from tests.support.processes import alive, descendants
from tests.support.stub_script import CLAMP, clamp_script, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills, quotas and processes are looked at as on Linux")

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("COSPLAY_TEST_KILLS", "2"))
STEP = int(os.environ.get("COSPLAY_TEST_STEP", "200"))
LATENCY = "0.005"
PATIENCE = 600.0
TINY = ("--candidates", "2", "--tests", "2", "--rounds", "0", "--probes", "2", "--hints", "1")


def player(repo: Path, out: Path, *step: str) -> subprocess.Popen[bytes]:
    """A whole ``standard`` run in the real sandbox, with a scripted model and fixed latencies."""
    temporary = out.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "tests.support.kill_run", str(repo), str(out), LATENCY, *step]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE if step else None)


class Whole:
    """A run that nobody disturbed: its repository, its run directory, the seconds it took."""

    def __init__(self, home: Path) -> None:
        self.repo, self.out = repository(home / "repository", {"clamp.py": CLAMP}), home / "out"
        began = time.monotonic()
        assert player(self.repo, self.out).wait(PATIENCE) == 0
        self.seconds = time.monotonic() - began


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("whole"))


def left_over(before: set[int]) -> set[int]:
    """Processes below this one that were not there before, after a while (at most 10 seconds)."""
    end = time.monotonic() + 10.0
    while (found := {pid for pid in descendants() - before if alive(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    return found


# -- kill -9 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instant", [random.Random(f"instant {number}").random() for number in range(KILLS)])
def test_a_whole_run_killed_at_any_instant_ends_as_if_undisturbed(whole: Whole, tmp_path: Path, instant: float) -> None:
    """Byte for byte; and the sandbox's processes are gone with the one that was killed."""
    with adopting():
        before = descendants()
        process = player(whole.repo, tmp_path / "out")
        time.sleep(instant * whole.seconds)
        process.kill()
        process.wait(PATIENCE)
        assert left_over(before) == set()
    assert player(whole.repo, tmp_path / "out").wait(PATIENCE) == 0
    assert artefacts(tmp_path / "out") == artefacts(whole.out)


def test_a_whole_run_killed_again_and_again_ends_as_if_undisturbed(whole: Whole, tmp_path: Path) -> None:
    with player(whole.repo, tmp_path / "out", str(STEP)) as process:
        said = process.communicate(timeout=10 * PATIENCE)[0]
    kinds = [json.loads(line)["t"] for line in (tmp_path / "out" / "journal.jsonl").read_bytes().splitlines()]
    assert process.returncode == 0
    assert int(said) == (kinds.count("reply") + kinds.count("cell")) // STEP > 0
    assert artefacts(tmp_path / "out") == artefacts(whole.out)


def test_a_run_of_the_world_killed_in_the_middle_of_its_writes_ends_as_if_undisturbed(tmp_path: Path) -> None:
    """Each child appends so many lines and the half of another."""
    step = max(1, STEP // 4)
    for name, more in (("quiet", ()), ("killed", (str(step),))):
        files = [str(tmp_path / f"{name}.{kind}") for kind in ("journal", "paid", "dump")]
        command = [sys.executable, "-m", "tests.support.kill_run", *files, "0", *more]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True, timeout=PATIENCE).stdout
    lines = (tmp_path / "quiet.journal").read_bytes().count(b"\n")
    assert int(said) == (lines - 1) // step > 0
    assert (tmp_path / "killed.dump").read_bytes() == (tmp_path / "quiet.dump").read_bytes()


def test_a_whole_run_leaves_no_temporary_file(whole: Whole) -> None:
    assert list((whole.out.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize("kept", [0.6])
def test_a_whole_runs_journal_cut_anywhere_resumes_to_the_same_bytes(whole: Whole, tmp_path: Path, kept: float) -> None:
    data = (whole.out / "journal.jsonl").read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "journal.jsonl").write_bytes(data[: int(len(data) * kept)])
    assert player(whole.repo, tmp_path / "out").wait(PATIENCE) == 0
    assert artefacts(tmp_path / "out") == artefacts(whole.out)


# -- journals that are not as they were --------------------------------------------------------------------------------


def lines_of(whole: Whole) -> list[bytes]:
    return (whole.out / "journal.jsonl").read_bytes().splitlines(keepends=True)


def of_kind(lines: list[bytes], kind: str) -> int:
    """The number (from 0) of a record of this kind, well inside."""
    return next(n for n, line in enumerate(lines) if n > 9 and json.loads(line)["t"] == kind)


def other_reply(line: bytes) -> bytes:
    return line.replace(b'"status":"ok"', b'"status":"empty"')


def spaced(line: bytes) -> bytes:
    """What an editor may do that formats."""
    return json.dumps(json.loads(line)).encode() + b"\n"


EDITS = {"a reply's status": ("reply", other_reply), "only its blanks": ("cell", spaced),
         "what a cell showed": ("cell", lambda line: line.replace(b'"returned"', b'"timed_out"')),
         "a fact": ("fact", lambda line: line.replace(b"clamp", b"champ"))}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
async def test_a_journal_that_somebody_edited_is_refused_by_line_and_left_as_it_is(
    whole: Whole, tmp_path: Path, edit: str
) -> None:
    kind, change = EDITS[edit]
    lines = lines_of(whole)
    at = of_kind(lines, kind)
    assert lines[at] != change(lines[at])
    lines[at] = change(lines[at])
    (tmp_path / "journal.jsonl").write_bytes(b"".join(lines))
    done = await cli("clamp.py::clamp", "--replay", tmp_path / "journal.jsonl", "--out", tmp_path / "out",
                     cwd=whole.repo)  # fmt: skip
    assert (done.code, done.out) == (2, "")
    assert f"journal.jsonl, line {at + 1}: changed since it was written" in done.err
    assert "--fresh" in done.err
    assert "Traceback" not in done.err
    assert set(tree(tmp_path / "out")) == {"journal.jsonl"}


def test_a_line_of_another_journal_is_refused(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        book = Journal.open(tmp_path / name, {"run": {"seed": seed}})
        for number in range(3):
            book.record_fact("said", str(number), f"{name} {number}")
        book.close()
    one, two = ((tmp_path / name).read_bytes().splitlines(keepends=True) for name in ("one", "two"))
    (tmp_path / "one").write_bytes(b"".join([*one[:2], two[2], one[3]]))
    with pytest.raises(JournalError, match="one, line 3: changed"):
        Journal.open(tmp_path / "one", {"run": {"seed": 1}})


def test_a_header_that_was_edited_is_refused_also_by_who_reads_only_it(tmp_path: Path) -> None:
    Journal.open(tmp_path / "j", {**HEADER, "settings": {"rounds": 1}}).close()
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes().replace(b'"rounds":1', b'"rounds":2'))
    for read in (lambda: Journal.open(tmp_path / "j", HEADER), lambda: read_header(tmp_path / "j")):
        with pytest.raises(JournalError, match="line 1: changed"):
            read()


def test_a_journal_whose_seals_were_taken_off_some_lines_is_refused(tmp_path: Path) -> None:
    book = Journal.open(tmp_path / "j", HEADER)
    book.record_fact("said", "a", 1)
    book.record_fact("said", "b", 2)
    book.close()
    first, second, third = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    bare = {line: json.dumps({k: v for k, v in json.loads(line).items() if k != "seal"}, separators=(",", ":"))
            for line in (first, second)}  # fmt: skip
    for lines in ([first, bare[second].encode() + b"\n", third], [bare[first].encode() + b"\n", second, third]):
        (tmp_path / "j").write_bytes(b"".join(lines))
        with pytest.raises(JournalError, match="line 2: changed"):
            Journal.open(tmp_path / "j", HEADER)


def test_a_journal_of_before_there_were_seals_is_read_and_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / "j").write_text('{"t":"run","version":1,"run":{"world":"double","seed":11}}\n')
    for number in range(2):
        book = Journal.open(tmp_path / "j", HEADER)
        book.record_fact("said", str(number), number)
        book.close()
        known = book.facts("said")
    assert known == {"0": 0, "1": 1}
    assert b"seal" not in (tmp_path / "j").read_bytes()


@pytest.mark.parametrize("version", [0, 2, "1"])
async def test_a_journal_of_another_version_is_refused_as_such(whole: Whole, tmp_path: Path, version: object) -> None:
    data = (whole.out / "journal.jsonl").read_bytes()
    (tmp_path / "j").write_bytes(data.replace(b'"version":1', b'"version":' + json.dumps(version).encode(), 1))
    with pytest.raises(JournalError, match="version 1"):
        Journal.open(tmp_path / "j", HEADER)
    done = await cli("clamp.py::clamp", "--replay", tmp_path / "j", "--out", tmp_path / "out", cwd=whole.repo)
    assert (done.code, done.out) == (2, "")
    assert "version 1" in done.err


def test_a_journal_that_is_being_written_is_not_cleared_away(tmp_path: Path) -> None:
    book = Journal.open(tmp_path / "j", HEADER)
    with pytest.raises(JournalError, match="another run is writing"):
        clear(tmp_path / "j")
    book.close()
    clear(tmp_path / "j")
    clear(tmp_path / "j")
    assert not (tmp_path / "j").exists()


# -- two runs, no room, no permission ----------------------------------------------------------------------------------


async def test_of_two_runs_in_one_directory_the_second_is_told_so_and_asks_nothing(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repository", {"clamp.py": CLAMP})
    book = Journal.open(tmp_path / "out" / "journal.jsonl", HEADER)
    before = tree(tmp_path / "out")
    async with endpoint(serving(clamp_script())) as model:
        done = await cli("clamp.py::clamp", *model.flags, *TINY, "--out", tmp_path / "out", cwd=repo)
        assert model.calls == []
    book.close()
    assert (done.code, done.out) == (2, "")
    assert "another run is writing journal.jsonl in this directory" in done.err
    assert tree(tmp_path / "out") == before


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from cosplay_action.cli import main
main(sys.argv[2:])
"""


async def test_a_disk_that_fills_up_ends_the_run_with_the_cause_and_the_run_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    """A limit on the size of files stands for the disk: it, too, takes a part of a line and then no more."""
    repo, out = repository(tmp_path / "repository", {"clamp.py": CLAMP}), tmp_path / "out"
    async with endpoint(serving(clamp_script())) as model:
        words = ("clamp.py::clamp", *model.flags, *TINY, "--out", str(out))
        done = await cli_limited(5000, *words, cwd=repo)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"the journal journal.jsonl cannot be kept: File too large" in done.stderr
        assert b"Traceback" not in done.stderr
        data = (out / "journal.jsonl").read_bytes()
        assert data.endswith(b"\n"), "what did not fit was taken back"
        assert 2000 < len(data) <= 5000
        asked = len(model.calls)
        assert (await cli(*words, cwd=repo)).code == 0
        lost = len(model.questions()) - len(set(model.questions()))
    assert asked > 0
    assert lost <= 16, "only what was in flight is asked again"


async def test_artefacts_that_do_not_fit_are_an_error_for_people_and_none_is_half_there(
    whole: Whole, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "journal.jsonl").write_bytes((whole.out / "journal.jsonl").read_bytes())
    words = ("clamp.py::clamp", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--seed", "3", "--out")
    done = await cli_limited(60_000, *words, str(tmp_path / "out"), cwd=whole.repo)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"report.html cannot be written to the run directory: File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    left = artefacts(tmp_path / "out")
    assert left == {name: data for name, data in artefacts(whole.out).items() if name in left}
    assert "report.html" not in left
    assert (await cli(*words, tmp_path / "out", cwd=whole.repo)).code == 0
    assert artefacts(tmp_path / "out") == artefacts(whole.out)


async def test_a_journal_that_cannot_be_copied_for_a_replay_is_an_error_for_people(
    whole: Whole, tmp_path: Path
) -> None:
    words = ("clamp.py::clamp", "--replay", str(whole.out / "journal.jsonl"), "--out", str(tmp_path / "out"))
    done = await cli_limited(60_000, *words, cwd=whole.repo)
    assert done.returncode == 2
    assert b"the journal journal.jsonl cannot be kept" in done.stderr
    assert b"Traceback" not in done.stderr


async def test_fresh_does_not_take_the_journal_away_from_a_run_that_is_writing_it(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repository", {"clamp.py": CLAMP})
    book = Journal.open(tmp_path / "out" / "journal.jsonl", HEADER)
    before = tree(tmp_path / "out")
    async with endpoint(serving(clamp_script())) as model:
        done = await cli("clamp.py::clamp", *model.flags, *TINY, "--fresh", "--out", tmp_path / "out", cwd=repo)
        assert model.calls == []
    book.close()
    assert done.code == 2
    assert "another run is writing" in done.err
    assert tree(tmp_path / "out") == before


async def cli_limited(size: int, *words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", LIMITED, str(size), "run", *words]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=cwd, env=environment(), capture_output=True, timeout=PATIENCE, check=False
    )


def test_a_line_that_did_not_fit_is_taken_back_so_that_the_next_one_is_whole(tmp_path: Path) -> None:
    """In a child whose files may not grow beyond 600 bytes, and then may again."""
    child = os.fork()
    if child == 0:
        import resource

        book = Journal.open(tmp_path / "j", HEADER)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY))
        try:
            book.record_fact("long", "a", "x" * 900)
        except JournalError:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            book.record_fact("short", "b", 1)
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    book = Journal.open(tmp_path / "j", HEADER)
    assert (book.facts("long"), book.facts("short")) == ({}, {"b": 1})
    book.close()


async def test_a_directory_that_cannot_be_written_is_said_before_anything_is_paid_for(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repository", {"clamp.py": CLAMP})
    with read_only(tmp_path / "out"):
        async with endpoint(serving(clamp_script())) as model:
            done = await cli("clamp.py::clamp", *model.flags, *TINY, "--out", tmp_path / "out", cwd=repo)
            assert model.calls == []
    assert (done.code, done.out) == (2, "")
    assert "the journal journal.jsonl cannot be kept" in done.err
    assert "choose another --out" in done.err
    assert "Traceback" not in done.err


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder nobody may write to: by its mode, or for root, who may everything, by a mount."""
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "none", folder], check=False, capture_output=True
    ).returncode:
        pytest.skip("root cannot mount here, and modes do not bind root")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
