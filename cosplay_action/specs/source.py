"""A Python source file as bytes and as text, so that every byte we do not mean to change survives.

Lines are counted the way the compiler counts them: LF, CRLF and a lone CR end a line; a form feed does not.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cosplay_action.errors import SpecError
from cosplay_action.specs.newer import newer

_LINE_END = re.compile(r"\r\n|\r|\n")
_UNIT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file: ``path`` is POSIX and relative to the repository's root; ``encode(text) == raw`` holds.

    ``text`` has the file's own newlines and no byte order mark. ``newline`` is the commonest line end (LF when there
    is none), ``unit`` one step of indentation (a tab, or spaces). ``tree`` is the parsed text, the same one for as long
    as the file is held, so that its nodes can be told apart. Shared: nobody changes it.
    """

    path: str
    raw: bytes = field(repr=False)
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False, compare=False)
    encoding: str
    newline: str = "\n"
    unit: str = _UNIT

    def encode(self, text: str) -> bytes:
        """Return ``text`` as this file's bytes. Raises UnicodeEncodeError for what its encoding cannot say."""
        return text.encode(self.encoding)

    def native(self, text: str) -> str:
        """A text of LF line ends with this file's."""
        return text.replace("\n", self.newline)

    def offset(self, line: int, column: int) -> int:
        """The index in ``text`` of a position as ``ast`` gives it (1-based line, column in UTF-8 bytes)."""
        return offset_in(self.text, line, column)


def read_source(root: Path, path: str) -> SourceFile:
    """Read ``root / path``; raises SpecError (what, cure) for anything that is not a readable, valid Python file."""
    raw = _read_bytes(root / path, path)
    if b"\0" in raw:
        raise SpecError(f"{path} contains null bytes, so it is no Python source.", "Give the path of a Python file.")
    encoding, text = _decode(raw, path)
    try:
        check_module(text)
    except SyntaxError as error:
        cure = newer(text, error.lineno or 0) or "Mend the file, then run again."
        raise SpecError(f"{path} has a syntax error: {_where(error)}.", cure) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise SpecError(f"{path} cannot be parsed: {error}.", "Mend the file, then run again.") from error
    newline, unit = newline_of(text), unit_of(text)
    tree = parse_module(text)
    return SourceFile(path=path, raw=raw, text=text, tree=tree, encoding=encoding, newline=newline, unit=unit)


def _read_bytes(file: Path, path: str) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise SpecError(f"{path} does not exist.", "Give a path relative to the repository's root.") from error
    except IsADirectoryError as error:
        raise SpecError(f"{path} is a directory.", "Name a file and a function: path/file.py::function.") from error
    except (OSError, ValueError) as error:
        raise SpecError(f"{path} cannot be read: {error}.", "Check the path and its permissions.") from error


def _decode(raw: bytes, path: str) -> tuple[str, str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
        faithful = text.encode(encoding) == raw
    except (SyntaxError, UnicodeError, LookupError) as error:
        cure = "Save the file as UTF-8, or correct its encoding cookie."
        raise SpecError(f"{path} cannot be decoded: {error}.", cure) from error
    if not faithful:
        what = f"{path} does not survive decoding and encoding as {encoding}, so a patch would change other bytes."
        raise SpecError(what, "Save the file as UTF-8.")
    return encoding, text


def _where(error: SyntaxError) -> str:
    place = f"line {error.lineno}, column {error.offset}" if error.lineno else "unknown place"
    return f"{error.msg} ({place})"


@lru_cache(maxsize=64)
def parse_module(text: str) -> ast.Module:
    """The tree of a text, shared: nobody changes it. Raises what ``ast.parse`` raises."""
    return parse_anew(text)


def parse_anew(text: str) -> ast.Module:
    """Parse as the compiler would, without its warnings. Raises what ``ast.parse`` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def check_module(text: str) -> None:
    """Raises what ``compile`` raises for a text that is no module (``return`` outside a function included)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(text, "<module>", "exec", dont_inherit=True)


@lru_cache(maxsize=64)
def line_starts(text: str) -> tuple[int, ...]:
    """The index at which each line starts (as the compiler counts lines), one beyond the last included."""
    return (0, *(match.end() for match in _LINE_END.finditer(text)), len(text))


def offset_in(text: str, line: int, column: int) -> int:
    """The index in ``text`` of a 1-based line and a column in UTF-8 bytes."""
    start = line_starts(text)[line - 1]
    if not column:
        return start
    end = line_starts(text)[line]
    return start + len(text[start:end].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))


def line_end(text: str, index: int) -> int:
    """The index just before the line end that follows ``index`` (or the end of the text)."""
    match = _LINE_END.search(text, index)
    return match.start() if match else len(text)


def plain(text: str) -> str:
    """The text with every line end as LF."""
    return _LINE_END.sub("\n", text)


def newline_of(text: str) -> str:
    """The commonest line end of a text, LF on a tie or when there is none."""
    ends = _LINE_END.findall(text)
    return max(("\n", "\r\n", "\r"), key=ends.count) if ends else "\n"


def unit_of(text: str) -> str:
    """One step of indentation, as the first indented block has it; four spaces when there is none."""
    for node in ast.walk(parse_module(text)):
        body = getattr(node, "body", None)
        if isinstance(node, ast.stmt) and isinstance(body, list) and body and body[0].lineno > node.lineno:
            start = offset_in(text, body[0].lineno, 0)
            indent = text[start : offset_in(text, body[0].lineno, body[0].col_offset)]
            return _step(indent, _depth(text, node)) or _UNIT
    return _UNIT


def _depth(text: str, node: ast.stmt) -> str:
    return text[offset_in(text, node.lineno, 0) : offset_in(text, node.lineno, node.col_offset)]


def _step(inner: str, outer: str) -> str:
    step = inner.removeprefix(outer)
    return step if step and not step.strip(" \t") else ""
