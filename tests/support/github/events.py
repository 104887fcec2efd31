"""What a runner gives a step: the event's payload and the environment. Payloads are GitHub's own examples
(npm ``@octokit/webhooks-examples``) with the fake's world put in; a small base by hand where these are not installed.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.github import shapes, shapes_issues
from tests.support.github.answer import Call, Request
from tests.support.github.hub import Hub
from tests.support.github.openapi import MODULES
from tests.support.github.shapes import Json
from tests.support.github.state import Run, Token, User

# What a runner holds that no candidate may ever see: the text to look for in what came out.
CANARY = "canary-of-the-runner"
SECRETS = ("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
STEP_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")


@functools.cache
def examples(name: str, action: str | None = None) -> tuple[Json, ...]:
    """GitHub's example payloads of an event; none where they are not installed."""
    path = MODULES / "webhooks-examples" / "api.github.com" / "index.json"
    if not path.is_file():
        return ()
    found = next(one for one in json.loads(path.read_text(encoding="utf-8")) if one["name"] == name)
    return tuple(one for one in found["examples"] if action in {None, one.get("action")})


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that started a workflow. ``environ`` writes the files that the variables name."""

    hub: Hub
    name: str
    payload: Json
    run: Run
    ref: str = ""
    attempt: int = 1
    actor: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def environ(
        self, folder: Path, *, workspace: Path | None = None, inputs: Mapping[str, str] | None = None, token: str = ""
    ) -> dict[str, str]:
        """The variables of a step, in a folder of its own; ``inputs`` become COSPLAY_INPUT_..., ``token`` one of them.

        ``workspace`` is used as it is; left out, the repository at the run's commit is checked out into it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "temp").mkdir(exist_ok=True)
        place = workspace or folder / "workspace"
        if workspace is None and not (place / ".git").exists():
            self.hub.checkout(place, self.run.head_sha)
        (folder / "event.json").write_text(json.dumps(self.payload), encoding="utf-8")
        for name in STEP_FILES:
            (folder / name.lower()).touch()
        given = {**(inputs or {}), **({"github-token": token} if token else {})}
        return {
            **self._facts(),
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_WORKSPACE": str(place),
            "RUNNER_TEMP": str(folder / "temp"),
            **{name: str(folder / name.lower()) for name in STEP_FILES},
            **{f"COSPLAY_INPUT_{name.upper().replace('-', '_')}": value for name, value in given.items()},
            **self.extra,
        }

    def _facts(self) -> dict[str, str]:
        hub, ref = self.hub, self.ref or f"refs/heads/{self.hub.repo.default_branch}"
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": self.name,
            "GITHUB_REPOSITORY": hub.full_name,
            "GITHUB_REPOSITORY_OWNER": hub.owner.login,
            "GITHUB_REPOSITORY_ID": str(hub.owner.id + 1),
            "GITHUB_RUN_ID": str(self.run.id),
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
            "GITHUB_RUN_NUMBER": "1",
            "GITHUB_WORKFLOW": "cosplay",
            "GITHUB_JOB": "cosplay",
            "GITHUB_ACTION": "__cosplay",
            "GITHUB_SHA": self.run.head_sha,
            "GITHUB_REF": ref,
            "GITHUB_REF_NAME": ref.removeprefix("refs/heads/"),
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_ACTOR": self.run.actor.login,
            "GITHUB_TRIGGERING_ACTOR": self.actor or self.run.actor.login,
            "GITHUB_API_URL": hub.api_url,
            "GITHUB_GRAPHQL_URL": hub.graphql_url,
            "GITHUB_SERVER_URL": hub.root,
            **{name: f"{CANARY}-{name.lower()}" for name in SECRETS},
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": "github-hosted",
        }


def _call(hub: Hub) -> Call:
    """What the builders of GitHub's JSON need, outside any request."""
    request = Request(method="GET", path="", query={}, headers={}, raw=b"")
    token = Token(secret="", user=hub.bot, grants={}, installation=True)
    return Call(request=request, repo=hub.repo, token=token, users=hub.users, root=hub.root)


def _base(hub: Hub, name: str, action: str | None, sender: User) -> Json:
    """GitHub's example, if there is one, of the fake's repository and sender."""
    call = _call(hub)
    found = examples(name, action)
    base = dict(found[0]) if found else {}
    for stranger in ("organization", "installation"):
        base.pop(stranger, None)
    base["repository"] = {**base.get("repository", {}), **shapes.repository(call)}
    base["sender"] = shapes.user(call, sender)
    return base


def labelled(
    hub: Hub, number: int, sender: User | None = None, label: str = "cosplay", *, at_time: datetime | None = None
) -> Event:
    """``issues``/``labeled``: ``sender`` (the owner) puts the label on an issue, now or at a moment."""
    sender = sender or hub.owner
    issue, repo = hub.repo.issues[number], hub.repo
    mark = repo.label(label)
    if mark not in issue.labels:
        issue.labels.append(mark)
    issue.updated_at = at_time or repo.tick()
    call = _call(hub)
    payload = _base(hub, "issues", "labeled", sender)
    payload |= {
        "action": "labeled",
        "issue": {**payload.get("issue", {}), **shapes_issues.issue(call, issue)},
        "label": shapes_issues.label(call, mark),
    }
    return Event(hub=hub, name="issues", payload=payload, run=_run(hub, "issues", sender, at_time))


def _run(hub: Hub, event: str, sender: User, at_time: datetime | None) -> Run:
    run = hub.run(event, actor=sender)
    if at_time:
        run.created_at = at_time + timedelta(seconds=2)
    return run


def dispatched(
    hub: Hub, sender: User | None = None, inputs: Mapping[str, str] | None = None, *, branch: str = ""
) -> Event:
    """``workflow_dispatch`` by ``sender`` (the owner), of the default branch unless told."""
    sender, name = sender or hub.owner, branch or hub.repo.default_branch
    payload = _base(hub, "workflow_dispatch", None, sender)
    run = hub.run("workflow_dispatch", actor=sender)
    run.head_branch, run.head_sha = name, hub.repo.branch(name)
    payload |= {"inputs": dict(inputs or {}) or None, "ref": f"refs/heads/{name}", "workflow": run.path}
    return Event(hub=hub, name="workflow_dispatch", payload=payload, run=run, ref=f"refs/heads/{name}")


def scheduled(hub: Hub, schedule: str = "17 3 * * 1") -> Event:
    """``schedule``: the payload says hardly anything, the actor is whoever touched the workflow last."""
    return Event(hub=hub, name="schedule", payload={"schedule": schedule}, run=hub.run("schedule"))


def other(hub: Hub, name: str, action: str | None = None, sender: User | None = None) -> Event:
    """Any other event (``pull_request``, ...): its example's payload, with the fake's repository and sender."""
    who = sender or hub.owner
    payload = _base(hub, name, action, who) | ({"action": action} if action else {})
    return Event(hub=hub, name=name, payload=payload, run=hub.run(name, actor=who))
