"""Finding stubs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import SpecError
from cosplay_action.specs.source import read_source
from cosplay_action.specs.target import find_target, stub_names
from tests.support.stubs import flat, target_of

MODULE = '''
from typing import Iterator, overload
from contextlib import contextmanager

@decorated(1)
@other
def plain(a: int, b=(1, 2), *, c: dict[str, int] = {"x": 1}) -> "None":
    """Doc."""

def full(x):
    return x

async def later(x) -> int: ...

def lazy(n) -> Iterator[int]:
    pass

@contextmanager
def manager() -> Iterator[int]:
    pass

class Outer:
    class Inner:
        @staticmethod
        def s(x): raise NotImplementedError("soon")
        @classmethod
        def c(cls): raise NotImplementedError

    @property
    def p(self) -> int:
        """P."""
        ...

    @p.setter
    def p(self, value): ...

    def m(self) -> None:
        "doc"
        pass

@overload
def many(x: int) -> int: ...
@overload
def many(x: str) -> str: ...
def many(x): ...

def twice(x): ...
def twice(x): ...

if True:
    def inside(): ...
'''


@pytest.mark.parametrize(
    ("qualname", "kind", "class_name"),
    [
        ("plain", "function", ""),
        ("later", "function", ""),
        ("Outer.Inner.s", "staticmethod", "Outer.Inner"),
        ("Outer.Inner.c", "classmethod", "Outer.Inner"),
        ("Outer.p", "property", "Outer"),
        ("Outer.m", "method", "Outer"),
    ],
)
def test_every_kind_of_stub_is_found(tmp_path: Path, qualname: str, kind: str, class_name: str) -> None:
    target = target_of(tmp_path, MODULE, qualname)
    assert (target.kind, target.class_name, target.qualname) == (kind, class_name, qualname)
    assert (target.path, target.module, target.roots) == ("m.py", "m", (".",))


def test_the_definition_below_overloads_is_the_target(tmp_path: Path) -> None:
    target = target_of(tmp_path, MODULE, "many")
    assert target.signature == "def many(x):"
    assert "many" in stub_names(target.source)
    text = (
        "import typing as t\nclass A:\n    @t.overload\n    def f(self, x: int) -> int: ...\n"
        "    def f(self, x):\n        'Doc.'\n"
    )
    assert target_of(tmp_path, text, "A.f").docstring == "Doc."


def test_the_signature_is_the_header_exactly_as_written(tmp_path: Path) -> None:
    target = target_of(
        tmp_path, "x = 1\n@a ( 1 )\ndef f(a ,  # why\n      b:int=lambda: 1) ->\\\n    int :  # c\n  ...\n", "f"
    )
    assert target.signature == "@a ( 1 )\ndef f(a ,  # why\n      b:int=lambda: 1) ->\\\n    int :"


def test_async_lazy_and_none_are_read_from_the_header(tmp_path: Path) -> None:
    names = ("plain", "later", "lazy", "manager", "Outer.m")
    found = {name: target_of(tmp_path, MODULE, name) for name in names}
    assert {n for n, t in found.items() if t.is_async} == {"later"}
    assert {n for n, t in found.items() if t.is_generator} == {"lazy"}
    assert {n for n, t in found.items() if t.returns_none} == {"plain", "Outer.m"}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("m.py::full", "is no stub"),
        ("m.py::twice", "defined 2 times"),
        ("m.py::inside", "inside an if"),
        ("m.py::plane", "Did you mean plain"),
        ("m.py::m", r"Did you mean Outer\.m"),
        ("m.py::Outer", "has no function Outer"),
        ("m.py", "names no function"),
        ("::f", "names no function"),
        ("../m.py::f", "outside the repository"),
        ("n.py::f", "does not exist"),
        (".::f", "is a directory"),
    ],
)
def test_a_target_that_cannot_be_played_is_a_spec_error(tmp_path: Path, spec: str, said: str) -> None:
    (tmp_path / "m.py").write_text(MODULE)
    with pytest.raises(SpecError, match=said) as caught:
        find_target(tmp_path, spec, flat)
    assert caught.value.cure


def test_the_cure_lists_the_stubs_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE)
    with pytest.raises(SpecError, match=r"Stubs in this file: plain, later") as caught:
        find_target(tmp_path, "m.py::full", flat)
    assert "Outer.Inner.s" in caught.value.cure


def test_stubs_are_listed_in_file_order(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def a(): ...\ndef b(): return 1\nclass C:\n    def d(self): pass\n")
    assert stub_names(read_source(tmp_path, "m.py")) == ("a", "C.d")


def test_a_stub_with_code_before_it_raises_is_no_stub(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no stub"):
        target_of(tmp_path, "def f(x):\n    x += 1\n    raise NotImplementedError\n", "f")
