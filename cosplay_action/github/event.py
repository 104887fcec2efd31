"""What happened on GitHub, as a request: who asks, for which issue or which targets, on which branch, at which commit.

Everything is read from the event's payload, which GitHub wrote when it happened; nothing is asked of the API here. What
is no request is skipped, with a reason. Source: GitHub's documentation, "Events that trigger workflows".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cosplay_action.errors import UsageError
from cosplay_action.github.inputs import Inputs
from cosplay_action.method.job import digest

Trigger = Literal["label", "dispatch", "schedule"]
LARGEST = 25_000_000  # bytes of an event: GitHub's own cap on payloads
_CURE = "Run the action from a workflow on GitHub; at a desk use `cosplay-action run`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text of an issue: what it asks for. Its title names it for people and is no part of the spec."""

    number: int
    title: str
    body: str = field(repr=False)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the text as it was used."""
        return digest(self.title, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``text`` is None where an issue's text is still to be fetched, or where no issue is meant.

    ``at`` is when a label was set (ISO 8601; empty: not by a label), ``base`` the branch to build on (empty: the
    default one), ``sha`` the commit that the event is about, ``run`` the workflow run's number.
    """

    trigger: Trigger
    repository: str
    sender: str = ""
    bot: bool = False
    number: int | None = None
    text: Text | None = None
    targets: tuple[str, ...] = ()
    at: str = ""
    base: str = ""
    sha: str = ""
    run: int = 0
    run_url: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """No request, or one that is not granted: ``reason`` is one sentence; ``tell``: the issue is told, too."""

    reason: str
    tell: bool = False


def read_event(environ: Mapping[str, str], inputs: Inputs) -> Asked | Skipped:
    """The request in this event. Raises UsageError where the environment is not that of a workflow."""
    missing = [
        name for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY") if not environ.get(name)
    ]
    if missing:
        raise UsageError(f"{', '.join(missing)} is not set: this is no workflow.", _CURE)
    payload = _payload(Path(environ["GITHUB_EVENT_PATH"]))
    name = environ["GITHUB_EVENT_NAME"]
    if name == "issues":
        return _labelled(environ, payload, inputs)
    if name == "workflow_dispatch":
        return _dispatched(environ, payload, inputs)
    if name == "schedule":
        return _asked(environ, payload, "schedule", inputs, targets=inputs.targets or (".",))
    return Skipped(f"the event {name} asks for nothing: a labelled issue, a dispatch or a schedule does")


def _payload(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            raise UsageError("the event's payload is larger than GitHub sends.", _CURE)
        payload = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event's payload cannot be read: {error}.", _CURE) from error
    if not isinstance(payload, dict):
        raise UsageError("the event's payload is no JSON object.", _CURE)
    return payload


def _labelled(environ: Mapping[str, str], payload: dict[str, Any], inputs: Inputs) -> Asked | Skipped:
    issue, label = payload.get("issue") or {}, (payload.get("label") or {}).get("name", "")
    if payload.get("action") != "labeled":
        return Skipped(f"an issue was {payload.get('action')}: only the label {inputs.label!r} asks for a run")
    if label.casefold() != inputs.label.casefold():  # GitHub's labels know no case
        return Skipped(f"the label {label!r} is not {inputs.label!r}")
    if issue.get("pull_request"):
        return Skipped("a pull request was labelled: a spec is an issue")
    if issue.get("state") != "open":
        return Skipped(f"issue #{issue.get('number')} is closed")
    text = Text(number=int(issue["number"]), title=issue.get("title") or "", body=issue.get("body") or "")
    at = str(issue.get("updated_at") or "")  # the label has just been set
    return _asked(environ, payload, "label", inputs, number=text.number, text=text, at=at)


def _dispatched(environ: Mapping[str, str], payload: dict[str, Any], inputs: Inputs) -> Asked | Skipped:
    if inputs.issue_number and inputs.targets:
        raise UsageError("targets and issue-number were both given.", "Give one of them.")
    if not inputs.issue_number and not inputs.targets:
        raise UsageError("neither targets nor issue-number was given.", "Say what to play: one of the two inputs.")
    if environ.get("GITHUB_REF_TYPE", "branch") != "branch" and not inputs.base:
        name = environ.get("GITHUB_REF_NAME", "a tag")
        raise UsageError(f"{name} is no branch to build on.", "Dispatch from a branch, or name one with base.")
    return _asked(
        environ, payload, "dispatch", inputs, number=inputs.issue_number, targets=inputs.targets,
        base=environ.get("GITHUB_REF_NAME", ""),
    )  # fmt: skip


def _asked(
    environ: Mapping[str, str], payload: dict[str, Any], trigger: Trigger, inputs: Inputs, *,
    number: int | None = None, text: Text | None = None, targets: tuple[str, ...] = (), at: str = "", base: str = "",
) -> Asked:  # fmt: skip
    sender = payload.get("sender") or {}
    repository, run = environ["GITHUB_REPOSITORY"], environ.get("GITHUB_RUN_ID", "")
    server = environ.get("GITHUB_SERVER_URL", "https://github.com")
    return Asked(
        trigger=trigger, repository=repository, number=number, text=text, targets=targets, at=at,
        sender=sender.get("login") or environ.get("GITHUB_ACTOR", ""),
        bot=sender.get("type") == "Bot" or (sender.get("login") or "").endswith("[bot]"),
        base=inputs.base or base or (payload.get("repository") or {}).get("default_branch", ""),
        sha=environ.get("GITHUB_SHA", ""), run=int(run) if run.isdecimal() else 0,
        run_url=f"{server}/{repository}/actions/runs/{run}" if run else "",
    )  # fmt: skip
