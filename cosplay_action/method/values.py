"""Canonical values: what a cell returned, as plain immutable data, and their two equalities.

``equal`` is the equality of a cell (Python's ``==`` on builtins, NaN equals NaN, floats within rel 1e-6 / abs 1e-9);
``key`` gives a hashable key for votes and signatures, which must be transitive (floats to 9 significant digits).
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import cast

from cosplay_action.method import scalars

Scalar = None | bool | int | float | complex | str | bytes


@dataclass(frozen=True, slots=True)
class Value:
    """One canonical value.

    ``kind`` is one of none, bool, int, float, complex, str, bytes, bytearray (in ``data``); list, tuple, set,
    frozenset, deque, iterator (drained), dict (alternating key, value) (in ``items``); range, decimal, fraction, date,
    time, datetime, timedelta, uuid, path, type (``data`` is text, for rendering and comparison); enum (``name`` class,
    ``data`` member name), object (``name`` class; ``items`` alternating attribute name, value: dataclasses and plain
    instances), array (numpy; ``data`` is the shape as text, ``items`` the flattened elements), opaque (``name`` says
    what it is).
    """

    kind: str
    data: Scalar = None
    items: tuple[Value, ...] = ()
    name: str = ""

    def __repr__(self) -> str:
        shown = scalars.int_text(self.data) if isinstance(self.data, int) else repr(self.data)
        return f"Value({self.kind!r}, {shown}, {self.items!r}, name={self.name!r})"

    @property
    def opaque(self) -> bool:
        """True when the value, or any part of it, cannot be compared."""
        return self.kind == "opaque" or any(item.opaque for item in self.items)


_NUMBERS = frozenset({"bool", "int", "float", "complex", "decimal", "fraction"})
_ALIKE = {"bytearray": "bytes", "frozenset": "set", "iterator": "list"}  # kinds that Python's == does not tell apart
_GREEDY = 500_000  # pairs of values that are looked at to compare two
_BUILTIN_KINDS = frozenset(
    [
        "none",
        "bool",
        "int",
        "float",
        "complex",
        "str",
        "bytes",
        "bytearray",
        "list",
        "tuple",
        "set",
        "frozenset",
        "iterator",
        "dict",
        "range",
    ]
)


def _number(value: Value) -> scalars.Number:
    """The value of a kind in ``_NUMBERS`` as a Python number."""
    if value.kind in scalars.TEXT_KINDS:
        return cast("scalars.Number", scalars.parse(value.kind, str(value.data)))
    return cast("int | float | complex", value.data)


def equal(a: Value, b: Value) -> bool:
    """Whether two values are equal in a cell.

    Python's ``==`` on builtins (1 == 1.0 == True, a list is no tuple, dicts and sets have no order), but NaN equals
    NaN, and where a float takes part rel 1e-6 or abs 1e-9 is enough, inside containers too. A drained iterator equals
    a list of the same items; enums go by class and member, objects by class name and attributes, arrays by shape and
    elements. Opaque values equal nothing, not even themselves.
    """
    return not a.opaque and not b.opaque and _same(a, b, _Patience())


class _Patience:
    """How many pairs may still be looked at: sets of sets of nearly equal floats would take for ever."""

    def __init__(self) -> None:
        self.left = _GREEDY


def _same(a: Value, b: Value, patience: _Patience) -> bool:
    patience.left -= 1
    if a.kind in _NUMBERS and b.kind in _NUMBERS:
        return scalars.close(_number(a), _number(b))
    kind = _ALIKE.get(a.kind, a.kind)
    if patience.left < 0 or kind != _ALIKE.get(b.kind, b.kind) or a.name != b.name or len(a.items) != len(b.items):
        return False
    if kind == "set":
        return _match([(i,) for i in a.items], [(i,) for i in b.items], patience)
    if kind in {"dict", "object"}:
        return _match(_pairs(a), _pairs(b), patience)
    if kind in scalars.TEXT_KINDS:
        return scalars.parse(kind, str(a.data)) == scalars.parse(kind, str(b.data))
    return a.data == b.data and all(_same(x, y, patience) for x, y in zip(a.items, b.items, strict=True))


def _pairs(value: Value) -> list[tuple[Value, ...]]:
    return list(zip(value.items[::2], value.items[1::2], strict=True))


def _match(left: list[tuple[Value, ...]], right: list[tuple[Value, ...]], patience: _Patience) -> bool:
    """Whether each entry (its first part is the set's element or the dict's key) has a partner on the other side.

    Partners are found by key; what a rounding boundary separates is matched pair by pair, as long as patience lasts.
    """
    shelves: dict[Hashable, list[tuple[Value, ...]]] = {}
    for entry in right:
        shelves.setdefault(key(entry[0]), []).append(entry)
    lonely = [entry for entry in left if not _take(entry, shelves.get(key(entry[0]), []), patience)]
    rest = [entry for shelf in shelves.values() for entry in shelf]
    return len(lonely) == len(rest) and all(_take(entry, rest, patience) for entry in lonely)


def _take(entry: tuple[Value, ...], shelf: list[tuple[Value, ...]], patience: _Patience) -> bool:
    """Remove the first partner of the entry from the shelf, if there is one."""
    for position, other in enumerate(shelf):
        if patience.left < 0:
            return False
        if all(_same(x, y, patience) for x, y in zip(entry, other, strict=True)):
            del shelf[position]
            return True
    return False


def key(value: Value) -> Hashable:
    """A hashable key: equal keys are one value in votes and signatures, a transitive equivalence finer than ``equal``.

    Floats count to 9 significant digits (never coarser than 1 below 2**53; below 1e-12 they are 0); ints, bools and
    integral floats unify; sets and dicts have no order. An opaque value's key equals no other key, not even its own
    next one.
    """
    if value.kind in _NUMBERS:
        return scalars.number_key(_number(value))
    kind = _ALIKE.get(value.kind, value.kind)
    if kind == "set":
        return kind, len(value.items), frozenset(map(key, value.items))
    if kind in {"dict", "object"}:
        return kind, value.name, frozenset((key(k), key(v)) for k, v in _pairs(value))
    if kind in scalars.TEXT_KINDS:
        return kind, value.name, scalars.parse(kind, str(value.data))
    if kind == "opaque":
        return kind, object()
    return kind, value.name, value.data, tuple(map(key, value.items))


def stdout_value(text: str) -> Value:
    """A program's output as a value: every line stripped on the right, blank lines at the end removed."""
    return Value("str", "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n"))


def render(value: Value, *, limit: int | None = None) -> str:
    """The value as a Python expression, the way a careful person writes it.

    Sets are sorted, drained iterators are lists; very long ints are hexadecimal; names are bare (``Decimal('1.5')``,
    ``Color.RED``, ``Point(x=1, y=2)``) but for the datetime family (``datetime.date(2024, 1, 2)``) and
    ``numpy.array``. With ``limit`` (characters, at least 3) the middle of a longer text is replaced by ``…``.
    """
    text = _render(value)
    if limit is None or len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def _render(value: Value) -> str:
    if value.kind in _SHOWN:
        return _SHOWN[value.kind](value)
    if value.kind in scalars.TEXT_KINDS:
        return scalars.show_text_kind(value.kind, str(value.data), value.name)
    return repr(value.data)


def _joined(items: Iterable[Value]) -> str:
    return ", ".join(map(_render, items))


def _show_set(value: Value) -> str:
    inner = ", ".join(text for _, _, text in sorted(map(_rank, value.items)))
    if value.kind == "frozenset":
        return f"frozenset({{{inner}}})" if inner else "frozenset()"
    return f"{{{inner}}}" if inner else "set()"


def _rank(value: Value) -> tuple[bool, float | int, str]:
    """Numbers (but NaN) by size before all else by text, so that a set is shown in one order."""
    if isinstance(value.data, int | float) and value.data == value.data:
        return False, value.data, _render(value)
    return True, 0, _render(value)


def _show_object(value: Value) -> str:
    pairs = [(str(name.data), inner) for name, inner in _pairs(value)]
    if [name for name, _ in pairs] == ["args"] and pairs[0][1].kind == "tuple":  # an exception
        return f"{value.name}({_joined(pairs[0][1].items)})"
    return f"{value.name}({', '.join(f'{name}={_render(inner)}' for name, inner in pairs)})"


def _show_array(value: Value) -> str:
    parts = list(map(_render, value.items))
    shape = [int(size) for size in str(value.data).split(",") if size]
    if not parts:
        return f"numpy.empty({tuple(shape)})"
    for size in reversed(shape):
        parts = [f"[{', '.join(parts[at : at + size])}]" for at in range(0, len(parts), size)]
    return f"numpy.array({parts[0]})"


_SHOWN: dict[str, Callable[[Value], str]] = {
    "int": lambda v: scalars.int_text(cast("int", v.data)),
    "float": lambda v: scalars.show_float(cast("float", v.data)),
    "complex": lambda v: scalars.show_complex(cast("complex", v.data)),
    "bytearray": lambda v: f"bytearray({v.data!r})",
    "list": lambda v: f"[{_joined(v.items)}]",
    "iterator": lambda v: f"[{_joined(v.items)}]",
    "tuple": lambda v: f"({_joined(v.items)},)" if len(v.items) == 1 else f"({_joined(v.items)})",
    "deque": lambda v: f"deque([{_joined(v.items)}])",
    "set": _show_set,
    "frozenset": _show_set,
    "dict": lambda v: "{" + ", ".join(f"{_render(k)}: {_render(x)}" for k, x in _pairs(v)) + "}",
    "enum": lambda v: f"{v.name}.{v.data!s}",
    "object": _show_object,
    "array": _show_array,
    "opaque": lambda v: f"<{v.name}>",
}


def literal(value: Value) -> bool:
    """Whether ``render(value)`` evaluates to an equal value with nothing but Python's builtins in scope."""
    if value.kind == "type":
        return isinstance(vars(builtins).get(str(value.data)), type)
    if value.kind == "object":
        found = vars(builtins).get(value.name)
        known = isinstance(found, type) and issubclass(found, BaseException)
    else:
        known = value.kind in _BUILTIN_KINDS
    return known and all(map(literal, value.items))
