"""Strategies for what no writer meant: real texts and data, damaged in every place, and how many of them to try.

HYPOTHESIS_PROFILE chooses the number: unset, a few, the same each time; ``long``, 50,000 (COSPLAY_EXAMPLES sets another
number), others each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

readers = settings(
    max_examples=int(os.environ.get("COSPLAY_EXAMPLES", "50000")) if LONG else 150,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=_SLOW if LONG else (),
)

# What texts of any kind may hold that readers stumble over.
ODD = (
    "", "\n", "\r", "\r\n", "\x0c", "\x0b", "\x00", "\t", " ", "\\", "\\\n", "\ufeff", "\u2028", "\u200b", "\u202e",
    "\ud800", "\udc00", "\U0001f600", "é", "e\u0301", "ﬁ", "²", "٣", "'", '"', "'''", '"""', "```", "~~~", "#", ";",
    ":", "::", ",", "(", ")", "[", "]", "{", "}", "((((", "))))", "[" * 300, "-" * 300, "9" * 5000, "0x" + "f" * 5000,
    "1e999", "nan", "None", "true", "null", "\x1b[31m", "x" * 300,
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, texts: Sequence[str], pieces: Sequence[str] = ODD, most: int = 6) -> str:
    """A text with pieces put in, taken out, doubled, moved or cut off; now and then as it was."""
    text = draw(st.sampled_from(texts))
    odd = st.sampled_from(pieces) | st.sampled_from(ODD) | st.text(max_size=5)
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        deed = draw(st.sampled_from(["put in", "put in", "replace", "take out", "double", "move", "cut", "line"]))
        if deed in {"put in", "replace"}:
            text = text[:start] + draw(odd) + text[start if deed == "put in" else end :]
        elif deed == "take out":
            text = text[:start] + text[end:]
        elif deed == "double":
            text = text[:end] + text[start:]
        elif deed == "move":
            text = text[:start] + text[end:] + text[start:end]
        elif deed == "cut":
            text = text[:start]
        else:  # where a line begins
            start = text.rfind("\n", 0, start) + 1
            text = text[:start] + draw(odd) + draw(st.sampled_from(["\n", "", " "])) + text[start:]
    return text


def piled(pieces: Sequence[str], most: int = 30) -> st.SearchStrategy[str]:
    """Pieces in any order."""
    between = st.sampled_from(["\n", "\n", "\n    ", " ", ""])
    return st.lists(st.tuples(st.sampled_from(pieces), between), max_size=most).map(
        lambda found: "".join(piece + gap for piece, gap in found)
    )


def raw(texts: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """The bytes of texts, lone surrogates and all; now and then in another encoding, or cut in the middle."""
    utf8 = texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    latin = texts.map(lambda text: text.encode("latin-1", "replace"))
    marked = utf8.map(lambda data: b"\xef\xbb\xbf" + data)
    wide = texts.map(lambda text: text.encode("utf-16", "surrogatepass"))
    cut = st.tuples(utf8, st.integers(0, 400)).map(lambda pair: pair[0][: -pair[1] or None])
    return st.one_of(utf8, utf8, utf8, latin, marked, wide, cut, st.binary(max_size=80))


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.sampled_from([10**400, -(10**400), -1, 0, 2**63]) | st.floats()
    | st.text(max_size=6) | st.sampled_from(["", "ok", "returned", "\ud800", "1" * 5000, "0x" + "f" * 5000])
)  # fmt: skip
JUNK: st.SearchStrategy[object] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)  # fmt: skip


OTHERS = (
    None, True, -1, 10**400, 1.5, float("inf"), float("nan"), "x", "\ud800", "1" * 5000, "1e999999999", [], [1], {},
    {"a": 1}, [[1]],
)  # fmt: skip


def each_part_warped(data: object) -> Iterator[object]:
    """JSON data with one part, however deep, in turn exchanged for each of OTHERS."""
    yield from OTHERS
    if isinstance(data, dict):
        for key, value in data.items():
            yield from ({**data, key: other} for other in each_part_warped(value))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from ([*data[:at], other, *data[at + 1 :]] for other in each_part_warped(value))


@st.composite
def warped(draw: st.DrawFn, data: object, most: int = 3) -> object:
    """JSON data of which up to ``most`` parts, however deep, are of another type, missing, or there twice."""
    for _ in range(draw(st.integers(0, most))):
        data = _warped(draw, data)
    return data


def _warped(draw: st.DrawFn, data: object) -> object:
    if not isinstance(data, dict | list) or not data or draw(st.integers(0, 4)) == 0:
        return draw(JUNK)
    places = list(data) if isinstance(data, dict) else list(range(len(data)))
    place = draw(st.sampled_from(places))
    deed = draw(st.sampled_from(["deeper", "deeper", "deeper", "deeper", "drop", "double"]))
    items = list(data.items()) if isinstance(data, dict) else list(enumerate(data))
    if deed == "drop":
        items = [(key, value) for key, value in items if key != place]
    elif deed == "double":
        items += [(f"{key} again", value) for key, value in items if key == place]
    else:
        items = [(key, _warped(draw, value) if key == place else value) for key, value in items]
    return dict(items) if isinstance(data, dict) else [value for _, value in items]
