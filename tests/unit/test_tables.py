"""Stubs and verdicts as people see them."""

from __future__ import annotations

import io
import json

from cosplay_action.tables import print_stubs, print_verdicts
from cosplay_action.verifying import Verdict

FINE = Verdict(test="tests/test_m.py", target="m.py::f", said="6 passed")
OTHER = Verdict(test="tests/test_n.py", target="src/long/n.py::f", implementation="changed", said="1 passed")
FAILED = Verdict(
    test="t.py", target="m.py::g", said="1 failed", failed=(("test_g[\x1b[31m]", f"\x07{'x' * 300}"),), why="No\nspec."
)  # fmt: skip


def shown(*verdicts: Verdict) -> list[str]:
    stream = io.StringIO()
    print_verdicts(stream, verdicts)
    return stream.getvalue().splitlines()


def test_verdicts_stand_in_columns_with_what_is_wrong_below_each() -> None:
    assert shown(FINE, OTHER, FAILED)[:4] == [
        "TESTS            TARGET            RESULT",
        "tests/test_m.py  m.py::f           6 passed, as it landed",
        "tests/test_n.py  src/long/n.py::f  1 passed, its docstring or body changed since it landed",
        "t.py             m.py::g           1 failed",
    ]


def test_what_tests_said_is_on_one_line_short_and_harmless() -> None:
    why, failed = shown(FAILED)[2:]
    assert why == "    No↵spec."
    assert failed.startswith("    test_g[\\x1b[31m]: \\x07xxx")
    assert len(failed) < 300


def test_of_nothing_there_is_no_table_but_a_list_in_json() -> None:
    assert shown() == []
    for print_them in (print_verdicts, print_stubs):
        stream = io.StringIO()
        print_them(stream, [], as_json=True)
        assert json.loads(stream.getvalue()) == []


def test_json_says_of_each_verdict_whether_it_is_well() -> None:
    stream = io.StringIO()
    print_verdicts(stream, [FINE, FAILED], as_json=True)
    assert [(one["target"], one["ok"]) for one in json.loads(stream.getvalue())] == [
        ("m.py::f", True),
        ("m.py::g", False),
    ]
