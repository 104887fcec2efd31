"""The shape of ``report.json``, schema version 1, as types. ``report.schema.json`` says the same with descriptions."""

from __future__ import annotations

from typing import Literal, TypedDict

from cosplay_action.evidence.shape_grounds import (
    ConfidenceRecord,
    QuestionRecord,
    SideRecord,
    StrengthRecord,
    SurvivorRecord,
)

__all__ = ["ConfidenceRecord", "QuestionRecord", "SideRecord", "StrengthRecord", "SurvivorRecord"]

SCHEMA_VERSION = 1

RunStatus = Literal["chosen", "no-consensus", "budget-exceeded"]


class VotesRecord(TypedDict):
    agreed: int
    asked: int
    attempts: int


class UnitTestRecord(TypedDict):
    id: str
    input: str
    expected: str | None
    origin: str
    idea: str
    votes: VotesRecord
    valid: bool
    born: int


class Column(TypedDict):
    test: UnitTestRecord
    support: float | None


class Kept(TypedDict):
    test: UnitTestRecord
    support: float
    retired: bool
    kills: int | None
    redundant: bool


class Dropped(TypedDict):
    test: UnitTestRecord
    support: float
    because: str


class Row(TypedDict):
    slot: int
    id: str
    passes: int
    cluster: int | None
    plan: str
    parent: str
    born: int
    flaw: str
    source: str


class Shown(TypedDict):
    status: str
    shown: str


class Cell(Shown):
    passes: bool


class Answer(Shown):
    group: int | None


class MoveRecord(TypedDict):
    kind: str
    slot: int
    old: str
    new: str
    kept: bool
    because: str


class RoundRecord(TypedDict):
    number: int
    pass_counts: list[int]
    valid: list[bool]
    passes: list[str]
    moves: list[MoveRecord]


class ClusterRecord(TypedDict):
    members: list[int]
    tied: list[int]
    size: int
    weight: int


class Probe(TypedDict):
    input: str
    agreed: bool


class DifferenceRecord(TypedDict):
    rival: int
    cluster: int
    input: str
    chosen_gives: Shown
    rival_gives: Shown


class StopRecord(TypedDict):
    kind: str
    sentence: str


class ProblemRecord(TypedDict):
    digest: str
    statement: str
    notes: list[str]


class ChoiceRecord(TypedDict):
    slot: int | None
    forced: int | None
    rule: str
    tied: list[int]
    cluster: int | None
    agreeing: int
    margin: int
    agreed_probes: int


class Chosen(TypedDict):
    slot: int
    id: str
    source: str
    implementation: str


class TrialRecord(TypedDict):
    slot: int
    id: str
    said: str
    lost: list[str]
    count: int
    broken: str


class RegressionRecord(TypedDict):
    command: str
    state: str
    baseline: str
    note: str
    tried: list[TrialRecord]


class LandingRecord(TypedDict):
    path: str
    test_path: str
    check: str
    notes: list[str]
    unconverted: list[str]
    regression: RegressionRecord | None


class StatusCount(TypedDict):
    status: str
    count: int


class Cost(TypedDict):
    stage: str
    role: str
    replies: int
    usable: int
    statuses: list[StatusCount]
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    seconds: float


class Costs(TypedDict):
    roles: list[Cost]
    stages: list[Cost]
    total: Cost
    cells: int
    usd: float | None


class Setting(TypedDict):
    name: str
    value: str


class SandboxRecord(TypedDict):
    level: str
    note: str


class Facts(TypedDict):
    tool_version: str
    created: str
    model: str
    model_digest: str
    preset: str
    seed: int
    sandbox: SandboxRecord
    python: str
    settings: list[Setting]
    replay: str


class Report(TypedDict):
    schema: int
    target: str
    status: RunStatus
    reason: str
    stop: StopRecord
    problem: ProblemRecord
    choice: ChoiceRecord
    chosen: Chosen | None
    candidates: list[Row]
    tests: list[Column]
    matrix: list[list[Cell]]
    rounds: list[RoundRecord]
    clusters: list[ClusterRecord]
    probes: list[Probe]
    signatures: list[list[Answer]]
    differences: list[DifferenceRecord]
    questions: list[QuestionRecord]
    confidence: ConfidenceRecord | None
    strength: StrengthRecord | None
    kept: list[Kept]
    dropped: list[Dropped]
    retired: list[UnitTestRecord]
    hints: list[str]
    plans: list[str]
    landing: LandingRecord | None
    costs: Costs
    facts: Facts
