"""From a stub to a problem: what its examples are worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Seen
from cosplay_action.method.values import Value
from cosplay_action.playing import _problem, read_target
from cosplay_action.settings import Settings
from cosplay_action.testing.table import told

MODULE = '''\
class P:
    def __init__(self, a, b):
        self.a = a


def f(x: int) -> P:
    """Wrap a number.

    >>> f(3)
    P(7)
    >>> f(4) is None
    False
    """
    ...
'''


class Refusing:
    """A sandbox in which the class cannot be made; ``jobs`` are the inputs of every job."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, ...]] = []

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        self.jobs.append(job.inputs)
        failed = Observation(status="raised", error=("TypeError",))
        none = Observation(status="returned", value=Value("none"))
        return told([failed if "P(" in text else none for text in job.inputs], arrived)


async def test_an_example_that_cannot_be_evaluated_is_reported_and_no_ground_truth(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MODULE)
    problem = await _problem(read_target(tmp_path, "a.py::f", Settings()), Refusing())
    assert [one.input for one in problem.examples if one.input == "f(3)"] == []
    assert any("f(3) -> P(7)" in note for note in problem.notes)


async def test_a_module_is_imported_once_before_anything_is_asked_even_without_examples(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('def f(x: int) -> int:\n    """Double it."""\n    ...\n')
    sandbox = Refusing()
    await _problem(read_target(tmp_path, "a.py::f", Settings()), sandbox)
    assert sandbox.jobs == [("None",)]
