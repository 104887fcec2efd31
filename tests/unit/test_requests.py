"""A granted request as a file, from the job that decides to the one that plays."""

# ruff: noqa: E501  # tables of one a line
from __future__ import annotations

import json
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.github.event import Asked, Text
from cosplay_action.requests import LARGEST, NAME, dump_request, load_request

ASKED = Asked(
    trigger="label", repository="octo/fields", sender="ann", number=1, base="main", sha="a" * 40, run=7, at="2026-01-05",
    text=Text(number=1, title="Clamp é", body="Text\n\u202e\r\n"), targets=("a.py::f",), run_url="https://x/y",
)  # fmt: skip


def test_a_request_comes_back_as_it_was(tmp_path: Path) -> None:
    for asked in (ASKED, Asked(trigger="schedule", repository="octo/fields", targets=(".",))):
        dump_request(tmp_path / "new" / "folder", asked)
        assert load_request(tmp_path / "new" / "folder") == asked


def test_without_a_gate_there_is_no_request(tmp_path: Path) -> None:
    assert load_request(tmp_path) is None


def _with(**changes: object) -> bytes:
    text = {"number": 1, "title": "a", "body": "b"}
    return json.dumps({"trigger": "label", "repository": "o/r", "text": text, "targets": [], **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b"x" * (LARGEST + 1), _with(more=1), _with(text=7), _with(text={"a": 1}),
     _with(targets=None), _with(targets=7), _with(targets=[1]), _with(number="1"), _with(run=True), _with(base=None), _with(sha=[]),
     _with(text={"number": 1, "title": None, "body": "b"}), b'{"trigger": "label"}'],
)  # fmt: skip
def test_what_is_no_request_is_told(tmp_path: Path, data: bytes) -> None:
    assert data != _with()
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(UsageError, match=r"request\.json is (no request|too large)"):
        load_request(tmp_path)


def test_the_shape_that_the_others_spoil_is_a_request(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(_with())
    assert load_request(tmp_path) is not None
