"""What an observation may depend on beside the target's own module."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.playing import read_target
from cosplay_action.settings import Settings
from cosplay_action.specs.surroundings import surroundings


def digest(root: Path) -> str:
    return surroundings(root, read_target(root, "pkg/v.py::f", Settings()).contract.target)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("")
    (tmp_path / "pkg/w.py").write_text("def dbl(x):\n    return 2 * x\n")
    (tmp_path / "pkg/v.py").write_text("from pkg.w import dbl\n\n\ndef f(x: int) -> int:\n    ...\n")
    return tmp_path


def test_another_module_that_changes_changes_the_surroundings(root: Path) -> None:
    before = digest(root)
    (root / "pkg/w.py").write_text("def dbl(x):\n    return 3 * x\n")
    assert digest(root) != before


def test_the_targets_own_file_and_the_tests_are_no_part_of_them(root: Path) -> None:
    before = digest(root)
    (root / "pkg/v.py").write_text("from pkg.w import dbl\n\nLIMIT = 3\n\n\ndef f(x: int) -> int:\n    ...\n")
    (root / "tests").mkdir()
    (root / "tests/test_v.py").write_text("def test_v():\n    assert True\n")
    (root / "pkg/notes.txt").write_text("not Python")
    assert digest(root) == before
