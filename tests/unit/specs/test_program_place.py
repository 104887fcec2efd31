"""Where a program and its tests would land."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError, UsageError
from cosplay_action.method.job import Limits, digest
from cosplay_action.specs.program import ProgramText, read_program
from cosplay_action.specs.program_files import program_files
from cosplay_action.specs.program_place import ProgramTarget, program_digest, program_target
from cosplay_action.specs.program_text import ProgramExample
from tests.support.kept import kept

DONE = "print(int(input()) * 2)\n"


def target(root: Path, path: str = "double.py", override: str | None = None, seconds: float = 2.0) -> ProgramTarget:
    runs = (ProgramExample(stdin="1\n", stdout="2\n", line=1),)
    text = ProgramText(statement="Double a number.", examples=runs, origin="double.md", path=path)
    return program_target(root, read_program(text, Limits(seconds=seconds)), override)


def project(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_a_program_lands_in_a_new_file_with_a_folder_for_its_tests(tmp_path: Path) -> None:
    found = target(tmp_path)
    assert (found.path, found.old, found.test_path) == ("double.py", None, "tests/double/test_double.py")
    assert found.spec == digest("Double a number.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "files", "place"),
    [
        ("src/tools/double.py", {}, "tests/double/test_double.py"),
        ("double.py", {"pyproject.toml": '[tool.pytest]\ntestpaths = ["checks"]\n'}, "checks/double/test_double.py"),
        ("apps/a/double.py", {"apps/a/pyproject.toml": ""}, "apps/a/tests/double/test_double.py"),
        ("double.py", {"pytest.ini": "[pytest]\npython_files = check_*.py\n"}, "tests/double/check_double.py"),
        ("Two-Times.py", {}, "tests/two_times/test_two_times.py"),
        ("2x.py", {}, "tests/case_2x/test_case_2x.py"),
        ("data.py", {"tests/data/a.txt": ""}, "tests/data_2/test_data_2.py"),
        ("double.py", {"tests/unit/test_double.py": ""}, "tests/double_2/test_double_2.py"),
        ("double.py", {"tests/unit/test_double.py": "", "tests/unit/__init__.py": ""}, "tests/double/test_double.py"),
    ],
)
def test_its_tests_go_where_the_repository_has_tests_under_a_name_of_their_own(
    tmp_path: Path, path: str, files: dict[str, str], place: str
) -> None:
    project(tmp_path, files)
    assert target(tmp_path, path).test_path == place


def test_a_folder_for_the_tests_can_be_named(tmp_path: Path) -> None:
    assert target(tmp_path, override="checks/programs").test_path == "checks/programs/double/test_double.py"


@pytest.mark.parametrize("override", ["checks/test_double.py", "../checks", "double.txt"])
def test_tests_of_a_program_need_a_folder_of_the_repository(tmp_path: Path, override: str) -> None:
    project(tmp_path, {"double.txt": ""})
    with pytest.raises(UsageError, match="is no folder of the repository"):
        target(tmp_path, override=override)


@pytest.mark.parametrize(
    "path", ["double.txt", "../double.py", "/double.py", "a/../../double.py", "a\nb.py", "a\u200bb.py"]
)
def test_a_place_outside_or_of_another_kind_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(SpecError, match="is no place for a program"):
        target(tmp_path, path)


def test_a_spec_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="names no file"):
        target(tmp_path, "")


def test_a_link_that_leads_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "repo" / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(SpecError, match="a link is in its way"):
        target(tmp_path / "repo", "sub/double.py")


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    project(tmp_path, {"sub": ""})
    with pytest.raises(SpecError, match="is in its way"):
        target(tmp_path, "sub/double.py")


# -- what stands there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stub",
    [
        "",
        "# Licence: MIT\n",
        '"""Doubles a number."""\n',
        '"""Doubles a number."""\n...\n',
        "pass\n",
        "raise NotImplementedError\n",
        "raise NotImplementedError('later')\n",
    ],
)
def test_a_stub_gives_way(tmp_path: Path, stub: str) -> None:
    project(tmp_path, {"double.py": stub})
    assert target(tmp_path).old == stub.encode()


@pytest.mark.parametrize("text", [DONE, "import sys\n", "def main(): ...\n", "raise ValueError\n", "x = 1\n"])
def test_a_file_that_does_something_is_refused(tmp_path: Path, text: str) -> None:
    project(tmp_path, {"double.py": text})
    with pytest.raises(SpecError, match=r"double\.py exists and does something already"):
        target(tmp_path)


def test_a_stub_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "double.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    with pytest.raises(SpecError, match=r"is encoded as iso-8859-1"):
        target(tmp_path)


def land(root: Path) -> None:
    for path, data in program_files(target(root), DONE, [kept("1\n", "2")]).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def test_what_an_earlier_run_landed_may_be_written_again(tmp_path: Path) -> None:
    land(tmp_path)
    again = target(tmp_path)
    assert (again.old, again.test_path) == (DONE.encode(), "tests/double/test_double.py")


def test_what_was_landed_and_only_formatted_since_may_be_written_again(tmp_path: Path) -> None:
    land(tmp_path)
    project(tmp_path, {"double.py": "# tidy\nprint( int(input()) * 2 )\n"})
    assert target(tmp_path).test_path == "tests/double/test_double.py"


def test_what_was_landed_and_changed_since_is_refused(tmp_path: Path) -> None:
    land(tmp_path)
    project(tmp_path, {"double.py": "print(int(input()) * 3)\n"})
    with pytest.raises(SpecError, match="does something already"):
        target(tmp_path)


def test_the_tests_of_another_program_are_left_alone(tmp_path: Path) -> None:
    land(tmp_path)
    assert target(tmp_path, "src/double.py").test_path == "tests/double_2/test_double_2.py"


def test_a_digest_of_a_program_is_that_of_its_meaning() -> None:
    assert program_digest("print( 1 )  # one\n") == program_digest("print(1)\n")
    assert program_digest("print(2)\n") != program_digest("print(1)\n")


def test_a_test_may_take_longer_than_a_cell(tmp_path: Path) -> None:
    assert target(tmp_path).seconds == 10
    assert target(tmp_path, seconds=10).seconds == 50
