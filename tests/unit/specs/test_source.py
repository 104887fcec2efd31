"""Source files as bytes and as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.source import newline_of, offset_in, read_source, unit_of


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"x = 1",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\r\ny = 2\n\rz = 3\r",
        b"\xef\xbb\xbfx = '\xc3\xa9'\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"# coding: cp1252\nx = '\x80'\n",
        b"if 1:\n\tx = 1   \n\x0c\n\ty = 2\n",
        "s = '\u2028 \u0085 \x0b'\n".encode(),
    ],
)
def test_text_encodes_back_to_the_same_bytes(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "m.py").write_bytes(raw)
    source = read_source(tmp_path, "m.py")
    assert source.encode(source.text) == raw


def test_the_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert read_source(tmp_path, "m.py").text == "x = 1\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"x = (\n", "syntax error"),
        (b"def f(:\n    pass\n", "line 1, column 7"),
        (b"return 1\n", "outside function"),
        (b"x = 1\0\n", "null bytes"),
        (b"# coding: no-such\n", "cannot be decoded"),
        (b"x = '\xff'\n", "cannot be decoded"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_a_cure(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "m.py").write_bytes(raw)
    with pytest.raises(SpecError, match=said) as caught:
        read_source(tmp_path, "m.py")
    assert "m.py" in caught.value.what
    assert "\n" not in caught.value.what
    assert caught.value.cure
    assert caught.value.exit_code == 2


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="does not exist"):
        read_source(tmp_path, "m.py")
    with pytest.raises(SpecError, match="is a directory"):
        read_source(tmp_path, ".")


def test_a_form_feed_does_not_end_a_line() -> None:
    text = "a = 1\x0c\nb = 'é' ; c = 3"
    assert text[offset_in(text, 2, len("b = 'é' ; ".encode())) :] == "c = 3"


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb", "\r"), ("a\nb\r\n", "\n")]
)
def test_the_commonest_line_end_is_the_files(text: str, newline: str) -> None:
    assert newline_of(text) == newline


@pytest.mark.parametrize(
    ("text", "unit"), [("if 1:\n\tx\n", "\t"), ("class A:\n  def f(self):\n    x\n", "  "), ("x = 1\n", "    ")]
)
def test_the_indentation_unit_is_the_first_blocks(text: str, unit: str) -> None:
    assert unit_of(text) == unit
