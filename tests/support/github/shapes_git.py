"""GitHub's JSON of git's objects: commits, trees, blobs, references, branches, differences."""

from __future__ import annotations

import base64
import difflib

from tests.support.github.answer import Call
from tests.support.github.objects import FOLDER, Commit, Flat, Person, kind_of
from tests.support.github.shapes import Json, at, page_url, repo_url, user


def git_url(call: Call, kind: str, sha: str) -> str:
    return f"{repo_url(call)}/git/{kind}s/{sha}"


def _person(one: Person) -> Json:
    return {"name": one.name, "email": one.email, "date": at(one.when)}


def _verification(commit: Commit) -> Json:
    signed = bool(commit.signature)
    return {
        "verified": signed,
        "reason": "valid" if signed else "unsigned",
        "signature": commit.signature or None,
        "payload": commit.payload().decode() if signed else None,
        "verified_at": at(commit.committer.when) if signed else None,
    }


def git_commit(call: Call, sha: str) -> Json:
    """A commit of the git database."""
    one = call.repo.store.commit(sha)
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": git_url(call, "commit", sha),
        "html_url": f"{page_url(call)}/commit/{sha}",
        "author": _person(one.author),
        "committer": _person(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": git_url(call, "tree", one.tree)},
        "parents": [_parent(call, parent, git_url(call, "commit", parent)) for parent in one.parents],
        "verification": _verification(one),
    }


def _parent(call: Call, sha: str, url: str) -> Json:
    return {"sha": sha, "url": url, "html_url": f"{page_url(call)}/commit/{sha}"}


def commit(call: Call, sha: str, *, whole: bool = False) -> Json:
    """A commit with the people it belongs to; ``whole`` with what it changed."""
    one = call.repo.store.commit(sha)
    url = f"{repo_url(call)}/commits/{sha}"
    author, committer = call.find(one.author.email), call.find(one.committer.email)
    shape: Json = {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": url,
        "html_url": f"{page_url(call)}/commit/{sha}",
        "comments_url": f"{url}/comments",
        "commit": {
            "url": git_url(call, "commit", sha),
            "author": _person(one.author),
            "committer": _person(one.committer),
            "message": one.message,
            "tree": {"sha": one.tree, "url": git_url(call, "tree", one.tree)},
            "comment_count": 0,
            "verification": _verification(one),
        },
        "author": user(call, author) if author else None,
        "committer": user(call, committer) if committer else None,
        "parents": [_parent(call, parent, f"{repo_url(call)}/commits/{parent}") for parent in one.parents],
    }
    if whole:
        before = call.repo.store.flat(call.repo.store.commit(one.parents[0]).tree) if one.parents else {}
        files = differences(call, before, call.repo.store.flat(one.tree), sha)
        added, removed = sum(each["additions"] for each in files), sum(each["deletions"] for each in files)
        shape |= {"files": files, "stats": {"additions": added, "deletions": removed, "total": added + removed}}
    return shape


def differences(call: Call, before: Flat, after: Flat, sha: str) -> list[Json]:
    """What changed between two trees, by path; a rename is a removal and an addition here."""
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return [_difference(call, path, before, after, sha) for path in paths]


def _difference(call: Call, path: str, before: Flat, after: Flat, sha: str) -> Json:
    status = "removed" if path not in after else "added" if path not in before else "modified"
    old, new = (_lines(call, tree.get(path, ("", ""))[1]) for tree in (before, after))
    lines = list(difflib.unified_diff(old, new, n=3, lineterm=""))[2:]
    added, removed = sum(line[:1] == "+" for line in lines), sum(line[:1] == "-" for line in lines)
    return {
        "sha": (after.get(path) or before[path])[1],
        "filename": path,
        "status": status,
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
        "blob_url": f"{page_url(call)}/blob/{sha}/{path}",
        "raw_url": f"{page_url(call)}/raw/{sha}/{path}",
        "contents_url": f"{repo_url(call)}/contents/{path}?ref={sha}",
        "patch": "\n".join(lines),
    }


def _lines(call: Call, sha: str) -> list[str]:
    if not call.repo.store.has(sha, "blob"):
        return []
    return call.repo.store.get(sha, "blob").decode(errors="replace").splitlines()


def tree(call: Call, sha: str, *, recursive: bool = False) -> Json:
    store = call.repo.store
    entries = list(store.walk(sha)) if recursive else list(store.entries(sha).items())
    return {
        "sha": sha,
        "url": git_url(call, "tree", sha),
        "tree": [_entry(call, path, mode, blob) for path, (mode, blob) in entries[: call.repo.tree_limit]],
        "truncated": len(entries) > call.repo.tree_limit,
    }


def _entry(call: Call, path: str, mode: str, sha: str) -> Json:
    kind = kind_of(mode)
    shape: Json = {"path": path, "mode": mode, "type": kind, "sha": sha, "url": git_url(call, kind, sha)}
    if kind == "blob":
        shape["size"] = len(call.repo.store.get(sha, "blob"))
    return shape


def blob(call: Call, sha: str) -> Json:
    data = call.repo.store.get(sha, "blob")
    return {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(data),
        "url": git_url(call, "blob", sha),
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }


def reference(call: Call, name: str) -> Json:
    """A reference by its full name."""
    sha = call.repo.refs[name]
    return {
        "ref": name,
        "node_id": f"REF_{name}",
        "url": f"{repo_url(call)}/git/{name}",
        "object": {"sha": sha, "type": "commit", "url": git_url(call, "commit", sha)},
    }


def branch(call: Call, name: str) -> Json:
    url = f"{repo_url(call)}/branches/{name}"
    guarded = call.repo.is_protected(name)
    checks = {"enforcement_level": "off", "contexts": [], "checks": []}
    return {
        "name": name,
        "commit": commit(call, call.repo.branch(name)),
        "_links": {"self": url, "html": f"{page_url(call)}/tree/{name}"},
        "protected": guarded,
        "protection": {"enabled": guarded, "required_status_checks": checks},
        "protection_url": f"{url}/protection",
    }


def content(call: Call, path: str, mode: str, sha: str, ref: str) -> Json:
    """A file, a folder or a link, as ``/contents`` shows it; in a folder's list it carries no content."""
    kind = kind_of(mode)
    url = f"{repo_url(call)}/contents/{path}?ref={ref}"
    page = f"{page_url(call)}/{kind}/{ref}/{path}"
    size = len(call.repo.store.get(sha, "blob")) if kind == "blob" else 0
    return {
        "type": {"tree": "dir", "commit": "submodule"}.get(kind, "symlink" if mode == "120000" else "file"),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": page,
        "git_url": git_url(call, kind, sha),
        "download_url": f"{call.root}/raw/{call.repo.full_name}/{ref}/{path}" if mode != FOLDER else None,
        "_links": {"self": url, "git": git_url(call, kind, sha), "html": page},
    }
