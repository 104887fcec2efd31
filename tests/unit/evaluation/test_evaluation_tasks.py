"""What a run sees of a problem set, and which problems are taken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.evaluation import arms, pilot
from benchmarks.evaluation.__main__ import parser, shard
from benchmarks.evaluation.desk import problem_of
from benchmarks.evaluation.store import Store
from benchmarks.evaluation.tasks import Task, read_tasks
from benchmarks.evaluation.truth import read_truths
from cosplay_action.errors import UsageError


def mbpp(claim: str, body: str = "    return secret") -> dict[str, object]:
    return {
        "task_id": "Mbpp/1", "entry_point": "f", "prompt": f'"""\nWrite a function to do it.\n{claim}\n"""\n',
        "canonical_solution": f"def f(secret, other=1):\n{body}\n", "base_input": [[[1, 2]]], "plus_input": [],
        "atol": 0,
    }  # fmt: skip


def file_of(folder: Path, name: str, rows: list[dict[str, object]]) -> Path:
    path = folder / name
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        json.dump(rows, stream) if name.startswith("apps") else stream.writelines(json.dumps(r) + "\n" for r in rows)
    return path


def test_an_mbpp_stub_takes_its_parameters_from_the_shown_assert_and_not_from_the_solution(tmp_path: Path) -> None:
    path = file_of(tmp_path, "MbppPlus-x.jsonl.gz", [mbpp("assert f([1, 2], 'x') == 3")])
    (task,) = read_tasks(path)
    assert "def f(a: list[int], b: str):" in task.text
    assert "secret" not in task.text
    problem = problem_of(task, tmp_path / "repository")
    assert "assert f([1, 2], 'x') == 3" in problem.contract.task(examples=True)
    assert "[1, 2]" not in problem.contract.task(examples=False)


@pytest.mark.parametrize(
    "claim",
    [
        "assert set(f([1])) == set([1])",  # several answers are right
        "assert f((1, 2)) == 3",  # hidden inputs are JSON, which has no tuples
        "assert f({1: 2}) == 3",
        "assert f('x')",
        "assert not f('x')",
        "assert g(1) == 2",
        "assert f(",
    ],
)
def test_mbpp_problems_that_cannot_be_scored_fairly_are_left_out(tmp_path: Path, claim: str) -> None:
    assert read_tasks(file_of(tmp_path, "MbppPlus-x.jsonl.gz", [mbpp(claim)])) == []


def test_a_program_shows_its_public_runs_and_hides_the_others(tmp_path: Path) -> None:
    row = {
        "name": "7", "difficulty": "introductory", "description": "Add two numbers.",
        "public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
        "private_tests": {"input": ["1 2\n", "40 2\n"], "output": ["3\n", "42\n"]},
    }  # fmt: skip
    other = {**row, "name": "8", "description": "If there are many answers, print any of them."}
    path = file_of(tmp_path, "apps_x.json.gz", [row, other])
    (task,) = read_tasks(path)
    problem = problem_of(task, tmp_path / "repository")
    shown = problem.contract.task(examples=True)
    assert "1 2" in shown
    assert "42" not in shown
    assert problem.examples == ()
    assert read_truths(path)[task.name].outputs == ("3\n", "42\n")


def test_an_unknown_set_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(UsageError, match="no set that is known"):
        read_tasks(Path("MMLU.jsonl.gz"))


def test_a_problem_is_taken_when_some_but_not_all_single_samples_are_right() -> None:
    verdicts = {
        "a": [False] * 4, "b": [True, False, False, False], "c": [True] * 4, "d": [False, True, True, True],
        "e": [True, True, False, False],
    }  # fmt: skip
    assert pilot.first(verdicts, 2) == ["b", "d"]


def test_the_order_and_the_halves_depend_on_names_alone() -> None:
    tasks = [Task(name=f"HumanEval/{n}", kind="function", text="") for n in range(164)]
    order = pilot.shuffled(tasks)
    assert order == pilot.shuffled(list(reversed(tasks)))
    assert order != tasks
    held = sum(pilot.half(task.name) == "held-out" for task in tasks)
    assert 60 < held < 104


def test_shards_share_out_every_problem_once() -> None:
    names = [str(n) for n in range(11)]
    parts = [shard(names, f"{n}/3") for n in (1, 2, 3)]
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for wrong in ("0/3", "4/3", "x"):
        with pytest.raises(UsageError, match="no shard"):
            shard(names, wrong)


def test_arms_are_named_by_their_names_with_commas_in_them_or_by_groups() -> None:
    assert arms.named("standard, codet,majority") == ("majority", "standard, codet")
    assert arms.named("all") == tuple(arms.ARMS)
    assert set(arms.named("shared")) == set(arms.SHARED)
    with pytest.raises(UsageError, match="no arm"):
        arms.named("standard,magic")


def test_a_store_keeps_models_sets_and_seeds_apart(tmp_path: Path) -> None:
    places = {
        Store.of(model, kind, seed, recorded=tmp_path).packed("HumanEval/1")
        for model in ("local:0.5b", "local") for kind in ("humaneval", "mbpp") for seed in (0, 1)
    }  # fmt: skip
    assert len(places) == 8


def test_the_command_line_knows_its_commands() -> None:
    for line in (["pilot", "x"], ["play", "x", "--shard", "2/3"], ["tables"], ["simulate", "--worlds", "3"]):
        assert callable(parser().parse_args(line).run)
