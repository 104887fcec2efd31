"""``cosplay-action doctor``: what it says is what a run would get."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sandboxes import trouble


def doctor(*before: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *before, *(["-m", "cosplay_action", "doctor"] if not before else [])]
    if before:
        command += [sys.executable, "-m", "cosplay_action", "doctor"]
    return subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)


ROOT = Path(__file__).parents[2]
NARROW = ("-m", "tests.support.narrow")
needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64" or bool(trouble("A")), reason="narrows an x86_64 kernel")


@pytest.mark.skipif(bool(trouble("A")), reason="needs level A")
def test_it_shows_the_level_and_every_wall() -> None:
    done = doctor()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Sandbox level reached: A (bubblewrap + seccomp + Landlock)" in done.stdout
    for wall in ("environment", "reading", "writing", "network", "memory", "own processes"):
        assert f" {wall} " in done.stdout
    assert "MISSING" not in done.stdout


@needs_x86
def test_without_namespaces_it_says_level_b_and_the_cure_for_a() -> None:
    done = doctor(*NARROW)
    assert done.returncode == 0
    assert "Sandbox level reached: B (seccomp + Landlock)" in done.stdout
    assert "--security-opt seccomp=unconfined" in " ".join(done.stdout.split())


@needs_x86
def test_without_either_it_ends_with_5_and_shows_the_missing_wall() -> None:
    done = doctor(*NARROW, "--no-landlock")
    assert done.returncode == 5
    assert "No acceptable sandbox" in done.stdout
    assert "reading" in done.stdout
    assert "MISSING" in done.stdout
    assert "Linux 5.13" in done.stdout


@pytest.mark.skipif(bool(trouble("B")), reason="needs level B")
def test_its_json_holds_the_same() -> None:
    found = json.loads(doctor(options=("--json",)).stdout)
    assert found["reached"] in {"A", "B"}
    levels = {level["level"]: level for level in found["levels"]}
    assert levels["B"]["holds"]
    assert all(wall["why"] == "" for wall in levels["B"]["walls"])


def test_an_interpreter_that_is_none_is_said_for_each_level() -> None:
    done = doctor(options=("--python", "/nowhere/python"))
    assert done.returncode == 5
    assert "there is no interpreter /nowhere/python" in " ".join(done.stdout.split())
