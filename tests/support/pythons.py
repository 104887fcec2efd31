"""The interpreters of this machine, and virtual environments made with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
OWN = "{}.{}".format(*sys.version_info[:2])


@cache
def interpreters() -> dict[str, Path]:
    """By version ("3.9"): what runs these tests, what is on PATH, what version managers keep."""
    found: dict[str, Path] = {OWN: Path(sys.executable)}
    for path in _candidates():
        said = subprocess.run(
            [path, "-s", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if said.returncode == 0:
            found.setdefault(said.stdout.strip(), path)
    return found


def _candidates() -> Iterator[Path]:
    managers = [Path.home() / ".pyenv/versions", Path(os.environ.get("RUNNER_TOOL_CACHE", "/nonexistent")) / "Python"]
    for manager in managers:
        yield from sorted([*manager.glob("*/bin/python"), *manager.glob("*/x64/bin/python")])
    yield from (Path(path) for version in VERSIONS if (path := shutil.which(f"python{version}")))


def interpreter(version: str) -> Path:
    """The interpreter of a version; the test is skipped where there is none."""
    if version not in interpreters():
        pytest.skip(f"no Python {version} on this machine")
    return interpreters()[version]


def environment(folder: Path, version: str = OWN) -> Path:
    """A new virtual environment, without pip. Returns its interpreter."""
    made = [interpreter(version), "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(made, check=True, capture_output=True)
    return folder / "bin/python"


def packages(python: Path) -> Path:
    """The folder that a virtual environment's packages are in."""
    [folder] = python.parents[1].glob("lib/python3.*/site-packages")
    return folder


def pip_install(python: Path, *words: str) -> None:
    """Install into an environment with our own pip; the test is skipped where that cannot be done."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", *words],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    why = f"pip cannot install {' '.join(words)}: {done.stderr.strip()[-300:]}"
    if done.returncode and os.environ.get("COSPLAY_TEST_LEVELS"):
        pytest.fail(why)
    if done.returncode:
        pytest.skip(why)
