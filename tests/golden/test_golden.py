"""A recorded run, replayed: the same artefacts, byte for byte. ``python -m tests.support.record_golden`` renews it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import artefacts, tree
from tests.support.record_golden import FILES, GOLDEN, SUFFIX, replay, repository

MOST = 150_000  # bytes


def expected() -> dict[str, bytes]:
    return {path.name.removesuffix(SUFFIX): path.read_bytes() for path in GOLDEN.glob(f"*{SUFFIX}")}


def test_the_golden_journal_replays_to_the_golden_artefacts_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = repository(tmp_path)
    assert replay(repo, tmp_path / "out") == 0
    found, wanted = artefacts(tmp_path / "out"), expected()
    assert found.keys() == wanted.keys()
    for name, data in wanted.items():
        assert found[name].decode() == data.decode(), f"{name}: if this is meant, run -m tests.support.record_golden"
    assert (tmp_path / "out" / "journal.jsonl").read_bytes() == (GOLDEN / "journal.jsonl").read_bytes()
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_changed_target_does_not_replay(tmp_path: Path) -> None:
    from cosplay_action.errors import JournalError

    repo = repository(tmp_path)
    stub = repo / "src" / "bounds" / "clamp.py"
    stub.write_text(stub.read_text().replace("lies beyond", "lies behind"))
    with pytest.raises(JournalError, match="problem differ"):
        replay(repo, tmp_path / "out")


def test_the_golden_run_has_something_of_everything() -> None:
    report = json.loads((GOLDEN / f"report.json{SUFFIX}").read_text("utf-8"))
    assert (report["status"], len(report["rounds"])) == ("chosen", 2)
    for part in ("kept", "differences", "hints", "plans", "probes"):
        assert report[part], part
    assert {move["kind"] for move in report["rounds"][1]["moves"]} >= {"break", "fix", "replace"}
    assert report["landing"]["check"].endswith("passed")


def test_the_golden_run_is_small_and_its_repository_is_the_one_in_the_recorder() -> None:
    assert sum(len(data) for data in tree(GOLDEN).values()) < MOST
    assert tree(GOLDEN / "repository") == {name: text.encode() for name, text in FILES.items()}
