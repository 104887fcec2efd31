"""HTML built from nested calls, in which a plain string can only ever become text.

``tag("td", text)`` escapes ``text``; only what this module made (``Markup``) goes in as it is. Invisible, bidi and
control characters come out as visible escapes, marked as such, so that no text can look like another.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from cosplay_action.evidence.neutralise import visible

LINES = "\n\t"  # what a block of text keeps
_VOID = frozenset({"col", "link", "meta", "rect", "path", "line"})
_SVG = frozenset({"rect", "path", "line"})  # closed by a slash, as in XML
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


class Markup(str):
    """Finished HTML. Only the functions here make it from text that is not our own."""

    __slots__ = ()


Child = str | Markup | None


def text(words: str, keep: str = LINES) -> Markup:
    """Return the words as text of a page; what would be unseen, but ``keep``, becomes a marked escape."""
    shown = visible(words, keep)
    if shown == words:
        return Markup(shown.translate(_TEXT))
    return joined(
        _run(list(run), keep, unseen=unseen) for unseen, run in groupby(words, lambda one: _unseen(one, keep))
    )


def plain(words: str) -> Markup:
    """The same for a place that can hold no element, such as the title."""
    return Markup(visible(words).translate(_TEXT))


@lru_cache(maxsize=4096)
def _unseen(character: str, keep: str) -> bool:
    return visible(character, keep) != character


def _run(characters: list[str], keep: str, *, unseen: bool) -> Markup:
    shown = visible("".join(characters), keep).translate(_TEXT)
    return Markup(f'<span class="esc">{shown}</span>' if unseen else shown)


def joined(parts: Iterable[Child]) -> Markup:
    """The parts one after the other: markup as it is, strings as text, None as nothing."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts if part is not None))


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Markup:
    """Return one element. ``class_`` and ``for_`` lose the underscore, others turn it into a hyphen.

    An attribute that is None or False is left out; True stands alone.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Markup(f"<{name}{written}{'/' if name in _SVG else ''}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def _attribute(key: str, value: str | int | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{visible(str(value)).translate(_ATTRIBUTE)}"'


def hidden(words: str) -> Markup:
    """Words for those who do not see the page."""
    return tag("span", words, class_="vh")


def glyph(mark: str, class_: str | None = None) -> Markup:
    """A drawing in letters, whose meaning stands beside it in words."""
    return tag("span", mark, aria_hidden="true", class_=class_)
