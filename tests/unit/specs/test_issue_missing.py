"""Specs with much to mend: as much of it as can be known is said at once, and nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.issue import IssueSpec, read_and_prepare, read_issue
from tests.support.issue_specs import form, repository

RUN = "Input:\n```\n2 3\n```\nOutput:\n```\n5\n```\n"
NO_RUN = "Write `Input:` and a fenced block, then `Output:` and a fenced block. What is none belongs into Behaviour."


def flaws(root: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_and_prepare(root, text, "spec.md")
    return [line.strip() for line in caught.value.what.split("\n")[1:]]


def program(examples: str) -> str:
    return form(target="add.py", signature="", behaviour="Add.", examples=examples)


def read(examples: str) -> IssueSpec:
    return read_issue(program(examples), "spec.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop")


# -- examples of a program that are none -------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["| 3 4 | 7 |", "With 3 and 4 it prints 7.", "3 4 -> 7", ">>> add(3, 4)", "add 3 4"])
def test_a_line_beside_runs_that_is_no_run_is_a_flaw_with_its_line(root: Path, line: str) -> None:
    (found,) = flaws(root, program(f"{RUN}\n{line}\n"))
    at = program(f"{RUN}\n{line}\n").split("\n").index(line) + 1
    assert found == f"line {at}: `{line}` is no example. {NO_RUN}"


def test_a_table_alone_is_told_how_runs_are_written(root: Path) -> None:
    found = flaws(root, program("| in | out |\n|---|---|\n| 3 4 | 7 |"))
    assert [one.partition("`")[2] for one in found if "is no example" in one] == [
        f"| in | out |` is no example. {NO_RUN}", f"| 3 4 | 7 |` is no example. {NO_RUN}",
    ]  # fmt: skip
    assert not any("call -> value`, `call raises" in one for one in found)


def test_a_block_without_its_label_is_a_flaw(root: Path) -> None:
    (found,) = flaws(root, program(f"{RUN}\n```\n3 4\n```"))
    assert "`3 4` is no example" in found


def test_captions_rules_and_explanations_between_runs_are_none(root: Path) -> None:
    spec = read(
        f"**Example 1**\n\n{RUN}\n---\n\nThe other one:\n\n{RUN.replace('2', '4')}\nExplanation: 2 + 3\nis 5.\n"
    )
    assert len(spec.program) == 2
    assert any("explanation" in note for note in spec.notes)


# -- an answer that is missing -----------------------------------------------------------------------------------------


def test_a_blank_form_lacks_each_of_its_answers_once(root: Path) -> None:
    blank = dict.fromkeys(("target", "signature", "behaviour", "examples"), "_No response_")
    found = [one.partition(": ")[2].partition(".")[0] for one in flaws(root, form(**blank))]
    assert found == ["Target is missing", "Signature is missing", "Behaviour is missing"]


def test_a_target_that_is_not_there_lacks_signature_and_behaviour(root: Path) -> None:
    text = form(target="src/x.py::f", signature="_No response_", behaviour="_No response_", examples="f(1) -> 2")
    said = " ".join(flaws(root, text))
    assert "There is no function `f`" in said
    assert "Behaviour is missing" in said


def test_another_name_in_the_signature_hides_nothing_of_the_examples(root: Path) -> None:
    examples = 'triple(1) -> 3\ntriple(1) -> 4\ntripple(2) -> 6\ntriple("a", 2) -> 6\ntriple(3) -> "nine"'
    signature = "def tripple(x: int) -> int"
    text = form(target="src/a.py::triple", signature=signature, behaviour="Return 3 x.", examples=examples)
    found = flaws(root, text)
    lines = {line: number for number, line in enumerate(text.split("\n"), start=1)}
    said = {int(one.split()[1].rstrip(":")): one for one in found}
    assert "Signature names `tripple`, but Target says `triple`" in said[lines[signature]]
    assert "gives `3`" in said[lines["triple(1) -> 4"]]
    assert "does not call `triple`" in said[lines["tripple(2) -> 6"]]
    assert "is no test" in said[lines['triple("a", 2) -> 6']]
    assert "return type" in said[lines['triple(3) -> "nine"']]
    assert len(found) == 5


def test_two_stubs_do_not_hide_what_contradicts_itself(root: Path) -> None:
    stubs = "```python\ndef foo(x):\n    ...\n```\n```python\ndef bar(x: int) -> int:\n    ...\n```\n"
    said = " ".join(flaws(root, f"{stubs}foo(1) -> 2\nfoo(1) -> 3\n"))
    assert "There are stubs in 2 blocks" in said
    assert "No Python file is named" in said
    assert "`foo(1)` gives `2` in line 9 and `3` here" in said
