"""The command ``run`` below the command line: who is played after whom, where a run lives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cosplay_action.ordering import in_order
from cosplay_action.playing import identity, read_target, run_id
from cosplay_action.settings import Settings
from cosplay_action.specs.stub import Stub


def stubs(root: Path, **documents: str) -> dict[str, Stub]:
    """A stub a name, each with this docstring."""
    text = "\n\n".join(f'def {name}(x: int) -> int:\n    """{said}"""\n    ...' for name, said in documents.items())
    (root / "m.py").write_text(text + "\n")
    return {name: read_target(root, f"m.py::{name}", Settings()) for name in documents}


def order(found: dict[str, Stub]) -> list[str]:
    return [stub.contract.target.name for stub in in_order(list(found.values()))]


def test_stubs_that_do_not_mention_each_other_keep_the_order_given(tmp_path: Path) -> None:
    assert order(stubs(tmp_path, c="One.", a="Two.", b="Three.")) == ["c", "a", "b"]


def test_a_stub_is_played_after_every_stub_it_mentions(tmp_path: Path) -> None:
    found = stubs(tmp_path, top="Uses ``middle`` and low().", middle="Uses `low`.", low="Nothing.")
    assert order(found) == ["low", "middle", "top"]


def test_a_longer_name_is_no_mention(tmp_path: Path) -> None:
    assert order(stubs(tmp_path, first="As in lower and is_low.", low="Nothing.")) == ["first", "low"]


def test_stubs_that_mention_each_other_keep_the_order_given(tmp_path: Path) -> None:
    assert order(stubs(tmp_path, even="The opposite of odd.", odd="The opposite of even.")) == ["even", "odd"]


def test_a_stub_that_mentions_itself_waits_for_nobody(tmp_path: Path) -> None:
    assert order(stubs(tmp_path, walk="Calls walk again.", run="Nothing.")) == ["walk", "run"]


# -- what makes a run this run ----------------------------------------------------------------------------------------


def one(root: Path, **settings: object) -> tuple[str, dict]:
    stub = read_target(root, "m.py::f", Settings())
    found = identity(stub, Settings(**settings), "m", "")  # type: ignore[arg-type]
    return run_id(stub, found), found


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"candidates": 9}, {"temperature": 0.1}, {"memory": 64}, {"cell_seconds": 1.0},
               {"ignore_examples": True}, {"select": "blend"}],
)  # fmt: skip
def test_what_changes_a_run_changes_its_name(tmp_path: Path, change: dict[str, object]) -> None:
    stubs(tmp_path, f="Nothing.")
    assert one(tmp_path, **change)[0] != one(tmp_path)[0]
    assert one(tmp_path)[0] == one(tmp_path)[0]


@pytest.mark.parametrize("change", [{"concurrency": 3}, {"budget_calls": 7}, {"base_url": "http://elsewhere/v1"}])
def test_what_does_not_change_a_run_does_not_change_its_name(tmp_path: Path, change: dict[str, object]) -> None:
    """So that a run goes on with a larger budget, and after its server moved."""
    stubs(tmp_path, f="Nothing.")
    assert one(tmp_path, **change) == one(tmp_path)


def test_a_changed_module_is_another_run_and_the_identity_is_plain_json(tmp_path: Path) -> None:
    stubs(tmp_path, f="Nothing.")
    before = one(tmp_path)
    (tmp_path / "m.py").write_text((tmp_path / "m.py").read_text() + "\n\nX = 1\n")
    assert one(tmp_path)[0] != before[0]
    assert json.loads(json.dumps(before[1])) == before[1]


def test_a_run_directorys_name_is_safe_for_every_file_system(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("class A:\n    def __call__(self, x: int) -> int: ...\n")
    stub = read_target(tmp_path, "m.py::A.__call__", Settings())
    name = run_id(stub, identity(stub, Settings(), "m", ""))
    assert name.startswith("a---call")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
