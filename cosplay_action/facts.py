"""What is true of a run beside its outcome: who wrote, what was paid, on what host. Taken from the journal alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# How the names of environment variables end that hold a secret.
SECRET_NAMES = (
    *(
        "TOKEN",
        "SECRET",
        "_KEY",
        "APIKEY",
        "KEY_ID",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "CREDENTIALS",
        "_PASS",
        "_PAT",
    ),
    *("_AUTH", "DATABASE_URL", "WEBHOOK_URL"),
)


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
class WallFinding:
    """One wall of a sandbox level: its name, what it keeps, and ``why`` it does not hold (empty: it holds)."""

    name: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFinding:
    """A sandbox level tried: its walls, or the ``trouble`` that kept it from starting; ``cure`` for people."""

    level: str
    backend: str
    made_of: str
    holds: bool = False
    walls: tuple[WallFinding, ...] = ()
    landlock: int = 0  # the ABI of the kernel's Landlock, 0 for none
    python: str = ""
    trouble: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What a machine can do. ``reached`` is the level a run would have, empty where none is acceptable."""

    levels: tuple[LevelFinding, ...]
    reached: str
    made_of: str
    python: str
    interpreter: str
    system: str
    local_model: bool
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The repository's own tests with one candidate in place.

    ``lost`` are the first of the ``count`` tests that passed before and do not pass now, ``broken`` says what else is
    worse than before (empty: nothing), ``said`` how the command ended ("3 failed, 120 passed").
    """

    slot: int
    id: str
    said: str = ""
    lost: tuple[str, ...] = ()
    count: int = 0
    broken: str = ""

    @property
    def regressed(self) -> bool:
        return bool(self.count or self.broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What the repository's own test command said, before and with candidates in place.

    ``state``: "passed" (nothing that passed before fails now), "regressed" (for every candidate that was tried),
    "unknown" (before, nothing passed that could fail) or "not-run" (there is no jail for it). ``note`` says why for
    the last two, ``baseline`` how the command ended before.
    """

    command: str
    state: Literal["passed", "regressed", "unknown", "not-run"]
    baseline: str = ""
    note: str = ""
    tried: tuple[Trial, ...] = ()


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
    regression: Regression | None = None  # None: no test command was given
    risky: tuple[str, ...] = ()  # new imports and calls that could reach files, processes or the network, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant of the chosen code that no kept test tells from it: its line before and after, and the kind of change.

    ``input`` is the shortest fresh input on which the two differ: what a test would have to call.
    """

    line: int
    what: str
    before: str
    after: str
    input: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How many small wrong versions (mutants) of the chosen code the kept tests notice.

    ``mutants`` = ``killed`` (some kept test fails on it) + ``survived`` (none does, yet it differs from the chosen code
    on one of the ``probes`` fresh inputs) + ``perhaps_equivalent`` (it differs on none of them). ``kills`` counts the
    mutants of each kept test, by its id; the ``redundant`` ones kill nothing that those not redundant do not kill too.
    ``cells`` were executed for it.
    """

    mutants: int
    killed: int
    survived: int = 0
    perhaps_equivalent: int = 0
    survivors: tuple[Survivor, ...] = ()
    kills: tuple[tuple[str, int], ...] = ()
    redundant: tuple[str, ...] = ()
    probes: int = 0
    cells: int = 0
