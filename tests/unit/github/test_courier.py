"""Progress delivered beside a run: it never holds the run up, the newest words count, trouble is kept for later."""

from __future__ import annotations

import threading

from cosplay_action.errors import ServiceError
from cosplay_action.github.courier import Courier


def test_what_is_handed_over_is_delivered() -> None:
    got, seen = [], threading.Event()

    def deliver(text: str) -> None:
        got.append(text)
        seen.set()

    with Courier(deliver) as courier:
        courier.send("one")
        assert seen.wait(30)
    assert got == ["one"]


def test_a_slow_delivery_holds_nobody_up_and_what_was_overtaken_is_not_sent() -> None:
    began, go, got = threading.Event(), threading.Event(), list[str]()
    last = threading.Event()

    def deliver(text: str) -> None:
        got.append(text)
        began.set()
        go.wait(30)
        if text == "four":
            last.set()

    with Courier(deliver) as courier:
        courier.send("one")
        assert began.wait(30)
        for text in ("two", "three", "four"):
            courier.send(text)
        go.set()
        assert last.wait(30)
    assert got == ["one", "four"]


def test_at_the_end_what_is_on_its_way_arrives_and_what_waits_is_dropped() -> None:
    began, go, got = threading.Event(), threading.Event(), list[str]()

    def deliver(text: str) -> None:
        began.set()
        go.wait(30)
        got.append(text)

    with Courier(deliver) as courier:
        courier.send("one")
        assert began.wait(30)
        courier.send("two")
        threading.Timer(0.05, go.set).start()
    assert got == ["one"]


def test_trouble_ends_the_deliveries_and_not_the_run() -> None:
    failed = threading.Event()

    def deliver(text: str) -> None:
        failed.set()
        raise ServiceError("GitHub is away.")

    with Courier(deliver) as courier:
        courier.send("one")
        assert failed.wait(30)
        courier.send("two")
    assert courier.trouble == "GitHub is away."


def test_nothing_handed_over_is_nothing_delivered() -> None:
    got: list[str] = []
    with Courier(got.append) as courier:
        pass
    assert (got, courier.trouble) == ([], "")
