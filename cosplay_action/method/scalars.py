"""The numbers and text scalars behind canonical values: read from text, compared, given keys, shown.

Works on plain Python scalars; ``values`` does the containers. No function here formats an int through ``str`` when it
may be too long for the interpreter's digit limit, and none raises on anything that ``parse`` accepted.
"""

from __future__ import annotations

import datetime
import math
import uuid
from collections.abc import Callable, Hashable
from decimal import Decimal, InvalidOperation
from fractions import Fraction

Number = int | float | complex | Decimal | Fraction
Real = int | float | Decimal | Fraction

REL_TOLERANCE = 1e-6
ABS_TOLERANCE = 1e-9
_SHOWN_BITS = 2000  # 603 digits: below the smallest digit limit an interpreter can be given (640)
_KEY_EXPONENT = 5000  # a Decimal beyond 10**5000 is not expanded to an integer for its key
_WHOLE = 2.0**53  # above this every float is integral, so being integral says nothing


def int_text(number: int) -> str:
    """The int as an expression: decimal digits, or hexadecimal where decimal could hit the digit limit."""
    return hex(number) if number.bit_length() > _SHOWN_BITS else str(number)


def text_int(text: str) -> int:
    """Read what ``int_text`` wrote. Raises ValueError."""
    return int(text, 16) if "x" in text[:3] else int(text)


def _fraction(text: str) -> Fraction:
    numerator, denominator = map(text_int, text.split("/"))
    if denominator <= 0:
        raise ValueError("a fraction's denominator is positive")
    return Fraction(numerator, denominator)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("not a decimal number") from None


def _range(text: str) -> range:
    start, stop, step = map(text_int, text.split(":"))
    return range(start, stop, step)


def _timedelta(text: str) -> datetime.timedelta:
    days, seconds, microseconds = map(int, text.split(":"))
    try:
        return datetime.timedelta(days, seconds, microseconds)
    except OverflowError:
        raise ValueError("the timedelta is out of range") from None


_PARSERS: dict[str, Callable[[str], Hashable]] = {
    "decimal": _decimal,
    "fraction": _fraction,
    "range": _range,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "timedelta": _timedelta,
    "uuid": uuid.UUID,
    "path": str,
    "type": str,
}
TEXT_KINDS = frozenset(_PARSERS)


def parse(kind: str, text: str) -> Hashable:
    """Turn a text kind's text into an object that Python compares, hashes and shows properly.

    Texts: decimal "1.50"; fraction "1/3"; range "0:10:2"; timedelta "days:seconds:microseconds"; date, time and
    datetime in ISO 8601; ints longer than 600 digits in hexadecimal. Raises ValueError on anything else.
    """
    return _PARSERS[kind](text)


def is_nan(number: Real) -> bool:
    return number.is_nan() if isinstance(number, Decimal) else isinstance(number, float) and math.isnan(number)


def close(a: Number, b: Number) -> bool:
    """Equality of two numbers in a cell: exact, unless a float takes part (rel 1e-6, abs 1e-9); NaN equals NaN."""
    if isinstance(a, complex) or isinstance(b, complex):
        return _close(_real(a), _real(b)) and _close(_imag(a), _imag(b))
    return _close(a, b)


def _real(number: Number) -> Real:
    return number.real if isinstance(number, complex) else number


def _imag(number: Number) -> Real:
    return number.imag if isinstance(number, complex) else 0


def _close(a: Real, b: Real) -> bool:
    if is_nan(a) or is_nan(b):
        return is_nan(a) and is_nan(b)
    if not isinstance(a, float) and not isinstance(b, float):
        return a == b
    try:
        left, right = float(a), float(b)
    except OverflowError:  # an int or Fraction beyond every float
        return False
    if math.isinf(left) or math.isinf(right):
        return a == b  # exact, because a finite Decimal beyond every float converts to inf
    return math.isclose(left, right, rel_tol=REL_TOLERANCE, abs_tol=ABS_TOLERANCE)


def number_key(number: Number) -> Hashable:
    """A key that unifies equal numbers of every type, floats to 9 significant digits (see ``_float_key``)."""
    if isinstance(number, complex):
        real, imag = number_key(number.real), number_key(number.imag)
        return real if imag == 0 else ("complex", real, imag)
    if is_nan(number):
        return "nan"
    if isinstance(number, float):
        return _float_key(number)
    return _decimal_key(number) if isinstance(number, Decimal) else number


def _float_key(number: float) -> Hashable:
    """9 significant digits, never coarser than one below 2**53 (integral floats unify with ints); residue is 0."""
    if math.isinf(number):
        return number
    if abs(number) < 1e-12:
        return 0
    return round(number) if 1e9 <= abs(number) < _WHOLE else Fraction(f"{number:.8e}")


def _decimal_key(number: Decimal) -> Hashable:
    if number.is_infinite():
        return float(number)
    if not number:
        return 0
    sign, digits, exponent = number.as_tuple()
    if max(abs(number.adjusted()), abs(int(exponent))) <= _KEY_EXPONENT:
        return Fraction(number)
    text = "".join(map(str, digits))
    bare = text.rstrip("0")
    return ("decimal", sign, bare, int(exponent) + len(text) - len(bare))


def show_float(number: float) -> str:
    return repr(number) if math.isfinite(number) else f"float('{number!r}')"


def show_complex(number: complex) -> str:
    if math.isfinite(number.real) and math.isfinite(number.imag):
        return repr(number)
    return f"complex({show_float(number.real)}, {show_float(number.imag)})"


def show_text_kind(kind: str, text: str, name: str = "") -> str:
    """The expression of a text kind: ``Decimal('1.5')``, ``Fraction(1, 3)``, ``datetime.date(2024, 1, 2)``."""
    if kind == "path":
        return f"{name or 'Path'}({text!r})"
    if kind == "type":
        return text
    value = parse(kind, text)
    if isinstance(value, Fraction):
        return f"Fraction({int_text(value.numerator)}, {int_text(value.denominator)})"
    return _show_range(value) if isinstance(value, range) else repr(value)


def _show_range(value: range) -> str:
    start, stop, step = int_text(value.start), int_text(value.stop), int_text(value.step)
    if step != "1":
        return f"range({start}, {stop}, {step})"
    return f"range({stop})" if start == "0" else f"range({start}, {stop})"
