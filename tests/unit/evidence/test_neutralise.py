"""Hostile texts in Markdown and terminals, by example; tests/properties holds what is true of every text."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from cosplay_action.evidence.neutralise import EMPTY, ZERO_WIDTH_SPACE, clip, code, fence, inert, prose, visible
from tests.support.outcomes import HOSTILE

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_an_escape_sequence_is_shown_as_what_it_is():
    assert visible("\x1b[31mred\u202e\U000e0041") == "\\x1b[31mred\\u202e\\U000e0041"


def test_kept_characters_stay():
    assert visible("a\n\tb\r", keep="\n\t") == "a\n\tb\\x0d"


@pytest.mark.parametrize(
    "text", ["@octocat", "fixes #12", "GH-7", "gh-7", "o/r#3", "https://x.y", "www.x.y", "a@b.c", "mailto:a"]
)
def test_a_reference_is_broken_but_reads_the_same(text):
    assert inert(text) != text
    assert inert(text).replace(ZERO_WIDTH_SPACE, "") == text


@pytest.mark.parametrize("text", ["a @ b", "x # y", "#head", "C# and D", "a: b"])
def test_what_refers_to_nothing_is_left_alone(text):
    assert inert(text) == text


def test_the_omission_is_counted():
    assert clip("x" * 1300, 100) == "x" * 100 + "… (+1,200 characters)"
    assert clip("x" * 100, 100) == "x" * 100


def test_an_empty_text_is_named():
    assert code("") == EMPTY
    assert prose(" \n") == ""


def test_a_line_end_at_the_very_end_says_nothing():
    assert code("1\n2\n") == "`1↵2`"
    assert code("1\n\n") == "`1↵`"
    assert code("\n") == EMPTY


def test_code_with_backticks_has_longer_ticks():
    assert code("a``b") == "```a``b```"
    assert code("`a`") == "`` `a` ``"


def test_dollars_become_code_because_mathematics_has_no_escape():
    assert prose("costs $x$ or $y$") == "`costs $x$ or $y$`"


def test_a_sample_of_everything_hostile_is_harmless_in_every_form():
    page = f"{prose(HOSTILE)}\n\n{code(HOSTILE, 1000)}\n\n{fence(HOSTILE)}\n"
    tokens = PARSER.parse(page)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert kinds == {"paragraph_open", "inline", "code_inline", "paragraph_close", "fence"}
    assert not any(mark in page for mark in ("\x1b", "\u202e", "\ufeff", "\U000e0041", "\ud800"))


def test_a_fence_is_longer_than_any_run_of_backticks_inside():
    assert fence("a\n````\nb") == "`````\na\n````\nb\n`````"
    assert fence("plain\r\n", "text") == "```text\nplain\n```"


def test_a_pipe_after_backslashes_has_an_odd_run_before_it_for_parsers_that_pair_them():
    assert code("a|b", table=True) == "`a\\|b`"
    assert code("a\\|b", table=True) == f"`a\\{ZERO_WIDTH_SPACE}\\|b`"
    assert code("a|b") == "`a|b`"


def test_an_emoji_shortcode_in_prose_stays_text():
    assert prose("so :tada: it is") == f"so :{ZERO_WIDTH_SPACE}tada: it is"
    assert prose("a: b") == "a: b"
