"""Rendered test files under a real pytest: in a scratch copy, in every layout, with what repositories do to pytest.

Each at every level there is: in the jail (A), in one process that confines itself (B), and without walls (D).
"""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.method.values import Value
from cosplay_action.sandbox import bubblewrap
from cosplay_action.sandbox.checking import Checks
from cosplay_action.sandbox.worker_confine import landlock_abi
from cosplay_action.specs import layout
from cosplay_action.specs.check import CheckResult, run_test_file
from cosplay_action.specs.target import find_target
from cosplay_action.specs.testfile import TestFile
from tests.support import pythons
from tests.support.kept import instance, kept, rendered, value

DONE = """
from dataclasses import dataclass
from collections.abc import Iterator, AsyncIterator

@dataclass
class Point:
    x: float

class Stack:
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item: int) -> None:
        ...

def half(n: float) -> float: ...
def sort(items: list[int]) -> None: ...
async def fetch(n: int) -> int: ...
def count(n: int) -> Iterator[int]: ...
async def ticks(n: int) -> AsyncIterator[int]: ...
"""
BODIES = {
    "push(self, item: int) -> None:\n        ...": "push(self, item: int) -> None:\n        self.items.append(item)",
    "half(n: float) -> float: ...": "half(n: float) -> float: return n / 2",
    "sort(items: list[int]) -> None: ...": "sort(items: list[int]) -> None: items.sort()",
    "fetch(n: int) -> int: ...": "fetch(n: int) -> int:\n    if n < 0: raise ValueError\n    return n",
    "count(n: int) -> Iterator[int]: ...": "count(n: int) -> Iterator[int]: yield from range(n)",
    "ticks(n: int) -> AsyncIterator[int]: ...": "ticks(n: int) -> AsyncIterator[int]: yield n",
}
HALVES = (kept("half(1)", 0.5), kept("half(3)", 1.5), kept("half(0)", 0.0), kept("half('')", raises="TypeError"))


def finished() -> str:
    text = DONE
    for stub, body in BODIES.items():
        assert stub in text
        text = text.replace(stub, body)
    return text


def project(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture(params=["A", "B", "D"])
async def level(request: pytest.FixtureRequest) -> str:
    if request.param == "A" and (why := await bubblewrap.problem(bubblewrap.find(), proc=True)):
        pytest.skip(why)
    if request.param == "B" and (not sys.platform.startswith("linux") or not landlock_abi()):
        pytest.skip("no Landlock here")
    return str(request.param)


def checks(root: Path, level: str, python: str = sys.executable) -> Checks:
    return Checks(level=level, python=Path(python), home=root)


async def run(
    root: Path, path: str, file: TestFile, level: str, *, python: str = sys.executable, seconds: float = 60,
    done: str | None = None,
) -> CheckResult:  # fmt: skip
    files = {path: finished() if done is None else done, file.path: file.text}
    roots = layout.import_place(root, path).roots
    checker = checks(root, level, python)
    return await run_test_file(root, files, file.path, checker=checker, seconds=seconds, roots=roots)


LAYOUTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "flat": ("mod.py", "tests/test_mod_half.py", {}),
    "package": ("pkg/mod.py", "tests/test_mod_half.py", {"pkg/__init__.py": "", "tests/test_a.py": "import pkg.mod\n"}),
    "src": (
        "src/pkg/mod.py",
        "tests/unit/test_mod_half.py",
        {"pyproject.toml": "", "src/pkg/__init__.py": "", "tests/unit/test_a.py": "from pkg import mod\n"},
    ),
    "monorepo": (
        "packages/a/src/a/mod.py",
        "packages/a/tests/test_mod_half.py",
        {"pyproject.toml": "", "packages/a/pyproject.toml": "", "packages/a/src/a/__init__.py": "from a import mod\n"},
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
async def test_a_rendered_file_passes_where_it_is_placed(tmp_path: Path, level: str, name: str) -> None:
    path, place, others = LAYOUTS[name]
    project(tmp_path, {path: DONE, **others})
    target = find_target(tmp_path, f"{path}::half", layout.import_place)
    assert layout.test_place(tmp_path, target) == place
    file = rendered(tmp_path, f"{path}::half", *HALVES, style=layout.import_style(tmp_path, target), place=place)
    result = await run(tmp_path, path, file, level)
    assert result == CheckResult(passed=tuple(n for n, _ in file.names), said="4 passed", ok=True)
    assert not (tmp_path / place).exists()


async def test_every_form_of_test_passes_on_a_right_implementation(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE})
    forms = {
        "Stack.push": [kept("s = Stack([1])\ns.push(2)", (instance("Stack", items=[1, 2]), 2))],
        "sort": [kept("sort([2, 1])", ([1, 2],))],
        "fetch": [kept("await fetch(1)", 1), kept("fetch(-1)", raises="ValueError")],
        "count": [kept(f"count({n})", Value("iterator", items=tuple(map(value, range(n))))) for n in range(3)],
        "ticks": [kept("ticks(4)", Value("iterator", items=(value(4),)))],
    }
    files: dict[str, str | bytes] = {"mod.py": finished()}
    for number, (name, tests) in enumerate(forms.items()):
        file = rendered(tmp_path, f"mod.py::{name}", *tests, place=f"tests/test_{number}.py")
        files[file.path] = file.text
    result = await run_test_file(tmp_path, files, "tests", checker=checks(tmp_path, level), seconds=60)
    assert (result.failed, result.problem, result.said) == ((), "", "8 passed")


async def test_each_failing_test_is_named_with_a_reason_that_is_the_same_each_time(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE})
    file = rendered(tmp_path, "mod.py::half", *HALVES, kept("half(8)", 5, idea="wrong"), kept("half(Stack)", [None]))
    done = finished().replace("return n / 2", "return n / 2 if n is not Stack else [object()]")
    result = await run(tmp_path, "mod.py", file, level, done=done)
    assert result.said == "2 failed, 4 passed"
    assert not result.ok
    assert [name for name, _ in result.failed] == ["test_half[8]", "test_half_stack"]
    assert result.failed[0][1] == "assert 4.0 == 5"
    assert result.failed[1][1] == "assert [<object obje...>] == [None]"


async def test_a_broken_conftest_is_a_problem_and_not_a_failure(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE, "conftest.py": "import does_not_exist_anywhere\n"})
    result = await run(tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", *HALVES), level)
    assert (result.passed, result.failed, result.ok) == ((), (), False)
    assert "does_not_exist_anywhere" in result.problem


async def test_a_module_that_cannot_be_imported_is_a_problem(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE})
    file = rendered(tmp_path, "mod.py::half", *HALVES)
    result = await run(tmp_path, "mod.py", file, level, done="raise RuntimeError('at import')\n")
    assert "RuntimeError: at import" in result.problem
    assert result.passed == ()


async def test_an_old_interpreter_without_pytest_is_a_problem_with_a_cure(tmp_path: Path, level: str) -> None:
    pythons.environment(tmp_path / "venv", "3.10")
    project(tmp_path, {"repo/mod.py": DONE})
    file = rendered(tmp_path / "repo", "mod.py::half", *HALVES)
    result = await run(tmp_path / "repo", "mod.py", file, level, python=str(tmp_path / "venv/bin/python"))
    assert "no pytest" in result.problem
    assert "Install pytest into it, or name another one with --python." in result.problem


async def test_an_interpreter_that_does_not_exist_is_a_problem_with_a_cure(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE})
    result = await run(tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", *HALVES), level, python="/nowhere/python")
    assert "/nowhere/python" in result.problem
    assert "--python" in result.problem


async def test_a_test_that_hangs_is_stopped(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"mod.py": DONE})
    file, hang = rendered(tmp_path, "mod.py::half", *HALVES), "import time\ntime.sleep(99)\n"
    result = await run(tmp_path, "mod.py", file, level, seconds=3, done=hang)
    assert "did not end within 3 seconds" in result.problem


async def test_without_walls_a_test_that_hangs_is_stopped_with_all_its_children(tmp_path: Path) -> None:
    project(tmp_path, {"mod.py": DONE})
    mark = tmp_path / "alive"
    child = (
        f"import fcntl, time\nf = open({str(mark)!r}, 'w')\nfcntl.flock(f, 2)\nf.write('x')\nf.flush()\ntime.sleep(99)"
    )
    hang = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-S', '-c', {child!r}])\ntime.sleep(99)\n"
    result = await run(tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", *HALVES), "D", seconds=5, done=hang)
    assert "did not end within 5 seconds" in result.problem
    with mark.open("r+") as file:
        assert file.read() == "x"
        await asyncio.wait_for(asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX), 30)  # free once the child is dead


async def test_settings_that_would_spoil_a_run_of_one_file_do_not(tmp_path: Path, level: str) -> None:
    config = '[tool.pytest.ini_options]\naddopts = "--strict-config -x --lf"\ncache_dir = "elsewhere"\n'
    project(tmp_path, {"mod.py": DONE, "pyproject.toml": config})
    file = rendered(tmp_path, "mod.py::half", kept("half(1)", 7), kept("half(2)", 1), kept("half(5)", 8))
    result = await run(tmp_path, "mod.py", file, level)
    assert result.said == "2 failed, 1 passed"


async def test_no_secret_of_ours_reaches_the_tests(tmp_path: Path, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    project(tmp_path, {"mod.py": DONE})
    seen = "import os\ndef half(n): return sorted(k for k in os.environ if 'KEY' in k or 'PYTEST_ADD' in k)\n"
    result = await run(tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", kept("half(1)", [])), level, done=seen)
    assert result.ok


async def test_the_copy_holds_tracked_files_and_fresh_python_but_nothing_ignored(tmp_path: Path, level: str) -> None:
    ignored = {".gitignore": "secret.py\n.env\n", "secret.py": "", ".env": "KEY=1"}
    project(tmp_path, {"mod.py": DONE, "data.txt": "1", "fresh.py": "", "fresh.txt": "", **ignored})
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "mod.py", "data.txt", ".gitignore"], check=True)
    seen = "import os\ndef half(n): return sorted(x for x in os.listdir() if not x.startswith(('.p', '__')))\n"
    wanted = [".gitignore", "data.txt", "fresh.py", "mod.py", "tests"]
    result = await run(
        tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", kept("half(1)", wanted)), level, done=seen
    )
    assert result.ok, result


async def test_without_git_the_tree_is_copied_but_for_environments(tmp_path: Path, level: str) -> None:
    project(
        tmp_path, {"mod.py": DONE, "data.txt": "1", ".venv/x.py": "", "node_modules/y.py": "", "env/pyvenv.cfg": ""}
    )
    (tmp_path / "link").symlink_to("/etc/passwd")
    seen = "import os\ndef half(n): return sorted(x for x in os.listdir() if not x.startswith(('.p', '__')))\n"
    wanted = ["data.txt", "mod.py", "tests"]
    result = await run(
        tmp_path, "mod.py", rendered(tmp_path, "mod.py::half", kept("half(1)", wanted)), level, done=seen
    )
    assert result.ok, result


async def test_our_copy_is_imported_rather_than_what_is_installed(tmp_path: Path, level: str) -> None:
    project(tmp_path, {"unidiff.py": "def half(n: int) -> int: ...\n", "pyproject.toml": ""})
    file = rendered(tmp_path, "unidiff.py::half", kept("half(4)", 2))
    result = await run(tmp_path, "unidiff.py", file, level, done="def half(n): return n // 2\n")
    assert result.ok, result
