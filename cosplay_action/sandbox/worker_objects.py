"""Inside a cell: what a class and its instances are made of, read without asking them.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import io
import sys

NAME = 1000  # characters of a class's name
_FILE = io.IOBase.__mro__[1]  # what every file class derives from, in C


def name(cls: type) -> str:
    """The class's name as code in its module would write it."""
    return cls.__qualname__.rsplit("<locals>.", 1)[-1][:NAME]


def is_iterator(cls: type) -> bool:
    """Whether instances are used up by iterating: generators, ``map``, classes with ``__next__``; but no files."""
    return _FILE not in cls.__mro__ and any("__next__" in base.__dict__ for base in cls.__mro__)


def attributes(thing: object) -> list[tuple[str, object]] | None:
    """The attributes that make up the object's value; None if it has state that Python cannot see.

    Of a dataclass: the fields that compare. What ``functools.cached_property`` stored is left out.
    """
    cls = type(thing)
    if any("__dataclass_fields__" in base.__dict__ for base in cls.__mro__):
        fields = sys.modules["dataclasses"].fields(cls)
        return _present(thing, [field.name for field in fields if field.compare])
    slots = [_mangled(base, slot) for base in cls.__mro__ for slot in _slots(base)]
    return _present(thing, slots) + _own(thing) if _is_plain(cls, len(slots)) else None


def _slots(base: type) -> list[str]:
    slots = base.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [slot for slot in names if slot not in {"__dict__", "__weakref__"}]


def _mangled(base: type, slot: str) -> str:
    private = slot.startswith("__") and not slot.endswith("__")
    return f"_{base.__name__.lstrip('_')}{slot}" if private else slot


def _is_plain(cls: type, slots: int) -> bool:
    """Whether no class above it was written in C with fields of its own: those make instances larger."""
    word = tuple.__itemsize__
    extras = bool(cls.__dictoffset__) + bool(cls.__weakrefoffset__) + slots
    visible = bool(cls.__dictoffset__) or any("__slots__" in base.__dict__ for base in cls.__mro__)
    return visible and cls.__basicsize__ <= object.__basicsize__ + word * extras


def _present(thing: object, names: list[str]) -> list[tuple[str, object]]:
    found = []
    for each in names:
        try:
            found.append((each, object.__getattribute__(thing, each)))
        except AttributeError:  # a slot or field that was never set
            continue
    return found


def _own(thing: object) -> list[tuple[str, object]]:
    """What the instance's ``__dict__`` holds."""
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return []
    cached = getattr(sys.modules.get("functools"), "cached_property", ())
    known = {each: value for base in type(thing).__mro__ for each, value in base.__dict__.items()}
    return [(str(each), value) for each, value in dict.items(own) if not isinstance(known.get(each), cached)]
