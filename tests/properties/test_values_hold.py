"""What must hold of the two equalities for every pair of values, seen through the worker's encoder."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.values import equal, key, literal, render
from cosplay_action.testing.table import value_of

FLOATS = st.floats() | st.sampled_from([0.1 + 0.2, 0.3, 1.0, 2.0**53, 1e16, 1e9, 1e-12])
SMALL = st.integers(-3, 3) | st.booleans() | st.sampled_from([1.0, 0.5, "a", "", b"a", None])
EXACT = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5)
LEAVES = EXACT | FLOATS | st.complex_numbers() | st.decimals() | st.fractions()


def grown(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Containers of the leaves; only hashable ones inside sets and keys."""
    keys = leaves | st.tuples(leaves, leaves)
    return st.recursive(
        leaves
        | st.sets(keys, max_size=4)
        | st.frozensets(keys, max_size=4)
        | st.dictionaries(keys, leaves, max_size=4),
        lambda inner: (
            st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(leaves, inner, max_size=3)
        ),
        max_leaves=8,
    )


FEW = grown(SMALL)  # so few that equal pairs are common
HASHABLE_LEAVES = LEAVES.filter(lambda x: not (isinstance(x, Decimal) and x.is_snan()))
ALL = grown(HASHABLE_LEAVES)


@given(a=FEW, b=FEW)
@settings(max_examples=300, deadline=None)
def test_both_equalities_agree_with_pythons_where_there_is_no_rounding(a: object, b: object) -> None:
    left, right = value_of(a), value_of(b)
    assert equal(left, right) == (a == b)
    assert (key(left) == key(right)) == (a == b)


@given(thing=ALL)
@settings(max_examples=150, deadline=None)
def test_every_value_equals_itself_in_a_cell_and_in_a_vote(thing: object) -> None:
    assert equal(value_of(thing), value_of(thing))
    assert key(value_of(thing)) == key(value_of(thing))
    assert hash(key(value_of(thing))) == hash(key(value_of(thing)))


@given(a=LEAVES, b=LEAVES)
@settings(max_examples=300, deadline=None)
def test_a_cells_equality_is_symmetric_and_no_finer_than_a_votes(a: object, b: object) -> None:
    left, right = value_of(a), value_of(b)
    assert equal(left, right) == equal(right, left)
    assert equal(left, right) or key(left) != key(right)


@given(number=st.integers(-(2**53) + 1, 2**53 - 1))
def test_an_int_and_the_float_of_its_size_have_one_key(number: int) -> None:
    assert key(value_of(number)) == key(value_of(float(number))) == key(value_of(Fraction(number)))


@given(thing=ALL)
@settings(max_examples=150, deadline=None)
def test_what_is_literal_evaluates_to_an_equal_value(thing: object) -> None:
    value = value_of(thing)
    if literal(value):
        assert equal(value_of(eval(render(value), {})), value)
    else:
        assert "Decimal(" in render(value) or "Fraction(" in render(value)


@given(thing=ALL, limit=st.integers(3, 40))
@settings(max_examples=100, deadline=None)
def test_a_limit_is_kept(thing: object, limit: int) -> None:
    assert len(render(value_of(thing), limit=limit)) <= limit
