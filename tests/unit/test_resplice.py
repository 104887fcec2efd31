"""Several runs' changes of one file, put together by name, or told apart."""

from __future__ import annotations

from cosplay_action.parcel import edits
from cosplay_action.resplice import Conflict, as_merged, respliced
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
        run_of("two"),
        {PATH: (OLD, filled("two").replace(b"def two", b"def helper(x):\n    return -x\n\n\ndef two"))},
    )
    assert isinstance(found, Conflict)
    assert "helper" in found.why


def test_the_same_function_again_is_a_conflict() -> None:
    found = respliced({PATH: (OLD, filled("one"))}, run_of("one"), {PATH: (OLD, filled("one") + b"\nX = 1\n")})
    assert isinstance(found, Conflict)
    assert "stub" in found.why


def test_what_the_report_calls_the_implementation_is_never_put_in() -> None:
    evil = "import os\n\n\ndef two(x):\n    os.system('x')\n    return x + 2\n"
    found = respliced({PATH: (OLD, filled("one"))}, run_of("two", implementation=evil), {PATH: (OLD, filled("two"))})
    assert found == {PATH: (OLD, filled("one", "two"))}


def test_imports_that_both_runs_add_come_once_and_all_else_as_it_was_judged() -> None:
    head = b'"""Pairs."""\n\n'
    one = filled("one").replace(head, head + b"import math\n\n").replace(b"x + 1", b"math.floor(x)")
    two = filled("two").replace(head, head + b"import math\nimport re\n\n")
    two = two.replace(b"def two", b"LIMIT = 3\n\n\ndef two").replace(
        b"    return x + 2", b"    # why\n    return x + LIMIT"
    )
    found = respliced({PATH: (OLD, one)}, run_of("two"), {PATH: (OLD, two)})
    assert isinstance(found, dict)
    text = found[PATH][1].decode()
    assert text.count("import math\n") == text.count("import re\n") == 1
    assert "def one(x):\n    return math.floor(x)\n" in text
    assert "LIMIT = 3\n\n\ndef two(x):\n    # why\n    return x + LIMIT\n" in text


def test_methods_of_one_class_that_need_the_same_import_are_both_in_it() -> None:
    old = b"class A:\n\tclass B:\n\t\tdef one(self):\n\t\t\t...\n\n\t\t@staticmethod\n\t\tdef two(x):\n\t\t\t...\n"
    one, two = (b"import math\n\n\n" + old for _ in range(2))
    one = one.replace(b"(self):\n\t\t\t...", b"(self):\n\t\t\treturn math.pi")
    two = two.replace(b"(x):\n\t\t\t...", b"(x):\n\t\t\treturn math.floor(x)")
    parcel = run_of("two")
    parcel.report["target"] = f"{PATH}::A.B.two"
    assert respliced({PATH: (old, one)}, parcel, {PATH: (old, two)}) == {
        PATH: (old, one.replace(b"(x):\n\t\t\t...", b"(x):\n\t\t\treturn math.floor(x)"))
    }


def test_what_is_new_is_told_of_what_is_published() -> None:
    """The second run's own patch reaches for nothing: ``tool`` becomes a module by the first one alone."""
    head = b'"""Pairs."""\n\n'
    one = filled("one").replace(head, head + b"import shutil as tool\n\n")
    two = filled("two").replace(b"x + 2", b"tool.rmtree(x)")
    second = edits(run_of("two", new=two), f"{PATH}::two", {PATH: OLD}.get)
    assert second.new.risky == ()
    before = {PATH: (OLD, one)}
    after = respliced(before, run_of("two"), dict(second.files))
    assert isinstance(after, dict)
    assert as_merged(second, before, after, f"{PATH}::two").new.risky == ("uses tool",)
    assert as_merged(second, {}, after, f"{PATH}::two") == second
