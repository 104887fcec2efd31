"""A small repository to run cells in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cosplay_action.method.job import Job
from cosplay_action.sandbox.workers import WorkerSandbox
from tests.support.cells import LIMITS, Cells
from tests.support.sandboxes import sandbox_at


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


@pytest.fixture(params=["A", "B"])
def leveled(cells: Cells, request: pytest.FixtureRequest) -> Cells:
    cells.level = request.param
    return cells


@pytest.fixture
async def opened(leveled: Cells) -> AsyncIterator[Callable[..., WorkerSandbox]]:
    """Opens sandboxes of the level, which are closed however the test ends."""
    made: list[WorkerSandbox] = []

    def make(**options: object) -> WorkerSandbox:
        made.append(sandbox_at(leveled.level, leveled.root, **options))
        return made[-1]

    yield make
    for sandbox in made:
        await sandbox.aclose()
