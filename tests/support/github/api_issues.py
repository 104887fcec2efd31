"""Endpoints of issues, their comments and their labels; a pull request is an issue too."""

from __future__ import annotations

from tests.support.github import shapes_issues
from tests.support.github.answer import Answer, Call, Refusal, forbidden, invalid, missing
from tests.support.github.routes import REPO, on
from tests.support.github.state import ROLES, Comment, Issue, User

MOST_BODY, MOST_TITLE = 65_536, 256
ISSUE = f"{REPO}/issues/{{issue_number}}"
COMMENT = f"{REPO}/issues/comments/{{comment_id}}"
READ = ("issues:read", "pull_requests:read")
WRITE = ("issues:write", "pull_requests:write")


def wanted(call: Call, name: str = "issue_number") -> Issue:
    """The issue of a path. Raises 404, and 410 where the repository has no issues."""
    number = call.request.params[name]
    one = call.repo.issues.get(int(number)) if number.isdigit() else None
    if one is None:
        raise missing()
    if not call.repo.has_issues and not one.pull:
        raise Refusal(410, "Issues has been disabled in this repository.")
    _granted(call, one)
    return one


def _granted(call: Call, one: Issue) -> None:
    """``issues`` is for issues and ``pull_requests`` for pull requests; comments and labels of these take either."""
    level = "read" if call.request.method == "GET" else "write"
    if one.pull or (level == "read" and not call.repo.private):
        return
    if not call.token.allows("issues", level):
        raise forbidden(call.token)


def checked(kind: str, title: str | None, body: str | None) -> None:
    """Raises GitHub's 422 for a text that is too long or a title that is empty."""
    if title is not None and not title.strip():
        raise invalid(kind, "title", "missing_field")
    if title is not None and len(title) > MOST_TITLE:
        raise invalid(kind, "title", "custom", f"title is too long (maximum is {MOST_TITLE} characters)")
    if body is not None and len(body) > MOST_BODY:
        raise invalid(kind, "body", "custom", f"body is too long (maximum is {MOST_BODY} characters)")


def set_state(call: Call, one: Issue, state: object, reason: object = None) -> None:
    """Close or open; another value changes nothing."""
    if state == "closed" and one.state == "open":
        one.state, one.closed_at = "closed", call.repo.time
        one.state_reason = None if one.pull else str(reason or "completed")
    elif state == "open" and one.state == "closed":
        one.state, one.closed_at, one.state_reason = "open", None, None if one.pull else "reopened"


@on("GET", f"{REPO}/issues", *READ)
def issues(call: Call) -> Answer:
    query = call.request.query
    state, names = query.get("state", "open"), [name for name in query.get("labels", "").split(",") if name]
    found = [
        one
        for _, one in sorted(call.repo.issues.items(), reverse=True)
        if state in {"all", one.state} and set(names) <= {label.name for label in one.labels}
    ]
    return call.page([shapes_issues.issue(call, one) for one in found])


@on("GET", ISSUE, *READ)
def issue(call: Call) -> Answer:
    return Answer(body=shapes_issues.issue(call, wanted(call)))


@on("PATCH", ISSUE, *WRITE, role="read")
def edit_issue(call: Call) -> Answer:
    one, request = wanted(call), call.request
    if not call.token.installation and one.user is not call.token.user and not _at_least(call.token.user, "triage"):
        raise forbidden(call.token)
    title, body = request.text("title"), request.text("body")
    checked("Issue", title, body)
    one.edit(call.token.user, call.repo.tick(), title=title, body=body)
    set_state(call, one, request.get("state"), request.get("state_reason"))
    given = request.get("labels")
    if isinstance(given, list):
        one.labels = [call.repo.label(name) for name in map(_name, given)]
    return Answer(body=shapes_issues.issue(call, one))


def _at_least(user: User, role: str) -> bool:
    return [*ROLES].index(user.role) >= [*ROLES].index(role)  # type: ignore[arg-type]


# -- comments ---------------------------------------------------------------------------------------------------------


@on("GET", f"{ISSUE}/comments", *READ)
def comments(call: Call) -> Answer:
    number = wanted(call).number
    found = sorted((one for one in call.repo.comments.values() if one.issue == number), key=lambda one: one.id)
    return call.page([shapes_issues.comment(call, one) for one in found])


@on("GET", f"{REPO}/issues/comments", *READ)
def all_comments(call: Call) -> Answer:
    return call.page([shapes_issues.comment(call, one) for _, one in sorted(call.repo.comments.items())])


def _text(call: Call) -> str:
    body = call.request.text("body")
    if not (body or "").strip():
        raise invalid("IssueComment", "data", "unprocessable", "Body cannot be blank")
    if len(body or "") > MOST_BODY:
        limit = f"Body is too long (maximum is {MOST_BODY} characters)"
        raise invalid("IssueComment", "data", "unprocessable", limit)
    return body or ""


@on("POST", f"{ISSUE}/comments", *WRITE, role="read")
def create_comment(call: Call) -> Answer:
    issue_number = wanted(call).number
    if call.repo.issues[issue_number].locked and not _at_least(call.token.user, "write"):
        raise Refusal(403, "Unable to create comment because issue is locked.")
    body, now = _text(call), call.repo.tick()
    one = Comment(
        id=next(call.repo.serial), issue=issue_number, user=call.token.user, body=body, created_at=now, updated_at=now
    )
    call.repo.comments[one.id] = one
    call.repo.issues[issue_number].updated_at = now  # as at GitHub: our own comment bumps the issue
    return Answer(status=201, body=shapes_issues.comment(call, one))


def _comment(call: Call) -> Comment:
    one = call.repo.comments.get(int(call.request.params["comment_id"]))
    if one is None:
        raise missing()
    _granted(call, call.repo.issues[one.issue])
    return one


@on("GET", COMMENT, *READ)
def comment(call: Call) -> Answer:
    return Answer(body=shapes_issues.comment(call, _comment(call)))


def _own(call: Call) -> Comment:
    """A comment that the caller may change."""
    one = _comment(call)
    if not call.token.installation and one.user is not call.token.user and not _at_least(call.token.user, "write"):
        raise forbidden(call.token)
    return one


@on("PATCH", COMMENT, *WRITE, role="read")
def edit_comment(call: Call) -> Answer:
    one = _own(call)
    one.body, one.updated_at = _text(call), call.repo.tick()
    call.repo.issues[one.issue].updated_at = one.updated_at
    return Answer(body=shapes_issues.comment(call, one))


@on("DELETE", COMMENT, *WRITE, role="read")
def delete_comment(call: Call) -> Answer:
    del call.repo.comments[_own(call).id]
    return Answer(status=204)


# -- labels of an issue -----------------------------------------------------------------------------------------------


def _name(given: object) -> str:
    return str(given.get("name")) if isinstance(given, dict) else str(given)


def _labels(call: Call, one: Issue) -> Answer:
    return call.page([shapes_issues.label(call, label) for label in one.labels])


@on("GET", f"{ISSUE}/labels", *READ)
def issue_labels(call: Call) -> Answer:
    return _labels(call, wanted(call))


@on("POST", f"{ISSUE}/labels", *WRITE, role="triage")
def add_labels(call: Call) -> Answer:
    one, data = wanted(call), call.request.data
    given = data.get("labels") if isinstance(data, dict) else data
    for label in (call.repo.label(_name(each)) for each in (given if isinstance(given, list) else [])):
        if label not in one.labels:
            one.labels.append(label)
    one.updated_at = call.repo.tick()
    return Answer(body=_labels(call, one).body)


@on("DELETE", f"{ISSUE}/labels/{{name}}", *WRITE, role="triage")
def remove_label(call: Call) -> Answer:
    one, name = wanted(call), call.request.params["name"].lower()
    if name not in {label.name.lower() for label in one.labels}:
        raise Refusal(404, "Label does not exist")
    one.labels = [label for label in one.labels if label.name.lower() != name]
    one.updated_at = call.repo.tick()
    return Answer(body=_labels(call, one).body)
