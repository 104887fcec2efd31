"""One repository on GitHub, as far as this tool goes: who may do what, issues, commits, branches, pull requests.

Plain data goes in and out; every failure is a ServiceError.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cosplay_action.errors import NotPermitted, Refused, ServiceError
from cosplay_action.github import answers
from cosplay_action.github.client import Client, Json
from cosplay_action.github.records import Beyond, Comment, CommitRecord, Edit, Entry, IssueRecord, Pull

# Both ends of the history: GitHub does not say which of them is the newest.
_EDITS = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $number) { createdAt lastEditedAt editor { login }
    early: userContentEdits(first: 100) { nodes { editedAt editor { login } } }
    late: userContentEdits(last: 100) { nodes { editedAt editor { login } } } } }
}"""
MOST_COMMITS = 100  # of one answer
_VIEWER = "query { viewer { login } }"
_TO_DRAFT = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"


@dataclass(frozen=True, slots=True)
class Hub:
    """One repository (``owner/name``) through one client, for one step of a job.

    What has a SHA-1 for its name never changes, and is asked for once; so are the token's account and the tips of
    branches to build on.
    """

    repository: str
    client: Client
    _known: dict[str, Json] = field(default_factory=dict, repr=False, compare=False)

    @property
    def _repo(self) -> str:
        return f"/repos/{self.repository}"

    def _lasting(self, what: str, path: str, **parameters: str | int) -> Json:
        if path not in self._known:
            self._known[path] = self.client.get(what, f"{self._repo}/{path}", **parameters)
        return self._known[path]

    # Who, and may they

    def login(self) -> str:
        """The account that the token writes as (``github-actions[bot]`` for a workflow's own)."""
        if "login" not in self._known:
            self._known["login"] = str(self.client.query("the token's account", _VIEWER)["viewer"]["login"])
        return str(self._known["login"])

    def is_own(self, author: str) -> bool:
        """Whether an author's login is the token's account: GraphQL may leave the end off a bot's name."""
        return bool(author) and author in {self.login(), f"{self.login()}[bot]"}

    def permission(self, login: str) -> str:
        """admin, write, read or none: what a user may do here. Whom GitHub does not know may do nothing."""
        return str(self._membership(login)["permission"])

    def role(self, login: str) -> str:
        """What GitHub calls it for people: ``triage``, say, which may do what ``read`` may."""
        found = self._membership(login)
        return str(found.get("role_name") or found["permission"])

    def _membership(self, login: str) -> Json:
        try:
            return self.client.get(f"the permission of {login}", f"{self._repo}/collaborators/{login}/permission")
        except Refused as refused:
            if refused.status == 404:
                return {"permission": "none"}
            raise

    def default_branch(self) -> str:
        return str(self.client.get(f"the repository {self.repository}", self._repo)["default_branch"])

    def may_open_pulls(self) -> bool | None:
        """Whether the setting lets workflows open pull requests; None where the token may not ask."""
        try:
            found = self.client.get("the settings of Actions", f"{self._repo}/actions/permissions/workflow")
        except (NotPermitted, Refused):
            return None
        return bool(found["can_approve_pull_request_reviews"])

    def secrets(self) -> frozenset[str]:
        """The names of the repository's secrets for Actions; their values nobody can read. Raises NotPermitted."""
        found = self.client.get("the names of secrets", f"{self._repo}/actions/secrets", per_page=100)
        return frozenset(one["name"] for one in found["secrets"])

    def has_label(self, label: str) -> bool:
        found = self.client.pages("the labels", f"{self._repo}/labels")
        return any(one["name"].lower() == label.lower() for one in found)

    def run_created(self, run: int) -> str:
        """When a workflow run was asked for, ISO 8601."""
        try:
            return str(self.client.get("this workflow run", f"{self._repo}/actions/runs/{run}")["created_at"])
        except NotPermitted as error:
            cure = "In a private repository a dispatch of an issue needs `actions: read` among the job's permissions."
            raise NotPermitted(error.what, cure) from error

    # Issues and comments

    def issue(self, number: int) -> IssueRecord:
        """Raises Refused where there is none."""
        one = self.client.get(f"issue #{number}", f"{self._repo}/issues/{number}")
        return IssueRecord(
            number=number, title=one["title"] or "", body=one.get("body") or "", state=one["state"],
            pull=one.get("pull_request") is not None,
        )  # fmt: skip

    def edits(self, number: int) -> list[Edit]:
        """The edits of an issue's text, the newest first: all, or of more than 200 the first and the last 100."""
        owner, _, name = self.repository.partition("/")
        found = self.client.query(f"the edits of issue #{number}", _EDITS, owner=owner, name=name, number=number)
        return answers.edits(found["repository"]["issue"])

    def comments(self, number: int) -> list[Comment]:
        """All comments of an issue or pull request, oldest first."""
        return [
            answers.comment(one)
            for one in self.client.pages(f"comments of #{number}", f"{self._repo}/issues/{number}/comments")
        ]

    def comment(self, number: int, body: str) -> Comment:
        """Raises Ambiguous where it may have been written."""
        path = f"{self._repo}/issues/{number}/comments"
        return answers.comment(self.client.send(f"a comment on #{number}", "POST", path, {"body": body}))

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Writing the same again does no harm."""
        path = f"{self._repo}/issues/comments/{comment}"
        return answers.comment(self.client.send("the edit of a comment", "PATCH", path, {"body": body}, again=True))

    def label(self, number: int, label: str) -> None:
        path = f"{self._repo}/issues/{number}/labels"
        self.client.send(f"the label {label!r} on #{number}", "POST", path, {"labels": [label]}, again=True)

    # Branches, files, commits

    def tip(self, branch: str) -> str | None:
        """The commit that a branch points to, None where there is no such branch."""
        try:
            found = self.client.get(f"the branch {branch}", f"{self._repo}/git/ref/heads/{branch}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return str(found["object"]["sha"])

    def base(self, branch: str) -> str | None:
        """The tip of a branch to build on, as it was when it was first asked for."""
        name = f"heads/{branch}"
        if name not in self._known:
            self._known[name] = self.tip(branch)
        found = self._known[name]
        return None if found is None else str(found)

    def branches(self, prefix: str) -> list[str]:
        """The names of all branches that begin so."""
        found = self.client.get("the branches", f"{self._repo}/git/matching-refs/heads/{prefix.rstrip('/')}")
        names = [str(one["ref"]).removeprefix("refs/heads/") for one in found]
        return [name for name in names if name.startswith(prefix)]

    def commit(self, sha: str) -> CommitRecord:
        """``sha``: the whole name of a commit."""
        return answers.commit(self._lasting(f"the commit {sha[:12]}", f"commits/{sha}"))

    def beyond(self, base: str, head: str) -> Beyond:
        """What the commit ``head`` has that the commit ``base`` has not."""
        path = f"compare/{base}...{head}"
        return answers.beyond(self._lasting("the commits of a branch", path, per_page=MOST_COMMITS))

    def entry(self, tree: str, path: str) -> Entry | None:
        """What a commit or tree, named by its SHA-1, holds at a path; None where there is nothing."""
        folder, _, name = path.rpartition("/")
        if folder:
            above = self.entry(tree, folder)
            if above is None or above.kind != "tree":
                return None
            tree = above.sha
        found = self._lasting("the files of a folder", f"git/trees/{tree}")
        one = next((each for each in found["tree"] if each["path"] == name), None)
        if one is None and found.get("truncated"):
            raise ServiceError(f"the folder of {path} holds more files than GitHub lists.", "Move the file elsewhere.")
        return Entry(mode=one["mode"], kind=one["type"], sha=one["sha"]) if one else None

    def blob(self, sha: str) -> bytes:
        return base64.b64decode(self.client.get("a file", f"{self._repo}/git/blobs/{sha}")["content"])

    def write_tree(self, tree: str, files: Mapping[str, tuple[str, bytes]]) -> str:
        """A tree with some files (mode and bytes) replaced; the same again has the same SHA-1."""
        entries = [
            {"path": path, "mode": mode, "type": "blob", "sha": self._blob(data)}
            for path, (mode, data) in files.items()
        ]
        body = {"base_tree": tree, "tree": entries}
        return str(self.client.send("a tree", "POST", f"{self._repo}/git/trees", body, again=True)["sha"])

    def _blob(self, data: bytes) -> str:
        body = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        return str(self.client.send("a file", "POST", f"{self._repo}/git/blobs", body, again=True)["sha"])

    def write_commit(self, parents: Sequence[str], tree: str, message: str) -> str:
        """A commit that no branch points to yet: a second one does no harm. No author is sent: GitHub then signs it."""
        body = {"message": message, "tree": tree, "parents": list(parents)}
        return str(self.client.send("a commit", "POST", f"{self._repo}/git/commits", body, again=True)["sha"])

    def make_branch(self, branch: str, sha: str) -> None:
        """Raises Refused (422) where it is there, or where a rule forbids its name."""
        body = {"ref": f"refs/heads/{branch}", "sha": sha}
        self._known.pop(f"heads/{branch}", None)
        self.client.send(f"the branch {branch}", "POST", f"{self._repo}/git/refs", body)

    def move_branch(self, branch: str, sha: str) -> None:
        """Forward only. Raises Refused (422) where that would lose commits."""
        body = {"sha": sha, "force": False}
        self._known.pop(f"heads/{branch}", None)
        self.client.send(f"the new commit on {branch}", "PATCH", f"{self._repo}/git/refs/heads/{branch}", body)

    # Pull requests

    def open_pulls(self) -> list[Pull]:
        """All open pull requests, the newest first."""
        found = self.client.pages("open pull requests", f"{self._repo}/pulls", state="open")
        return [answers.pull(one) for one in found]

    def pulls(self, branch: str, base: str = "") -> list[Pull]:
        """The pull requests from a branch of this repository, whatever became of them, the newest first."""
        owner = self.repository.partition("/")[0]
        asked = {"state": "all", "head": f"{owner}:{branch}", "sort": "created", "direction": "desc"}
        found = self.client.pages("pull requests", f"{self._repo}/pulls", **asked, **({"base": base} if base else {}))
        return [answers.pull(one) for one in found if one["head"]["ref"] == branch]

    def open_pull(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> Pull:
        """Raises NotPermitted where a setting forbids it, Refused (422) where there is one or no difference."""
        sent = {"title": title, "head": branch, "base": base, "body": body, "draft": draft}
        return answers.pull(self.client.send("a pull request", "POST", f"{self._repo}/pulls", sent))

    def edit_pull(self, number: int, title: str, body: str) -> Pull:
        sent = {"title": title, "body": body}
        path = f"{self._repo}/pulls/{number}"
        return answers.pull(self.client.send(f"the edit of #{number}", "PATCH", path, sent, again=True))

    def make_draft(self, pull: Pull) -> None:
        self.client.query(f"to make #{pull.number} a draft", _TO_DRAFT, read=False, id=pull.node)
