"""What holds of every name and every string that ends up in a test file, whoever wrote it."""

from __future__ import annotations

import ast
import keyword
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cosplay_action.specs.pretty import flat, is_visible, laid_out, quoted
from cosplay_action.specs.wording import Unique, content_name, idea_name, identifier, snake

LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=25,
)


@given(text=st.text(), longest=st.integers(10, 60))
@example(text="class", longest=60)
@example(text="match", longest=60)
@example(text="1" * 100, longest=60)
@example(text="'); import os #", longest=60)
@settings(max_examples=150, deadline=None)
def test_an_identifier_is_plain_bounded_and_never_a_keyword(text: str, longest: int) -> None:
    for name in (identifier(text, longest), idea_name(text, longest)):
        assert re.fullmatch(r"[a-z0-9_]*", name)
        assert len(name) <= longest
        assert not name or (name.isidentifier() and not keyword.iskeyword(name))


@given(names=st.lists(st.sampled_from(["a", "a_2", "b"]), max_size=12))
@settings(max_examples=50, deadline=None)
def test_names_that_are_handed_out_are_unique(names: list[str]) -> None:
    unique = Unique()
    assert len({unique(name) for name in names}) == len(names)


@given(value=LITERALS)
@settings(max_examples=100, deadline=None)
def test_a_name_from_content_is_plain(value: object) -> None:
    name = content_name([ast.parse(repr(value), mode="eval").body])
    assert re.fullmatch(r"[a-z0-9_]*", name)


@given(text=st.text(st.characters(codec="utf-8")))
@example(text="\u202eabc\u2066\u200b\u3164\ufe0f'\"")
@settings(max_examples=150, deadline=None)
def test_a_quoted_string_says_the_same_and_hides_nothing(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert is_visible(quoted(text))


@given(value=LITERALS, before=st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_a_laid_out_expression_is_the_same_expression(value: object, before: int) -> None:
    node = ast.parse(repr(value), mode="eval").body
    text = laid_out(node, "    ", before=before)
    assert ast.literal_eval(text.strip()) == value
    assert ast.literal_eval(flat(node)) == value


def test_words_are_cut_between_words() -> None:
    assert identifier("one two three four", 14) == "one_two"
    assert snake("HTTPServerError") == "http_server_error"
    assert idea_name("Test the case with an empty list, which should") == "empty_list_which"
