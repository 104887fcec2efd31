"""What the fake GitHub knows: people, tokens, one repository, its issues, comments and pull requests."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from tests.support.github.objects import FILE, Commit, Person, Store

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class User:
    login: str
    id: int
    type: Literal["User", "Bot"] = "User"
    role: Role = "read"
    role_name: str = ""
    address: str = ""

    @property
    def email(self) -> str:
        """The address that commits carry: GitHub's for whoever has no other."""
        return self.address or f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True, kw_only=True)
class Token:
    """``grants`` maps a permission (``contents``, ``pull_requests``, ...) to ``read`` or ``write``."""

    secret: str
    user: User
    grants: Mapping[str, str]
    installation: bool

    def allows(self, permission: str, level: str) -> bool:
        return self.grants.get(permission) in ((level, "write") if level == "read" else ("write",))


@dataclass(slots=True, kw_only=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    id: int
    issue: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Pull:
    """The part of an issue that makes it a pull request; ``head_sha`` is what its branch was when it was last seen."""

    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None


@dataclass(slots=True, kw_only=True)
class Issue:
    id: int
    number: int
    title: str
    body: str | None
    user: User
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    labels: list[Label] = field(default_factory=list)
    locked: bool = False
    last_edited_at: datetime | None = None
    editor: User | None = None
    edits: list[tuple[datetime, User | None]] = field(default_factory=list)  # of the body: when, who
    renames: list[tuple[datetime, User, str, str]] = field(default_factory=list)  # when, who, before, after
    pull: Pull | None = None

    def edit(self, by: User, when: datetime, *, title: str | None = None, body: str | None = None) -> None:
        """A change of the text. As at GitHub ``lastEditedAt`` speaks of the body only; a title's past is an event."""
        if body is not None and body != self.body:
            # GitHub lists the first text, too
            self.edits = [*(self.edits or [(self.created_at, self.user)]), (when, by)]
            self.body, self.last_edited_at, self.editor = body, when, by
        if title is not None and title != self.title:
            self.renames.append((when, by, self.title, title))
            self.title = title
        self.updated_at = when


@dataclass(slots=True, kw_only=True)
class Run:
    """A workflow run."""

    id: int
    event: str
    created_at: datetime
    head_sha: str
    head_branch: str
    actor: User
    path: str = ".github/workflows/cosplay.yml"


@dataclass(slots=True, kw_only=True)
class Repository:
    """One repository. ``refs`` are full names; ``protected`` are patterns of branch names."""

    owner: User
    name: str
    default_branch: str = "main"
    private: bool = False
    archived: bool = False
    has_issues: bool = True
    drafts_allowed: bool = True
    actions_may_create_pulls: bool = True
    tree_limit: int = 100_000  # entries of a tree's listing; beyond it is cut and says so
    workflow_permissions: Literal["read", "write"] = "read"
    protected: list[str] = field(default_factory=list)
    restricted: list[str] = field(default_factory=list)  # rulesets: no creation of such branches
    store: Store = field(default_factory=Store)
    refs: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    time: datetime = START
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    # -- time and names ---------------------------------------------------------------------------------------------

    def tick(self, seconds: float = 1) -> datetime:
        """Let the repository's clock go on; it moves by nothing else."""
        self.time += timedelta(seconds=seconds)
        return self.time

    def label(self, name: str) -> Label:
        """The label of that name, made where there was none, as GitHub does; names know no case."""
        return self.labels.setdefault(name.lower(), Label(id=next(self.serial), name=name))

    def is_protected(self, branch: str) -> bool:
        return any(fnmatch.fnmatchcase(branch, pattern) for pattern in self.protected)

    def is_restricted(self, branch: str) -> bool:
        return any(fnmatch.fnmatchcase(branch, pattern) for pattern in self.restricted)

    def next_number(self) -> int:
        return max(self.issues, default=0) + 1

    # -- history ----------------------------------------------------------------------------------------------------

    def branch(self, name: str) -> str:
        """The SHA-1 of a branch's head. Raises KeyError."""
        return self.refs[f"refs/heads/{name}"]

    def resolve(self, name: str) -> str | None:
        """A branch, a tag, a full reference or (the start of) a commit's SHA-1; None when it names nothing."""
        name = self.default_branch if name == "HEAD" else name
        for full in (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}"):
            if full in self.refs:
                return self.refs[full]
        whole = [sha for sha in self.store.objects if len(name) >= 7 and sha.startswith(name)]
        return whole[0] if len(whole) == 1 and self.store.has(whole[0], "commit") else None

    def commit(
        self, files: Mapping[str, bytes | tuple[str, bytes] | None], *, message: str, user: User, branch: str = ""
    ) -> str:
        """A commit of ``user`` on top of a branch, made where there is none; None deletes a path. Returns its SHA-1."""
        branch = branch or self.default_branch
        parent = self.refs.get(f"refs/heads/{branch}") or self.refs.get(f"refs/heads/{self.default_branch}")
        tree = self.store.flat(self.store.commit(parent).tree) if parent else {}
        for path, value in files.items():
            if value is None:
                tree.pop(path, None)
                continue
            mode, data = (FILE, value) if isinstance(value, bytes) else value
            tree[path] = (mode, self.store.put("blob", data))
        person = Person(name=user.login, email=user.email, when=self.tick())
        commit = Commit(
            tree=self.store.put_flat(tree),
            parents=(parent,) if parent else (),
            author=person,
            committer=person,
            message=message,
        )
        sha = self.refs[f"refs/heads/{branch}"] = self.store.put_commit(commit)
        return sha

    def files(self, ref: str) -> dict[str, bytes]:
        """All files at a branch or commit. Raises AssertionError when it names nothing."""
        sha = self.resolve(ref)
        assert sha, f"no {ref}"
        flat = self.store.flat(self.store.commit(sha).tree)
        return {path: self.store.get(blob, "blob") for path, (_, blob) in flat.items()}

    def load(self, folder: Path) -> str:
        """Take a real local repository's HEAD, and all before it, as the default branch. Returns its SHA-1."""
        sha = self.refs[f"refs/heads/{self.default_branch}"] = self.store.load(folder)
        return sha

    # -- pull requests ----------------------------------------------------------------------------------------------

    @property
    def pulls(self) -> list[Issue]:
        """Issues that are pull requests, by number."""
        return [issue for _, issue in sorted(self.issues.items()) if issue.pull]

    def refresh(self) -> None:
        """Heads and bases of open pull requests follow their branches; one whose branch went away is closed."""
        for issue in self.pulls:
            pull = issue.pull
            if not pull or issue.state == "closed":
                continue
            head, base = self.refs.get(f"refs/heads/{pull.head}"), self.refs.get(f"refs/heads/{pull.base}")
            if head is None:
                issue.state, issue.closed_at = "closed", self.time
            pull.head_sha, pull.base_sha = head or pull.head_sha, base or pull.base_sha
