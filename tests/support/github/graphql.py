"""Enough of GraphQL for what cannot be had otherwise: who edited an issue and when, and a pull request's draft state.

Queries are read and answered field by field; a field that is not known here is an error, as at GitHub.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.github.answer import Answer, Call, Refusal
from tests.support.github.graphql_query import Field, GraphError, Operation, Parser, filled
from tests.support.github.shapes import at, page_url
from tests.support.github.shapes_issues import node_id
from tests.support.github.state import Comment, Issue, User

# -- what the fields of each type are: name -> value or function of the arguments --------------------------------------

Resolved = dict[str, Any]


def _actor(call: Call, user: User | None) -> Resolved | None:
    if user is None:
        return None
    # GraphQL names a bot without its suffix.
    login = user.login.removesuffix("[bot]")
    return {"__typename": user.type, "login": login, "url": f"{call.root}/{login}", "id": f"U_{user.id}"}


def _comment(call: Call, one: Comment) -> Resolved:
    return {"__typename": "IssueComment", "id": f"IC_{one.id}", "databaseId": one.id, "body": one.body,
            "author": _actor(call, one.user), "createdAt": at(one.created_at)}  # fmt: skip


def _rename(call: Call, number: int, entry: tuple[Any, User, str, str]) -> Resolved:
    when, who, before, after = entry
    return {"__typename": "RenamedTitleEvent", "id": f"RTE_{number}", "createdAt": at(when), "actor": _actor(call, who),
            "previousTitle": before, "currentTitle": after}  # fmt: skip


def _edit(call: Call, number: int, entry: tuple[Any, User | None]) -> Resolved:
    when, who = entry
    return {"__typename": "UserContentEdit", "id": f"UCE_{number}", "editedAt": at(when), "createdAt": at(when),
            "editor": _actor(call, who)}  # fmt: skip


def _listed(nodes: list[Resolved]) -> Callable[[dict[str, Any]], Resolved]:
    def pick(arguments: dict[str, Any]) -> Resolved:
        first, last = arguments.get("first"), arguments.get("last")
        if first is None and last is None:
            text = "You must provide a `first` or `last` value to properly paginate."
            raise GraphError(text, "MISSING_PAGINATION_BOUNDARIES")
        page = nodes[:first] if first is not None else nodes[len(nodes) - int(last or 0) :]
        return {"nodes": page, "totalCount": len(nodes)}

    return pick


def _issue(call: Call, one: Issue) -> Resolved:
    comments = [_comment(call, each) for _, each in sorted(call.repo.comments.items()) if each.issue == one.number]
    renames = [_rename(call, k, each) for k, each in enumerate(one.renames)]

    def timeline(arguments: dict[str, Any]) -> Any:
        if arguments.get("itemTypes") != ["RENAMED_TITLE_EVENT"]:
            raise GraphError("the fake knows only timelineItems(itemTypes: [RENAMED_TITLE_EVENT])")
        return _listed(renames)(arguments)

    return {
        "__typename": "PullRequest" if one.pull else "Issue",
        "id": node_id(one),
        "databaseId": one.id,
        "number": one.number,
        "title": one.title,
        "body": one.body or "",
        "state": "MERGED" if one.pull and one.pull.merged_at else one.state.upper(),
        "url": f"{page_url(call)}/{'pull' if one.pull else 'issues'}/{one.number}",
        "createdAt": at(one.created_at),
        "updatedAt": at(one.updated_at),
        "lastEditedAt": at(one.last_edited_at),
        "editor": _actor(call, one.editor),
        "author": _actor(call, one.user),
        "userContentEdits": _listed([_edit(call, k, each) for k, each in reversed(list(enumerate(one.edits)))]),
        "comments": _listed(comments),
        "timelineItems": timeline,
        **({"isDraft": one.pull.draft} if one.pull else {}),
    }


def _numbered(call: Call, kind: str) -> Callable[[dict[str, Any]], Resolved]:
    def pick(arguments: dict[str, Any]) -> Resolved:
        one = call.repo.issues.get(arguments.get("number") or 0)
        if one is None or bool(one.pull) != (kind == "PullRequest"):
            some = {"Issue": "an Issue", "PullRequest": "a PullRequest"}[kind]
            text = f"Could not resolve to {some} with the number of {arguments.get('number')}."
            raise GraphError(text, "NOT_FOUND")
        permission = "pull_requests" if one.pull else "issues"
        if call.repo.private and not call.token.allows(permission, "read"):
            raise GraphError("Resource not accessible by integration", "FORBIDDEN")
        return _issue(call, one)

    return pick


def _repository(call: Call) -> Callable[[dict[str, Any]], Resolved]:
    def pick(arguments: dict[str, Any]) -> Resolved:
        name = f"{arguments.get('owner')}/{arguments.get('name')}"
        if name.lower() != call.repo.full_name.lower():
            raise GraphError(f"Could not resolve to a Repository with the name '{name}'.", "NOT_FOUND")
        return {
            "__typename": "Repository",
            "id": "R_1",
            "nameWithOwner": call.repo.full_name,
            "issue": _numbered(call, "Issue"),
            "pullRequest": _numbered(call, "PullRequest"),
        }

    return pick


def _viewer(call: Call) -> Callable[[dict[str, Any]], Resolved | None]:
    return lambda _arguments: _actor(call, call.token.user)


def _set_draft(call: Call, draft: bool) -> Callable[[dict[str, Any]], Resolved]:
    def act(arguments: dict[str, Any]) -> Resolved:
        given = arguments.get("input") or {}
        wanted = given.get("pullRequestId")
        found = [one for one in call.repo.pulls if node_id(one) == wanted]
        if not found:
            raise GraphError(f"Could not resolve to a node with the global id of '{wanted}'", "NOT_FOUND")
        if not call.token.allows("pull_requests", "write"):
            raise GraphError("Resource not accessible by integration", "FORBIDDEN")
        assert found[0].pull
        found[0].pull.draft, found[0].updated_at = draft, call.repo.tick()
        return {"clientMutationId": given.get("clientMutationId"), "pullRequest": _issue(call, found[0])}

    return act


def _select(value: Any, fields: list[Field], kind: str, variables: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_select(one, fields, kind, variables) for one in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for one in fields:
        if one.on and one.on not in {value.get("__typename"), "Node", "Actor"}:
            continue
        if one.name not in value:
            raise GraphError(f"Field '{one.name}' doesn't exist on type '{value.get('__typename', kind)}'")
        found = value[one.name]
        found = found(filled(one.arguments, variables)) if callable(found) else found
        if isinstance(found, dict | list) and not one.fields:
            raise GraphError(f"Field must have selections (field '{one.name}' has no selections)")
        made[one.alias] = _select(found, one.fields, one.name, variables)
    return made


def read(call: Call) -> Operation | None:
    """The operation of a request; None where it is none."""
    try:
        return Parser(call.request.text("query") or "").operation()
    except GraphError:
        return None


def answer(call: Call) -> Answer:
    """Answer a POST to ``/graphql``: 200 with ``errors`` for everything but a request that is none."""
    text, variables = call.request.text("query"), call.request.get("variables") or {}
    if text is None or not isinstance(variables, dict):
        raise Refusal(400, "A query attribute must be specified and must be a string.")
    roots: dict[str, Resolved] = {
        "query": {"repository": _repository(call), "viewer": _viewer(call)},
        "mutation": {
            "convertPullRequestToDraft": _set_draft(call, draft=True),
            "markPullRequestReadyForReview": _set_draft(call, draft=False),
        },
    }
    try:
        found = Parser(text).operation()
        data = _select(roots[found.kind], found.fields, found.kind.title(), variables)
        return Answer(body={"data": data})
    except GraphError as error:
        return Answer(body={"data": None, "errors": [error.entry | {"path": []}]})
