"""Cells under the repository's own interpreter, with its packages, on an export of the repository."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cosplay_action.method.job import Job, Limits
from cosplay_action.method.values import render
from cosplay_action.sandbox.workers import WorkerSandbox
from cosplay_action.specs.scratch import export
from tests.support import pythons
from tests.support.command import TINY, cli, endpoint, environment, finish, git, report, repository, start
from tests.support.pythons import packages, pip_install
from tests.support.sandboxes import sandbox_at
from tests.support.stub_script import CLAMP, clamp_script, serving

STUB = "def f(x):\n    raise NotImplementedError\n"
Seen = Callable[[str], "object"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The user's repository; ``till`` is a module beside the stub's, ``.env`` is nobody's business."""
    files = {"src/shop/__init__.py": "", "src/shop/stock.py": STUB, "src/shop/till.py": "RATE = 1\n",
             ".gitignore": ".env\n.venv\n*.so\n"}  # fmt: skip
    made = repository(tmp_path / "home", files)
    (made / ".env").write_text("TOKEN=hunter2")
    return made


@asynccontextmanager
async def sandbox(level: str, python: Path, home: Path, into: Path, *extra: str) -> AsyncIterator[WorkerSandbox]:
    """A sandbox on an export of the repository, made in a new folder."""
    into.mkdir()
    assert await export(home, into, extra) == ()
    opened = sandbox_at(level, into, home=home, python=python)
    try:
        yield opened
    finally:
        await opened.aclose()


async def shown(opened: WorkerSandbox, body: str, text: str = "f(0)") -> str:
    """What a candidate with this body gives: its value written out, or the class of its error."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    job = Job(
        inputs=(text,), candidate=f"def f(x):\n{lines}\n", source=STUB, module="shop.stock",
        path="src/shop/stock.py", qualname="f", roots=("src",), limits=Limits(seconds=5),
    )  # fmt: skip
    [seen] = await opened.run(job)
    return render(seen.value) if seen.value else (seen.error[0] if seen.error else f"{seen.status}: {seen.detail}")


@pytest.mark.parametrize("level", ["A", "B"])
@pytest.mark.parametrize("version", pythons.VERSIONS)
async def test_a_cell_runs_under_the_environments_interpreter_and_imports_its_packages(
    tmp_path: Path, home: Path, version: str, level: str
) -> None:
    python = pythons.environment(home / ".venv", version)
    (packages(python) / "rates.py").write_text("RATE = 7\n")
    body = "import sys, rates\nfrom shop import till\nreturn '%d.%d' % sys.version_info[:2], rates.RATE, till.RATE"
    async with sandbox(level, python, home, tmp_path / "export") as opened:
        assert await shown(opened, body) == f"('{version}', 7, 1)"


@pytest.mark.parametrize("level", ["A", "B"])
async def test_an_editable_install_of_the_repository_is_its_export_and_the_workspace_is_not_there(
    tmp_path: Path, home: Path, level: str
) -> None:
    python = pythons.environment(home / ".venv")
    (packages(python) / "_shop.pth").write_text(f"{home}/src\n")
    async with sandbox(level, python, home, tmp_path / "export") as opened:
        (home / "src/shop/till.py").write_text("RATE = 'live'\n")
        assert await shown(opened, "from shop import till\nreturn till.RATE") == "1"
        assert await shown(opened, "import sys\nreturn [p for p in sys.path if 'home/src' in p]") == "[]"
        for path in (home / ".env", home / "src/shop/till.py", home / ".git/config"):
            assert await shown(opened, f"return open({str(path)!r}).read()") in {"FileNotFoundError", "PermissionError"}
        assert await shown(opened, "import os\nreturn sorted(os.listdir(os.path.dirname(__file__) + '/../..'))") == (
            "['.gitignore', 'src']"
        )


async def test_an_extra_path_is_there_for_cells(tmp_path: Path, home: Path) -> None:
    (home / "src/shop/table.so").write_text("41")
    body = "import os\nreturn open(os.path.dirname(__file__) + '/table.so').read()"
    python = pythons.interpreter(pythons.OWN)
    async with sandbox("B", python, home, tmp_path / "without") as opened:
        assert await shown(opened, body) == "FileNotFoundError"
    async with sandbox("B", python, home, tmp_path / "with", "src/shop/table.so") as opened:
        assert await shown(opened, body) == "'41'"


async def test_an_editable_install_by_pip_is_found_in_the_export(tmp_path: Path, home: Path) -> None:
    """With setuptools, and a layout that makes it write a finder rather than a path."""
    (home / "pyproject.toml").write_text(
        "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n"
        "[project]\nname = 'shop'\nversion = '1'\n"
        "[tool.setuptools]\npackages = ['shop', 'market']\n"
        "[tool.setuptools.package-dir]\nshop = 'src/shop'\nmarket = 'stalls'\n"
    )
    (home / "stalls").mkdir()
    (home / "stalls/__init__.py").write_text("RATE = 3\n")
    git(home, "add", "--all")
    python = pythons.environment(tmp_path / "venv")
    pip_install(python, "setuptools")
    pip_install(python, "--no-build-isolation", "--no-deps", "--editable", str(home))
    assert [*packages(python).glob("__editable__*finder.py")], "setuptools wrote no finder"
    async with sandbox("B", python, home, tmp_path / "export") as opened:
        (home / "stalls/__init__.py").write_text("RATE = 'live'\n")
        assert await shown(opened, "import market\nreturn market.RATE") == "3"


async def test_numpy_of_an_environment_works_in_a_cell(tmp_path: Path, home: Path) -> None:
    python = pythons.environment(tmp_path / "venv")
    pip_install(python, "numpy")
    for level in ("A", "B"):
        async with sandbox(level, python, home, tmp_path / f"export{level}") as opened:
            body = "import numpy as np\nreturn float(np.linalg.norm([3, 4])), np.arange(3).tolist()"
            assert await shown(opened, body) == "(5.0, [0, 1, 2])"


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def clamps(tmp_path: Path) -> Path:
    """A repository whose stub's module imports a package that only its environment has."""
    made = repository(tmp_path / "repository", {"clamp.py": f"import rates\n\n{CLAMP}", ".gitignore": ".venv\n"})
    python = pythons.environment(made / ".venv")
    (packages(python) / "rates.py").write_text("RATE = 7\n")
    (tmp_path / "scratch").mkdir()
    return made


async def test_a_run_is_told_its_interpreter_and_leaves_no_copy_behind(tmp_path: Path, clamps: Path) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    words = ("clamp.py::clamp", *TINY, "--out", out, "--sandbox", "landlock")
    async with endpoint(serving(clamp_script())) as model:
        lost = await cli(*words, *model.flags, cwd=clamps)
        assert (lost.code, "No module named 'rates'" in lost.err) == (2, True), lost.err
        done = await cli(*words, *model.flags, "--python", ".venv", "--fresh", cwd=clamps, TMPDIR=str(scratch))
    assert done.code == 0, done.err
    assert [*scratch.iterdir()] == []
    assert report(out)["facts"]["python"].startswith(f"{pythons.OWN}.")
    assert str(tmp_path) not in (out / "journal.jsonl").read_text()

    (clamps / ".venv").rename(tmp_path / "gone")
    before = scratch.stat().st_mtime_ns
    again = await cli("clamp.py::clamp", "--replay", out / "journal.jsonl", cwd=clamps, TMPDIR=str(scratch))
    assert again.code == 0, again.err
    assert scratch.stat().st_mtime_ns == before, "a replay copies nothing"


@pytest.mark.parametrize(("python", "why"), [
    ("nowhere/python", "there is no interpreter"), ("clamp.py", "is not executable"), ("..", "is a folder without"),
])  # fmt: skip
async def test_an_interpreter_that_is_none_is_told_before_anything_is_asked(
    tmp_path: Path, clamps: Path, python: str, why: str
) -> None:
    async with endpoint(serving(clamp_script())) as model:
        done = await cli("clamp.py::clamp", *model.flags, *TINY, "--python", python, cwd=clamps)
    assert done.code == 5
    assert why in done.err
    assert model.calls == []


async def test_a_repository_cannot_choose_its_interpreter_or_what_is_copied(tmp_path: Path, clamps: Path) -> None:
    (clamps / "pyproject.toml").write_text('[tool.cosplay]\npython = ".venv"\nextra-paths = ".env"\n')
    done = await cli("clamp.py::clamp", "--model", "m", "--base-url", "http://localhost:9", cwd=clamps)
    assert done.code == 2
    assert "python: may not be set by a repository" in done.err
    assert "extra-paths: may not be set by a repository" in done.err


async def test_an_interrupted_run_leaves_no_copy_behind(tmp_path: Path, clamps: Path) -> None:
    scratch = tmp_path / "scratch"
    words = ("clamp.py::clamp", *TINY, "--python", ".venv", "--sandbox", "landlock")
    async with endpoint(serving(clamp_script()), latency=30) as model:
        process = await start([*words, *model.flags], clamps, environment(TMPDIR=str(scratch)))
        while not model.calls:
            await asyncio.sleep(0.02)
        assert [*scratch.glob("cosplay-*/clamp.py")], "there is an export while it runs"
        process.send_signal(signal.SIGINT)
        done = await finish(process)
    assert done.code == 130, done.err
    assert [*scratch.iterdir()] == []
