"""One run played again: on its own journal, replayed elsewhere, at another concurrency, after a kill, after Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import (
    SMALL,
    Done,
    Endpoint,
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
from tests.support.schema_doc import load_schema
from tests.support.stub_script import CLAMP, clamp_script, serving

TARGET = "clamp.py::clamp"
HANDLER = serving(clamp_script(rate=0.6, vote_rate=0.9))
RUN = (*SMALL, "--seed", "3")
# A Python that ends at once, with a code of its own, when it is about to start a process or to open a connection.
SEALED = """
import os, sys
def watch(event, args):
    if event in {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system", "socket.connect"}:
        os._exit(77)
sys.addaudithook(watch)
from cosplay_action.cli import main
main(sys.argv[1:])
"""


@dataclass(frozen=True)
class Played:
    """A run that nobody disturbed: its repository, its run directory, what it said and what it asked."""

    repo: Path
    out: Path
    done: Done
    questions: list[tuple[str, int]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Played:
    home = tmp_path_factory.mktemp("undisturbed")
    repo = repository(home / "repository", {"clamp.py": CLAMP})

    async def play() -> Played:
        async with endpoint(HANDLER) as model:
            done = await cli(TARGET, *model.flags, *RUN, "--out", home / "out", cwd=repo)
            return Played(repo, home / "out", done, model.questions())

    played = asyncio.run(play())
    assert played.done.code == 0, played.done.err
    return played


async def sealed(*words: str | Path, cwd: Path, **env: str) -> Done:
    """``cosplay-action run WORDS`` in the sealed Python."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", SEALED, "run", *map(str, words)]
    return await finish(
        await asyncio.create_subprocess_exec(*command, cwd=cwd, env=environment(**env), stdout=pipe, stderr=pipe)
    )


def same_run(one: Path, other: Path) -> bool:
    """Whether two run directories hold the same run, but for the model's seconds and the date: those are real time."""
    timed = {"report.html", "report.json", "summary.md", "pr-body.md"}
    rest = [{name: data for name, data in artefacts(out).items() if name not in timed} for out in (one, other)]
    assert "patch.diff" in rest[0]
    return timeless(one) == timeless(other) and rest[0] == rest[1]


def test_a_run_leaves_the_files_that_the_readme_lists_and_no_other(undisturbed: Played) -> None:
    names = {"journal.jsonl", "patch.diff", "pr-body.md", "report.html", "report.json", "summary.md", "test_clamp.py"}
    assert set(tree(undisturbed.out)) == names


def test_the_report_meets_its_schema(undisturbed: Played) -> None:
    jsonschema.Draft202012Validator(load_schema()).validate(report(undisturbed.out))


def test_the_script_makes_a_run_worth_repeating(undisturbed: Played) -> None:
    found = report(undisturbed.out)
    assert len(found["rounds"]) == 2
    assert found["rounds"][1]["moves"]
    assert len(undisturbed.questions) == len(set(undisturbed.questions)) > 15


def test_artefacts_name_no_path_of_the_machine(undisturbed: Played) -> None:
    for name, data in tree(undisturbed.out).items():
        assert str(undisturbed.repo.parent).encode() not in data, name


async def test_the_same_command_again_asks_nothing_and_writes_the_same_bytes(undisturbed: Played) -> None:
    before = tree(undisturbed.out)
    async with endpoint(HANDLER) as model:
        done = await cli(TARGET, *model.flags, *RUN, "--out", undisturbed.out, cwd=undisturbed.repo)
        assert model.server.requests == []
    assert done.code == 0, done.err
    assert done.out == undisturbed.done.out
    assert tree(undisturbed.out) == before


async def test_a_replay_elsewhere_starts_no_process_opens_no_connection_and_gives_the_same_bytes(
    undisturbed: Played, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "clone", {"clamp.py": CLAMP})
    words = (f"{repo}/clamp.py::clamp", "--replay", undisturbed.out / "journal.jsonl", "--out", tmp_path / "out")
    done = await sealed(*words, cwd=tmp_path, PYTHONHASHSEED="4711", COLUMNS="60")
    assert done.code == 0, done.err
    assert tree(tmp_path / "out") == tree(undisturbed.out)


async def test_a_replay_without_out_leaves_the_runs_own_directory_alone(tmp_path: Path, undisturbed: Played) -> None:
    repo = repository(tmp_path / "clone", {"clamp.py": CLAMP})
    words = (TARGET, "--replay", undisturbed.out / "journal.jsonl")
    assert (await sealed(*words, cwd=repo)).code == (await sealed(*words, cwd=repo)).code == 0
    (home,) = (repo / ".cosplay" / "runs").iterdir()
    assert home.name.endswith("-replay")
    assert tree(home) == tree(undisturbed.out)


async def test_the_seal_of_the_replay_test_holds(tmp_path: Path) -> None:
    repo = repository(tmp_path / "clone", {"clamp.py": CLAMP})
    done = await sealed(TARGET, "--model", "m", "--base-url", "http://127.0.0.1:9/v1", cwd=repo)
    assert done.code == 77


async def test_how_many_requests_fly_at_once_changes_nothing_in_the_artefacts(
    undisturbed: Played, tmp_path: Path
) -> None:
    async with endpoint(HANDLER) as model:
        words = ("--concurrency", "1", "--out", tmp_path / "out")
        done = await cli(TARGET, *model.flags, *RUN, *words, cwd=undisturbed.repo)
        assert model.server.most == 1
        assert sorted(model.questions()) == sorted(undisturbed.questions)
    assert done.code == 0, done.err
    assert same_run(tmp_path / "out", undisturbed.out)


async def stopped(model: Endpoint, undisturbed: Played, out: Path, after: int, how: signal.Signals) -> Done:
    """Start the run and send it a signal when the model has been asked ``after`` times."""
    words = (TARGET, *model.flags, *RUN, "--out", out)
    process = await start(words, undisturbed.repo, environment())
    while len(model.calls) < after and process.returncode is None:
        await asyncio.sleep(0.005)
    process.send_signal(how)
    return await finish(process)


def recorded(out: Path) -> int:
    """How many questions the journal holds the whole answer to (votes have four samples), a torn last line left out."""
    whole = (out / "journal.jsonl").read_bytes().rpartition(b"\n")[0].split(b"\n")
    replies = Counter(one["at"] for one in map(json.loads, whole) if one["t"] == "reply")
    return sum(count == (4 if "/vote/" in place else 1) for place, count in replies.items())


@pytest.mark.parametrize("after", [14])
async def test_a_killed_run_goes_on_and_pays_again_only_for_what_was_in_flight(
    undisturbed: Played, tmp_path: Path, after: int
) -> None:
    """Reports are compared without the model's seconds and the date, which real time decides."""
    out = tmp_path / "out"
    async with endpoint(HANDLER, latency=0.05) as model:
        killed = await stopped(model, undisturbed, out, after, signal.SIGKILL)
        assert killed.code == -signal.SIGKILL
        lost = len(model.calls) - recorded(out)
        done = await cli(TARGET, *model.flags, *RUN, "--out", out, cwd=undisturbed.repo)
        asked = Counter(model.questions())
    assert done.code == 0, done.err
    assert {prompt for prompt, _ in asked} == {prompt for prompt, _ in undisturbed.questions}
    assert sum(asked.values()) - len(undisturbed.questions) == lost
    assert same_run(out, undisturbed.out)


async def test_ctrl_c_ends_with_130_and_a_sentence_and_the_run_goes_on_later(
    undisturbed: Played, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    async with endpoint(HANDLER, latency=0.05) as model:
        done = await stopped(model, undisturbed, out, 8, signal.SIGINT)
        assert done.code == 130
        assert "run the same command again" in done.err
        assert "Traceback" not in done.err
        assert recorded(out) > 0
        assert report(out)["status"] == "budget-exceeded"
        done = await cli(TARGET, *model.flags, *RUN, "--out", out, cwd=undisturbed.repo)
    assert done.code == 0, done.err
    assert same_run(out, undisturbed.out)


async def test_fresh_plays_anew_where_a_journal_is(undisturbed: Played, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.out, tmp_path / "out")
    async with endpoint(HANDLER) as model:
        words = ("--out", tmp_path / "out", "--fresh")
        done = await cli(TARGET, *model.flags, *RUN, *words, cwd=undisturbed.repo)
        assert sorted(model.questions()) == sorted(undisturbed.questions)
    assert done.code == 0, done.err
    assert same_run(tmp_path / "out", undisturbed.out)


async def test_a_replay_of_half_a_journal_says_what_is_missing_and_runs_nothing(
    undisturbed: Played, tmp_path: Path
) -> None:
    lines = (undisturbed.out / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "half.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
    words = (TARGET, "--replay", tmp_path / "half.jsonl", "--out", tmp_path / "out")
    done = await sealed(*words, cwd=undisturbed.repo)
    assert done.code == 2, done.err
    assert "the journal has no" in done.err


@pytest.mark.parametrize("fact", ["check", "format", "mutants"])
async def test_a_replay_executes_nothing_that_its_journal_lacks(undisturbed: Played, tmp_path: Path, fact: str) -> None:
    lines = (undisturbed.out / "journal.jsonl").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line).get("name") != fact]
    assert len(kept) < len(lines)
    (tmp_path / "less.jsonl").write_text("".join(kept), "utf-8")
    words = (TARGET, "--replay", tmp_path / "less.jsonl", "--out", tmp_path / "out")
    done = await sealed(*words, cwd=undisturbed.repo)
    assert done.code == 2, done.err
    assert f"the journal has no {fact}" in done.err
    assert set(tree(tmp_path / "out")) == {"journal.jsonl"}
