"""What every Sandbox holds, the fake included. A new backend is one more line in ``SANDBOXES``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cosplay_action.method.job import Job, Limits
from cosplay_action.method.ports import Sandbox
from cosplay_action.method.values import render
from cosplay_action.sandbox.process import ProcessSandbox
from cosplay_action.testing.table import TableSandbox

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
    "unsafe-process": lambda root: ProcessSandbox(root=root, parallel=2),
}


@pytest.fixture(params=sorted(SANDBOXES))
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    (tmp_path / "m.py").write_text("def f(x): ...\n")
    return SANDBOXES[request.param](tmp_path)


def job(candidate: str | None, *inputs: str) -> Job:
    source = "def f(x): ...\n"
    limits = Limits(seconds=2)
    return Job(inputs=inputs, candidate=candidate, source=source, module="m", path="m.py", qualname="f", limits=limits)


async def test_one_observation_an_input_in_order(sandbox: Sandbox) -> None:
    seen = await sandbox.run(job(TWICE, "f([1])", "f(1)", "f('a')"))
    assert [s.status for s in seen] == ["returned"] * 3
    assert [render(s.value) for s in seen if s.value] == ["[1, 1]", "2", "'aa'"]


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
