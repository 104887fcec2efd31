"""Whatever a model writes, reading it gives a value, never an exception, and never lets a forbidden name through."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method.ports import Unusable, Wanted
from cosplay_action.specs.doctests import read_examples, strip_examples
from cosplay_action.specs.expected import read_expected
from cosplay_action.specs.inputs import read_input, split_inputs
from cosplay_action.specs.reply import read_candidate
from cosplay_action.specs.splice import splice
from cosplay_action.specs.target import Target
from tests.support.stubs import shared_target

MODULE = (
    "import os, sys\nimport subprocess as sp\nfrom shutil import rmtree\nclass A:\n    def f(self, x): ...\n"
    "def f(x, *xs, **kw) -> dict[str, int]: ...\n"
)
TARGETS = [shared_target(MODULE, "f"), shared_target(MODULE, "A.f")]
FORBIDDEN = {"os", "sys", "sp", "rmtree", "open", "eval", "exec", "__import__", "getattr", "globals", "compile", "vars"}
PIECES = st.sampled_from([
    "f", "A", "(", ")", "[", "]", "{", "}", ":", ",", "=", "==", "\n", "    ", "def f(x, *xs, **kw):", "return x",
    "class A:",
    "def f(self, x):", "import os", "os", ".system", "('x')", "'", '"""', "```", ">>>", "...", "lambda os: ",
    "for os in ", "x",
    "1", "2", "**", "*", "->", "raises ValueError", "assert ", "print(", "if ", "else", "\t", "#", "\\", "\r",
    "\x0c", "é", "await ",
    "eval", "getattr", "__import__", ".__class__", "sp.run", "rmtree", "open", " in ", "1. ", "Output:", "true",
    "null", ";",
])  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES, max_size=20).map(" ".join), st.text(max_size=80)
)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, target=st.sampled_from(TARGETS))
def test_reading_a_candidate_never_raises_and_gives_what_can_be_spliced_or_refused(text: str, target: Target) -> None:
    source = read_candidate(text, target)
    if isinstance(source, str):
        compile(source, "<candidate>", "exec")
        assert read_candidate(source, target) == source
        assert isinstance(splice(target, source), str | Unusable)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, target=st.sampled_from(TARGETS))
def test_reading_an_input_never_raises_and_lets_no_forbidden_name_through(text: str, target: Target) -> None:
    for piece in (text, f"f({text})", f"A().f({text})", *split_inputs(text, target)):
        read = read_input(piece, target)
        if isinstance(read, str):
            assert not names_of(read) & FORBIDDEN
            assert read_input(read, target) == read


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, target=st.sampled_from(TARGETS))
def test_reading_an_expected_output_never_raises_and_lets_no_forbidden_name_through(text: str, target: Target) -> None:
    read = read_expected(text, target, "f(1)")
    assert isinstance(read_expected(text, target, text), Wanted | Unusable)
    if isinstance(read, Wanted) and not read.raises:
        assert not names_of(read.text) & FORBIDDEN


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_reading_examples_of_any_docstring_never_raises(text: str) -> None:
    module = ast.Module(body=[ast.parse("def f(x): ...").body[0]], type_ignores=[])
    node = module.body[0]
    assert isinstance(node, ast.FunctionDef)
    node.body = [ast.Expr(ast.Constant(text))]
    source = ast.unparse(ast.fix_missing_locations(module))
    assert isinstance(read_examples(shared_target(source.encode("utf-8", "replace"), "f")), tuple)
    assert isinstance(strip_examples(text, "f"), str)


def names_of(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
