"""Examples of stubs and specs, judged without a run as a run judges them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.linting import check, list_stubs
from tests.support.command import repository

STUB = '''"""Module."""


def two(x: int) -> int:
    """Return twice x."""
    return 2 * x


# cosplay
def one(x: int) -> int:
    """Return the next one.

    {}
    """
'''
FIRST = 13  # the line of the first example
SPEC = """\
### Target
src/pkg/a.py::triple
### Signature
def triple(x: int) -> int
### Behaviour
Return three times x.
### Examples
triple(1) -> 3
{}
"""


def findings(tmp_path: Path, path: str, text: str) -> list[tuple[int, str]]:
    checked = check(repository(tmp_path, {path: text}), [path])
    return [(one.line, one.what) for one in checked.findings]


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (">>> one(1, 2, 3)\n    4", "too many positional arguments"),
        (">>> one(y=1)\n    4", "missing a required argument: 'x'"),
        (">>> three(5)\n    6", "does not call one"),
        (">>> one(6)\n    seven", "the name seven is not allowed"),
        (">>> one(6) 7", "is no Python"),
        ("one(7) ->", "what it gives is no literal"),
        ("one(8) -> eight", "what it gives is no literal"),
        ("one(9 -> 3", "its call is no Python"),
        ("- one(9 => 3", "its call is no Python"),
        (">>> one(open('x'))\n    4", "the name open is not allowed"),
    ],
)
def test_an_example_of_a_stub_that_a_run_would_drop_is_a_finding_on_its_line(
    tmp_path: Path, example: str, said: str
) -> None:
    ((line, what),) = findings(tmp_path, "m.py", STUB.format(example))
    assert (line, what.partition(":")[0]) == (FIRST, "one")
    assert said in what


def test_examples_that_contradict_each_other_are_a_finding_whichever_way_they_are_written(tmp_path: Path) -> None:
    for number, text in enumerate(["one(1) -> 2\n    one(1) -> 3", "one(1) -> 2\n\n    >>> one(1)\n    3"]):
        ((_, what),) = findings(tmp_path / str(number), "m.py", STUB.format(text))
        assert "contradicts" in what


@pytest.mark.parametrize(
    "example",
    [
        ">>> one(1)\n    2",
        ">>> two(5)\n    10",
        ">>> x = two(2)\n    >>> one(x)\n    5",
        ">>> one(1)  # doctest: +SKIP\n    4",
        ">>> print(one(1))\n    2",
        "one(1) -> 2",
        "one(x) -> the next",
        "one(a: (int) -> str) is how it is called.",
        ">>> one('a')\n    Traceback (most recent call last):\n    TypeError",
    ],
)
def test_examples_that_are_well_formed_are_no_findings(tmp_path: Path, example: str) -> None:
    assert findings(tmp_path, "m.py", STUB.format(example)) == []


def test_the_list_of_stubs_says_it_too(tmp_path: Path) -> None:
    root = repository(tmp_path, {"m.py": STUB.format("one(7) ->")})
    ((_, found),) = list_stubs(root, ["m.py"])
    assert [one.line for one in found] == [FIRST]


def test_nothing_of_the_repository_is_imported(tmp_path: Path) -> None:
    text = "raise SystemExit(3)\n" + STUB.format("one(1) -> 2")
    assert findings(tmp_path, "m.py", text) == []


# -- specs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ('triple("a", 2) -> 6', "too many positional arguments"),
        ('triple(3) -> "nine"', "return type"),
        ("triple(x=1, y=3) -> 4", "unexpected keyword argument"),
        ("triple() -> 5", "missing a required argument"),
        ("triple(UNKNOWN) -> 5", "the name UNKNOWN is not allowed"),
        ("triple(__import__('os').system('true')) -> 5", "not allowed"),
        ("triple(open('/etc/passwd').read()) -> 5", "not allowed"),
    ],
)
def test_an_example_of_a_spec_that_a_run_would_refuse_is_a_finding_on_its_line(
    tmp_path: Path, example: str, said: str
) -> None:
    ((line, what),) = findings(tmp_path, "spec.md", SPEC.format(example))
    assert line == 9
    assert said in what


def test_a_spec_whose_function_landed_leaves_nothing_to_mend(tmp_path: Path) -> None:
    files = {"src/pkg/a.py": "def triple(x: int) -> int:\n    return 3 * x\n", "spec.md": SPEC.format("triple(2) -> 6")}
    assert check(repository(tmp_path, files), ["spec.md"]).findings == []


def test_a_spec_is_judged_within_the_file_that_is_there(tmp_path: Path) -> None:
    files = {"src/pkg/a.py": "LIMIT = 3\n", "spec.md": SPEC.format("triple(LIMIT) -> 9\ntriple(MOST) -> 9")}
    (found,) = check(repository(tmp_path, files), ["spec.md"]).findings
    assert (found.line, "MOST" in found.what) == (10, True)


def test_a_name_in_a_signature_that_nobody_brings_is_a_finding(tmp_path: Path) -> None:
    ((line, what),) = findings(tmp_path, "spec.md", SPEC.format("").replace("x: int", "x: Missing"))
    assert (line, "is called `Missing`" in what) == (4, True)
