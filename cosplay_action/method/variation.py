"""Inputs that cost no tokens: known inputs, varied.

What may stand in an input is learned from the known ones, place by place: a number stays at or above the smallest one
seen there, a text is made of the characters seen there, an empty list comes only where one was seen. So variations stay
where whoever wrote the known inputs thought it worth looking; whether they are valid is for others to say.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Sequence

from cosplay_action.method.nearby import Seen, smaller, spelled, varied

LONGEST = 600  # characters of a varied input
TRIES = 4  # variations tried for each that is wanted: many come twice, or change nothing
_TOKEN = re.compile(r"\S+")
_NUMBER = re.compile(r"-?\d{1,15}")
Vary = Callable[[random.Random], str]


def variations(known: Sequence[str], stream: random.Random, count: int, *, plain: bool = False) -> list[str]:
    """At most ``count`` distinct texts, none of ``known`` among them; ``plain``: they are texts, no Python."""
    vary = _varied_text(known) if plain else _varied_calls(known)
    found: dict[str, None] = {}
    tries = TRIES * count
    while vary and tries and len(found) < count:
        tries -= 1
        text = vary(stream)
        if text not in known and len(text) <= LONGEST:
            found[text] = None
    return list(found)


def _varied_calls(known: Sequence[str]) -> Vary | None:
    """Vary the literals of Python texts: a place is a literal's number in its text."""
    parsed = [(text, places) for text in known if (places := _literals(text))]
    seen: dict[int, Seen] = {}
    for text, places in parsed:
        for place, (start, end) in enumerate(places):
            seen.setdefault(place, Seen()).add(ast.literal_eval(text[start:end]))
    if not parsed:
        return None

    def vary(stream: random.Random) -> str:
        text, places = stream.choice(parsed)
        changed = {stream.randrange(len(places)) for _ in range(_steps(stream))}
        for place in sorted(changed, reverse=True):
            start, end = places[place]
            value = varied(ast.literal_eval(text[start:end]), seen[place], stream)
            text = _with(text, (start, end), value)
        return text

    return vary


def _with(text: str, place: tuple[int, int], value: object) -> str:
    """The text with another value at a place; as it is where Python does not write the value (too many digits)."""
    try:
        return f"{text[: place[0]]}{spelled(value)}{text[place[1] :]}"
    except ValueError:
        return text


def simpler(text: str) -> list[str]:
    """The text with one of its literals a step simpler, the shortest texts first; none for what is no Python."""
    found: dict[str, None] = {}
    for start, end in _literals(text):
        for value in smaller(ast.literal_eval(text[start:end])):
            found[_with(text, (start, end), value)] = None
    return sorted((one for one in found if one != text), key=lambda one: (len(one), one))


def _literals(text: str) -> list[tuple[int, int]]:
    """Where the largest literals of a Python text stand (characters), in order; none when it cannot be read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    lines = text.split("\n")
    found: list[tuple[int, int]] = []

    def at(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode(errors="ignore"))

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr):
            return
        if isinstance(node, ast.expr) and is_literal(node):
            found.append((at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)))
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return sorted(found)


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a value as it stands."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _steps(stream: random.Random) -> int:
    """One change mostly, now and then some more."""
    steps = 1
    while steps < 4 and stream.random() < 0.4:
        steps += 1
    return steps


def _varied_text(known: Sequence[str]) -> Vary | None:
    """Vary the words of plain texts: a place is a word's number in its line; lines stay as many as they are."""
    usable = [text for text in known if _TOKEN.search(text)]
    seen: dict[bool, Seen] = {True: Seen(), False: Seen()}
    for text in usable:
        for match in _TOKEN.finditer(text):
            number = _NUMBER.fullmatch(match[0]) is not None
            seen[number].add(int(match[0]) if number else match[0])

    def vary(stream: random.Random) -> str:
        text = stream.choice(usable)
        for _ in range(_steps(stream)):
            match = stream.choice(list(_TOKEN.finditer(text)))
            number = _NUMBER.fullmatch(match[0]) is not None
            new = str(varied(int(match[0]) if number else match[0], seen[number], stream))
            word = new if new.split() == [new] else match[0]
            text = f"{text[: match.start()]}{word}{text[match.end() :]}"
        return text

    return vary if usable else None
