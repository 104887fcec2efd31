"""The bookkeeper: what it adds up, and that the order of events does not matter."""

from __future__ import annotations

import random

from cosplay_action.ledger import Bookkeeper
from cosplay_action.method.events import Answered, CellsRun, Event, StageStarted, WasRead


def answered(stage: str, role: str, status: str = "ok", **more: float) -> Answered:
    return Answered(stage=stage, role=role, status=status, **({"input_tokens": 10, "output_tokens": 3} | more))  # type: ignore[arg-type]


def was_read(stage: str, role: str, why: str = "") -> WasRead:
    return WasRead(stage=stage, role=role, usable=not why, why=why)


EVENTS: list[Event] = [
    StageStarted(stage="explore"),
    answered("explore", "vote", seconds=0.1),
    answered("explore", "vote", seconds=0.2, cached_tokens=4),
    answered("explore", "vote", "truncated"),
    was_read("explore", "vote"), was_read("explore", "vote"), was_read("explore", "vote", "no answer in the reply"),
    answered("explore", "candidate", seconds=1e-6), was_read("explore", "candidate"),
    CellsRun(cells=3),
    answered("select", "inputs", seconds=0.3), was_read("select", "inputs"),
]  # fmt: skip


def kept(events: list[Event], *prices: float) -> Bookkeeper:
    books = Bookkeeper(*prices)
    for event in events:
        books(event)
    return books


def test_each_role_of_each_stage_has_its_own_account() -> None:
    ledger = kept(EVENTS).ledger(cells=7)
    assert [(one.stage, one.role, one.replies, one.usable) for one in ledger.roles] == [
        ("explore", "candidate", 1, 1), ("explore", "vote", 3, 2), ("select", "inputs", 1, 1),
    ]  # fmt: skip
    assert ledger.roles[1].statuses == (("ok", 2), ("truncated", 1))
    assert (ledger.replies, ledger.input_tokens, ledger.output_tokens, ledger.cached_tokens) == (5, 50, 15, 4)
    assert ledger.cells == 7


def test_why_replies_could_not_be_used_is_counted() -> None:
    assert kept(EVENTS).unusable == {("vote", "no answer in the reply"): 1}


def test_the_sums_are_the_same_in_any_order() -> None:
    """Seconds too, which as floating-point numbers would depend on it."""
    many = EVENTS + [answered("explore", "vote", seconds=n / 7) for n in range(40)]
    first = kept(many, 0.1, 0.3).ledger(0)
    for seed in range(5):
        shuffled = random.Random(seed).sample(many, len(many))
        assert kept(shuffled, 0.1, 0.3).ledger(0) == first


def test_dollars_need_both_prices() -> None:
    assert kept(EVENTS).ledger(0).usd is None
    assert Bookkeeper(1.0, None).ledger(0).usd is None
    assert Bookkeeper(None, 1.0).ledger(0).usd is None
    assert Bookkeeper(0.0, 0.0).ledger(0).usd == 0.0


def test_dollars_are_tokens_times_prices_a_million() -> None:
    assert kept(EVENTS, 2.0, 8.0).ledger(0).usd == (50 * 2.0 + 15 * 8.0) / 1e6


def test_nothing_happened_is_an_empty_ledger() -> None:
    ledger = Bookkeeper().ledger(0)
    assert (ledger.roles, ledger.replies, ledger.seconds, ledger.usd) == ((), 0, 0, None)
