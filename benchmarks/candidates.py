"""Small real functions, one a candidate, for `sandbox.py`; and inputs for them."""

from __future__ import annotations

import random

HEAD = "def solve(xs: list[int]) -> object:\n"
STUB = HEAD + "    raise NotImplementedError\n"
CANDIDATES = """
import itertools
def solve(xs: list[int]) -> object:
    return [(k, len(list(g))) for k, g in itertools.groupby(xs)]
---
import math
def solve(xs: list[int]) -> object:
    return math.gcd(*xs)
---
def solve(xs: list[int]) -> object:
    return sorted(xs, key=lambda x: (abs(x), x))
---
def solve(xs: list[int]) -> object:
    seen = set()
    return [x for x in xs if not (x in seen or seen.add(x))]
---
from collections import Counter
def solve(xs: list[int]) -> object:
    return dict(Counter(xs).most_common(3))
---
def solve(xs: list[int]) -> object:
    best = now = xs[0]
    for x in xs[1:]:
        now = max(x, now + x)
        best = max(best, now)
    return best
---
import bisect
def solve(xs: list[int]) -> object:
    tails = []
    for x in xs:
        at = bisect.bisect_left(tails, x)
        tails[at:at + 1] = [x]
    return len(tails)
---
def solve(xs: list[int]) -> object:
    total, sums = 0, []
    for x in xs:
        total += x
        sums.append(total)
    return sums
---
def solve(xs: list[int]) -> object:
    return " ".join(format(x & 0xFF, "08b") for x in xs)
---
def solve(xs: list[int]) -> object:
    return sum(1 for i, x in enumerate(xs) for y in xs[i + 1:] if y < x)
---
import statistics
def solve(xs: list[int]) -> object:
    return statistics.median(xs)
---
import heapq
def solve(xs: list[int]) -> object:
    return heapq.nlargest(3, xs) + heapq.nsmallest(3, xs)
---
def prime(n):
    return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))
def solve(xs: list[int]) -> object:
    return list(map(prime, xs))
---
import re
def solve(xs: list[int]) -> object:
    return re.findall(r"-?[13579]+", ",".join(map(str, xs)))
---
def solve(xs: list[int]) -> object:
    return {x: [y for y in xs if y % x == 0] for x in xs if x}
---
import functools
def solve(xs: list[int]) -> object:
    @functools.lru_cache(None)
    def ways(n):
        return 1 if n < 2 else ways(n - 1) + ways(n - 2)
    return [ways(abs(x)) for x in xs]
""".lstrip().split("---\n")


def matrix(size: int) -> tuple[list[str], list[str]]:
    """So many candidates, all different, and as many inputs."""
    dice = random.Random(size)
    lists = [[dice.choice([dice.randint(-9, 9), dice.randint(1, 30)]) for _ in range(6 + n % 9)] for n in range(size)]
    texts = [f"{CANDIDATES[n % len(CANDIDATES)]}    # {n}\n" for n in range(size)]
    return texts, [f"solve({xs})" for xs in lists]


def cells(size: int) -> list[tuple[str, str]]:
    """Every candidate with every input, in such an order that a part of them has every candidate in it."""
    texts, inputs = matrix(size)
    return [(text, each) for each in inputs for text in texts]


def result(cell: tuple[str, str]) -> object:
    """What a cell returns."""
    namespace: dict[str, object] = {}
    exec(cell[0], namespace)
    return eval(cell[1], namespace)
