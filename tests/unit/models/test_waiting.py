from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.models.faults import LONGEST_WAIT, Fault
from cosplay_action.models.waiting import LONGEST_LIMITED, Waiting

WISHES = st.none() | st.floats(0, LONGEST_WAIT)


def limited(wait: float | None = None) -> Fault:
    return Fault(kind="retry", message="", status=429, wait=wait)


def broken(wait: float | None = None) -> Fault:
    return Fault(kind="retry", message="", status=503, wait=wait)


@settings(max_examples=80, deadline=None)
@given(wishes=st.lists(WISHES, min_size=1, max_size=5))
def test_no_wishes_of_a_server_make_a_question_wait_for_more_than_five_minutes_of_rate_limits(
    wishes: list[float | None],
) -> None:
    waiting = Waiting(retries=4)
    pauses = [waiting.pause(limited(wish)) for _, wish in zip(range(1000), itertools.cycle(wishes), strict=False)]
    taken = list(itertools.takewhile(lambda pause: pause is not None, pauses))
    assert len(taken) < 50
    assert sum(taken) <= LONGEST_LIMITED
    assert all(pause >= (wish or 0.0) for pause, wish in zip(taken, itertools.cycle(wishes), strict=False))


def test_failures_are_counted_and_rate_limits_in_between_are_not() -> None:
    waiting = Waiting(retries=2)
    faults = [broken(), limited(), broken(7.0), limited(), broken()]
    assert [waiting.pause(fault) for fault in faults] == [0.5, 0.5, 7.0, 1.0, None]


@pytest.mark.parametrize("kind", ["quota", "key", "missing", "fatal", "prompt"])
def test_what_waiting_cannot_mend_is_not_waited_for(kind: str) -> None:
    assert Waiting(retries=4).pause(Fault(kind=kind, message="", status=429, wait=1.0)) is None  # type: ignore[arg-type]
