"""What must hold of every execution matrix."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method import matrix as m
from cosplay_action.method.domain import Candidate, Matrix, Observation
from tests.support.stage import no_majority, unit


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Any passes; examples first; an invalid test is passed by nobody."""
    rows, examples, own = draw(st.integers(1, 6)), draw(st.integers(0, 2)), draw(st.integers(0, 6))
    valid = [True] * examples + draw(st.lists(st.booleans(), min_size=own, max_size=own))
    tests = tuple(
        unit(c, origin="example" if c < examples else "attack") if good else no_majority(c)
        for c, good in enumerate(valid)
    )
    passes = tuple(tuple(good and draw(st.booleans()) for good in valid) for _ in range(rows))
    cell = Observation(status="exited")
    return Matrix(
        candidates=tuple(Candidate(source=f"c{n}") for n in range(rows)), tests=tests, passes=passes,
        observations=tuple(tuple(cell for _ in tests) for _ in range(rows)),
    )  # fmt: skip


@given(matrix=matrices())
@settings(max_examples=150, deadline=None)
def test_supports_and_pass_counts_add_up_to_the_same_passes(matrix: Matrix) -> None:
    total = sum(m.support(matrix, c) * len(matrix.candidates) for c in m.valid_columns(matrix))
    assert round(total) == sum(m.pass_counts(matrix))
    for column in range(len(matrix.tests)):
        assert 0 <= m.support(matrix, column) <= 1
        assert sorted((*m.passers(matrix, column), *m.failers(matrix, column))) == list(range(len(matrix.candidates)))


@given(matrix=matrices())
@settings(max_examples=150, deadline=None)
def test_what_is_broken_is_an_own_valid_test_that_some_pass_and_no_such_test_is_weaker(matrix: Matrix) -> None:
    weak = [
        (m.support(matrix, c), c)
        for c in m.ut_columns(matrix)
        if matrix.tests[c].valid and 0 < m.support(matrix, c) < 1
    ]
    assert m.lowest_nontrivial(matrix) == (min(weak)[1] if weak else None)


@given(matrix=matrices())
@settings(max_examples=150, deadline=None)
def test_what_is_fixed_is_failed_by_somebody_and_own_tests_wait_for_examples(matrix: Matrix) -> None:
    column = m.fix_target(matrix)
    open_examples = [c for c in m.example_columns(matrix) if m.failers(matrix, c)]
    if column is None:
        assert not open_examples
    else:
        assert m.failers(matrix, column)
        assert (column in open_examples) == bool(open_examples)
        assert column in open_examples or m.passers(matrix, column)


@given(matrix=matrices())
@settings(max_examples=150, deadline=None)
def test_settled_means_nothing_to_break_to_fix_or_to_clean(matrix: Matrix) -> None:
    if m.settled(matrix):
        assert m.lowest_nontrivial(matrix) is None
        assert m.fix_target(matrix) is None
        assert 0 not in m.pass_counts(matrix)
