"""What the progress comment says, phase by phase. Model text in it comes from evidence, which neutralises it."""

from __future__ import annotations

from collections.abc import Sequence

from cosplay_action.evidence import sections
from cosplay_action.evidence.neutralise import code, prose
from cosplay_action.evidence.view import title
from cosplay_action.github.event import Asked
from cosplay_action.method.events import Event, RoundPlayed, StageStarted
from cosplay_action.publishing import Result

_STAGES = {
    "explore": "writing the first candidates and tests", "play": "playing: tests and candidates mend each other",
    "select": "comparing the best candidates on fresh inputs",
}  # fmt: skip


_WORKING, _SKIPPED = "### cosplay-action is at work", "### cosplay-action did not run"


def is_open(text: str) -> bool:
    """Whether a comment of ours says that work goes on."""
    return text.startswith(_WORKING)


def may_be_replaced(text: str) -> bool:
    """Whether a request that is refused may take its place: the end of a run that was granted stays."""
    return text.startswith((_WORKING, _SKIPPED))


def working(asked: Asked, doing: str) -> str:
    """The comment while the run goes on."""
    return "\n\n".join([_WORKING, f"Now: {doing}.", _about(asked)])


def phase(event: Event) -> str:
    """What a run does from this event on, in our own words; empty where nothing new is to be told."""
    match event:
        case StageStarted():
            return _STAGES[event.stage]
        case RoundPlayed() if event.round.number:
            return f"{_STAGES['play']} (round {event.round.number} is over)"
        case _:
            return ""


def skipped(asked: Asked | None, reason: str) -> str:
    return "\n\n".join([_SKIPPED, f"{_sentence(reason)}", _about(asked) if asked else ""])


def ended(asked: Asked, results: Sequence[Result]) -> str:
    """The comment's last state: what became of each spec, the question where nothing agreed, and the cure."""
    return "\n\n".join(["### cosplay-action is done", *map(_result, results), _about(asked)])


def broken(asked: Asked, what: str, cure: str, *, flawed: bool = False) -> str:
    """The run ended in an error; ``flawed``: in one of the spec's."""
    head = "### The spec cannot be played yet" if flawed else "### cosplay-action could not finish"
    lines = [prose(line) if not line.startswith("  - ") else f"- {prose(line[4:])}" for line in what.splitlines()]
    again = "Mend the text, take the label off and set it again." if flawed else ""
    return "\n\n".join(part for part in (head, "\n".join(lines), prose(cure), again, _about(asked)) if part)


def cancelled(asked: Asked) -> str:
    return "\n\n".join([
        "### cosplay-action was stopped",
        "The job was cancelled, or took too long. What was paid for is in its journal: run the job again to go on.",
        _about(asked),
    ])  # fmt: skip


def _result(one: Result) -> str:
    lines = [f"**{code(one.target)}**: {_verdict(one)}"]
    if one.cure:
        lines.append(prose(one.cure))
    if one.compare:
        lines.append(f"[Open the pull request by hand]({one.compare})")
    if one.report is not None and one.report["questions"]:
        lines.append(sections.question(one.report).body)
    elif one.report is not None and one.proposed is None and one.report["chosen"] is not None:
        lines.append("The implementation is not lost: `patch.diff` is among the run's artefacts.")
    return "\n\n".join(lines)


def _verdict(one: Result) -> str:
    if one.proposed is not None:
        done = one.proposed
        return f"#{done.pull.number} ({done.operation}). {title(one.report) if one.report else ''}".rstrip() + "."
    return _sentence(one.reason)


def _sentence(text: str) -> str:
    shown = prose(text[:1].upper() + text[1:]).rstrip()
    return shown if shown.endswith((".", "!", "?")) else f"{shown}."


def _about(asked: Asked) -> str:
    parts = []
    if asked.text is not None:
        parts.append(f"Text used: SHA-256 `{asked.text.digest[:16]}`")
    if asked.run_url:
        parts.append(f"[the run]({asked.run_url})")
    return f"<sub>{' · '.join(parts)}</sub>" if parts else ""
