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


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("int", "None"), ("int", "'5'"), ("int", "2.5"), ("int", "[1]"), ("'int'", "None"), ("str", "5"),
        ("bool", "'yes'"), ("bytes", "'a'"), ("list[int]", "(1, 2)"), ("list[int]", "['a']"), ("list[int]", "None"),
        ("dict[str, int]", "{'a': 'b'}"), ("set[int]", "[1]"), ("tuple[int, str]", "(1, 2)"),
        ("tuple[int, str]", "(1,)"),
        ("int | str", "None"), ("Optional[int]", "'a'"), ("Union[int, str]", "[1]"), ("float", "'x'"),
        ("Iterable[int]", "3"),
    ],
)  # fmt: skip
def test_an_expected_value_that_breaks_the_return_annotation_is_unusable(hint: str, text: str) -> None:
    target = shared_target(f"def f(x) -> {hint}: ...\n", "f")
    assert "does not fit the return type" in why(read_expected(text, target, "x = 3\nf(x)"))


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("int", "5"), ("int", "-5"), ("int", "True"), ("float", "5"), ("float", "float('inf')"), ("int | None", "None"),
        ("Optional[int]", "None"), ("list[int]", "[]"), ("Iterator[int]", "[1, 2]"), ("Iterable[int]", "[1, 2]"),
        ("Generator[int, None, None]", "[1]"), ("Thing", "None"), ("Any", "None"), ("tuple[int, ...]", "(1, 2, 3)"),
        ("None", "([1], 2)"), ("int", "raises ValueError"),
    ],
)  # fmt: skip
def test_an_expected_value_that_may_fit_the_return_annotation_is_read(hint: str, text: str) -> None:
    assert isinstance(read_expected(text, shared_target(f"def f(x) -> {hint}: ...\n", "f"), "f(3)"), Wanted)


@pytest.mark.parametrize(
    ("given", "qualname"),
    [("len(f(1))", "f"), ("f(1)[0]", "f"), ("", "f"), ("f(1).x", "f"), ("s = S()\ns.pop()\ns.items", "S.pop"),
     ("g(1)", "g")],
)  # fmt: skip
def test_the_return_annotation_says_nothing_of_what_an_input_makes_of_the_result(given: str, qualname: str) -> None:
    module = (
        "from contextlib import contextmanager\ndef f(x) -> list[int]: ...\nclass S:\n    items = ()\n"
        "    def pop(self) -> list[int]: ...\n@contextmanager\ndef g(x) -> Iterable[int]: ...\n"
    )
    assert read_expected("5", shared_target(module, qualname), given) == Wanted(text="5")


@pytest.mark.parametrize(
    ("given", "head"),
    [("s = S(); s.f(1)", "def f(self, x) -> int"), ("S().f", "@property\n    def f(self) -> int"),
     ("await S().f()", "async def f(self) -> int"), ("S.f()", "@classmethod\n    def f(cls) -> int")],
)  # fmt: skip
def test_the_return_annotation_counts_for_methods_and_coroutines(given: str, head: str) -> None:
    target = shared_target(f"class S:\n    {head}: ...\n", "S.f")
    assert why(read_expected("None", target, given)) == "it does not fit the return type int"
