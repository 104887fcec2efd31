"""What of a page of Markdown is live where it should not be."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

_OURS = re.compile(r"</?details>(<summary>[^<]*</summary>)?\n?|</?sub>|<!-- [\w: -]+ -->\n?")
_REFERENCES = re.compile("@octocat|#\\d|GH-2|https?://|\x1b|\u202e|[\ud800-\udfff]")


def live(page: str) -> list[str]:
    """Links, images and HTML that are not ours, mentions, references, escapes; what we link to is taken out before."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page):
        for one in token.children or [token]:
            if one.type in {"link_open", "image", "html_inline", "html_block"} and not _OURS.fullmatch(one.content):
                found.append(one.content or str(one.attrs))
    return found + [match[0] for match in _REFERENCES.finditer(page)]
