"""Several targets in one run: one directory each, one patch, and who is played after whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import TINY, cli, endpoint, environment, git, here, report, repository, tree
from tests.support.stub_script import StubScript, said, serving

MODULE = '''\
def shout(words: list[str]) -> str:
    """Join the words with ``glue`` and end with an exclamation mark."""
    raise NotImplementedError


def glue(words: list[str]) -> str:
    """Join the words with single spaces."""
    raise NotImplementedError
'''
OTHER = 'def size(text: str) -> int:\n    """Return the length of the text."""\n    ...\n'
LISTS = [["a"], ["b", "c"], ["d", "e", "f"], [], ["x", "y"], ["hi", "you"], ["a", "b", "c", "d"], ["q"], ["z", "z"]]
GLUE = StubScript(
    truth={f"glue({w})": repr(" ".join(w)) for w in LISTS}, right=('def glue(words):\n    return " ".join(words)',)
)
SHOUT = StubScript(
    truth={f"shout({w})": repr(" ".join(w) + "!") for w in LISTS},
    right=('def shout(words):\n    return glue(words) + "!"',),
)
SIZE = StubScript(
    truth={f"size({'a' * n!r})": str(n) for n in range(12)}, right=("def size(text):\n    return len(text)",)
)
BROKEN = StubScript(truth={f"size({'a' * n!r})": "-1" for n in range(12)}, right=SIZE.right)
MARKS = (("the function `glue` in", GLUE), ("the function `shout` in", SHOUT), ("the function `size` in", SIZE))
TARGETS = ("src/loud/words.py::shout", "src/loud/words.py::glue", "src/loud/sizes.py::size")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
        "src/loud/__init__.py": "", "src/loud/words.py": MODULE, "src/loud/sizes.py": OTHER,
    }  # fmt: skip
    return repository(tmp_path / "repository", files)


def order(prompts: list[str]) -> list[str]:
    """The targets in the order in which the model first heard of them."""
    return list(dict.fromkeys(name for text in prompts for name in ("shout", "glue", "size")
                              if f"the function `{name}` in" in text))  # fmt: skip


async def test_a_stub_that_mentions_another_is_played_after_it_and_sees_its_choice(repo: Path, tmp_path: Path) -> None:
    before, out = tree(repo), tmp_path / "out"
    async with endpoint(serving(*MARKS)) as model:
        done = await cli(*TARGETS, *model.flags, *TINY, "--out", out, cwd=repo)
        assert order([said(one) for one in model.calls]) == ["glue", "shout", "size"]
    assert done.code == 0, done.err
    assert tree(repo) == before
    homes = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert [name.partition("-")[0] for name in homes] == ["glue", "shout", "size"]
    assert {report(out / name)["status"] for name in homes} == {"chosen"}
    shouted = report(out / homes[1])
    assert "glue(words)" in shouted["chosen"]["implementation"], "its candidates could call the earlier choice"

    git(repo, "apply", "--check", out / "combined.diff")
    git(repo, "apply", out / "combined.diff")
    changed = {name for name, data in tree(repo).items() if data != before.get(name)}
    assert {name for name in changed if name.startswith("src/")} == {"src/loud/words.py", "src/loud/sizes.py"}
    assert len(changed) == 5
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    env = environment() | {"PYTHONPATH": ""}
    tested = subprocess.run(command, cwd=repo, env=env, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout


async def test_several_targets_again_ask_nothing_and_leave_the_same_bytes(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with endpoint(serving(*MARKS)) as model:
        words = (*TARGETS[:2], *model.flags, *TINY, "--json", "--out", out)
        first = await cli(*words, cwd=repo)
        before, asked = tree(out), len(model.calls)
        second = await cli(*words, cwd=repo)
        assert len(model.calls) == asked
    assert (first.code, second.code) == (0, 0), second.err
    assert tree(out) == before
    assert first.out == second.out
    assert [one["target"].rpartition("::")[2] for one in json.loads(first.out)] == ["glue", "shout"]


async def test_apply_writes_what_all_targets_chose_and_one_without_consensus_makes_it_1(
    repo: Path, tmp_path: Path
) -> None:
    before = tree(repo)
    marks = (*MARKS[:2], ("the function `size` in", BROKEN))
    async with endpoint(serving(*marks)) as model:
        assert await here(*TARGETS[1:], *model.flags, *TINY, "--apply", "--out", tmp_path / "out", cwd=repo) == 1
    changed = {name for name, data in tree(repo).items() if data != before.get(name)}
    assert changed == {"src/loud/words.py", "tests/test_words_glue.py"} or changed == {
        "src/loud/words.py", "tests/loud/test_words_glue.py"}  # fmt: skip
    assert 'return " ".join(words)' in (repo / "src/loud/words.py").read_text()


async def test_a_target_named_twice_is_played_once(repo: Path, tmp_path: Path) -> None:
    async with endpoint(serving(*MARKS)) as model:
        words = (TARGETS[1], f"./{TARGETS[1]}", *model.flags, *TINY, "--out", tmp_path / "out")
        assert await here(*words, cwd=repo) == 0
    assert (tmp_path / "out" / "patch.diff").is_file(), "one target has no directory of its own"


async def test_one_wrong_target_among_several_stops_all_before_anything_is_asked(repo: Path, tmp_path: Path) -> None:
    async with endpoint(serving(*MARKS)) as model:
        done = await cli(*TARGETS, "src/loud/words.py::whisper", *model.flags, "--out", tmp_path / "out", cwd=repo)
        assert model.server.requests == []
    assert done.code == 2
    assert "has no function whisper" in done.err
    assert not (tmp_path / "out").exists()


async def test_without_out_the_combined_patch_lies_beside_the_runs(repo: Path) -> None:
    async with endpoint(serving(*MARKS)) as model:
        done = await cli(*TARGETS[1:], *model.flags, *TINY, cwd=repo)
    assert done.code == 0, done.err
    runs = repo / ".cosplay" / "runs"
    assert sorted(path.name.partition("-")[0] for path in runs.iterdir()) == ["combined.diff", "glue", "size"]
    assert str(runs / "combined.diff") in done.err
    git(repo, "apply", "--check", runs / "combined.diff")


async def test_the_directory_of_several_targets_replays_as_a_whole(repo: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    async with endpoint(serving(*MARKS)) as model:
        done = await cli(*TARGETS[:2], *model.flags, *TINY, "--out", out, cwd=repo)
    assert done.code == 0, done.err
    assert f"{' '.join(TARGETS[:2])} --replay {out}" in done.out
    replayed = await cli(*TARGETS[:2], "--replay", out, "--out", again, cwd=repo)
    assert replayed.code == 0, replayed.err
    assert tree(again) == tree(out)


async def test_a_directory_without_the_journals_of_a_run_cannot_be_replayed(repo: Path, tmp_path: Path) -> None:
    done = await cli(TARGETS[0], "--replay", tmp_path, "--out", tmp_path / "out", cwd=repo)
    assert done.code == 2
    assert "journal" in done.err
    assert "Traceback" not in done.err
