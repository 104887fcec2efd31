"""An interpreter without pytest, as a runner's python3 is: kept tests are run with ours, and nothing is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import pythons
from tests.support.command import TINY, endpoint, here, report, repository, tree
from tests.support.stub_script import CLAMP, clamp_script, serving

FILES = {"src/bounds/clamp.py": CLAMP, "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n'}


@pytest.mark.parametrize("sandbox", ["bubblewrap", "landlock"])
async def test_kept_tests_are_run_and_ship_under_a_python_that_has_no_pytest(tmp_path: Path, sandbox: str) -> None:
    repo, out = repository(tmp_path / "repository", FILES), tmp_path / "out"
    python = pythons.environment(tmp_path / "bare")
    before = tree(pythons.packages(python))
    async with endpoint(serving(clamp_script())) as model:
        code = await here(
            "src/bounds/clamp.py::clamp", *model.flags, *TINY, "--out", out, "--python", python, "--sandbox", sandbox,
            cwd=repo,
        )  # fmt: skip
    landing = report(out)["landing"]
    assert (code, landing["test_path"]) == (0, "tests/test_clamp.py"), landing
    assert landing["check"].endswith("passed")
    assert tree(pythons.packages(python)) == before
