"""Marked stubs of files, folders and repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.marks import LARGEST, Marked, find_marked, marked_in, targets_of
from tests.support.command import git, repository

GOOD = '# cosplay\ndef f(x: int = 3) -> int:\n    """Return it."""\n'


def marked(root: Path, text: str | bytes, path: str = "m.py") -> list[Marked]:
    """What is marked in a file with this text."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return marked_in(root, path)


def only(root: Path, text: str | bytes, path: str = "m.py") -> Marked:
    (found,) = marked(root, text, path)
    return found


def test_a_marked_stub_is_told_with_its_line_its_name_and_its_signature(tmp_path: Path) -> None:
    text = "        # cosplay\n        @staticmethod\n        async def f(x: int, *, y='a') -> str: ...\n"
    found = only(tmp_path, f"class A:\n    class B:\n{text}", "src/m.py")
    assert (found.target, found.line, found.signature) == (
        "src/m.py::A.B.f", 5, "async def f(x: int, *, y='a') -> str"
    )  # fmt: skip
    assert found.playable


def test_functions_without_a_marker_are_none(tmp_path: Path) -> None:
    assert [one.qualname for one in marked(tmp_path, "def a(): ...\n# cosplay\ndef b(): ...\ndef c(): ...\n")] == ["b"]


def test_a_function_marked_twice_is_told_once(tmp_path: Path) -> None:
    only(tmp_path, "# cosplay\n@wraps  # cosplay\ndef f(): ...  # cosplay\n")


def test_a_marked_function_that_is_no_stub_is_implemented_already(tmp_path: Path) -> None:
    found = only(tmp_path, "# cosplay\ndef f():\n    return 1\n")
    assert found.done
    assert not found.playable
    assert found.why == ""


def test_prose_above_a_function_that_is_no_stub_marks_nothing_but_marks_a_stub(tmp_path: Path) -> None:
    assert marked(tmp_path, "# cosplay characters first\ndef f():\n    return 1\n") == []
    assert only(tmp_path, "# cosplay this one\ndef f(): ...\n").playable


UNPLAYABLE = {
    "inside a function": ("def f():\n    # cosplay\n    def g(): ...\n", "f.<locals>.g", "inside of another function"),
    "a class in a function": ("def f():\n    class A:\n        # cosplay\n        def g(self): ...\n",
                              "f.<locals>.A.g", "inside of another function"),
    "inside an if": ("if True:\n    # cosplay\n    def g(): ...\n", "g", "inside an if, try, with or loop"),
    "inside an except": ("try:\n    pass\nexcept OSError:\n    # cosplay\n    def g(): ...\n", "g", "an if, try"),
    "inside a match": ("match 1:\n    case 1:\n        def g(): ...  # cosplay\n", "g", "inside an if, try"),
    "defined twice": ("# cosplay\ndef g(): ...\ndef g(): ...\n", "g", "2 times (lines 2, 3)"),
    "an overload": ("from typing import overload\n# cosplay\n@overload\ndef g(x: int): ...\ndef g(x): ...\n", "g",
                    "@overload"),
    "a setter": ("class A:\n    @property\n    def p(self): ...\n    # cosplay\n    @p.setter\n"
                 "    def p(self, x): ...\n", "A.p", "accessor"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNPLAYABLE.values(), ids=UNPLAYABLE)
def test_a_marked_function_that_cannot_be_played_says_why(tmp_path: Path, case: tuple[str, str, str]) -> None:
    text, name, why = case
    found = only(tmp_path, text)
    assert (found.qualname, found.playable, found.done) == (name, False, False)
    assert why in found.why


@pytest.mark.parametrize("path", ["conftest.py", ".github/m.py", "setup.py"])
def test_a_stub_in_a_protected_file_cannot_be_played(tmp_path: Path, path: str) -> None:
    assert "protected" in only(tmp_path, GOOD, path).why


def test_a_stub_whose_path_is_no_dotted_name_cannot_be_played(tmp_path: Path) -> None:
    assert "cannot be imported" in only(tmp_path, GOOD, "my-module.py").why


def test_a_stub_of_another_repository_inside_of_this_one_cannot_be_played(tmp_path: Path) -> None:
    repository(tmp_path / "vendor" / "lib", {"m.py": GOOD})
    (found,) = marked_in(tmp_path, "vendor/lib/m.py")
    assert "a repository of its own" in found.why


@pytest.mark.parametrize("below", ["class A:\n    pass\n", "x = 1\n", "", "\ndef f(): ...\n"])
def test_a_marker_at_no_function_is_told_with_its_own_line(tmp_path: Path, below: str) -> None:
    found = only(tmp_path, f"import os\n# cosplay\n{below}")
    assert (found.qualname, found.line) == ("", 2)
    assert "stands at no function" in found.why


UNREADABLE = {
    "a syntax error": (b"import os\ndef f(:\n    pass  # cosplay\n", 2, "syntax error"),
    "bytes that are no text": (b"# cosplay\ndef f(): ...  # \xff\n", 0, "cannot be decoded"),
    "null bytes": (b"# cosplay\ndef f(): ...\n\0", 0, "null bytes"),
    "a return outside of a function": (b"return\n# cosplay\ndef f(): ...\n", 1, "outside function"),
}


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_no_python_is_told_with_its_line(tmp_path: Path, case: tuple[bytes, int, str]) -> None:
    raw, line, why = case
    found = only(tmp_path, raw)
    assert (found.target, found.line) == ("m.py", line)
    assert why in found.why


@pytest.mark.parametrize("raw", [b"def f(:\n", b"name = '\xff cosplay'\n", b"def f(:\n    x = '# cosplay'\n"])
def test_a_broken_file_that_marks_nothing_is_nobodys_business_here(tmp_path: Path, raw: bytes) -> None:
    assert marked(tmp_path, raw) == []


def test_a_file_in_another_encoding_is_read_by_its_cookie(tmp_path: Path) -> None:
    found = only(tmp_path, "# -*- coding: latin-1 -*-\n# cosplay\ndef f(): '\xe9'\n".encode("latin-1"))
    assert found.playable


def test_a_file_larger_than_any_source_is_not_parsed_and_that_is_said(tmp_path: Path) -> None:
    assert "larger than" in only(tmp_path, GOOD.encode() + b"#" * LARGEST).why


@pytest.mark.parametrize("depth", [150, 5_000])
def test_a_deeply_nested_file_is_read_or_said_to_be_unreadable(tmp_path: Path, depth: int) -> None:
    """How deep a parser goes differs with its version: neither end is a crash."""
    found = only(tmp_path, f"# cosplay\ndef f(x=1): ...\nx = {'-' * depth}1\n")
    assert found.playable != bool(found.why)


async def test_a_folder_gives_what_git_does_not_ignore_by_path_and_line(tmp_path: Path) -> None:
    files = {"b.py": GOOD, "a/m.py": GOOD + GOOD.replace("f(", "g("), "a/ignored.py": GOOD, "other/m.py": GOOD,
             "a/notes.md": "# cosplay\n", ".gitignore": "ignored.py\n"}  # fmt: skip
    root = repository(tmp_path, files)
    (root / "a" / "fresh.py").write_text(GOOD)
    (root / "a" / "link.py").symlink_to(root / "b.py")
    git(root, "add", "a/link.py")
    assert [one.target for one in await find_marked(root, ["a", "b.py"])] == [
        "a/fresh.py::f", "a/m.py::f", "a/m.py::g", "b.py::f"
    ]  # fmt: skip


async def test_a_deleted_file_that_git_still_tracks_is_no_trouble(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": GOOD, "b.py": GOOD})
    (root / "a.py").unlink()
    assert [one.path for one in await find_marked(root, ["."])] == ["b.py"]


async def test_outside_of_git_a_folder_is_walked(tmp_path: Path) -> None:
    marked(tmp_path, GOOD, "src/m.py")
    marked(tmp_path, GOOD, "node_modules/m.py")
    assert [one.path for one in await find_marked(tmp_path, ["."])] == ["src/m.py"]


async def test_targets_are_the_marked_stubs_without_those_that_are_implemented(tmp_path: Path) -> None:
    done = "# cosplay\ndef done():\n    return 1\n"
    root = repository(tmp_path, {"m.py": done + GOOD, "n.py": GOOD})
    assert await targets_of(root, ".") == ["m.py::f", "n.py::f"]
    assert await targets_of(root, "n.py") == ["n.py::f"]


async def test_every_marked_stub_that_cannot_be_played_is_named_at_once(tmp_path: Path) -> None:
    root = repository(tmp_path, {"m.py": f"{GOOD}# cosplay\n", "n.py": "if 1:\n    def f(): ...  # cosplay\n"})
    with pytest.raises(SpecError) as told:
        await targets_of(root, ".")
    assert "2 marked stubs of . cannot be played" in told.value.what
    assert "m.py:4: This marker stands at no function" in told.value.what
    assert "n.py:2: It is defined inside an if" in told.value.what


@pytest.mark.parametrize(
    ("text", "why"),
    [("def f(): ...\n", "m.py has no marked stub."), ("# cosplay\ndef f():\n    return 1\n", "no marked stub left")],
)
async def test_nothing_to_play_is_an_error_and_not_silence(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "m.py").write_text(text)
    with pytest.raises(SpecError, match=why):
        await targets_of(tmp_path, "m.py")


async def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.py does not exist"):
        await find_marked(tmp_path, ["none.py"])
