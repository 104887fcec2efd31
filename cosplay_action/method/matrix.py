"""The execution matrix and the questions the paper asks of it.

Columns are tests, examples first, then the UT slots. Only valid columns count; support is over all candidate slots.
"""

from __future__ import annotations

from cosplay_action.method.domain import Matrix, Observation, Snapshot, UnitTest
from cosplay_action.method.values import equal


def meets(test: UnitTest, seen: Observation) -> bool:
    """True when what was seen is what the UT expects: an equal value, or an exception of the expected class."""
    if test.expected is None:
        return False
    if test.expected.raises:
        return seen.status == "raised" and test.expected.raises in seen.error
    if seen.status != "returned" or seen.value is None or test.expected.value is None:
        return False
    return equal(test.expected.value, seen.value)


def valid_columns(matrix: Matrix) -> tuple[int, ...]:
    return tuple(column for column, test in enumerate(matrix.tests) if test.valid)


def example_columns(matrix: Matrix) -> tuple[int, ...]:
    return tuple(column for column, test in enumerate(matrix.tests) if test.origin == "example")


def ut_columns(matrix: Matrix) -> tuple[int, ...]:
    """The columns of the Nt UT slots, valid or not."""
    return tuple(column for column, test in enumerate(matrix.tests) if test.origin != "example")


def pass_count(matrix: Matrix, row: int) -> int:
    """Row sum over valid columns (paper: the pass count of a candidate)."""
    return sum(matrix.passes[row][column] for column in valid_columns(matrix))


def pass_counts(matrix: Matrix) -> tuple[int, ...]:
    return tuple(pass_count(matrix, row) for row in range(len(matrix.candidates)))


def support(matrix: Matrix, column: int) -> float:
    """The share of candidate slots, 0 to 1, that pass this test (0.0 for an empty pool)."""
    rows = len(matrix.candidates)
    return sum(row[column] for row in matrix.passes) / rows if rows else 0.0


def passers(matrix: Matrix, column: int) -> tuple[int, ...]:
    return tuple(row for row, passed in enumerate(matrix.passes) if passed[column])


def failers(matrix: Matrix, column: int) -> tuple[int, ...]:
    return tuple(row for row, passed in enumerate(matrix.passes) if not passed[column])


def lowest_nontrivial(matrix: Matrix) -> int | None:
    """The UT column with the lowest support strictly between 0 and 1; ties go to the lowest slot."""
    ranked = [(support(matrix, c), c) for c in ut_columns(matrix) if matrix.tests[c].valid]
    return min(((s, c) for s, c in ranked if 0 < s < 1), default=(0.0, None))[1]


def fix_target(matrix: Matrix) -> int | None:
    """The column to fix: examples first (ground truth, even at support 0), else the UT of highest support below 1."""
    examples = [(-support(matrix, c), c) for c in example_columns(matrix) if support(matrix, c) < 1]
    if examples:
        return min(examples)[1]
    ranked = [(-support(matrix, c), c) for c in ut_columns(matrix) if matrix.tests[c].valid]
    return min(((s, c) for s, c in ranked if -1 < s < 0), default=(0.0, None))[1]


def repeats(matrix: Matrix) -> tuple[int, ...]:
    """The UT columns whose input stands in an earlier column already: the same test twice proves it once."""
    first = {test.input: column for column, test in reversed(list(enumerate(matrix.tests)))}
    return tuple(c for c in ut_columns(matrix) if matrix.tests[c].input and first[matrix.tests[c].input] < c)


def settled(matrix: Matrix) -> bool:
    """True when at least 2 UTs are valid, no two alike, and every candidate passes every valid column."""
    valid_uts = [c for c in ut_columns(matrix) if matrix.tests[c].valid]
    return (
        len(valid_uts) >= 2
        and not repeats(matrix)
        and all(all(row[c] for c in valid_columns(matrix)) for row in matrix.passes)
    )


def snapshot(matrix: Matrix) -> Snapshot:
    return Snapshot(
        passes=matrix.passes,
        valid=tuple(test.valid for test in matrix.tests),
        pass_counts=pass_counts(matrix),
    )
