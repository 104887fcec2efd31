"""Whatever a model writes can be read: no reader raises, none gives more than its bound, none takes forever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.prompts import parse, render

PIECES = st.sampled_from(
    ["```", "````", "~~~", "```python", "\n", "\r\n", " ", "\t", "1. ", "12) ", "- ", "* ", "**", "__", "Answer:",
     "final answer =", ">", "#", "x", "\u2028", "\x0b", "\ud800", "é", "•", "`", "$x", "0", "\x00"]
)  # fmt: skip
REPLIES = st.text(max_size=300) | st.lists(PIECES, max_size=60).map("".join)


@given(reply=REPLIES, most=st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_every_reader_takes_every_text_and_keeps_its_bounds(reply: str, most: int) -> None:
    found = parse.items(reply, most)
    assert len(found) <= most
    assert len(set(found)) == len(found)
    assert all(3 < len(item) <= parse.ITEM_LIMIT and "\n" not in item for item in found)
    for block in parse.code_blocks(reply):
        assert block.strip()
        assert block in reply
    pieces = parse.answers(reply)
    assert len(pieces) <= 2
    assert all(piece.strip() and len(piece) <= len(reply) for piece in pieces)


@given(code=REPLIES.filter(lambda text: bool(text.strip())), words=st.text(max_size=30).filter(lambda t: "`" not in t))
@settings(max_examples=150, deadline=None)
def test_a_fenced_text_comes_back_as_it_was(code: str, words: str) -> None:
    normal = code.replace("~~~", "")
    if normal.strip():
        prose = " ".join(words.split()).replace("~", "")
        assert parse.code_blocks(f"{prose}\n{render.fence(normal)}\n{prose}")[0].removesuffix(
            "\n"
        ) == normal.removesuffix("\n")


@pytest.mark.parametrize(
    "unit",
    ["\n", " ", "\n ", "-\n", ">\n", "#", "`", "```\n", "```x", "~", "*", "**", "_ ", "__a", "1. \n", "- ", "final ",
     "final\n", "final answer", "Answer:\n", "Answer: ", "Answer *", " *_`", "x\n", "1. x\n", "- **x"],
)  # fmt: skip
def test_a_reply_of_one_thing_repeated_is_read_at_once(unit: str) -> None:
    """Each of these made a backtracking reader quadratic: at 64 KiB that is minutes, and the test run hangs."""
    reply = (unit * (2 * parse.REPLY_LIMIT // len(unit)))[: 2 * parse.REPLY_LIMIT]
    for text in (reply, reply + "!"):
        assert sum(map(len, parse.code_blocks(text))) <= parse.REPLY_LIMIT
        assert len(parse.items(text, 4)) <= 4
        assert len(parse.answers(text)) <= 2
