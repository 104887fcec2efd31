"""The fake GitHub keeps its word: seen through PyGithub, by git itself, and by GitHub's own description of its API."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from github import (
    Auth,
    Github,
    GithubException,
    GithubRetry,
    InputGitAuthor,
    InputGitTreeElement,
    UnknownObjectException,
)
from github.GithubException import RateLimitExceededException
from github.Repository import Repository

from tests.support.github import events, openapi
from tests.support.github.fixture import github
from tests.support.github.hub import Hub
from tests.support.github.objects import EXECUTABLE, Person, Store
from tests.support.github.routes import ROUTES

__all__ = ["github"]
described = pytest.mark.skipif(not openapi.installed(), reason=openapi.INSTALL)


def client(hub: Hub, token: str | None = None, retry: GithubRetry | None = None) -> Github:
    auth = Auth.Token(hub.token() if token is None else token)
    return Github(
        auth=auth, base_url=hub.api_url, retry=retry, seconds_between_requests=0, seconds_between_writes=0, timeout=5
    )


def repository(hub: Hub, token: str | None = None) -> Repository:
    return client(hub, token).get_repo(hub.full_name)


def refused(status: int, act: Callable[[], object], text: str = "") -> GithubException:
    """The error of a call that must fail with this status and, somewhere in its body, this text."""
    with pytest.raises(GithubException) as caught:
        act()
    assert caught.value.status == status
    assert text in json.dumps(caught.value.data)
    return caught.value


def change(repo: Repository, files: dict[str, str | None], branch: str = "work", base: str = "main") -> str:
    """A commit of these files on a new branch, made as the action makes it. Returns its SHA-1."""
    parent = repo.get_git_commit(repo.get_branch(base).commit.sha)
    elements = [
        InputGitTreeElement(path, "100644", "blob", sha=None)
        if text is None
        else InputGitTreeElement(path, "100644", "blob", sha=repo.create_git_blob(text, "utf-8").sha)
        for path, text in files.items()
    ]
    commit = repo.create_git_commit("A change", repo.create_git_tree(elements, parent.tree), [parent])
    repo.create_git_ref(f"refs/heads/{branch}", commit.sha)
    return commit.sha


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A repository made by git: folders whose names sort oddly, a program, a link, two commits and a merge."""
    folder = tmp_path / "real"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for name, value in (("user.name", "Ann Example"), ("user.email", "ann@example.org")):
        git(folder, "config", name, value)
    for name in ("a.py", "a/b.py", "a-b/c.py", "a.d/é.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"# {name}\n", encoding="utf-8")
    (folder / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("a.py")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "First\n\nWith a body.")
    git(folder, "checkout", "--quiet", "-b", "side")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Side")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "rm", "--quiet", "a.py", "link")
    git(folder, "commit", "--quiet", "-m", "Second")
    git(folder, "merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    return folder


# -- objects ----------------------------------------------------------------------------------------------------------


def test_a_repository_taken_over_from_git_has_gits_own_shas(github: Hub, real: Path) -> None:
    head = github.from_git(real)
    repo = repository(github)
    assert repo.get_branch("main").commit.sha == head == git(real, "rev-parse", "HEAD")
    listed = {
        one.path: (one.mode, one.sha) for one in repo.get_git_tree(head, recursive=True).tree if one.type != "tree"
    }
    lines = (line.split("\t") for line in git(real, "-c", "core.quotepath=off", "ls-tree", "-r", "HEAD").splitlines())
    assert listed == {path: (facts.split()[0], facts.split()[2]) for facts, path in lines}
    walked = [one.sha for one in repo.get_commits()]
    assert sorted(walked) == sorted(git(real, "rev-list", "HEAD").split())
    assert walked[0] == head


def test_trees_and_commits_made_through_the_api_get_the_shas_that_git_gives_them(github: Hub, real: Path) -> None:
    """The same change is made here by the API and there by git's plumbing."""
    head = github.from_git(real)
    repo = repository(github)
    parent = repo.get_git_commit(head)
    elements = [
        InputGitTreeElement("a/new.py", "100755", "blob", content="x = 1\n"),
        InputGitTreeElement("a/b.py", "100644", "blob", sha=None),
        InputGitTreeElement("link", "120000", "blob", content="run"),
    ]
    tree = repo.create_git_tree(elements, parent.tree)
    author = InputGitAuthor("Ann Example", "ann@example.org", "2026-02-03T04:05:06Z")
    commit = repo.create_git_commit("By hand\n", tree, [parent], author, author)

    blob = git(real, "hash-object", "-w", "--stdin", stdin=b"x = 1\n")
    link = git(real, "hash-object", "-w", "--stdin", stdin=b"run")
    git(real, "read-tree", "HEAD")
    git(real, "update-index", "--add", "--cacheinfo", f"100755,{blob},a/new.py", "--cacheinfo", f"120000,{link},link")
    git(real, "rm", "--quiet", "--cached", "a/b.py")
    assert tree.sha == git(real, "write-tree")
    text = f"tree {tree.sha}\nparent {head}\nauthor Ann Example <ann@example.org> 1770091506 +0000\n"
    text += "committer Ann Example <ann@example.org> 1770091506 +0000\n\nBy hand\n"
    assert commit.sha == git(real, "hash-object", "-t", "commit", "--stdin", stdin=text.encode())


def test_git_takes_everything_that_the_fake_made(github: Hub, tmp_path: Path) -> None:
    github.seed({"src/a.py": b"x = 1\n", "run": (EXECUTABLE, b"#!/bin/sh\n")})
    change(repository(github), {"src/b.py": "y = 2\n"})
    sha = github.checkout(tmp_path / "copy", "work")
    assert git(tmp_path / "copy", "rev-parse", "HEAD") == sha
    assert "missing" not in git(tmp_path / "copy", "fsck", "--strict")
    assert git(tmp_path / "copy", "status", "--porcelain") == ""
    assert (tmp_path / "copy" / "src" / "b.py").read_text(encoding="utf-8") == "y = 2\n"


def test_a_commit_without_author_is_the_bots_own_and_verified(github: Hub) -> None:
    repo = repository(github)
    one = repo.get_commit(change(repo, {"a.py": "1\n"}))
    assert (one.author.login, one.committer.login) == ("github-actions[bot]", "web-flow")
    assert one.commit.raw_data["verification"]["verified"] is True
    signed = github.repo.store.commit(one.sha).payload().decode()
    assert one.commit.raw_data["verification"]["payload"] == signed
    assert "gpgsig" not in signed


def test_a_commit_with_an_author_is_not_verified(github: Hub) -> None:
    repo = repository(github)
    parent = repo.get_git_commit(repo.get_branch("main").commit.sha)
    author = InputGitAuthor("Somebody", "some@body.org", "2026-02-03T04:05:06Z")
    made = repo.create_git_commit("x", parent.tree, [parent], author)
    assert made.raw_data["verification"]["verified"] is False
    assert repo.get_commit(made.sha).author is None


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ({"path": "../x", "mode": "100644", "type": "blob", "content": ""}, "malformed path component"),
        ({"path": ".git/config", "mode": "100644", "type": "blob", "content": ""}, "malformed path component"),
        ({"path": "x", "mode": "100644", "type": "blob", "sha": "0" * 40}, "is not a valid blob"),
        ({"path": "x", "mode": "100644", "type": "blob", "sha": None}, "BadObjectState"),
    ],
)
def test_a_tree_that_cannot_be_is_refused(github: Hub, element: dict[str, Any], text: str) -> None:
    repo = repository(github)
    base = repo.get_git_tree("main")
    made = InputGitTreeElement(**element)
    refused(422, lambda: repo.create_git_tree([made], base), text)


def test_a_file_takes_the_place_of_a_folder_and_the_other_way_round(github: Hub) -> None:
    github.seed({"one/a": b"a", "two": b"b"})
    repo = repository(github)
    sha = change(repo, {"one": "now a file", "two/deep/c": "now a folder"})
    assert sorted(github.repo.files(sha)) == ["README.md", "one", "two/deep/c"]


def test_a_listing_that_is_too_long_is_cut_and_says_so(github: Hub) -> None:
    github.seed({"a": b"", "b": b"", "c": b""})
    github.repo.tree_limit = 2
    tree = repository(github).get_git_tree("main")
    assert (len(tree.tree), tree.raw_data["truncated"]) == (2, True)


def test_a_blob_comes_back_as_it_went(github: Hub) -> None:
    repo = repository(github)
    data = bytes(range(256))
    made = repo.create_git_blob(base64.b64encode(data).decode(), "base64")
    assert base64.b64decode(repo.get_git_blob(made.sha).content) == data
    assert made.sha == Store().put("blob", data)


def test_contents_show_files_folders_and_links(github: Hub, real: Path) -> None:
    github.seed({"link": ("120000", b"README.md"), "src/a.py": b"x\n", "src/deep/b.py": b"y\n"})
    repo = repository(github)
    found = {one.path: one.type for one in repo.get_contents("src")}  # type: ignore[union-attr]
    assert found == {"src/a.py": "file", "src/deep": "dir"}
    one = repo.get_contents("src/a.py", ref="main")
    assert not isinstance(one, list)
    assert one.decoded_content == b"x\n"
    with pytest.raises(UnknownObjectException):
        repo.get_contents("src/none.py")


# -- references -------------------------------------------------------------------------------------------------------


def test_a_branch_moves_forward_only_unless_forced(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"}, "one")
    other = change(repo, {"a.py": "2\n"}, "two")
    ref = repo.get_git_ref("heads/one")
    refused(422, lambda: ref.edit(other), "Update is not a fast forward")
    ref.edit(other, force=True)
    assert github.repo.branch("one") == other
    further = change(repo, {"b.py": "3\n"}, "three", base="two")
    ref.edit(further, force=False)
    assert repo.get_git_ref("heads/one").object.sha == further


def test_references_that_cannot_be_made_are_refused(github: Hub) -> None:
    repo = repository(github)
    sha = change(repo, {"a.py": "1\n"}, "a/b")
    refused(422, lambda: repo.create_git_ref("refs/heads/a/b", sha), "Reference already exists")
    refused(422, lambda: repo.create_git_ref("refs/heads/a", sha), "Reference update failed")
    refused(422, lambda: repo.create_git_ref("refs/heads/a..b", sha), "not a valid ref name")
    refused(422, lambda: repo.create_git_ref("refs/heads/c", "0" * 40), "Object does not exist")
    with pytest.raises(UnknownObjectException):
        repo.get_git_ref("heads/a")
    assert [one.ref for one in repo.get_git_matching_refs("heads/a")] == ["refs/heads/a/b"]


def test_a_protected_branch_is_neither_moved_nor_made_nor_deleted(github: Hub) -> None:
    repo = repository(github)
    sha = change(repo, {"a.py": "1\n"})
    github.repo.protected += ["main", "cosplay/*"]
    main = repo.get_git_ref("heads/main")
    refused(422, lambda: main.edit(sha), "Changes must be made through a pull request")
    refused(422, lambda: main.edit(sha, force=True), "Cannot force-push")
    refused(422, main.delete, "Cannot delete")
    refused(422, lambda: repo.create_git_ref("refs/heads/cosplay/issue-1", sha), "Reference update failed")
    assert repo.get_branch("main").protected
    github.repo.restricted.append("new/*")
    refused(422, lambda: repo.create_git_ref("refs/heads/new/x", sha), "Repository rule violations found")
    _, rules = repo.requester.requestJsonAndCheck("GET", f"{repo.url}/rules/branches/new/x")
    assert [rule["type"] for rule in rules] == ["creation"]
    assert sorted(github.repo.refs) == ["refs/heads/main", "refs/heads/work"]


def test_workflow_files_need_a_permission_of_their_own(github: Hub) -> None:
    path = ".github/workflows/x.yml"
    refused(403, lambda: change(repository(github), {path: "on: push\n"}), "Resource not accessible by integration")
    change(repository(github, github.token(workflows="write")), {path: "on: push\n"})
    assert path in github.repo.files("work")


def test_comparisons_count_both_sides(github: Hub) -> None:
    repo = repository(github)
    base = github.repo.branch("main")
    change(repo, {"a.py": "1\n2\n", "README.md": None})
    github.seed({"later.py": b""})
    one = repo.compare("main", "work")
    assert (one.status, one.ahead_by, one.behind_by, one.merge_base_commit.sha) == ("diverged", 1, 1, base)
    found = {file.filename: (file.status, file.additions, file.deletions) for file in one.files}
    assert found == {"README.md": ("removed", 0, 1), "a.py": ("added", 2, 0)}
    assert repo.compare("main", "main").status == "identical"


# -- issues -----------------------------------------------------------------------------------------------------------


def test_an_issue_its_comments_and_its_labels_live_on(github: Hub) -> None:
    number = github.issue("A title", "A body", labels=("bug",)).number
    issue = repository(github).get_issue(number)
    comment = issue.create_comment("first")
    comment.edit("second")
    assert [one.body for one in issue.get_comments()] == ["second"]
    assert comment.user.login == "github-actions[bot]"
    issue.add_to_labels("Wanted")
    assert {label.name for label in issue.get_labels()} == {"bug", "Wanted"}
    issue.remove_from_labels("wanted")
    refused(404, lambda: issue.remove_from_labels("wanted"), "Label does not exist")
    issue.edit(body="Another", state="closed")
    assert (github.repo.issues[number].body, github.repo.issues[number].state) == ("Another", "closed")
    comment.delete()
    assert github.repo.comments == {}


def test_labels_are_made_once(github: Hub) -> None:
    repo = repository(github)
    assert repo.create_label("cosplay", "ff0000", "Generate it").name == "cosplay"
    refused(422, lambda: repo.create_label("Cosplay", "ff0000"), "already_exists")


def test_texts_that_github_does_not_take_are_refused(github: Hub) -> None:
    repo = repository(github)
    issue = repo.get_issue(github.issue("t").number)
    issue.create_comment("x" * 65_536)
    refused(422, lambda: issue.create_comment("x" * 65_537), "Body is too long (maximum is 65536 characters)")
    refused(422, lambda: issue.create_comment(" "), "Body cannot be blank")
    change(repo, {"a.py": "1\n"})
    refused(422, lambda: repo.create_pull("main", "work", title="x" * 257), "title is too long")
    refused(422, lambda: repo.create_pull("main", "work", title="x", body="x" * 65_537), "body is too long")
    github.repo.issues[issue.number].locked = True
    refused(403, lambda: issue.create_comment("x"), "issue is locked")


def test_long_lists_come_in_pages(github: Hub) -> None:
    number = github.issue("t").number
    for k in range(7):
        github.comment(number, f"comment {k}")
    repo = client(github)
    repo.per_page = 3
    found = [one.body for one in repo.get_repo(github.full_name).get_issue(number).get_comments()]
    assert found == [f"comment {k}" for k in range(7)]
    pages = [one.query for one in github.calls("GET", "/comments")]
    assert [query.get("page", "1") for query in pages] == ["1", "2", "3"]


# -- pull requests ----------------------------------------------------------------------------------------------------


def test_a_pull_request_is_made_found_changed_and_closed(github: Hub) -> None:
    repo = repository(github)
    sha = change(repo, {"a.py": "1\n"}, "cosplay/issue-1")
    pull = repo.create_pull("main", "cosplay/issue-1", title="T", body="B", draft=True)
    assert (pull.draft, pull.head.sha, pull.commits, pull.additions) == (True, sha, 1, 1)
    assert [one.number for one in repo.get_pulls(state="open", head="octo:cosplay/issue-1")] == [pull.number]
    assert list(repo.get_pulls(head="octo:other")) == []
    assert len(list(repo.get_pulls(head="other"))) == 1  # without an owner GitHub filters nothing
    pull.edit(title="U", body="C")
    pull.add_to_labels("generated")
    again = repo.get_pull(pull.number)
    assert (again.title, again.body, [one.name for one in again.labels]) == ("U", "C", ["generated"])
    assert [one.sha for one in again.get_commits()] == [sha]
    repo.get_git_ref("heads/cosplay/issue-1").delete()
    assert repo.get_pull(pull.number).state == "closed"


def test_a_pull_request_that_cannot_be_made_is_refused(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"})
    repo.create_git_ref("refs/heads/same", github.repo.branch("main"))
    refused(422, lambda: repo.create_pull("main", "none", title="T"), '"field": "head"')
    refused(422, lambda: repo.create_pull("main", "same", title="T"), "No commits between main and same")
    repo.create_pull("main", "work", title="T")
    refused(422, lambda: repo.create_pull("main", "work", title="T"), "A pull request already exists for octo:work.")
    assert len(github.repo.pulls) == 1


def test_a_pull_request_follows_its_branch_until_it_is_merged(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"})
    number = repo.create_pull("main", "work", title="T").number
    further = change(repo, {"b.py": "2\n"}, "further", base="work")
    repo.get_git_ref("heads/work").edit(further)
    assert (repo.get_pull(number).head.sha, repo.get_pull(number).commits) == (further, 2)
    github.merge(number)
    assert repo.get_pull(number).merged
    assert "b.py" in github.repo.files("main")


def test_github_actions_may_be_forbidden_to_open_pull_requests(github: Hub) -> None:
    github.repo.actions_may_create_pulls = False
    change(repository(github), {"a.py": "1\n"})
    text = "GitHub Actions is not permitted to create or approve pull requests."
    refused(403, lambda: repository(github).create_pull("main", "work", title="T"), text)
    github.user("ann", "write")
    repository(github, github.token("ann")).create_pull("main", "work", title="T")  # a person's token may
    assert github.repo.pulls[0].user.login == "ann"


def test_drafts_are_made_ready_and_back_by_graphql(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"})
    pull = repo.create_pull("main", "work", title="T", draft=True)
    pull.mark_ready_for_review()
    assert not repo.get_pull(pull.number).draft
    pull.convert_to_draft()
    assert repo.get_pull(pull.number).draft
    github.repo.drafts_allowed = False
    change(repo, {"a.py": "2\n"}, "more")
    refused(
        422, lambda: repo.create_pull("main", "more", title="T", draft=True), "Draft pull requests are not supported"
    )


# -- GraphQL ----------------------------------------------------------------------------------------------------------

EDITS = """query Edits($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      title body lastEditedAt editor { login } author { login }
      timelineItems(itemTypes: [RENAMED_TITLE_EVENT], last: 5) {
        nodes { ... on RenamedTitleEvent { createdAt previousTitle actor { login } } }
      }
    }
  }
}"""


def edits(hub: Hub, number: int, query: str = EDITS) -> dict[str, Any]:
    variables = {"owner": hub.owner.login, "name": hub.repo.name, "number": number}
    _, data = client(hub).requester.graphql_query(query, variables)
    return dict(data["data"]["repository"]["issue"])


def test_graphql_tells_who_edited_an_issue_and_when(github: Hub) -> None:
    number = github.issue("Title", "Body").number
    fresh = edits(github, number)
    assert (fresh["lastEditedAt"], fresh["editor"], fresh["author"]) == (None, None, {"login": "octo"})
    mallory = github.user("mallory", "triage")
    github.repo.tick(300)
    github.edit(number, by=mallory, body="Other")
    when = github.repo.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = edits(github, number)
    assert (found["lastEditedAt"], found["editor"], found["body"]) == (when, {"login": "mallory"}, "Other")


def test_a_new_title_or_a_comment_is_no_edit_but_bumps_the_issue(github: Hub) -> None:
    issue = github.issue("Title", "Body")
    before = issue.updated_at
    repository(github).get_issue(issue.number).create_comment("hello")
    github.edit(issue.number, by=github.user("mallory"), title="Other")
    found = edits(github, issue.number)
    assert found["lastEditedAt"] is None
    assert [(one["previousTitle"], one["actor"]["login"]) for one in found["timelineItems"]["nodes"]] == [
        ("Title", "mallory")
    ]
    assert issue.updated_at > before


def test_graphql_refuses_what_it_does_not_know(github: Hub) -> None:
    with pytest.raises(UnknownObjectException):
        edits(github, 99)
    number = github.issue("t").number
    wrong = refused(400, lambda: edits(github, number, EDITS.replace("lastEditedAt", "lastEditedOn")))
    assert "Field 'lastEditedOn' doesn't exist on type 'Issue'" in json.dumps(wrong.data)
    github.violations.clear()


@described
@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("lastEditedAt", "lastEditedAt { date }", "lastEditedAt: fields of it must be named"),
        ("$number: Int!", "$number: String!", "number: String! is no Int!"),
        ("$number: Int!", "$number: Int", "number: Int is no Int!"),
        ("last: 5", "last: 5, size: 3", "timelineItems: there is no argument size"),
        ("RENAMED_TITLE_EVENT", "RENAMED_EVENT", "itemTypes: RENAMED_EVENT is no IssueTimelineItemsItemType"),
        ("on RenamedTitleEvent", "on RenameEvent", "there is no type RenameEvent"),
    ],
)
def test_a_query_that_githubs_schema_forbids_fails_the_test(github: Hub, old: str, new: str, wrong: str) -> None:
    number = github.issue("t").number
    with contextlib.suppress(GithubException):
        edits(github, number, EDITS.replace(old, new))
    with pytest.raises(AssertionError, match=re.escape(wrong)):
        github.check()
    github.violations.clear()


# -- who may what -----------------------------------------------------------------------------------------------------


def test_a_token_may_do_no_more_than_it_was_granted(github: Hub) -> None:
    number = github.issue("t").number
    text = "Resource not accessible by integration"
    reader = repository(github, github.token(contents="read", issues="read", pull_requests="read"))
    refused(403, lambda: reader.create_git_blob("x", "utf-8"), text)
    refused(403, lambda: reader.get_issue(number).create_comment("x"), text)
    change(repository(github), {"a.py": "1\n"})
    refused(403, lambda: reader.create_pull("main", "work", title="T"), text)
    only_pulls = repository(github, github.token(issues=""))
    refused(403, lambda: only_pulls.get_issue(number).create_comment("x"), text)
    pull = only_pulls.create_pull("main", "work", title="T")
    pull.create_issue_comment("pull requests take it")
    refused(403, lambda: client(github).get_user().login, text)
    assert len(github.repo.comments) == 1


def test_a_private_repository_is_read_by_those_who_may(github: Hub) -> None:
    github.repo.private = True
    number = github.issue("t").number
    repo = repository(github, github.token(issues=""))
    refused(403, lambda: repo.get_issue(number))
    github.user("nobody", "none")
    refused(404, lambda: repository(github, github.token("nobody")))


@pytest.mark.parametrize("token", ["ghs_wrong", "ghp_0000"])
def test_a_token_that_is_none_is_refused(github: Hub, token: str) -> None:
    refused(401, lambda: repository(github, token), "Bad credentials")


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("none", "read"),
        ("read", "read"),
        ("triage", "read"),
        ("write", "write"),
        ("maintain", "write"),
        ("admin", "admin"),
    ],
)
def test_the_permission_of_a_person_is_githubs_older_word_and_the_role_the_newer(
    github: Hub, role: Any, permission: str
) -> None:
    github.user("ann", role)
    repo = repository(github)
    assert repo.get_collaborator_permission("ann") == permission
    assert repo.get_collaborator_role_name("ann") == ("read" if role == "none" else role)
    refused(404, lambda: repo.get_collaborator_permission("dependabot[bot]"), "is not a user")


def test_the_settings_of_actions_are_for_administrators(github: Hub) -> None:
    path = f"/repos/{github.full_name}/actions/permissions/workflow"
    refused(403, lambda: client(github).requester.requestJsonAndCheck("GET", path))
    admin = client(github, github.token(administration="read"))
    _, data = admin.requester.requestJsonAndCheck("GET", path)
    assert data["can_approve_pull_request_reviews"] is True
    github.repo.archived = True
    refused(403, lambda: repository(github).create_git_blob("x", "utf-8"), "archived")


# -- trouble ----------------------------------------------------------------------------------------------------------


def test_a_deed_may_be_done_though_the_answer_is_an_error(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"})
    github.fault("POST", r"/pulls$", status=502, after=True)
    refused(502, lambda: repo.create_pull("main", "work", title="T"))
    assert [one.number for one in repo.get_pulls(head="octo:work")] == [1]
    github.fault("POST", r"/pulls$", status=502)
    change(repo, {"a.py": "2\n"}, "more")
    refused(502, lambda: repo.create_pull("main", "more", title="T"))
    assert list(repo.get_pulls(head="octo:more")) == []


@pytest.mark.parametrize(("after", "count"), [(True, 1), (False, 0)])
def test_a_connection_may_be_cut_before_or_after_the_deed(github: Hub, after: bool, count: int) -> None:
    issue = repository(github).get_issue(github.issue("t").number)
    github.fault("POST", "/comments$", drop=True, after=after)
    with pytest.raises(requests.exceptions.ConnectionError):
        issue.create_comment("x")
    assert len(github.repo.comments) == count
    assert github.requests[-1].status == 0


def test_somebody_else_may_act_between_two_requests(github: Hub) -> None:
    repo = repository(github)
    change(repo, {"a.py": "1\n"})
    further = change(repo, {"a.py": "2\n"}, "further", base="work")
    ann = github.user("ann", "write")
    deed = partial(github.repo.commit, {"a.py": b"ann's"}, message="Mine", user=ann, branch="work")
    github.fault("PATCH", "/git/refs/heads/work$", act=deed)
    refused(422, lambda: repo.get_git_ref("heads/work").edit(further), "not a fast forward")
    assert repo.get_branch("work").commit.author.login == "ann"


def test_a_fault_may_come_later_and_often(github: Hub) -> None:
    repo = repository(github)
    github.fault("GET", "/branches/main$", status=503, skip=1, times=2)
    repo.get_branch("main")
    refused(503, lambda: repo.get_branch("main"))
    refused(503, lambda: repo.get_branch("main"))
    repo.get_branch("main")


def test_a_slow_answer_meets_the_clients_patience(github: Hub) -> None:
    github.fault("GET", f"/repos/{github.full_name}$", delay=1.0)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{github.api_url}/repos/{github.full_name}", timeout=0.2)
    assert [one.path for one in github.requests] == ["/repos/octo/fields"]


def test_rate_limits_are_told_as_github_tells_them(github: Hub) -> None:
    issue = repository(github).get_issue(github.issue("t").number)
    github.slow_down("POST", "/comments$", seconds=7)
    with pytest.raises(RateLimitExceededException) as caught:
        issue.create_comment("x")
    assert {name.lower(): value for name, value in (caught.value.headers or {}).items()}["retry-after"] == "7"
    github.exhaust()
    with pytest.raises(RateLimitExceededException) as caught:
        issue.create_comment("x")
    assert {name.lower(): value for name, value in (caught.value.headers or {}).items()}["x-ratelimit-remaining"] == "0"
    assert github.repo.comments == {}


# -- what the fake watches --------------------------------------------------------------------------------------------


def get(hub: Hub, path: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token or hub.token()}"}
    request = urllib.request.Request(hub.api_url + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_an_unknown_path_fails_the_test(github: Hub) -> None:
    assert get(github, f"/repos/{github.full_name}/secrets") == 404
    with pytest.raises(AssertionError, match=r"a surprise: GET /repos/octo/fields/secrets"):
        github.check()
    github.surprises.clear()


def test_what_was_said_is_found_however_it_was_written(github: Hub) -> None:
    repo = repository(github)
    repo.create_git_blob(base64.b64encode("the secret \N{SNOWMAN}".encode()).decode(), "base64")
    repo.create_label("a/canary", "ff0000", 'quoted "canary"')
    said = github.everything_said()
    assert "the secret \N{SNOWMAN}".encode() in said
    assert b'quoted "canary"' in said
    assert b"ghs_" not in said
    assert [one.path for one in github.writes] == [f"/repos/octo/fields{end}" for end in ("/git/blobs", "/labels")]


@described
@pytest.mark.parametrize("private", [False, True])
def test_whatever_can_be_read_is_as_github_describes_it(github: Hub, private: bool) -> None:
    """Every GET of the fake, in a repository that has some of everything; the fixture's end looks at the answers."""
    github.repo.private = private
    github.seed({"src/a.py": b"x\n", "link": ("120000", b"README.md"), "large": b"x" * 1_100_000})
    issue = github.issue("t", None, labels=("bug",))
    comment = github.comment(issue.number, "hello")
    made = change(repository(github), {"b.py": "1\n"})
    pulls = [github.pull("work"), github.pull("work", draft=True)]
    github.merge(pulls[0].number)
    parts = github.repo.store.commit(made)
    values = {
        "owner": ["octo"], "repo": ["fields"], "ref": ["heads/work", "work"], "commit_sha": [made],
        "tree_sha": [parts.tree, "work"], "file_sha": [github.repo.store.flat(parts.tree)["b.py"][1]],
        "branch": ["main", "work"], "basehead": ["main...work", "work...main", "octo:main...octo:work"],
        "path": ["src", "link", "large", "src/a.py"], "issue_number": [str(issue.number), str(pulls[0].number)],
        "comment_id": [str(comment.id)], "name": ["bug"], "pull_number": [str(pull.number) for pull in pulls],
        "username": ["octo"], "run_id": [str(github.run("schedule").id)],
    }  # fmt: skip
    tokens = [github.token(user, administration="read", actions="read") for user in (None, "octo")]
    refused_here = []
    for route in (route for route in ROUTES if route.method == "GET"):
        names = re.findall(r"\{(\w+)\}", route.template)
        for chosen in itertools.product(*(values[name] for name in names)):
            path = route.template.format(**dict(zip(names, chosen, strict=True)))
            refused_here += [path for token in tokens if get(github, path, token) != 200]
    # What names a branch is not yet a reference's name; GITHUB_TOKEN belongs to no person.
    assert refused_here == ["/repos/octo/fields/git/ref/work"] * 2 + ["/user"]


@described
def test_every_endpoint_is_one_of_githubs() -> None:
    known = openapi.description()
    assert known
    assert [route.template for route in ROUTES if known.operation(route.method, route.template) is None] == []


@described
@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/pulls?stat=open", "query: stat is not known"), ("/pulls?state=opened", "query: whole: 'opened' is not one of")],
)
def test_a_question_that_githubs_description_does_not_know_fails_the_test(github: Hub, path: str, wrong: str) -> None:
    get(github, f"/repos/{github.full_name}{path}")
    with pytest.raises(AssertionError, match=wrong):
        github.check()
    github.violations.clear()


@described
@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("number", "1", "number: '1' is not of type 'integer'"),
        ("created_at", "yesterday", "created_at: 'yesterday' is not a 'date-time'"),
        ("state", None, "state: None is not of type 'string'"),
        ("closed_at", None, ""),
    ],
)
def test_an_answer_that_breaks_githubs_schema_is_noticed(github: Hub, field: str, value: object, wrong: str) -> None:
    body = repository(github).get_issue(github.issue("t").number).raw_data
    known = openapi.description()
    assert known
    found = known.answer("GET", "/repos/{owner}/{repo}/issues/{issue_number}", 200, {**body, field: value})
    assert found == ([wrong] if wrong else [])


# -- events -----------------------------------------------------------------------------------------------------------


def test_a_label_starts_a_run_with_what_the_issue_said_then(github: Hub, tmp_path: Path) -> None:
    ann = github.user("ann", "triage")
    number = github.issue("Title", "Body").number
    event = events.labelled(github, number, ann, "cosplay")
    github.edit(number, by=ann, body="Later")
    environ = event.environ(tmp_path / "step", token=github.token(), inputs={"run-dir": "r"})
    payload = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    assert (payload["action"], payload["label"]["name"], payload["sender"]["login"]) == ("labeled", "cosplay", "ann")
    assert (payload["issue"]["body"], payload["repository"]["full_name"]) == ("Body", "octo/fields")
    assert github.root.removeprefix("http://") in json.dumps(payload)
    assert "api.github.com" not in json.dumps(payload)
    assert environ["COSPLAY_INPUT_RUN_DIR"] == "r"
    assert git(Path(environ["GITHUB_WORKSPACE"]), "rev-parse", "HEAD") == environ["GITHUB_SHA"]
    run = repository(github).get_workflow_run(int(environ["GITHUB_RUN_ID"]))
    assert (run.event, run.actor.login) == ("issues", "ann")


def test_dispatched_and_scheduled_runs_know_their_branch(github: Hub, tmp_path: Path) -> None:
    github.seed({"x": b"1"}, branch="next")
    event = events.dispatched(github, inputs={"targets": "a.py::f"}, branch="next")
    environ = event.environ(tmp_path / "one")
    assert event.payload["inputs"] == {"targets": "a.py::f"}
    assert (environ["GITHUB_REF"], environ["GITHUB_SHA"]) == ("refs/heads/next", github.repo.branch("next"))
    assert events.scheduled(github).environ(tmp_path / "two")["GITHUB_EVENT_NAME"] == "schedule"
    assert events.other(github, "pull_request", "opened").payload["repository"]["full_name"] == "octo/fields"


def test_people_write_git_authors_as_git_does() -> None:
    line = "Ann Example <ann@example.org> 1770091506 +0130"
    assert Person.read(line).line() == line
