"""Expected outputs as read from text."""

from __future__ import annotations

import pytest

from cosplay_action.method.ports import Wanted
from cosplay_action.specs.expected import read_expected
from tests.support.stubs import shared_target, why

F = shared_target(
    "import os, json\nfrom lib import RemoteError\nclass Bad(ValueError): pass\nclass Worse(Bad): pass\n"
    "class Point: pass\ndef f(x, y=1): ...\n",
    "f",
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2]", "[1, 2]"), ("`[1,2]`", "[1, 2]"), ("Output: 5", "5"), ("Expected output: 'a'", "'a'"), ("5.", "5"),
        ("-> 5", "5"), ("=> [1]", "[1]"), ("returns 5", "5"), ("It should return `5`.", "5"),
        ("The function returns 5.", "5"),
        ("f([1]) == 5", "5"), ("assert f([1]) == 5", "5"), ("f([1]) -> 5", "5"), ("f([1])  # 5", "5"),
        ("5 == f(1)", "5"),
        ("f(1) is None", "None"), ("true", "True"), ('{"a": null}', "{'a': None}"), ("**5**", "5"), ("5  # five", "5"),
        ("-5", "-5"), ("- 5", "-5"), ("1e3", "1000.0"), ("Point()", "Point()"), ("float('inf')", "float('inf')"),
        ("```python\n(1, 2)\n```", "(1, 2)"), ("{1, 2}", "{1, 2}"), ("<5>", "5"), ("Answer: [1,\n 2]", "[1, 2]"),
        (">>> 5", "5"),
    ],
)  # fmt: skip
def test_a_value_is_read_out_of_its_noise(text: str, value: str) -> None:
    assert read_expected(text, F) == Wanted(text=value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("raises ValueError", "ValueError"), ("ValueError", "ValueError"), ("raise ValueError('x')", "ValueError"),
        ("pytest.raises(ValueError)", "ValueError"), ("with pytest.raises(KeyError):", "KeyError"),
        ("ValueError: bad value", "ValueError"), ("Error: ValueError", "ValueError"),
        ("Raises: TypeError", "TypeError"),
        ("It raises a `ValueError`.", "ValueError"), ("should raise an IndexError", "IndexError"),
        ("Bad", "Bad"),
        ("throws Worse", "Worse"), ("ValueError is raised", "ValueError"), ("raises RemoteError", "RemoteError"),
        ("raises json.JSONDecodeError", "JSONDecodeError"), ("`raises ValueError`", "ValueError"),
    ],
)  # fmt: skip
def test_an_exception_is_read_in_its_many_spellings(text: str, name: str) -> None:
    assert read_expected(text, F) == Wanted(text=f"raises {name}", raises=name)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "hello world", "the list [1, 2]", "f(1)", "f(1) + 1", "raises Unknown", "raises", "os.getcwd()",
        "open('x')", "raises nosuch.StrangeError", "[1, 2", "x = 5", "1; 2", "5 (because it is)", "(" * 500 + ")" * 500,
        "Point", "9" * 9000, "raises Point", "Unknown: message",
    ],
)  # fmt: skip
def test_what_is_no_value_is_never_guessed(text: str) -> None:
    if text == "Point":  # a class of the module is a value
        assert read_expected(text, F) == Wanted(text="Point")
    else:
        assert why(read_expected(text, F))
