"""The fake sandbox: a table, and a count of what was asked."""

from __future__ import annotations

import pytest

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.testing.table import TableSandbox, value_of


async def test_a_function_may_be_the_table_and_cells_are_counted() -> None:
    sandbox = TableSandbox(lambda candidate, text: f"{candidate}:{text}")
    [first, second] = await sandbox.run(Job(inputs=("x", "y"), candidate="c"))
    assert (first.value, second.value) == (value_of("c:x"), value_of("c:y"))
    await sandbox.run(Job(inputs=("1",), candidate=None))
    assert sandbox.cells == 2


async def test_an_observation_in_the_table_is_given_as_it_is() -> None:
    late = Observation(status="timed_out")
    assert await TableSandbox({("c", "x"): late}).run(Job(inputs=("x",), candidate="c")) == [late]


async def test_a_cell_the_table_does_not_know_is_the_tests_mistake() -> None:
    with pytest.raises(KeyError):
        await TableSandbox({}).run(Job(inputs=("x",), candidate="c"))


async def test_expected_expressions_are_literals_and_never_executed() -> None:
    [seen] = await TableSandbox({}).run(Job(inputs=("print(1)",), candidate=None))
    assert seen.status == "raised"
