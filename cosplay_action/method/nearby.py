"""A value near another one: the values that an input is made of, changed a little.

What may come out is learned from the values known at the same place (``Seen``).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

LARGE = 1e300  # beyond it a number stands for itself: it fits in no float
DEEPEST = 12  # containers in containers
PARTS = 16  # of one value that are left out, or made smaller, one at a time
Atom = int | float | str | bytes
Cut = TypeVar("Cut", str, list[Any])


@dataclass(slots=True)
class Seen:
    """What stands at one place of the known inputs: whole values, the atoms inside of them, and container sizes."""

    values: list[object] = field(default_factory=list)
    numbers: list[int | float] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    items: list[object] = field(default_factory=list)
    sizes: dict[type, list[int]] = field(default_factory=dict)

    def add(self, value: object, depth: int = 0) -> None:
        """Learn from one value."""
        if not depth:
            self.values.append(value)
        if isinstance(value, str):
            self.texts.append(value)
            self.letters += [letter for letter in value if letter not in self.letters]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers.append(value)
        elif isinstance(value, list | tuple | set | dict) and depth < DEEPEST:
            self.sizes.setdefault(type(value), []).append(len(value))
            parts = [*value.values(), *value] if isinstance(value, dict) else _in_order(value)
            self.items += parts if not isinstance(value, dict) else []
            for part in parts:
                self.add(part, depth + 1)


def _in_order(value: Sequence[object] | set[object]) -> list[object]:
    """Items in an order of their own: that of a set hangs on the hash seed."""
    return sorted(value, key=spelled) if isinstance(value, set) else list(value)


def spelled(value: object) -> str:
    """The value as Python writes it, but sets in an order of their own."""
    if isinstance(value, set) and value:
        return "{" + ", ".join(spelled(item) for item in sorted(value, key=spelled)) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spelled(key)}: {spelled(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({', '.join(map(spelled, value))}{',' if len(value) == 1 else ''})"
    return f"[{', '.join(map(spelled, value))}]" if isinstance(value, list) else repr(value)


def varied(value: object, seen: Seen, stream: random.Random) -> object:
    """One value near ``value`` that what was seen at its place allows. It may come out the same."""
    alike = [one for one in seen.values if type(one) is type(value)]
    if alike and stream.random() < 0.1:
        return stream.choice(alike)
    for kind, change in _CHANGES:
        if isinstance(value, kind):
            return change(value, seen, stream)
    return stream.choice(seen.values) if seen.values else value


def _bool(value: bool, seen: Seen, stream: random.Random) -> bool:  # noqa: ARG001 - one of many alike
    return not value


def _int(value: int, seen: Seen, stream: random.Random) -> int:
    whole = [one for one in seen.numbers if isinstance(one, int)] or [value]
    low, high = min(*whole, value), max(*whole, value)
    floor = 2 * low if low < 0 else low
    ceiling = max(2 * high, high + 2)
    new = stream.choice((
        value + 1, value - 1, value + stream.randint(-5, 5), 2 * value, value // 2, stream.choice(whole),
        stream.choice(whole) + stream.randint(-1, 1), stream.randint(low, high), stream.randint(floor, ceiling),
    ))  # fmt: skip
    return min(max(new, floor), ceiling)


def _float(value: float, seen: Seen, stream: random.Random) -> float:
    numbers = [float(one) for one in seen.numbers if abs(one) < LARGE] or [0.0]
    low, high = min(numbers), max(numbers)
    if not math.isfinite(value):
        return stream.choice(numbers)
    floor, ceiling = (2 * low if low < 0 else low), max(2 * high, high + 2)
    new = stream.choice((value + 1, value - 1, value / 2, value * 2, stream.choice(numbers), stream.uniform(low, high)))
    return min(max(round(new, stream.choice((0, 1, 2))), floor), ceiling)


def _str(value: str, seen: Seen, stream: random.Random) -> str:
    letters = seen.letters or ["a", "b"]
    sizes = [len(text) for text in seen.texts] or [len(value)]
    at, other = stream.randint(0, len(value)), stream.choice(seen.texts or [value])
    end = stream.randint(at, len(value))
    new = stream.choice((
        value[:at] + value[at + 1 :],
        value[:at] + stream.choice(letters) + value[at:],
        value[:at] + stream.choice(letters) + value[at + 1 :],
        value[:end] + value[at:end] + value[end:],
        value[:at] + other[stream.randint(0, len(other)) :],
        value[::-1],
        value[at:] + value[:at],
        "".join(stream.sample(value, len(value))),
        " ".join(stream.sample(value.split(" "), len(value.split(" ")))),
        other,
    ))  # fmt: skip
    return new[: 2 * max(sizes) + 2] if len(new) >= min(sizes) else value


def _bytes(value: bytes, seen: Seen, stream: random.Random) -> bytes:  # noqa: ARG001 - one of many alike
    return bytes(stream.sample(value, len(value))) + value[: stream.randint(0, len(value))]


def _sequence(value: list[object] | tuple[object, ...], seen: Seen, stream: random.Random) -> object:
    return type(value)(_items(list(value), seen, stream, seen.sizes.get(type(value), [len(value)])))


def _items(items: list[object], seen: Seen, stream: random.Random, sizes: list[int]) -> list[object]:
    fewest, most = min(sizes), 2 * max(sizes) + 2
    steady = len(set(sizes)) == 1 and len(sizes) > 1 and fewest > 0
    at, to = (stream.randrange(len(items)), stream.randrange(len(items))) if items else (0, 0)
    if not items:
        return [stream.choice(seen.items)] if seen.items and not steady else items
    kind = stream.choice(("change", "change", "change", "swap", "order", "drop", "double", "insert", "cut"))
    if kind == "change" or (steady and kind in {"drop", "double", "insert", "cut"}):
        items[at] = varied_part(items[at], seen, stream)
    elif kind == "swap":
        items[at], items[to] = items[to], items[at]
    elif kind == "order":
        items = stream.choice((items[::-1], sorted(items, key=_sortable), stream.sample(items, len(items))))
    elif kind == "drop":
        del items[at]
    elif kind == "double":
        items.insert(to, items[at])
    elif kind == "insert":
        items.insert(at, varied_part(stream.choice(seen.items or items), seen, stream))
    else:
        items = items[: at + 1]
    return items[:most] if len(items) >= fewest else [*items, *(items or seen.items)[: fewest - len(items)]]


def _sortable(item: object) -> tuple[str, float, str]:
    """Numbers by size, all else by how it is written."""
    number = float(item) if isinstance(item, int | float) and abs(item) < LARGE else 0.0
    return (type(item).__name__ if not isinstance(item, int | float) else "", number, spelled(item))


def varied_part(value: object, seen: Seen, stream: random.Random) -> object:
    """A value inside of another one: whole values of the place are no models for it, its items are."""
    inner = Seen(
        values=[one for one in seen.items if type(one) is type(value)], numbers=seen.numbers, letters=seen.letters,
        texts=seen.texts, items=[part for one in seen.items if isinstance(one, list | tuple) for part in one],
        sizes=seen.sizes,
    )  # fmt: skip
    return varied(value, inner, stream)


def _set(value: set[object], seen: Seen, stream: random.Random) -> set[object]:
    items = _items(_in_order(value), seen, stream, seen.sizes.get(set, [len(value)]))
    return {item for item in items if _hashes(item)}


def _hashes(item: object) -> bool:
    """Whether an item may stand in a set."""
    return all(map(_hashes, item)) if isinstance(item, tuple) else not isinstance(item, list | set | dict)


def _dict(value: dict[object, object], seen: Seen, stream: random.Random) -> dict[object, object]:
    """Change one entry's value or key, take one out, or let two entries swap values."""
    if not value:
        return value
    keys = list(value)
    at, to = stream.choice(keys), stream.choice(keys)
    new, kind = dict(value), stream.choice(("value", "value", "key", "drop", "swap"))
    if kind == "swap":
        new[at], new[to] = new[to], new[at]
    elif kind == "drop" and len(value) > min(seen.sizes.get(dict, [0])):
        del new[at]
    elif kind == "key" and isinstance(at, Atom):
        new = {varied_part(key, seen, stream) if key == at else key: item for key, item in value.items()}
    else:
        new[at] = varied_part(value[at], seen, stream)
    return new


_CHANGES: tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...] = (
    (bool, _bool),
    (int, _int),
    (float, _float),
    (str, _str),
    (bytes, _bytes),
    ((list, tuple), _sequence),
    (set, _set),
    (dict, _dict),
)


def smaller(value: object) -> Iterator[object]:
    """Values that are one step simpler than this one: parts left out, numbers nearer to zero, most daring first."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        sign, size = (-1 if value < 0 else 1), abs(value)
        yield from dict.fromkeys(sign * one for one in (0, size // 2, size - size // 4, size - 1) if 0 <= one < size)
    elif isinstance(value, float):
        yield from (one for one in (0.0, float(int(value)) if math.isfinite(value) else 0.0) if one != value)
    elif isinstance(value, str):
        yield from _cut(value)
    elif isinstance(value, list | tuple):
        yield from map(type(value), _cut(list(value)))
        for at, item in enumerate(value[:PARTS]):
            yield from (type(value)([*value[:at], new, *value[at + 1 :]]) for new in smaller(item))
    elif isinstance(value, set):
        yield from (value - {item} for item in _in_order(value)[:PARTS])
    elif isinstance(value, dict):
        yield from ({key: item for key, item in value.items() if key != gone} for gone in list(value)[:PARTS])


def _cut(whole: Cut) -> Iterator[Cut]:
    """Halves, then the whole without one of its parts."""
    half = len(whole) // 2
    if half:
        yield from (whole[:half], whole[half:])
    yield from (whole[:at] + whole[at + 1 :] for at in range(min(len(whole), PARTS)))
