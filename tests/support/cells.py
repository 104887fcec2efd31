"""A small repository, and cells run in it by real worker processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cosplay_action.method.domain import Observation
from cosplay_action.method.job import Job, Limits
from cosplay_action.method.values import render
from tests.support.sandboxes import sandbox_at

LIMITS = Limits(seconds=1, memory=256 * 1024 * 1024, output=100_000)


@dataclass
class Cells:
    """Runs cells against ``shop/stock.py`` of a throwaway repository."""

    root: Path
    job: Job
    level: str = "A"

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def job_with(self, *inputs: str) -> Job:
        return replace(self.job, inputs=inputs, candidate="def f(x): return x")

    def with_code(self, code: str, *inputs: str, **changes: object) -> Job:
        return replace(self.job, inputs=inputs, candidate=code, **changes)

    async def run(self, code: str | None, *inputs: str, **changes: object) -> Sequence[Observation]:
        job = replace(self.job, inputs=inputs, candidate=code, **changes)
        sandbox = sandbox_at(self.level, self.root)
        try:
            return await sandbox.run(job)
        finally:
            await sandbox.aclose()

    async def one(self, code: str | None, text: str, **changes: object) -> Observation:
        [seen] = await self.run(code, text, **changes)
        return seen

    async def shown(self, code: str | None, text: str, **changes: object) -> str:
        """What the input shows, written out; the test fails unless the cell returned."""
        seen = await self.one(code, text, **changes)
        assert seen.value is not None, seen
        return render(seen.value)
