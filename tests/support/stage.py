"""Builders for the method's stages: a problem over plain numbers, grids drawn as text, scripts by role.

A candidate is the text ``behaviour K`` (``testing.world``). In a grid, row i is ``behaviour i``, column j the test with
input ``j``, and ``#`` says that the candidate passes. A candidate or an input that is not in the grid gives the right
answer (twice the input), unless ``also`` says otherwise.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from cosplay_action.method import mend
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, Expected, Matrix, Origin, Problem, UnitTest
from cosplay_action.method.events import Event
from cosplay_action.method.explore import Pools
from cosplay_action.method.numbers import Numbers
from cosplay_action.method.ports import Ask, Reply
from cosplay_action.method.values import Value
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.table import TableSandbox
from cosplay_action.testing.world import WorldContract, gives

Line = Callable[[Ask, int], str | Reply]
WRONG = -1
UNPAID = Reply(status="unaffordable", detail="the budget is spent")


def candidate(behaviour: int, plan: str = "") -> Candidate:
    return Candidate(source=f"behaviour {behaviour}", plan=plan)


UNUSABLE = Candidate(source="", flaw="no code block")


def unit(number: int, expected: int | None = None, *, origin: Origin = "attack", raises: str = "") -> UnitTest:
    """A valid UT on a number; right unless ``expected`` says otherwise."""
    if raises:
        return UnitTest(input=str(number), expected=Expected(text=f"raises {raises}", raises=raises), origin=origin)
    value = 2 * number if expected is None else expected
    known = Expected(text=str(value), value=Value("int", value))
    return UnitTest(input=str(number), expected=known, origin=origin)


def no_majority(number: int) -> UnitTest:
    return UnitTest(input=str(number), expected=None, origin="attack")


def behaviour_of(source: str) -> int:
    return int(source.removeprefix("behaviour "))


def grid(rows: Sequence[str], also: Mapping[tuple[int, int], object] | None = None) -> TableSandbox:
    """The sandbox of a grid. ``also[behaviour, number]`` is what other cells show (an exception: it is raised)."""
    more = dict(also or {})

    def cell(source: str, text: str) -> object:
        at = (behaviour_of(source), int(text))
        if at in more:
            return more[at]
        inside = at[0] < len(rows) and 0 <= at[1] < len(rows[at[0]])
        return 2 * at[1] if not inside or rows[at[0]][at[1]] == "#" else WRONG

    return TableSandbox(cell)


def pools(rows: Sequence[str], *, examples: int = 0, invalid: Sequence[int] = (), **more: object) -> Pools:
    """The pools of a grid whose first ``examples`` columns are examples; ``invalid`` names columns."""
    columns = range(examples, len(rows[0]))
    tests = tuple(no_majority(c) if c in invalid else unit(c) for c in columns)
    given = {"plans": ("plan a", "plan b"), **more}
    return Pools(candidates=tuple(candidate(i) for i in range(len(rows))), tests=tests, **given)  # type: ignore[arg-type]


def problem(examples: int = 0) -> Problem:
    known = tuple(unit(c, origin="example") for c in range(examples))
    return Problem(statement="Double a whole number.", contract=WorldContract(), examples=known, origin="w.py::double")


_COUNTER = re.compile(r"```python\n(-?\d+)\n```")


def asked_number(ask: Ask) -> int:
    """The input that a vote is about."""
    return int(_COUNTER.findall(ask.prompt)[-1])


def right_vote(ask: Ask, k: int) -> str:
    return f"Answer: {gives(0, asked_number(ask))}"


def split_vote(ask: Ask, k: int) -> str:
    """Four voters, four opinions."""
    return f"Answer: {1000 + k}"


def fresh_inputs(first: int = 1000, each: int = 4) -> Line:
    """New numbers with every call."""
    counter = itertools.count(first)
    return lambda ask, k: "```\n" + "\n".join(str(next(counter)) for _ in range(each)) + "\n```"


def some_list(ask: Ask, k: int) -> str:
    return "\n".join(f"{n}. {ask.place.role} {ask.place} number {n}" for n in range(1, 5))


def code(behaviour: int) -> str:
    return f"```\nbehaviour {behaviour}\n```"


class Script:
    """A script by role: what each role answers, a text or a function; well-behaved where nothing is said."""

    def __init__(self, **roles: str | Line | Reply) -> None:
        self._roles: dict[str, str | Line | Reply] = {
            "hints": some_list, "plans": some_list, "attack": some_list, "candidate": code(500), "repair": code(500),
            "inputs": fresh_inputs(), "vote": right_vote, "validator": "No.", **roles,
        }  # fmt: skip

    def __call__(self, ask: Ask, k: int) -> str | Reply:
        answer = self._roles[ask.place.role]
        return answer(ask, k) if callable(answer) else answer


class Desk:
    """A context with all its parts at hand: ``asked`` (every question), ``events``, ``sandbox``."""

    def __init__(
        self, sandbox: TableSandbox | None = None, script: Callable[[Ask, int], str | Reply] | None = None, *,
        examples: int = 0, seed: int = 0, **numbers: object,
    ) -> None:  # fmt: skip
        self.model = ScriptedModel(script or Script())
        self.sandbox = sandbox or grid([""])
        self.events: list[Event] = []
        self.ctx = Context(
            problem=problem(examples), model=self.model, sandbox=self.sandbox, seed=seed, observe=self.events.append,
            numbers=Numbers(**numbers),  # type: ignore[arg-type]
        )  # fmt: skip

    @property
    def asked(self) -> list[Ask]:
        return self.model.asked

    def prompts(self, role: str) -> list[str]:
        return [ask.prompt for ask in self.asked if ask.place.role == role]

    async def matrix(self, pools: Pools) -> Matrix:
        return await mend.fresh(self.ctx, pools)
