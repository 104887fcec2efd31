"""The table of backends: by name, by default, and where no cell can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError, UsageError
from cosplay_action.sandbox.backends import NAMES, open_sandbox


@pytest.mark.parametrize("name", NAMES)
def test_every_backend_opens_and_says_what_it_is(name: str, tmp_path: Path) -> None:
    opened = open_sandbox(name, root=tmp_path)
    assert opened.name in NAMES
    assert opened.name != "auto"


def test_the_unsafe_backend_announces_itself(tmp_path: Path) -> None:
    assert "nothing isolates them" in open_sandbox("auto", root=tmp_path).note


def test_an_unknown_name_is_a_usage_error_that_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'docker'") as caught:
        open_sandbox("docker", root=tmp_path)
    assert all(name in caught.value.cure for name in NAMES)


def test_windows_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="Windows") as caught:
        open_sandbox("auto", root=tmp_path, platform="win32")
    assert caught.value.exit_code == 5
