"""Prompts and replies."""

from __future__ import annotations

import dataclasses

import pytest

from cosplay_action.method.domain import Expected, Observation, Problem
from cosplay_action.method.ports import Words
from cosplay_action.method.prompts import parse, render
from cosplay_action.method.values import Value
from cosplay_action.testing.world import WorldContract
from tests.support.stage import candidate, problem, unit

TASK = problem()
SEEN = Observation(status="returned", value=Value("int", 7))


def prompts(examples: bool = True) -> dict[str, str]:
    made = {
        "hints": render.hints(TASK, 4),
        "plans": render.plans(TASK, ("a hint",), 3),
        "candidate": render.candidate(TASK, "a plan"),
        "repair": render.repair(TASK, candidate(1), unit(3), SEEN),
        "attack": render.attack(TASK, "a plan", 2, "", examples=examples),
        "idea": render.input_for_idea(TASK, "an idea", "", examples=examples),
        "inputs": render.inputs(TASK, 4, "typical", examples=examples),
        "vote": render.vote(TASK, "3", "", examples=examples),
    }
    return {role: text for role, (_, text) in made.items()}


def test_every_prompt_begins_with_the_task_word_for_word() -> None:
    assert all(text.startswith(TASK.contract.task() + "\n\n") for text in prompts().values())


def test_no_prompt_leaves_a_placeholder_or_a_hole_behind() -> None:
    for text in prompts().values():
        assert "$" not in text
        assert "\n\n\n" not in text


def test_prompts_name_code_and_inputs_as_the_contract_does() -> None:
    words = WorldContract().words
    assert words.code in prompts()["candidate"]
    assert words.input in prompts()["inputs"]
    assert prompts()["vote"].endswith(f"Answer: {words.output}")


def test_blank_lines_of_an_input_reach_the_voters_as_they_are() -> None:
    text = "\n3\n\n\n\n5\n"
    assert f"```python\n{text}```" in render.vote(TASK, text, "", examples=True)[1]


def test_blank_lines_of_a_candidate_reach_those_who_repair_it() -> None:
    source = 'X = """a\n\n\n\nb"""\n\n\ndef f():\n    return X'
    broken = dataclasses.replace(candidate(1), source=source)
    assert source in render.repair(TASK, broken, unit(3), SEEN)[1]


def test_dollars_and_braces_of_untrusted_text_stay_text() -> None:
    text = "price = '$input ${old} {0} %s'"
    assert text in render.vote(TASK, text, "", examples=True)[1]
    assert "$count" in render.candidate(TASK, "use $count")[1]


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    code = 'f("""\n````\n""")'
    fenced = render.fence(code)
    assert fenced.startswith("`````python\n")
    assert parse.code_blocks(fenced) == (code + "\n",)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (SEEN, "7"),
        (Observation(status="raised", error=("KeyError", "LookupError"), detail="'a'"), "raises KeyError: 'a'"),
        (Observation(status="raised"), "raises an exception"),
        (Observation(status="timed_out"), "does not end in time"),
        (Observation(status="out_of_memory"), "runs out of memory"),
        (Observation(status="too_much_output"), "gives far too much output"),
        (Observation(status="exited"), "ends the process"),
    ],
)
def test_an_observation_is_told_in_words(seen: Observation, words: str) -> None:
    assert render.describe(seen) == words


def test_what_a_candidate_gives_is_bounded_in_a_prompt() -> None:
    long = Observation(status="returned", value=Value("str", "x" * 100_000))
    assert len(render.describe(long)) <= render.SHOWN
    loud = Observation(status="raised", error=("ValueError",), detail="y" * 100_000)
    assert len(render.describe(loud)) < render.SHOWN


def test_the_old_test_is_shown_with_its_expectation_and_the_candidate_that_passed() -> None:
    words = TASK.contract.words
    text = render.old_test(unit(3), candidate(1), words)
    assert "```python\n3\n```" in text
    assert "expected 6" in text
    assert "behaviour 1" in text
    assert render.old_test(unit(3), None, words) == ""


def test_an_expected_exception_is_shown_by_name_in_a_repair() -> None:
    test = dataclasses.replace(unit(3), expected=Expected(text="raises ValueError", raises="ValueError"))
    assert "Expected: raises ValueError" in render.repair(TASK, candidate(1), test, SEEN)[1]


# -- replies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "blocks"),
    [
        ("```python\na\n```", ("a\n",)),
        ("Sure!\n```py\na\n```\ntext\n~~~\nb\n~~~\n", ("a\n", "b\n")),
        ("```python\na\nb", ("a\nb",)),
        ("a = 1", ("a = 1",)),
        ("  ```python\n  a\n  ```", ("  a\n",)),
        ("````python\nx = '''\n```\n'''\n````", ("x = '''\n```\n'''\n",)),
        ("```\n\n```\n```\nb\n```", ("b\n",)),
        ("", ()),
        (" \n ", ()),
    ],
)
def test_code_blocks(reply: str, blocks: tuple[str, ...]) -> None:
    assert parse.code_blocks(reply) == blocks


@pytest.mark.parametrize(
    ("reply", "items"),
    [
        ("1. first item\n2. second item", ("first item", "second item")),
        ("Here:\n\n1) first item\n   goes on\n2) second item", ("first item goes on", "second item")),
        ("- first item\n* second item\n• third item", ("first item", "second item", "third item")),
        ("1. first item\n   - its detail\n2. second item", ("first item its detail", "second item")),
        ("**1. Sort:** then scan\n2. **Hash** them", ("Sort:** then scan", "Hash them")),
        ("first line\nsecond line", ("first line", "second line")),
        ("1. same thing\n2. same thing", ("same thing",)),
        ("1. no\n2. yes, it is", ("yes, it is",)),
        ("```\n1. first item\n```", ("first item",)),
        ("", ()),
    ],
)
def test_items_of_a_list(reply: str, items: tuple[str, ...]) -> None:
    assert parse.items(reply, 4) == items


def test_at_most_the_wanted_number_of_items_each_of_bounded_length() -> None:
    reply = "\n".join(f"{n}. {str(n) * 1000}" for n in range(1, 9))
    assert [len(item) for item in parse.items(reply, 3)] == [400] * 3


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        ("Double it.\nAnswer: 14", "14"),
        ("**Answer:** 14", "14"),
        ("final answer = [1, 2]", "[1, 2]"),
        ("> Answer: 14", "14"),
        ("Answer: 3\nNo, wait.\nAnswer: 14", "14"),
        ("Answer:\n```python\n[1]\n```", "[1]"),
        ("Answer:\n14", "14"),
        ("Answer: ```\n14\n```", "14"),
        ("- Answer: 14", "14"),
        ("It gives\n```\n14\n```", "14"),
        ("It gives\n14", "14"),
    ],
)
def test_the_most_likely_answer_comes_first(reply: str, first: str) -> None:
    assert parse.answers(reply)[0] == first


def test_an_answer_of_several_lines_is_offered_whole_too() -> None:
    assert "[1,\n 2]" in parse.answers("Answer: [1,\n 2]")


def test_no_answer_is_no_piece() -> None:
    assert parse.answers(" \n\n") == ()


def test_words_are_what_a_contract_must_give() -> None:
    needed = {f.name for f in dataclasses.fields(Words) if f.default is dataclasses.MISSING}
    assert needed == {"code", "input", "output", "input_example"}
    assert isinstance(TASK, Problem)
