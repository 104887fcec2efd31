"""The shapes of what a verdict stands on: confidence, test strength, and the question where nothing agrees."""

from __future__ import annotations

from typing import Literal, TypedDict


class SurvivorRecord(TypedDict):
    line: int
    what: str
    before: str
    after: str
    input: str


class StrengthRecord(TypedDict):
    mutants: int
    killed: int
    survived: int
    perhaps_equivalent: int
    share: float | None
    probes: int
    survivors: list[SurvivorRecord]


class ConfidenceRecord(TypedDict):
    level: Literal["low", "medium", "high"]
    up: list[str]
    down: list[str]


class SideRecord(TypedDict):
    answer: str
    clusters: list[int]
    candidates: int
    example: str


class QuestionRecord(TypedDict):
    input: str
    sides: list[SideRecord]
    line: str
    shared: list[str]
