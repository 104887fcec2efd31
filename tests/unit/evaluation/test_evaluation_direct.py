"""How raw replies of the simple arms are read: code, and a test with its output in one reply."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.evaluation.desk import problem_of
from benchmarks.evaluation.direct import code_prompt, draw_candidates, draw_tests, raw_test_prompt
from benchmarks.evaluation.tasks import Task
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Problem
from cosplay_action.method.numbers import Numbers
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.table import TableSandbox

STUB = 'def double(number: int) -> int:\n    """Twice.\n\n    >>> double(21)\n    42\n    """\n    ...\n'


def function(tmp_path: Path) -> Problem:
    return problem_of(Task(name="t", kind="function", text=STUB, entry="double"), tmp_path)


def program(tmp_path: Path) -> Problem:
    text = "Print twice the number."
    return problem_of(Task(name="t", kind="program", text=text, examples=(("21\n", "42\n"),)), tmp_path)


def context(problem: Problem, reply: str) -> Context:
    numbers = Numbers(ignore_examples=True)
    return Context(problem=problem, model=ScriptedModel(lambda *_: reply), sandbox=TableSandbox({}), numbers=numbers)


@pytest.mark.parametrize(
    ("reply", "given", "wanted"),
    [
        ("Twice 4 is 8.\nassert double(4) == 8", "double(4)", "8"),
        ("```python\nassert double(4) == 8\n```", "double(4)", "8"),
        ("- `assert double(4) == 8`", "double(4)", "8"),
        ("assert double(4) == 8\nassert double(5) == 11", "double(4)", "8"),  # later ones go astray
        ("assert double() ==\nassert double(5) == 10", "double(5)", "10"),  # the first that can be read
        ("assert double(4)", "double(4)", "True"),
        ("assert not double(4)", "double(4)", "False"),
        ("assert other(4) == 8", "", ""),
        ("The answer is 8.", "", ""),
        ("assert double(4) != 8", "", ""),
        ("assert (((((", "", ""),
    ],
)
async def test_a_functions_raw_test_is_its_first_assert(tmp_path: Path, reply: str, given: str, wanted: str) -> None:
    (test,) = await draw_tests(context(function(tmp_path), reply), 0, 1)
    assert test.input == given
    assert test.valid == bool(wanted)
    assert (test.expected.text if test.expected else "") == wanted


async def test_a_programs_raw_test_is_an_input_and_the_answer_behind_it(tmp_path: Path) -> None:
    reply = "Input:\n```\n4\n```\nAnswer:\n```\n8\n```"
    (test,) = await draw_tests(context(program(tmp_path), reply), 0, 1)
    assert test.input.split() == ["4"]
    assert test.expected is not None
    assert test.expected.text.split() == ["8"]
    (unread,) = await draw_tests(context(program(tmp_path), "8"), 0, 1)
    assert not unread.valid


async def test_a_reply_without_code_is_a_candidate_that_is_wrong_and_not_one_less(tmp_path: Path) -> None:
    (candidate,) = await draw_candidates(context(function(tmp_path), "I cannot."), "direct", 0, 1)
    assert candidate.source == ""
    assert candidate.flaw


def test_examples_are_shown_to_who_writes_code_and_hidden_from_who_writes_tests(tmp_path: Path) -> None:
    problem = function(tmp_path)
    assert "double(21)" in code_prompt(problem)[1]
    prompts = [raw_test_prompt(problem, wave, examples=False)[1] for wave in range(4)]
    assert len(set(prompts)) == 4  # kinds of inputs take turns
    assert not any("double(21)" in prompt or "42" in prompt for prompt in prompts)
