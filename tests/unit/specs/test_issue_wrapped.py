"""What the issue form makes of answers: a fence around all of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.issue import IssueSpec, read_issue
from tests.support.issue_specs import form

ROOT = Path(__file__).parents[3]
RUNS = "Input:\n```\n1 2\n```\nOutput:\n```\n2\n```\n\nInput:\n```\n5 4\n```\nOutput:\n```\n5\n```"
PLAIN = "Input:\n1 2\nOutput:\n2\n\nInput:\n5 4\n\nOutput:\n5\n"


def program(examples: str, signature: str = "") -> IssueSpec:
    text = form(target="add.py", signature=signature, behaviour="Print the larger.", examples=examples)
    return read_issue(text, "issue #1")


@pytest.mark.parametrize(
    "examples",
    [
        RUNS,
        f"```python\n{RUNS}\n```",
        f"````python\n{RUNS}\n````",
        f"~~~\n{RUNS}\n~~~",
        f"The runs:\n\n````\n{RUNS}\n````",
        f"```python\n{PLAIN}\n```",
        "```\nInput:\n1 2\nOutput:\n2\n```\n\n```\nInput:\n5 4\nOutput:\n5\n```",
    ],
)
def test_runs_of_a_program_are_read_through_a_fence_around_them(examples: str) -> None:
    spec = program(examples, "```python\n\n```")
    assert [(one.stdin, one.stdout) for one in spec.program] == [("1 2\n", "2\n"), ("5 4\n", "5\n")]
    assert (spec.path, spec.qualname, spec.examples) == ("add.py", "", ())


@pytest.mark.parametrize(
    ("examples", "lines"),
    [
        (f"```python\n{RUNS}\n```", [1, 10]),
        (f"````python\n{RUNS}\n````", [1, 10]),
        (f"```\n{PLAIN}\n```", [1, 6]),
    ],
)
def test_runs_inside_of_a_fence_have_the_lines_of_the_text(examples: str, lines: list[int]) -> None:
    first = form(target="add.py", signature="", behaviour="Print.", examples="@@").split("\n").index("@@") + 1
    assert [one.line - first for one in program(examples).program] == lines


def test_a_run_inside_of_a_fence_that_has_one_half_is_a_flaw() -> None:
    with pytest.raises(SpecError, match="This is an Input without its Output"):
        program("```\nInput:\n1\n```")


def test_examples_of_a_function_are_read_with_and_without_a_fence() -> None:
    lines = 'join(1) -> 2\n- `join(2)` -> `3`\njoin("") raises ValueError\n\n>>> join(4)\n5\n\n>>> join(6)\n7'
    bare, fenced = (read_issue(form(examples=text), "issue #1") for text in (lines, f"```python\n{lines}\n```"))
    assert bare.examples == fenced.examples
    assert len(bare.examples) == 4


def test_no_answer_of_the_form_that_may_hold_fences_is_put_into_one() -> None:
    shipped = (ROOT / "cosplay_action/github/templates/issue-form.yml").read_text("utf-8")
    fields = dict(re.findall(r"id: (\w+)\n(.*?)(?=\n  - type|\Z)", shipped, re.DOTALL))
    assert [name for name, text in fields.items() if "render:" in text] == ["signature"]
    assert "`Input:` and `Output:`" in fields["examples"]
