"""What every Sandbox holds also holds behind a journal, when it executes and when it remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Sandbox, Seen
from cosplay_action.models.journal import Journal, JournalSandbox, ReplayOnly
from cosplay_action.testing.table import TableSandbox
from tests.contract.test_sandbox_contract import (  # noqa: F401 - the suite itself
    TABLE,
    test_a_job_without_inputs_has_no_observations,
    test_a_programs_output_is_whitespace_normalised_text,
    test_an_exception_is_named_by_its_classes_most_derived_first,
    test_each_observation_is_told_as_it_arrives,
    test_expected_expressions_are_values_and_a_bad_one_raised,
    test_jobs_may_run_at_the_same_time,
    test_one_observation_an_input_in_order,
    test_the_same_cell_shows_the_same,
)


class Remembering:
    """Executes through the journal, then gives what the journal says with nothing behind it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        executed = await JournalSandbox(TableSandbox(TABLE), self._journal).run(job)
        remembered = await JournalSandbox(ReplayOnly(), self._journal).run(job, arrived)
        assert remembered == executed
        return remembered


SANDBOXES: dict[str, Callable[[Journal], Sandbox]] = {
    "behind a journal": lambda journal: JournalSandbox(TableSandbox(TABLE), journal),
    "from a journal": Remembering,
}


@pytest.fixture(params=sorted(SANDBOXES))
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    journal = Journal.open(tmp_path / "journal.jsonl", {"run": {}})
    yield SANDBOXES[request.param](journal)
    journal.close()
