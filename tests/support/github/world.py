"""What a test may let people do at the fake GitHub, without any request."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tests.support.github.objects import EXECUTABLE, Commit, Person
from tests.support.github.state import Comment, Issue, Pull, Repository, Role, Run, Token, User

WORKFLOW_TOKEN = {"contents": "write", "issues": "write", "pull_requests": "write", "metadata": "read"}


class World:
    """People, their tokens and one repository. The owner is an admin; ``bot`` is who GITHUB_TOKEN belongs to."""

    def __init__(self, owner: str, name: str) -> None:
        self.users: dict[str, User] = {}
        self._ids = itertools.count(501)
        self.owner = self.user(owner, "admin")
        self.bot = self.user("github-actions[bot]", kind="Bot")
        self.bot.id = 41_898_282  # as at github.com
        self.user("web-flow", "none").address = "noreply@github.com"  # who commits what GitHub signs
        self.repo = Repository(owner=self.owner, name=name)
        self.tokens: dict[str, Token] = {}

    @property
    def root(self) -> str:
        """What GITHUB_SERVER_URL says."""
        raise NotImplementedError

    @property
    def full_name(self) -> str:
        return self.repo.full_name

    def user(
        self, login: str, role: Role = "read", *, kind: Literal["User", "Bot"] = "User", role_name: str = ""
    ) -> User:
        """The user of that login, made or given another role."""
        fresh = User(login=login, id=next(self._ids)) if login.lower() not in self.users else self.users[login.lower()]
        fresh.role, fresh.type, fresh.role_name = role, kind, role_name
        self.users[login.lower()] = fresh
        return fresh

    def token(self, user: User | str | None = None, grants: Mapping[str, str] | None = None, **more: str) -> str:
        """A token's text: of an installation for a bot (the default: GITHUB_TOKEN), else a person's own.

        ``grants`` replaces what a workflow token usually may; ``more`` (``contents="read"``, ``issues=""``) changes it.
        """
        owner = self.users[user.lower()] if isinstance(user, str) else user or self.bot
        bot = owner.type == "Bot"
        allowed = {**(WORKFLOW_TOKEN if grants is None else grants), **more}
        # Since 2026 an installation's token is some 520 characters long and has dots in it.
        tail = "A1b2C3d4E5f6".join(["."] * 40) if bot else "A1b2C3d4E5f6" * 3
        secret = f"{'ghs' if bot else 'ghp'}_{len(self.tokens):04d}{tail}"
        self.tokens[secret] = Token(secret=secret, user=owner, grants=allowed, installation=bot)
        return secret

    def seed(self, files: Mapping[str, bytes | tuple[str, bytes]], branch: str = "") -> str:
        """A commit of the owner's with these files on top of a branch (the default one). Returns its SHA-1."""
        return self.repo.commit(files, message="Seed\n", user=self.owner, branch=branch)

    def from_git(self, folder: Path) -> str:
        """Take a real local repository's HEAD as the default branch. Returns its SHA-1."""
        return self.repo.load(folder)

    def checkout(self, folder: Path, ref: str = "") -> str:
        """What actions/checkout leaves: a real repository at a branch or commit. Returns the SHA-1 checked out."""
        sha = self.repo.resolve(ref or self.repo.default_branch)
        assert sha, f"no {ref}"
        folder.mkdir(parents=True, exist_ok=True)

        def git(*words: str) -> None:
            subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)

        git("init", "--quiet", "--initial-branch", self.repo.default_branch)
        self.repo.store.save(folder)
        git("remote", "add", "origin", f"{self.root}/{self.full_name}")
        git("update-ref", f"refs/remotes/origin/{self.repo.default_branch}", sha)
        git("-c", "advice.detachedHead=false", "checkout", "--quiet", "-B", self.repo.default_branch, sha)
        return sha

    def issue(
        self, title: str, body: str | None = "", *, by: User | None = None, labels: tuple[str, ...] = ()
    ) -> Issue:
        """A new issue, the owner's unless told."""
        repo, now = self.repo, self.repo.tick()
        one = Issue(
            id=next(repo.serial), number=repo.next_number(), title=title, body=body, user=by or self.owner,
            created_at=now, updated_at=now, labels=[repo.label(name) for name in labels],
        )  # fmt: skip
        repo.issues[one.number] = one
        return one

    def edit(self, number: int, *, by: User, title: str | None = None, body: str | None = None) -> None:
        """Somebody edits an issue."""
        self.repo.issues[number].edit(by, self.repo.tick(), title=title, body=body)

    def comment(self, number: int, body: str, *, by: User | None = None) -> Comment:
        """Somebody comments; the owner unless told."""
        now = self.repo.tick()
        one = Comment(
            id=next(self.repo.serial), issue=number, user=by or self.owner, body=body, created_at=now, updated_at=now
        )
        self.repo.comments[one.id] = one
        return one

    def pull(
        self, head: str, *, title: str = "A change", body: str = "", by: User | None = None, draft: bool = False
    ) -> Issue:
        """A pull request of an existing branch against the default branch."""
        one = self.issue(title, body, by=by)
        base = self.repo.default_branch
        tips = [self.repo.branch(each) for each in (head, base)]
        one.pull = Pull(head=head, base=base, head_sha=tips[0], base_sha=tips[1], draft=draft)
        return one

    def merge(self, number: int, *, by: User | None = None) -> str:
        """Merge a pull request with a merge commit. Returns its SHA-1."""
        repo, one, who = self.repo, self.repo.issues[number], by or self.owner
        repo.refresh()
        assert one.pull
        now = repo.tick()
        person = Person(name=who.login, email=who.email, when=now)
        tree = repo.store.commit(one.pull.head_sha).tree
        parents, text = (one.pull.base_sha, one.pull.head_sha), f"Merge pull request #{number}\n"
        commit = Commit(tree=tree, parents=parents, author=person, committer=person, message=text)
        sha = repo.refs[f"refs/heads/{one.pull.base}"] = repo.store.put_commit(commit)
        one.state, one.closed_at, one.pull.merged_at, one.pull.merged_by, one.pull.merge_sha = (
            "closed",
            now,
            now,
            who,
            sha,
        )
        return sha

    def run(self, event: str, *, actor: User | None = None) -> Run:
        """A workflow run that was created now."""
        repo = self.repo
        one = Run(
            id=next(repo.serial), event=event, created_at=repo.tick(), actor=actor or self.owner,
            head_sha=repo.branch(repo.default_branch), head_branch=repo.default_branch,
        )  # fmt: skip
        repo.runs[one.id] = one
        return one


def executable(data: bytes) -> tuple[str, bytes]:
    """A file that may be run, for ``seed``."""
    return EXECUTABLE, data
