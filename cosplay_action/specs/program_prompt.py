"""How prompts speak of a program: the task in Markdown, and the words of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cosplay_action.method.ports import Words
from cosplay_action.specs.program_text import ProgramExample

# Small models write Python where they are asked for inputs of a program, and copy the examples of the task, unless the
# form itself tells them otherwise.
WORDS = Words(
    code="one Python code block with the complete program",
    input="the whole text that the program reads from standard input, in the format that the task describes",
    output="```\n<exactly what the program prints>\n```",
    input_example="3\n1 2 3",
    manners=(
        "The program reads its input from standard input and prints exactly the output that the task asks for: no "
        "prompts for the user, no other text."
    ),
    one_input=(
        "one code block that holds only this input, as it stands on standard input. No output, no code, no comment."
    ),
    inputs=(
        "{count} new inputs, one after the other, in this form and without anything else (no outputs, no code, no "
        "comments):\n"
        "New input 1:\n```\n<the lines of an input that is not in the task>\n```\n"
        "New input 2:\n```\n<the lines of another input that is not in the task>\n```"
    ),
    ending="the complete output, in this form:\nAnswer:\n",
    plain=True,
)

_HEADS = (
    re.compile(r"^(?P<level>#{1,6})[ \t]+(?P<title>.+?)[ \t#]*$"),
    re.compile(r"^-{3,}[ \t]*(?P<title>[A-Za-z][^-]*?)[ \t]*-{3,}$"),
    re.compile(r"^\*\*(?P<title>[^*]+)\*\*:?$"),
    re.compile(
        r"^(?P<title>(?:(?:sample|example) )?(?:inputs?|outputs?|examples?|samples?|notes?|constraints?)(?: #?\d+)?):$",
        re.IGNORECASE,
    ),
)
_LOWEST = 7  # the level of a heading without marks
_EXAMPLE = re.compile(r"^(?:sample|example|note|explanation)s?\b", re.IGNORECASE)
_INNER = re.compile(r"^(?:input|output|answer|result)s?\W*\d*\W*$", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")


def task(statement: str, examples: Sequence[ProgramExample], *, shown: bool) -> str:
    """The problem in Markdown. Examples that the statement holds stand where they are, others below it."""
    head = "Write a Python program. It reads standard input and writes to standard output."
    whole, bare = statement.strip(), without_examples(statement).strip()
    if not shown:
        return f"{head}\n\n{bare}"
    more = () if bare != whole else map(_example, examples)
    return "\n\n".join([head, whole, *more])


def _example(one: ProgramExample) -> str:
    return f"For example, the input\n{_block(one.stdin)}\ngives\n{_block(one.stdout)}"


def _block(text: str) -> str:
    ticks = "```"
    while ticks in text:
        ticks += "`"
    return f"{ticks}\n{text.removesuffix(chr(10))}\n{ticks}"


def without_examples(statement: str) -> str:
    """The statement without its sections of examples, and without the notes on them."""
    return "\n".join(_kept(statement.split("\n")))


def _kept(lines: Sequence[str]) -> Iterator[str]:
    """The lines outside of such sections. One ends at a heading of its level or above it."""
    fenced, dropping = False, 0  # the level of the section that is dropped, 0 for none
    for line in lines:
        fenced ^= _FENCE.match(line) is not None
        title, level = ("", 0) if fenced else _heading(line)
        if title and _EXAMPLE.match(title):
            dropping = min(dropping or level, level)
        elif title and (level < dropping or (level == dropping and not _INNER.match(title))):
            dropping = 0
        if not dropping:
            yield line


def _heading(line: str) -> tuple[str, int]:
    """The title and the level of a heading, ("", 0) for any other line."""
    for style in _HEADS:
        if found := style.match(line.strip()):
            marks = found.groupdict().get("level")
            return found["title"], len(marks) if marks else _LOWEST
    return "", 0
