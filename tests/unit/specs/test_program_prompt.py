"""How a program's task is put to a model."""

from __future__ import annotations

import pytest

from cosplay_action.method import craft
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, Expected, Observation, Problem, UnitTest
from cosplay_action.method.ports import Ask, Place, Reply
from cosplay_action.method.prompts import parse, render
from cosplay_action.method.values import stdout_value
from cosplay_action.specs.program import ProgramText, read_program
from cosplay_action.specs.program_prompt import task, without_examples
from cosplay_action.specs.program_text import ProgramExample
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.table import TableSandbox

ONE = ProgramExample(stdin="2\n1 2\n3\n", stdout="3\n3\n", line=0)
PROGRAM = read_program(ProgramText(statement="Sum each line.", examples=(ONE,), origin="sums.md"))
PROBLEM = Problem(statement=PROGRAM.statement, contract=PROGRAM.contract, origin=PROGRAM.origin)
TEST = UnitTest(input="1\n4\n", expected=Expected(text="4\n4", value=stdout_value("4\n4")), origin="attack")
CODE = Candidate(source="print(1)\n")

APPS = """\
Do it.


-----Input-----

Two lines.


-----Output-----

A number.


-----Examples-----
Input
2
1

Output
7


-----Note-----

In the first example it is 7.


-----Limits-----

n < 9
"""
MARKDOWN = """\
## Input

A number. `Example` is a word.

## Examples

### Example 1

**Input**
```
## Output
```
**Output**
```
5
```

## Output format

Its double.
"""


def test_examples_that_the_statement_lacks_are_shown_below_it() -> None:
    shown = task("Sum each line.\n", (ONE,), shown=True)
    assert shown.startswith("Write a Python program.")
    assert shown.endswith("Sum each line.\n\nFor example, the input\n```\n2\n1 2\n3\n```\ngives\n```\n3\n3\n```")


def test_examples_that_the_statement_holds_are_not_shown_twice() -> None:
    assert task(APPS, (ONE,), shown=True).endswith(APPS.strip())


def test_without_examples_neither_form_shows_any() -> None:
    assert task("Sum each line.", (ONE,), shown=False).endswith("\n\nSum each line.")
    bare = task(APPS, (ONE,), shown=False)
    assert "7" not in bare
    assert "A number." in bare
    assert bare.endswith("n < 9")


def test_sections_of_examples_end_where_a_heading_of_their_level_stands() -> None:
    bare = without_examples(MARKDOWN)
    assert "5" not in bare
    assert "Its double." in bare
    assert "`Example` is a word." in bare


@pytest.mark.parametrize(
    ("statement", "bare"),
    [
        ("A.\n**Sample Input**\n1\n**Sample Output**\n2\n**Constraints**\nn < 9", "A.\n**Constraints**\nn < 9"),
        ("A.\nExample 1:\nInput: 1\nOutput: 2\nConstraints:\nn < 9", "A.\nConstraints:\nn < 9"),
        ("A.\nInput:\na number\nOutput:\nits double", "A.\nInput:\na number\nOutput:\nits double"),
        ("A.\n# Sample 1\n1\n# Notes\nb\n# Rules\nc", "A.\n# Rules\nc"),
        ("Examples are fine.", "Examples are fine."),
    ],
)
def test_examples_are_told_by_their_headings(statement: str, bare: str) -> None:
    assert without_examples(statement) == bare


def prompts() -> dict[str, str]:
    words, gave = PROBLEM.contract.words, Observation(status="returned", value=stdout_value("4\n5"))
    made = {
        "hints": render.hints(PROBLEM, 4),
        "plans": render.plans(PROBLEM, ("a hint",), 3),
        "candidate": render.candidate(PROBLEM, "a plan"),
        "repair": render.repair(PROBLEM, CODE, TEST, gave),
        "attack": render.attack(PROBLEM, "a plan", 2, render.old_test(TEST, CODE, words), examples=True),
        "idea": render.input_for_idea(PROBLEM, "an idea", "", examples=True),
        "inputs": render.inputs(PROBLEM, 4, "typical", examples=True),
        "vote": render.vote(PROBLEM, TEST.input, "", examples=True),
    }
    head = len(PROBLEM.contract.task())
    return {role: text[head:] for role, (_, text) in made.items()}


def test_every_prompt_begins_with_the_task_word_for_word() -> None:
    assert render.vote(PROBLEM, "1\n", "", examples=True)[1].startswith(PROBLEM.contract.task() + "\n\n")


def test_no_prompt_of_a_program_speaks_of_python_inputs_or_of_parameters() -> None:
    for text in prompts().values():
        assert "parameters" not in text
        assert "assert" not in text
        assert "$" not in text
        assert "\n\n\n" not in text
    for role in ("idea", "inputs", "vote", "hints", "plans"):
        assert "ython" not in prompts()[role], role


def test_inputs_and_outputs_are_shown_as_they_stand() -> None:
    shown = prompts()["repair"]
    assert "Input:\n```\n1\n4\n```\nExpected:\n```\n4\n4\n```\nIt gives:\n```\n4\n5\n```\n" in shown
    assert "```\n1\n4\n```\nexpected\n```\n4\n4\n```\nand this implementation passed it:" in prompts()["attack"]
    assert "give for this input?\n\n```\n1\n4\n```\n" in prompts()["vote"]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (
            Observation(status="exited", detail="exited with code 1\nTraceback:\nValueError: x"),
            "It gives: an error\n```\nexited with code 1\nTraceback:\nValueError: x\n```\n",
        ),
        (Observation(status="timed_out", detail="more than 2 CPU seconds"), "It gives: does not end in time\n"),
        (Observation(status="exited"), "It gives: ends the process\n"),
        (Observation(status="returned", value=stdout_value("")), "It gives:\n```\n\n```\n"),
    ],
)
def test_a_repair_is_told_how_the_program_ended(seen: Observation, words: str) -> None:
    assert words in render.repair(PROBLEM, CODE, TEST, seen)[1]


def test_a_long_output_is_shown_by_its_two_ends() -> None:
    long = Observation(status="returned", value=stdout_value("a" * 5000 + "end"))
    shown = render.repair(PROBLEM, CODE, TEST, long)[1].partition("It gives:")[2]
    assert len(shown) < 1200
    assert "aaa\n...\naaa" in shown
    assert "end\n```" in shown


def test_the_form_that_is_asked_for_is_the_form_that_is_read() -> None:
    contract = PROBLEM.contract
    asked = prompts()["inputs"].partition("in this form")[2]
    assert len(parse.code_blocks(asked)) == 2
    (answer,) = parse.answers(prompts()["vote"].partition("in this form:\n")[2])[:1]
    assert answer == "<exactly what the program prints>"
    reply = "Sum it.\nAnswer:\n```\n4\n4\n```"
    assert contract.read_expected(parse.answers(reply)[0], TEST.input) == contract.read_expected("4\n4")


@pytest.mark.parametrize("status", ["ok", "truncated"])
async def test_an_input_that_a_reply_breaks_off_in_is_not_taken_for_a_whole_one(status: str) -> None:
    text = "New input 1:\n```\n1\n4\n```\nNew input 2:\n```\n2\n1 2"

    def script(ask: Ask, k: int) -> Reply:
        assert ask.reply_tokens == 256
        return Reply(status=status, text=text)  # type: ignore[arg-type]

    ctx = Context(problem=PROBLEM, model=ScriptedModel(script), sandbox=TableSandbox({}))
    place = Place(stage="select", step="probes", role="inputs")
    found = await craft.random_inputs(ctx, place, 2, "typical")
    assert found == ["1\n4\n", "2\n1 2\n"][: 1 if status == "truncated" else 2]
