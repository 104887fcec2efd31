"""How a step ended, for the job that it is in: outputs, summary, annotations, exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cosplay_action.evidence.markdown import summary
from cosplay_action.evidence.neutralise import code, prose
from cosplay_action.evidence.shape import Report
from cosplay_action.evidence.view import title
from cosplay_action.github.outputs import Step
from cosplay_action.parcel import PATCH, REPORT, HostileRun, parcels
from cosplay_action.publishing import Result

ORDER = ("failed", "not-permitted", "chosen", "budget-exceeded", "no-consensus", "skipped")
RED = frozenset({"failed", "not-permitted"})


def tell(step: Step, folder: Path, results: Sequence[Result]) -> int:
    """Say how it ended; ``results`` is empty where nothing was to be published: then the runs themselves count.

    Returns 1 for ``failed`` and ``not-permitted``, else 0.
    """
    found = list(results) or _unpublished(folder)
    status = next(status for status in ORDER if any(one.status == status for one in found))
    for one in found:
        _annotate(step, one)
    step.output("status", status)
    step.output("reason", _reason(found, status))
    _pull(step, found)
    reports = [one.report for one in found if one.report is not None]
    _numbers(step, reports)
    _paths(step, folder)
    without = [f"{code(one.target)}: {prose(one.reason)}" for one in found if not one.report]
    by_hand = [f"[Open the pull request by hand]({one.compare})" for one in found if one.compare]
    step.summary("\n\n".join([*by_hand, *map(summary, reports), *without]))
    return int(status in RED)


def _unpublished(folder: Path) -> list[Result]:
    return [
        Result(target=one.target, status=one.report["status"], reason=title(one.report), report=one.report)
        for one in parcels(folder)
    ]


def _annotate(step: Step, one: Result) -> None:
    path = one.target.partition("::")[0]
    said = f"{one.target}: {one.reason}" + (f" {one.cure}" if one.cure else "")
    if one.status in RED:
        step.error(said, file=path)
    elif one.status == "chosen" and (one.proposed or not one.cure):
        step.notice(said, file=path)
    else:
        step.warning(said, file=path)


def _reason(found: Sequence[Result], status: str) -> str:
    said = [one.reason for one in found if one.status == status]
    if len(found) == 1:
        return said[0]
    return f"{len(said)} of {len(found)} ended so; the first: {said[0]}"


def _pull(step: Step, found: Sequence[Result]) -> None:
    """The first pull request: with ``group: all`` there is one, with one spec too."""
    one = next((one for one in found if one.proposed), None) or next((one for one in found if one.branch), None)
    done = one.proposed if one else None
    step.output("pr-number", done.pull.number if done else None)
    step.output("pr-url", done.pull.url if done else None)
    step.output("pr-operation", done.operation if done else "none")
    step.output("branch", one.branch if one else None)
    step.output("head-sha", one.head if one else None)


def _numbers(step: Step, reports: Sequence[Report]) -> None:
    """Sums over all specs; of the winner's cluster the smallest."""
    costs = [one["costs"] for one in reports]
    step.output("candidates", sum(len(one["candidates"]) for one in reports))
    step.output("tests", sum(len(one["tests"]) for one in reports))
    step.output("clusters", sum(len(one["clusters"]) for one in reports))
    step.output("winner-cluster-size", min((one["choice"]["agreeing"] for one in reports), default=None))
    step.output("tests-kept", sum(len(one["kept"]) for one in reports))
    step.output("rounds", sum(max(0, len(one["rounds"]) - 1) for one in reports))
    for output, key in (
        ("input-tokens", "input_tokens"), ("output-tokens", "output_tokens"), ("cached-tokens", "cached_tokens"),
        ("llm-calls", "replies"),
    ):  # fmt: skip
        step.output(output, sum(one["total"][key] for one in costs))  # type: ignore[literal-required]
    known = [one["usd"] for one in costs if one["usd"] is not None]
    step.output("cost-usd", round(sum(known), 6) if known else None)


def _paths(step: Step, folder: Path) -> None:
    """The files of one run; of several, the folder's combined patch and its first run's others."""
    try:
        homes = [folder] if (folder / REPORT).exists() else [folder / one.name for one in parcels(folder)]
    except HostileRun:
        return
    patch = folder / "combined.diff" if len(homes) > 1 else homes[0] / PATCH
    step.output("report-path", homes[0] / REPORT)
    step.output("patch-path", patch if patch.exists() else None)
    step.output("pr-body-path", homes[0] / "pr-body.md")
    step.output("summary-path", homes[0] / "summary.md")
