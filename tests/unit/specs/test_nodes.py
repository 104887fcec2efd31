"""Syntax trees as text: the same under every Python that can be had here."""

from __future__ import annotations

import ast
import hashlib
import inspect
import subprocess
from pathlib import Path

import pytest

from cosplay_action.specs import nodes
from cosplay_action.specs.nodes import dumped

PYTHONS = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python"))
TEXT = """
class A(b, c=1):
    def f(self, x: int = 2, *, y=None) -> "A":
        return [i async for i in x if i] or {1: b"x"}
"""


def test_it_tells_apart_what_differs_and_nothing_else() -> None:
    assert dumped(ast.parse("x = 1")) == dumped(ast.parse("x=1  # one"))
    assert len({dumped(ast.parse(text)) for text in ("x = 1", "x = 1.0", "x = '1'", "x: int = 1", "y = 1")}) == 5


@pytest.mark.skipif(not PYTHONS, reason="no other Python on this machine")
def test_every_python_gives_the_same_digest() -> None:
    code = f"import ast, hashlib\n{inspect.getsource(nodes.dumped)}\ntext = {TEXT!r}\n"
    code += "print(hashlib.sha256(dumped(ast.parse(text)).encode()).hexdigest())"
    here = hashlib.sha256(dumped(ast.parse(TEXT)).encode()).hexdigest()
    for python in PYTHONS:
        if int(python.parts[-3].split(".")[1]) >= 9:
            done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
            assert done.stdout.strip() == here, python
