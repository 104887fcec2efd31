"""Everything that this tool writes into a repository is taken again by whoever publishes it."""

# ruff: noqa: E501  # tables of one a line
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.method.domain import Expected, KeptTest, UnitTest
from cosplay_action.method.values import Value, stdout_value
from cosplay_action.parcel import HostileRun, Parcel, edits
from cosplay_action.specs.issue import read_and_prepare
from cosplay_action.specs.layout import import_place
from cosplay_action.specs.program_files import program_files
from cosplay_action.specs.program_place import ProgramTarget
from cosplay_action.specs.scratch import write_files
from cosplay_action.specs.shipped import path_flaw, target_flaw
from cosplay_action.specs.shipped_deeds import novelties
from cosplay_action.specs.shipped_tests import runner_flaw
from cosplay_action.specs.stub import read_stub
from cosplay_action.specs.testfile import render_tests
from cosplay_action.specs.testscope import ImportStyle
from tests.support.kept import instance, kept
from tests.support.kinds import KINDS, Kind
from tests.support.parcels import report

KEPT: Mapping[str, tuple[KeptTest, ...]] = {
    "clamp": (kept("clamp(1, 0)", 1), kept("clamp(1, 12)", raises="ValueError"), kept("clamp(2, 0)", 2), kept("clamp(3, 0)", 3)),
    "put": (kept("s = Basket(); s.put('a', 2); s.items", ["a", "a"]),
            kept("Basket().put('a')", (instance("Basket", items=["a"]), "a"))),
    "length": (kept("Span(1, 2).length", 2), kept("s = Span(1, 3)\ns.length", 3)),
    "check": (kept("Codes.check('ab')", True), kept("Codes.check('a')", False), kept("Codes.check('')", False)),
    "parse": (kept("Size.parse('1x2')", instance("Size", wide=1, high=2)), kept("Size.parse('x')", raises="ValueError")),
    "double": (kept("double(2)", 4), kept("double(3)", 6), kept("double(4)", 8)),
    "neighbours": (kept("neighbours([1, 2])", Value("iterator", items=(Value("tuple", items=(Value("int", 1), Value("int", 2))),))),),
    "ways": (kept("ways(3)", 3), kept("ways(0)", 1), kept("ways(4)", 5)),
    "area": (kept("area(Box(1, 2), scale=2)", 8), kept("b = Box(1, 2); area(b)", 2)),
}  # fmt: skip


def files_of(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def landed(
    root: Path, target: str, reply: str, tests: tuple[KeptTest, ...], place: str, style: ImportStyle | None = None
) -> dict[str, bytes]:
    """The files of a landing of a stub that lies in ``root``."""
    stub = read_stub(root, target, import_place)
    source = stub.contract.read_candidate(reply)
    assert isinstance(source, str), source
    text = stub.contract.module_text(source)
    assert isinstance(text, str), text
    at = stub.contract.target
    rendered = render_tests(
        at, tests, place=place, spec_digest="a" * 64, implementation_digest="b" * 64, style=style
    )  # fmt: skip
    assert rendered.text, rendered.unrendered
    assert rendered.unrendered == ()
    return {at.path: at.source.encode(text), place: rendered.text.encode()}


def taken(before: Mapping[str, bytes], after: Mapping[str, bytes], target: str) -> None:
    """A patch from before to after passes as a run of the target."""
    patch = make_patch([FileChange(path=path, old=before.get(path), new=new) for path, new in after.items()])
    found = edits(Parcel(name="run", report=report(), patch=patch), target, before.get)  # type: ignore[arg-type]
    assert {path: new for path, (_, new) in found.files.items()} == {
        path: new for path, new in after.items() if before.get(path) != new
    }


@pytest.mark.parametrize("style", ["names", "module", "submodule"])
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_the_landing_of_every_kind_of_stub_is_taken(tmp_path: Path, kind: Kind, style: str) -> None:
    write_files(
        tmp_path, {name: text if isinstance(text, bytes) else text.encode() for name, text in kind.files.items()}
    )
    before = files_of(tmp_path)
    module = read_stub(tmp_path, kind.target, import_place).contract.target.module
    tests = KEPT[kind.target.rpartition("::")[2].rpartition(".")[2]]
    form = ImportStyle(kind=style, module=module)  # type: ignore[arg-type]
    for reply in kind.script.right:
        taken(before, landed(tmp_path, kind.target, reply, tests, kind.test, form), kind.target)


RICH = '''\
from __future__ import annotations

import datetime
import enum
from collections import deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np


class Error(Exception):
    pass


class Colour(enum.Enum):
    RED = 1


class Plain:
    def __init__(self, a):
        self._a = a
        self.b = self.c = self.d = self.e = a


def shown(thing):
    """Give it back."""
    ...
'''
VALUES = {
    "nan": kept("shown(float('nan'))", Value("float", float("nan"))), "infinity": kept("shown(1)", Value("float", float("inf"))),
    "floats": kept("shown([0.1, 2])", [0.1, 2.5]), "small": kept("shown(1)", 1e-9), "complex": kept("shown(1)", 1 + 2j),
    "Decimal": kept("shown(Decimal('1'))", Value("decimal", "1.5")), "Fraction": kept("shown(Fraction(1, 2))", Value("fraction", "1/2")),
    "date": kept("shown(datetime.date(2020, 1, 1))", Value("date", "2020-01-01")),
    "deque": kept("shown(deque([1]))", Value("deque", "", items=(Value("int", 1),))),
    "enum": kept("shown(Colour.RED)", Value("enum", "RED", name="Colour")), "path": kept("shown(Path('a'))", Value("path", "a", name="PosixPath")),
    "attributes": kept("shown(Plain(1))", instance("Plain", _a=1, b=1, c=1, d=1, e=1)), "error": kept("shown(1)", raises="Error"),
    "array": kept("shown(np.array([1, 2]))", Value("array", "2", items=(Value("int", 1), Value("int", 2)))),
    "bytes": kept("shown(b'1')", b"1"), "none": kept("shown(None)"), "set": kept("shown({1})", {1}), "dict": kept("shown({1: 2})", {1: "x"}),
    "replace": kept("shown('a'.replace('a', 'b'))", "b"), "lambda": kept("shown(sorted([2, 1], key=lambda x: -x))", [2, 1]),
    "comprehension": kept("shown([x for x in range(3) if x])", [1, 2]), "conditional": kept("shown(1 if True else 2)", 1),
    "setup": kept("p = Plain(1); p.b += 1; p.c = 2; shown(p.b)", 2), "sqrt": kept("shown(sum(map(abs, [-1])))", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_tests_of_every_kind_of_value_are_taken(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"rich.py": RICH.encode()})
    files = landed(tmp_path, "rich.py::shown", "def shown(thing):\n    return thing", (VALUES[name],), "test_rich.py")
    taken({"rich.py": RICH.encode()}, files, "rich.py::shown")


SPEC = "### Target\n{target}\n\n### Signature\n{header}\n\n### Behaviour\nReturn n two times.\n\n### Examples\n```\n{call}(1) -> 2\n```\n"
PLACES = {
    "a new file in a new package": ("src/shop/more/sums.py::twice", {"src/shop/__init__.py": b""}),
    "a new file": ("sums.py::twice", {}),
    "an existing file": ("sums.py::twice", {"sums.py": b'"""Sums."""\n\nimport os\n\n\ndef one():\n    return 1\n'}),
    "above the main part": ("sums.py::twice", {"sums.py": b"import sys\n\nif __name__ == '__main__':\n    sys.exit()\n"}),
    "a stub that is there": ("sums.py::twice", {"sums.py": b"def twice(n: int) -> int:\n    ...\n"}),
    "an empty file": ("sums.py::twice", {"sums.py": b""}),
}  # fmt: skip


@pytest.mark.parametrize(("target", "before"), PLACES.values(), ids=PLACES.keys())
def test_what_a_written_spec_makes_is_taken_with_its_implementation(
    tmp_path: Path, target: str, before: dict[str, bytes]
) -> None:
    write_files(tmp_path, {"pyproject.toml": b"[project]\nname = 'shop'\n", **before})
    old = files_of(tmp_path)
    text = SPEC.format(target=target, header="def twice(n: int) -> int", call="twice")
    _, prepared = read_and_prepare(tmp_path, text, "spec.md")
    assert prepared is not None
    write_files(tmp_path, prepared.files)
    files = landed(
        tmp_path,
        target,
        "import math\ndef twice(n):\n    return math.trunc(2 * n)",
        (kept("twice(1)", 2),),
        "tests/test_sums.py",
    )
    taken(old, {**{each.path: each.new for each in prepared.changes}, **files}, target)


def test_a_method_that_a_spec_adds_to_a_class_is_taken(tmp_path: Path) -> None:
    old = {"sums.py": b"class Sum:\n    def one(self):\n        return 1\n\n\nSUM = Sum()\n"}
    write_files(tmp_path, old)
    text = SPEC.format(target="sums.py::Sum.twice", header="def twice(self, n: int) -> int", call="Sum().twice")
    _, prepared = read_and_prepare(tmp_path, text, "spec.md")
    assert prepared is not None
    write_files(tmp_path, prepared.files)
    reply = "class Sum:\n    def twice(self, n):\n        return 2 * n"
    files = landed(tmp_path, "sums.py::Sum.twice", reply, (kept("Sum().twice(1)", 2),), "test_sums.py")
    taken(old, files, "sums.py::Sum.twice")


PROGRAM = ProgramTarget(stub=None, path="tools/double.py", test_path="tests/double/test_double.py", spec="5" * 64)


def program() -> dict[str, bytes]:
    """The files of a program's landing with two runs."""
    runs = [
        KeptTest(
            test=UnitTest(input=given, expected=Expected(text=out, value=stdout_value(out)), origin="attack"),
            support=1.0,
        )
        for given, out in (("1\n", "2"), (" 2 \n\n3\n", "4\n é"))
    ]
    return program_files(PROGRAM, "print(int(input()) * 2)\n", runs)


def test_a_program_with_its_runner_and_data_is_taken() -> None:
    taken({}, program(), PROGRAM.path)


@pytest.mark.parametrize(
    "name", ["tests/double/data/x.in", "tests/other/data/01.in", "tests/double/data/01.py", "tests/double/more/01.in"]
)
def test_a_program_brings_no_other_files(name: str) -> None:
    with pytest.raises(HostileRun):
        taken({}, {**program(), name: b"x\n"}, PROGRAM.path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("subprocess.run(", "subprocess.run(['sh', '-c', 'x']) or subprocess.run("), ("import sys", "import sys, os"),
     ("[sys.executable,", "['sh',"), ("check=False", "check=False, shell=True"), ("import pytest\n", "import pytest\nimport conftest\n")],
)  # fmt: skip
def test_a_runner_that_was_altered_is_none(old: str, new: str) -> None:
    text = program()[PROGRAM.test_path].decode()
    assert runner_flaw(text, PROGRAM.path) == ""
    assert text.replace(old, new, 1) != text
    for spoilt in (
        text.replace(old, new, 1),
        text + "x = 1\n",
        text.replace("# Tests", "# coding: utf-7\n# Tests"),
        "",
    ):
        assert runner_flaw(spoilt, PROGRAM.path)
    assert runner_flaw(text, "other.py")


def test_plain_paths_have_no_flaw() -> None:
    assert [path_flaw(path) for path in ("a.py", "src/pkg/mod.py", "tests/data/01.in", "ä/ö.py")] == [""] * 4


# -- what is new in the target's file ---------------------------------------------------------------------------------


def risky(text: str, *, program: bool = False) -> tuple[str, ...]:
    return novelties(None, text.encode(), program=program).risky


PROGRAMS = {
    "input": "n = int(input())\nprint(n * 2)\n",
    "stdin": "import sys\nfor line in sys.stdin:\n    sys.stdout.write(line)\nsys.exit(0)\n",
    "buffer": "import sys as s\ndata = s.stdin.buffer.read().split()\ns.setrecursionlimit(10**6)\n",
    "names": "from sys import stdin, stdout\ninput = stdin.readline\nstdout.write(input())\n",
    "open": "print(sum(map(int, open(0).read().split())))\n",
    "a name of its own": "vars = input().split()\nprint(vars[0])\nexit()\n",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_reading_and_printing_is_a_programs_job_and_no_functions(name: str) -> None:
    assert risky(PROGRAMS[name], program=True) == ()
    assert risky(PROGRAMS[name]) != ()


@pytest.mark.parametrize(
    ("text", "said"),
    [("import sys\nsys.modules['os'].system('x')\n", "uses sys"), ("import sys\nsys._getframe()\n", "uses sys"),
     ("import sys\ns = sys\n", "uses sys"), ("from sys import modules\n", "imports modules from sys"),
     ("from sys import modules as stdin\nstdin['os']\n", "uses stdin"), ("open('/etc/passwd')\n", "uses open"),
     ("open(0, opener=x)\n", "uses open"), ("p = open\n", "uses open"), ("eval(input())\n", "uses eval"),
     ("import os\nos.read(0, 9)\n", "imports os"), ("import sys\nsys.stdin.os\n", "reaches for os")],
)  # fmt: skip
def test_a_program_that_does_more_than_read_and_print_is_named(text: str, said: str) -> None:
    assert said in risky(text, program=True)


@pytest.mark.parametrize(
    "text",
    ["def f(input):\n    return input + 1\n", "def f(x):\n    vars = {x}\n    return vars\n",
     "def f(x, *open, **exit):\n    return open, exit\n", "f = lambda input: input\n",
     "def f(xs):\n    return [input for input in xs if input]\n", "def f(xs):\n    for input in xs:\n        yield input\n",
     "def f(input):\n    def g():\n        return input\n    return g\n",
     "def f(x):\n    match x:\n        case [vars, *open]:\n            return vars, open\n",
     "def f(x):\n    if (input := x):\n        return input\n",
     "import logging\n\n\ndef f(x):\n    logging.getLogger(__name__).debug(x)\n"],
)  # fmt: skip
def test_a_name_of_a_functions_own_is_no_use_of_the_builtin(text: str) -> None:
    assert risky(text) == ()


@pytest.mark.parametrize(
    "text",
    ["def f(open=open):\n    return open('x')\n", "class A:\n    open = open\n", "f = lambda open=open: open\n",
     "def f():\n    global open\n    open = open\n", "def f():\n    return [open for open in [open]]\n",
     "class A:\n    open = 1\n    def f(self):\n        return open('x')\n", "open = open\n",
     "def f(open):\n    def g():\n        global open\n        return open('x')\n    return g\n",
     "def f():\n    import os\n    os = os\n", "open = 1\ndel open\nopen('x')\n", "def f(x: open): ...\n",
     "def f():\n    def open(): ...\n\n\ndef g():\n    return open('x')\n"],
)  # fmt: skip
def test_a_builtin_that_hides_behind_a_name_is_named(text: str) -> None:
    assert {"uses open", "uses os"} & set(risky(text))


PACKAGES = ("numpy", "pandas", "scipy.stats", "sortedcontainers", "dateutil.parser", "more_itertools", "attr",
            "attrs", "pydantic", "regex", "networkx")  # fmt: skip


@pytest.mark.parametrize("name", PACKAGES)
def test_a_well_known_package_that_computes_is_named_as_new_and_is_no_risk(name: str) -> None:
    found = novelties(None, f"import {name} as one\n\n\ndef f(x):\n    return one.mean(x)\n".encode())
    assert (found.imports, found.risky) == ((f"imports {name}",), ())


@pytest.mark.parametrize(
    "text",
    ["import numpy as np\nnp.load('x')\n", "from numpy import fromfile\n", "import pandas as pd\npd.read_pickle('x')\n",
     "import scipy.io\n", "import numpy.ctypeslib\n", "import pandas as pd\npd.eval('1')\n",
     "import logging\nlogging.FileHandler('x')\n", "import logging.config\n", "import sympy\n",
     "import numpy as np\nnp.testing.runstring('x', {})\n", "import numpy as np\nnp.testing.measure('x')\n",
     "import logging\nlogging.handlers.SMTPHandler\n", "import pandas as pd\npd.DataFrame(x).to_string('x')\n",
     "import pandas as pd\nx.to_clipboard()\n", "import pydantic as p\np.parse_raw('x')\n", "from pydantic import PyObject\n",
     "import attr\nattr.make_class('A', x)\n", "import attr\nattr.s(these=x)\n", "import attr\nattr.s(x)\n", "from attrs import define as d\nd(x)\n",
     "import pandas as pd\ngetattr(x, 'to_csv')('y')\n", "from numpy import lib\nx = lib\n"],
)  # fmt: skip
def test_what_such_packages_do_to_files_is_named_all_the_same(text: str) -> None:
    assert risky(text)


# -- lines and characters ---------------------------------------------------------------------------------------------


FILE = b'''# One.
import re  # why


# Above other.
def other(x):
    return x  # safe


# Above f.
def f(x):
    """Doc."""
    # inner
    ...  # later


class A:
    # in A
    def g(self): ...
'''
DONE = FILE.replace(
    b"    # inner\n    ...  # later\n", b"    # inner\n    # later\n    # new\n    y = x\n\n    return y\n"
)


def test_comments_of_the_stub_stay_and_new_ones_may_come_in_its_body() -> None:
    assert target_flaw(FILE, DONE, "f") == ""
    assert target_flaw(FILE, DONE.replace(b"\n\n# Above f.", b"\n\nX = (  # one\n    1\n)\n\n\n# Above f."), "f") == ""
    one_line = FILE.replace(b"self): ...", b"self):\n        return 1")
    assert target_flaw(FILE, one_line, "A.g") == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"# One.", b"# Two."), (b"# One.\n", b""), (b"  # why", b""), (b"# why", b"# Why"), (b"# Above other.\n", b""),
     (b"# Above other.", b"# Above other.\n# Reviewed."), (b"  # safe", b""), (b"# Above f.", b"# above f."),
     (b"    # in A\n", b""), (b"# in A", b"# in a"), (b'"""Doc."""', b'"""Other."""'), (b"    # inner\n", b""),
     (b'"""Doc."""', b"'''Doc.'''"), (b"(x):\n    return x", b"( x ):\n    return x"), (b"import re", b"import  re"),
     (b"\n", b"\r\n"), (b"def g(self): ...\n", b"def g(self): ...\n# At the end.\n"), (b"import re", b"import re; X = 1")],
)  # fmt: skip
def test_no_line_beside_the_stub_changes_comes_or_goes(old: bytes, new: bytes) -> None:
    assert old in DONE
    assert target_flaw(FILE, DONE.replace(old, new), "f")


def test_a_byte_order_mark_stays_where_it_is() -> None:
    mark = b"\xef\xbb\xbf"
    above = DONE.replace(b"import re", b"import math\nimport re")
    assert target_flaw(mark + FILE, mark + above, "f") == ""
    assert target_flaw(mark + FILE[7:], mark + b"import math\n" + DONE[7:], "f") == ""
    for old, new in [(mark + FILE, DONE), (FILE, mark + DONE)]:
        assert "byte order mark" in target_flaw(old, new, "f")


UNSEEN = ("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\U000e0041", "\u3164", "\x1b", "\x00")


@pytest.mark.parametrize("char", UNSEEN[:-1], ids=ascii)
def test_characters_that_cannot_be_seen_are_refused_but_in_strings_where_they_are_named(char: str) -> None:
    comment = DONE.replace(b"# new", f"# n{char}ew".encode())
    assert "cannot be seen" in target_flaw(FILE, comment, "f")
    assert "cannot be seen" in target_flaw(None, f"print(1)  # {char}\n".encode(), "")
    inside = DONE.replace(b"y = x", f"y = '{char}'".encode())
    assert target_flaw(FILE, inside, "f") == ""
    assert any("cannot be seen" in one for one in novelties(FILE, inside).risky)
    held = f"# {char}\n".encode()
    assert target_flaw(held + FILE, held + DONE, "f") == ""


@pytest.mark.parametrize(
    "said", ["type: ignore", "noqa", "noqa: S102", "pragma: no cover", "nosec", "pylint: disable=all"]
)
def test_comments_that_silence_checks_are_named(said: str) -> None:
    new = DONE.replace(b"y = x", f"y = x  # {said}".encode())
    assert target_flaw(FILE, new, "f") == ""
    found = novelties(FILE, new)
    assert found.risky == ()
    assert found.imports == (f"silences a check: {said}",)
    assert novelties(new, new).imports == ()


# -- by one attribute -------------------------------------------------------------------------------------------------


ROUNDABOUT = {
    "an alias": "import enum\nenum.bltns.eval('1')\n", "an alias by name": "from enum import bltns as b\n", "a module handed on": "import enum\nx = [enum]\n",
    "private": "import uuid\nuuid._get_command_stdout('sh')\n", "private by name": "from uuid import _get_command_stdout as g\n",
    "private as self": "import uuid as self\nself._get_command_stdout('sh')\n",
    "private of self": "import uuid\n\n\nclass A:\n    _get_command_stdout = 0\n\n    def f(self):\n        return self._get_command_stdout('sh')\n\n\nA.f(uuid)\n",
    "private of another": "def f(x):\n    return x._registry\n", "an own name on a module": "import uuid\n\n\nclass A:\n    _x = 1\n\n\nuuid._x('sh')\n",
    "ForwardRef": "import typing\ntyping.ForwardRef('f()')\n", "ForwardRef by name": "from typing import ForwardRef as F\n", "a frozen one": "x.ForwardRef\n",
    "get_field": "import string\nstring.Formatter().get_field('0.x', (1,), {})\n", "vformat": "import string\nstring.Formatter().vformat('{x}', (), {})\n",
    "get_value": "x.get_value('a', (), {})\n", "get_value inherited": "class F(X):\n    def get_value(self, k):\n        return super().get_value(k)\n",
    "make_dataclass": "from dataclasses import make_dataclass\n", "_create_fn": "import dataclasses\ndataclasses._create_fn('g', (), [])\n",
    "singledispatch": "import functools\n\n\n@functools.singledispatch\ndef g(x): ...\n", "register": "from functools import singledispatch as s\ng.register\n",
    "an annotation": "def g(x: \"f() and int\"): ...\n", "a returned annotation": "def g(x) -> 'f()': ...\n", "an annotation of a variable": "x: 'f()' = 1\n",
    "an annotation in one": "def g(x: list[\"List['f()']\"]): ...\n", "an annotation that is no Python": "def g(x: 'f( )('): ...\n", "a lambda there": "def g(x: 'lambda: 1'): ...\n",
    "an annotation put together": "def g(x: 'f' + '()'): ...\n", "a formatted annotation": "def g(x: f'{y}'): ...\n", "a star": "def g(*x: '*f()'): ...\n",
    "a format": "def f(x):\n    return '{0.__globals__}'.format(f)\n", "a private format": "'{0._x}'.format(f)\n", "a deep format": "'{0.os}'.format(f)\n", "an item": "'{0[__x__]}'.format(f)\n",
    "a format by map": "'{f.bltns}'.format_map(x)\n", "a format put together": "('{0._' + '_globals__}').format(f)\n", "a format of a parameter": "def f(x):\n    return x.format(f)\n",
    "a format by str": "str.format('{0.x}', f)\n", "a format kept": "T = '{0.' + '_x}'\nT.format(f)\n", "a nested format": "'{0:{1.__globals__}}'.format(1, f)\n",
    "a text of innards": "T = '__import__'\n", "a keyword": "N(__annotations__={})\n", "a match": "match f:\n    case object(__globals__=g):\n        pass\n",
    "a match of an alias": "match x:\n    case object(bltns=g):\n        pass\n", "eval of another": "x.eval('1')\n", "open of another": "x.open('a')\n", "compile of another": "x.compile('a')\n",
    "vars by name": "from x import vars\n", "attrgetter": "import operator\noperator.attrgetter('a.b')\n", "methodcaller": "import operator as o\no.methodcaller('x')\n",
    "inspect of another": "import dataclasses\ndataclasses.inspect.stack()\n", "inspect by name": "from dataclasses import inspect\n", "platform of uuid": "import uuid as u\nu.platform.node()\n",
    "a process of uuid": "import uuid\nuuid.getnode()\n", "globals of an enum": "import enum\nenum.global_enum(x)\n", "convert": "import enum\nenum.IntEnum._convert_('X', 'os', f)\n",
    "another module changed": "import json\njson.loads = f\n", "another class changed": "from decimal import Decimal\ndel Decimal.sqrt\n",
    "len anew": "def len(x):\n    return 1\n", "innards anew": "def __getattr__(name):\n    return 1\n", "isinstance imported": "from x import y as isinstance\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDABOUT)
def test_what_is_reached_by_a_roundabout_way_is_named(name: str) -> None:
    assert [one for one in risky(ROUNDABOUT[name]) if not one.startswith("imports x")]


PLAIN_CODE = {
    "patterns": "import re\nP = re.compile('a')\n\n\ndef f(x):\n    return P.match(x)\n",
    "private of itself": "class A:\n    def __init__(self, x):\n        self._x = x\n\n    def __eq__(self, other):\n        return self._x == other._x\n",
    "an inherited part": "class A(B):\n    def f(self):\n        return self._x\n\n    @classmethod\n    def g(cls):\n        return cls._make()\n",
    "an own open": "class Door:\n    def open(self):\n        self.input = 1\n\n    def f(self, other):\n        return self.open() or other.open() or self.input\n",
    "a named tuple": "def f(x):\n    return x._replace(a=1)._asdict()\n", "an enum": "def f(x):\n    return x._value_\n", "times": "import datetime\nT = datetime.time(1)\n",
    "a format": "def f(x):\n    return '{:>{}} {x.name} {0[key]}'.format(x, 3, x=x)\n", "a format kept": "T = '{0} {1:.2f}'\n\n\ndef f(x):\n    return T.format(x, 1)\n",
    "annotations": "def f(x: 'list[int] | None', y: 'A.B') -> 'dict[str, \"A\"]':\n    z: \"Literal['a-b', 'c d']\" = 1\n    return z\n",
    "a method": "class A:\n    __slots__ = ('x',)\n\n    def format(self):\n        return 1\n\n    def f(self):\n        return self.format()\n", "a main part": "if __name__ == '__main__':\n    f()\n", "prose": "def f():\n    '''Uses __import__ of f().'''\n", "a throwaway": "def f(x):\n    for _, __ in x:\n        pass\n",
    "a module of the same name": "import string\n\n\ndef f(string):\n    return [string]\n", "a message": "def f(x):\n    raise ValueError('{x} is not __x')\n",
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN_CODE)
def test_plain_code_is_no_risk(name: str) -> None:
    assert risky(PLAIN_CODE[name]) == ()


@pytest.mark.parametrize(
    ("doc", "said"),
    [(">>> import os", "imports os in a doctest"), (">>> o.remove('x')", "uses o in a doctest"),
     (">>> open('x')\n    3", "uses open in a doctest"), (">>> f(", "holds what cannot be read in a doctest"),
     (">>>f(1)", "holds what cannot be read in a doctest")],
)  # fmt: skip
def test_what_a_doctest_would_do_is_named(doc: str, said: str) -> None:
    old = b"import os as o\n\n\ndef f(x):\n    ...\n"
    new = old.replace(b"...", f'"""Doc.\n\n    {doc}\n    """\n    return x'.encode())
    assert target_flaw(old, new, "f") == ""
    assert said in novelties(old, new).risky
    plain = new.replace(doc.encode(), b">>> f(1)\n    1\n    >>> [f(x) for x in (1, 2)]\n    [1, 2]")
    assert novelties(old, plain).risky == ()


def test_the_docstring_of_a_stub_may_say_more_and_nothing_less() -> None:
    more = DONE.replace(b'"""Doc."""', b'"""Doc.\n\n    More.\n\n    >>> f(1)\n    1\n    """')
    assert target_flaw(FILE, more, "f") == ""
    assert target_flaw(FILE, more.replace(b"Doc.", b"Dog."), "f") == "the docstring lost something that it said"
    assert "line" in target_flaw(FILE, more.replace(b"# Above f.", b"# Below f."), "f")


def test_to_end_by_sys_is_a_programs_job() -> None:
    assert risky("import sys\nsys.exit(main())\nlen = 1\n", program=True) == ()


# -- frames, scopes, modules out of modules, made classes, old imports -------------------------------------------------


@pytest.mark.parametrize(
    "name", ["gi_frame", "gi_code", "cr_frame", "ag_code", "f_builtins", "f_globals", "f_back", "f_locals", "f_code",
             "f_trace", "gi_yieldfrom", "tb_frame", "tb_next", "mro", "func_globals"],
)  # fmt: skip
def test_frames_and_code_are_named_however_they_are_reached(name: str) -> None:
    for text in (f"def f(x):\n    return (i for i in ()).{name}\n", f"'{{0.{name}}}'.format(x)\n",
                 f"match x:\n    case object({name}=y):\n        pass\n", f"getattr(x, '{name}', None)\n",
                 f"class A:\n    {name} = 1\n\n\nx.{name}\n"):  # fmt: skip
        assert risky(text), text


HIDDEN = {
    "a walrus of a lambda": "def f(x):\n    [(lambda: (eval := 1)) for _ in ()]\n    return eval('1+41')\n",
    "a walrus of a lambda deeper in": "def f(x):\n    [[(lambda: [(eval := 1) for _ in ()]) for _ in ()] for _ in ()]\n    return eval('1')\n",
    "a walrus in a target": "def f(x):\n    return [eval('1') for x[(lambda: (eval := 1))] in ()]\n",
    "a walrus in a module's target": "x[lambda: (eval := 1)] = 1\neval('1')\n",
    "a class of its own": "def f(eval):\n    class A:\n        y = eval('1+41')\n        eval = 1\n\n    return A.y\n",
    "a class with a global": "def f(eval):\n    class A:\n        global eval\n        y = eval('1+41')\n\n    return A.y\n",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_name_that_only_looks_local_is_named(name: str) -> None:
    assert "uses eval" in risky(HIDDEN[name])


@pytest.mark.parametrize(
    ("text", "said"),
    [("def g():\n    from sys import argv as __import__\n__import__('os')\n", "uses __import__"),
     ("from sys import argv as __import__\n__import__('os')\n", "uses __import__"),
     ("from sys import argv as eval\neval('1')\n", "uses eval"), ("def g():\n    from sys import argv as eval\neval('1')\n", "uses eval"),
     ("from sys import argv as bltns\nbltns\n", "uses bltns"), ("from sys import argv as os\nos\n", "uses os")],
)  # fmt: skip
def test_a_part_of_sys_lends_its_leave_to_no_name_that_reaches_far(text: str, said: str) -> None:
    assert said in risky(text, program=True)


MODULES = {
    "a script": "import json.tool\n", "its import": "import json.tool\njson.tool.argparse.FileType('w')\n", "by name": "from json import tool\n",
    "as an attribute": "import json\njson.tool\n", "by another name": "import json.tool as t\nt.argparse\n",
    "a harmless one": "import dataclasses\ndataclasses.copy\n", "a harmless one by name": "from dataclasses import copy\n",
    "of a part": "from json import decoder\ndecoder.re\n", "further down": "import json\njson.decoder.scanner.re\n",
    "of another package": "import numpy as np\nnp.lib.warnings\n", "a part handed on": "from json import decoder\nx = decoder\n",
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_a_module_taken_out_of_a_module_is_named(name: str) -> None:
    assert risky(MODULES[name])


@pytest.mark.parametrize(
    "text",
    ["functools.update_wrapper(w, f, assigned=('x',))\n", "functools.update_wrapper(w, f, updated=())\n", "functools.update_wrapper(w, f, x)\n",
     "functools.update_wrapper(w, *x)\n", "functools.update_wrapper(w, f, **x)\n", "u = functools.update_wrapper\n", "functools.wraps(f, x)(g)\n",
     "functools.wraps(f, assigned=x)\n", "functools.wraps(*x)(g)\n", "functools.wraps(f)(g, assigned=x)\n", "functools.wraps(f)(g, **x)\n",
     "p = functools.wraps(f)\n", "functools.partial(functools.wraps, assigned=x)\n", "@functools.wraps\ndef p(): ...\n",
     "from functools import update_wrapper as u\nu(w, f, x)\n", "@functools.wraps(f, x)\ndef p(): ...\n"],
)  # fmt: skip
def test_a_wrapper_that_is_told_what_to_copy_is_named(text: str) -> None:
    assert any("what to copy" in one for one in risky("import functools\n" + text))


@pytest.mark.parametrize(
    "text",
    ["type('X', (), {})\n", "type(*x)\n", "type(x, **y)\n", "t = type\n", "map(type, x)\n", "class M(type):\n    pass\n", "type(type(x))('X', (), {})\n",
     "x.__class__.__class__('X', (), {})\n", "type(x.__class__)\n", "type[int]('X', (), {})\n", "from abc import ABCMeta\nABCMeta('X', (), {})\n",
     "import enum\nx = enum.EnumMeta\n", "from dataclasses import dataclass as d\nd(x)\n", "import dataclasses\ndataclasses.dataclass(x)\n",
     "import dataclasses\ndataclasses.dataclass(init=False)(x)\n", "def f(isinstance):\n    return isinstance(1, type)\n"],
)  # fmt: skip
def test_a_class_that_is_made_of_values_is_named(text: str) -> None:
    assert risky(text)


OLD_IMPORT = (
    b"import asyncio\nfrom asyncio import create_subprocess_exec as run\n\nasyncio.sleep(1)\n\n\ndef f(x):\n    ...\n"
)


def test_new_uses_of_an_old_import_are_named() -> None:
    def news(body: str) -> tuple[str, ...]:
        return novelties(OLD_IMPORT, OLD_IMPORT.replace(b"...", body.encode())).risky

    assert news("return asyncio.create_subprocess_shell(x)") == ("uses asyncio.create_subprocess_shell",)
    assert news("return run(x)") == ("uses run",)
    assert news("y = asyncio\n    return y") == ("hands on asyncio",)
    assert news("return asyncio.sleep(x)") == ()
    assert news("return [asyncio for asyncio in x]") == ()


USUAL = {
    "a frozen class": "class A:\n    def __post_init__(self):\n        object.__setattr__(self, 'a', 1)\n",
    "hash": "class A:\n    __hash__ = None\n",
    "match": "class A:\n    __match_args__ = ('a', 'b')\n",
    "a cause": "def f(e):\n    return e.__cause__ or e.__context__\n",
    "itself": "class A:\n    def f(self):\n        return self.__dict__\n",
    "next": "def f(x):\n    return x.__next__()\n",
    "getattr": "def f(x):\n    return getattr(x, 'name', None) or getattr(x, 'other')\n",
    "a pattern": "import re\nP = re.compile(r'\\{[._a]+\\}')\n",
    "Literal": "from typing import Literal\n\n\ndef f(x: Literal['a', 'b('], y: 'Literal[\"c\", \"d(\"]'):\n    return x\n",
    "typing.Literal": "import typing as t\n\n\ndef f(x: t.Literal['f()']):\n    return x\n",
    "an own part": "class P:\n    def __init__(self):\n        self.io = 2\n\n\ndef f(p):\n    return p.io\n",
    "wraps": "import functools\n\n\ndef d(f):\n    @functools.wraps(f)\n    def g(x):\n        return f(x)\n\n    return functools.update_wrapper(g, f)\n",
    "wraps by hand": "from functools import wraps\n\n\ndef d(f, g):\n    return wraps(f)(g)\n",
    "type": "def f(x: type, y: type[int]) -> type:\n    return type(x) is type(y) or isinstance(x, type) or issubclass(x, (int, type)) or type(x)(1)\n",
    "metaclass": "from abc import ABCMeta\n\n\nclass A(metaclass=ABCMeta):\n    pass\n",
    "readline": "def f(x):\n    return x.readline()\n",
    "dataclass": "from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    a: int\n\n\n@dataclass(frozen=True)\nclass B:\n    a: int\n",
    "parts": "import collections.abc\nimport datetime\nimport numpy as np\nfrom json.decoder import JSONDecodeError\nx = datetime.datetime.now, datetime.time, collections.abc.Mapping, np.random, np.select\n",
    "emoji": "def f(x):\n    # \U0001f468\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525\n    return '\U0001f468\u200d\U0001f4bb \u2705\ufe0f'\n",
}


@pytest.mark.parametrize("name", USUAL)
def test_usual_forms_are_no_risk(name: str) -> None:
    assert risky(USUAL[name]) == ()


NOT_USUAL = [
    "from typing import List, Literal\nLiteral = List\n\n\ndef f(x: Literal['f()']): ...\n",
    "object.__setattr__(self, '__code__', 1)\n", "object.__setattr__(x, 'a', 1)\n", "object.__setattr__(self, *x)\n", "x.__setattr__('a', 1)\n",
    "class A:\n    __match_args__ = ('gi_frame',)\n", "class A:\n    __match_args__ = ('_x',)\n", "x.__dict__\n", "import json as self\nself.__dict__\n",
    "getattr(x, y)\n", "getattr(x, '_x')\n", "getattr(x, 'format')\n", "getattr(x, 'os')\n", "getattr(*x)\n", "import enum\ngetattr(enum, 'a')\n", "g = getattr\n",
    "T = '{0._x}'\nT.format(f)\n", "import logging\nlogging.Formatter('{a.gi_frame}', style='{')\n", "from typing import List as Literal\n\n\ndef f(x: Literal['f()']): ...\n",
    "class P:\n    io = 1\n\n\nimport random\nrandom.io\n", "class P:\n    os = 1\n\n\nx.os\n",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_USUAL)
def test_what_only_looks_usual_is_named(text: str) -> None:
    assert risky(text)


def test_pictures_that_are_made_of_two_may_stand_in_comments() -> None:
    for shown in ("\U0001f468\u200d\U0001f4bb", "\u2764\ufe0f\u200d\U0001f525", "\u2705\ufe0f"):
        assert target_flaw(FILE, DONE.replace(b"# new", f"# {shown}".encode()), "f") == ""
    for hiding in ("\U0001f468\u200d\u200d\U0001f4bb", "\U0001f468\u200d", "\u200d\U0001f468"):
        assert target_flaw(FILE, DONE.replace(b"# new", f"# {hiding}".encode()), "f")


@pytest.mark.parametrize(
    ("old", "more", "risky"),
    [
        ("import time", "time.time()", ()),
        ("import shop.prices as prices", "prices.total()", ()),
        ("import requests", "requests.get('x')", ("uses requests.get",)),
        ("import asyncio", "asyncio.create_subprocess_shell('x')", ("uses asyncio.create_subprocess_shell",)),
    ],
)
def test_new_uses_of_an_old_import_are_told_where_it_reaches_far(old: str, more: str, risky: tuple[str, ...]) -> None:
    before, after = f"{old}\n\n\ndef f(): ...\n", f"{old}\n\n\ndef f():\n    return {more}\n"
    assert novelties(before.encode(), after.encode()).risky == risky
