"""Other people's text made harmless for Markdown on GitHub, and for terminals.

Three layers, from the outside in: invisible and control characters become visible escapes (``visible``); what GitHub
would turn into a link, a notification or a closed issue is broken by a zero-width space (``inert``); and what Markdown
or HTML would interpret is escaped (``prose``) or put into a code span (``code``) or a fence (``fence``).

Code spans are not links for GitHub, but a pull request's body can become a squashed commit's message, which is read
without Markdown: so ``code`` breaks references too. ``fence`` keeps its text copyable and is therefore only for what
never becomes a commit message. Sources: the GFM specification (code spans, tables, autolinks), GitHub's documentation
on mentions, autolinked references and closing keywords.
"""

from __future__ import annotations

import re

ZERO_WIDTH_SPACE = "\u200b"
EMPTY = "(empty)"

# Written out instead of asked of unicodedata: its tables change with Python's version, and artefacts must not.
_UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls, ANSI escapes among them
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidi, invisible operators
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ufdd0-\ufdef"  # blanks, variation selectors, noncharacters
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format controls, tags
    "\ud800-\udfff"  # lone surrogates, which no encoding can write
    "]"
)
_REFERENCE = re.compile(r"@(?=\S)|#(?=\d)|gh-(?=\d)|:(?=//)|www(?=\.)|(?:mailto|xmpp):", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_MARKUP = re.compile(r"[\\`*_\[\]|~]")
_BLOCK_START = re.compile(r"^(?:[-+=#]|\d+(?=[.)]))")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str, keep: str = "") -> str:
    """Return the text with every control, invisible, bidi or tag character as a Python escape, but those of ``keep``.

    Safe to print on a terminal: no escape sequence survives.
    """
    return _UNSEEN.sub(lambda m: m[0] if m[0] in keep else _escaped(m), text)


def inert(text: str) -> str:
    """Break mentions, issue references and bare links by a zero-width space; reads the same, refers to nothing."""
    return _REFERENCE.sub(lambda m: m[0] + ZERO_WIDTH_SPACE, text)


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of the text; what was left out is counted in words after them."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… (+{len(text) - limit:,} characters)"


def one_line(text: str) -> str:
    """The text on one line: line ends drawn as ↵, everything unseen escaped, spaces kept.

    A line end at the very end says nothing (every input of a program has one) and is left out, as on the page.
    """
    whole = text.replace("\r\n", "\n").removesuffix("\n")
    return visible(whole.replace("\n", "↵").replace("\t", "\\t"))


def prose(text: str, limit: int = 2000, *, table: bool = False) -> str:
    """Return the text as one line of plain Markdown prose; nothing in it is live. ``table``: as for ``code``.

    A dollar sign would open mathematics, for which GitHub has no escape: such text becomes a code span.
    """
    words = " ".join(clip(text, limit).split())
    if not words:
        return ""
    if "$" in words:
        return code(words, limit + 40, table=table)
    shown = _EMOJI.sub(":" + ZERO_WIDTH_SPACE, inert(visible(words)))
    escaped = _MARKUP.sub(r"\\\g<0>", shown.translate(_ENTITIES))
    return _BLOCK_START.sub(_block_escaped, escaped)


def _block_escaped(match: re.Match[str]) -> str:
    """A list marker or heading at the start loses its meaning: ``1.`` becomes ``1\\.``, ``-`` becomes ``\\-``."""
    found = match[0]
    return f"{found}\\" if found.isdigit() else f"\\{found}"


def code(text: str, limit: int = 200, *, table: bool = False) -> str:
    """Return the text as one code span on one line; ``table`` when it stands in a cell of a table (pipes)."""
    shown = inert(one_line(clip(text, limit)))
    if not shown:
        return EMPTY
    if table:
        shown = _pipes_escaped(shown)
    ticks = "`" * (_longest_run(shown) + 1)
    blank = " " if shown[0] == "`" or shown[-1] == "`" or (shown[0] == shown[-1] == " " and shown.strip()) else ""
    return f"{ticks}{blank}{shown}{blank}{ticks}"


def _pipes_escaped(text: str) -> str:
    """Escape pipes for a cell. Parsers differ on an even run of backslashes before a pipe: part it from the text."""

    def escape(match: re.Match[str]) -> str:
        slashes = match[1]
        return slashes + (ZERO_WIDTH_SPACE if len(slashes) % 2 else "") + "\\|"

    return re.sub(r"(\\*)\|", escape, text)


def fence(text: str, language: str = "") -> str:
    """Return the text as a fenced block that nothing inside can close; line ends and tabs are kept."""
    body = visible(text.replace("\r\n", "\n"), keep="\n\t").rstrip("\n")
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{language}\n{body}\n{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
