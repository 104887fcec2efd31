"""What grows with what: steps of Python are counted, not seconds, so that a busy machine decides nothing.

``benchmarks/load.py`` measures larger sizes in seconds and bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from benchmarks import load
from cosplay_action.evidence.html import render_html
from cosplay_action.method.domain import Observation
from cosplay_action.method.values import Value
from cosplay_action.models.journal import Journal
from tests.browser.pools import report

MEGABYTE = 1024 * 1024


def steps(deed: Callable[[], object]) -> int:
    """Calls of functions, ours and built-in ones."""
    count = 0

    def seen(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        deed()
    finally:
        sys.setprofile(before)
    return count


def growth(deed: Callable[[Path, int], object], folder: Path, small: int, large: int) -> float:
    """How many times the steps of ``small`` are those of ``large``? (A smaller deed first makes what is made once.)"""
    deed(folder / "warm", small // 2)
    return steps(lambda: deed(folder / "large", large)) / steps(lambda: deed(folder / "small", small))


LINEAR = [(load.stubs, 20, 80, 4), (load.checked, 20, 80, 4), (load.planned, 20, 80, 4), (load.spec, 300, 1200, 4),
          (load.module, 700, 2800, 4), (load.pools, 16, 32, 4), (load.report, 8, 16, 4)]  # fmt: skip


@pytest.mark.parametrize(("deed", "small", "large", "times"), LINEAR, ids=[one[0].__name__ for one in LINEAR])
def test_steps_grow_no_faster_than_what_there_is_to_do(
    tmp_path: Path, deed: Callable[[Path, int], object], small: int, large: int, times: int
) -> None:
    """Stubs and lines by their number, pools and reports by their cells: four times as many each."""
    assert growth(deed, tmp_path, small, large) < 1.25 * times


def test_a_journal_is_read_in_steps_by_its_lines(tmp_path: Path) -> None:
    def written(path: Path, cells: int) -> None:
        book = Journal.open(path, {"run": {}})
        for number in range(cells):
            book.add_cell("job", f"f({number})", Observation(status="returned", value=Value("int", number)))
        book.close()

    counts = {}
    for cells in (500, 2000):
        written(tmp_path / str(cells), cells)
        counts[cells] = steps(lambda cells=cells: Journal.open(tmp_path / str(cells), {"run": {}}).close())
    assert counts[2000] < 4.2 * counts[500]


def test_the_report_of_the_largest_pools_is_below_three_megabytes() -> None:
    assert len(render_html(report(64, 64, 10)).encode()) < 3 * MEGABYTE
