"""The comments that mark a function: ``# cosplay`` on the line above it, or in its header.

A comment may say more behind the word, and other comments may share its line (``# noqa: D103  # cosplay``). What looks
like a marker inside a string is none: comments are the tokenizer's.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from cosplay_action.specs.source import plain

_FIRM = re.compile(r"cosplay\s*(?::(?!\s*(?:target|spec|implementation)\s*=)|$)", re.IGNORECASE)
_LOOSE = re.compile(r"cosplay(?![\w-])", re.IGNORECASE)
_HINT = re.compile(rb"#[^\r\n]*cosplay(?![\w-])", re.IGNORECASE)
_NO_CODE = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})


@dataclass(frozen=True, slots=True)
class Marker:
    """``line`` of the comment; ``row``, where the statement begins that it stands at or directly above (0: none).

    ``firm``: the comment is nothing but the word, or goes on with a colon. Any other could be prose.
    """

    line: int
    row: int
    firm: bool


def markers(text: str) -> Iterator[Marker]:
    """The markers of a text that is Python, in order."""
    row, above = 0, Marker(0, 0, firm=False)  # where what is read began; a marker alone on its line that waits for it
    for token in tokenize.generate_tokens(io.StringIO(plain(text)).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT and _is_marker(token.string, _LOOSE):
            found = Marker(line, row, firm=_is_marker(token.string, _FIRM))
            if row:
                yield found
                continue
            if above.line:
                yield above
            above = found
        elif token.type == tokenize.NEWLINE:
            row = 0
        elif not row and token.type not in _NO_CODE:
            row = line
            if above.line:
                yield Marker(above.line, row if above.line + 1 == row else 0, above.firm)
                above = Marker(0, 0, firm=False)


def _is_marker(comment: str, form: re.Pattern[str]) -> bool:
    return any(form.match(part.strip()) for part in comment.split("#"))


def could_mark(raw: bytes) -> bool:
    """False for a file that holds no marker for certain: a look at its bytes, which spares reading it as Python."""
    return _HINT.search(raw) is not None


def seems_to_mark(raw: bytes) -> bool:
    """Whether a text that is no Python may hold a marker: as far as its comments can be told from its strings."""
    last = 0  # line that was told apart
    try:
        for token in tokenize.tokenize(io.BytesIO(raw).readline):
            if token.type == tokenize.COMMENT and _is_marker(token.string, _FIRM):
                return True
            last = token.end[0]
    except (tokenize.TokenError, SyntaxError, UnicodeError):
        return could_mark(b"\n".join(raw.splitlines()[last:]))
    return False
