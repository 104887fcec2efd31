"""What a run says and to whom: stdout, stderr, colour, width; and that a key is said to nobody."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import TINY, cli, endpoint, environment, report, repository, tree
from tests.support.sandboxes import needs_unsafe
from tests.support.schema_doc import load_schema
from tests.support.stub_script import CLAMP, StubScript, clamp_script, clamp_truth, serving

TARGET = "clamp.py::clamp"
GOOD = serving(clamp_script())
ESCAPE = "\x1b"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository", {"clamp.py": CLAMP})


async def test_json_is_one_document_on_stdout_and_the_report_itself(repo: Path, tmp_path: Path) -> None:
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, "--json", "--out", tmp_path / "out", cwd=repo)
    assert done.code == 0, done.err
    assert json.loads(done.out) == report(tmp_path / "out")
    jsonschema.Draft202012Validator(load_schema()).validate(json.loads(done.out))


async def test_quiet_is_one_line_on_stdout_and_nothing_on_stderr(repo: Path, tmp_path: Path) -> None:
    async with endpoint(GOOD) as model:
        done = await cli(TARGET, *model.flags, *TINY, "--quiet", "--out", tmp_path / "out", cwd=repo)
    assert done.code == 0, done.err
    (line,) = done.out.splitlines()
    assert line.startswith("Agreed by")
    assert line.endswith(str(tmp_path / "out"))
    assert done.err == ""


@needs_unsafe
async def test_without_walls_even_a_quiet_run_warns(repo: Path, tmp_path: Path) -> None:
    async with endpoint(GOOD) as model:
        words = ("--sandbox", "unsafe-process", "--quiet", "--out", tmp_path / "out")
        done = await cli(TARGET, *model.flags, *TINY, *words, cwd=repo)
    assert done.code == 0, done.err
    assert done.err.startswith("WARNING: Cells run in plain processes")
    assert "candidates (" not in done.err


async def test_a_pipe_gets_80_columns_and_no_escape_sequence(repo: Path, tmp_path: Path) -> None:
    """What is there to be copied (the replay command, a path) is in one line however long it is."""
    async with endpoint(GOOD) as model:
        words = (TARGET, *model.flags, *TINY, "--out", tmp_path / "out")
        done = await cli(*words, cwd=repo, COLUMNS="200", TERM="xterm-256color")
    assert ESCAPE not in done.out + done.err
    assert "\r" not in done.out + done.err
    copied = ("Replay: ", "Artefacts: ")
    assert [line for line in done.out.splitlines() if len(line) > 80 and not line.startswith(copied)] == []
    assert [line for line in done.out.splitlines() if line.startswith(copied)][1:]


def on_a_terminal(words: list[str], cwd: Path, **more: str) -> str:
    """What a command shows on a terminal of 100 columns."""
    master, slave = pty.openpty()
    try:
        env = environment(TERM="xterm-256color", COLUMNS="100", LINES="40", **more)
        done = subprocess.run(
            words, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, check=False
        )
        assert done.returncode == 0
        os.set_blocking(master, False)
        shown = b""
        while chunk := _chunk(master):
            shown += chunk
    finally:
        os.close(master)
        os.close(slave)
    return shown.decode("utf-8", "replace")


def _chunk(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except BlockingIOError:
        return b""


async def test_a_terminal_is_coloured_unless_no_color_is_set(repo: Path, tmp_path: Path) -> None:
    async with endpoint(GOOD) as model:
        assert (await cli(TARGET, *model.flags, *TINY, "--out", tmp_path / "out", cwd=repo)).code == 0
    journal, again = tmp_path / "out" / "journal.jsonl", tmp_path / "again"
    replay = [sys.executable, "-m", "cosplay_action", "run", TARGET, "--replay", str(journal), "--out", str(again)]
    coloured, plain = on_a_terminal(replay, repo), on_a_terminal(replay, repo, NO_COLOR="1")
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]m|\x1b\[3[0-7]")
    assert colour.search(coloured)
    assert not colour.search(plain)


SPY = """\
import os


def clamp(number, low, high=10):
    found = [value for value in os.environ.values() if "canary" in value]
    if found:
        return found
    if low > high:
        raise ValueError(low)
    return max(low, min(number, high))
"""


async def test_a_key_is_sent_to_the_endpoint_and_stands_nowhere_else(repo: Path, tmp_path: Path) -> None:
    """Not in an artefact, the journal, the output, nor in the environment of candidates and shipped tests."""
    canary = "sk-canary-4f1d9c7b2a"
    script = StubScript(truth=clamp_truth(), right=(SPY,))
    async with endpoint(serving(script)) as model:
        words = ("--api-key-env", "CANARY", "--out", tmp_path / "out")
        done = await cli(TARGET, *model.flags, *TINY, *words, cwd=repo, CANARY=canary, GITHUB_TOKEN="ghs_" + canary)
        assert {one.headers.get("authorization") for one in model.calls} == {f"Bearer {canary}"}
        assert all(canary.encode() not in one.body for one in model.calls)
    assert done.code == 0, done.err  # a candidate that sees the key gives other results, and is not chosen
    assert report(tmp_path / "out")["landing"]["check"].endswith("passed"), "the shipped tests ran too"
    assert canary not in done.out + done.err
    assert [name for name, data in tree(tmp_path / "out").items() if canary.encode() in data] == []
    assert [name for name, data in tree(repo).items() if canary.encode() in data] == []
