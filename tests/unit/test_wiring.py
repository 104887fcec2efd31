"""Settings -> adapters: which model, which budget, which journal."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cosplay_action import __version__, wiring
from cosplay_action.errors import JournalError, SandboxError, UsageError
from cosplay_action.method.ports import Reply, Usage
from cosplay_action.models.budget import BudgetedModel
from cosplay_action.models.journal import Journal
from cosplay_action.models.local import LocalModel
from cosplay_action.models.openai import OpenAIModel
from cosplay_action.sandbox.backends import OpenedSandbox
from cosplay_action.settings import Settings, load, option_fields
from cosplay_action.testing.scripted import ScriptedModel
from cosplay_action.testing.table import TableSandbox
from tests.support.wire import ask

OPENED = OpenedSandbox(sandbox=TableSandbox({}), name="table", note="nothing runs")
RUN = {"target": "m.py::f"}


def host(environ: Mapping[str, str] | None = None, *, now: float = 0.0) -> wiring.Host:
    return wiring.Host(
        environ=environ or {}, say=lambda text: None, progress=lambda done, total: None, clock=lambda: now,
        today=lambda: "2026-01-02T03:04:05Z",
    )  # fmt: skip


def journal_in(folder: Path, settings: Settings | None = None) -> Journal:
    return wiring.open_journal(folder / "journal.jsonl", RUN, host(), OPENED, settings or Settings())


def test_a_named_model_is_taken_as_it_is_named() -> None:
    assert wiring.model_name(Settings(model="gpt-x")) == "gpt-x"


async def test_local_models_are_told_by_their_name_and_need_no_key() -> None:
    for name in ("local", "local:0.5b", "local:some/file.gguf"):
        model = wiring.open_model(Settings(model=name), host())
        assert isinstance(model, LocalModel)
        await wiring.close(model)
    assert not wiring.is_local("localised-model")


async def test_an_endpoint_needs_no_key_and_openai_itself_does() -> None:
    model = wiring.open_model(Settings(model="m", base_url="http://127.0.0.1:9/v1"), host())
    assert isinstance(model, OpenAIModel)
    await wiring.close(model)
    with pytest.raises(UsageError, match="MY_KEY is not set"):
        wiring.open_model(Settings(model="m", api_key_env="MY_KEY"), host({"OPENAI_API_KEY": "sk-1"}))


async def test_the_digest_of_a_model_elsewhere_is_empty() -> None:
    assert await wiring.model_digest("gpt-x") == ""


async def test_what_cannot_be_closed_is_left_alone() -> None:
    await wiring.close(ScriptedModel(lambda ask, k: ""))


# -- budgets ----------------------------------------------------------------------------------------------------------


async def test_what_the_journal_paid_for_counts_against_the_budget(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    for sample, status in enumerate(["ok", "empty", "unaffordable"]):
        journal.add_reply("p", sample, "a", Reply(status=status, usage=Usage(input=30, output=10)))  # type: ignore[arg-type]
    model = wiring.budgeted(ScriptedModel(lambda ask, k: "x"), Settings(budget_calls=3), host(), journal)
    assert isinstance(model, BudgetedModel)
    assert (model.spent.calls, model.spent.tokens) == (2, 80)
    replies = await model.complete(ask(stage="select", samples=2))
    assert [reply.status for reply in replies] == ["ok", "unaffordable"]
    journal.close()


async def test_a_run_took_the_seconds_of_all_its_sessions_as_the_journal_says(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)

    wiring.add_elapsed(journal, 4.0)
    wiring.add_elapsed(journal, 8.5)
    model = wiring.budgeted(ScriptedModel(lambda ask, k: "x"), Settings(budget_seconds=12.0), host(now=5.0), journal)
    assert isinstance(model, BudgetedModel)
    assert model.spent.seconds == 12.5
    (reply,) = await model.complete(ask())
    assert reply.status == "unaffordable"
    journal.close()


class Loser(ScriptedModel):
    """A model whose answers got lost."""

    lost = Usage(input=30, output=12)

    def take_lost(self) -> Usage:
        taken, self.lost = self.lost, Usage()
        return taken


async def test_what_was_lost_before_a_run_ended_is_in_the_budget_of_the_next_session(tmp_path: Path) -> None:
    journal, model = journal_in(tmp_path), Loser(lambda ask, k: "x")
    for _ in range(2):
        wiring.add_lost(journal, model)
    wiring.add_lost(journal, ScriptedModel(lambda ask, k: "x"))
    assert list(journal.facts("lost").values()) == [[30, 12]], "once, and nothing where nothing was lost"
    again = wiring.budgeted(model, Settings(budget_tokens=42), host(), journal)
    assert isinstance(again, BudgetedModel)
    assert (again.spent.calls, again.spent.input, again.spent.output) == (0, 30, 12)
    (reply,) = await again.complete(ask(stage="select"))
    assert reply.status == "unaffordable"
    journal.close()


@pytest.mark.parametrize("value", ["x", None, [1], ["1", 2], [-1, -1], [10**400, 1e999]])
def test_a_fact_that_none_of_ours_wrote_counts_for_nothing(tmp_path: Path, value: object) -> None:
    journal = journal_in(tmp_path)
    journal.record_fact("lost", "0", value)  # type: ignore[arg-type]
    journal.record_fact("elapsed", "0", 10**400)
    model = wiring.budgeted(ScriptedModel(lambda ask, k: "x"), Settings(), host(), journal)
    assert isinstance(model, BudgetedModel)
    assert model.spent.tokens in {0, 2}
    assert model.spent.seconds == 0
    journal.close()


# -- the journal ------------------------------------------------------------------------------------------------------


def test_the_header_says_where_and_when_and_with_which_settings(tmp_path: Path) -> None:
    journal = journal_in(tmp_path, Settings(model="m", seed=3, preset="quick"))
    journal.close()
    header = json.loads((tmp_path / "journal.jsonl").read_text())
    assert (header["created"], header["tool"], header["sandbox"]) == ("2026-01-02T03:04:05Z", __version__, "table")
    assert header["sandbox_note"] == "nothing runs"
    assert header["run"] == RUN
    assert (header["settings"]["seed"], header["settings"]["preset"]) == (3, "quick")


def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    journal_in(tmp_path).close()
    with pytest.raises(JournalError, match="another run"):
        wiring.open_journal(tmp_path / "journal.jsonl", {"target": "m.py::g"}, host(), OPENED, Settings())


def test_what_is_recorded_reads_back_as_the_same_method() -> None:
    given = {"preset": "quick", "candidates": 5, "rounds": 0, "temperature": 0.0, "ignore_examples": True, "seed": 9}
    settings = load(given, {}, {})
    again = load(wiring.recorded(settings), {}, {})
    assert again == settings


def test_where_the_model_is_and_its_key_are_not_recorded() -> None:
    full = {f.name: "x" if f.name in {"base_url", "api_key_env"} else f.default for f in option_fields()}
    recorded = wiring.recorded(Settings(**full))
    assert not {"base_url", "api_key_env", "sandbox", "concurrency"} & recorded.keys()


def test_the_extra_paths_are_recorded_and_the_interpreters_place_is_not() -> None:
    recorded = wiring.recorded(Settings(python="/somewhere/python", extra_paths="fast.so, data"))
    assert recorded["extra_paths"] == "fast.so, data"
    assert "python" not in recorded
    assert Settings(extra_paths=" fast.so,data/ ,").extras() == ("fast.so", "data/")


def test_the_header_says_which_python_the_cells_had(tmp_path: Path) -> None:
    opened = replace(OPENED, python="3.9.18")
    journal = wiring.open_journal(tmp_path / "journal.jsonl", RUN, host(), opened, Settings())
    journal.close()
    assert journal.header["python"] == "3.9.18"
    journal_in(tmp_path / "other").close()
    with (tmp_path / "other/journal.jsonl").open() as lines:
        assert json.loads(next(lines))["python"] == platform.python_version(), "ours, where no cell was run"


def test_an_interpreter_is_named_from_where_the_user_stands(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "python").symlink_to(sys.executable)
    for text in ("../python", str(tmp_path / "python")):
        assert wiring.placed(Settings(python=text), below).python == str(tmp_path / "python")
    assert wiring.placed(Settings(python="python"), tmp_path).python == str(tmp_path / "python")
    assert wiring.placed(Settings(), below) == Settings()
    with pytest.raises(SandboxError, match="there is no interpreter"):
        wiring.placed(Settings(python="python-that-is-nowhere"), below)
