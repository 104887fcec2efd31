"""Endpoints of the git database: references, commits, trees, blobs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from tests.support.github import shapes_git
from tests.support.github.answer import Answer, Call, Refusal, forbidden, missing
from tests.support.github.objects import FOLDER, MODES, SUBMODULE, Commit, Entry, Flat, Person, kind_of, moment
from tests.support.github.routes import REPO, on

READ, WRITE = "contents:read", "contents:write"
PART = r"[^\x00-\x20~^:?*\[\\\x7f]+"
GOOD_REF = re.compile(rf"refs/(?!.*(?:\.\.|//|@\{{|\.lock$|\.$|/$|/\.)){PART}/{PART}")
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nwsBcBAABCAAQBQJpW4UACRC1aQ7uu5UhlAAA\n-----END PGP SIGNATURE-----\n"
BY_PULL_REQUEST = "Changes must be made through a pull request."
RULES = "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n"


# -- references -------------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/git/ref/{{ref}}", READ)
def reference(call: Call) -> Answer:
    name = f"refs/{call.request.params['ref']}"
    if name not in call.repo.refs:
        raise missing()
    return Answer(body=shapes_git.reference(call, name))


@on("GET", f"{REPO}/git/matching-refs/{{ref}}", READ)
def matching(call: Call) -> Answer:
    start = f"refs/{call.request.params['ref']}"
    return Answer(body=[shapes_git.reference(call, name) for name in sorted(call.repo.refs) if name.startswith(start)])


def _target(call: Call) -> str:
    sha = call.request.get("sha")
    if not isinstance(sha, str) or not re.fullmatch("[0-9a-f]{40}", sha):
        raise Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if not call.repo.store.has(sha, "commit"):
        raise Refusal(422, "Object does not exist")
    return sha


def _workflows(call: Call, sha: str, before: str | None) -> None:
    """Workflow files are changed by nobody but who holds ``workflows: write``."""
    store = call.repo.store
    trees = [store.flat(store.commit(one).tree) if one else {} for one in (sha, before)]
    new, old = ({p: e for p, e in tree.items() if p.startswith(".github/workflows/")} for tree in trees)
    if new != old and not call.token.allows("workflows", "write"):
        raise forbidden(call.token)


@on("POST", f"{REPO}/git/refs", WRITE)
def create_reference(call: Call) -> Answer:
    name, repo = call.request.text("ref") or "", call.repo
    if not GOOD_REF.fullmatch(name):
        raise Refusal(422, f"{name} is not a valid ref name.")
    sha = _target(call)
    if name in repo.refs:
        raise Refusal(422, "Reference already exists")
    branch = name.removeprefix("refs/heads/")
    if repo.is_restricted(branch):
        raise Refusal(422, RULES)
    clash = any(one.startswith(name + "/") or name.startswith(one + "/") for one in repo.refs)
    if clash or repo.is_protected(branch):
        raise Refusal(422, "Reference update failed")
    default = repo.refs.get(f"refs/heads/{repo.default_branch}")
    _workflows(call, sha, repo.store.merge_base(default, sha) if default else None)
    repo.refs[name] = sha
    repo.tick()
    url = shapes_git.reference(call, name)["url"]
    return Answer(status=201, body=shapes_git.reference(call, name), headers={"Location": url})


def _existing(call: Call) -> str:
    name = f"refs/{call.request.params['ref']}"
    if name not in call.repo.refs:
        raise Refusal(422, "Reference does not exist")
    return name


@on("PATCH", f"{REPO}/git/refs/{{ref}}", WRITE)
def update_reference(call: Call) -> Answer:
    name, repo = _existing(call), call.repo
    sha = _target(call)
    forced = call.request.get("force") is True
    if repo.is_protected(name.removeprefix("refs/heads/")):
        raise Refusal(422, "Cannot force-push to this branch" if forced else BY_PULL_REQUEST)
    if not forced and not repo.store.descends(sha, repo.refs[name]):
        raise Refusal(422, "Update is not a fast forward")
    _workflows(call, sha, repo.refs[name])
    repo.refs[name] = sha
    repo.tick()
    repo.refresh()
    return Answer(body=shapes_git.reference(call, name))


@on("DELETE", f"{REPO}/git/refs/{{ref}}", WRITE)
def delete_reference(call: Call) -> Answer:
    name = _existing(call)
    branch = name.removeprefix("refs/heads/")
    if branch == call.repo.default_branch or call.repo.is_protected(branch):
        raise Refusal(422, "Cannot delete this branch")
    call.repo.tick()
    del call.repo.refs[name]
    call.repo.refresh()
    return Answer(status=204)


# -- commits ----------------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/git/commits/{{commit_sha}}", READ)
def git_commit(call: Call) -> Answer:
    sha = call.request.params["commit_sha"]
    if not call.repo.store.has(sha, "commit"):
        raise missing()
    return Answer(body=shapes_git.git_commit(call, sha))


def _person(given: object, other: Person) -> Person:
    if not isinstance(given, dict):
        return other
    when = moment(given.get("date")) or other.when
    return Person(name=str(given.get("name")), email=str(given.get("email")), when=when)


@on("POST", f"{REPO}/git/commits", WRITE)
def create_commit(call: Call) -> Answer:
    """A commit without author is the token's own and signed by GitHub; one with an author is not."""
    request, store = call.request, call.repo.store
    tree, parents = request.get("tree"), request.get("parents", [])
    if not store.has(tree, "tree"):
        raise Refusal(422, "Tree SHA does not exist")
    if not isinstance(parents, list) or not all(store.has(parent, "commit") for parent in parents):
        raise Refusal(422, "Parent SHA does not exist or is not a commit object")
    user = call.token.user
    mine = Person(name=user.login, email=user.email, when=call.repo.tick())
    author = _person(request.get("author"), mine)
    signed = not request.get("author") and not request.get("committer") and user.type == "Bot"
    committer = Person(name="GitHub", email="noreply@github.com", when=mine.when) if signed else author
    commit = Commit(
        tree=str(tree),
        parents=tuple(parents),
        author=author,
        committer=_person(request.get("committer"), committer),
        message=request.text("message") or "",
        signature=SIGNATURE if signed else request.text("signature") or "",
    )
    sha = store.put_commit(commit)
    return Answer(status=201, body=shapes_git.git_commit(call, sha))


# -- trees and blobs --------------------------------------------------------------------------------------------------


@on("GET", f"{REPO}/git/trees/{{tree_sha}}", READ)
def tree(call: Call) -> Answer:
    """By the SHA-1 of a tree or a commit, or a branch's name. Any value of ``recursive`` means yes, even ``0``."""
    name, store = call.request.params["tree_sha"], call.repo.store
    commit = call.repo.resolve(name)
    sha = store.commit(commit).tree if commit else name
    if not store.has(sha, "tree"):
        raise missing()
    return Answer(body=shapes_git.tree(call, sha, recursive="recursive" in call.request.query))


def _entry(call: Call, given: dict[str, Any]) -> Entry | None:
    """One element of a new tree; None for a deletion. Raises 422."""
    path, mode, store = given.get("path"), given.get("mode"), call.repo.store
    if not isinstance(path, str) or not path or any(part in {"", ".", "..", ".git"} for part in path.split("/")):
        raise Refusal(422, "tree.path contains a malformed path component")
    if "sha" in given and given["sha"] is None:
        return None
    if mode not in MODES:
        raise Refusal(422, "Must supply a valid tree.mode")
    if "content" in given and "sha" in given:
        raise Refusal(422, "Must supply either tree.sha or tree.content")
    if "content" in given:
        return mode, store.put("blob", str(given["content"]).encode())
    sha = str(given.get("sha"))
    if mode != SUBMODULE and not store.has(sha, kind_of(mode)):
        raise Refusal(422, f"tree.sha {sha} is not a valid {kind_of(mode)}")
    return mode, sha


def _place(call: Call, files: Flat, path: str, entry: Entry | None) -> None:
    """Set or delete one path: a file takes the place of a folder and the other way round."""
    parents = {path[:k] for k, letter in enumerate(path) if letter == "/"}
    for other in [other for other in files if other == path or other.startswith(path + "/") or other in parents]:
        del files[other]
    if entry and entry[0] == FOLDER:
        files |= {f"{path}/{name}": one for name, one in call.repo.store.flat(entry[1]).items()}
    elif entry:
        files[path] = entry


@on("POST", f"{REPO}/git/trees", WRITE)
def create_tree(call: Call) -> Answer:
    given, base, store = call.request.get("tree"), call.request.get("base_tree"), call.repo.store
    if not isinstance(given, list) or (not given and not base):
        raise Refusal(422, "Invalid tree info")
    files: Flat = {}
    if base is not None:
        base = store.commit(str(base)).tree if store.has(base, "commit") else base
        if not store.has(base, "tree"):
            raise missing()
        files = store.flat(str(base))
    for one in given:
        entry = _entry(call, one)
        if entry is None and one["path"] not in files:
            raise Refusal(422, "GitRPC::BadObjectState")
        _place(call, files, one["path"], entry)
    return Answer(status=201, body=shapes_git.tree(call, store.put_flat(files)))


@on("GET", f"{REPO}/git/blobs/{{file_sha}}", READ)
def blob(call: Call) -> Answer:
    sha = call.request.params["file_sha"]
    if not call.repo.store.has(sha, "blob"):
        raise missing()
    return Answer(body=shapes_git.blob(call, sha))


@on("POST", f"{REPO}/git/blobs", WRITE)
def create_blob(call: Call) -> Answer:
    text, encoding = call.request.text("content"), call.request.get("encoding", "utf-8")
    if text is None or encoding not in {"utf-8", "base64"}:
        raise Refusal(422, "Invalid request.")
    try:
        data = base64.b64decode(text) if encoding == "base64" else text.encode()
    except binascii.Error:
        raise Refusal(422, "content is not valid Base64") from None
    sha = call.repo.store.put("blob", data)
    body = {"sha": sha, "url": shapes_git.git_url(call, "blob", sha)}
    return Answer(status=201, body=body, headers={"Location": body["url"]})
