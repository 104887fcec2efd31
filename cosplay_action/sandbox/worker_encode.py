"""Inside a cell: any Python object as the codec's JSON, by value, without asking the object.

Standard library only, Python 3.9 to 3.14; the other side is ``cosplay_action.method.codec``. Containers are read
through the base class's own methods, so that overridden ``__eq__``, ``__iter__``, ``__repr__`` or ``__hash__`` are
never called; what runs candidate code are iterators (drained), numpy conversions and a time zone's ``utcoffset``.
"""

from __future__ import annotations

import collections
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Handler = Callable[["Encoder", Any, int], object]
    Nested = Callable[[Any, int], object]
if TYPE_CHECKING or __package__:
    from cosplay_action.sandbox import worker_objects as objects
else:
    import _cosplay_worker_objects as objects

SMALL = 2**53
DEPTH = 100
NODES = 100_000
DRAIN = 10_000  # items taken from one iterator
SCALAR = 20_000  # characters of a Decimal, Fraction or range


class TooMuch(Exception):
    """The value is larger than what may leave the cell."""


class Encoder:
    """Encodes one result; ``text`` is how many characters it may hold."""

    def __init__(self, text: int) -> None:
        self.left = text
        self.nodes = NODES
        self.path: set[int] = set()  # ids of the containers around the current one
        self.imported: dict[type, Handler] | None = None  # made when a value needs it

    def encode(self, thing: object, depth: int = DEPTH) -> object:
        """JSON data of the thing. Raises TooMuch, and whatever a drained iterator raises."""
        self.nodes -= 1
        if depth < 0 or self.nodes < 0:
            raise TooMuch
        if type(thing) is int and -SMALL < thing < SMALL:
            return thing
        handler = HANDLERS.get(type(thing))
        if handler is not None:
            return handler(self, thing, depth)
        return self._derived(thing, depth)

    def _derived(self, thing: object, depth: int) -> object:
        for base in type(thing).__mro__:
            handler = HANDLERS.get(base) or self._late(base)
            if handler is not None:
                return handler(self, thing, depth)
        return self.drained(thing, depth) if objects.is_iterator(type(thing)) else self.instance(thing, depth)

    def _late(self, base: type) -> Handler | None:
        if self.imported is None:
            self.imported = _imported()
        return self.imported.get(base)

    def nested(self, encode: Nested, thing: object, depth: int) -> object:
        """Encode a container one level down, unless it is inside itself."""
        if id(thing) in self.path:
            return ["opaque", "cycle"]
        self.path.add(id(thing))
        encoded = encode(thing, depth - 1)
        self.path.discard(id(thing))
        return encoded

    def listed(self, kind: str, thing: object, items: Iterable[object], depth: int) -> object:
        """Encode a container's items after its kind, as ``nested`` does."""
        if id(thing) in self.path:
            return ["opaque", "cycle"]
        self.path.add(id(thing))
        encoded: list[object] = [kind]
        for item in items:
            encoded.append(self.encode(item, depth - 1))  # noqa: PERF401 - a cell is quicker without one more function
        self.path.discard(id(thing))
        return encoded

    def text(self, text: str) -> object:
        self.left -= len(text)
        if self.left < 0:
            raise TooMuch
        try:
            text.encode()
        except UnicodeEncodeError:
            return ["str", text.encode("utf-8", "surrogatepass").hex()]
        return text

    def integer(self, thing: int, _depth: int) -> object:
        exact = int.__int__(thing)
        return exact if abs(exact) < SMALL else ["int", self.text(hex(exact))]

    def scalar(self, kind: str, text: str) -> object:
        if len(text) > SCALAR:
            raise TooMuch
        return [kind, self.text(text)]

    def items(self, items: Iterable[object], depth: int) -> list[object]:
        return [self.encode(item, depth) for item in items]

    def drained(self, thing: Any, depth: int) -> object:
        taken: list[object] = []
        for item in thing:
            if len(taken) == DRAIN:
                raise TooMuch
            taken.append(item)
        return self.listed("iterator", thing, taken, depth)

    def exception(self, thing: BaseException, depth: int) -> object:
        args = vars(BaseException)["args"].__get__(thing)
        return self.nested(lambda it, inner: self.attributes(it, [("args", args)], inner), thing, depth)

    def instance(self, thing: object, depth: int) -> object:
        """A plain object by its class's name and its attributes; whatever has other state is opaque."""
        pairs = objects.attributes(thing)
        if pairs is None:
            return _opaque(self, thing, depth)
        return self.nested(lambda it, inner: self.attributes(it, pairs, inner), thing, depth)

    def attributes(self, thing: object, pairs: list[tuple[str, object]], depth: int) -> object:
        parts = [part for name, value in pairs for part in (self.text(name), self.encode(value, depth))]
        return ["object", objects.name(type(thing)), *parts]

    def array(self, thing: Any, depth: int) -> object:
        if thing.size > self.nodes:
            raise TooMuch
        if thing.dtype.kind in "mM" or any(base.__name__ == "MaskedArray" for base in type(thing).__mro__):
            return _opaque(self, thing, depth)  # as a list it would lose its unit, or its mask
        flat = sys.modules["numpy"].asarray(thing).reshape(-1).tolist()
        shape = ",".join(map(str, thing.shape))
        return self.nested(lambda _, inner: ["array", shape, *self.items(flat, inner)], thing, depth)

    def array_scalar(self, thing: Any, depth: int) -> object:
        if thing.dtype.kind in "mM":
            return _opaque(self, thing, depth)
        item = thing.item()
        return _opaque(self, thing, depth) if type(item) is type(thing) else self.encode(item, depth)


def _opaque(_encoder: Encoder, thing: object, _depth: int) -> object:
    return ["opaque", objects.name(type(thing))]


def _itself(_encoder: Encoder, thing: object, _depth: int) -> object:
    return thing


def _float(_encoder: Encoder, thing: float, _depth: int) -> object:
    return ["float", float.__repr__(thing)]


def _complex(_encoder: Encoder, thing: complex, _depth: int) -> object:
    parts = vars(complex)
    return ["complex", float.__repr__(parts["real"].__get__(thing)), float.__repr__(parts["imag"].__get__(thing))]


def _str(encoder: Encoder, thing: str, _depth: int) -> object:
    return encoder.text(str.__str__(thing))


def _type(_encoder: Encoder, thing: type, _depth: int) -> object:
    return ["type", objects.name(thing)]


def _enum(encoder: Encoder, thing: Any, _depth: int) -> object:
    name = object.__getattribute__(thing, "_name_")  # None for some combined flags before Python 3.11
    member = str(object.__getattribute__(thing, "_value_")) if name is None else name
    return ["enum", objects.name(type(thing)), encoder.text(member)]


def _path(encoder: Encoder, thing: object, _depth: int) -> object:
    windows = any(base.__name__ == "PureWindowsPath" for base in type(thing).__mro__)
    return ["path", "PureWindowsPath" if windows else "", encoder.text(str(thing))]


def _scalar(kind: str, text: Callable[[Any], str]) -> Handler:
    def encode(encoder: Encoder, thing: object, _depth: int) -> object:
        return encoder.scalar(kind, text(thing))

    return encode


def _bytes(kind: str, exact: Callable[[Any], Any]) -> Handler:
    def encode(encoder: Encoder, thing: object, _depth: int) -> object:
        return [kind, encoder.text(exact(thing).hex())]

    return encode


def _sequence(kind: str, read: Callable[[Any], Iterable[object]]) -> Handler:
    def encode(encoder: Encoder, thing: object, depth: int) -> object:
        return encoder.listed(kind, thing, read(thing), depth)

    return encode


def _mapping(read: Callable[[Any], Iterable[tuple[object, object]]]) -> Handler:
    def encode(encoder: Encoder, thing: object, depth: int) -> object:
        return encoder.listed("dict", thing, (part for pair in read(thing) for part in pair), depth)

    return encode


def _int_text(number: int) -> str:
    return hex(number) if number.bit_length() > 2000 else str(number)


def _isoformat(name: str) -> Callable[[Any], str]:
    return lambda thing: str(getattr(sys.modules["datetime"], name).isoformat(thing))


HANDLERS: dict[type, Handler] = {
    type(None): _itself,
    bool: _itself,
    int: Encoder.integer,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes("bytes", lambda thing: bytes.__getitem__(thing, slice(None))),
    bytearray: _bytes("bytearray", lambda thing: bytearray.__getitem__(thing, slice(None))),
    memoryview: _bytes("bytes", bytes),
    list: _sequence("list", list.__iter__),
    tuple: _sequence("tuple", tuple.__iter__),
    set: _sequence("set", set.__iter__),
    frozenset: _sequence("frozenset", frozenset.__iter__),
    collections.deque: _sequence("deque", collections.deque.__iter__),
    collections.OrderedDict: _mapping(collections.OrderedDict.items),
    dict: _mapping(dict.items),
    types.MappingProxyType: _mapping(lambda thing: dict(thing).items()),
    range: _scalar("range", lambda thing: ":".join(map(_int_text, (thing.start, thing.stop, thing.step)))),
    type: _type,
    BaseException: Encoder.exception,
    type({}.keys()): Encoder.drained,
    type({}.values()): Encoder.drained,
    type({}.items()): Encoder.drained,
    types.FunctionType: _opaque,
    types.BuiltinFunctionType: _opaque,
    types.MethodType: _opaque,
    types.ModuleType: _opaque,
}
_LATE: list[tuple[str, str, Handler]] = [
    ("enum", "Enum", _enum),
    ("decimal", "Decimal", _scalar("decimal", lambda thing: str(sys.modules["decimal"].Decimal.__str__(thing)))),
    ("fractions", "Fraction", _scalar("fraction", lambda x: f"{_int_text(x.numerator)}/{_int_text(x.denominator)}")),
    ("datetime", "timedelta", _scalar("timedelta", lambda thing: f"{thing.days}:{thing.seconds}:{thing.microseconds}")),
    ("datetime", "date", _scalar("date", _isoformat("date"))),
    ("datetime", "time", _scalar("time", _isoformat("time"))),
    ("datetime", "datetime", _scalar("datetime", _isoformat("datetime"))),
    ("uuid", "UUID", _scalar("uuid", lambda thing: f"{thing.int:032x}")),
    ("pathlib", "PurePath", _path),
    ("numpy", "ndarray", Encoder.array),
    ("numpy", "generic", Encoder.array_scalar),
]


def _imported() -> dict[type, Handler]:
    """Handlers of classes whose modules the cell has imported; no values of other such classes can exist."""
    found = [(getattr(sys.modules.get(module), name, None), handler) for module, name, handler in _LATE]
    return {cls: handler for cls, handler in found if cls is not None}
