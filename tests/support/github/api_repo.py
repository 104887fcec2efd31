"""Endpoints about the repository itself, its people, labels and runs."""

from __future__ import annotations

from tests.support.github import shapes, shapes_issues
from tests.support.github.answer import Answer, Call, Refusal, forbidden, invalid, missing
from tests.support.github.routes import REPO, on
from tests.support.github.state import Label

# GitHub's older word for each role.
PERMISSIONS = {"none": "none", "admin": "admin"} | dict.fromkeys(("read", "triage"), "read")
PERMISSIONS |= dict.fromkeys(("write", "maintain"), "write")


@on("GET", "/user")
def whoami(call: Call) -> Answer:
    if call.token.installation:
        raise forbidden(call.token)
    return Answer(body=shapes.account(call, call.token.user))


@on("GET", "/users/{username}")
def user(call: Call) -> Answer:
    one = call.users.get(call.request.params["username"].lower())
    if one is None:
        raise missing()
    return Answer(body=shapes.account(call, one))


@on("GET", "/rate_limit")
def rate_limit(call: Call) -> Answer:
    rate = {"limit": 5000, "remaining": 4999, "reset": int(call.repo.time.timestamp()) + 3600, "used": 1}
    names = ("core", "graphql", "search", "code_search", "integration_manifest")
    return Answer(body={"resources": dict.fromkeys(names, rate), "rate": rate})


@on("GET", REPO, "metadata:read", "contents:read", "issues:read", "pull_requests:read")
def repository(call: Call) -> Answer:
    return Answer(body=shapes.repository(call))


@on("GET", f"{REPO}/collaborators/{{username}}/permission", "metadata:read", role="write")
def permission(call: Call) -> Answer:
    login = call.request.params["username"]
    user = call.users.get(login.lower())
    if user is None or user.type == "Bot":
        raise Refusal(404, f"{login} is not a user")
    role = "read" if user.role == "none" and not call.repo.private else user.role
    name = user.role_name or role
    person = shapes.user(call, user) | {"role_name": name}
    return Answer(body={"permission": PERMISSIONS[role], "role_name": name, "user": person})


@on("GET", f"{REPO}/rules/branches/{{branch}}", "metadata:read", "contents:read")
def rules(call: Call) -> Answer:
    """The rules of rulesets for a branch, whether it exists or not; classic protection is no part of them."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.repo.full_name, "ruleset_id": 1}
    restricted = call.repo.is_restricted(call.request.params["branch"])
    return call.page([{"type": "creation", **source}] if restricted else [])


@on("GET", f"{REPO}/actions/permissions/workflow", "administration:read")
def workflow_permissions(call: Call) -> Answer:
    may = call.repo.actions_may_create_pulls
    name = "can_approve_pull_request_reviews"
    return Answer(body={"default_workflow_permissions": call.repo.workflow_permissions, name: may})


@on("GET", f"{REPO}/actions/runs/{{run_id}}", "actions:read")
def run(call: Call) -> Answer:
    found = call.repo.runs.get(int(call.request.params["run_id"]))
    if found is None:
        raise missing()
    return Answer(body=shapes.run(call, found))


# -- labels -----------------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/labels", "issues:read", "pull_requests:read")
def labels(call: Call) -> Answer:
    return call.page([shapes_issues.label(call, one) for one in call.repo.labels.values()])


@on("POST", f"{REPO}/labels", "issues:write", "pull_requests:write")
def create_label(call: Call) -> Answer:
    name = call.request.text("name") or ""
    if name.lower() in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    one = Label(
        id=next(call.repo.serial),
        name=name,
        color=call.request.text("color") or "ededed",
        description=call.request.text("description"),
    )
    call.repo.labels[name.lower()] = one
    return Answer(status=201, body=shapes_issues.label(call, one))


@on("GET", f"{REPO}/labels/{{name}}", "issues:read", "pull_requests:read")
def label(call: Call) -> Answer:
    one = call.repo.labels.get(call.request.params["name"].lower())
    if one is None:
        raise missing()
    return Answer(body=shapes_issues.label(call, one))
