"""Read replies. Every reader returns what it found, in order; an unusable reply is an empty result, never a raise."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"^[ \t]*(`{3,}+|~{3,}+)[^\n`]*+\n(.*?)(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_NUMBERED = re.compile(r"^\s*(?:\*\*)?\d{1,2}[.):]\s*(.*)$")
_BULLET = re.compile(r"^\s*[-*•]\s+(.*)$")
_EMPHASIS = re.compile(r"(\*\*|__)(.+?)\1")
_ANSWER = re.compile(r"^[ \t>*_#`-]*(?:final[ \t]+)?answer[ \t*_`]*[:=][ \t]*[*_]*(.*)$", re.IGNORECASE | re.MULTILINE)
ITEM_LIMIT = 400
REPLY_LIMIT = 65_536


def code_blocks(reply: str) -> tuple[str, ...]:
    """The fenced blocks of a reply, an unclosed last one included; the whole reply when there is none."""
    reply = reply[:REPLY_LIMIT]
    found = tuple(match.group(2) for match in _FENCE.finditer(reply) if match.group(2).strip())
    return found or ((reply,) if reply.strip() else ())


def items(reply: str, most: int) -> tuple[str, ...]:
    """At most ``most`` items of a numbered or bulleted list, each one line of at most 400 characters, distinct.

    Where there are numbers, bullets below them belong to their item, as do continuation lines; text before the first
    item is ignored. A reply without any list marker counts each non-empty line as an item.
    """
    lines = [line for line in reply[:REPLY_LIMIT].splitlines() if line.strip() and not line.lstrip().startswith("```")]
    marker = next((style for style in (_NUMBERED, _BULLET) if any(map(style.match, lines))), None)
    found: list[str] = []
    for line in lines:
        match = marker.match(line) if marker else None
        if match or not marker:
            found.append(match.group(1) if match else line.strip())
        elif found:
            found[-1] += " " + line.strip(" \t-*•")
    tidy = (_EMPHASIS.sub(r"\2", " ".join(item.split()))[:ITEM_LIMIT] for item in found)
    return tuple(dict.fromkeys(item for item in tidy if len(item) > 3))[:most]


def answers(reply: str) -> tuple[str, ...]:
    """Pieces of a vote that may be the expected output, most likely first.

    The last line "Answer: ..." (or the block after it), else the last code block, else the last line.
    """
    reply = reply[:REPLY_LIMIT]
    marks = list(_ANSWER.finditer(reply))
    if marks:
        return _after(marks[-1].group(1), reply[marks[-1].end() :])
    blocks = tuple(match.group(2).strip() for match in _FENCE.finditer(reply) if match.group(2).strip())
    lines = [line.strip() for line in reply.splitlines() if line.strip() and "```" not in line]
    return _distinct((*blocks[-1:], *lines[-1:]))


def _after(inline: str, rest: str) -> tuple[str, ...]:
    """What stands on the answer line, and where that is blank or opens a block, what follows it."""
    inline = inline.strip()
    following = [line for line in rest.splitlines() if line.strip()]
    blocks = tuple(match.group(2).strip() for match in _FENCE.finditer(rest))
    if not inline or inline.startswith("```"):
        return _distinct((*blocks[:1], *(line.strip() for line in following[:1])))
    joined = f"{inline}{rest}".strip()
    return _distinct((inline, joined))


def _distinct(pieces: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece for piece in pieces if piece.strip()))
