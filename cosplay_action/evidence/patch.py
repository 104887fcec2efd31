"""The patch: a unified diff in bytes, as ``git apply`` takes it, read back and applied before anybody sees it.

A patch is bytes because the files it changes are: lines end at LF alone, a CR stays part of its line, and no encoding
is assumed. Format: git-diff(1), "Generating patch text with -p".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cosplay_action.errors import CosplayError

if TYPE_CHECKING:
    from unidiff.patch import PatchSet

_CONTEXT = 3
NO_NEWLINE = b"\\ No newline at end of file\n"
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
CURE = "This is a fault of cosplay-action: please report it with the run's journal."

Lines = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file before and after; ``old`` is None for a new file. ``path`` is POSIX, relative to the repository."""

    path: str
    old: bytes | None = field(repr=False)
    new: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Old lines ``[a1, a2)`` become new lines ``[b1, b2)``."""

    a1: int
    a2: int
    b1: int
    b2: int


def make_patch(changes: Sequence[FileChange]) -> bytes:
    """Return one patch for all changes, ordered by path; unchanged files are left out, no change is ``b""``.

    The patch is parsed again with ``unidiff`` and applied in memory: it must name exactly these files, stay inside the
    repository and give exactly the new bytes. Raises CosplayError (internal) when it does not.
    """
    wanted = sorted((c for c in changes if c.old != c.new), key=lambda c: c.path)
    check_paths([c.path for c in wanted])
    patch = b"".join(_file_patch(c) for c in wanted)
    _check(patch, wanted)
    return patch


def apply_patch(patch: bytes, old: bytes | None, path: str) -> bytes:
    """Return what ``path`` holds after ``patch``, given its ``old`` bytes. Raises CosplayError if it does not fit."""
    lines = _split(old or b"")
    for section in patch_sections(patch):
        if section[0] == git_line(path):
            return b"".join(_applied(section, lines, path))
    raise CosplayError(f"The patch does not name {path}.", CURE)


def check_paths(paths: Sequence[str]) -> None:
    for path in paths:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or pure.as_posix() != path or path == ".":
            raise CosplayError(f"A patch cannot change {path!r}: it is no plain relative path.", CURE)
    if len(set(paths)) != len(paths):
        raise CosplayError("A patch cannot change one file twice.", CURE)


def _file_patch(change: FileChange) -> bytes:
    old, new = _split(change.old or b""), _split(change.new)
    head = [git_line(change.path)]
    if change.old is None:
        head.append(b"new file mode 100644\n")
    if old == new:  # a new, empty file has no hunks
        return b"".join(head)
    before = b"--- /dev/null\n" if change.old is None else b"--- " + name_bytes(f"a/{change.path}", tab=True) + b"\n"
    after = b"+++ " + name_bytes(f"b/{change.path}", tab=True) + b"\n"
    return b"".join([*head, before, after, *_hunks(old, new)])


def git_line(path: str) -> bytes:
    return b"diff --git " + name_bytes(f"a/{path}") + b" " + name_bytes(f"b/{path}") + b"\n"


def name_bytes(path: str, *, tab: bool = False) -> bytes:
    """Quote a path as git does: C style when it holds a control, a quote, a backslash or a byte beyond ASCII.

    In the ``---`` and ``+++`` lines git ends an unquoted path that holds a space with a tab. A path that holds
    `` b/`` is quoted too, its spaces escaped: nothing else tells the two halves of the ``diff --git`` line apart.
    """
    data = path.encode("utf-8", "surrogateescape")
    if " b/" in path or any(byte < 32 or byte > 126 or byte in {34, 92} for byte in data):
        quoted = "".join(_escaped(byte) for byte in data)
        return b'"' + (quoted.replace(" ", "\\040") if " b/" in path else quoted).encode() + b'"'
    return data + b"\t" if tab and b" " in data else data


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def _split(data: bytes) -> Lines:
    """Lines with their LF; only the last may lack one."""
    parts = data.split(b"\n")
    ended = tuple(part + b"\n" for part in parts[:-1])
    return (*ended, parts[-1]) if parts[-1] else ended


def _edits(old: Lines, new: Lines) -> list[_Edit]:
    """The changed ranges. What both have at either end is cut off first: our changes are small, files are not."""
    limit = min(len(old), len(new))
    head = next((i for i in range(limit) if old[i] != new[i]), limit)
    tail = next((i for i in range(limit - head) if old[-1 - i] != new[-1 - i]), limit - head)
    middle = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    codes = middle.get_opcodes()
    return [_Edit(head + a1, head + a2, head + b1, head + b2) for tag, a1, a2, b1, b2 in codes if tag != "equal"]


def _groups(edits: Sequence[_Edit]) -> Iterator[list[_Edit]]:
    """Edits whose contexts touch share one hunk."""
    group: list[_Edit] = []
    for edit in edits:
        if group and edit.a1 - group[-1].a2 > 2 * _CONTEXT:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _hunks(old: Lines, new: Lines) -> Iterator[bytes]:
    for group in _groups(_edits(old, new)):
        lead = min(_CONTEXT, group[0].a1)
        trail = min(_CONTEXT, len(old) - group[-1].a2)
        a1, a2 = group[0].a1 - lead, group[-1].a2 + trail
        b1, b2 = group[0].b1 - lead, group[-1].b2 + trail
        yield f"@@ -{_range(a1, a2)} +{_range(b1, b2)} @@\n".encode()
        yield from _body(group, old, new, (a1, a2))


def _range(start: int, end: int) -> str:
    """``start,count`` counted from 1; an empty range names the line before it; a count of 1 is left out."""
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


def _body(group: Sequence[_Edit], old: Lines, new: Lines, span: tuple[int, int]) -> Iterator[bytes]:
    at = span[0]
    for edit in group:
        yield from _marked(b" ", old[at : edit.a1])
        yield from _marked(b"-", old[edit.a1 : edit.a2])
        yield from _marked(b"+", new[edit.b1 : edit.b2])
        at = edit.a2
    yield from _marked(b" ", old[at : span[1]])


def _marked(mark: bytes, lines: Lines) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + b"\n" + NO_NEWLINE


def patch_sections(patch: bytes) -> Iterator[Lines]:
    """The patch, file by file. Inside a hunk every line starts with a mark, so the header line cannot be mistaken."""
    section: list[bytes] = []
    for line in _split(patch):
        if line.startswith(b"diff --git ") and section:
            yield tuple(section)
            section = []
        section.append(line)
    if section:
        yield tuple(section)


def _applied(section: Lines, old: Lines, path: str) -> Iterator[bytes]:
    """Walk the hunks of one file over its old lines, checking each context and removed line."""
    body = next((i for i, line in enumerate(section) if line.startswith(b"@@ ")), len(section))
    at = 0
    for line in _joined(section[body:]):
        mark, text = line[:1], line[1:]
        if mark == b"@":
            first = _first(line)
            yield from old[at:first]
            at = first
            continue
        if mark in {b" ", b"-"}:
            if at >= len(old) or old[at] != text:
                raise CosplayError(f"The patch does not fit {path} at line {at + 1}.", CURE)
            at += 1
        if mark in {b" ", b"+"}:
            yield text
    yield from old[at:]


def _first(header: bytes) -> int:
    """The index of the first old line of a hunk, from its header ``@@ -start[,count] ...``."""
    start, _, count = header.split()[1][1:].partition(b",")
    return int(start) if count == b"0" else int(start) - 1


def _joined(lines: Lines) -> Iterator[bytes]:
    """Hunk lines, the LF taken off those that a "No newline" marker follows."""
    for line, after in zip(lines, (*lines[1:], b""), strict=False):
        if line != NO_NEWLINE:
            yield line[:-1] if after == NO_NEWLINE else line


def _check(patch: bytes, changes: Sequence[FileChange]) -> None:
    _check_parsed(patch, changes)
    for change in changes:
        if apply_patch(patch, change.old, change.path) != change.new:
            raise CosplayError(f"The patch for {change.path} does not give the new file.", CURE)


def parse_patch(patch: bytes) -> PatchSet:
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        # Latin-1 maps every byte to one character; lines are cut at LF alone, as git cuts them.
        return PatchSet([line.decode("latin-1") for line in _split(patch)])
    except UnidiffParseError as error:
        raise CosplayError(f"The patch cannot be parsed: {error}.", CURE) from error


def _check_parsed(patch: bytes, changes: Sequence[FileChange]) -> None:
    """Read the patch with an independent parser: the same files, the same number of lines added and removed."""
    found = [(f.target_file, f.source_file == "/dev/null", f.added, f.removed) for f in parse_patch(patch)]
    if found != [_summary(change) for change in changes]:
        raise CosplayError("The patch reads back as another set of changes.", CURE)


def _summary(change: FileChange) -> tuple[str, bool, int, int]:
    edits = _edits(_split(change.old or b""), _split(change.new))
    added, removed = sum(e.b2 - e.b1 for e in edits), sum(e.a2 - e.a1 for e in edits)
    return name_bytes(f"b/{change.path}").decode("ascii"), change.old is None, added, removed
