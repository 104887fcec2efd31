"""Canonical values: what a cell returned, as plain immutable data, and their two equalities.

``equal`` is the equality of a cell (Python's ``==`` on builtins, NaN equals NaN, floats within rel 1e-6 / abs 1e-9);
``key`` gives a hashable key for votes and signatures, which must be transitive (floats to 9 significant digits).
"""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def opaque(self) -> bool:
        """True when the value, or any part of it, cannot be compared."""
        return self.kind == "opaque" or any(item.opaque for item in self.items)
