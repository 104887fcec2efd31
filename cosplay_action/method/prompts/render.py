"""Fill the templates: (system, user) for every role. Pure text."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from cosplay_action.method.domain import Candidate, Observation, Problem, UnitTest
from cosplay_action.method.prompts import roles
from cosplay_action.method.values import render

SHOWN = 600  # characters of one value in a prompt

Prompt = tuple[str, str]


def fence(code: str) -> str:
    """A Python code block whose fence is longer than any run of backticks inside; every line of the text is kept."""
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}python\n{code.removesuffix(chr(10))}\n{ticks}"


def _prompt(problem: Problem, template: Template, *, examples: bool = True, **parts: str) -> Prompt:
    task = problem.contract.task(examples=examples)
    return roles.SYSTEM, f"{task}\n\n{template.substitute(parts)}"


def hints(problem: Problem, count: int) -> Prompt:
    return _prompt(problem, roles.HINTS, count=str(count))


def plans(problem: Problem, known: Sequence[str], count: int) -> Prompt:
    text = "Observations on it:\n" + "\n".join(f"- {hint}" for hint in known) if known else ""
    return _prompt(problem, roles.PLANS, known=text, count=str(count))


def candidate(problem: Problem, plan: str) -> Prompt:
    return _prompt(problem, roles.CANDIDATE, plan=plan or "none", code=problem.contract.words.code)


def repair(problem: Problem, broken: Candidate, test: UnitTest, seen: Observation) -> Prompt:
    return _prompt(
        problem,
        roles.REPAIR,
        source=fence(broken.source),
        input=fence(test.input),
        expected=test.expected.text if test.expected else "",
        actual=describe(seen),
        code=problem.contract.words.code,
    )


def attack(problem: Problem, plan: str, count: int, old: str, *, examples: bool) -> Prompt:
    return _prompt(problem, roles.ATTACK, examples=examples, plan=plan, count=str(count), old=old)


def input_for_idea(problem: Problem, idea: str, old: str, *, examples: bool) -> Prompt:
    return _prompt(
        problem,
        roles.INPUT_FOR_IDEA,
        examples=examples,
        idea=idea,
        old=old,
        input=problem.contract.words.input,
    )


def inputs(problem: Problem, count: int, emphasis: str, *, examples: bool) -> Prompt:
    return _prompt(
        problem,
        roles.INPUTS,
        examples=examples,
        count=str(count),
        emphasis=emphasis,
        input=problem.contract.words.input,
    )


def vote(problem: Problem, text: str, old: str, *, examples: bool) -> Prompt:
    words = problem.contract.words
    return _prompt(problem, roles.VOTE, examples=examples, input=fence(text), old=old, output=words.output)


def old_test(test: UnitTest, passed: Candidate | None) -> str:
    """What the prompts of the Break step show of the coupled test and of one candidate that passes it."""
    if passed is None or test.expected is None:
        return ""
    return roles.OLD_TEST.substitute(input=fence(test.input), expected=test.expected.text, source=fence(passed.source))


def describe(seen: Observation) -> str:
    """An observation in words, bounded, for prompts."""
    if seen.status == "returned" and seen.value is not None:
        return render(seen.value, limit=SHOWN)
    if seen.status == "raised":
        name = seen.error[0] if seen.error else "an exception"
        return f"raises {name}: {seen.detail[:200]}" if seen.detail else f"raises {name}"
    return {
        "timed_out": "does not end in time",
        "out_of_memory": "runs out of memory",
        "too_much_output": "gives far too much output",
    }.get(seen.status, "ends the process")
