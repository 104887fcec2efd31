"""The job as it goes to a worker: plain JSON, no expected value."""

from __future__ import annotations

from typing import TypedDict


class WireLimits(TypedDict):
    seconds: float
    memory: int
    output: int


class WireJob(TypedDict):
    """A ``domain.Job`` and where the repository lies; see there."""

    kind: str
    inputs: list[str]
    candidate: str | None
    source: str
    module: str
    path: str
    qualname: str
    roots: list[str]
    observe: str
    limits: WireLimits
    root: str
