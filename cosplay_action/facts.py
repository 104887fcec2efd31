"""What is true of a run beside its outcome: who wrote, what was paid, on what host. Taken from the journal alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCost:
    """What one role of one stage cost: replies asked for, how many ended in each status, tokens, model seconds."""

    stage: str
    role: str
    replies: int = 0
    usable: int = 0  # replies the method could use (parsed), where it said so
    statuses: tuple[tuple[str, int], ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All costs of a run. ``usd`` is None when no price was given; ``cells`` counts distinct executions."""

    roles: tuple[RoleCost, ...] = ()
    cells: int = 0
    usd: float | None = None

    @property
    def replies(self) -> int:
        return sum(r.replies for r in self.roles)

    @property
    def input_tokens(self) -> int:
        return sum(r.input_tokens for r in self.roles)

    @property
    def output_tokens(self) -> int:
        return sum(r.output_tokens for r in self.roles)

    @property
    def cached_tokens(self) -> int:
        return sum(r.cached_tokens for r in self.roles)

    @property
    def seconds(self) -> float:
        """Seconds the model worked, added over replies (not wall time: calls overlap)."""
        return sum(r.seconds for r in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The circumstances of a run, as its journal's header states them."""

    tool_version: str
    created: str  # ISO 8601, UTC
    model: str
    model_digest: str = ""
    preset: str = "standard"
    seed: int = 0
    sandbox: str = "unsafe-process"
    sandbox_note: str = ""
    python: str = ""
    settings: tuple[tuple[str, str], ...] = ()  # every number of the run, name -> text
    replay: str = ""  # the command that replays this run
    ledger: Ledger = field(default_factory=Ledger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What would land in the repository. Texts are whole files; ``test_path`` is empty when no test is kept."""

    path: str
    patch: str = ""
    implementation: str = ""  # the chosen function alone, for people
    test_path: str = ""
    test_text: str = ""
    check: str = ""  # what running the test file said ("6 passed"), empty when there is none
    notes: tuple[str, ...] = ()  # for people: what was formatted, which doctest could not be converted
    unconverted: tuple[str, ...] = ()
