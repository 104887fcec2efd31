"""A small repository for every kind of stub, with the script of a model that knows what it should do."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.stub_script import CLAMP, StubScript, clamp_script


@dataclass(frozen=True, kw_only=True)
class Kind:
    """``before`` is the stub's own body in ``files[path]``; only it may change there. ``test`` is where tests go."""

    name: str
    target: str
    test: str
    files: dict[str, str | bytes]
    script: StubScript

    @property
    def path(self) -> str:
        return self.target.partition("::")[0]


_SRC = '[project]\nname = "shop"\n\n[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["tests"]\n'

METHOD = Kind(
    name="a method with effects, src layout",
    target="src/shop/basket.py::Basket.put",
    test="tests/test_basket_put.py",
    files={
        "pyproject.toml": _SRC,
        "src/shop/__init__.py": "",
        "src/shop/basket.py": (
            "class Basket:\n    def __init__(self) -> None:\n        self.items: list[str] = []\n\n"
            "    def put(self, name: str, count: int = 1) -> None:\n"
            '        """Put ``count`` of ``name`` at the end of ``items``."""\n        ...\n\n'
            "    def total(self) -> int:\n        return len(self.items)   \n"
        ),
        "tests/test_total.py": "from shop.basket import Basket\n\n\ndef test_empty():\n"
        "    assert Basket().total() == 0\n",
    },
    script=StubScript(
        truth={f"s = Basket(); s.put({a!r}, {n}); s.items": repr([a] * n) for a in "abc" for n in range(5)},
        right=(
            "class Basket:\n    def put(self, name: str, count: int = 1) -> None:\n"
            "        self.items.extend([name] * count)",
        ),
    ),
)

PROPERTY = Kind(
    name="a property, flat layout, tabs",
    target="span.py::Span.length",
    test="tests/test_span_length.py",
    files={
        "span.py": (
            "class Span:\n\tdef __init__(self, first: int, last: int) -> None:\n"
            "\t\tself.first, self.last = first, last\n"
            '\n\t@property\n\tdef length(self) -> int:\n\t\t"""How many numbers lie in it, both ends counted."""\n'
            "\t\traise NotImplementedError\n"
        )
    },
    script=StubScript(
        truth={f"Span({a}, {a + n}).length": str(n + 1) for a in range(4) for n in range(5)},
        right=("class Span:\n    @property\n    def length(self) -> int:\n        return self.last - self.first + 1",),
    ),
)

STATIC = Kind(
    name="a static method, CRLF, no newline at the end",
    target="codes.py::Codes.check",
    test="tests/test_codes_check.py",
    files={
        "codes.py": (
            b"# -*- coding: latin-1 -*-\r\n# \xe9\r\nclass Codes:\r\n    @staticmethod\r\n"
            b"    def check(text: str) -> bool:\r\n"
            b'        """Whether the text is two letters."""\r\n        pass'
        )
    },
    script=StubScript(
        truth={f"Codes.check({t!r})": str(len(t) == 2) for t in ("", "a", "ab", "zz", "abc", "qq", "b", "xy", "long")},
        right=("class Codes:\n    @staticmethod\n    def check(text: str) -> bool:\n"
               "        return len(text) == 2 and text.isalpha()",),
    ),
)  # fmt: skip

CLASSMETHOD = Kind(
    name="a class method of a dataclass, src layout",
    target="src/shop/size.py::Size.parse",
    test="tests/test_size_parse.py",
    files={
        "pyproject.toml": _SRC,
        "src/shop/__init__.py": "",
        "src/shop/size.py": (
            "from __future__ import annotations\n\nfrom dataclasses import dataclass\n\n\n@dataclass(frozen=True)\n"
            "class Size:\n    wide: int\n    high: int\n\n    @classmethod\n    def parse(cls, text: str) -> Size:\n"
            '        """Read a size such as ``3x4``."""\n        raise NotImplementedError\n'
        ),
    },
    script=StubScript(
        truth={f"Size.parse('{a}x{b}')": f"Size({a}, {b})" for a in range(1, 5) for b in range(1, 5)},
        right=(
            "class Size:\n    @classmethod\n    def parse(cls, text: str) -> 'Size':\n"
            "        wide, high = text.split('x')\n        return cls(int(wide), int(high))",
        ),
    ),
)

ASYNC = Kind(
    name="an async function, flat layout",
    target="slow.py::double",
    test="tests/test_slow_double.py",
    files={
        "slow.py": "async def double(number: int) -> int:\n"
        '    """Return twice the number, after giving others a turn."""\n    raise NotImplementedError()\n'
    },
    script=StubScript(
        truth={f"double({n})": str(2 * n) for n in range(-6, 9)},
        right=(
            "import asyncio\n\nasync def double(number: int) -> int:\n"
            "    await asyncio.sleep(0)\n    return 2 * number",
        ),
    ),
)

GENERATOR = Kind(
    name="a generator, flat layout",
    target="pairs.py::neighbours",
    test="tests/test_pairs_neighbours.py",
    files={
        "pairs.py": "from collections.abc import Iterator\n\n\n"
        "def neighbours(items: list[int]) -> Iterator[tuple[int, int]]:\n"
        '    """Yield each item together with the one after it."""\n    ...\n'
    },
    script=StubScript(
        truth={
            f"neighbours({list(range(a, a + n))})": repr([(i, i + 1) for i in range(a, a + n - 1)])
            for a in range(3)
            for n in range(5)
        },
        right=(
            "def neighbours(items):\n    for at in range(len(items) - 1):\n        yield (items[at], items[at + 1])",
            "from itertools import pairwise\n\ndef neighbours(items):\n    yield from pairwise(items)",
        ),
    ),
)

DECORATED = Kind(
    name="a decorated function with examples",
    target="steps.py::ways",
    test="tests/test_steps_ways.py",
    files={
        "steps.py": "from functools import lru_cache\n\n\n@lru_cache(maxsize=None)\ndef ways(steps: int) -> int:\n"
        '    """In how many ways can one climb the steps, one or two at a time?\n\n'
        '    >>> ways(3)\n    3\n    """\n    raise NotImplementedError  # to do\n'
    },
    script=StubScript(
        truth={f"ways({n})": str([1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89][n]) for n in range(11)},
        right=("def ways(steps):\n    return 1 if steps < 2 else ways(steps - 1) + ways(steps - 2)",),
    ),
)

OWN_CLASS = Kind(
    name="a class of the repository as argument, in a monorepo",
    target="packages/geo/src/geo/area.py::area",
    test="packages/geo/tests/test_area.py",
    files={
        "pyproject.toml": '[project]\nname = "all"\n',
        "packages/geo/pyproject.toml": _SRC.replace("shop", "geo"),
        "packages/geo/src/geo/__init__.py": "",
        "packages/geo/src/geo/shapes.py": "class Box:\n    def __init__(self, wide: int, high: int) -> None:\n"
        "        self.wide, self.high = wide, high\n",
        "packages/geo/src/geo/area.py": "from geo.shapes import Box\n\n\n"
        "def area(box: Box, *, scale: int = 1) -> int:\n"
        '    """Return the area of the box, each side drawn out ``scale`` times."""\n    raise NotImplementedError\n',
        "packages/geo/tests/test_shapes.py": "from geo.shapes import Box\n\n\ndef test_box():\n"
        "    assert Box(1, 2).high == 2\n",
    },
    script=StubScript(
        truth={
            f"area(Box({a}, {b}), scale={s})": str(a * b * s * s) for a in (1, 2) for b in (2, 3) for s in (1, 2, 3)
        },
        right=("def area(box, *, scale=1):\n    return box.wide * box.high * scale**2",),
    ),
)  # fmt: skip

FUNCTION = Kind(
    name="a function with a default, flat layout",
    target="clamp.py::clamp",
    test="tests/test_clamp.py",
    files={"clamp.py": CLAMP},
    script=clamp_script(),
)

KINDS = (FUNCTION, METHOD, PROPERTY, STATIC, CLASSMETHOD, ASYNC, GENERATOR, DECORATED, OWN_CLASS)
