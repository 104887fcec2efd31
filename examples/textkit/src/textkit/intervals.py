"""Closed intervals of line numbers, as ``(first, last)`` pairs."""


def covers(interval: tuple[int, int], line: int) -> bool:
    """Return True when ``line`` lies in the interval, its ends included."""
    return interval[0] <= line <= interval[1]


def merge_intervals(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge intervals that overlap or share an end, and return the result sorted by start.

    Each interval is a pair ``(start, end)`` with ``start <= end``. Intervals that only lie next to each other, such as
    ``(1, 2)`` and ``(3, 4)``, stay apart. The list that is given is in no particular order and is not changed.
    """
    raise NotImplementedError
