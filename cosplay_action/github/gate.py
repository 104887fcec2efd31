"""May they? Who asks must be able to write, and the text must be the one that somebody who may write has seen.

The ``triage`` role may label, so a label proves nothing; ``updated_at`` proves nothing either, because labels and
comments move it. GraphQL's ``lastEditedAt`` and ``editor`` tell an edit of the text itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cosplay_action.errors import Refused
from cosplay_action.github.event import Asked, Skipped, Text
from cosplay_action.github.hub import Hub

MAY_WRITE = frozenset({"admin", "maintain", "write"})
MOST_EDITS = 100  # since a run was asked for: beyond it GitHub may not have shown all
BEFORE = timedelta(seconds=120)  # an outsider's edit this soon before the label was hardly read by who set it


def closed(hub: Hub, number: int) -> str:
    """Why nothing is wanted of an issue any more, empty where it is open. Raises ServiceError."""
    try:
        state = hub.issue(number).state
    except Refused as refused:
        if refused.status in {404, 410}:
            return f"issue #{number} was deleted meanwhile"
        raise
    return "" if state == "open" else f"issue #{number} was closed meanwhile"


def admit(hub: Hub, asked: Asked, *, bots: bool) -> Asked | Skipped:
    """The request with its text and base branch, or why it is not granted. ``bots``: those are let in, too."""
    if asked.trigger != "schedule" and (refused := _sender(hub, asked, bots=bots)):
        return refused
    if asked.number is not None:
        found = _text(hub, asked)
        if isinstance(found, Skipped):
            return found
        asked = replace(asked, text=found)
    return asked if asked.base else replace(asked, base=hub.default_branch())


def _sender(hub: Hub, asked: Asked, *, bots: bool) -> Skipped | None:
    if asked.bot:
        # GitHub tells no permission of a bot; one that labels was installed here by an admin, with the right to write
        return None if bots else Skipped(f"{asked.sender} is a bot; the input allow-bots lets bots in")
    held = hub.permission(asked.sender)
    if held in MAY_WRITE:
        return None
    role = hub.role(asked.sender)
    return Skipped(f"{asked.sender} may not ask for a run: that needs write access, and theirs is {role}", tell=True)


def _text(hub: Hub, asked: Asked) -> Text | Skipped:
    """The issue's text: the payload's where a label asked, else as it is now; refused where an outsider changed it."""
    number = asked.number or 0
    try:
        issue = hub.issue(number)
    except Refused as refused:
        if refused.status in {404, 410}:
            return Skipped(f"there is no issue #{number}")
        raise
    if issue.pull:
        return Skipped(f"#{number} is a pull request: a spec is an issue")
    if issue.state != "open":
        return Skipped(f"issue #{number} is closed", tell=True)
    asked_at = _time(asked.at) - BEFORE if asked.at else _time(hub.run_created(asked.run))
    if refused_edit := _edited(hub, number, asked_at, asked.sender if asked.bot else ""):
        return refused_edit
    return asked.text or Text(number=number, title=issue.title, body=issue.body)


def _edited(hub: Hub, number: int, since: datetime, bot: str) -> Skipped | None:
    """Every edit since then counts: a later one by somebody who may would hide an outsider's.

    ``bot``: the one that asks, and was let in; GraphQL leaves the end off its name.
    """
    recent = [edit for edit in hub.edits(number) if _time(edit.at) >= since]
    known = {bot, bot.removesuffix("[bot]")} if bot else set()
    editors = dict.fromkeys(edit.editor for edit in recent if edit.editor not in known)
    outsider = next((one for one in editors if not one or hub.permission(one) not in MAY_WRITE), None)
    if outsider is None and len(recent) < MOST_EDITS:
        return None
    who = f"{outsider or 'an account that is gone'}, without write access," if outsider is not None else "many hands"
    return Skipped(
        f"the text of issue #{number} was edited by {who} about when the run was asked for: read it and ask again",
        tell=True,
    )  # fmt: skip


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
