"""Reading pytest's JUnit report, as pytest writes it and as hostile code may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosplay_action.specs.junit import CASES, SHORT, Case, Garbled, read_report

SUITE = '<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>{}</testsuite></testsuites>'
PASSED = '<testcase classname="tests.test_a" name="test_x" time="0.1" />'


def report(*cases: str) -> bytes:
    return SUITE.format("".join(cases)).encode()


TESTS = """
import pytest
class TestGroup:
    def test_passes(self): pass
def test_fails(): assert 1 == 2, "why & <how>"
def test_skips(): pytest.skip("not here")
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.parametrize("text", ["a::b", "\\x1b[31m"])
def test_names(text): pass
@pytest.fixture
def broken(): raise KeyError("fixture")
def test_errors(broken): pass
"""


def test_what_pytest_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=r.xml", "test_all.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    cases = {case.name: case for case in read_report((tmp_path / "r.xml").read_bytes())}
    assert cases["test_passes"] == Case(group="test_all.TestGroup", name="test_passes")
    assert cases["test_passes"].title == "test_all.TestGroup::test_passes"
    assert (cases["test_fails"].ending, cases["test_fails"].why) == ("failed", "AssertionError: why & <how>")
    assert (cases["test_skips"].ending, cases["test_skips"].why) == ("skipped", "not here")
    assert cases["test_expected"].ending == "skipped"
    assert (cases["test_errors"].ending, cases["test_errors"].why) == ("failed", "KeyError: 'fixture'")
    assert len(cases) == 7


def test_a_file_that_cannot_be_collected_is_a_case_without_a_group(tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text("raise RuntimeError('at import')\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=r.xml", "test_none.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    (case,) = read_report((tmp_path / "r.xml").read_bytes())
    assert (case.group, case.ending, case.why) == ("", "failed", "RuntimeError: at import")


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no report", report(), b"\xff\xfe" + report(PASSED), report(PASSED).decode().encode("utf-16"),
        report(PASSED)[:-20], report(PASSED).replace(b"<testsuites>", LAUGHS.encode() + b"<testsuites>"),
        report("<a>" * 20 + PASSED + "</a>" * 20), report('<testcase name="&undefined;"/>'),
        report(PASSED) + report(PASSED), b"<testcase>" * 1_000_000,
    ],
    ids=["empty", "text", "no case", "not utf-8", "utf-16", "cut", "entities", "deep", "an entity", "two", "endless"],
)  # fmt: skip
def test_what_is_no_report_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        read_report(data)


def test_more_cases_than_any_suite_has_are_garbled() -> None:
    with pytest.raises(Garbled):
        read_report(report(PASSED * (CASES + 1)))
    assert len(read_report(report(PASSED * 1000))) == 1000


def test_a_case_is_bounded() -> None:
    head = f'<testcase classname="{"c" * 5000}" name="{"n" * 5000}">'
    (case,) = read_report(report(f'{head}<failure message="{"m" * 9999}">{"E  x" * 90_000}</failure></testcase>'))
    assert len(case.title) < 2100
    assert len(case.why) == SHORT


def test_only_a_case_of_its_own_makes_a_test_pass() -> None:
    """Endings outside of a case, or cases within one, are not counted twice."""
    inner = (
        '<testcase classname="a" name="outer"><testcase classname="a" name="inner" /><failure message="m"/></testcase>'
    )
    assert [case.name for case in read_report(report("<failure/>", inner))] == ["inner"]


@given(st.binary(max_size=200))
def test_no_bytes_are_worse_than_garbled(data: bytes) -> None:
    for text in (data, report(PASSED)[:60] + data, report(PASSED).replace(b"test_x", data)):
        try:
            assert all(isinstance(case, Case) for case in read_report(text))
        except Garbled:
            continue
