"""Expressions as text: one line where it fits, else a bracket opened the way black opens it, with a trailing comma.

Strings get double quotes; whatever cannot be seen in them (controls, bidirectional marks, zero widths) is escaped.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

WIDTH = 88  # black's default: a test file of ours is at home in most repositories
_STEP = "    "
# Printable to Python, invisible to people: fillers, joiners, variation selectors, the blank braille pattern.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}


def is_visible(text: str) -> bool:
    """False for a text with characters (other than line ends) that people cannot see where they stand."""
    return all(c == "\n" or (c.isprintable() and c not in _INVISIBLE) for c in text)


def quoted(text: str) -> str:
    """A string literal with double quotes, unless single ones save escapes; nothing in it is invisible."""
    shown = repr(text)
    if shown.startswith("'") and '"' not in text:
        shown = f'"{shown[1:-1]}"'.replace("\\'", "'")
    return "".join(c if c not in _INVISIBLE else f"\\u{ord(c):04x}" for c in shown)


def flat(node: ast.AST) -> str:
    """The node as source on as few lines as it can have, with our quotes."""
    text = ast.unparse(node)
    edits = [(t.start, t.end, _rewritten(t)) for t in _literals(text)]
    lines = text.split("\n")
    for (row, start), (end_row, end), new in reversed(edits):
        if row == end_row:
            line = lines[row - 1]
            lines[row - 1] = line[:start] + new + line[end:]
    return "\n".join(lines)


def _literals(text: str) -> list[tokenize.TokenInfo]:
    wanted = {tokenize.STRING, tokenize.NUMBER}
    return [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type in wanted]


def _rewritten(token: tokenize.TokenInfo) -> str:
    """A string with our quotes; ``1e-09`` as people write it."""
    if token.type == tokenize.NUMBER:
        return re.sub(r"(?<=e-)0(?=\d)", "", token.string)
    return _requoted(token.string)


def _requoted(token: str) -> str:
    if token[0] in "\"'" and not token.startswith(('"""', "'''")):
        return quoted(str(ast.literal_eval(token)))
    if token.startswith("b'") and '"' not in token:
        return f'b"{token[2:-1]}"'
    return token


def laid_out(node: ast.expr, indent: str, *, before: int = 0, after: int = 0) -> str:
    """The expression, with ``before`` columns taken on its first line beyond the indent and ``after`` on its last.

    Inner lines start with ``indent``; the first does not (its place is after what the caller wrote).
    """
    line = flat(node)
    if len(indent) + before + len(line) + after <= WIDTH:
        return line
    return _opened(node, indent, line)


def _opened(node: ast.expr, indent: str, line: str) -> str:
    inner = indent + _STEP
    match node:
        case ast.List(elts=[_, *_] as items) | ast.Tuple(elts=[_, *_] as items) | ast.Set(elts=[_, *_] as items):
            left, right = {ast.List: ("[", "]"), ast.Tuple: ("(", ")"), ast.Set: ("{", "}")}[type(node)]
            return _bracket(left, [_item(i, inner) for i in items], right, indent)
        case ast.Dict(keys=[_, *_]):
            return _bracket("{", _pairs(node, inner), "}", indent)
        case ast.Call() if node.args or node.keywords:
            return _bracket(f"{flat(node.func)}(", _arguments(node, inner), ")", indent)
        case ast.Constant(value=str() as text) if len(text) > 8:
            return _bracket("(", _pieces(text, inner), ")", indent, comma="")
    return line


def _bracket(left: str, items: list[str], right: str, indent: str, comma: str = ",") -> str:
    """All items on one inner line where they fit there, else one a line with a trailing comma."""
    inner = indent + _STEP
    together = f"{inner}{f'{comma} '.join(items)}"
    if comma and len(together) <= WIDTH and "\n" not in together and not (left == "(" and len(items) == 1):
        return "\n".join([left, together, f"{indent}{right}"])
    return "\n".join([left, *(f"{inner}{item}{comma}" for item in items), f"{indent}{right}"])


def _item(node: ast.expr, inner: str) -> str:
    return laid_out(node, inner, after=1)


def _pairs(node: ast.Dict, inner: str) -> list[str]:
    found = []
    for key, value in zip(node.keys, node.values, strict=True):
        label = f"{flat(key)}: " if key is not None else "**"
        found.append(label + laid_out(value, inner, before=len(label), after=1))
    return found


def _arguments(node: ast.Call, inner: str) -> list[str]:
    found = [_item(argument, inner) for argument in node.args]
    for keyword in node.keywords:
        label = f"{keyword.arg}=" if keyword.arg else "**"
        found.append(label + laid_out(keyword.value, inner, before=len(label), after=1))
    return found


def _pieces(text: str, inner: str) -> list[str]:
    """A long string cut so that each piece, quoted, fits on its line."""
    room = max(WIDTH - len(inner) - 2, 20)
    pieces, start = [], 0
    while start < len(text):
        size = room
        while size > 1 and len(quoted(text[start : start + size])) > room + 2:
            size -= max(1, (len(quoted(text[start : start + size])) - room) // 10)
        pieces.append(quoted(text[start : start + size]))
        start += size
    return pieces


def compared(left: ast.expr, operator: str, right: ast.expr, indent: str) -> str:
    """``assert left <operator> right``, opened on the right, else on the left, else in parentheses."""
    head = f"assert {flat(left)} {operator} "
    whole = head + flat(right)
    if len(indent) + len(whole) <= WIDTH:
        return whole
    opened = _opened(right, indent, "")
    if opened and len(indent) + len(head) + len(opened.partition("\n")[0]) <= WIDTH:
        return head + opened
    wide = _opened(left, indent, "")
    tail = f" {operator} {flat(right)}"
    if wide and len(indent) + len(wide.rpartition("\n")[2]) + len(tail) <= WIDTH:
        return f"assert {wide}{tail}"
    inner = indent + _STEP
    first = laid_out(left, inner)
    second = laid_out(right, inner, before=len(operator) + 1)
    return f"assert (\n{inner}{first}\n{inner}{operator} {second}\n{indent})"
