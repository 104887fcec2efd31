"""What every Sandbox holds, the fake included. A new backend is one more line in ``SANDBOXES``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.ports import Sandbox
from cosplay_action.method.values import render
from cosplay_action.testing.table import TableSandbox
from tests.support.sandboxes import LEVELS, sandbox_at

STUB = "def f(x):\n    raise NotImplementedError\n"
TWICE = "def f(x):\n    return 2 * x\n"
RAISES = "def f(x):\n    raise KeyError(x)\n"
GREETS = "print('hello', input(), '  ')\n"
TABLE = {
    (TWICE, "f(1)"): 2,
    (TWICE, "f('a')"): "aa",
    (TWICE, "f([1])"): [1, 1],
    (RAISES, "f(1)"): KeyError(1),
    (GREETS, "you\n"): "hello you",
}
SANDBOXES: dict[str, Callable[[Path], Sandbox]] = {
    "table": lambda _: TableSandbox(TABLE),
    **{level: lambda root, level=level: sandbox_at(level, root) for level in LEVELS},
}


@pytest.fixture(params=sorted(SANDBOXES))
async def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sandbox]:
    (tmp_path / "m.py").write_text(STUB)
    opened = SANDBOXES[request.param](tmp_path)
    yield opened
    if not isinstance(opened, TableSandbox):
        await opened.aclose()


def job(candidate: str | None, *inputs: str, source: str = STUB) -> Job:
    return Job(
        inputs=inputs, candidate=candidate, source=source, module="m", path="m.py", qualname="f",
        limits=Limits(seconds=2),
    )  # fmt: skip


async def test_one_observation_an_input_in_order(sandbox: Sandbox) -> None:
    seen = await sandbox.run(job(TWICE, "f([1])", "f(1)", "f('a')"))
    assert [s.status for s in seen] == ["returned"] * 3
    assert [render(s.value) for s in seen if s.value] == ["[1, 1]", "2", "'aa'"]


async def test_each_observation_is_told_as_it_arrives(sandbox: Sandbox) -> None:
    told: dict[int, Observation] = {}
    seen = await sandbox.run(job(TWICE, "f([1])", "f(1)"), told.__setitem__)
    assert [told[index] for index in range(2)] == list(seen)
    assert len(told) == 2


async def test_an_exception_is_named_by_its_classes_most_derived_first(sandbox: Sandbox) -> None:
    [seen] = await sandbox.run(job(RAISES, "f(1)"))
    assert (seen.status, seen.error, seen.detail) == ("raised", ("KeyError", "LookupError", "Exception"), "1")
    assert not seen.real


async def test_expected_expressions_are_values_and_a_bad_one_raised(sandbox: Sandbox) -> None:
    seen = await sandbox.run(job(None, "[1, 2.5]", "{'a': None}", "1 +", "'x'"))
    assert [s.status for s in seen] == ["returned", "returned", "raised", "returned"]
    assert seen[2].error[0] == "SyntaxError"
    assert [render(s.value) for s in seen if s.value] == ["[1, 2.5]", "{'a': None}", "'x'"]


async def test_a_programs_output_is_whitespace_normalised_text(sandbox: Sandbox) -> None:
    [seen] = await sandbox.run(Job(kind="program", inputs=("you\n",), candidate=GREETS))
    [expected] = await sandbox.run(Job(kind="program", inputs=("hello you \n\n",), candidate=None))
    assert seen == expected


async def test_jobs_may_run_at_the_same_time(sandbox: Sandbox) -> None:
    both = await asyncio.gather(sandbox.run(job(TWICE, "f(1)")), sandbox.run(job(RAISES, "f(1)")))
    assert [s[0].status for s in both] == ["returned", "raised"]


async def test_the_same_cell_shows_the_same(sandbox: Sandbox) -> None:
    assert await sandbox.run(job(TWICE, "f('a')")) == await sandbox.run(job(TWICE, "f('a')"))


async def test_a_job_without_inputs_has_no_observations(sandbox: Sandbox) -> None:
    assert list(await sandbox.run(job(TWICE))) == []


async def test_a_module_that_cannot_be_imported_is_one_error_with_its_own_message(sandbox: Sandbox) -> None:
    if isinstance(sandbox, TableSandbox):
        pytest.skip("a table imports nothing")
    broken = job(TWICE, "f(1)", "f(2)", source="import nothing_like_it\n" + STUB)
    with pytest.raises(SpecError, match=r"the module m cannot be imported: ModuleNotFoundError: No module named 'noth"):
        await sandbox.run(broken)
