"""What holds for every source: mutants compile, differ, and change one place of a body."""

from __future__ import annotations

import ast
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.specs.changes import below
from cosplay_action.specs.mutants import mutants

SOURCES = sorted((Path(__file__).parents[2] / "cosplay_action" / "specs").glob("*.py"))[::3]


def headers(tree: ast.Module) -> Counter[str]:
    """Everything of a tree that is no body: headers, docstrings, annotations, imports."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [node.name, ast.dump(node.args), *map(ast.dump, node.decorator_list), str(ast.get_docstring(node))]
            found.append(ast.dump(node.returns) if node.returns else "")
        elif isinstance(node, ast.AnnAssign):
            found.append(ast.dump(node.annotation))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.append(ast.dump(node))
    return Counter(found)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_mutants_of_real_code_compile_differ_and_leave_headers_alone(path: Path) -> None:
    source = path.read_text("utf-8")
    before = ast.parse(source)
    own = headers(before)
    found = mutants(source, 12, random.Random(path.name))
    if any(below(node) for node in before.body if isinstance(node, ast.FunctionDef)):
        assert found
    shapes = {ast.dump(before)}
    for one in found:
        compile(one.source, "<mutant>", "exec")
        tree = ast.parse(one.source)
        assert ast.dump(tree) not in shapes
        shapes.add(ast.dump(tree))
        assert (own - headers(tree)).total() <= 1, "only a statement with an annotation may go as a whole"


ATOMS = st.sampled_from(["a", "b", "1", "0", "-2", "'x'", "''", "True", "None", "xs[a:b]", "f(a)", "2.5"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", " * ", " // ", " ** ", " & ", " | ", " ^ "]), inner),
        st.tuples(inner, st.sampled_from([" < ", " == ", " in ", " is not ", " and ", " or "]), inner),
        inner.map(lambda one: ("not ", one)),
        inner.map(lambda one: ("-", one)),
        st.tuples(inner, st.just(" if "), inner, st.just(" else "), inner),
    ).map(lambda parts: f"({''.join(parts)})"),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, st.integers(0, 50), st.randoms(use_true_random=False))
def test_mutants_of_any_expression_are_distinct_programs(text: str, most: int, draw: random.Random) -> None:
    source = f"def f(a, b, xs):\n    return {text}\n"
    found = mutants(source, most, draw)
    assert len(found) <= most
    shapes = [ast.dump(ast.parse(one.source)) for one in found]
    assert len({ast.dump(ast.parse(source)), *shapes}) == len(shapes) + 1
    assert all(one.line == 2 for one in found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    mutants(text, 5, random.Random(0))
