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
from cosplay_action.specs.shipped import path_flaw
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
