"""GitHub's JSON of labels, issues, comments and pull requests: one builder each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.github.answer import Call
from tests.support.github.shapes import Json, at, page_url, repo_url, repository, user
from tests.support.github.state import Comment, Issue, Label, Pull, User

FACES = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(call: Call, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": f"LA_{one.id}",
        "url": f"{repo_url(call)}/labels/{one.name}",
        "name": one.name,
        "description": one.description,
        "color": one.color,
        "default": False,
    }


def _association(call: Call, one: User) -> str:
    if one is call.repo.owner:
        return "OWNER"
    return "NONE" if one.role in {"none", "read"} else "COLLABORATOR"


def _common(call: Call, one: Issue) -> Json:
    """What issues and pull requests have in common."""
    url = f"{repo_url(call)}/issues/{one.number}"
    return {
        "id": one.id,
        "number": one.number,
        "state": one.state,
        "locked": one.locked,
        "title": one.title,
        "body": one.body,
        "user": user(call, one.user),
        "labels": [label(call, each) for each in one.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "active_lock_reason": None,
        "author_association": _association(call, one.user),
        "comments_url": f"{url}/comments",
        "created_at": at(one.created_at),
        "updated_at": at(one.updated_at),
        "closed_at": at(one.closed_at),
    }


def issue(call: Call, one: Issue) -> Json:
    url = f"{repo_url(call)}/issues/{one.number}"
    kind = "pull" if one.pull else "issues"
    shape = {
        **_common(call, one),
        "node_id": node_id(one),
        "url": url,
        "repository_url": repo_url(call),
        "labels_url": f"{url}/labels{{/name}}",
        "events_url": f"{url}/events",
        "html_url": f"{page_url(call)}/{kind}/{one.number}",
        "comments": sum(comment.issue == one.number for comment in call.repo.comments.values()),
        "reactions": _reactions(url),
        "state_reason": one.state_reason,
    }
    if one.pull:
        shape["pull_request"] = {key: value for key, value in _pull_urls(call, one).items() if key != "commits_url"}
        shape["draft"] = one.pull.draft
    return shape


def _reactions(url: str) -> Json:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(FACES, 0)}


def node_id(one: Issue) -> str:
    return f"{'PR' if one.pull else 'I'}_{one.id}"


def comment(call: Call, one: Comment) -> Json:
    kind = "pull" if call.repo.issues[one.issue].pull else "issues"
    url = f"{repo_url(call)}/issues/comments/{one.id}"
    return {
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "url": url,
        "reactions": _reactions(url),
        "html_url": f"{page_url(call)}/{kind}/{one.issue}#issuecomment-{one.id}",
        "issue_url": f"{repo_url(call)}/issues/{one.issue}",
        "user": user(call, one.user),
        "body": one.body,
        "author_association": _association(call, one.user),
        "created_at": at(one.created_at),
        "updated_at": at(one.updated_at),
    }


def _pull_urls(call: Call, one: Issue) -> Json:
    page = f"{page_url(call)}/pull/{one.number}"
    return {
        "url": f"{repo_url(call)}/pulls/{one.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": at(one.pull.merged_at) if one.pull else None,
    }


def _side(call: Call, branch: str, sha: str) -> Json:
    owner = call.repo.owner
    return {
        "label": f"{owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(call, owner),
        "repo": repository(call),
    }


def pull(call: Call, one: Issue, sizes: Mapping[str, int] | None = None) -> Json:
    """A pull request as in a list; with ``sizes`` (commits, additions, ...) as it is when it is asked for alone."""
    data = one.pull
    assert isinstance(data, Pull)
    urls = _pull_urls(call, one)
    issue_url = f"{repo_url(call)}/issues/{one.number}"
    links = {
        "issue_url": issue_url,
        "commits_url": f"{urls['url']}/commits",
        "review_comments_url": f"{urls['url']}/comments",
        "review_comment_url": f"{repo_url(call)}/pulls/comments{{/number}}",
        "statuses_url": f"{repo_url(call)}/statuses/{data.head_sha}",
    }
    hrefs = {name.removesuffix("_url"): {"href": url} for name, url in links.items()}
    more = {"self": urls["url"], "html": urls["html_url"], "comments": f"{issue_url}/comments"}
    shape = {
        **_common(call, one),
        **urls,
        **links,
        "node_id": node_id(one),
        "draft": data.draft,
        "merge_commit_sha": data.merge_sha,
        "head": _side(call, data.head, data.head_sha),
        "base": _side(call, data.base, data.base_sha),
        "_links": hrefs | {name: {"href": url} for name, url in more.items()},
        "auto_merge": None,
        "requested_reviewers": [],
        "requested_teams": [],
    }
    return shape if sizes is None else shape | _whole(call, one, data, sizes)


def _whole(call: Call, one: Issue, data: Pull, sizes: Mapping[str, int]) -> Json:
    open_now = one.state == "open"
    return {
        **sizes,
        "merged": data.merged_at is not None,
        "merged_by": user(call, data.merged_by) if data.merged_by else None,
        "mergeable": True if open_now else None,
        "mergeable_state": ("draft" if data.draft else "clean") if open_now else "unknown",
        "rebaseable": None,
        "comments": sum(each.issue == one.number for each in call.repo.comments.values()),
        "review_comments": 0,
        "maintainer_can_modify": False,
    }
