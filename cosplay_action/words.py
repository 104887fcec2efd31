"""What a pull request and its commit are called, and what stands below the evidence: our own words.

Names of functions and files may hold anything that a file system takes: no mention, reference or control character in
them is live, also where a title becomes the first line of a squashed commit's message.
"""

from __future__ import annotations

from collections.abc import Sequence

from cosplay_action.evidence.neutralise import inert, visible
from cosplay_action.evidence.shape import Report
from cosplay_action.github.event import Asked

CHECKS = (
    "> Checks of a pull request that a workflow opened wait for somebody's approval; an App's token lets them start by "
    "themselves. Once they run, the code below runs **unsandboxed** in your CI: read it first."
)


def _plain(text: str) -> str:
    return inert(visible(text))


def _name(report: Report) -> str:
    return _plain(report["target"].rpartition("::")[2])


def title_of(reports: Sequence[Report]) -> str:
    """A title is no Markdown: nothing in it is escaped."""
    if len(reports) == 1:
        return f"Implement {_name(reports[0])}"[:256]
    return f"Implement {len(reports)} functions"


def message(reports: Sequence[Report]) -> str:
    """The commit's message: our own words, and names that were asked for."""
    first = f"Implement {', '.join(map(_name, reports))}"
    lines = [first if len(first) <= 72 else f"Implement {len(reports)} functions", ""]
    for report in reports:
        agreed = report["choice"]["agreeing"]
        lines.append(f"{_plain(report['target'])}: agreed by {agreed} of {len(report['candidates'])} candidates.")
    return "\n".join([*lines, "", "Chosen by cooperative self-play; the pull request has the evidence."])


def footer(asked: Asked) -> str:
    """The issue that is closed by it, its text and the run."""
    lines = [CHECKS]
    if asked.text is not None:
        lines.append(f"Text of the issue that was used: SHA-256 `{asked.text.digest[:16]}`.")
    if asked.run_url:
        lines.append(f"[The run, with its journal and report]({asked.run_url}).")
    if asked.number is not None:
        lines.append(f"Closes #{asked.number}")
    return "\n\n".join(lines)
