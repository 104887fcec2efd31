"""The codec: everything there and back, nothing else in."""

from __future__ import annotations

import contextlib
import datetime
import json
import pathlib
import uuid
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.codec import (
    Budget,
    CodecError,
    from_json,
    observation_from_json,
    observation_to_json,
    parse,
    to_json,
)
from cosplay_action.method.domain import Observation
from cosplay_action.method.values import Value
from cosplay_action.testing.table import value_of

TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=6)
TIMES = st.datetimes(timezones=st.none() | st.just(datetime.UTC)) | st.dates() | st.timedeltas() | st.times()
NUMBERS = st.integers() | st.integers(-(2**80), 2**80) | st.floats() | st.complex_numbers() | st.decimals()
RARE = st.uuids() | TEXTS.map(lambda t: pathlib.PurePosixPath(t.replace("\0", ""))) | st.fractions() | st.just(range(9))
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.binary(max_size=5) | TIMES | RARE
THINGS = st.recursive(
    LEAVES | st.binary(max_size=3).map(bytearray),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["int", "list", "dict", "object", "array", "enum", "range", "float", "str", "0x1", "ff", "2,2"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=12,
)  # fmt: skip


def through_json(data: object) -> object:
    return parse(json.dumps(data).encode())


@given(thing=THINGS)
@settings(max_examples=200, deadline=None)
def test_a_value_survives_the_way_there_and_back(thing: object) -> None:
    value = value_of(thing)
    assert repr(from_json(through_json(to_json(value)))) == repr(value)  # repr, because NaN != NaN


@given(thing=THINGS, detail=TEXTS, names=st.lists(TEXTS, max_size=3), seconds=st.floats(0, 1e6))
@settings(max_examples=100, deadline=None)
def test_an_observation_survives_the_way_there_and_back(
    thing: object, detail: str, names: list[str], seconds: float
) -> None:
    for seen in [
        Observation(status="returned", value=value_of(thing), seconds=seconds),
        Observation(status="raised", error=tuple(names), detail=detail, seconds=seconds),
    ]:
        back = observation_from_json(through_json(observation_to_json(seen)))
        assert repr(back) == repr(seen)


@given(data=JUNK)
@settings(max_examples=400, deadline=None)
def test_whatever_is_read_is_a_value_or_a_codec_error(data: object) -> None:
    try:
        value = from_json(data)
    except CodecError:
        return
    assert repr(from_json(to_json(value))) == repr(value)


@given(data=st.binary(max_size=30) | st.text(max_size=20).map(str.encode))
def test_whatever_bytes_arrive_are_json_or_a_codec_error(data: bytes) -> None:
    with contextlib.suppress(CodecError):
        json.dumps(parse(data))


@pytest.mark.parametrize(
    "thing",
    [
        10**5000,
        "\ud83d\ude00"[:1] + "\udc00",
        "\ud800\udc00",
        float("nan"),
        uuid.UUID(int=1),
        b"\xff",
        ["list"],
        "list",
    ],
    ids=count(),
)
def test_awkward_values_survive(thing: object) -> None:
    value = value_of(thing)
    assert repr(from_json(through_json(to_json(value)))) == repr(value)


@pytest.mark.parametrize(
    "data",
    [
        1.5,
        {"a": 1},
        [],
        [1],
        ["nothing"],
        ["__class__"],
        ["none"],
        ["int", "12z"],
        ["int", 5],
        ["float", "one"],
        ["bytes", "0"],
        ["dict", 1],
        ["object", "A", 1, 2],
        ["object", "A" * 2000],
        ["array", "2", 1],
        ["array", "-1,-1", 1],
        ["array", "0" + ",0" * 100],
        ["decimal", "1e"],
        ["decimal", "1" * 30_000],
        ["fraction", "1/0"],
        ["fraction", "1"],
        ["range", "0:1:0"],
        ["timedelta", "99999999999:0:0"],
        ["date", "2024-13-01"],
        ["uuid", "12"],
        ["str", "zz"],
        ["str", "ff"],
        ["enum", "A"],
        ("list", 1),
    ],
    ids=count(),
)
def test_what_no_worker_would_write_is_refused(data: object) -> None:
    with pytest.raises(CodecError):
        from_json(data)


@pytest.mark.parametrize(
    "data",
    [
        ["returned", [], [], "", 0.0],
        ["raised", [1], [], "", 0.0],
        ["fine", [1], [], "", 0.0],
        [["returned"], [1], [], "", 0.0],
        ["raised", [], [1], "", 0.0],
        ["raised", [], ["A"] * 1000, "", 0.0],
        ["raised", [], [], None, 0.0],
        ["raised", [], [], "", float("inf")],
        ["raised", [], [], "", -1],
        ["raised", [], [], ""],
        "raised",
    ],
    ids=count(),
)
def test_what_is_no_observation_is_refused(data: object) -> None:
    with pytest.raises(CodecError):
        observation_from_json(data)


def nested(depth: int) -> object:
    data: object = 1
    for _ in range(depth):
        data = ["list", data]
    return data


def test_the_budget_bounds_depth_number_and_text() -> None:
    budget = Budget(depth=3, nodes=5, text=10)
    assert from_json(nested(3), budget)
    with pytest.raises(CodecError, match="deeply"):
        from_json(nested(4), budget)
    with pytest.raises(CodecError, match="parts"):
        from_json(["list", 1, 2, 3, 4, 5], budget)
    with pytest.raises(CodecError, match="text"):
        from_json(["list", "abcdef", "ghijk"], budget)


def test_a_hostile_depth_is_a_codec_error_and_no_recursion_error() -> None:
    with pytest.raises(CodecError):
        from_json(nested(5000))
    with pytest.raises(CodecError):
        parse(b"[" * 200_000)
    deep = Value("none")
    for _ in range(400):
        deep = Value("list", items=(deep,))
    with pytest.raises(CodecError):
        to_json(deep)


@pytest.mark.parametrize("data", [b"NaN", b"[Infinity]", b"1" * 5000, b"{", b"\xff", "é".encode()], ids=count())
def test_only_strict_ascii_json_is_read(data: bytes) -> None:
    with pytest.raises(CodecError):
        parse(data)
