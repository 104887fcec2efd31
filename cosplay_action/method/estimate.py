"""How many calls and about how many tokens a run will take, before the first call."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cosplay_action.method import explore
from cosplay_action.method.domain import Problem
from cosplay_action.method.numbers import Numbers

CHARS_PER_TOKEN = 3.6  # Python and English, common tokenisers
ROLE_PROMPT = 130  # tokens of a role's own text
REPLY = {
    "hints": 110,
    "plans": 130,
    "candidate": 180,
    "repair": 190,
    "attack": 90,
    "inputs": 60,
    "vote": 110,
    "validator": 120,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Replies expected (``likely``) and at the very most, and tokens for the likely course."""

    likely: int
    most: int
    tokens: int


def estimate(problem: Problem, numbers: Numbers) -> Estimate:
    """Expected replies by role for these numbers; half the candidates fail a fix, a quarter of the UTs are replaced."""
    likely, most = _counts(numbers, hopeful=True), _counts(numbers, hopeful=False)
    task = len(problem.contract.task()) / CHARS_PER_TOKEN
    tokens = sum(count * (task + ROLE_PROMPT + REPLY[role]) for role, count in likely.items())
    return Estimate(likely=sum(likely.values()), most=sum(most.values()), tokens=math.ceil(tokens / 100) * 100)


def _counts(numbers: Numbers, *, hopeful: bool) -> dict[str, int]:
    subsets = 1 + numbers.hints + math.comb(numbers.hints, 2)
    plans = min(subsets, math.ceil(1.5 * numbers.candidates / explore.PLANS_PER_CALL))
    tries = 1 if hopeful else 2
    attempts = 1.3 if hopeful else numbers.vote_attempts
    mended = numbers.tests / 4 if hopeful else 2 * numbers.tests
    tests_made = numbers.tests + numbers.rounds * (1 + mended)
    attacks, randoms = (numbers.tests + 1) // 2, numbers.tests // 2
    probe_calls = math.ceil(numbers.probes / explore.INPUTS_PER_CALL)
    counts = {
        "hints": 1.0,
        "plans": plans if hopeful else subsets + numbers.rounds * numbers.candidates,
        "candidate": numbers.candidates * (tries + (0 if hopeful else numbers.rounds * tries)),
        "repair": numbers.rounds * numbers.candidates * (0.5 if hopeful else 1),
        "attack": math.ceil(attacks / explore.IDEAS_PER_CALL) + numbers.rounds * (1 + mended),
        "inputs": (attacks + numbers.rounds * (1 + mended)) * tries
        + math.ceil(randoms / explore.INPUTS_PER_CALL) * tries
        + probe_calls * (1 if hopeful else 2),
        "vote": tests_made * attempts * numbers.vote_samples,
    }
    return {role: math.ceil(count) for role, count in counts.items()}
