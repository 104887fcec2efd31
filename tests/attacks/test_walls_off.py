"""The test of the tests: where a layer is left out, the attack that it stops gets through, so none is for show.

This happens against decoys in a throwaway jail (``outer``), never on the machine itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.attacks import outer
from tests.attacks.corpus import ATTACKS

WEAKENED = "tests/attacks/weakened.py"
WITHOUT = {
    "seccomp": ["udp-send", "fork", "io-uring", "kernel-objects", "socketpair-to-a-listener"],
    "landlock": ["file-in-a-temp-folder", "file-in-a-home", "workspace-git-config", "listing-folders"],
    "rlimits": ["twenty-gigabytes", "open-files", "raise-rlimits"],
    "watchdog": ["sleep", "ignored-signals-and-sleep"],
}


@pytest.fixture(scope="module", autouse=True)
def jail() -> None:
    reason = outer.missing()
    if reason and "bubblewrap" in os.environ.get("COSPLAY_TEST_LEVELS", "").split(","):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def shown(without: str, names: Sequence[str]) -> dict[str, str]:
    """What each attack's cell shows in a sandbox that lacks these layers."""
    done = outer.run([WEAKENED, without, *names], seconds=300)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert list(found) == list(names)
    return found


def held(found: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in found.items() if "BREACH" not in said}


@pytest.mark.parametrize("layer", WITHOUT)
def test_without_a_layer_what_it_stops_gets_through(layer: str) -> None:
    assert held(shown(layer, WITHOUT[layer])) == {}


def test_with_every_layer_the_same_attacks_are_stopped() -> None:
    names = [name for names in WITHOUT.values() for name in names]
    assert list(held(shown("", names))) == names


def test_without_any_wall_every_attack_that_claims_to_bite_does() -> None:
    """An attack that cannot succeed proves nothing when it fails."""
    names = [attack.name for attack in ATTACKS if attack.bites]
    assert held(shown("seccomp,landlock,rlimits", names)) == {}


def test_a_weakened_sandbox_is_not_run_outside_of_the_jail() -> None:
    done = subprocess.run(
        [sys.executable, WEAKENED, "seccomp", "fork"],
        cwd=outer.ROOT, env={**os.environ, "PYTHONPATH": str(outer.ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "throwaway jail only" in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="this is no root: the tests run unprivileged anyway")
def test_the_corpus_is_stopped_for_an_unprivileged_user_too() -> None:
    done = outer.as_nobody(
        ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/attacks/test_attacks.py"],
        seconds=600, COSPLAY_TEST_LEVELS="bubblewrap,landlock",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
