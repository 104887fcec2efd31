"""A git object store in memory: blobs, trees and commits under the SHA-1 that git itself gives them."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FILE, EXECUTABLE, SYMLINK, FOLDER, SUBMODULE = "100644", "100755", "120000", "040000", "160000"
MODES = (FILE, EXECUTABLE, SYMLINK, FOLDER, SUBMODULE)

Entry = tuple[str, str]  # mode, sha
Flat = dict[str, Entry]  # every path that is no folder


def kind_of(mode: str) -> str:
    """What a tree entry of this mode points at."""
    return {FOLDER: "tree", SUBMODULE: "commit"}.get(mode, "blob")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author or a committer; ``when`` is aware."""

    name: str
    email: str
    when: datetime

    def line(self) -> str:
        offset = self.when.strftime("%z") or "+0000"
        return f"{self.name} <{self.email}> {int(self.when.timestamp())} {offset}"

    @staticmethod
    def read(line: str) -> Person:
        who, stamp, offset = line.rsplit(" ", 2)
        name, _, email = who.removesuffix(">").partition(" <")
        zone = datetime.strptime(offset, "%z").tzinfo
        return Person(name=name, email=email, when=datetime.fromtimestamp(int(stamp), zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What a commit object says; ``signature`` is empty where there is none."""

    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    signature: str = ""

    def payload(self, signature: str = "") -> bytes:
        """The object's bytes, with the given signature in its header; what is signed has none."""
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in self.parents)]
        lines += [f"author {self.author.line()}", f"committer {self.committer.line()}"]
        if signature:
            lines.append("gpgsig " + signature.rstrip("\n").replace("\n", "\n "))
        return ("\n".join(lines) + "\n\n" + self.message).encode()

    @staticmethod
    def read(data: bytes) -> Commit:
        head, _, message = data.decode(errors="replace").partition("\n\n")
        fields: list[tuple[str, str]] = []
        for line in head.split("\n"):
            if line.startswith(" "):
                name, value = fields[-1]
                fields[-1] = (name, value + "\n" + line[1:])
            else:
                name, _, value = line.partition(" ")
                fields.append((name, value))
        one = dict(fields)
        return Commit(
            tree=one["tree"],
            parents=tuple(value for name, value in fields if name == "parent"),
            author=Person.read(one["author"]),
            committer=Person.read(one["committer"]),
            message=message,
            signature=one.get("gpgsig", ""),
        )


@dataclass(slots=True)
class Store:
    """Objects by SHA-1: (kind, bytes). ``moments`` says when a commit was made through the API."""

    objects: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def put(self, kind: str, data: bytes) -> str:
        sha = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
        self.objects[sha] = (kind, data)
        return sha

    def has(self, sha: object, kind: str) -> bool:
        return isinstance(sha, str) and self.objects.get(sha, ("", b""))[0] == kind

    def get(self, sha: str, kind: str) -> bytes:
        """The bytes of an object. Raises KeyError where there is none of that kind."""
        found, data = self.objects[sha]
        if found != kind:
            raise KeyError(sha)
        return data

    def commit(self, sha: str) -> Commit:
        return Commit.read(self.get(sha, "commit"))

    def put_commit(self, commit: Commit) -> str:
        return self.put("commit", commit.payload(commit.signature))

    # -- trees ------------------------------------------------------------------------------------------------------

    def entries(self, tree: str) -> dict[str, Entry]:
        """One level of a tree, in git's order."""
        data, found = self.get(tree, "tree"), {}
        while data:
            head, _, rest = data.partition(b"\0")
            mode, _, name = head.decode("utf-8", "surrogateescape").partition(" ")
            found[name] = (mode.zfill(6), rest[:20].hex())
            data = rest[20:]
        return found

    def put_entries(self, entries: Mapping[str, Entry]) -> str:
        def place(item: tuple[str, Entry]) -> bytes:  # git sorts folders as though their names ended in a slash
            return (item[0] + ("/" if item[1][0] == FOLDER else "")).encode("utf-8", "surrogateescape")

        lines = [
            f"{mode.lstrip('0')} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(sha)
            for name, (mode, sha) in sorted(entries.items(), key=place)
        ]
        return self.put("tree", b"".join(lines))

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Every entry of a tree and of the trees below it, folders too, in git's order."""
        for name, (mode, sha) in self.entries(tree).items():
            yield prefix + name, (mode, sha)
            if mode == FOLDER:
                yield from self.walk(sha, f"{prefix}{name}/")

    def flat(self, tree: str) -> Flat:
        return {path: entry for path, entry in self.walk(tree) if entry[0] != FOLDER}

    def put_flat(self, files: Mapping[str, Entry]) -> str:
        """A tree, with all its folders, of paths; empty folders do not exist, as in git."""
        here: dict[str, Entry] = {}
        below: dict[str, Flat] = {}
        for path, entry in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = entry
            else:
                here[name] = entry
        return self.put_entries(here | {name: (FOLDER, self.put_flat(rest)) for name, rest in below.items()})

    # -- history ----------------------------------------------------------------------------------------------------

    def history(self, *starts: str) -> list[str]:
        """Commits reachable from the given ones, newest first, each once and before its parents."""
        seen: dict[str, Commit] = {}
        waiting = list(starts)
        while waiting:
            sha = waiting.pop()
            if sha not in seen:
                seen[sha] = self.commit(sha)
                waiting += seen[sha].parents
        children = dict.fromkeys(seen, 0)
        for commit in seen.values():
            for parent in commit.parents:
                children[parent] += 1
        return list(_ordered(seen, children))

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both descend from, None where there is none."""
        known = set(self.history(one))
        return next((sha for sha in self.history(other) if sha in known), None)

    def descends(self, sha: str, ancestor: str) -> bool:
        return ancestor in self.history(sha)

    # -- real git ---------------------------------------------------------------------------------------------------

    def load(self, folder: Path) -> str:
        """Take over everything that HEAD of a repository reaches; returns HEAD's SHA-1."""
        listed = _git(folder, "rev-list", "--objects", "HEAD").decode().splitlines()
        names = "\n".join(line.split(" ", 1)[0] for line in listed) + "\n"
        data = _git(folder, "cat-file", "--batch", stdin=names.encode())
        while data:
            head, _, rest = data.partition(b"\n")
            sha, kind, size = head.decode().split(" ")
            assert self.put(kind, rest[: int(size)]) == sha
            data = rest[int(size) + 1 :]
        return _git(folder, "rev-parse", "HEAD").decode().strip()

    def save(self, folder: Path) -> None:
        """Write every object into a real repository, as git would."""
        for sha, (kind, data) in self.objects.items():
            path = folder / ".git" / "objects" / sha[:2] / sha[2:]
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data))


def _ordered(commits: Mapping[str, Commit], children: dict[str, int]) -> Iterator[str]:
    ready = [sha for sha, count in children.items() if count == 0]
    while ready:
        ready.sort(key=lambda sha: commits[sha].committer.when)
        sha = ready.pop()
        yield sha
        for parent in commits[sha].parents:
            children[parent] -= 1
            if children[parent] == 0:
                ready.append(parent)


def _git(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True).stdout


def moment(text: object) -> datetime | None:
    """An ISO 8601 moment; None when it is none. One without an offset is UTC."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
