"""Comments that mark a function."""

from __future__ import annotations

import pytest

from cosplay_action.specs.markers import could_mark, markers, seems_to_mark


def rows(text: str) -> list[tuple[int, int]]:
    """Line of each marker, and line of the statement it stands at."""
    return [(one.line, one.row) for one in markers(text)]


AT_A_FUNCTION = {
    "the line above": "x = 1\n# cosplay\ndef f(): ...\n",
    "the line of the def": "x = 1\n\ndef f(): ...  # cosplay\n",
    "a def over two lines": "x = 1\n\ndef f():  # cosplay\n    ...\n",
    "within a long header": "x = 1\n\ndef f(\n    a,  # cosplay\n):\n    ...\n",
    "at the end of a long header": "x = 1\n\ndef f(\n    a,\n):  # cosplay\n    ...\n",
    "a decorator": "x = 1\n\n@wraps  # cosplay\ndef f(): ...\n",
    "above the decorators": "x = 1\n# cosplay\n@wraps\ndef f(): ...\n",
    "a coroutine": "x = 1\n# cosplay\nasync def f(): ...\n",
    "Windows line ends": "x = 1\r\n# cosplay\r\ndef f(): ...\r\n",
    "old Mac line ends": "x = 1\r# cosplay\rdef f(): ...\r",
}


@pytest.mark.parametrize("text", AT_A_FUNCTION.values(), ids=AT_A_FUNCTION)
def test_a_marker_stands_at_the_statement_it_is_written_above_or_into(text: str) -> None:
    assert [row for _, row in rows(text)] == [3]


def test_a_marker_in_a_class_is_seen_behind_the_indentation() -> None:
    assert rows("class A:\n    # cosplay\n    def f(self): ...\n") == [(2, 3)]


def test_a_marker_at_the_end_of_a_line_is_that_lines_and_not_the_next_ones() -> None:
    assert rows("def f(): ...  # cosplay\ndef g(): ...\n") == [(1, 1)]


def test_a_marker_with_an_empty_line_below_stands_at_nothing() -> None:
    assert rows("# cosplay\n\ndef f(): ...\n") == [(1, 0)]


def test_of_two_markers_above_each_other_only_the_lower_one_counts() -> None:
    assert rows("# cosplay\n# cosplay\ndef f(): ...\n") == [(1, 0), (2, 3)]


@pytest.mark.parametrize(
    "text",
    ['s = """\n# cosplay\n"""\n', "s = '# cosplay'\n", 'f"# cosplay {1}"\n', "# cosplay-action\n", "# cosplayer\n"],
)
def test_what_only_looks_like_a_marker_is_none(text: str) -> None:
    assert rows(text) == []


@pytest.mark.parametrize(
    "comment", ["# cosplay", "#cosplay", "# Cosplay:", "# cosplay: preset=quick", "# noqa: D103  # cosplay",
                "# cosplay  # type: ignore[empty-body]", "# cosplay: \N{SNOWMAN} = ]]"],
)  # fmt: skip
def test_other_comments_and_any_words_behind_a_colon_leave_it_a_marker(comment: str) -> None:
    (found,) = markers(f"{comment}\ndef f(): ...\n")
    assert (found.row, found.firm) == (2, True)


def test_a_sentence_that_begins_with_the_word_may_be_prose() -> None:
    (found,) = markers("# cosplay characters, sorted\ndef f(): ...\n")
    assert not found.firm


def test_the_head_of_a_kept_test_file_is_no_marker() -> None:
    head = "# cosplay: target = m.py::f\n# cosplay: spec = sha256:0\n# cosplay: implementation = sha256:0\n"
    assert [one.firm for one in markers(f"{head}def test(): ...\n")] == [False, False, False]


def test_bytes_without_the_word_in_a_comment_are_known_to_hold_no_marker() -> None:
    assert not could_mark(b"import cosplay_action\nname = 'cosplay'\n")
    assert could_mark(b"\xff\xfe # COSPLAY\r\n")


@pytest.mark.parametrize(
    ("raw", "seems"),
    [
        (b"def f(:\n    pass  # cosplay\n", True),
        (b"def f(:\n    s = '# cosplay'\n", False),
        (b"s = '''\n# cosplay\n", True),
    ],
    ids=["a comment", "a string", "nobody can tell"],
)
def test_a_text_that_is_no_python_is_read_as_far_as_its_tokens_go(raw: bytes, seems: bool) -> None:
    assert seems_to_mark(raw) is seems
