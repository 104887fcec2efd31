"""Every number of the method, and the presets. Imported by the command line, so it stays light."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Rule = Literal["consensus", "pass-count", "codet", "soft-vote", "blend"]
RULES: tuple[Rule, ...] = ("consensus", "pass-count", "codet", "soft-vote", "blend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Every number of the method. Defaults are the preset ``standard``; see ``PRESETS`` for the others.

    ``reply_tokens`` caps one reply that writes code; the other roles cap themselves lower (prompts.roles).
    ``fuzz``: inputs without tokens that each search for a test, and for probes, varies out of the known ones (0: none).
    """

    candidates: int = 8
    tests: int = 8
    rounds: int = 3
    probes: int = 12
    hints: int = 4
    vote_samples: int = 4
    vote_attempts: int = 2
    reply_tokens: int = 1024
    temperature: float = 0.8
    top_p: float = 0.95
    select: Rule = "consensus"
    fix_guard: bool = True
    faithful: bool = False
    ignore_examples: bool = False
    fuzz: int = 0

    def recorded(self) -> dict[str, Any]:
        """By name, as journals and reports have them: an option that the first release lacked only where it is on."""
        return {name: value for name, value in asdict(self).items() if name != "fuzz" or value}


PRESETS: dict[str, dict[str, int]] = {
    "quick": {"candidates": 4, "tests": 4, "rounds": 1, "probes": 8, "vote_attempts": 2},
    "standard": {"candidates": 8, "tests": 8, "rounds": 3, "probes": 12, "vote_attempts": 2},
    "paper": {"candidates": 16, "tests": 16, "rounds": 5, "probes": 16, "vote_attempts": 5},
}
