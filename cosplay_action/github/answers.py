"""GitHub's answers as plain data."""

from __future__ import annotations

from typing import Any

from cosplay_action.github.records import Beyond, Comment, CommitRecord, Edit, Pull

Json = Any


def comment(one: Json) -> Comment:
    return Comment(id=one["id"], author=_login(one["user"]), body=one.get("body") or "", url=one["html_url"])


def commit(one: Json) -> CommitRecord:
    return CommitRecord(
        sha=one["sha"], author=_login(one["author"]), committer=_login(one["committer"]),
        tree=one["commit"]["tree"]["sha"], message=one["commit"]["message"],
    )  # fmt: skip


def beyond(one: Json) -> Beyond:
    files = {each["filename"]: "" if each["status"] == "removed" else each["sha"] for each in one.get("files") or ()}
    return Beyond(
        commits=tuple(commit(each) for each in one["commits"]), count=one["ahead_by"], behind=one["behind_by"] > 0,
        files=files,
    )  # fmt: skip


def pull(one: Json) -> Pull:
    state = "merged" if one.get("merged_at") else one["state"]
    head, base = one["head"], one["base"]
    here = bool(head.get("repo")) and head["repo"]["full_name"] == base["repo"]["full_name"]
    return Pull(
        number=one["number"], url=one["html_url"], state=state, draft=bool(one.get("draft")), node=one["node_id"],
        author=_login(one["user"]), body=one.get("body") or "", base=base["ref"], branch=head["ref"] if here else "",
        labels=tuple(each["name"] for each in one.get("labels") or ()),
    )  # fmt: skip


def edits(issue: Json) -> list[Edit]:
    """Edits of an issue's text, the newest first; how it was opened, which GitHub lists too, is none."""
    if not issue or not issue["lastEditedAt"]:
        return []
    nodes = [each for end in ("early", "late") for each in (issue[end] or {}).get("nodes") or () if each]
    found = {(each["editedAt"], _login(each["editor"])) for each in nodes if each["editedAt"] > issue["createdAt"]}
    found.add((issue["lastEditedAt"], _login(issue["editor"])))
    return [Edit(at=at, editor=editor) for at, editor in sorted(found, reverse=True)]


def _login(user: Json) -> str:
    return str((user or {}).get("login") or "")
