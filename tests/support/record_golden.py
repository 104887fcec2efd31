"""Record the golden run anew: ``python -m tests.support.record_golden``.

Needed when a change of the package changes what is asked (prompts, order of play) or how it is shown (artefacts): read
the difference it makes in git before it is committed. The model is a script on a loopback port, the cells are real.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cosplay_action.run import Request, run
from tests.support.command import artefacts, endpoint
from tests.support.stub_script import CLAMP, clamp_script, serving

GOLDEN = Path(__file__).parents[1] / "golden" / "clamp"
TARGET = "src/bounds/clamp.py::clamp"
SUFFIX = ".expected"  # so that nobody takes an expected test file for one of ours
FILES = {
    "pyproject.toml": '[project]\nname = "bounds"\n\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'
    'testpaths = ["tests"]\n\n[tool.cosplay]\ncandidates = 4\ntests = 4\nrounds = 1\nprobes = 4\n',
    "src/bounds/__init__.py": "",
    "src/bounds/clamp.py": CLAMP,
}


def repository(home: Path) -> Path:
    """The golden repository, copied; outside of any git repository its pyproject.toml marks its root."""
    return Path(shutil.copytree(GOLDEN / "repository", home / "repository"))


def replay(home: Path, out: Path) -> int:
    """Replay the golden journal on a copy of its repository; returns the exit code."""
    request = Request(
        targets=(TARGET,), given={}, environ={}, where=home, out=out, replay=GOLDEN / "journal.jsonl", quiet=True
    )
    return run(request)


async def _record(repo: Path, out: Path) -> int:
    handler = serving(clamp_script(rate=0.6, vote_rate=0.9))
    async with endpoint(handler) as model:
        given = {"model": "m", "base_url": model.server.base_url, "seed": 3}
        request = Request(targets=(TARGET,), given=given, environ={}, where=repo, out=out, quiet=True)
        return await asyncio.to_thread(run, request)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with Path(os.devnull).open("w", encoding="utf-8") as sink, contextlib.redirect_stdout(sink):
        yield


def main() -> None:
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for name, text in FILES.items():
        (GOLDEN / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / "repository" / name).write_bytes(text.encode())
    with tempfile.TemporaryDirectory() as folder, _silence():
        home, out = Path(folder), Path(folder) / "out"
        assert asyncio.run(_record(repository(home), out)) == 0
        shutil.copyfile(out / "journal.jsonl", GOLDEN / "journal.jsonl")
        for name, data in artefacts(out).items():
            (GOLDEN / f"{name}{SUFFIX}").write_bytes(data)


if __name__ == "__main__":
    main()
