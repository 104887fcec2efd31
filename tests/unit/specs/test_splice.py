"""Splicing: what changes in a module, and what never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.specs.splice import splice
from tests.support.stubs import candidate, placed, target_of, why

HELPED = """\
import heapq
from os import sep

def _h(x):
    return heapq.nsmallest(1, x)

def f(x):
    return _h(x), sep
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x): ...", "def f(x):\n    return x + 1"),
        ("def f(x): ...  # why\n", "def f(x):  # why\n    return x + 1\n"),
        ("def f(x): 'doc'; ...\n", "def f(x):\n    'doc'\n    return x + 1\n"),
        ("def f(x): 'doc'  # why\n", "def f(x):  # why\n    'doc'\n    return x + 1\n"),
        ("def f(x):\n    '''Doc.'''\n", "def f(x):\n    '''Doc.'''\n    return x + 1\n"),
        ("def f(x):\n    '''Doc.'''  # c\n", "def f(x):\n    '''Doc.'''  # c\n    return x + 1\n"),
        ("def f(x):\n    '''Doc.'''; ...\n", "def f(x):\n    '''Doc.'''\n    return x + 1\n"),
        ("def f(x):\n    '''Doc.'''\n\n    # keep\n    ...  # todo\n    # end\n",
         "def f(x):\n    '''Doc.'''\n\n    # keep\n    # todo\n    return x + 1\n    # end\n"),
        ("def f(x):\n\tpass", "def f(x):\n\treturn x + 1"),
        ("def f(x):\r\n  pass\r\nz = 1  \r\n", "def f(x):\r\n  return x + 1\r\nz = 1  \r\n"),
        ("def f(\n    x,\n): raise NotImplementedError('a')\n", "def f(\n    x,\n):\n    return x + 1\n"),
        ("\x0cdef f(x):\n    pass\n\x0c\ny = 1\n", "\x0cdef f(x):\n    return x + 1\n\x0c\ny = 1\n"),
    ],
)  # fmt: skip
def test_only_the_stubs_statements_give_way(tmp_path: Path, before: str, after: str) -> None:
    assert placed(target_of(tmp_path, before, "f"), "def f(x):\n    return x + 1\n") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    pass\n\n  # KEEP ME\n\n    raise NotImplementedError\n",
         "def f(x):\n  # KEEP ME\n    return x + 1\n"),
        ("def f(x):\n    pass  # no\n    ... # yet\n", "def f(x):\n    # no\n    # yet\n    return x + 1\n"),
        ("def f(x):\n    raise NotImplementedError(  # one\n  # two\n        'x'\n    )  # three",
         "def f(x):\n    # one\n  # two\n    # three\n    return x + 1"),
        ("def f(x): raise NotImplementedError(  # one\n        'x'\n    )  # two\n",
         "def f(x):  # one\n    # two\n    return x + 1\n"),
        ("def f(x): 'doc'; raise NotImplementedError(  # one\n# two\n    'x')\n",
         "def f(x):  # one\n    'doc'\n# two\n    return x + 1\n"),
        ("def f(x):\n    'Doc.'; pass  # one\n    # two\n    ...  # three\n",
         "def f(x):\n    'Doc.'  # one\n    # two\n    # three\n    return x + 1\n"),
        ("def f(x):\n    pass\n    # KEEP\r\n    pass  # '#'\n",
         "def f(x):\n    # KEEP\r\n    # '#'\n    return x + 1\n"),
    ],
)  # fmt: skip
def test_no_comment_among_the_stubs_statements_is_lost(tmp_path: Path, before: str, after: str) -> None:
    assert placed(target_of(tmp_path, before, "f"), "def f(x):\n    return x + 1\n") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\r\n\n\ndef f(x): ...\n",
         "import os\r\nimport math\n\n\ndef f(x):\n    return math.floor(x)\n"),
        ("import os\n\r\n\r\ndef f(x): ...\r\n",
         "import os\nimport math\r\n\r\n\r\ndef f(x):\r\n    return math.floor(x)\r\n"),
        ("import math\n\n\ndef f(x):\n    'Doc.'\r\n\n",
         "import math\n\n\ndef f(x):\n    'Doc.'\r\n    return math.floor(x)\n\n"),
        ("import math\n\n\ndef f(x):\n    'Doc.'", "import math\n\n\ndef f(x):\n    'Doc.'\n    return math.floor(x)"),
    ],
)  # fmt: skip
def test_in_a_file_of_mixed_line_ends_every_line_keeps_its_own(tmp_path: Path, before: str, after: str) -> None:
    reply = "import math\ndef f(x):\n    return math.floor(x)\n"
    assert placed(target_of(tmp_path, before.encode(), "f"), reply) == after


def test_helpers_stand_above_the_overloads_of_their_target(tmp_path: Path) -> None:
    head, many = (
        "import typing as t\n\n\n",
        "# about f\n@t.overload\ndef f(x: int) -> int: ...\n@t.overload\ndef f(x: str) -> str: ...\n",
    )
    after = placed(target_of(tmp_path, f"{head}{many}def f(x): ...\n", "f"), "K = 1\ndef f(x):\n    return x * K\n")
    assert after == f"{head}K = 1\n\n\n{many}def f(x):\n    return x * K\n"


def test_a_method_is_replaced_in_its_nested_class_with_its_own_indentation(tmp_path: Path) -> None:
    text = "class A:\n  class B:\n      def f(self):\n        '''D.'''\n  y = 1\n"
    reply = "class B:\n    def f(self):\n        if self:\n            return 1\n        return 2\n"
    after = placed(target_of(tmp_path, text, "A.B.f"), reply)
    assert after == (
        "class A:\n  class B:\n      def f(self):\n        '''D.'''\n        if self:\n          return 1\n"
        "        return 2\n  y = 1\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n\n\ndef f(x): ...\n", "import heapq\nfrom os import sep\n\nx = 1\n\n\nHELPER"),
        ("import a\nimport os; y = (\n  1)\nz = 2\n\n\ndef f(x): ...\n",
         "import a\nimport os; y = (\n  1)\nimport heapq\nfrom os import sep\nz = 2\n\n\nHELPER"),
        ("'''Doc.'''\n\n\ndef f(x): ...\n", "'''Doc.'''\n\nimport heapq\nfrom os import sep\n\n\nHELPER"),
        ("'''Doc.'''\ndef f(x): ...\n", "'''Doc.'''\n\nimport heapq\nfrom os import sep\n\n\nHELPER"),
        ("'''Doc.'''\nfrom __future__ import annotations\n\n\ndef f(x): ...\n",
         "'''Doc.'''\nfrom __future__ import annotations\nimport heapq\nfrom os import sep\n\n\nHELPER"),
        ("#!/usr/bin/python\n# coding: utf-8\n\n# about f\ndef f(x): ...\n",
         "#!/usr/bin/python\n# coding: utf-8\n\nimport heapq\nfrom os import sep\n\n\nHELPER# about f\n"),
        ("#!/usr/bin/python\ndef f(x): ...\n", "#!/usr/bin/python\n\nimport heapq\nfrom os import sep\n\n\nHELPER"),
        ("from a import (\n    b,\n    c,  # d\n)  # e\ndef f(x): ...\n",
         "from a import (\n    b,\n    c,  # d\n)  # e\nimport heapq\nfrom os import sep\n\n\nHELPER"),
        ("import a\ntry:\n    import b\nexcept ImportError:\n    b = None\n\n\ndef f(x): ...\n",
         "import a\nimport heapq\nfrom os import sep\ntry:\n    import b\nexcept ImportError:\n    b = None\n\n\n"
         "HELPER"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from os import sep\n\n\ndef f(x): ...\n",
         "from typing import TYPE_CHECKING\nimport heapq\nfrom os import sep\nif TYPE_CHECKING:\n    from os import sep"
         "\n\n\nHELPER"),
        ("def f(x): ...\nimport z\n", "import heapq\nfrom os import sep\n\n\nHELPER"),
        ("import heapq\nfrom os import (path, sep)\n\n\n@a\ndef f(x): ...\n",
         "import heapq\nfrom os import (path, sep)\n\n\nHELPER@a\n"),
    ],
)  # fmt: skip
def test_imports_follow_the_last_import_and_helpers_stand_above_the_target(
    tmp_path: Path, before: str, after: str
) -> None:
    helper = "def _h(x):\n    return heapq.nsmallest(1, x)\n\n\n"
    shown = placed(target_of(tmp_path, before, "f"), HELPED)
    tail = "\nimport z\n" if before.endswith("z\n") else "\n"
    expected = after.replace("HELPER", helper) + "def f(x):\n    return _h(x), sep" + tail
    assert shown == expected


def test_helpers_of_a_method_stand_above_its_outermost_class_and_its_decorators(tmp_path: Path) -> None:
    text = "x = 1\n\n# about A\n@d\nclass A:\n    class B:\n        def f(self): ...\n"
    reply = "K = 1\nL = 2\ndef h():\n    return K + L\nclass B:\n    def f(self):\n        return h()\n"
    after = placed(target_of(tmp_path, text, "A.B.f"), reply)
    assert after.startswith(
        "x = 1\n\n\nK = 1\nL = 2\n\n\ndef h():\n    return K + L\n\n\n# about A\n@d\nclass A:\n    class B:\n"
    )


def test_new_lines_take_the_files_line_ends_and_tabs(tmp_path: Path) -> None:
    after = placed(target_of(tmp_path, "import a\r\nif a:\r\n\tb = 1\r\ndef f(x): ...", "f"), HELPED)
    assert "\n" not in after.replace("\r\n", "")
    assert "\tb = 1\r\n\r\n\r\ndef _h(x):\r\n\treturn heapq" in after
    assert after.endswith("def f(x):\r\n\treturn _h(x), sep")


def test_the_inside_of_a_multi_line_string_keeps_its_indentation(tmp_path: Path) -> None:
    reply = (
        'def f(x):\n    if x:\n        y = """a\n  b  \n        c"""\n        z = (1 +\n             2)\n'
        "        return y, z\n"
    )
    after = placed(target_of(tmp_path, "class A:\n\tdef f(x): ...\n", "A.f"), reply)
    assert '\t\tif x:\n\t\t\ty = """a\n  b  \n        c"""\n\t\t\tz = (1 +\n\t\t\t     2)\n' in after


def test_a_latin_1_file_stays_latin_1(tmp_path: Path) -> None:
    raw = b"# coding: latin-1\nname = '\xe9'\ndef f(x): ...\n"
    target = target_of(tmp_path, raw, "f")
    after = placed(target, "def f(x):\n    return 'é'\n")
    assert target.source.encode(after) == raw.replace(b" ...", b"\n    return '\xe9'")
    assert "cannot be written in" in why(splice(target, "def f(x):\n    return '→'\n"))


@pytest.mark.parametrize(
    ("module", "reply"),
    [
        ("def g(): return 1\ndef f(x): ...", "def g():\n    return 2\ndef f(x):\n    return g()\n"),
        ("g = 1\ndef f(x): ...", "def g():\n    return 2\ndef f(x):\n    return g()\n"),
        ("import json\ndef f(x): ...", "from os import path as json\ndef f(x):\n    return json\n"),
        ("import datetime\ndef f(x): ...", "from datetime import datetime\ndef f(x):\n    return datetime\n"),
        ("def k(a): return max(a)\ndef f(x): ...", "def max(a):\n    return 1\ndef f(x):\n    return max(x)\n"),
        ("def k(a): return pow(a, 2)\ndef f(x): ...", "from math import pow\ndef f(x):\n    return pow(x, 2)\n"),
        ("from a import *\nb = Point\ndef f(x): ...", "class Point: x = 1\ndef f(x):\n    return Point\n"),
        ("if 1:\n    g = 1\ndef f(x): ...", "g = 2\ndef f(x):\n    return g\n"),
    ],
)
def test_a_colliding_name_makes_the_candidate_unusable(tmp_path: Path, module: str, reply: str) -> None:
    target = target_of(tmp_path, module, "f")
    assert "collides" in why(splice(target, candidate(target, reply)))


@pytest.mark.parametrize(
    "source", ["", "x = 1\n", "def f(x):\n    return (\n", "def f(x):\n    nonlocal y\n    y = 1\n"]
)
def test_what_is_no_candidate_is_unusable(tmp_path: Path, source: str) -> None:
    assert why(splice(target_of(tmp_path, "def f(x): ...", "f"), source))


def test_a_helper_with_a_global_statement_may_not_rebind_the_modules_names_in_silence(tmp_path: Path) -> None:
    target = target_of(tmp_path, "def f(x): ...\ny = 1\n", "f")
    after = splice(target, "def f(x):\n    global y\n    y = x\n")
    assert after == "def f(x):\n    global y\n    y = x\ny = 1\n"  # seen in review; the text outside is untouched
