"""A change of a Python file without another one that it was made on top of."""

from __future__ import annotations

import pytest

from cosplay_action.specs.merging import merged, title_of

F, G = "def f():\n    return 0\n", "def g():\n    return 0\n"


def module(*parts: str) -> bytes:
    return "\n\n".join(parts).encode()


def one(text: str) -> str:
    return text.replace("0", "1")


BASE = module(F, G)


def test_changes_of_two_functions_are_one() -> None:
    assert merged(BASE, module(one(F), G), module(F, one(G))) == module(one(F), one(G))


@pytest.mark.parametrize("same", [0, 1])
def test_a_file_that_only_one_changed_is_that_ones(same: int) -> None:
    mine, theirs = (BASE, module(F)) if same else (module(one(F)), BASE)
    assert merged(BASE, mine, theirs) == (theirs if same else mine)


def test_a_function_that_only_the_base_has_goes_with_its_comments_and_its_import() -> None:
    base = module("import os\nimport re\n", "# about f\n" + F, "# about g\n" + G)
    mine = base.replace(b"def g():\n    return 0", b"def g():\n    return os")
    theirs = module("import os\n", "# about g\n" + G)
    assert merged(base, mine, theirs) == theirs.replace(b"return 0", b"return os")


def test_both_may_not_change_one_function() -> None:
    assert merged(BASE, module(one(F), G), module(F.replace("0", "2"), G)) is None


@pytest.mark.parametrize(
    "uses", ["return f()", "return a.f()", "return re", "def inner():\n        return f()\n    return inner"]
)
def test_what_needs_something_that_would_go_cannot_be_without_it(uses: str) -> None:
    base = module("import re\n", F, G)
    mine = module("import re\n", F, G.replace("return 0", uses))
    assert merged(base, mine, module(G)) is None


@pytest.mark.parametrize("odd", [b"def f(:\n", b"x = 1\rdef f(): ...\r", b"x = '\xff'\n", b"\0"])
def test_what_cannot_be_cut_into_statements_has_no_merge(odd: bytes) -> None:
    assert merged(odd, odd + b"\ny = 1\n", odd + b"\nz = 1\n") is None


def test_nested_classes_are_cut_too() -> None:
    base = b"class A:\n    x = 1\n\n    class B:\n        def f(self): ...\n\n        def g(self): ...\n"
    mine, theirs = (
        base.replace(b"g(self): ...", b"g(self): return 1"),
        base.replace(b"f(self): ...", b"f(self): return 2"),
    )
    assert merged(base, mine, theirs) == theirs.replace(b"g(self): ...", b"g(self): return 1")


def test_the_title_of_a_module_is_its_docstring() -> None:
    assert title_of(b'"""M.\n\nMore."""\n\n\ndef f(): ...\n') == b'"""M.\n\nMore."""\n'
    assert title_of(b"def f(): ...\n") == b""
