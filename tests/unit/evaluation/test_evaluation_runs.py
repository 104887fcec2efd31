"""The harness from end to end, on functions whose truth is full of canaries, with a scripted model and real cells."""

from __future__ import annotations

import ast
import lzma
from pathlib import Path

import pytest

from benchmarks.evaluation import arms, pilot, playing, tables
from benchmarks.evaluation.desk import Bench
from benchmarks.evaluation.direct import WAVE
from benchmarks.evaluation.store import Store
from benchmarks.evaluation.tasks import read_tasks
from benchmarks.evaluation.truth import read_truths
from cosplay_action.errors import JournalError
from cosplay_action.testing.scripted import ScriptedModel

SECRETS = ("canary71828", "314159265", "628318530")  # names, inputs and answers of the truth alone
EVALUATION = Path(arms.__file__).parent


async def test_nothing_of_the_truth_reaches_a_prompt_or_a_journal(
    data: Path, bench: Bench, store: Store, model: ScriptedModel
) -> None:
    tasks, truths = read_tasks(data), read_truths(data)
    told = " ".join(f"{truth.module} {truth.inputs}" for truth in truths.values())
    assert all(secret in told for secret in SECRETS[:2]), "the canaries must be where they could leak from"
    await pilot.pilot(bench, store, tasks, truths, 2)
    for task in tasks:
        results = await playing.play_problem(bench, store, task, tuple(arms.ARMS))
        await playing.score_problem(bench, store, task, truths[task.name], results)
        store.pack(task.name)
    asked = "\n".join(f"{ask.system}\n{ask.prompt}" for ask in model.asked)
    journals = [path.read_text() for path in (*store.work.glob("*.jsonl"), *store.work.glob("pilot/*.jsonl"))]
    packed = [lzma.decompress(path.read_bytes()).decode() for path in store.recorded.glob("*.xz")]
    assert len(model.asked) > 100
    assert len(journals) >= 3
    assert len(packed) == 3
    assert [secret for secret in SECRETS for text in (asked, *journals, *packed) if secret in text] == []


def imports(name: str) -> set[str]:
    """The modules of the harness that one of them imports, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        tree = ast.parse((EVALUATION / f"{waiting.pop()}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("benchmarks.evaluation"):
                base = str(node.module).removeprefix("benchmarks.evaluation").strip(".")
                fresh = {base} if base else {each.name for each in node.names}
                waiting += sorted(fresh - found)
                found |= fresh
    return found


@pytest.mark.parametrize("module", ["arms", "desk", "direct", "selfplay", "results", "tasks", "store"])
def test_what_plays_does_not_import_the_truth(module: str) -> None:
    assert imports(module).isdisjoint({"truth", "scoring", "pilot", "playing"})


async def test_the_tables_need_no_model_no_sandbox_and_no_data_set(data: Path, bench: Bench, store: Store) -> None:
    task = read_tasks(data)[0]
    played = await playing.play_problem(bench, store, task, (*arms.MAIN, *arms.SHARED, "self-repair"))
    scores = await playing.score_problem(bench, store, task, read_truths(data)[task.name], played)
    store.pack(task.name)
    elsewhere = Store(recorded=store.recorded, work=store.work / "elsewhere")
    found = await tables.evaluated(elsewhere, "scripted", {})
    again = {arm: by[task.name] for arm, by in found.rated.items()}
    assert again.keys() == played.keys()
    for arm, one in again.items():
        assert one.result.picks == played[arm].picks
        assert one.result.pool == played[arm].pool
        assert one.result.kept == played[arm].kept
        assert one.result.cost.tokens == played[arm].cost.tokens
        assert one.scores == scores
    assert found.unplayed == {}


async def test_a_second_run_asks_nothing_and_changes_nothing(
    data: Path, bench: Bench, store: Store, model: ScriptedModel
) -> None:
    task = read_tasks(data)[0]
    await playing.play_problem(bench, store, task, arms.MAIN)
    asked, journal = len(model.asked), store.journal(task.name).read_bytes()
    await playing.play_problem(bench, store, task, arms.MAIN)
    assert len(model.asked) == asked
    assert store.journal(task.name).read_bytes() == journal


async def test_simple_arms_have_at_least_what_standard_used_and_at_most_one_wave_more(
    data: Path, bench: Bench, store: Store
) -> None:
    task = read_tasks(data)[0]
    played = await playing.play_problem(bench, store, task, (*arms.MAIN, "best of N, 1/2"))
    budget = played["standard"].cost.tokens
    for arm in ("best of N", "CodeT", "majority"):
        count = len(played[arm].pool.sources)
        wave = played[arm].cost.tokens / (count / WAVE)
        assert budget <= played[arm].cost.tokens < budget + 2 * wave
        assert len(played[arm].pool.tests) == count
    assert played["best of N"].pool == played["CodeT"].pool == played["majority"].pool
    half = played["best of N, 1/2"].pool
    assert half.sources == played["best of N"].pool.sources[: len(half.sources)]
    assert played["best of N, 1/2"].cost.tokens < budget


async def test_the_method_and_the_pilot_share_no_draw_with_the_direct_arms(
    data: Path, bench: Bench, store: Store, model: ScriptedModel
) -> None:
    tasks = read_tasks(data)
    await pilot.pilot(bench, store, tasks, read_truths(data), 2)
    looked = {(str(ask.place), ask.prompt) for ask in model.asked}
    await playing.play_problem(bench, store, tasks[0], tuple(arms.ARMS))
    assert looked.isdisjoint((str(ask.place), ask.prompt) for ask in model.asked[len(looked) :])


async def test_a_journal_of_another_problem_is_refused(data: Path, bench: Bench, store: Store) -> None:
    one, other = read_tasks(data)
    await playing.play_problem(bench, store, one, ("standard",))
    store.journal(other.name).write_bytes(store.journal(one.name).read_bytes())
    with pytest.raises(JournalError, match="another run"):
        await playing.play_problem(bench, store, other, ("standard",))
