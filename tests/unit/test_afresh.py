"""What lands is a file: with the choice in place it is imported anew before anything is chosen for good."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action.afresh import standing
from cosplay_action.method.domain import Candidate, Expected, KeptTest, Outcome, UnitTest
from cosplay_action.method.values import Value
from cosplay_action.playing import read_target
from cosplay_action.settings import Settings
from tests.support import outcomes
from tests.support.sandboxes import sandbox_at

EARLY = "try:\n    FIRST = f(0)\nexcept NotImplementedError:\n    FIRST = None\nSTEP = 1\n"


async def judged(root: Path, module: str, body: str, gives: int = 2) -> Outcome:
    """The outcome of a choice for ``f`` whose only kept test says what ``f(1)`` gives."""
    (root / "m.py").write_text(module)
    stub = read_target(root, "m.py::f", Settings())
    source = f"def f(x: int) -> int:\n    {body}\n"
    test = UnitTest(input="f(1)", expected=Expected(text=str(gives), value=Value("int", gives)), origin="random")
    outcome = outcomes.chosen()
    slot = outcome.choice.slot or 0
    pool = [Candidate(source=source)] * len(outcome.matrix.candidates)
    outcome = replace(outcome, matrix=replace(outcome.matrix, candidates=tuple(pool)),
                      choice=replace(outcome.choice, slot=slot), kept=(KeptTest(test=test, support=1.0),))  # fmt: skip
    sandbox = sandbox_at("A", root)
    try:
        return await standing(sandbox, stub, outcome)
    finally:
        await sandbox.aclose()


async def test_a_choice_whose_module_imports_and_behaves_stands(tmp_path: Path) -> None:
    found = await judged(tmp_path, "def f(x: int) -> int:\n    ...\n", "return x + 1")
    assert found.chosen is not None
    assert len(found.kept) == 1


async def test_a_choice_that_makes_its_module_unimportable_is_none(tmp_path: Path) -> None:
    found = await judged(tmp_path, "def f(x: int) -> int:\n    ...\n\n\n" + EARLY, "return x + STEP")
    assert found.chosen is None
    assert "NameError" in found.choice.reason


@pytest.mark.parametrize(("plus", "stands"), [(1, True), (5, False)])
async def test_a_choice_that_a_decorator_treats_otherwise_is_none(tmp_path: Path, plus: int, stands: bool) -> None:
    """The decorator looks at the function's code when the module is imported: a graft comes too late for it."""
    module = (
        "def more(g):\n    extra = 0 if 'raise' in repr(g.__code__.co_names) or not g.__code__.co_consts else "
        "(len(g.__code__.co_code) > 40) * 10\n    return lambda x: g(x) + extra\n\n\n"
        "@more\ndef f(x: int) -> int:\n    ...\n"
    )
    body = "return x + 1" if stands else "y = x\n    for _ in range(5):\n        y = y + 1\n    return y"
    found = await judged(tmp_path, module, body, gives=1 + plus)
    assert (found.chosen is not None) == stands
