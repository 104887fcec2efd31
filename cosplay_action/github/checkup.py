"""What a repository on GitHub needs for the Action to work there, found out by asking, each with its cure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cosplay_action.errors import NotPermitted, Refused
from cosplay_action.github.gate import MAY_WRITE
from cosplay_action.github.hub import Hub
from cosplay_action.github.init import UNNAMED

OPTIONAL = frozenset({"COSPLAY_API_KEY"})  # a model on the runner needs no key
SETTING = (
    "Settings > Actions > General > Workflow permissions > tick 'Allow GitHub Actions to create and approve pull "
    "requests' (an organisation has the same setting, which comes first), or give github-token an App's token."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that is needed: ``held``, ``missing`` or ``unknown`` (the token may not ask); ``cure`` for people."""

    name: str
    state: Literal["held", "missing", "unknown"]
    cure: str = ""


def examine(hub: Hub, where: Path) -> list[Need]:
    """Ask GitHub, and look at the checkout in ``where``. Raises ServiceError where GitHub does not answer."""
    return [_access(hub), _pulls(hub), _label(hub), _workflow(where), _secrets(hub, where)]


def _access(hub: Hub) -> Need:
    login = hub.login()
    name = f"{login} may write to {hub.repository}"
    try:
        held = hub.permission(login)
    except NotPermitted:  # who may not write may not even ask
        held = "none"
    if held in MAY_WRITE:
        return Need(name=name, state="held")
    return Need(name=name, state="missing", cure="Only who may write can ask for runs: ask the owner for the role.")


def _pulls(hub: Hub) -> Need:
    allowed = hub.may_open_pulls()
    name = "workflows may open pull requests"
    if allowed is None:
        return Need(name=name, state="unknown", cure=f"Only an administrator's token can ask. {SETTING}")
    return Need(name=name, state="held") if allowed else Need(name=name, state="missing", cure=SETTING)


def _label(hub: Hub) -> Need:
    name = "there is a label 'cosplay'"
    if hub.has_label("cosplay"):
        return Need(name=name, state="held")
    return Need(name=name, state="missing", cure="Issues > Labels > New label: cosplay (or set the input label).")


def _workflow(where: Path) -> Need:
    name = "a workflow uses cosplay-action"
    texts = _ours(where)
    if not texts:
        return Need(name=name, state="missing", cure="cosplay-action init writes one.")
    if any(re.search(rf"uses:\s*[\"']?{UNNAMED}", text) for text in texts):
        cure = "It says OWNER where the Action's owner belongs: put the name there, or cosplay-action init --uses."
        return Need(name=name, state="missing", cure=cure)
    return Need(name=name, state="held")


def _ours(where: Path) -> list[str]:
    """The texts of the workflows that use the Action."""
    files = sorted((where / ".github" / "workflows").glob("*.y*ml"))
    return [text for file in files if "/cosplay-action@" in (text := file.read_text("utf-8", "replace"))]


def _secrets(hub: Hub, where: Path) -> Need:
    """The secrets that the workflows name, less the one that every workflow has."""
    wanted = sorted({name for text in _ours(where) for name in re.findall(r"secrets\.(\w+)", text)} - {"GITHUB_TOKEN"})
    name = f"the secrets that the workflows name: {', '.join(wanted)}" if wanted else "the workflows name no secret"
    if not wanted:
        return Need(name=name, state="held")
    optional = "COSPLAY_API_KEY is optional: only an endpoint that asks for a key needs it."
    try:
        there = hub.secrets()
    except (NotPermitted, Refused):
        if set(wanted) <= OPTIONAL:
            return Need(name=name, state="unknown", cure=optional)
        return Need(name=name, state="unknown", cure="Settings > Secrets and variables > Actions shows them.")
    missing = [one for one in wanted if one not in there]
    if not missing:
        return Need(name=name, state="held")
    if set(missing) <= OPTIONAL:
        return Need(name=name, state="unknown", cure=optional)
    cure = f"Settings > Secrets and variables > Actions > New repository secret: {', '.join(missing)}."
    return Need(name=name, state="missing", cure=cure)
