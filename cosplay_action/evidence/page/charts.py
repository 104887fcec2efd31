"""Small drawings: how many lie in which share, and a matrix as a bitmap. SVG without styles, colours come by class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from cosplay_action.evidence.page.markup import Markup, tag

BINS = ("0 %", "1-19 %", "20-39 %", "40-59 %", "60-79 %", "80-99 %", "100 %")
_WIDTH, _GAP, _HIGH = 18, 2, 32  # of a bar, between bars, of the tallest


def binned(shares: Sequence[float]) -> list[int]:
    """How many shares (0..1) lie in each of BINS: none and all have their own, since the method treats them apart."""
    counts = [0] * len(BINS)
    for share in shares:
        inner = 1 + min(4, int(share * 5 + 1e-9))
        counts[0 if share <= 0 else len(BINS) - 1 if share >= 1 else inner] += 1
    return counts


def histogram(counts: Sequence[int], what: str, top: int) -> Markup:
    """Bars, one a bin, scaled so that ``top`` is a full one; the label says every number."""
    spoken = ", ".join(f"{name}: {number}" for name, number in zip(BINS, counts, strict=True) if number)
    bars = [part for at, number in enumerate(counts) for part in _bar(at, number, top)]
    across = len(counts) * (_WIDTH + _GAP)
    base = tag("path", d=f"M0 {_HIGH + 12.5}h{across}", class_="axis")
    ends = [_end(BINS[0], 0, "start"), _end(BINS[-1], across, "end")]
    view_box = f"0 0 {across} {_HIGH + 25}"
    return tag(
        "svg", *bars, base, *ends, viewBox=view_box, role="img", aria_label=f"{what}: {spoken or 'none'}", class_="bars"
    )


def _bar(at: int, number: int, top: int) -> list[Markup]:
    if not number:
        return []
    high = max(1.0, round(number / top * _HIGH, 1)) if top else 1.0
    y = 12 + _HIGH - high
    drawn = tag("rect", x=at * (_WIDTH + _GAP) + 1, y=f"{y:g}", width=_WIDTH, height=f"{high:g}", class_="bar")
    return [drawn, _label(str(number), at, y - 2)]


def _end(words: str, x: int, anchor: str) -> Markup:
    return tag("text", words, x=x, y=_HIGH + 23, text_anchor=anchor)


def _label(words: str, at: int, y: float) -> Markup:
    return tag("text", words, x=at * (_WIDTH + _GAP) + 1 + _WIDTH // 2, y=f"{y:g}", text_anchor="middle")


def bitmap(passes: Sequence[str], valid: Sequence[bool], label: str) -> Markup:
    """A matrix of ``0`` and ``1``: passes are filled, columns that do not count are grey and hatched."""
    tall, wide = len(passes), len(valid)
    filled = "".join(f"M{x} {y}.5h{length}" for y, row in enumerate(passes) for x, length in _runs(row))
    grey = "".join(f"M{x}.5 0v{tall}" for x, counts in enumerate(valid) if not counts)
    barred = "".join(f"M{x} {y + 1}l1-1" for x, counts in enumerate(valid) if not counts for y in range(tall))
    ground = tag("rect", x=0, y=0, width=wide, height=tall, class_="ground")
    lines = [
        tag("path", d=filled, class_="on") if filled else None,
        tag("path", d=grey, class_="off") if grey else None,
        tag("path", d=barred, class_="hatch") if barred else None,
    ]
    return tag("svg", ground, *lines, viewBox=f"0 0 {wide} {tall}", role="img", aria_label=label, class_="bits")


def _runs(row: str) -> list[tuple[int, int]]:
    """Where runs of passes begin, and how long they are."""
    runs, at = [], 0
    for digit, same in groupby(row):
        length = len(list(same))
        if digit == "1":
            runs.append((at, length))
        at += length
    return runs


def bar(parts: Sequence[tuple[float, str]], top: float, label: str | None = None) -> Markup:
    """One horizontal bar of stacked parts (value, class); ``top`` is its full length. Without a label: decoration."""
    x, drawn = 0.0, []
    for value, class_ in parts:
        length = round(value / top * 100, 2) if top else 0.0
        if length:
            drawn.append(tag("rect", x=f"{x:g}", y=0, width=f"{length:g}", height=10, class_=class_))
        x += length
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *drawn, viewBox="0 0 100 10", preserveAspectRatio="none", class_="bar-h", **spoken)
