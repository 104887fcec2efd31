"""A problem set of two functions whose truth is full of canaries, and a model that has a script for them."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from benchmarks.evaluation.desk import Bench
from benchmarks.evaluation.store import Store
from cosplay_action.method.job import digest
from cosplay_action.method.ports import Ask
from cosplay_action.testing.scripted import ScriptedModel
from tests.support.sandboxes import trouble

CANARY = "canary71828"
HIDDEN, ANSWER = 314159265, 628318530
RIGHT = "def {name}(number: int) -> int:\n    return number * 2"
WRONG = ("def {name}(number: int) -> int:\n    return number + 2", "def {name}(number: int) -> int:\n    return number")
INPUTS = (0, 1, 2, 3, 5, 8, 13, 21)


def row(number: int, name: str) -> dict[str, object]:
    """A row as HumanEval+ has it; what a run must not see holds the canary."""
    return {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def {name}(number: int) -> int:\n    """Return twice the number."""\n',
        "entry_point": name,
        "canonical_solution": f"    {CANARY} = 2\n    return number * {CANARY}\n",
        "test": f"assert candidate(1) == 2  # {CANARY}",
        "contract": f"assert number  # {CANARY}",
        "base_input": [[1], [HIDDEN]],
        "plus_input": [[number] for number in range(40)],
        "atol": 0,
    }


def code(name: str, draw: random.Random) -> str:
    return f"```python\n{(RIGHT if draw.random() < 0.6 else draw.choice(WRONG)).format(name=name)}\n```"


def reply(ask: Ask, k: int) -> str:
    """What the model says: mostly right, drawn from the question alone."""
    draw = random.Random(digest(str(ask.seed + k), str(ask.place)))
    name = "double" if "`double`" in ask.prompt else "twofold"
    role, number = ask.place.role, draw.choice(INPUTS)
    if role in {"hints", "plans", "attack"}:
        return "\n".join(f"{n}. Mind case {draw.randrange(1000)} of it." for n in range(1, 5))
    if role in {"candidate", "repair"}:
        return code(name, draw)
    if role == "validator":
        return f"```python\ndef {name}(number: int) -> int:\n    return number >= 0\n```"
    if role == "inputs":
        return "```python\n" + "\n".join(f"{name}({n})" for n in draw.sample(INPUTS, 4)) + "\n```"
    if ask.place.step == "direct":
        return f"Twice.\nassert {name}({number}) == {2 * number}"
    given = int(ask.prompt.split(f"```python\n{name}(")[-1].split(")")[0])
    return f"Twice.\nAnswer: {2 * given if draw.random() < 0.9 else 7}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "HumanEvalPlus-small.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row(number, name)) + "\n" for number, name in ((900, "double"), (901, "twofold")))
    return path


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(reply)


@pytest.fixture
def bench(model: ScriptedModel) -> Bench:
    if trouble("A") and trouble("B"):
        pytest.skip(trouble("B"))
    return Bench(name="scripted", model=model)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.of("scripted", "humaneval", recorded=tmp_path / "recorded", work=tmp_path / "work")
