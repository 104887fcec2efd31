"""A Markdown text as GitHub lays it out: its headings, its fenced blocks, and what of it nobody sees.

The library finds the blocks (CommonMark); what is inside a line is not its business here, but for HTML comments. Those
and link definitions are shown to nobody, so they are instructions to nobody: they are blanked, and a note says so.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cosplay_action.specs.issues.findings import Findings, counted, lines_of

_MARK = re.compile(r"\\[\\`<]|`+|<!--")
_LISTED = 5  # places that one note names


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading that stands in no list or quotation; ``first`` and ``last`` are its line numbers, from 1."""

    first: int
    last: int
    depth: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code with its fence, or an indented one (``info`` is then empty). ``start``: its first inner line."""

    first: int
    last: int
    info: str
    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swallower:
    """Something that takes lines in which others may have meant headings: ``what`` it is, and those lines.

    ``closed``: a block of code with both its fences, in which headings are most often meant as text.
    """

    what: str
    first: int
    lines: tuple[str, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The lines of a text, what nobody sees of them blanked."""

    lines: tuple[str, ...]
    headings: tuple[Heading, ...]
    fences: tuple[Fence, ...]
    swallowers: tuple[Swallower, ...] = ()

    def numbered(self, first: int, last: int) -> list[tuple[int, str]]:
        """The lines ``first`` to ``last`` with their numbers."""
        return [(number, self.lines[number - 1]) for number in range(first, last + 1)]

    def within(self, first: int, last: int) -> list[Fence]:
        """The blocks of code that lie in these lines."""
        return [fence for fence in self.fences if first <= fence.first and fence.last <= last]


class _Blocks(MarkdownIt):
    """CommonMark's blocks alone."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"inline_definitions": True})
        self.disable(["inline", "text_join"])

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - the library's name
        """To GitHub every link definition is one, wherever it leads."""
        return True


def read_page(lines: Sequence[str], findings: Findings) -> Page:
    """Lay out lines that hold nothing unseen."""
    tokens = _Blocks().parse("\n".join(lines))
    kept = list(lines)
    end = _blank(tokens, kept, findings)
    headings = [_heading(a, b) for a, b in itertools.pairwise(tokens) if _is_heading(a)]
    fences = [_fence(token, len(kept)) for token in tokens if _is_fence(token)]
    return Page(
        lines=tuple(kept),
        headings=tuple(heading for heading in headings if heading.first <= end),
        fences=tuple(fence for fence in fences if fence.first <= end),
        swallowers=tuple(_swallowers(tokens, lines, end)),
    )


def _swallowers(tokens: Sequence[Token], lines: Sequence[str], end: int) -> Iterator[Swallower]:
    """HTML, and what has no end. ``end`` is the last line that is shown."""
    for token in tokens:
        first, behind = _lines(token)
        if first >= end:
            return
        if token.type == "html_block":
            comment = token.content.lstrip().startswith("<!--")
            last = len(lines) if behind == end else behind
            if not comment or last > behind or "-->" not in token.content:
                what = "an HTML comment without an end" if comment else "HTML"
                yield Swallower(what=what, first=first + 1, lines=tuple(lines[first:last]))
        elif token.type == "fence":
            closed = token.content.count("\n") < behind - first - 1
            what = "a block of code" if closed else "a block without its closing fence"
            yield Swallower(what=what, first=first + 1, lines=tuple(lines[first:behind]), closed=closed)


def _is_heading(token: Token) -> bool:
    return token.type == "heading_open" and token.level == 0


def _is_fence(token: Token) -> bool:
    return token.type == "fence" or (token.type == "code_block" and token.level == 0)


def _lines(token: Token) -> tuple[int, int]:
    """The first line of a block and the one behind its last, from 0."""
    first, behind = token.map or [0, 0]
    return first, behind


def _heading(token: Token, inline: Token) -> Heading:
    first, behind = _lines(token)
    text, _, _ = without_comments(inline.content)
    return Heading(first=first + 1, last=behind, depth=int(token.tag[1]), text=text.strip())


def _fence(token: Token, total: int) -> Fence:
    first, behind = _lines(token)
    fenced = token.type == "fence"
    inner = token.content.removesuffix("\n").split("\n") if token.content else []
    return Fence(
        first=first + 1, last=min(behind, total), info=token.info.strip() if fenced else "",
        start=first + (2 if fenced else 1), lines=tuple(inner),
    )  # fmt: skip


def _blank(tokens: Sequence[Token], lines: list[str], findings: Findings) -> int:
    """Blank what nobody sees; the number of the last line that is shown at all."""
    comments, definitions, end = list[str](), list[str](), len(lines)
    for token in tokens:
        first, behind = _lines(token)
        if token.type == "definition":
            lines[first:behind] = [""] * (behind - first)
            definitions.append(lines_of(first + 1, behind))
        elif token.type in {"html_block", "inline"}:
            html = token.type == "html_block"
            text, removed, is_open = without_comments("\n".join(lines[first:behind]), html=html)
            lines[first:behind] = text.split("\n")
            comments += [lines_of(first + 1, end if is_open else behind)] if removed else []
            if is_open:
                lines[behind:] = [""] * (len(lines) - behind)
                end = behind
                break
    _note(comments, "HTML comment", findings)
    _note(definitions, "link definition", findings)
    return end


def _note(places: Sequence[str], what: str, findings: Findings) -> None:
    if places:
        listed = ", ".join(places[:_LISTED]) + (", ..." if len(places) > _LISTED else "")
        verb = "was" if len(places) == 1 else "were"
        findings.note(f"{counted(len(places), what)}, which nobody sees, {verb} left out ({listed}).")


def without_comments(text: str, *, html: bool = False) -> tuple[str, bool, bool]:
    """One block's text without its HTML comments; whether there were any; whether the last one has no end.

    Line ends stay. In a paragraph a code span shows what is in it, and a comment without an end is text; in a block of
    ``html`` it hides the rest.
    """
    if "<!--" not in text:
        return text, False, False
    kept, at, copied, last = list[str](), 0, 0, text.rfind("-->")
    spans = {} if html else _spans(text)
    while match := _MARK.search(text, at):
        begin, at = match.span()
        if match[0] != "<!--":
            at = spans.get(begin, at)
            continue
        end = _comment_end(text, begin, last)
        if end < 0 and not html:
            continue
        at = end if end >= 0 else len(text)
        kept += [text[copied:begin], "\n" * text.count("\n", begin, at)]
        copied = at
        if end < 0:
            return "".join(kept), True, True
    return "".join([*kept, text[copied:]]), bool(kept), False


def _comment_end(text: str, begin: int, last: int) -> int:
    """The index behind the comment that begins there, -1 for one without an end; ``last``: the last ``-->``."""
    for short in ("<!-->", "<!--->"):
        if text.startswith(short, begin):
            return begin + len(short)
    return text.find("-->", begin + 4) + 3 if begin + 4 <= last else -1


def _spans(text: str) -> dict[int, int]:
    """The code spans of a paragraph: where each could begin, and the index behind it."""
    runs: dict[int, list[int]] = {}
    for match in re.finditer("`+", text):
        runs.setdefault(len(match[0]), []).append(match.start())
    spans = {}
    for match in _MARK.finditer(text):
        same = runs.get(len(match[0]), []) if match[0][0] == "`" else []
        place = bisect_left(same, match.end())
        if place < len(same):
            spans[match.start()] = same[place] + len(match[0])
    return spans
