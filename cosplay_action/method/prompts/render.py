"""Fill the templates: (system, user) for every role. Pure text."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from cosplay_action.method.domain import Candidate, Observation, Problem, UnitTest
from cosplay_action.method.ports import Words
from cosplay_action.method.prompts import roles
from cosplay_action.method.values import render

SHOWN = 600  # characters of one value in a prompt

Prompt = tuple[str, str]


def fence(code: str, language: str = "python") -> str:
    """A code block whose fence is longer than any run of backticks inside; every line of the text is kept."""
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}{language}\n{code.removesuffix(chr(10))}\n{ticks}"


def shown_input(words: Words, text: str) -> str:
    return fence(text, "" if words.plain else "python")


def shown_output(words: Words, text: str, after: str = "") -> str:
    """An output behind the word that announces it, and what comes after it: on its line, or a block below it."""
    return f"\n{fence(text, '')}\n{after}".rstrip() if words.plain else f" {text}{after and f', {after}'}"


def _prompt(problem: Problem, template: Template, *, examples: bool = True, **parts: str) -> Prompt:
    task = problem.contract.task(examples=examples)
    return roles.SYSTEM, f"{task}\n\n{template.substitute(parts)}"


def hints(problem: Problem, count: int) -> Prompt:
    return _prompt(problem, roles.HINTS, count=str(count))


def plans(problem: Problem, known: Sequence[str], count: int) -> Prompt:
    text = "Observations on it:\n" + "\n".join(f"- {hint}" for hint in known) if known else ""
    return _prompt(problem, roles.PLANS, known=text, count=str(count))


def candidate(problem: Problem, plan: str) -> Prompt:
    words = problem.contract.words
    return _prompt(problem, roles.CANDIDATE, plan=plan or "none", code=words.code, manners=words.manners)


def repair(problem: Problem, broken: Candidate, test: UnitTest, seen: Observation) -> Prompt:
    words = problem.contract.words
    return _prompt(
        problem,
        roles.REPAIR,
        source=fence(broken.source),
        input=shown_input(words, test.input),
        expected=shown_output(words, test.expected.text if test.expected else ""),
        actual=_shown_actual(words, seen),
        code=words.code,
        manners=words.manners,
    )


def attack(problem: Problem, plan: str, count: int, old: str, *, examples: bool) -> Prompt:
    return _prompt(problem, roles.ATTACK, examples=examples, plan=plan, count=str(count), old=old)


def input_for_idea(problem: Problem, idea: str, old: str, *, examples: bool) -> Prompt:
    words = problem.contract.words
    return _prompt(
        problem,
        roles.INPUT_FOR_IDEA,
        examples=examples,
        idea=idea,
        old=old,
        input=words.input,
        form=words.one_input,
    )


def inputs(problem: Problem, count: int, emphasis: str, *, examples: bool) -> Prompt:
    words = problem.contract.words
    return _prompt(
        problem,
        roles.INPUTS,
        examples=examples,
        count=str(count),
        emphasis=emphasis,
        input=words.input,
        form=words.inputs.format(count=count),
    )


def validator(problem: Problem) -> Prompt:
    return _prompt(problem, roles.VALIDATOR, code=problem.contract.words.code)


def vote(problem: Problem, text: str, old: str, *, examples: bool) -> Prompt:
    words = problem.contract.words
    shown = shown_input(words, text)
    return _prompt(
        problem, roles.VOTE, examples=examples, input=shown, old=old, ending=words.ending, output=words.output
    )


def old_test(test: UnitTest, passed: Candidate | None, words: Words) -> str:
    """What the prompts of the Break step show of the coupled test and of one candidate that passes it."""
    if passed is None or test.expected is None:
        return ""
    return roles.OLD_TEST.substitute(
        input=shown_input(words, test.input),
        expected=shown_output(words, test.expected.text, "and"),
        source=fence(passed.source),
    )


def _shown_actual(words: Words, seen: Observation) -> str:
    """What a candidate gave, as the output it should have given is shown."""
    if not words.plain:
        return shown_output(words, describe(seen))
    if seen.status == "returned" and seen.value is not None:
        return shown_output(words, _clipped(str(seen.value.data)))
    if seen.status == "exited" and seen.detail:  # the end of what it wrote to stderr says where
        return f" an error{shown_output(words, seen.detail[-SHOWN:])}"
    return f" {describe(seen)}"


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 200]}\n...\n{text[-200:]}"


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
