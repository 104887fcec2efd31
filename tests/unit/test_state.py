"""What one step leaves for the next: whether the issue still waits for an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.state import State


def test_what_was_told_and_not_ended_is_open(tmp_path: Path) -> None:
    state = State(tmp_path / "folder" / "state.json")
    assert not state.open()
    state.write(final=False)
    assert state.open()
    assert not state.ended()
    state.write(final=True)
    assert not state.open()
    assert state.ended()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"final": "no"}', b"null", b"[" * 100_000])
def test_a_file_that_is_none_of_ours_counts_as_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state.json").write_bytes(data)
    assert not State(tmp_path / "state.json").open()


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "state.json")
    state.write(final=False)
    assert not state.open()
