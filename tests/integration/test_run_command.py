"""``cosplay-action run`` end to end on every kind of stub: real repositories and cells, a scripted model."""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import TINY, cli, endpoint, environment, git, here, report, repository, tree
from tests.support.kinds import FUNCTION, KINDS, Kind
from tests.support.stub_script import serving

BODIES = {
    "...",
    "pass",
    "raise NotImplementedError",
    "raise NotImplementedError()",
    "raise NotImplementedError  # to do",
}


def removed_lines(before: bytes, after: bytes) -> list[str]:
    """What of a file is gone, line by line, without indentation and line end."""
    old, new = before.decode("latin-1").splitlines(), after.decode("latin-1").splitlines()
    return [line[1:].strip() for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:1] == "-"][1:]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_stub_is_played_and_its_patch_applies_and_passes_its_tests(tmp_path: Path, kind: Kind) -> None:
    repo, out = repository(tmp_path / "repository", kind.files), tmp_path / "out"
    before = tree(repo)
    async with endpoint(serving(kind.script)) as model:
        code = await here(kind.target, *model.flags, *TINY, "--out", out, cwd=repo)
    assert (code, report(out)["status"]) == (0, "chosen")
    assert tree(repo) == before, "nothing is written outside the run directory"

    git(repo, "apply", "--check", out / "patch.diff")
    git(repo, "apply", out / "patch.diff")
    after = tree(repo)
    assert {name for name in after if after[name] != before.get(name)} == {kind.path, kind.test}
    (gone,) = removed_lines(before[kind.path], after[kind.path])
    assert gone in BODIES, "only the stub's own body is gone"
    assert (b"\r\n" in after[kind.path]) == (b"\r\n" in before[kind.path])
    assert not before[kind.path].endswith(b"pass") or after[kind.path][-1:] != b"\n", "still no newline at the end"
    assert after[kind.test] == (out / Path(kind.test).name).read_bytes()

    home = repo / "packages/geo" if kind.path.startswith("packages/") else repo
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    path = environment() | {"PYTHONPATH": str(home)}
    tested = subprocess.run(command, cwd=home, env=path, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    shipped = int(report(out)["landing"]["check"].partition(" ")[0])
    own = sum(name.startswith(("tests/test_", "packages/geo/tests/test_")) for name in before)
    assert f"{shipped + own} passed" in tested.stdout


async def test_apply_writes_exactly_the_implementation_and_the_tests(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repository", FUNCTION.files), tmp_path / "out"
    before = tree(repo)
    async with endpoint(serving(FUNCTION.script)) as model:
        done = await cli(FUNCTION.target, *model.flags, *TINY, "--out", out, "--apply", cwd=repo)
    assert done.code == 0, done.err
    after = tree(repo)
    assert {name for name in after if after[name] != before.get(name)} == {FUNCTION.path, FUNCTION.test}
    assert b"raise NotImplementedError" not in after[FUNCTION.path]
    git(repo, "apply", "--check", "--reverse", out / "patch.diff")


async def test_without_out_a_run_lives_in_the_repository_but_not_in_git(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repository", FUNCTION.files)
    below = repo / "deep"
    below.mkdir()
    async with endpoint(serving(FUNCTION.script)) as model:
        done = await cli("../clamp.py::clamp", *model.flags, *TINY, cwd=below)
    assert done.code == 0, done.err
    (home,) = (repo / ".cosplay" / "runs").iterdir()
    assert home.name.startswith("clamp-")
    assert (home / "patch.diff").is_file()
    assert git(repo, "status", "--porcelain", "--untracked-files=all").split() == ["A", "clamp.py"]
