"""A small repository to run cells in."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.method.job import Job
from tests.support.cells import LIMITS, Cells


@pytest.fixture
def cells(tmp_path: Path) -> Cells:
    job = Job(
        inputs=(),
        candidate=None,
        source="def f(x): ...\n",
        module="shop.stock",
        path="src/shop/stock.py",
        qualname="f",
        roots=("src", "."),
        limits=LIMITS,
    )
    made = Cells(tmp_path, job)
    made.write("src/shop/__init__.py", "")
    made.write("src/shop/stock.py", "def f(x): ...\n")
    return made
