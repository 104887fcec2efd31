"""Readings of a code block that is not quite Python: prose around it, a margin, a prompt before every line."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence

from cosplay_action.specs.source import parse_module

SALVAGE_LIMIT = 16_384  # characters; beyond it only a block that parses as it stands is read
_CHUNKS = 200
_GROWTH = 8
_PROMPT = re.compile(r"^[ \t]*(>>>|\.\.\.)( |$)", re.MULTILINE)


def parsed(text: str) -> ast.Module | None:
    """The tree of a text, None when it is no Python. Raises RecursionError or MemoryError where it is too deep."""
    try:
        return parse_module(text)
    except (SyntaxError, ValueError):
        return None


def readings(text: str, name: str) -> Iterator[str]:
    """Ways to read a block, the most literal first; ``name`` is the function that is looked for."""
    yield text
    if parsed(text) is not None:
        return
    margin = textwrap.dedent(text)
    yield margin
    if len(text) > SALVAGE_LIMIT:
        return
    if re.search(rf"^[ \t]*>>> .*\bdef {re.escape(name)}\b", text, re.MULTILINE):
        yield "\n".join(_PROMPT.sub("", line) for line in text.split("\n") if _PROMPT.match(line))
    for shape in dict.fromkeys((text, margin, _from_first_code(text))):
        kept = _python_only(shape.split("\n"))
        if kept.strip():
            yield kept


def _from_first_code(text: str) -> str:
    """The text from its first line that opens code, its margin taken off (prose above stands further left)."""
    match = re.search(r"^[ \t]*(?:@|from\s|import\s|class\s|def\s|async\s)", text, re.MULTILINE)
    return textwrap.dedent(text[match.start() :]) if match else text


def _python_only(lines: Sequence[str]) -> str:
    """The pieces that parse, each begun by a line without indentation; everything else (prose) is dropped."""
    starts = [i for i, line in enumerate(lines) if line[:1].strip()]
    if len(starts) > _CHUNKS:
        return ""
    ends, kept, at = [*starts[1:], len(lines)], list[str](), 0
    while at < len(starts):
        grown = _grow(lines, starts[at], ends[at : at + _GROWTH])
        if grown:
            kept += lines[starts[at] : grown]
        at = sum(1 for start in starts if start < grown) if grown else at + 1
    return "\n".join(kept)


def _grow(lines: Sequence[str], start: int, ends: Sequence[int]) -> int:
    """The first end at which the lines from ``start`` parse, 0 when there is none near."""
    return next((end for end in ends if parsed("\n".join(lines[start:end])) is not None), 0)
