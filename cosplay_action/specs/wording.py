"""Names for tests: identifiers made from what a test does, or from the idea a model gave it (untrusted text)."""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence

_LONGEST = 60
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FILLER = frozenset({"test", "tests", "testing", "case", "edge", "input", "check", "checks", "a", "an", "the", "with",
                     "for", "of", "that", "to", "and", "or", "in", "is", "on", "should", "when", "where"})  # fmt: skip
_EMPTY: dict[type[object], str] = {
    str: "string",
    bytes: "bytes",
    list: "list",
    tuple: "tuple",
    dict: "dict",
    set: "set",
}


def identifier(text: str, longest: int = _LONGEST) -> str:
    """Only ``[a-z0-9_]``, at most ``longest`` characters, cut between words; empty when nothing is left.

    Never a keyword and never starting with a digit: such a name gets a leading ``case_``.
    """
    ascii_text = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    name = "_".join(words)
    if len(name) > longest - 5:
        cut = name[: longest - 4]
        name = cut.rpartition("_")[0] or cut[:-1]
    if name and (keyword.iskeyword(name) or keyword.issoftkeyword(name) or name[0].isdigit()):
        name = f"case_{name}"
    return name


def snake(name: str) -> str:
    """``RingBuffer`` is ``ring_buffer``; underscores at either end go."""
    return _CAMEL.sub("_", name).strip("_").lower() or "it"


def idea_name(idea: str, longest: int = 48) -> str:
    """A name from a test's idea: its first line without the filler words at either end."""
    words = identifier(idea.strip().partition("\n")[0], longest).split("_")
    while words and (words[0] in _FILLER or words[0] == "case"):
        words = words[1:]
    while words and words[-1] in _FILLER:
        words = words[:-1]
    return identifier("_".join(words), longest) if len("".join(words)) > 2 else ""


def content_name(arguments: Sequence[ast.AST]) -> str:
    """A name from the arguments, for the inputs that have one: ``empty_list``, ``zero``, ``negative``, ``none``."""
    if not arguments:
        return "no_arguments"
    if len(arguments) > 1:
        return ""
    try:
        value = ast.literal_eval(ast.unparse(arguments[0]))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""
    return _described(value)


def _described(value: object) -> str:
    kind = _EMPTY.get(type(value))
    if kind and not value:
        return f"empty_{kind}"
    if isinstance(value, list | tuple | set | dict) and len(value) == 1:
        return "one_entry" if isinstance(value, dict) else "one_item"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return _word(value) if isinstance(value, str) else _number(value)


def _word(value: str) -> str:
    if value.isspace():
        return "only_spaces" if set(value) == {" "} else "only_whitespace"
    return "single_character" if len(value) == 1 else identifier(value, 30) if value.isalnum() else ""


def _number(value: object) -> str:
    if isinstance(value, int) and abs(value) < 10**12:
        return "zero" if value == 0 else f"minus_{-value}" if value < 0 else f"{value}"
    return ""


class Unique:
    """Hands out each name once; a name that was taken gets a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def __call__(self, name: str) -> str:
        number, found = 2, name
        while found in self._taken:
            found, number = f"{name}_{number}", number + 1
        self._taken.add(found)
        return found
