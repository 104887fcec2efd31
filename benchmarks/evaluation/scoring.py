"""Scores: every candidate against the hidden tests, every test against the reference, in the product's own sandbox.

Called after a problem's arms have ended. Scores are kept by content (a digest of the source, of the input and what it
expects), so that nothing is run twice and every table can be made again without running anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from benchmarks.evaluation.results import Result, key_of_code, key_of_test
from benchmarks.evaluation.truth import Truth
from cosplay_action.method.domain import Observation, Problem, UnitTest
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.matrix import meets
from cosplay_action.method.ports import Sandbox
from cosplay_action.method.values import Value, equal, stdout_value

LIMITS = Limits(seconds=10.0, memory=1024 * 1024 * 1024, output=8 * 1024 * 1024)
CALLS = 25  # hidden calls that share a cell: all of them must be right anyway
WAVES = (1, 4, 16)  # cells that a candidate must pass before more are run: most wrong ones end at the first


@dataclass(slots=True)
class Scores:
    """What is known of one problem: is this code right, does the reference give what this test expects.

    None for a test: there is no reference to ask (a program that no candidate solves).
    """

    codes: dict[str, bool] = field(default_factory=dict)
    tests: dict[str, bool | None] = field(default_factory=dict)

    def code(self, source: str) -> bool:
        """Whether a candidate is right; one without code is wrong. Raises KeyError for one never scored."""
        return bool(source) and self.codes[key_of_code(source)]

    def test(self, test: UnitTest) -> bool | None:
        """Whether a test is right; an invalid one is not. Raises KeyError for one never scored."""
        return self.tests[key_of_test(test)] if test.valid else False

    @classmethod
    def read(cls, path: Path) -> Scores:
        if not path.exists():
            return cls()
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(codes=found["codes"], tests=found["tests"])

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {"codes": dict(sorted(self.codes.items())), "tests": dict(sorted(self.tests.items()))}
        path.write_text(json.dumps(data, indent=0) + "\n", encoding="utf-8")


class Reference:
    """The truth of one problem, at work in a sandbox that has the problem's repository."""

    def __init__(self, truth: Truth, problem: Problem, sandbox: Sandbox) -> None:
        self._truth, self._problem, self._sandbox = truth, problem, sandbox
        self._hidden: dict[str, Observation] = {}  # what each hidden cell should show

    async def right(self, source: str) -> bool:
        """Whether a candidate gives what the reference gives, on every hidden input."""
        hidden = await self.hidden()
        cells, count = list(hidden), len(hidden)
        cuts = sorted({0, count, *(cut for cut in WAVES if cut < count)})
        for first, last in pairwise(cuts):
            part = cells[first:last]
            seen = await self._run(source, part)
            if not all(self._same(hidden[text], one) for text, one in zip(part, seen, strict=True)):
                return False
        return True

    async def hidden(self) -> dict[str, Observation]:
        """Every hidden cell and what the reference shows there.

        Calls of a function share cells. Where the reference does not answer within the limits of one, its calls are
        taken one by one, and those that it does not answer even so are left out.
        """
        if not self._hidden:
            inputs = self._truth.inputs
            if self._truth.outputs:
                told = (Observation(status="returned", value=stdout_value(text)) for text in self._truth.outputs)
                self._hidden = dict(zip(inputs, told, strict=True))
            else:
                for first in range(0, len(inputs), CALLS):
                    self._hidden |= await self._answered(inputs[first : first + CALLS])
            assert self._hidden, f"{self._truth.name}: the reference answers nothing"
        return self._hidden

    async def _answered(self, calls: Sequence[str]) -> dict[str, Observation]:
        cell = f"[{', '.join(calls)}]"
        (shown,) = await self._reference([cell])
        if shown.real:
            return {cell: shown}
        seen = await self._reference(calls)
        return {call: one for call, one in zip(calls, seen, strict=True) if one.real}

    async def holds(self, tests: Sequence[UnitTest], solved: str = "") -> list[bool | None]:
        """Whether the reference meets each test. ``solved``: a program that is right, which then is the reference."""
        if self._truth.outputs and not solved:
            return [None for _ in tests]
        inputs = [test.input for test in tests]
        seen = await (self._run(solved, inputs) if self._truth.outputs else self._reference(inputs))
        return [self._meets(test, one) for test, one in zip(tests, seen, strict=True)]

    def _meets(self, test: UnitTest, seen: Observation) -> bool:
        if meets(test, seen):
            return True
        told = test.expected.value if test.expected else None
        return bool(told and seen.value and close(told, seen.value, self._truth.tolerance))

    async def _reference(self, inputs: Sequence[str]) -> Sequence[Observation]:
        """What the reference gives: the module is its own text, without any candidate in it."""
        return await self._sandbox.run(replace(self._job(None, inputs), source=self._truth.module))

    async def _run(self, source: str, inputs: Sequence[str]) -> Sequence[Observation]:
        return await self._sandbox.run(self._job(source, inputs))

    def _job(self, source: str | None, inputs: Sequence[str]) -> Job:
        return replace(self._problem.contract.job(source, inputs), limits=LIMITS, observe="result")

    def _same(self, expected: Observation, seen: Observation) -> bool:
        return (
            seen.status == "returned" and expected.value is not None and seen.value is not None
            and close(expected.value, seen.value, self._truth.tolerance)
        )  # fmt: skip


def close(a: Value, b: Value, tolerance: float) -> bool:
    """Equal as the package's cells are, or, item by item, within the data set's absolute tolerance."""
    if equal(a, b):
        return True
    if not tolerance:
        return False
    if isinstance(a.data, float | int) and isinstance(b.data, float | int):
        return abs(a.data - b.data) <= tolerance
    alike = a.kind == b.kind and a.data == b.data and len(a.items) == len(b.items) > 0
    return alike and all(close(one, other, tolerance) for one, other in zip(a.items, b.items, strict=True))


async def score(results: Iterable[Result], known: Scores, reference: Reference) -> int:
    """Score what is not known yet of all codes and tests of these results; how many were new."""
    codes, tests = _codes(results), _tests(results)
    fresh = [source for key, source in codes.items() if key not in known.codes]
    for source in fresh:
        known.codes[key_of_code(source)] = await reference.right(source)
    solved = next((source for key, source in codes.items() if known.codes[key]), "")
    missing = {key: test for key, test in tests.items() if known.tests.get(key) is None}
    if missing:
        told = await reference.holds(list(missing.values()), solved)
        known.tests.update(zip(missing, told, strict=True))
    return len(fresh) + len(missing)


def _codes(results: Iterable[Result]) -> dict[str, str]:
    pools = [pool for result in results for pool in (result.pool, *result.rounds)]
    return {key_of_code(source): source for pool in pools for source in pool.sources if source}


def _tests(results: Iterable[Result]) -> dict[str, UnitTest]:
    found = [test for result in results for pool in (result.pool, *result.rounds) for test in pool.tests]
    found += [test for result in results for test in result.kept]
    return {key_of_test(test): test for test in found if test.valid}
