"""Other people's text as lines that hold nothing unseen.

What people cannot see where they stand (zero widths, bidirectional marks, tags, controls) a model could still read:
it is taken out of prose, and the lines that had some are known, because in code and paths it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cosplay_action.specs.issues.findings import Findings, counted

LIMIT = 100_000  # characters of a whole text; GitHub ends an issue's body at 65,536
_MARKS = (b"\xff\xfe", b"\xfe\xff")  # with which UTF-16 and UTF-32 begin
_LOOKED = 400  # bytes in which the zeros of UTF-16 show
_FRONT_MATTER = 100  # lines
_LINE_END = re.compile(r"\r\n?")
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")  # end a line for some programs, and none for Markdown
# Written out: unicodedata's tables change with Python's version, and so would what a spec says.
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls; tab and line end stay
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero widths, line separators, bidi, invisible operators
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ufdd0-\ufdef"  # blanks, selectors, noncharacters
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format controls, tags, more selectors
    "\ud800-\udfff"  # lone surrogates, which no file can hold
    "]"
)


@dataclass(frozen=True, slots=True)
class Lines:
    """The text's lines; ``unseen`` are the numbers (from 1) of those that held something invisible."""

    lines: tuple[str, ...]
    unseen: frozenset[int]


def decoded(data: bytes, origin: str) -> str:
    """The text of a file, which has to be UTF-8. Raises FlawedSpec that says what it looks like instead."""
    findings, cure = Findings(origin), "Save the file as UTF-8."
    head = data[:_LOOKED]
    if head.startswith(_MARKS) or 4 * head.count(0) > len(head):
        findings.flaw(0, "The file looks like UTF-16, which is not read.", cure)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, byte = data[: error.start].count(b"\n") + 1, data[error.start]
        what = f"The file is no UTF-8: the byte 0x{byte:02x} here looks like Latin-1 or Windows-1252."
        if not findings.flaws:
            findings.flaw(line, what, cure)
        text = ""
    findings.check()
    return text


def clean(text: str, findings: Findings) -> Lines:
    """Cut a text into lines without anything unseen. Raises SpecError for one that is too long or empty."""
    if len(text) > LIMIT:
        what = f"It has {len(text):,} characters, more than the {LIMIT:,} that are read."
        findings.flaw(0, what, "Keep what the function does, and a few examples.")
        findings.refuse()
    raw = _LINE_END.sub("\n", text.removeprefix("\ufeff")).split("\n")
    unseen = {number: len(_UNSEEN.findall(line)) for number, line in enumerate(raw, start=1) if _UNSEEN.search(line)}
    if unseen:
        total = counted(sum(unseen.values()), "invisible character")
        verb = "was" if total.startswith("1 ") else "were"
        findings.note(f"{total} {verb} left out, first in line {min(unseen)}.")
    lines = [_UNSEEN.sub("", _BREAKS.sub(" ", line)) for line in raw]
    if not any(line.strip() for line in lines):
        findings.flaw(0, "It is empty.", "Fill in Target, Signature and Behaviour.")
        findings.refuse()
    return Lines(tuple(_without_front_matter(lines, findings)), frozenset(unseen))


def _without_front_matter(lines: list[str], findings: Findings) -> list[str]:
    """The lines with a block between ``---`` at the very top blanked: tools read that, a spec does not."""
    if lines[0].rstrip() != "---":
        return lines
    closing = (i for i, line in enumerate(lines[1:_FRONT_MATTER], start=1) if line.rstrip() in {"---", "..."})
    end = next(closing, 0)
    if not end:
        return lines
    findings.note(f"lines 1-{end + 1}: front matter is no part of a spec and was left out.")
    return [""] * (end + 1) + lines[end + 1 :]
