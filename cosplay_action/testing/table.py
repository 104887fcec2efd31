"""A sandbox that executes nothing: what each cell shows stands in a table."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from cosplay_action.method.codec import from_json
from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job
from cosplay_action.method.ports import Seen
from cosplay_action.method.values import Value, stdout_value
from cosplay_action.sandbox.worker_encode import Encoder

Table = Mapping[tuple[str, str], object] | Callable[[str, str], object]


def value_of(thing: object) -> Value:
    """The canonical value of any Python object, exactly as a worker would send it.

    Raises ``cosplay_action.sandbox.worker_encode.TooMuch`` for an object beyond the limits of a cell (16 MiB here).
    """
    return from_json(Encoder(16 * 1024 * 1024).encode(thing))


def raised(error: BaseException) -> Observation:
    """The observation of a cell that raised the exception."""
    names = tuple(c.__name__ for c in type(error).__mro__ if c not in {object, BaseException})
    return Observation(status="raised", error=names or ("BaseException",), detail=str(error))


def told(seen: Sequence[Observation], arrived: Seen | None) -> Sequence[Observation]:
    """The observations, after ``arrived`` was told of each."""
    for index, one in enumerate(seen if arrived else ()):
        arrived(index, one)  # type: ignore[misc]  # there is one
    return seen


class TableSandbox:
    """Answers from ``table``, by (candidate's text, input): a mapping, or a function of the two.

    An entry is an Observation, an exception instance (the cell raised it), or any other object (the cell returned
    it). Expected expressions (``candidate`` None) are literals, as ``ast.literal_eval`` reads them; a program's are
    its stdout. ``cells`` counts what was asked, expected values not included. A mapping without an asked cell is a
    KeyError: the test's own mistake.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.cells = 0

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        if job.candidate is None:
            return told([_expected(job, text) for text in job.inputs], arrived)
        self.cells += len(job.inputs)
        return told([_shown(self._entry(job.candidate, text)) for text in job.inputs], arrived)

    def _entry(self, candidate: str, text: str) -> object:
        return self._table[candidate, text] if isinstance(self._table, Mapping) else self._table(candidate, text)


def _shown(entry: object) -> Observation:
    if isinstance(entry, Observation):
        return entry
    return raised(entry) if isinstance(entry, BaseException) else Observation(status="returned", value=value_of(entry))


def _expected(job: Job, text: str) -> Observation:
    if job.kind == "program":
        return Observation(status="returned", value=stdout_value(text))
    try:
        return _shown(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        return raised(error)
