"""Names on a command line as paths of their repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.located import located
from tests.support.command import repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository", {"src/m.py": ""})


def test_names_are_seen_from_where_the_command_is_run(root: Path) -> None:
    assert located(root / "src", ["m.py", ".", "..", "../src/m.py", str(root / "x.py")]) == (
        root, ["src/m.py", "src", ".", "x.py"]
    )  # fmt: skip


def test_a_folder_behind_a_link_is_the_folder_but_a_file_that_is_a_link_stays_one(root: Path) -> None:
    (root / "alias").symlink_to(root / "src")
    (root / "src/link.py").symlink_to(root / "src/m.py")
    assert located(root, ["alias/m.py", "alias/link.py"])[1] == ["src/m.py", "src/link.py"]


def test_what_lies_outside_is_an_error(root: Path) -> None:
    with pytest.raises(UsageError, match=r"\.\./other\.py lies outside of the repository"):
        located(root, ["m.py", "../other.py"])
