"""One code block of a model as a canonical candidate."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.specs.reply import read_candidate
from tests.support.stubs import candidate, shared_target, target_of, why

F = shared_target(
    'import heapq\nfrom os import path\nK = 3\ndef g(x):\n    """G."""\n    return K\ndef f(x, k=1, *, z=2): ...\n', "f"
)
CLASS = shared_target("class A:\n    def __init__(self):\n        self.x = 1\n    def f(self, a): ...\n", "A.f")
SHOWN = "def f(x, k=1, *, z=2):\n    return x\n"


@pytest.mark.parametrize(
    "reply",
    [
        "def f(x, k=1, *, z=2):\n    return x\n",
        "def f(x, k=1, *, z=2):\n  '''Another docstring.'''\n  return x   \n\n\n",
        "def f(x: int, k: float = 5, *, z: str = 'a') -> None:\n    return x",
        "@cache\ndef f(x, k, *, z):\n    return x",
        "import os, sys\nfrom typing import List\ndef unused(): pass\ndef f(x: List, k, *, z):\n    return x",
        "def f(x, k=1, *, z=2):\n    return x\n\nprint(f(1))\nassert f(1) == 1\n",
        "def f(x, k=1, *, z=2):\n    return x\n\nif __name__ == '__main__':\n    f(1)\n",
        "Here is the code:\n\ndef f(x, k=1, *, z=2):\n    return x\n\nThis returns x, as asked!\n",
        "    def f(x, k=1, *, z=2):\n        return x\n",
        "Sure thing.\n    def f(x, k=1, *, z=2):\n        return x\n",
        ">>> def f(x, k=1, *, z=2):\n...     return x\n>>> f(1)\n1\n",
        "def f(x, k=1, *, z=2):\n    return x\n\n>>> f(1)\n1\n",
        "```python\ndef f(x, k=1, *, z=2):\n    return x\n```\n",
        "def f(x, k=1, *, z=2):\r\n    return x\r\n",
        "def f(x, k=1, *, z=2): return x",
        "def f(x, k=1, *, z=2): ...\n\ndef f(x, k=1, *, z=2):\n    return x\n",
        "import heapq\nfrom os import path\nK = 3\ndef g(x):\n    return K\n\ndef f(x, k=1, *, z=2):\n    return x\n",
        "    return x",
        "return x\n",
    ],
)  # fmt: skip
def test_replies_that_differ_in_prose_only_give_one_source(reply: str) -> None:
    assert candidate(F, reply) == SHOWN


def test_the_stubs_own_signature_and_decorators_are_kept(tmp_path: Path) -> None:
    target = target_of(tmp_path, "class A:\n\t@d(1)\n\tdef f(self,\n\t      a: int = 2) -> str: ...\n", "A.f")
    source = candidate(target, "class A:\n    def f(self, a=3):\n        return a\n")
    assert source == "class A:\n    @d(1)\n    def f(self,\n          a: int = 2) -> str:\n        return a\n"


def test_helpers_and_imports_are_taken_transitively_and_in_order() -> None:
    reply = (
        "from collections import Counter, deque as dq\nimport json\nimport re\nLIMIT = 2\n"
        "class Node:\n    '''N.'''\n    def go(self): return second()\n"
        "def second():\n    # why\n    return dq(), LIMIT\ndef third(): return re\n"
        "def f(x, k=1, *, z=2):\n    # first\n    return Node(), Counter  # last\n"
    )
    assert candidate(F, reply) == (
        "from collections import Counter, deque as dq\n\n\nLIMIT = 2\n\n\n"
        "class Node:\n    '''N.'''\n    def go(self): return second()\n\n\n"
        "def second():\n    # why\n    return dq(), LIMIT\n\n\n"
        "def f(x, k=1, *, z=2):\n    # first\n    return Node(), Counter  # last\n"
    )


def test_a_helper_or_import_that_the_module_has_is_dropped() -> None:
    reply = "import heapq\nK = 3\ndef g(x):\n    'other words'\n    return K\n"
    reply += "def f(x, k, *, z):\n    return g(K), heapq\n"
    assert candidate(F, reply) == "def f(x, k=1, *, z=2):\n    return g(K), heapq\n"


def test_an_import_of_the_targets_own_module_is_dropped() -> None:
    assert candidate(F, "from m import g\ndef f(x, k, *, z):\n    return g(x)\n") == SHOWN.replace("x\n", "g(x)\n")


def test_a_local_name_needs_no_helper() -> None:
    reply = "def helper(): pass\ndef f(x, k, *, z):\n    helper = x\n    return helper\n"
    assert "def helper" not in candidate(F, reply)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("def f(y, k=1, *, z=2):\n    return y\n", "parameters"),
        ("def f(k, x, *, z=2):\n    return x\n", "parameters"),
        ("def f(x, k=1, *, z=2, w=3):\n    return x\n", "parameters"),
        ("def f(x, k=1, *a, z=2):\n    return x\n", "parameters"),
        ("async def f(x, k=1, *, z=2):\n    return x\n", "async"),
        ("def f(x, k=1, *, z=2):\n    ...\n", "still a stub"),
        ("def f(x, k=1, *, z=2):\n    '''D.'''\n    pass\n", "still a stub"),
        ("def g(x, k=1, *, z=2):\n    return x\n", "does not define f"),
        ("def f(x, k=1, *, z=2):\n    return (x\n", "does not parse"),
        ("def f(x, k=1, *, z=2):\n    break\n", "does not compile"),
        ("f(1)\n", "does not define f"),
        ("   \n", "no code"),
        ("x = 1\0", "compile|parse|define"),
        ("x" * 70_000, "64 KB"),
        ("def f(x, k=1, *, z=2):\n    return " + "-" * 20_000 + "1\n", "nested|parse|compile"),
        ("def f(x, k=1, *, z=2):\n    return " + "x.a" + ".a" * 20_000 + "\n", "nested|parse|compile"),
    ],
)
def test_what_cannot_be_used_says_why(reply: str, said: str) -> None:
    assert any(part in why(read_candidate(reply, F)) for part in said.split("|"))


@pytest.mark.parametrize(
    "reply",
    [
        "class A:\n    def f(self, a):\n        return self.x\n",
        "class A:\n    def __init__(self):\n        self.x = 2\n\n    def f(self, a):\n        return self.x\n",
        "class B(A):\n    pass\n\ndef f(self, a):\n    return self.x\n",
        "    def f(self, a):\n        return self.x\n",
        "        return self.x\n",
    ],
)
def test_a_method_is_found_in_its_class_or_alone(reply: str) -> None:
    assert candidate(CLASS, reply) == "class A:\n    def f(self, a):\n        return self.x\n"


def test_a_new_method_that_the_body_needs_cannot_be_added() -> None:
    reply = "class A:\n    def help(self): return 1\n    def f(self, a):\n        return self.help()\n"
    assert "new method help" in why(read_candidate(reply, CLASS))


def test_an_async_stub_wants_an_async_reply() -> None:
    target = shared_target("async def f(x): ...\n", "f")
    assert candidate(target, "async def f(x):\n    return await x\n")
    assert "not async" in why(read_candidate("def f(x):\n    return x\n", target))


def test_a_lazy_stub_may_return_an_iterator_without_yield() -> None:
    target = shared_target("from typing import Iterator\ndef f(x) -> Iterator[int]: ...\n", "f")
    assert "return iter(x)" in candidate(target, "def f(x):\n    return iter(x)\n")


def test_keyword_only_parameters_may_come_in_another_order() -> None:
    target = shared_target("def f(*, a, b): ...\n", "f")
    assert candidate(target, "def f(*, b, a):\n    return a\n") == "def f(*, a, b):\n    return a\n"
