"""The files of a program's landing, as texts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cosplay_action.method.domain import Expected, KeptTest, UnitTest
from cosplay_action.method.values import stdout_value
from cosplay_action.specs.program_files import LARGEST, program_files, program_tests, program_text
from cosplay_action.specs.program_place import ProgramTarget, program_digest
from cosplay_action.specs.source import read_source
from cosplay_action.specs.testfile import Header, read_header

DONE = "print(int(input()) * 2)\n"


def run(stdin: str, stdout: str) -> KeptTest:
    expected = Expected(text=stdout, value=stdout_value(stdout))
    return KeptTest(test=UnitTest(input=stdin, expected=expected, origin="attack"), support=1.0)


def target(root: Path, stub: str | None = None, **more: object) -> ProgramTarget:
    if stub is not None:
        (root / "double.py").write_text(stub)
    found = None if stub is None else read_source(root, "double.py")
    given = {"path": "double.py", "test_path": "tests/double/test_double.py", "spec": "5" * 64, **more}
    return ProgramTarget(stub=found, **given)  # type: ignore[arg-type]


def test_a_landing_is_the_program_its_tests_and_their_data_to_the_byte(tmp_path: Path) -> None:
    files = program_files(target(tmp_path), DONE, [run("1\n", "2"), run(" 2 \n\n3\n", "4\n é")])
    assert list(files) == [
        "double.py", "tests/double/test_double.py", "tests/double/data/01.in", "tests/double/data/01.out",
        "tests/double/data/02.in", "tests/double/data/02.out",
    ]  # fmt: skip
    assert files["double.py"] == DONE.encode()
    assert files["tests/double/data/02.in"] == b" 2 \n\n3\n"
    assert files["tests/double/data/02.out"] == "4\n é\n".encode()


def test_without_kept_tests_only_the_program_lands(tmp_path: Path) -> None:
    assert list(program_files(target(tmp_path), DONE, [])) == ["double.py"]


def test_the_tests_say_what_they_are_of(tmp_path: Path) -> None:
    tests = program_tests(target(tmp_path), [run("1\n", "2")], DONE)
    assert read_header(tests.text) == Header(target="double.py", spec="5" * 64, implementation=program_digest(DONE))


def test_pytests_names_lead_to_the_kept_tests(tmp_path: Path) -> None:
    both = [run("1\n", "2"), run("2\n", "4")]
    tests = program_tests(target(tmp_path), both, DONE)
    assert tests.names == (("test_double[01]", both[0]), ("test_double[02]", both[1]))


def test_more_than_ninety_nine_cases_have_names_of_one_length(tmp_path: Path) -> None:
    tests = program_tests(target(tmp_path), [run(f"{n}\n", "2") for n in range(100)], DONE)
    assert [name for name, _ in tests.names][::99] == ["test_double[001]", "test_double[100]"]
    assert 'f"{number:03}" for number in range(1, 101)' in tests.text


def test_data_that_is_too_large_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    tests = program_tests(target(tmp_path), [run("a\n" * LARGEST, "2"), run("1\n", "2" * LARGEST)], DONE)
    assert (tests.text, tests.data, tests.names) == ("", (), ())
    assert tests.unrendered == ("a: it is longer than 64 KB", "1: it is longer than 64 KB")


def test_the_case_after_one_that_is_too_large_takes_its_number(tmp_path: Path) -> None:
    small = run("1\n", "2")
    tests = program_tests(target(tmp_path), [run("a\n" * LARGEST, "2"), small], DONE)
    assert tests.names == (("test_double[01]", small),)


@pytest.mark.parametrize(
    ("stub", "text"),
    [
        (None, DONE),
        ("", DONE),
        ("...\n", DONE),
        ("#!/usr/bin/env python\n# Licence: MIT\n\n...\n", f"#!/usr/bin/env python\n# Licence: MIT\n\n{DONE}"),
        ('# MIT\n"""Doubles.\n\nIt.\n"""\n\n...\n', f'# MIT\n"""Doubles.\n\nIt.\n"""\n\n{DONE}'),
        ("# one\r\n...\r\n", f"# one\n\n{DONE}"),
    ],
)  # fmt: skip
def test_what_a_stub_says_of_itself_stays_above_the_program(tmp_path: Path, stub: str | None, text: str) -> None:
    if stub is not None:
        (tmp_path / "double.py").write_bytes(stub.encode())
    found = ProgramTarget(
        path="double.py", stub=read_source(tmp_path, "double.py") if stub is not None else None,
        test_path="tests/double/test_double.py", spec="",
    )  # fmt: skip
    assert program_text(found, DONE) == text


def test_a_program_with_a_docstring_keeps_its_own(tmp_path: Path) -> None:
    own = '"""Mine."""\nfrom __future__ import annotations\n\nprint(1)\n'
    text = program_text(target(tmp_path, '# MIT\n"""Doubles."""\n'), own)
    assert text == f"# MIT\n\n{own}"
    compile(text, "double.py", "exec")


@pytest.mark.parametrize("count", [1, 12, 120])
def test_the_tests_are_clean_and_laid_out_as_linters_and_formatters_want_them(tmp_path: Path, count: int) -> None:
    found = target(tmp_path, path="src/long name/it's.py", test_path="a/b/c/its/test_its.py")
    tests = program_tests(found, [run(f"{n}\n", "2") for n in range(count)], DONE)
    (tmp_path / "test_its.py").write_text(tests.text)
    rules = "A,ARG,B,BLE,C4,E,F,FURB,I,N,PERF,PIE,PL,PT,PTH,RET,RUF,SIM,T20,TRY,UP,W"
    for command in (
        ["check", "--isolated", "--line-length", "100", "--select", rules],
        ["format", "--isolated", "--diff"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "test_its.py"], cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
