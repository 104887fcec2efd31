"""Values and observations as plain JSON data, and back under a budget.

None, bools, small ints and plain text are themselves; everything else is a list that starts with its kind:
``["float", "nan"]``, ``["list", 1, 2]``, ``["dict", key, value, ...]``, ``["object", "Point", "x", 1]``. What is read
may come from a hostile process: exact builtins only, kinds by name, every count bounded. Never pickle, marshal, eval.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import cast, get_args

from cosplay_action.method import scalars
from cosplay_action.method.domain import Observation, Status
from cosplay_action.method.values import Value

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_SMALL = 2**53  # ints below it survive every JSON reader
_SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "deque", "iterator"})
_STATUSES = frozenset(get_args(Status))
_PATHS = frozenset({"", "PureWindowsPath"})
_NAME = 1000  # characters of a class name or another name
_ARRAY_DIMENSIONS = 64
_SCALAR = 20_000  # characters of a Fraction, Decimal, range...: arithmetic on longer ones takes seconds


class CodecError(ValueError):
    """The data is no canonical value or observation, or is larger than the budget allows."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be read: levels of nesting, values, and characters of text (hexadecimal as written)."""

    depth: int = 100
    nodes: int = 100_000
    text: int = 64 * 1024 * 1024


DEFAULT = Budget()


def to_json(value: Value, budget: Budget = DEFAULT) -> Json:
    """The value as JSON data. Raises CodecError for one that ``from_json`` would refuse."""
    encoded = _encode(value, budget.depth)
    from_json(encoded, budget)
    return encoded


def _encode(value: Value, depth: int) -> Json:
    if depth < 0:
        raise CodecError("the value is nested too deeply")
    data, kind = value.data, value.kind
    if kind in {"none", "bool"}:
        return cast("bool | None", data)
    if isinstance(data, int | float | complex):
        return _encode_number(kind, data)
    if kind == "str":
        return _encode_text(str(data))
    if isinstance(data, bytes):
        return [kind, data.hex()]
    head: list[Json] = [_encode_text(value.name)] if kind in {"enum", "object", "opaque", "path"} else []
    if data is not None:
        head.append(_encode_text(data))
    return [kind, *head, *(_encode(item, depth - 1) for item in value.items)]


def _encode_number(kind: str, data: complex) -> Json:
    if isinstance(data, int):
        return data if abs(data) < _SMALL else [kind, hex(data)]
    if isinstance(data, float):
        return [kind, repr(data)]
    return [kind, repr(data.real), repr(data.imag)]


def _encode_text(text: str) -> Json:
    """Plain text as itself; text with lone surrogates, which not every JSON writer takes, as hexadecimal."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ["str", text.encode("utf-8", "surrogatepass").hex()]
    return text


def from_json(data: object, budget: Budget = DEFAULT) -> Value:
    """Read a value. Raises CodecError on anything ``to_json`` would not write, or beyond the budget."""
    return _Reader(budget).value(data, budget.depth)


class _Reader:
    """Decodes one value, counting as it goes."""

    def __init__(self, budget: Budget) -> None:
        self.nodes = budget.nodes
        self.left = budget.text

    def value(self, data: object, depth: int) -> Value:
        self.nodes -= 1
        if depth < 0 or self.nodes < 0:
            raise CodecError("the value is nested too deeply or has too many parts")
        if data is None:
            return Value("none")
        if type(data) is bool:
            return Value("bool", data)
        if type(data) is int:
            return Value("int", data)
        if type(data) is str:
            return Value("str", self.text(data))
        if type(data) is not list or not data or type(data[0]) is not str:
            raise CodecError("a value is null, a bool, an int, text, or a list that starts with its kind")
        return self.tagged(data[0], data[1:], depth)

    def tagged(self, kind: str, rest: list[object], depth: int) -> Value:
        if kind in _SEQUENCES:
            return Value(kind, items=self.items(rest, depth))
        if kind == "dict":
            return Value(kind, items=_paired(self.items(rest, depth)))
        read = getattr(self, "text_kind" if kind in scalars.TEXT_KINDS and kind != "type" else f"kind_{kind}", None)
        if read is None:
            raise CodecError("unknown kind of value")
        try:
            return cast("Value", read(kind, rest, depth))
        except (ValueError, OverflowError) as error:
            raise CodecError(f"bad {kind}: {str(error)[:100]}") from None

    def items(self, rest: list[object], depth: int) -> tuple[Value, ...]:
        return tuple([self.value(item, depth - 1) for item in rest])

    def text(self, data: object, longest: int | None = None) -> str:
        if type(data) is list and len(data) == 2 and data[0] == "str":
            return bytes.fromhex(self.text(data[1], longest)).decode("utf-8", "surrogatepass")
        if type(data) is not str:
            raise CodecError("text expected")
        self.left -= len(data)
        if self.left < 0 or (longest is not None and len(data) > longest):
            raise CodecError("the value holds too much text")
        return data

    def texts(self, rest: list[object], count: int) -> list[str]:
        if len(rest) != count:
            raise CodecError("wrong number of parts")
        return [self.text(part) for part in rest]

    def kind_str(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, self.text([kind, *rest]))

    def kind_int(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, int(self.texts(rest, 1)[0], 16))

    def kind_float(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, float(self.texts(rest, 1)[0]))

    def kind_complex(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, complex(*map(float, self.texts(rest, 2))))

    def kind_bytes(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, bytes.fromhex(self.texts(rest, 1)[0]))

    kind_bytearray = kind_bytes

    def text_kind(self, kind: str, rest: list[object], _depth: int) -> Value:
        name = self.text(rest.pop(0), _NAME) if kind == "path" and rest else ""
        if name not in _PATHS:
            raise CodecError("unknown kind of path")
        text = self.texts(rest, 1)[0]
        if len(text) > _SCALAR:
            raise CodecError("too long")
        scalars.parse(kind, text)
        return Value(kind, text, name=name)

    def kind_enum(self, kind: str, rest: list[object], _depth: int) -> Value:
        name, member = self.texts(rest, 2)
        return Value(kind, member, name=name) if _is_name(name) and _is_members(member) else _odd(name)

    def kind_type(self, kind: str, rest: list[object], _depth: int) -> Value:
        (name,) = self.texts(rest, 1)
        return Value(kind, name) if _is_name(name) else _odd(name)

    def kind_object(self, kind: str, rest: list[object], depth: int) -> Value:
        name = self.text(rest[0] if rest else None, _NAME)
        items = _paired(self.items(rest[1:], depth))
        if any(item.kind != "str" for item in items[::2]):
            raise CodecError("an attribute's name is text")
        return Value(kind, items=items, name=name) if _is_name(name) else _odd(name)

    def kind_array(self, kind: str, rest: list[object], depth: int) -> Value:
        shape = self.text(rest[0] if rest else None, _NAME)
        sizes = [int(size) for size in shape.split(",") if size]
        items = self.items(rest[1:], depth)
        if len(sizes) > _ARRAY_DIMENSIONS or any(s < 0 for s in sizes) or math.prod(sizes) != len(items):
            raise CodecError("the shape does not fit the elements")
        return Value(kind, shape, items)

    def kind_opaque(self, kind: str, rest: list[object], _depth: int) -> Value:
        return Value(kind, name=self.texts(rest, 1)[0][:_NAME])


def _is_name(text: str) -> bool:
    """Whether a class could be called by this name in code: only then is it shown bare."""
    return all(part.isidentifier() for part in text.split("."))


def _is_members(text: str) -> bool:
    """Whether it names a member of an enum, or several of a flag; an int for a flag's unnamed value."""
    return all(part.isidentifier() or part.lstrip("-").isdecimal() for part in text.split("|"))


def _odd(name: str) -> Value:
    return Value("opaque", name=f"instance of {name[:50]!r}")


def _paired(items: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(items) % 2:
        raise CodecError("a key has no value")
    return items


def observation_to_json(seen: Observation) -> Json:
    """``[status, [value] or [], [class names], detail, seconds]``."""
    value: list[Json] = [] if seen.value is None else [to_json(seen.value)]
    names: list[Json] = [_encode_text(name) for name in seen.error]
    return [seen.status, value, names, _encode_text(seen.detail), seen.seconds]


def observation_from_json(data: object, budget: Budget = DEFAULT) -> Observation:
    """Read what ``observation_to_json`` wrote. Raises CodecError."""
    status, value, names, detail, seconds = exact_list(data, 5)
    if type(status) is not str or status not in _STATUSES or type(value) is not list or type(names) is not list:
        raise CodecError("not an observation")
    if len(value) > 1 or len(value) != (status == "returned") or len(names) > _ARRAY_DIMENSIONS:
        raise CodecError("an observation has one value if it returned, else none")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 1e300:
        raise CodecError("seconds are a number")
    reader = _Reader(budget)
    return Observation(
        status=cast("Status", status),
        value=reader.value(value[0], budget.depth) if value else None,
        error=tuple(reader.text(name, _NAME) for name in names),
        detail=reader.text(detail),
        seconds=float(seconds),
    )


def exact_list(data: object, length: int) -> list[object]:
    """The data as a list of exactly so many parts. Raises CodecError."""
    if type(data) is not list or len(data) != length:
        raise CodecError(f"a list of {length} parts expected")
    return data


def parse(data: bytes) -> object:
    """Read JSON text that a hostile process may have written. Raises CodecError."""
    try:
        return json.loads(data.decode("ascii"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise CodecError(f"not JSON: {str(error)[:100]}") from None


def _no_constant(name: str) -> None:
    raise CodecError(f"{name} is not JSON")
