"""Endpoints about what the branches hold: commits, comparisons, contents."""

from __future__ import annotations

import base64

from tests.support.github import shapes_git
from tests.support.github.answer import Answer, Call, Refusal, missing
from tests.support.github.objects import FOLDER, SYMLINK, Entry
from tests.support.github.routes import REPO, on
from tests.support.github.shapes import Json, at, page_url, repo_url

READ = "contents:read"


@on("GET", f"{REPO}/branches/{{branch}}", READ)
def branch(call: Call) -> Answer:
    name = call.request.params["branch"]
    if f"refs/heads/{name}" not in call.repo.refs:
        raise Refusal(404, "Branch not found")
    return Answer(body=shapes_git.branch(call, name))


@on("GET", f"{REPO}/commits/{{ref}}", READ)
def commit(call: Call) -> Answer:
    ref = call.request.params["ref"]
    sha = call.repo.resolve(ref)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {ref}")
    return Answer(body=shapes_git.commit(call, sha, whole=True))


@on("GET", f"{REPO}/commits", READ)
def commits(call: Call) -> Answer:
    """The history of a branch or commit; of one path where ``path`` is given, of one author, or since a moment."""
    query, store = call.request.query, call.repo.store
    sha = call.repo.resolve(query.get("sha", "HEAD"))
    if sha is None:
        raise missing()
    found = store.history(sha)
    if path := query.get("path"):
        found = [one for one in found if _touches(call, one, path)]
    shapes = [shapes_git.commit(call, one) for one in found]
    if author := query.get("author"):
        shapes = [one for one in shapes if author in _names(one)]
    if since := query.get("since"):
        shapes = [one for one in shapes if one["commit"]["committer"]["date"] >= since]
    return call.page(list(shapes))


def _names(commit: Json) -> set[object]:
    return {(commit["author"] or {}).get("login"), commit["commit"]["author"]["email"]}


def _touches(call: Call, sha: str, path: str) -> bool:
    store = call.repo.store
    one = store.commit(sha)
    before = store.flat(store.commit(one.parents[0]).tree) if one.parents else {}
    after = store.flat(one.tree)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return any(name == path or name.startswith(path + "/") for name in changed)


# -- comparisons ------------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/compare/{{basehead}}", READ)
def compare(call: Call) -> Answer:
    repo, store = call.repo, call.repo.store
    names = call.request.params["basehead"].split("...")
    base, head = (repo.resolve(name.removeprefix(f"{repo.owner.login}:")) for name in (names * 2)[:2])
    if len(names) != 2 or base is None or head is None:
        raise missing()
    meeting = store.merge_base(base, head)
    if meeting is None:
        raise Refusal(404, f"No common ancestor between {names[0]} and {names[1]}.")
    theirs, ours = set(store.history(base)), set(store.history(head))
    ahead = [sha for sha in reversed(store.history(head)) if sha not in theirs]
    behind = len(theirs - ours)
    before, after = (store.flat(store.commit(sha).tree) for sha in (meeting, head))
    shape = {
        **_compare_urls(call, "...".join(names)),
        "base_commit": shapes_git.commit(call, base),
        "merge_base_commit": shapes_git.commit(call, meeting),
        "status": _status(len(ahead), behind),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [shapes_git.commit(call, sha) for sha in ahead],
        "files": shapes_git.differences(call, before, after, head),
    }
    return Answer(body=shape)


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


def _compare_urls(call: Call, basehead: str) -> Json:
    page = f"{page_url(call)}/compare/{basehead}"
    urls = {"html_url": page, "permalink_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
    return {"url": f"{repo_url(call)}/compare/{basehead}", **urls}


# -- contents ---------------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/contents/{{path}}", READ)
def contents(call: Call) -> Answer:
    """A file, a link, or the list of a folder's entries."""
    path, ref = call.request.params["path"].strip("/"), call.request.query.get("ref", call.repo.default_branch)
    sha = call.repo.resolve(ref)
    if sha is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    store = call.repo.store
    tree = store.commit(sha).tree
    entry: Entry | None = dict(store.walk(tree)).get(path) if path else (FOLDER, tree)
    if entry is None:
        raise missing()
    mode, found = entry
    modified = {"Last-Modified": str(at(call.repo.time))}
    if mode == FOLDER:
        listed = [
            shapes_git.content(call, f"{path}/{name}".lstrip("/"), each, blob, ref)
            for name, (each, blob) in store.entries(found).items()
        ]
        return Answer(body=listed, headers=modified)
    shape = shapes_git.content(call, path, mode, found, ref)
    data = store.get(found, "blob")
    if mode == SYMLINK:
        shape["target"] = data.decode()
    elif len(data) > 1024 * 1024:  # above a megabyte GitHub leaves the content out
        shape |= {"content": "", "encoding": "none"}
    else:
        shape |= {"content": base64.encodebytes(data).decode(), "encoding": "base64"}
    return Answer(body=shape, headers=modified)
