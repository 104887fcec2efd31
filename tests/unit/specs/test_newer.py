"""A file of a newer Python is told from a broken one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.newer import newer
from cosplay_action.specs.source import read_source

FORMS = {
    "type X = int": (3, 12), "type X[T] = list[T]": (3, 12), "def f[T](x: T) -> T: ...": (3, 12),
    "    async def f[T](x: T) -> T: ...": (3, 12), "class A[T]: ...": (3, 12), "x = f'{d['a']}'": (3, 12),
    "class A[T = int]: ...": (3, 13), "except A, B:": (3, 14), "x = t'{a}'": (3, 14),
}  # fmt: skip


@pytest.mark.parametrize(("line", "version"), FORMS.items())
def test_syntax_of_a_newer_python_is_told_with_the_version_that_the_tool_has_to_run_on(
    line: str, version: tuple[int, int]
) -> None:
    text, needs = f"import os\r\n{line}\n", ".".join(map(str, version))
    assert f"run it on Python {needs} or newer" in newer(text, 2, than=(3, 11))
    assert "cosplay-action runs on 3.11" in newer(text, 2, than=(3, 11))
    assert newer(text, 2, than=(3, 14)) == ""
    assert newer(text, 1, than=(3, 11)) == ""


@pytest.mark.parametrize(
    "line", ["def f(:", "except (A, B:", "type = int)", "x = start't'", "class A(", "print 'f'", ""]
)
def test_what_no_python_knows_is_broken(line: str) -> None:
    assert newer(line, 1, than=(3, 11)) == ""


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    line, version = next((one, v) for one, v in {**FORMS, "x = later": (9, 9)}.items() if v > sys.version_info[:2])
    (tmp_path / "m.py").write_text(f"{line}\n" if version < (9, 9) else "type (=\n")
    with pytest.raises(SpecError, match="syntax error") as caught:
        read_source(tmp_path, "m.py")
    if version < (9, 9):
        assert "whatever --python names" in caught.value.cure
