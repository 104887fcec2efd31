"""Neutralised text is inert for arbitrary text: no mention, no live link, no raw tag; fences close, cells hold."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cosplay_action.evidence.neutralise import EMPTY, ZERO_WIDTH_SPACE, code, fence, prose, visible

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NASTY = st.sampled_from(
    [
        *("@a", "#1", "GH-2", "o/r#3", "fixes #4", "http://e.x", "www.e.x", "a@e.x", "mailto:a", ":x:"),
        *("<b>", "<!--", "-->", "&lt;", "![i](u)", "[l](u)", "[r]: u", "<http://e.x>"),
        *("`", "``", "```", "~~~", "|", "\\", "\\|", "*", "_", "~~", "$", "$`"),
        *("\n", "\r\n", "\r", "\t", "# ", "- ", "1. ", "> ", "    ", "---"),
        *("\x1b[31m", "\x00", "\u202e", "\u200b", "\U000e0041", "\ud800", "\u2028"),
    ]
)
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=12).map("".join)
FEW = settings(max_examples=150, deadline=None)
LIVE = {"html_inline", "html_block", "link_open", "image"}
REFERENCE = re.compile("@[\\w-]|#\\d|gh-\\d|://|www\\.|mailto:[^\u200b]", re.IGNORECASE)
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200c-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff\ud800-\udfff]"
)


def inline(markdown):
    """All inline tokens of the rendered text."""
    return [child for token in PARSER.parse(markdown) for child in token.children or ()]


def kinds(markdown):
    return {token.type for token in PARSER.parse(markdown)} | {token.type for token in inline(markdown)}


def readable(markdown):
    """The text a reader sees, without our zero-width spaces."""
    return "".join(token.content for token in inline(markdown)).replace(ZERO_WIDTH_SPACE, "")


@FEW
@given(TEXTS)
def test_prose_is_one_paragraph_of_nothing_but_text(text):
    shown = prose(text)
    assert kinds(shown) <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special"}
    assert not REFERENCE.search(shown)
    assert not UNSEEN.search(shown)


@FEW
@given(TEXTS.filter(lambda text: "$" not in text))
def test_prose_reads_as_the_text_with_spaces_joined(text):
    assert readable(prose(text)) == visible(" ".join(text.split()))


@FEW
@given(TEXTS)
def test_prose_has_no_raw_tag_outside_a_code_span(text):
    shown = prose(text)
    assert "<" not in shown or "$" in text


@FEW
@given(TEXTS)
def test_code_is_one_code_span_that_reads_as_the_text(text):
    shown = code(text, 10_000)
    tokens = inline(shown)
    if shown == EMPTY:
        assert text in {"", "\n", "\r\n"}
        return
    assert [token.type for token in tokens] == ["code_inline"]
    assert not REFERENCE.search(shown)
    assert not UNSEEN.search(shown)
    whole = text.replace("\r\n", "\n").removesuffix("\n")
    drawn = visible(whole.replace("\n", "↵").replace("\t", "\\t"))
    assert tokens[0].content.replace(ZERO_WIDTH_SPACE, "") == drawn


@FEW
@given(TEXTS, TEXTS)
def test_a_cell_never_breaks_its_table(first, second):
    page = f"| a | b |\n| --- | --- |\n| {code(first, table=True)} | {prose(second, table=True) or '-'} |\n"
    rows = [token.type for token in PARSER.parse(page)]
    assert rows.count("td_open") == 2
    assert rows.count("tr_open") == 2
    assert not LIVE & kinds(page)


@FEW
@given(st.text(alphabet="\\|`a ", min_size=1, max_size=10))
def test_pipes_and_backslashes_in_a_cell_read_as_they_were_written(text):
    page = f"| a |\n| --- |\n| {code(text, table=True)} |\n"
    spans = [token.content for token in inline(page) if token.type == "code_inline"]
    assert [span.replace(ZERO_WIDTH_SPACE, "") for span in spans] == [text]


@FEW
@given(TEXTS)
def test_a_fence_always_closes(text):
    tokens = PARSER.parse(f"{fence(text, 'python')}\n\nour own words\n")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[2].content == "our own words"


@FEW
@given(TEXTS)
def test_nothing_unseen_reaches_a_terminal(text):
    assert not UNSEEN.search(visible(text))
    assert visible(text).encode("utf-8").decode("utf-8") == visible(text)
