"""Several runs' changes of one file, put together by name, or told apart."""

from __future__ import annotations

from cosplay_action.parcel import edits
from cosplay_action.resplice import Conflict, respliced
from tests.support.two_runs import OLD, PATH, filled, run_of


def files_of(name: str, **more: str) -> dict[str, tuple[bytes | None, bytes]]:
    one = run_of(name, **more)  # type: ignore[arg-type]
    return dict(edits(one, f"{PATH}::{name}", {PATH: OLD}.get).files)


def test_two_functions_of_one_file_are_both_in_it() -> None:
    first = respliced({}, run_of("one"), files_of("one"))
    assert first == {PATH: (OLD, filled("one"))}
    both = respliced(first, run_of("two"), files_of("two"))
    assert both == {PATH: (OLD, filled("one", "two"))}


def test_the_order_does_not_matter() -> None:
    first = respliced({}, run_of("two"), files_of("two"))
    assert isinstance(first, dict)
    assert respliced(first, run_of("one"), files_of("one")) == {PATH: (OLD, filled("one", "two"))}


def test_other_files_are_simply_added_and_the_same_file_twice_is_no_conflict() -> None:
    before = {"a.py": (None, b"a"), "b.py": (None, b"b")}
    after = respliced(before, run_of("one"), {"b.py": (None, b"b"), "c.py": (None, b"c")})
    assert after == {**before, "c.py": (None, b"c")}


def test_another_text_of_a_file_that_is_no_target_is_a_conflict() -> None:
    found = respliced({"tests/test_a.py": (None, b"a")}, run_of("one"), {"tests/test_a.py": (None, b"b")})
    assert isinstance(found, Conflict)
    assert "tests/test_a.py" in found.why


def test_helpers_of_one_name_are_a_conflict_of_the_second_run() -> None:
    helper = "def helper(x):\n    return x\n\n\n"
    first = OLD.replace(b"def one(x):\n    ...\n", helper.encode() + b"def one(x):\n    return helper(x)\n")
    found = respliced(
        {PATH: (OLD, first)},
        run_of("two", implementation=f"{helper}def two(x):\n    return helper(x) + 1\n"),
        {PATH: (OLD, filled("two"))},
    )
    assert isinstance(found, Conflict)
    assert "helper" in found.why


def test_the_same_function_again_is_a_conflict() -> None:
    found = respliced({PATH: (OLD, filled("one"))}, run_of("one"), {PATH: (OLD, filled("one") + b"\nX = 1\n")})
    assert isinstance(found, Conflict)
    assert "stub" in found.why


def test_an_implementation_that_does_more_than_its_patch_is_a_conflict_and_not_published() -> None:
    evil = "import os\nos.system('x')\n\n\ndef two(x):\n    return 1\n"
    found = respliced({PATH: (OLD, filled("one"))}, run_of("two", implementation=evil), {PATH: (OLD, filled("two"))})
    assert isinstance(found, Conflict) or b"os.system" not in found[PATH][1]
