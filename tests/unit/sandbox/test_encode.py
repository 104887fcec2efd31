"""Objects by value: what the worker's encoder makes of them, without asking the object."""

from __future__ import annotations

import collections
import enum
import functools
import pathlib
import re
import threading
import types
import uuid
from dataclasses import dataclass, field
from itertools import count

import pytest

from cosplay_action.method.values import Value, equal, key, render
from cosplay_action.sandbox.worker_encode import Encoder, TooMuch
from cosplay_action.testing.table import value_of


class Rude:
    """Every method that comparing, showing or hashing would call fails."""

    def __init__(self, x: object) -> None:
        self.x = x

    def _refuse(self, *_: object) -> None:
        raise AssertionError("was called")

    __eq__ = __repr__ = __str__ = __hash__ = __bool__ = __len__ = __iter__ = __getattr__ = _refuse  # type: ignore[assignment]


class RudeList(list):
    __iter__ = __len__ = __repr__ = __eq__ = Rude._refuse  # type: ignore[assignment]


class RudeDict(dict):
    items = keys = __iter__ = __len__ = __repr__ = __eq__ = Rude._refuse  # type: ignore[assignment]


class RudeInt(int):
    __index__ = __int__ = __repr__ = __eq__ = __abs__ = Rude._refuse  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class RudeStr(str):
    __slots__ = ()
    encode = __str__ = __repr__ = __len__ = Rude._refuse  # type: ignore[assignment]


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):  # noqa: UP042 - what repositories hold
    A = "a"


class Side(enum.Flag):
    LEFT = 1
    RIGHT = 2


Pair = collections.namedtuple("Pair", "a b")


class Slotted:
    __slots__ = ("__secret", "unset", "x")

    def __init__(self) -> None:
        self.x = 1
        self.__secret = 2


class Cached:
    def __init__(self) -> None:
        self.x = 1

    @functools.cached_property
    def slow(self) -> int:
        return 2


@dataclass
class Row:
    x: int
    cache: int = field(default=0, compare=False)


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (Rude(1), "Rude(x=1)"),
        (RudeList([1]), "[1]"),
        (RudeDict(a=1), "{'a': 1}"),
        (RudeInt(3), "3"),
        (RudeStr("s"), "'s'"),
        (Level.HIGH, "3"),
        (Word.A, "'a'"),
        (Side.LEFT, "Side.LEFT"),
        (Side.LEFT | Side.RIGHT, "Side.LEFT|RIGHT"),
        (Pair(1, 2), "(1, 2)"),
        (collections.Counter("aa"), "{'a': 2}"),
        (collections.defaultdict(list, a=[1]), "{'a': [1]}"),
        (types.MappingProxyType({"a": 1}), "{'a': 1}"),
        (types.SimpleNamespace(a=1), "SimpleNamespace(a=1)"),
        (memoryview(b"x"), "b'x'"),
        (uuid.UUID(int=5), "UUID('00000000-0000-0000-0000-000000000005')"),
        (pathlib.Path("a/b"), "Path('a/b')"),
        (pathlib.PureWindowsPath("a/b"), "PureWindowsPath('a\\\\b')"),
        (Slotted(), "Slotted(_Slotted__secret=2, x=1)"),
        (Row(1, cache=5), "Row(x=1)"),
        (OSError(2, "gone"), "FileNotFoundError(2, 'gone')"),
        (Row, "Row"),
    ],
    ids=count(),
)
def test_an_object_is_read_by_value(thing: object, text: str) -> None:
    assert render(value_of(thing)) == text


def test_what_a_cached_property_stored_is_no_part_of_the_value() -> None:
    used, fresh = Cached(), Cached()
    assert used.slow == 2
    assert equal(value_of(used), value_of(fresh))


@pytest.mark.parametrize(
    "thing",
    [
        print, lambda: 1, threading.Lock(), re, re.compile("a"), functools.partial(print), object(), open, "".join,
        threading.Thread(), [print], ..., slice(1),
    ],
    ids=count(),
)  # fmt: skip
def test_what_cannot_be_compared_by_value_is_opaque(thing: object) -> None:
    assert value_of(thing).opaque


def test_an_open_file_is_opaque(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "a").open("w") as file:
        assert value_of(file).opaque


def test_a_cycle_is_opaque_and_a_shared_part_is_not() -> None:
    ring: list[object] = []
    ring.append(ring)
    shared = [1]
    assert value_of(ring).opaque
    assert render(value_of([shared, shared])) == "[[1], [1]]"


def test_dict_order_and_set_order_do_not_count_but_are_kept_for_display() -> None:
    assert equal(value_of({"a": 1, "b": 2}), value_of(collections.OrderedDict(b=2, a=1)))
    assert render(value_of({"b": 2, "a": 1})) == "{'b': 2, 'a': 1}"


@pytest.mark.parametrize("thing", ["x" * 1001, ["x" * 600] * 2, 10**3000, b"x" * 600, iter(range(10**9))], ids=count())
def test_more_text_or_items_than_allowed_is_too_much(thing: object) -> None:
    with pytest.raises(TooMuch):
        Encoder(1000).encode(thing)


def test_numpy_scalars_and_arrays_are_values() -> None:
    numpy = pytest.importorskip("numpy")
    assert value_of(numpy.float64(1.5)) == Value("float", 1.5)
    assert value_of(numpy.int64(3)) == Value("int", 3)
    assert value_of(numpy.bool_(True)) == Value("bool", True)
    array = numpy.arange(6).reshape(2, 3)
    assert render(value_of(array)) == "numpy.array([[0, 1, 2], [3, 4, 5]])"
    assert key(value_of(array)) == key(value_of(array.astype(float)))
    assert equal(value_of(array * 0.1), value_of(array / 10))
    with pytest.raises(TooMuch):
        value_of(numpy.zeros(10**6))
