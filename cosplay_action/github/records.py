"""What GitHub holds, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HOLDS = "<!-- cosplay-action holds: {} -->"  # in a body of ours: digests of the targets, so that others leave them out
_HELD = re.compile(r"<!-- cosplay-action holds: ([0-9a-f ]*) -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """An issue as it is now; ``pull``: it is a pull request, which GitHub numbers alike."""

    number: int
    title: str
    body: str = field(repr=False)
    state: str
    pull: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of an issue's text: ISO 8601 time, and who (empty: an account that is gone)."""

    at: str
    editor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: int
    author: str
    body: str = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request; ``state`` is open, closed or merged; ``node`` is its name in GraphQL, ``base`` what it is for.

    ``branch`` is empty where its branch lies in another repository.
    """

    number: int
    url: str
    state: str
    draft: bool
    author: str
    node: str
    body: str = field(repr=False)
    base: str = ""
    branch: str = ""
    labels: tuple[str, ...] = ()

    @property
    def holds(self) -> tuple[str, ...]:
        """Digests of the targets that it says it implements."""
        found = _HELD.findall(self.body)
        return tuple(found[-1].split()) if found else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRecord:
    """A commit: the logins of its author and committer (empty where GitHub knows none), and its tree's SHA-1."""

    sha: str
    author: str
    committer: str
    tree: str
    message: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """The commits that one branch has and another has not: ``count`` of them, as records those of one answer.

    ``behind``: the other one has some, too. ``files``: what they changed, with its blob (empty: it is gone).
    """

    commits: tuple[CommitRecord, ...]
    count: int
    behind: bool
    files: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a folder: its mode ("100644"), its kind ("blob", "tree", "commit") and SHA-1."""

    mode: str
    kind: str
    sha: str
