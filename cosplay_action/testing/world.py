"""A small world with known truth: a problem whose candidates and tests are right or wrong at set rates.

The task: double a whole number. A candidate is the text ``behaviour K``: K = 0 is right, any other K gives a wrong
answer on every input that K + 1 divides. An input is a whole number, an expected output another, so every cell can be
looked up and no code runs. Replies are drawn from the seed of the question alone: the same question, the same reply.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cosplay_action.method.domain import Expected, Observation, Problem, UnitTest
from cosplay_action.method.job import Job, digest
from cosplay_action.method.ports import Ask, Place, Reply, Role, Seen, Unusable, Wanted, Words
from cosplay_action.method.values import Value
from cosplay_action.testing.scripted import Script, ScriptedModel
from cosplay_action.testing.table import told

_CODE = re.compile(r"behaviour (\d+)")
_NUMBER = re.compile(r"-?\d+\Z")


def gives(behaviour: int, number: int) -> int:
    """What behaviour K returns for a number: twice it, and K too much where K + 1 divides it (K = 0: never)."""
    return 2 * number + (behaviour if behaviour and number % (behaviour + 1) == 0 else 0)


_WORDS = Words(
    code="one line `behaviour K`", input="a whole number", output="a whole number", input_example="3",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldContract:
    """The contract of the doubling task, over plain texts."""

    fingerprint: str = "double"
    words: Words = _WORDS

    def task(self, *, examples: bool = True) -> str:
        return "Double a whole number." + (" For example 3 gives 6." if examples else "")

    def read_candidate(self, text: str) -> str | Unusable:
        found = _CODE.search(text)
        return found.group(0) if found else Unusable(why="no behaviour in the block")

    def split_inputs(self, text: str) -> Sequence[str]:
        return [line.strip() for line in text.splitlines() if line.strip()]

    def read_input(self, text: str, *, strict: bool = False) -> str | Unusable:  # noqa: ARG002 (the port's)
        return text if _NUMBER.match(text) else Unusable(why="not a whole number")

    def read_expected(self, text: str, given: str = "") -> Wanted | Unusable:  # noqa: ARG002 (the port's)
        if text.startswith("raises "):
            return Wanted(text=text, raises=text.removeprefix("raises "))
        return Wanted(text=text) if _NUMBER.match(text) else Unusable(why="not a whole number")

    def job(self, candidate: str | None, inputs: Sequence[str]) -> Job:
        return Job(inputs=tuple(inputs), candidate=candidate)

    def statement_names(self, error: str) -> bool:
        return error == "OverflowError"


class WorldSandbox:
    """Implements the Sandbox port by arithmetic; ``cells`` lists every (candidate, input) that was run."""

    def __init__(self) -> None:
        self.cells: list[tuple[str, str]] = []

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        self.cells += [(job.candidate or "", text) for text in job.inputs]
        return told([self._observe(job.candidate, text) for text in job.inputs], arrived)

    @staticmethod
    def _observe(candidate: str | None, text: str) -> Observation:
        if candidate is None:
            return Observation(status="returned", value=Value("int", int(text)))
        found = _CODE.fullmatch(candidate)
        if found is None:
            return Observation(status="raised", error=("SyntaxError",))
        return Observation(status="returned", value=Value("int", gives(int(found.group(1)), int(text))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often each role is right (0 to 1), and how many wrong behaviours there are."""

    candidate: float = 0.6
    repair: float = 0.5
    vote: float = 0.85
    wrong: int = 4


def world_script(rates: Rates, salt: int = 0) -> Script:
    """The script of this world: replies by role, at the given rates."""

    def script(ask: Ask, k: int) -> str | Reply:
        draw = random.Random(digest(str(salt), str(ask.seed + k), str(ask.place), ask.prompt))
        return _REPLIES[ask.place.role](draw, rates, ask)

    return script


def _list(draw: random.Random, _rates: Rates, _ask: Ask) -> str:
    return "\n".join(f"{i}. think of case {draw.randrange(1000)}" for i in range(1, 5))


def _code(draw: random.Random, rates: Rates, ask: Ask) -> str:
    right = draw.random() < (rates.repair if ask.place.role == "repair" else rates.candidate)
    return f"```\nbehaviour {0 if right else draw.randint(1, rates.wrong)}\n```"


def _inputs(draw: random.Random, _rates: Rates, _ask: Ask) -> str:
    return "```\n" + "\n".join(str(draw.randint(-60, 60)) for _ in range(4)) + "\n```"


def _vote(draw: random.Random, rates: Rates, ask: Ask) -> str:
    block = ask.prompt.rsplit("```python\n", 1)[1].partition("\n")[0]
    right = draw.random() < rates.vote
    return f"Answer: {gives(0, int(block)) + (0 if right else draw.randint(1, rates.wrong))}"


def _nothing(_draw: random.Random, _rates: Rates, _ask: Ask) -> str:
    """Every whole number is valid here: there is nothing to check."""
    return "I cannot."


_REPLIES = {
    "hints": _list, "plans": _list, "attack": _list, "candidate": _code, "repair": _code, "inputs": _inputs,
    "vote": _vote, "validator": _nothing,
}  # fmt: skip


def world_problem(*, examples: bool = False) -> Problem:
    """The doubling task, with one example if wanted."""
    known = Expected(text="6", value=Value("int", 6))
    return Problem(
        statement="Double a whole number.",
        contract=WorldContract(),
        examples=(UnitTest(input="3", expected=known, origin="example"),) if examples else (),
        origin="world.py::double",
    )


def world_model(rates: Rates | None = None, *, latency: float = 0.0, salt: int = 0) -> ScriptedModel:
    return ScriptedModel(world_script(rates or Rates(), salt), latency=latency)


_MARKS: tuple[tuple[str, Role], ...] = (
    ("note up to", "hints"),
    ("different ways to implement", "plans"),
    ("Write the complete implementation", "candidate"),
    ("This implementation of the task gives", "repair"),
    ("Somebody implements the task", "attack"),
    ("Write one test input", "inputs"),
    ("different test inputs for the task", "inputs"),
    ("What does a correct implementation give", "vote"),
    ("a check of its input", "validator"),
)


def world_reply(prompt: str, seed: int, k: int, rates: Rates | None = None) -> str:
    """The world's reply to a bare prompt, as a server sees it: the role is read off the words of its template."""
    role = next(role for mark, role in _MARKS if mark in prompt)
    place = Place(stage="explore", step="wire", role=role)
    given = world_script(rates or Rates())(Ask(place=place, system="", prompt=prompt, seed=seed), k)
    return given.text if isinstance(given, Reply) else given
