"""Whether a new text of a file is the old one, line by line, around what came in: comments are no statements.

A tree has no comments; a change that a reviewer does not expect, or that cannot be seen, could hide in them.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from cosplay_action.specs.nodes import Function

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters without a shape
_PICTURES = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED = re.compile(f"(?<=[{_PICTURES}\ufe0f])\u200d(?=[{_PICTURES}])")  # one picture made of two
_SILENCE = re.compile(
    r"(type:\s*ignore|noqa|pragma|nosec|nosemgrep|pylint:|pyright:|mypy:|ruff:|flake8:|isort:|lgtm|NOSONAR|codeql)[^#]*",
    re.IGNORECASE,
)
_TEXTS = frozenset(getattr(tokenize, name, tokenize.STRING) for name in ("STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE"))


def lines_flaw(old: bytes, new: bytes, added: Iterable[ast.stmt], filled: Sequence[tuple[ast.stmt, ast.stmt]]) -> str:
    """Which line of the old text is not in the new one, or is new beside ``added`` statements; empty where none is.

    ``filled``: the stub of the old text with what it is in the new one, whose bodies may differ.
    """
    if old and old.startswith(BOM_UTF8) != new.startswith(BOM_UTF8):
        return "the byte order mark is not as it was"
    before, after = (data.removeprefix(BOM_UTF8).splitlines(keepends=True) for data in (old, new))
    free_before, free_after = set[int](), {row for node in added for row in _rows(node)}
    for stub, target in filled:
        free = _bodies(before, after, stub, target)
        free_before |= set(free[0])
        free_after |= set(free[1])
        if _shortened(stub, target):
            return "the docstring lost something that it said"
        if lost := _lost(before, after, *free):
            return f"a comment of the stub is gone: line {lost}"
    kept, there = (_outside(lines, free) for lines, free in ((before, free_before), (after, free_after)))
    for (row, line), (_, other) in zip(kept, there, strict=False):
        if line != other and not (row == len(before) and line.rstrip(b"\r\n") == other.rstrip(b"\r\n")):
            return f"line {row} of the old text is not as it was"
    if len(kept) > len(there):
        return f"line {kept[len(there)][0]} of the old text is gone"
    return f"line {there[len(kept)][0]} is new beside what may come in" if len(there) > len(kept) else ""


def _rows(node: ast.stmt) -> range:
    """The lines of a statement, its decorators among them."""
    first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=node.lineno)
    return range(first, (node.end_lineno or node.lineno) + 1)


def _outside(lines: Sequence[bytes], free: set[int]) -> list[tuple[int, bytes]]:
    return [(row, line) for row, line in enumerate(lines, 1) if row not in free and line.strip()]


def _bodies(before: Sequence[bytes], after: Sequence[bytes], stub: ast.stmt, target: ast.stmt) -> tuple[range, range]:
    """The lines of both bodies below the docstring; all of the definition where the stub's lines are shared."""
    assert isinstance(stub, Function)
    assert isinstance(target, Function)
    first = stub.body[0]
    shared = bool(before[first.lineno - 1][: first.col_offset].strip())
    if shared or (len(stub.body) > 1 and stub.body[1].lineno == first.end_lineno):
        return _rows(stub), _rows(target)
    documented = _document(stub) and _document(stub) == _document(target)  # an issue's words may come, or come below
    return _body(before, stub, documented=bool(documented)), _body(after, target, documented=bool(documented))


def _document(node: ast.stmt) -> list[str]:
    """What the docstring of a function says, line by line."""
    assert isinstance(node, Function)
    return (ast.get_docstring(node, clean=False) or "").split("\n") if ast.get_docstring(node) else []


def _shortened(stub: ast.stmt, target: ast.stmt) -> bool:
    there = iter([line.strip() for line in _document(target)])
    return not all(line.strip() in there for line in _document(stub) if line.strip())


def _body(lines: Sequence[bytes], node: ast.FunctionDef | ast.AsyncFunctionDef, *, documented: bool) -> range:
    row = node.body[0].lineno
    if documented:
        row = (node.body[0].end_lineno or row) + 1
    else:
        while row > 1 and (not lines[row - 2].strip() or lines[row - 2].lstrip().startswith(b"#")):
            row -= 1
    return range(row, (node.end_lineno or row) + 1)


def _lost(before: Sequence[bytes], after: Sequence[bytes], old: range, new: range) -> int:
    """The first line of comment in the stub's body that is not in the target's, in order; 0 where all are."""
    there = iter([after[row - 1].strip() for row in new])
    for row in old:
        line = before[row - 1].strip()
        if line.startswith(b"#") and line not in there:  # looking for it takes all above it
            return row
    return 0


def _hides(char: str) -> bool:
    if char in "\t\n\r\f":
        return False
    return unicodedata.category(char) in {"Cc", "Cf"} or char in _FILLERS or "\U000e0100" <= char <= "\U000e01ef"


def _hiding(text: str) -> Iterator[str]:
    return filter(_hides, _JOINED.sub("", text))


def unseen_outside(old: bytes | None, new: bytes) -> str:
    """In words, what new comments or code hold that cannot be seen; strings may hold it, and that is named."""
    more = _hidden(new)
    more.subtract(_hidden(old or b""))
    return next((f"a new line holds {_named(char)}" for char, times in more.items() if times > 0), "")


def _named(char: str) -> str:
    return f"U+{ord(char):04X}, which cannot be seen"


def _hidden(data: bytes) -> Counter[str]:
    """The characters outside of strings that cannot be seen."""
    text = _decoded(data)
    found = Counter(_hiding(text))
    if found:
        found.subtract(char for token in _tokens(text) if token.type in _TEXTS for char in _hiding(token.string))
    return found


def text_deeds(data: bytes) -> Iterator[tuple[str, bool]]:
    """What a file's strings hide and what its comments silence, in words, and whether it is risky.

    Raises one of ``shipped.UNREADABLE``.
    """
    text = _decoded(data)
    if not _SILENCE.search(text) and not any(_hiding(text)):
        return
    for token in _tokens(text):
        if token.type in _TEXTS:
            yield from ((f"holds a string with {_named(char)}", True) for char in _hiding(token.string))
        elif token.type == tokenize.COMMENT:
            yield from ((f"silences a check: {one[0].strip()[:60]}", False) for one in _SILENCE.finditer(token.string))


def _decoded(data: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, "replace")


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a file's text. Raises SyntaxError for what is no Python."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error
