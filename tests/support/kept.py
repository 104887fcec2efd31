"""Builders for kept tests and for canonical values of plain Python objects."""

from __future__ import annotations

from pathlib import Path

from cosplay_action.method.domain import Expected, KeptTest, Origin, UnitTest
from cosplay_action.method.values import Value
from cosplay_action.specs.layout import import_place
from cosplay_action.specs.target import find_target
from cosplay_action.specs.testfile import TestFile, render_tests
from cosplay_action.specs.testscope import ImportStyle

SPEC, IMPLEMENTATION = "a" * 64, "b" * 64


def value(thing: object) -> Value:
    """The canonical value of builtins."""
    if isinstance(thing, Value):
        return thing
    if isinstance(thing, list | tuple | set | frozenset):
        return Value(type(thing).__name__, items=tuple(value(item) for item in thing))
    if isinstance(thing, dict):
        return Value("dict", items=tuple(value(part) for pair in thing.items() for part in pair))
    if thing is None:
        return Value("none")
    assert isinstance(thing, bool | int | float | complex | str | bytes)
    return Value(type(thing).__name__, thing)


def instance(name: str, **attributes: object) -> Value:
    return Value("object", items=tuple(value(p) for pair in attributes.items() for p in pair), name=name)


def kept(text: str, gives: object = None, *, raises: str = "", idea: str = "", origin: Origin = "attack") -> KeptTest:
    expected = Expected(text=raises or repr(gives), value=None if raises else value(gives), raises=raises)
    return KeptTest(test=UnitTest(input=text, expected=expected, origin=origin, idea=idea), support=1.0)


def rendered(
    root: Path, spec: str, *tests: KeptTest, style: ImportStyle | None = None, place: str = "tests/test_it.py"
) -> TestFile:
    target = find_target(root, spec, import_place)
    digests = {"spec_digest": SPEC, "implementation_digest": IMPLEMENTATION}
    return render_tests(target, tests, place=place, style=style, **digests)
