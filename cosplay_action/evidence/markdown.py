"""``summary.md`` and ``pr-body.md``: the report as GitHub Markdown, rendered from the report alone.

Only our own text is live; whatever a model, a candidate or a file wrote goes through ``neutralise``. Limits: a step
summary of 1 MiB (over it GitHub drops it whole), a body of 65,536 characters (we stay within 60,000).
"""

from __future__ import annotations

from dataclasses import dataclass

from cosplay_action.evidence import appendix, sections, view
from cosplay_action.evidence.pieces import Section
from cosplay_action.evidence.shape import Report

BODY_LIMIT = 60_000
SUMMARY_LIMIT = 250_000  # characters of at most 4 bytes each


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One section and how dear it is: the part of the highest ``rank`` is left out first."""

    section: Section
    rank: int


def summary(report: Report) -> str:
    """Return the Markdown of the step summary, at most SUMMARY_LIMIT characters."""
    more = (
        _Part(section=appendix.implementation(report), rank=4),
        _Part(section=appendix.ideas(report), rank=9),
        _Part(section=appendix.settings(report), rank=6),
    )
    return _assemble(report, (*_common(report, rows=200), *more), SUMMARY_LIMIT)


def pr_body(report: Report) -> str:
    """Return the Markdown of a pull request's body, at most BODY_LIMIT characters; what is left out is named."""
    return _assemble(report, _common(report, rows=40), BODY_LIMIT)


def _common(report: Report, rows: int) -> tuple[_Part, ...]:
    return (
        _Part(section=sections.question(report), rank=0),
        _Part(section=sections.confidence(report), rank=0),
        _Part(section=sections.matrix(report), rank=2),
        _Part(section=sections.clusters(report, rows), rank=1),
        _Part(section=sections.disagreements(report, rows), rank=3),
        _Part(section=sections.kept(report, rows), rank=5),
        _Part(section=sections.rounds(report), rank=2),
        _Part(section=appendix.moves(report, rows), rank=8),
        _Part(section=appendix.dropped(report, rows), rank=7),
        _Part(section=appendix.landing(report, rows), rank=6),
        _Part(section=appendix.costs(report), rank=2),
        _Part(section=appendix.replay(report), rank=1),
    )


def _assemble(report: Report, parts: tuple[_Part, ...], limit: int) -> str:
    """Head and parts in order, the dearest kept; ends in a line that names what was left out."""
    shown = [part for part in parts if part.section.body]
    left_out: list[str] = []
    text = _joined(report, shown, left_out)
    while len(text) > limit:
        last = max(range(len(shown)), key=lambda at: (shown[at].rank, len(shown[at].section.body)))
        left_out.append(shown.pop(last).section.title)
        text = _joined(report, shown, left_out)
    return text


def _joined(report: Report, shown: list[_Part], left_out: list[str]) -> str:
    blocks = [_head(report), *(part.section.body for part in shown)]
    if left_out:
        blocks.append(f"_Left out here for length: {', '.join(left_out)}. `report.json` holds all of it._")
    return "\n\n".join(blocks) + "\n"


def _head(report: Report) -> str:
    """The verdict: one line, the target, and what to know beside it."""
    facts = [sections.reason(report), *view.sentences(report)]
    lines = [f"## {view.title(report)}", sections.target(report), " ".join(fact for fact in facts if fact)]
    return "\n\n".join(lines)
