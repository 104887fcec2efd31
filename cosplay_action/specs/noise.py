"""What models write around an input or an output: prompts, numbers, labels, backticks. Taken off, never guessed."""

from __future__ import annotations

import ast
import re
import textwrap

from cosplay_action.specs.salvage import parsed

_FENCE = re.compile(r"^\s*(```|~~~)")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.)(?:\s(.*))?$")
_NUMBER = re.compile(r"^\s*(?:\(?\d{1,2}[.):]\)?|[-*•])\s+(?=\S)")
_LABEL = re.compile(
    r"^\s*(?:\*\*|__)?(?:(?:test|example|sample|expected|correct|final|the)\s+)*"
    r"(?:input|inputs|call|test|case|example|output|result|answer|value|return value|returned value)\s*\d*"
    r"\s*(?:is)?(?:\*\*|__)?\s*[:=](?!=)(?:\*\*|__)?\s*",
    re.IGNORECASE,
)
_JSON = {"true": True, "false": False, "null": None}


def clean_lines(text: str) -> str:
    """A piece of Python as it was meant: no fences, prompts, list numbers, labels or backticks, no margin."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip() and not _FENCE.match(line)]
    if any(line.lstrip().startswith(">>>") for line in lines):
        lines = [match.group(1) or "" for match in map(_PROMPT.match, lines) if match]
    if not lines:
        return ""
    block = textwrap.dedent("\n".join(lines)).strip("\n")
    return block if parsed(block) is not None and not _labelled(block) else clean_line(block)


def clean_line(text: str) -> str:
    """The same for the start and the end of a piece of a line or more."""
    before = ""
    while before != text:
        before = text
        text = text.strip().removeprefix(">>>").strip()
        minus = text.startswith("-") and parsed(text) is not None  # an expression rather than an item of a list
        text = _quoted(text if minus else _NUMBER.sub("", text))
        text = _LABEL.sub("", text) if parsed(text) is None or _labelled(text) else text
    return text


def _labelled(text: str) -> bool:
    """``Input: f(1)`` parses, as an annotation without a value."""
    tree = parsed(text)
    first = tree.body[0] if tree and tree.body else None
    return isinstance(first, ast.AnnAssign) and first.value is None


def _quoted(text: str) -> str:
    """What stands between marks that hold the whole text."""
    if text.startswith("<") and text.endswith(">") and parsed(text) is None:
        return text[1:-1].strip()  # the form of an answer, taken literally
    for mark in ("```", "``", "`", "**"):
        inner = text[len(mark) : -len(mark)]
        if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark) and mark not in inner:
            return inner.strip()
    return text


class Constants(ast.NodeTransformer):
    """Reads JSON's ``true``, ``false`` and ``null`` as Python's constants, unless the names are ``bound``."""

    def __init__(self, bound: frozenset[str]) -> None:
        self.bound = bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _JSON and node.id not in self.bound:
            return ast.copy_location(ast.Constant(_JSON[node.id]), node)
        return node
