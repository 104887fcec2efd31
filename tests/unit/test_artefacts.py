"""The files of a run directory, and what --apply writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cosplay_action import artefacts
from cosplay_action.errors import UsageError
from cosplay_action.evidence.patch import FileChange
from cosplay_action.evidence.report import build_report
from cosplay_action.facts import Landing
from cosplay_action.landing import Landed
from cosplay_action.playing import Played
from tests.support import outcomes
from tests.support.command import tree


def played(out: Path, *, chosen: bool = True) -> Played:
    outcome = outcomes.chosen() if chosen else outcomes.no_consensus()
    landing = outcomes.landing() if chosen else Landing(path="m.py")
    patch = b"--- a/m.py\n" if chosen else b""
    report = build_report(outcome, outcomes.facts(), landing)
    return Played(report=report, landed=Landed(outcome=outcome, landing=landing, patch=patch), out=out)


def test_a_choice_leaves_a_patch_and_its_tests_under_their_own_name(tmp_path: Path) -> None:
    artefacts.write(played(tmp_path))
    test = Path(outcomes.landing().test_path).name
    assert set(tree(tmp_path)) == {"report.html", "report.json", "summary.md", "pr-body.md", "patch.diff", test}
    assert (tmp_path / test).read_text("utf-8") == outcomes.landing().test_text
    assert json.loads((tmp_path / "report.json").read_bytes())["status"] == "chosen"


def test_no_choice_takes_the_patch_of_an_earlier_run_away(tmp_path: Path) -> None:
    artefacts.write(played(tmp_path))
    artefacts.write(played(tmp_path, chosen=False))
    assert not (tmp_path / "patch.diff").exists()
    assert json.loads((tmp_path / "report.json").read_bytes())["chosen"] is None


def test_no_choice_takes_the_tests_of_an_earlier_run_away_and_nobody_elses(tmp_path: Path) -> None:
    digests = f"# cosplay: spec = sha256:{'a' * 64}\n# cosplay: implementation = sha256:{'b' * 64}\n"
    for name, target in (("test_old.py", outcomes.chosen().problem.origin), ("test_mine.py", "mine.py::f")):
        (tmp_path / name).write_text(f"# cosplay: target = {target}\n{digests}")
    artefacts.write(played(tmp_path, chosen=False))
    assert [path.name for path in tmp_path.glob("*.py")] == ["test_mine.py"]


def test_a_user_who_keeps_run_directories_in_git_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / ".cosplay"
    artefacts.keep_out_of_git(home)
    assert (home / ".gitignore").read_text() == "*\n"
    (home / ".gitignore").write_text("!runs\n")
    artefacts.keep_out_of_git(home)
    assert (home / ".gitignore").read_text() == "!runs\n"


# -- apply ------------------------------------------------------------------------------------------------------------

CHANGES = (
    FileChange(path="src/m.py", old=b"a = 1\r\n", new=b"a = 2\r\n"),
    FileChange(path="tests/deep/test_m.py", old=None, new=b"def test(): ...\n"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_bytes(b"a = 1\r\n")
    return tmp_path


def test_apply_writes_every_byte_and_makes_the_folders_it_needs(root: Path) -> None:
    artefacts.apply(root, CHANGES)
    assert tree(root) == {"src/m.py": b"a = 2\r\n", "tests/deep/test_m.py": b"def test(): ...\n"}


@pytest.mark.parametrize("meanwhile", ["the module changed", "the module is gone", "the test file came to be"])
def test_a_file_that_changed_meanwhile_stops_apply_before_anything_is_written(root: Path, meanwhile: str) -> None:
    if meanwhile == "the module changed":
        (root / "src" / "m.py").write_bytes(b"a = 3\r\n")
    elif meanwhile == "the module is gone":
        (root / "src" / "m.py").unlink()
    else:
        (root / "tests" / "deep").mkdir(parents=True)
        (root / "tests" / "deep" / "test_m.py").write_text("precious")
    before = tree(root)
    with pytest.raises(UsageError, match="changed since it was read: nothing was written"):
        artefacts.apply(root, CHANGES)
    assert tree(root) == before


def test_apply_follows_no_link_out_of_the_repository(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (root / "tests").symlink_to(outside)
    with pytest.raises(UsageError, match="leads out of the repository"):
        artefacts.apply(root, CHANGES)
    assert list(outside.iterdir()) == []
    assert (root / "src" / "m.py").read_bytes() == b"a = 1\r\n"
