"""The commands around the Action that people call: the matrix of a fan-out, publishing by hand, set-up, the checkup."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from cosplay_action.errors import CosplayError, ServiceError, UsageError
from cosplay_action.github.client import Client
from cosplay_action.github.event import Asked
from cosplay_action.github.hub import Hub
from cosplay_action.github.init import DEFAULT, PUBLISHED, UNNAMED, init
from cosplay_action.github.inputs import Draft, Group, Inputs
from cosplay_action.github.standing import standing
from cosplay_action.parcel import parcels
from cosplay_action.publishing import Job, publish, short

MOST = 256  # jobs of one matrix: GitHub's own limit
Say = Callable[[str], object]


def plan(where: Path, targets: Sequence[str], hub: Hub | None, *, prefix: str, say: Say) -> str:
    """The matrix as JSON, ``{"include": [{"name", "target", "branch"}]}``, by target; what ``hub`` says somebody
    proposed already is left out, and said.

    Raises UsageError, SpecError and ServiceError.
    """
    from cosplay_action.choosing import NOTHING, choices

    wanted = choices(where, targets, prefix)
    known = standing(hub, prefix, {one.branch for one in wanted}) if hub is not None and wanted else {}
    jobs: list[dict[str, str]] = []
    for at, one in enumerate(wanted):
        if len(jobs) == MOST:
            say(f"{len(wanted) - at} of {len(wanted)} specs are left for the next time: a matrix has {MOST} jobs.")
            break
        if why := known.get(one.branch) or known.get(short(one.name)):
            say(f"{one.said} is left out: {why}.")
        else:
            jobs.append({"name": _slug(one.name), "target": one.said, "branch": one.branch})
    if not jobs:
        say(f"{NOTHING[0].upper()}{NOTHING[1:]}.")
    return json.dumps({"include": jobs}, separators=(",", ":"))


def _slug(target: str) -> str:
    """The name of a job and of its artefact: readable, and another one for another target."""
    plain = re.sub(r"[^a-z0-9]+", "-", target.rpartition("::")[2].lower()).strip("-")[:40]
    return f"{plain}-{short(target)}"


def hub_of(environ: Mapping[str, str], repository: str = "") -> Hub | None:
    """The repository on GitHub that the environment names, None where it names none or holds no token."""
    token, name = environ.get("GITHUB_TOKEN", ""), repository or environ.get("GITHUB_REPOSITORY", "")
    return Hub(name, Client(environ.get("GITHUB_API_URL", "https://api.github.com"), token)) if token and name else None


def publish_by_hand(run_dir: Path, wishes: Mapping[str, Any], environ: Mapping[str, str], *, say: Say) -> int:
    """Publish a run of one's own: whoever does it vouches for what the run is about. Returns the exit code."""
    hub = hub_of(environ, wishes["repository"])
    if hub is None:
        raise UsageError(
            "publishing needs a token and a repository.", "Set GITHUB_TOKEN, and GITHUB_REPOSITORY or --repository."
        )
    found = parcels(run_dir)
    if wishes["issue"] is not None and len(found) > 1 and wishes["group"] != "all":
        raise UsageError(
            f"an issue has one branch, and there are {len(found)} runs: each would take the place of the one before.",
            "Publish each by itself, one pull request for all with --group all, or without --issue.",
        )
    asked = Asked(
        trigger="dispatch", repository=hub.repository, number=wishes["issue"],
        base=wishes["base"] or hub.default_branch(),
    )  # fmt: skip
    job = Job(hub=hub, asked=asked, inputs=_by_hand(wishes), targets=tuple(one.target for one in found))
    results = publish(job, found)
    for one in results:
        where = f" {one.proposed.pull.url}" if one.proposed else ""
        say(f"{one.target}: {one.reason}.{where}" + (f"\n{one.cure}" if one.cure else ""))
    return int(any(one.proposed is None for one in results))


def _by_hand(wishes: Mapping[str, Any]) -> Inputs:
    return Inputs(
        mode="publish", label="", targets=(), issue_number=None, api_key="", github_token="", working_directory=".",
        base="", branch_prefix=wishes["branch_prefix"], draft=cast("Draft", wishes["draft"]), allow_bots=False,
        group=cast("Group", wishes["group"]), run_dir="", given={},
    )  # fmt: skip


def set_up(where: Path, flavours: Sequence[str], *, uses: str, force: bool, say: Say) -> None:
    """The command ``init``: write, and say what was written and what is to be done by hand. Raises UsageError."""
    if uses and not re.fullmatch(r"[\w.-]+/[\w./-]+@[\w./-]+", uses):
        raise UsageError(f"{uses!r} names no action.", "Write OWNER/REPOSITORY@REF, best with a commit for REF.")
    for one in init(where, flavour=tuple(flavours) or DEFAULT, force=force, uses=uses or PUBLISHED):
        say(f"{one.how:>9}  {os.path.relpath(one.path, where)}")
    if not uses and PUBLISHED.startswith(UNNAMED):
        say(f"The workflows say {PUBLISHED}: put the Action's owner for OWNER, or use --uses OWNER/REPOSITORY@REF.")
    say("Next: commit them, then `cosplay-action doctor --github` says what GitHub still needs.")


def examine_github(where: Path, environ: Mapping[str, str], *, say: Say, as_json: bool) -> int:
    """The command ``doctor --github``: what the repository on GitHub lacks for the Action, each with its cure."""
    from cosplay_action.github.checkup import examine

    hub = hub_of(environ)
    if hub is None:
        raise UsageError(
            "the checkup needs a token and a repository.",
            "Set GITHUB_TOKEN (`gh auth token` prints one) and GITHUB_REPOSITORY (OWNER/NAME).",
        )
    try:
        found = examine(hub, where)
    except ServiceError as error:
        raise CosplayError(error.what, error.cure) from error
    if as_json:
        say(json.dumps([{"name": one.name, "state": one.state, "cure": one.cure} for one in found]))
    else:
        for one in found:
            say(f"{one.state:>8}  {one.name}" + (f"\n          {one.cure}" if one.cure else ""))
    return int(any(one.state == "missing" for one in found))
