"""The table of backends: by name, by default, and where no cell can run."""

from __future__ import annotations

import asyncio
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SandboxError, UsageError
from cosplay_action.sandbox.backends import NAMES, OpenedSandbox, default_names, open_sandbox
from cosplay_action.sandbox.walls import LEVELS, WALLS
from tests.support.sandboxes import LEVELS as NAMES_OF_LEVELS
from tests.support.sandboxes import needs_unsafe, trouble

ROOT = Path(__file__).parents[3]


def opened(name: str, root: Path, **more: object) -> OpenedSandbox:
    async def run() -> OpenedSandbox:
        found = await open_sandbox(name, root=root, **more)
        await found.sandbox.aclose()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("level", ["A", "B", pytest.param("D", marks=needs_unsafe)])
def test_every_backend_opens_and_all_walls_of_its_level_hold(level: str, tmp_path: Path) -> None:
    if level != "D" and trouble(level):
        pytest.skip(trouble(level))
    found = opened(NAMES_OF_LEVELS[level], tmp_path)
    assert (found.name, found.level) == (NAMES_OF_LEVELS[level], level)
    assert found.proof.lacks(level) == {}
    assert found.python == platform.python_version()


@needs_unsafe
def test_without_walls_the_self_test_finds_them_missing(tmp_path: Path) -> None:
    missing = opened("unsafe-process", tmp_path).proof.missing
    assert missing.keys() >= {"reading", "writing", "network", "processes", "programs", "signals", "own files"}


def test_auto_is_the_best_level_that_holds(tmp_path: Path) -> None:
    best = next(level for level in "AB" if not trouble(level))
    assert opened("auto", tmp_path).level == best


def test_levels_have_fewer_walls_from_a_to_d() -> None:
    assert set(LEVELS["A"]) == set(WALLS)
    assert set(LEVELS["A"]) > set(LEVELS["B"]) > set(LEVELS["C"]) > set(LEVELS["D"])


@needs_unsafe
def test_the_unsafe_backend_announces_itself(tmp_path: Path) -> None:
    assert "nothing isolates them" in opened("unsafe-process", tmp_path).note


def test_the_unsafe_backend_is_never_what_auto_means() -> None:
    for system in ("linux", "darwin", "freebsd"):
        for environ in ({}, {"CI": "true"}):
            assert "unsafe-process" not in default_names(system, environ)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "OPENAI_API_KEY", "ACTIONS_RUNTIME_TOKEN", "aws_secret", "PASSWORD"])
def test_the_unsafe_backend_is_refused_next_to_a_secret(name: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=name) as caught:
        opened("unsafe-process", tmp_path, environ={name: "x", "HOME": "y"})
    assert caught.value.exit_code == 5
    assert "x" not in caught.value.what.split()


@needs_unsafe
def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    assert opened("unsafe-process", tmp_path, environ={"GITHUB_TOKEN": ""}).level == "D"


def test_an_unknown_name_is_a_usage_error_that_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'docker'") as caught:
        opened("docker", tmp_path)
    assert all(name in caught.value.cure for name in NAMES)


def test_windows_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="Windows") as caught:
        opened("auto", tmp_path, platform="win32")
    assert caught.value.exit_code == 5


def test_a_mac_in_ci_gets_no_sandbox_that_bounds_no_memory(tmp_path: Path) -> None:
    assert default_names("darwin", {}) == ("seatbelt",)
    with pytest.raises(SandboxError, match="Linux runner"):
        opened("auto", tmp_path, platform="darwin", environ={"CI": "true"})


OPEN = """
import asyncio, pathlib, sys
from cosplay_action.errors import SandboxError
from cosplay_action.sandbox.backends import open_sandbox
async def main():
    found = await open_sandbox(root=pathlib.Path(sys.argv[1]))
    print(found.level, found.passed)
    await found.sandbox.aclose()
try:
    asyncio.run(main())
except SandboxError as error:
    print("REFUSED", error)
"""


def narrowed(root: Path, *options: str) -> str:
    command = [sys.executable, "-m", "tests.support.narrow", *options, sys.executable, "-c", OPEN, str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64" or bool(trouble("A")), reason="narrows an x86_64 kernel")


@needs_x86
def test_where_no_namespace_can_be_made_auto_is_level_b_and_says_why(tmp_path: Path) -> None:
    said = narrowed(tmp_path)
    assert said.startswith("B ")
    assert "bubblewrap" in said


@needs_x86
def test_where_neither_level_holds_the_run_stops_with_the_cure_of_each(tmp_path: Path) -> None:
    said = narrowed(tmp_path, "--no-landlock")
    assert said.startswith("REFUSED no acceptable sandbox holds here.")
    assert "level A (bubblewrap + seccomp + Landlock): " in said
    assert "level B (seccomp + Landlock): " in said
    assert "Linux 5.13" in said
