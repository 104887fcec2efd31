"""How a step ends: the worst status counts, every output is set, nothing of strangers is live."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cosplay_action.github.branch import Proposed
from cosplay_action.github.outputs import Step
from cosplay_action.github.records import Pull
from cosplay_action.publishing import Result
from cosplay_action.telling import ORDER, tell
from tests.support import parcels
from tests.support.act_step import outputs
from tests.support.live import live

PULL = Pull(number=7, url="https://x/7", state="open", draft=False, author="a", node="n", body="")
DONE = Proposed(pull=PULL, head="f" * 40, operation="created")


class Told:
    """What a step said of some results in a folder of runs."""

    def __init__(self, folder: Path, *results: Result, runs: Path | None = None) -> None:
        files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        stream = io.StringIO()
        with Step({name: str(file) for name, file in files.items()}, stream) as step:
            self.code = tell(step, runs or folder / "none", list(results))
        self.log, self.outputs = stream.getvalue(), outputs(files["GITHUB_OUTPUT"])
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text()


def result(status: str, target: str = "a.py::f", **more: object) -> Result:
    return Result(target=target, status=status, reason=f"because of {status}", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ORDER)
def test_the_code_is_red_for_failures_and_for_what_was_not_permitted_alone(tmp_path: Path, status: str) -> None:
    told = Told(tmp_path, result(status))
    assert (told.code, told.outputs["status"]) == (int(status in {"failed", "not-permitted"}), status)
    assert told.outputs["reason"] == f"because of {status}"
    level = "error" if told.code else "notice" if status == "chosen" else "warning"
    assert f"::{level} file=a.py::" in told.log


def test_of_several_the_worst_counts_and_the_reason_says_how_many(tmp_path: Path) -> None:
    told = Told(tmp_path, result("chosen"), result("failed", "b.py::g"), result("failed", "c.py::h"))
    assert (told.code, told.outputs["status"]) == (1, "failed")
    assert told.outputs["reason"] == "2 of 3 ended so; the first: because of failed"


def test_a_pull_request_is_in_the_outputs(tmp_path: Path) -> None:
    told = Told(tmp_path, result("chosen", proposed=DONE, branch="cosplay/issue-1", head="f" * 40))
    assert {name: told.outputs[name] for name in ("pr-number", "pr-url", "pr-operation", "branch", "head-sha")} == {
        "pr-number": "7", "pr-url": "https://x/7", "pr-operation": "created", "branch": "cosplay/issue-1",
        "head-sha": "f" * 40,
    }  # fmt: skip


def test_without_one_the_operation_is_none(tmp_path: Path) -> None:
    told = Told(tmp_path, result("no-consensus"))
    assert (told.outputs["pr-operation"], told.outputs["pr-number"], told.outputs["branch"]) == ("none", "", "")


def test_the_numbers_and_files_of_a_run_are_in_the_outputs(tmp_path: Path) -> None:
    run = parcels.run_dir(tmp_path / "run")
    told = Told(tmp_path, runs=run)
    assert (told.code, told.outputs["status"]) == (0, "chosen")
    report = parcels.report()
    assert told.outputs["candidates"] == str(len(report["candidates"]))
    assert told.outputs["winner-cluster-size"] == "3"
    assert told.outputs["llm-calls"] == str(report["costs"]["total"]["replies"])
    assert told.outputs["report-path"] == str(run / "report.json")
    assert told.outputs["patch-path"] == str(run / "patch.diff")
    assert told.summary.startswith("## Agreed by")


def test_of_several_runs_the_combined_patch_is_the_one_to_take(tmp_path: Path) -> None:
    for name in ("a", "b"):
        parcels.run_dir(tmp_path / "runs" / name)
    assert Told(tmp_path, runs=tmp_path / "runs").outputs["patch-path"] == ""
    (tmp_path / "runs" / "combined.diff").write_bytes(b"")
    assert Told(tmp_path, runs=tmp_path / "runs").outputs["patch-path"].endswith("combined.diff")


def test_a_target_of_a_stranger_is_not_live_in_the_summary_nor_a_command_in_the_log(tmp_path: Path) -> None:
    hostile = "@octocat ![x](https://evil.example)\n::error::boo <script>"
    told = Told(tmp_path, Result(target=hostile, status="failed", reason=hostile))
    assert live(told.summary) == []
    assert "\n::error::boo" not in told.log
    assert len([line for line in told.log.splitlines() if line.startswith("::")]) == 1


def test_the_way_to_open_it_by_hand_stands_first(tmp_path: Path) -> None:
    told = Told(tmp_path, result("not-permitted", compare="https://github.com/o/r/compare/main...x"))
    assert told.summary.startswith("[Open the pull request by hand](https://github.com/o/r/compare/main...x)")
