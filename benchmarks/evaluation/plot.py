"""Accuracy against tokens, all arms, as one SVG that reads on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.evaluation import metrics
from benchmarks.evaluation.metrics import Estimate, Rated

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 36, 52
COLOURS = ("#d9480f", "#1c7ed6", "#2b8a3e", "#9c36b5", "#868e96", "#e8590c", "#0b7285", "#c2255c")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#343a40}.axis{stroke:#adb5bd}.bar{opacity:.45}"
    "@media(prefers-color-scheme:dark){text{fill:#e9ecef}.axis{stroke:#5c636a}}"
)
# one line through the points that are one arm at several budgets
LINES: dict[str, tuple[str, ...]] = {
    "CoSPlay": ("standard, 0 rounds", "standard, 1 rounds", "standard, 2 rounds", "standard"),
    "best of N": ("best of N, 1/8", "best of N, 1/4", "best of N, 1/2", "best of N"),
    "CodeT": ("CodeT, 1/8", "CodeT, 1/4", "CodeT, 1/2", "CodeT"),
    "majority": ("majority, 1/8", "majority, 1/4", "majority, 1/2", "majority"),
    "one sample": ("one sample",),
    "CoSPlay, paper": ("paper",),
    "CoSPlay, faithful": ("faithful paper",),
    "self-repair": ("self-repair",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    tokens: float
    right: Estimate


def points(rated: Mapping[str, Mapping[str, Rated]]) -> dict[str, list[Point]]:
    """The points of each line, on the problems that all shown arms were played on.

    An arm that was played on fewer problems than ``standard`` is left out: it would be another set of problems.
    """
    whole = set(rated.get("standard", {}))
    found: dict[str, list[Point]] = {}
    for line, names in LINES.items():
        played = [list(rated[name].values()) for name in names if name in rated and set(rated[name]) >= whole]
        some = [point for one in played if (point := _point(one)) is not None]
        if some:
            found[line] = some
    return found


def _point(rated: Sequence[Rated]) -> Point | None:
    right, tokens = metrics.measured(rated, metrics.forced), metrics.measured(rated, metrics.tokens)
    return Point(tokens=tokens.value, right=right) if right and tokens else None


def draw(title: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """The SVG: tokens a problem on a logarithmic scale, forced accuracy with its 95 % interval."""
    every = [point for line in lines.values() for point in line]
    if not every:
        return ""
    scale = Scale.of(every)
    count = every[0].right.problems
    said = f"{title}: accuracy against tokens a problem (n = {count}, bars: 95 % bootstrap intervals)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(said)}">',
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="20">{escape(said)}</text>',
        *_axes(scale),
    ]
    for number, (name, line) in enumerate(lines.items()):
        parts += _line(name, line, COLOURS[number % len(COLOURS)], number, scale)
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a number of tokens and an accuracy lie on the page."""

    least: float
    most: float

    @classmethod
    def of(cls, every: Sequence[Point]) -> Scale:
        tokens = [max(point.tokens, 1.0) for point in every]
        return cls(least=math.log10(min(tokens)) - 0.1, most=math.log10(max(tokens)) + 0.1)

    def x(self, tokens: float) -> float:
        share = (math.log10(max(tokens, 1.0)) - self.least) / (self.most - self.least)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, right: float) -> float:
        return HEIGHT - BOTTOM - right * (HEIGHT - TOP - BOTTOM)


def _axes(scale: Scale) -> Iterator[str]:
    for tenth in range(0, 11, 2):
        at = scale.y(tenth / 10)
        yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.0f}" y2="{at:.0f}" stroke-width=".5"/>'
        yield f'<text x="{LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{tenth / 10:.1f}</text>'
    for power in range(math.ceil(scale.least), math.floor(scale.most) + 1):
        at = scale.x(10**power)
        yield f'<line class="axis" x1="{at:.0f}" x2="{at:.0f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke-width=".5"/>'
        yield f'<text x="{at:.0f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{10**power:,}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">tokens a problem</text>'


def _line(name: str, line: Sequence[Point], colour: str, number: int, scale: Scale) -> Iterator[str]:
    places = [(scale.x(point.tokens), scale.y(point.right.value)) for point in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for point, (x, y) in zip(line, places, strict=True):
        low, high = scale.y(point.right.low), scale.y(point.right.high)
        yield f'<line class="bar" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
    at = TOP + 16 + 20 * number
    yield f'<rect x="{WIDTH - RIGHT + 16}" y="{at - 9}" width="12" height="4" fill="{colour}"/>'
    yield f'<text x="{WIDTH - RIGHT + 34}" y="{at - 2}">{escape(name)}</text>'
