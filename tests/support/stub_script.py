"""A script for stubs: what a model says about one function, right or wrong at set rates, drawn from the seed alone.

It speaks as a server does: it sees a prompt and the request's seed, and tells the role from the prompt's words.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cosplay_action.method.job import digest
from cosplay_action.testing.loopback import Handler, Request, chatting

ROLES = (
    ("note up to", "list"), ("different ways to implement", "list"), ("Somebody implements the task", "list"),
    ("Write the complete implementation", "code"), ("This implementation of the task gives", "code"),
    ("Write one test input", "inputs"), ("different test inputs for the task", "inputs"),
    ("What does a correct implementation give", "vote"),
)  # fmt: skip
_GIVEN = re.compile(r"give for this input\?\n\n```python\n(.*?)\n```", re.DOTALL)


def one_form(text: str) -> str:
    """An input in the form in which it comes back in prompts."""
    return ast.unparse(ast.parse(text))


@dataclass(frozen=True, kw_only=True)
class StubScript:
    """``truth`` says for each input line what is right; ``right`` and ``wrong`` are whole definitions.

    ``rate`` is the share of right candidates, ``vote_rate`` of right votes (a wrong one is another input's answer).
    """

    truth: Mapping[str, str]
    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    rate: float = 1.0
    vote_rate: float = 1.0
    answers: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", {one_form(text): value for text, value in self.truth.items()})

    def reply(self, prompt: str, seed: int) -> str:
        """What is said to this prompt with this seed, which a run draws for each place of its own."""
        role = next(role for mark, role in ROLES if mark in prompt)
        draw = random.Random(digest(str(seed), role))  # not of the prompt: its wording may be mended
        if role == "list":
            return "\n".join(f"{n}. Mind the case number {draw.randrange(1000)} of it." for n in range(1, 5))
        if role == "code":
            pool = self.right if draw.random() < self.rate or not self.wrong else self.wrong
            return f"```python\n{draw.choice(pool)}\n```"
        return self._inputs(draw) if role == "inputs" else self._vote(draw, prompt)

    def _inputs(self, draw: random.Random) -> str:
        return "```python\n" + "\n".join(draw.sample(list(self.truth), min(6, len(self.truth)))) + "\n```"

    def _vote(self, draw: random.Random, prompt: str) -> str:
        found = _GIVEN.search(prompt)
        assert found, prompt
        answer = self.answers[found.group(1)]
        wrong = next((other for other in self.answers.values() if other != answer), "None")
        return f"I follow the rules.\nAnswer: {answer if draw.random() < self.vote_rate else wrong}"


def said(request: Request) -> str:
    """The user's message of a request."""
    messages = request.field("messages")
    assert isinstance(messages, list)
    return str(messages[-1]["content"])


def seed_of(request: Request) -> int:
    seed = request.field("seed")
    assert isinstance(seed, int)
    return seed


def serving(*scripts: tuple[str, StubScript] | StubScript) -> Handler:
    """A handler for one script, or for several, each with a mark (a piece of its prompts) that tells it from others."""

    def write(request: Request, k: int) -> str:
        prompt = said(request)
        for one in scripts:
            mark, script = one if isinstance(one, tuple) else ("", one)
            if mark in prompt:
                return script.reply(prompt, seed_of(request) + k)
        raise AssertionError(f"no script for {prompt[:200]}")

    return chatting(write)


CLAMP = '''\
"""Numbers within bounds."""


def clamp(number: int, low: int, high: int = 10) -> int:
    """Return ``number``, or the bound that it lies beyond.

    Raises ValueError when ``low`` is above ``high``.
    """
    raise NotImplementedError
'''
_GUARD = "    if low > high:\n        raise ValueError(low)\n"
_HEAD = "def clamp(number, low, high=10):\n"


def clamp_truth() -> dict[str, str]:
    known = {f"clamp({n}, {low})": str(max(low, min(n, 10))) for n in range(-4, 20, 2) for low in (-2, 3)}
    return known | {f"clamp({n}, 12)": "raises ValueError" for n in range(3)}


def clamp_script(*, rate: float = 1.0, vote_rate: float = 1.0) -> StubScript:
    """The script of ``CLAMP``: two right ways, two wrong ones."""
    return StubScript(
        truth=clamp_truth(), rate=rate, vote_rate=vote_rate,
        right=(
            f"{_HEAD}{_GUARD}    return max(low, min(number, high))",
            f"{_HEAD}{_GUARD}    if number < low:\n        return low\n    return high if number > high else number",
        ),
        wrong=(f"{_HEAD}    return min(number, high)", f"{_HEAD}{_GUARD}    return max(low, number)"),
    )  # fmt: skip
