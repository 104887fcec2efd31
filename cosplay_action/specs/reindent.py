"""Indentation by tokens: code moves to another depth and another unit, the insides of its strings do not."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, field

_OPENS = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START"))
_CLOSES = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END"))
_SILENT = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_BLANK = " \t\f"


@dataclass(slots=True)
class _Lines:
    """What the tokens say of each physical line (1-based)."""

    depth: dict[int, int] = field(default_factory=dict)
    indent: dict[int, str] = field(default_factory=dict)  # of the logical line that the line belongs to
    inside: set[int] = field(default_factory=set)  # starts inside a string
    open: set[int] = field(default_factory=set)  # ends inside a string


def reindent(text: str, first: int, last: int, base: str, unit: str) -> list[str]:
    """The lines ``first`` to ``last`` (1-based, inclusive) of ``text``, the first of them at ``base``.

    ``text`` is Python with LF line ends that parses; the range holds whole logical lines of one block. Each deeper
    block gets one more ``unit``; continuation lines keep their distance to the line that they continue; spaces at the
    end of a line go, unless they belong to a string.
    """
    known, lines = _survey(text), text.split("\n")
    top = min((known.depth[n] for n in range(first, last + 1) if n in known.depth), default=0)
    return [_line(lines[n - 1], n, known, top, (base, unit)) for n in range(first, last + 1)]


def _line(line: str, number: int, known: _Lines, top: int, step: tuple[str, str]) -> str:
    kept = line if number in known.open else line.rstrip()
    if number in known.inside or not kept:
        return kept
    code = kept.lstrip(_BLANK)
    lead = kept[: len(kept) - len(code)]
    more = lead.removeprefix(known.indent.get(number, "")) if lead.startswith(known.indent.get(number, "")) else ""
    base, unit = step
    return base + unit * (known.depth.get(number, top) - top) + more + code


def _survey(text: str) -> _Lines:
    known, stack, comments = _Lines(), [""], list[tokenize.TokenInfo]()
    start, strings = 0, list[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        _note_string(known, token, strings)
        if token.type == tokenize.INDENT:
            stack.append(token.string)
        elif token.type == tokenize.DEDENT:
            stack.pop()
        elif token.type == tokenize.COMMENT and not start:
            comments.append(token)
        elif token.type == tokenize.NEWLINE:
            _note_logical(known, range(start or token.start[0], token.end[0] + 1), stack)
            start = 0
        elif not start and token.type not in _SILENT:
            start = token.start[0]
            comments = _note_comments(known, comments, stack)
    _note_comments(known, comments, stack)
    return known


def _note_string(known: _Lines, token: tokenize.TokenInfo, strings: list[int]) -> None:
    if token.type in _OPENS:
        strings.append(token.start[0])
    if token.type == tokenize.STRING:
        first = token.start[0]
    elif token.type in _CLOSES:
        first = strings.pop()
    else:
        return
    known.open.update(range(first, token.end[0]))
    known.inside.update(range(first + 1, token.end[0] + 1))


def _note_logical(known: _Lines, lines: range, stack: Sequence[str]) -> None:
    for number in lines:
        known.depth[number], known.indent[number] = len(stack) - 1, stack[-1]


def _note_comments(
    known: _Lines, comments: Sequence[tokenize.TokenInfo], stack: Sequence[str]
) -> list[tokenize.TokenInfo]:
    """A comment line stands at the block whose indentation it has, else beside the statement that follows it."""
    for token in comments:
        lead = token.line[: token.start[1]]
        depth = stack.index(lead) if lead in stack else len(stack) - 1
        known.depth[token.start[0]], known.indent[token.start[0]] = depth, stack[depth]
    return []
