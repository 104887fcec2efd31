"""The example repository: every example is a stub that can be played, and the hidden truth is true."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from cosplay_action.specs.layout import import_place
from cosplay_action.specs.target import find_target
from tests.support.example_truth import TRUTHS, Truth, failures

ROOT = Path(__file__).parents[3]


def completed(truth: Truth, body: str) -> str:
    """The module's text with ``body`` in place of the stub's."""
    target = find_target(ROOT, truth.target, import_place)
    indent = target.indent + "    "
    stub = target.source.text[target.header_end : target.end]
    done = stub.replace(f"{indent}raise NotImplementedError", textwrap.indent(body.rstrip("\n"), indent))
    assert done != stub
    return target.source.text[: target.header_end] + done + target.source.text[target.end :]


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: t.target.rpartition("::")[2])
def test_each_reference_meets_all_of_its_checks(truth: Truth) -> None:
    assert len(truth.checks) >= 15
    assert failures(truth, completed(truth, truth.reference)) == []


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: t.target.rpartition("::")[2])
def test_a_body_that_does_nothing_fails_most_checks(truth: Truth) -> None:
    assert len(failures(truth, completed(truth, "return None"))) > len(truth.checks) // 2


def test_the_list_of_examples_names_exactly_the_stubs_that_exist() -> None:
    named = re.findall(r"^\| `(\S+::\S+)`", (ROOT / "examples/README.md").read_text(), re.MULTILINE)
    assert sorted(f"examples/textkit/src/textkit/{name}" for name in named) == sorted(t.target for t in TRUTHS)


def test_examples_are_imported_from_their_own_source_folder() -> None:
    place = import_place(ROOT, "examples/textkit/src/textkit/runs.py")
    assert place.module == "textkit.runs"
    assert place.roots[0] == "examples/textkit/src"
