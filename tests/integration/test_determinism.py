"""One journal, the same bytes: whatever Python replays it, however it hashes, however many calls flew, however busy."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.command import artefacts, environment, repository, tree
from tests.support.kill_run import whole_run
from tests.support.pythons import VERSIONS, interpreter
from tests.support.stub_script import CLAMP

ROOT = Path(__file__).parents[2]
OURS = [version for version in VERSIONS if version not in {"3.9", "3.10"}]  # what the tool itself runs on
BUSY = 4  # processes that do nothing but keep the machine busy


class Home:
    def __init__(self, folder: Path) -> None:
        self.repo, self.out = repository(folder / "repository", {"clamp.py": CLAMP}), folder / "out"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("played"))
    asyncio.run(whole_run(home.repo, home.out, 0.005, preset="quick", concurrency=8))
    assert {"patch.diff", "test_clamp.py", "report.html"} < set(tree(home.out))
    return home


def replay(python: Path, played: Home, out: Path, hash_seed: str) -> None:
    """Nothing is asked or executed, so that our own packages, as far as they are Python, serve every version."""
    packages = sysconfig.get_paths()["purelib"]
    env = environment(PYTHONHASHSEED=hash_seed, PYTHONPATH=os.pathsep.join([str(ROOT), packages]))
    words = ["run", "clamp.py::clamp", "--replay", str(played.out / "journal.jsonl"), "--out", str(out), "--quiet"]
    done = subprocess.run(
        [python, "-m", "cosplay_action", *words], cwd=played.repo, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", OURS)
def test_every_python_replays_a_journal_to_the_same_bytes(played: Home, tmp_path: Path, version: str) -> None:
    replay(interpreter(version), played, tmp_path / "out", "random")
    assert tree(tmp_path / "out") == tree(played.out)


@pytest.mark.parametrize("hash_seed", ["0", "4294967295"])
def test_the_seed_of_hashes_changes_no_byte(played: Home, tmp_path: Path, hash_seed: str) -> None:
    replay(Path(sys.executable), played, tmp_path / "out", hash_seed)
    assert tree(tmp_path / "out") == tree(played.out)


@pytest.mark.parametrize("concurrency", [1, 64])
def test_how_many_calls_fly_at_once_changes_no_byte_of_the_artefacts(
    played: Home, tmp_path: Path, concurrency: int
) -> None:
    asyncio.run(whole_run(played.repo, tmp_path / "out", 0.005, preset="quick", concurrency=concurrency))
    assert artefacts(tmp_path / "out") == artefacts(played.out)


def test_a_busy_machine_changes_no_byte_of_the_artefacts(played: Home, tmp_path: Path) -> None:
    with busy():
        asyncio.run(whole_run(played.repo, tmp_path / "out", 0.005, preset="quick", concurrency=8))
    assert artefacts(tmp_path / "out") == artefacts(played.out)


@contextmanager
def busy() -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(BUSY):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(process.kill)
        yield
