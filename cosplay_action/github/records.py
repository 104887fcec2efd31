"""What GitHub holds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    """The last edit of an issue's text: ISO 8601 time, and who (empty: an account that is gone)."""

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
    """A pull request; ``state`` is open, closed or merged; ``node`` is its name in GraphQL."""

    number: int
    url: str
    state: str
    draft: bool
    author: str
    node: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRecord:
    """A commit: its author's login (empty where GitHub knows none), and its tree's SHA-1."""

    sha: str
    author: str
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """The commits that one branch has and another has not: ``count`` of them, as records those of one answer.

    ``behind``: the other one has some, too.
    """

    commits: tuple[CommitRecord, ...]
    count: int
    behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a folder: its mode ("100644"), its kind ("blob", "tree", "commit") and SHA-1."""

    mode: str
    kind: str
    sha: str
