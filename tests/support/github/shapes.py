"""GitHub's JSON of people, the repository and its runs: one builder each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.github.answer import Call
from tests.support.github.state import Repository, Run, User

Json = dict[str, Any]

USER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
OFF = ("has_projects", "has_wiki", "has_pages", "has_discussions", "has_downloads", "disabled")
COUNTS = ("forks", "forks_count", "network_count", "open_issues", "open_issues_count", "size", "stargazers_count",
          "subscribers_count", "watchers", "watchers_count")  # fmt: skip


def at(when: datetime | None) -> str | None:
    """A moment as GitHub writes it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def user(call: Call, one: User) -> Json:
    url = f"{call.api}/users/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": f"U_{one.id}",
        "avatar_url": f"{call.root}/avatars/{one.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{call.root}/{one.login}",
        **{name: url + end for name, end in USER_URLS.items()},
        "type": one.type,
        "site_admin": False,
    }


def account(call: Call, one: User) -> Json:
    """The answer of ``GET /user``."""
    texts = ("name", "company", "blog", "location", "email", "hireable", "bio")
    counts = ("public_repos", "public_gists", "followers", "following")
    return {
        **user(call, one),
        **dict.fromkeys(texts),
        **dict.fromkeys(counts, 0),
        "created_at": at(call.repo.time),
        "updated_at": at(call.repo.time),
    }


def repo_url(call: Call) -> str:
    return f"{call.api}/repos/{call.repo.full_name}"


def page_url(call: Call) -> str:
    return f"{call.root}/{call.repo.full_name}"


def repository(call: Call) -> Json:
    repo: Repository = call.repo
    page = page_url(call)
    return {
        "id": repo.owner.id + 1,
        "node_id": "R_1",
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": user(call, repo.owner),
        "private": repo.private,
        "html_url": page,
        "description": None,
        "fork": False,
        "url": repo_url(call),
        **{name: repo_url(call) + end for name, end in REPOSITORY_URLS.items()},
        "clone_url": f"{page}.git",
        "git_url": f"git://{page.partition('://')[2]}.git",
        "ssh_url": f"git@{page.partition('://')[2]}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "license": None,
        **dict.fromkeys(COUNTS, 0),
        "default_branch": repo.default_branch,
        "has_issues": repo.has_issues,
        **dict.fromkeys(OFF, False),
        "archived": repo.archived,
        "visibility": "private" if repo.private else "public",
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), at(repo.time)),
    }


def run(call: Call, one: Run) -> Json:
    url = f"{repo_url(call)}/actions/runs/{one.id}"
    ends = {"jobs_url": "/jobs", "logs_url": "/logs", "artifacts_url": "/artifacts", "cancel_url": "/cancel",
            "rerun_url": "/rerun", "previous_attempt_url": "/attempts/1"}  # fmt: skip
    return {
        "id": one.id,
        "node_id": f"WFR_{one.id}",
        "name": "cosplay",
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "path": one.path,
        "display_title": one.event,
        "run_number": 1,
        "run_attempt": 1,
        "event": one.event,
        "status": "in_progress",
        "conclusion": None,
        "workflow_id": 1,
        "url": url,
        "html_url": f"{page_url(call)}/actions/runs/{one.id}",
        **{name: url + end for name, end in ends.items()},
        "check_suite_url": f"{repo_url(call)}/check-suites/1",
        "workflow_url": f"{repo_url(call)}/actions/workflows/1",
        "pull_requests": [],
        **dict.fromkeys(("created_at", "updated_at", "run_started_at"), at(one.created_at)),
        "actor": user(call, one.actor),
        "triggering_actor": user(call, one.actor),
        "head_commit": None,
        "repository": repository(call),
        "head_repository": repository(call),
    }
