"""All attacks, and the holes of the paper's own release among them by name."""

from __future__ import annotations

from tests.attacks import (
    on_frames,
    on_kernel,
    on_lies,
    on_network,
    on_processes,
    on_resources,
    on_results,
    on_secrets,
    on_text,
    on_time,
    on_values,
)
from tests.attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *on_secrets.ATTACKS,
    *on_network.ATTACKS,
    *on_processes.ATTACKS,
    *on_kernel.ATTACKS,
    *on_resources.ATTACKS,
    *on_time.ATTACKS,
    *on_results.ATTACKS,
    *on_lies.ATTACKS,
    *on_values.ATTACKS,
    *on_text.ATTACKS,
    *on_frames.ATTACKS,
)

# What the executor published with the paper let through; each is an attack of the corpus.
PAPER = {
    "a value unpickles in the parent": "reduce-runs-code",
    "an overridden == compares true": "lying-int",
    "a frame walk finds the expected value": "gc-and-frame-walk",
    "more than 64 KB of output is a timeout": "output-of-70-kilobytes-is-no-timeout",
    "a program that ignores SIGTERM runs on": "program-that-ignores-sigterm",
    "honest output with the word error is an error": "word-error-is-a-value",
}


def named(name: str) -> Attack:
    """The attack of that name."""
    return next(attack for attack in ATTACKS if attack.name == name)
