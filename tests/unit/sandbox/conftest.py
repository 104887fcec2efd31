"""A small repository, and cells run in it by real worker processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.values import render
from cosplay_action.sandbox.process import ProcessSandbox

LIMITS = Limits(seconds=1, memory=256 * 1024 * 1024, output=100_000)


@dataclass
class Cells:
    """Runs cells against ``shop/stock.py`` of a throwaway repository."""

    root: Path
    job: Job

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def job_with(self, *inputs: str) -> Job:
        return replace(self.job, inputs=inputs, candidate="def f(x): return x")

    async def run(self, code: str | None, *inputs: str, **changes: object) -> Sequence[Observation]:
        job = replace(self.job, inputs=inputs, candidate=code, **changes)
        return await ProcessSandbox(root=self.root, parallel=2).run(job)

    async def one(self, code: str | None, text: str, **changes: object) -> Observation:
        [seen] = await self.run(code, text, **changes)
        return seen

    async def shown(self, code: str | None, text: str, **changes: object) -> str:
        """What the input shows, written out; the test fails unless the cell returned."""
        seen = await self.one(code, text, **changes)
        assert seen.value is not None, seen
        return render(seen.value)


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
