"""A patch that somebody hands over, read: which files it changes, if it is of the form that ``make_patch`` writes."""

from __future__ import annotations

import re

from cosplay_action.errors import CosplayError
from cosplay_action.evidence.patch import (
    CURE,
    NO_NEWLINE,
    Lines,
    check_paths,
    git_line,
    name_bytes,
    parse_patch,
    patch_sections,
)

_MARKS = (b" ", b"+", b"-")
_HUNK = re.compile(rb"@@ -\d{1,7}(,\d{1,7})? \+\d{1,7}(,\d{1,7})? @@\n")


def named_paths(patch: bytes) -> list[str]:
    """The files that a patch of ours changes or makes, in order. Raises CosplayError for anything else.

    Read by an independent parser and by the form that ``make_patch`` writes: both must see the same files, each once,
    with its name on both sides; no mode but that of a plain new file, no rename, no binary, no text between.
    """
    sections = [(section, _named(section)) for section in patch_sections(patch)]
    paths = [path for _, path in sections]
    check_paths(paths)
    for section, path in sections:
        _check_head(section, path)
    found = [(file.target_file, file.source_file) for file in parse_patch(patch)]
    wanted = [(_plain(f"b/{path}"), ("/dev/null", _plain(f"a/{path}"))) for path in paths]
    if len(found) != len(wanted) or any(f[0] != w[0] or f[1] not in w[1] for f, w in zip(found, wanted, strict=True)):
        raise CosplayError("The patch reads back as another set of changes.", CURE)
    return paths


def _plain(path: str) -> str:
    return name_bytes(path).decode("ascii")


def _named(section: Lines) -> str:
    """The path of a section: what its first line says when both of its halves agree."""
    first = section[0]
    halves = first.removeprefix(b"diff --git ").rstrip(b"\n")
    half = (len(halves) - 1) // 2
    text = halves[half + 1 :].decode("utf-8", "replace")
    path = text.removeprefix("b/")
    if text.startswith('"'):
        raise CosplayError("A patch of ours that is published names plain paths.", CURE)
    if first != git_line(path):
        raise CosplayError("The patch does not say which file it changes.", CURE)
    return path


def _check_head(section: Lines, path: str) -> None:
    """Between the first line and the first hunk stand only the lines that ``make_patch`` writes."""
    body = next((at for at, line in enumerate(section) if line.startswith(b"@@ ")), len(section))
    name = name_bytes(f"a/{path}", tab=True), name_bytes(f"b/{path}", tab=True)
    new = [b"new file mode 100644\n"]
    sides = [b"--- " + name[0] + b"\n", b"+++ " + name[1] + b"\n"]
    made = [*new, b"--- /dev/null\n", sides[1]]
    plain = all(line[:1] in _MARKS or line == NO_NEWLINE or _HUNK.fullmatch(line) for line in section[body:])
    if not plain or list(section[1:body]) not in (sides, made, new if body == len(section) else sides):
        raise CosplayError(f"The patch does more to {path} than to change its lines.", CURE)
