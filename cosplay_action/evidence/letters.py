"""What the letters of the matrix's columns stand for."""

from __future__ import annotations

from cosplay_action.evidence.shape import Report

EXPLAINED = "E is an example of the spec; A and R are self-written tests: of edge cases (attacks), of random inputs."
FUZZED = " F is one on an input that was found to tell candidates apart."


def explained(report: Report) -> str:
    """In sentences; what only some runs have is told where there is some."""
    return EXPLAINED + (FUZZED if _fuzzed(report) else "")


def briefly(report: Report) -> str:
    """For a legend."""
    return "E example, A attack test, R random test" + (", F fuzzed test" if _fuzzed(report) else "")


def _fuzzed(report: Report) -> bool:
    return any(column["test"]["origin"] == "fuzz" for column in report["tests"])
