"""A candidate in the place of its stub: what the finished module would do, without importing it again."""

# ruff: noqa: E501 - a case is one line, however long

from __future__ import annotations

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.method.values import render
from tests.support.cells import Cells
from tests.support.sandboxes import sandbox_at

RAISE = "raise NotImplementedError"


async def shown(cells: Cells, source: str, candidate: str, text: str, qualname: str = "f") -> str:
    return await cells.shown(candidate, text, source=source, qualname=qualname)


@pytest.mark.parametrize(
    ("source", "candidate", "text", "expected"),
    [
        (
            f"import functools\n@functools.lru_cache\ndef f(x):\n    {RAISE}\n",
            "@functools.lru_cache\ndef f(x):\n    return x + 1\n",
            "f(1), f(1), f.cache_info().hits",
            "(2, 2, 1)",
        ),
        (f"def f(x, y=[7]):\n    {RAISE}\nMENU = {{'f': f}}\n", "def f(x, y=[7]):\n    return x, y\n", "MENU['f'](1)", "(1, [7])"),
        (f"def f(x):\n    {RAISE}\ndef g(x):\n    return f(x)\n", "def f(x):\n    return x and g(x - 1)\n", "f(3)", "0"),
        (
            f"def loud(h):\n    def inner(*a):\n        return [h(*a)]\n    return inner\n@loud\ndef f(x):\n    {RAISE}\n",
            "@loud\ndef f(x):\n    return x\n",
            "f(1)",
            "[1]",
        ),
        (f"def f(x):\n    {RAISE}\n", "import math\n\n\nTOP = 3\n\n\ndef up(x):\n    return math.ceil(x)\n\n\ndef f(x):\n    return up(x) + TOP\n", "f(1.5)", "5"),
        (f"async def f(x):\n    {RAISE}\n", "async def f(x):\n    return x\n", "f(1)", "1"),
        (f"def f(x):\n    {RAISE}\n", "def f(x):\n    yield x\n    yield x\n", "f(1)", "[1, 1]"),
        (f"def f(*args, **more):\n    {RAISE}\n", "def f(*args, **more):\n    return args, more\n", "f(1, a=2)", "((1,), {'a': 2})"),
        (f"from __future__ import annotations\ndef f(x):\n    {RAISE}\n", "def f(x):\n    def g(y: nothing_like_it): return y\n    return g(x)\n", "f(1)", "1"),
        (f"def f(x):\n    {RAISE}\n", "def f(x, *, times=2):\n    return x * times\n", "f(2)", "4"),
    ],
)  # fmt: skip
async def test_a_function_is_what_everybody_holds(cells, source, candidate, text, expected) -> None:
    assert await shown(cells, source, candidate, text) == expected


CLASSES = f"""
class Base:
    def area(self):
        return 1
class Shape(Base):
    scale = 2
    def __init__(self, side=1):
        self.__side = side
    def area(self):
        {RAISE}
    @property
    def wide(self):
        {RAISE}
    @staticmethod
    def corners(n):
        {RAISE}
    @classmethod
    def of(cls, side):
        {RAISE}
    def __lt__(self, other):
        {RAISE}
    class Inner:
        def name(self):
            {RAISE}
class Square(Shape):
    pass
"""


@pytest.mark.parametrize(
    ("name", "candidate", "text", "expected"),
    [
        ("Shape.area", "class Shape:\n    def area(self):\n        return super().area() * self.__side\n", "Square(3).area()", "3"),
        ("Shape.area", "class Shape:\n    def area(self):\n        return __class__.scale, type(self).__name__\n", "Square().area()", "(2, 'Square')"),
        ("Shape.area", "class Shape:\n    def area(self):\n        return self.scale\n", "Shape.area(Square())", "2"),
        ("Shape.wide", "class Shape:\n    @property\n    def wide(self):\n        return self.__side > 2\n", "Square(3).wide", "True"),
        ("Shape.corners", "class Shape:\n    @staticmethod\n    def corners(n):\n        return n\n", "Square.corners(4)", "4"),
        ("Shape.of", "class Shape:\n    @classmethod\n    def of(cls, side):\n        return cls(side)\n", "Square.of(5)", "Square(_Shape__side=5)"),
        ("Shape.__lt__", "class Shape:\n    def __lt__(self, other):\n        return True\n", "Square() < Square()", "True"),
        ("Shape.Inner.name", "class Shape:\n    class Inner:\n        def name(self):\n            return type(self).__qualname__\n", "Shape.Inner().name()", "'Shape.Inner'"),
        ("Shape.area", "SIDE = 4\n\n\nclass Shape:\n    def area(self, more=SIDE):\n        return super().area() + more\n", "Square().area()", "5"),
    ],
)  # fmt: skip
async def test_a_method_belongs_to_the_class_that_was_there(cells, name, candidate, text, expected) -> None:
    assert await shown(cells, CLASSES, candidate, text, name) == expected


async def test_instances_made_when_the_module_was_imported_have_the_candidate(cells) -> None:
    source = CLASSES + "ONE = Square(2)\n"
    candidate = "class Shape:\n    def area(self):\n        return isinstance(self, Shape)\n"
    assert await shown(cells, source, candidate, "ONE.area()", "Shape.area") == "True"


async def test_another_module_that_took_the_stub_by_name_has_the_candidate(cells) -> None:
    cells.write("src/shop/desk.py", "from shop import stock\nfrom shop.stock import f as serve\nTABLE = [serve]\n")
    source = f"def f(x):\n    {RAISE}\nimport shop.desk\n"
    for candidate in ("def f(x):\n    return x\n", "def f(x, /, more=0):\n    return x\n"):
        assert await shown(cells, source, candidate, "shop.desk.serve(3)") == "3"


async def test_the_module_is_imported_once_for_all_candidates_and_cells(cells, tmp_path) -> None:
    source = f"import os\nBORN = os.getpid()\ndef f(x):\n    {RAISE}\n"
    code = "def f(x):\n    return BORN, os.getpid()\n"
    seen = [s.value.items for s in await cells.run(code, "f(1)", "f(2)", source=source)]
    assert seen[0][0] == seen[1][0]
    assert len({pid.data for _, pid in seen}) == 2


async def test_a_generic_function_takes_its_type_parameter(cells) -> None:
    import sys

    if sys.version_info < (3, 12):
        pytest.skip("type parameters came with Python 3.12")
    source = f"def f[T](x: T) -> T:\n    {RAISE}\n"
    assert (
        await shown(cells, source, "def f[T](x: T) -> T:\n    y: T = x\n    return y, T.__name__\n", "f(1)")
        == "(1, 'T')"
    )


async def test_a_traceback_names_the_candidates_own_lines(cells) -> None:
    source = f"import traceback\ndef f(x):\n    {RAISE}\n"
    candidate = "def f(x):\n    try:\n        return x / 0  # here\n    except ZeroDivisionError:\n        return traceback.format_exc()\n"
    text = await shown(cells, source, candidate, "f(1)")
    assert "return x / 0  # here" in text
    assert "line 3" in text


PROPERTY = f"""
from typing import NamedTuple, overload
class Box:
    def __init__(self):
        self.inner = 1
    @property
    def value(self):
        {RAISE}
    @value.setter
    def value(self, new):
        self.inner = new
    @value.deleter
    def value(self):
        self.inner = 0
class Point(NamedTuple):
    x: int
    def double(self):
        {RAISE}
    def rest(self):
        return self.x
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x):
    {RAISE}
"""
VALUE = "class Box:\n    @property\n    def value(self):\n        return self.inner * 7\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("b = Box()\nb.value", "7"), ("b = Box()\nb.value = 2\nb.value", "14"), ("b = Box()\ndel b.value\nb.inner", "0")],
)
async def test_a_property_keeps_its_setter_and_deleter(cells, text, expected) -> None:
    assert await shown(cells, PROPERTY, VALUE, text, "Box.value") == expected


async def test_a_method_of_a_named_tuple_can_be_a_stub(cells) -> None:
    candidate = "class Point:\n    def double(self):\n        return self.x * 2 + self.rest()\n"
    assert await shown(cells, PROPERTY, candidate, "Point(3).double()", "Point.double") == "9"


async def test_overloads_stay_what_they_are(cells) -> None:
    assert await shown(cells, PROPERTY, "def f(x):\n    return x\n", "f(3)") == "3"


@pytest.mark.parametrize("level", ["A", "B"])
async def test_a_module_that_holds_other_candidates_code_is_imported_in_the_cell_alone(cells, level) -> None:
    cells.level = level
    source = (
        "import os\nBORN = os.getpid()\ntry:\n    os.fork()\nexcept PermissionError:\n    HELD = True\n"
        f"def f(x):\n    {RAISE}\n"
    )
    code = "def f(x):\n    return BORN == os.getpid(), HELD, x\n"
    seen = await cells.run(code, "f(1)", "f(2)", source=source, inside=True)
    assert [render(one.value) for one in seen] == ["(True, True, 1)", "(True, True, 2)"]


async def test_such_a_module_that_cannot_be_imported_is_its_users_error(cells) -> None:
    with pytest.raises(SpecError, match="RuntimeError: no"):
        await cells.run(None, "1", source="raise RuntimeError('no')\n", inside=True)
    seen = await cells.one("def f(x): return x", "f(1)", source="raise RuntimeError('no')\n", inside=True)
    assert (seen.status, seen.error[0]) == ("raised", "RuntimeError")


IMPORTS = [
    ("import math\nfrom math import gcd as g, lcm\n", "math.tau > 6, g(4, x), lcm(4, x)", "(True, 2, 12)"),
    ("import os.path\nimport os.path as where\n", "os.sep, where.join('a', 'b')", "('/', 'a/b')"),
    ("import math as x1, string as x2\nx1 = 5\nimport json as x2\n", "x1, x2.dumps([])", "(5, '[]')"),
    ("from math import nothing\n", "x", "ImportError: while its helpers were defined: cannot import name 'nothing'"),
    (
        "import math\nimport nothing_of_that_name\n",
        "x",
        "ModuleNotFoundError: while its helpers were defined: No module",
    ),
    ("from math import *\n", "floor(x + .5)", "6"),
    ("from . import other\n", "other.WHO", "'a neighbour'"),
    ("from __future__ import annotations\nimport math\n", "math.floor(x)", "6"),
]


@pytest.mark.parametrize(("imports", "shows", "expected"), IMPORTS)
async def test_imports_bind_what_they_would_in_the_finished_module(cells, imports, shows, expected) -> None:
    cells.write("src/shop/other.py", "WHO = 'a neighbour'\n")
    [first, second] = await cells.run(
        f"{imports}def f(x):\n    return {shows}\n",
        "f(6)",
        "f(6 + 0)",
        source=f"math = 'its own'\ndef f(x):\n    {RAISE}\n",
    )
    text = render(first.value) if first.value else f"{first.error[0]}: {first.detail}"
    assert text.startswith(expected)
    assert (second.value, second.error) == (first.value, first.error)


async def test_what_one_candidate_imports_another_does_not_find(cells) -> None:
    source = f"def f(x):\n    {RAISE}\n"
    sandbox = sandbox_at(cells.level, cells.root)
    try:
        jobs = [
            cells.with_code(head + "def f(x):\n    return math.gcd(4, x)\n", "f(6)", source=source)
            for head in ("import math\n", "")
        ]
        [[one], [other]] = [await sandbox.run(job) for job in jobs]
    finally:
        await sandbox.aclose()
    assert (render(one.value), other.error[0]) == ("2", "NameError")
