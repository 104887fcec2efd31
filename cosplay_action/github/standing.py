"""What need not be played: a pull request proposes it already, or proposed it and was closed by somebody."""

from __future__ import annotations

from collections.abc import Collection

from cosplay_action.github.hub import Hub
from cosplay_action.github.records import Pull

GROUPED = "all-"  # what the branches of grouped pull requests are called after their prefix


def standing(hub: Hub, prefix: str, branches: Collection[str]) -> dict[str, str]:
    """Why something is left alone, by its branch and by the digest of its target.

    ``branches`` are those of what is wanted. Only who may write has branches here, so the marks of their pull requests
    are believed. Raises ServiceError.
    """
    found: dict[str, str] = {}
    proposals = [one for one in hub.open_pulls() if one.branch.startswith(prefix)]
    for one in proposals:
        found |= dict.fromkeys(_names(one), f"#{one.number} proposes it already")
    known = {one.branch for one in proposals}
    for branch in hub.branches(prefix):
        if branch not in known and (branch in branches or branch.startswith(prefix + GROUPED)):
            last = next(iter(hub.pulls(branch)), None)
            if last is not None and last.state == "closed":
                why = f"#{last.number}, which proposed it, was closed without being merged"
                found = dict.fromkeys(_names(last), why) | found
    return found


def _names(pull: Pull) -> tuple[str, ...]:
    return (pull.branch, *pull.holds)
