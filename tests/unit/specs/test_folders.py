"""Temporary folders: they go with their process, or with the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cosplay_action.specs.folders import PREFIX, own_folder, take_away_left

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")

ROOT = Path(__file__).parents[3]
HOLDER = (
    "import sys\nfrom cosplay_action.specs.folders import own_folder\n"
    "with own_folder('test') as folder:\n"
    "    (folder / 'deep').mkdir()\n    (folder / 'deep' / 'file').write_text('x')\n"
    "    print(folder, flush=True)\n    sys.stdin.read()\n"
)


@contextmanager
def holder(where: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a folder in ``where``."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(where)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDER], env=env, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        yield process, Path(process.stdout.readline().rstrip("\n"))
        process.kill()


def swept(where: Path) -> None:
    take_away_left.cache_clear()
    take_away_left(str(where))


def test_a_folder_goes_with_its_block() -> None:
    with own_folder("test") as folder:
        assert folder.name.startswith(PREFIX)
        (folder / "file").touch()
    assert not folder.exists()


def test_a_folder_is_left_alone_while_its_process_lives_and_taken_away_once_it_was_killed(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, folder):
        swept(tmp_path)
        assert (folder / "deep" / "file").read_text() == "x"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert folder.exists()
        swept(tmp_path)
        assert not folder.exists()


def test_a_folder_of_this_process_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with own_folder("test") as folder:
        swept(tmp_path)
        assert folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ends_as_it_should_leaves_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, folder):
        process.communicate()
        assert process.returncode == 0
        assert not folder.exists()


def test_neither_links_nor_files_nor_folders_of_other_names_are_taken_away(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "place"
    for folder in (home, place, place / "cosplay-abcdefgh", place / "other"):
        folder.mkdir()
    (home / "kept").write_text("kept")
    (place / f"{PREFIX}run-link").symlink_to(home)
    (place / f"{PREFIX}run-file").write_text("a file")
    left = place / f"{PREFIX}run-left"
    left.mkdir()
    (left / "inside").symlink_to(home)
    before = {path.name for path in place.iterdir()}
    swept(place)
    assert {path.name for path in place.iterdir()} == before - {left.name}
    assert (home / "kept").read_text() == "kept"


def test_a_place_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    swept(tmp_path / "missing")
