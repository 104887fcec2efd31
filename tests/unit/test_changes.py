"""The changes of played targets, as the user's repository needs them."""

from __future__ import annotations

from pathlib import Path

from cosplay_action.changes import against, combined
from cosplay_action.evidence.patch import FileChange
from cosplay_action.facts import Landing
from cosplay_action.landing import Landed
from cosplay_action.playing import Played
from tests.support import outcomes


def played(*changes: FileChange) -> Played:
    landed = Landed(outcome=outcomes.chosen(), landing=Landing(path="m.py"), changes=changes)
    return Played(report={}, landed=landed, out=Path())  # type: ignore[arg-type]


def test_changes_to_one_file_by_several_targets_are_one_change_from_what_is_there(tmp_path: Path) -> None:
    """Later targets were spliced into earlier choices; the user's file has neither."""
    (tmp_path / "m.py").write_bytes(b"0")
    first = (FileChange(path="m.py", old=b"0", new=b"1"), FileChange(path="test_a.py", old=None, new=b"a"))
    second = (FileChange(path="m.py", old=b"1", new=b"12"), FileChange(path="test_b.py", old=None, new=b"b"))
    found = combined(tmp_path, [played(*first), played(), played(*second)])
    assert [(one.path, one.old, one.new) for one in found] == [
        ("m.py", b"0", b"12"), ("test_a.py", None, b"a"), ("test_b.py", None, b"b"),
    ]  # fmt: skip


def test_a_stub_that_a_spec_made_is_part_of_the_patch(tmp_path: Path) -> None:
    """The stub was written to a copy: for the user's repository the whole file is new."""
    made = {"new.py": b"def f(): ...\n"}
    change = FileChange(path="new.py", old=b"def f(): ...\n", new=b"def f():\n    return 1\n")
    found = against(tmp_path, made, played(change, FileChange(path="test_f.py", old=None, new=b"t\n")))
    assert [one.old for one in found.landed.changes] == [None, None]
    assert "+def f():" in found.landed.landing.patch
    assert "--- /dev/null" in found.landed.landing.patch


def test_without_a_spec_nothing_changes(tmp_path: Path) -> None:
    one = played(FileChange(path="m.py", old=b"0", new=b"1"))
    assert against(tmp_path, {}, one) is one
