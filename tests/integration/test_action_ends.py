"""However a job ends, whoever asked is told; and what somebody did meanwhile on GitHub counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import parcels
from tests.support.act_step import PATH, TARGET, Stepped, a_step, step, the_comment, with_an_issue
from tests.support.command import endpoint
from tests.support.github.events import Event, dispatched, labelled, scheduled
from tests.support.github.hub import Hub
from tests.support.stub_script import CLAMP, clamp_script, serving

pytest_plugins = ["tests.support.github.fixture"]
MARKED = CLAMP.replace("def clamp", "# cosplay\ndef clamp").encode()


@pytest.fixture
def fake(github: Hub) -> Hub:
    return with_an_issue(github)


def opened(fake: Hub, folder: Path) -> Event:
    """An event that a gate has granted: the comment says that work goes on."""
    event = labelled(fake, 1)
    a_step(event, folder / "gate", mode="gate")
    assert "at work" in the_comment(fake)
    return event


def ended(event: Event, folder: Path, outcome: str, mode: str = "publish") -> Stepped:
    return a_step(event, folder, mode=mode, finishing=True, env={"COSPLAY_OUTCOME": outcome})


# Publishing that never got far


def test_publishing_that_fails_before_it_knows_who_asks_ends_the_comment(fake: Hub, tmp_path: Path) -> None:
    event = opened(fake, tmp_path)
    fake.fault("GET", "/collaborators/", status=502, times=20)
    done = a_step(event, tmp_path / "p", mode="publish", run_dir=str(parcels.run_dir(tmp_path / "run")))
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "could not finish" in the_comment(fake)


def test_publishing_that_cannot_even_tell_is_ended_by_the_step_after_it(fake: Hub, tmp_path: Path) -> None:
    event = opened(fake, tmp_path)
    fault = fake.fault("*", "", status=502, times=1000)
    a_step(event, tmp_path / "p", mode="publish", run_dir=str(parcels.run_dir(tmp_path / "run")))
    assert "at work" in the_comment(fake)
    fake.faults.remove(fault)
    ended(event, tmp_path / "p", "failure")
    assert "was stopped" in the_comment(fake)


@pytest.mark.parametrize("outcome", ["cancelled", "failure", "skipped"])
def test_publishing_that_was_killed_or_never_began_is_ended_by_the_step_after_it(
    fake: Hub, tmp_path: Path, outcome: str
) -> None:
    event = opened(fake, tmp_path)
    ended(event, tmp_path / "p", outcome)
    assert "was stopped" in the_comment(fake)


def test_the_last_step_leaves_an_end_alone_that_another_job_told(fake: Hub, tmp_path: Path) -> None:
    event = labelled(fake, 1, sender=fake.user("tim", "triage"))
    a_step(event, tmp_path / "gate", mode="gate")
    ended(event, tmp_path / "p", "cancelled")
    assert "did not run" in the_comment(fake)


def test_who_lost_the_right_to_ask_meanwhile_is_told_so(fake: Hub, tmp_path: Path) -> None:
    ann = fake.user("ann", "write")
    event = labelled(fake, 1, sender=ann)
    a_step(event, tmp_path / "gate", mode="gate")
    fake.user("ann", "read")
    a_step(event, tmp_path / "p", mode="publish", run_dir=str(parcels.run_dir(tmp_path / "run")))
    assert "Ann may not ask for a run" in the_comment(fake)


def test_an_error_of_our_own_is_a_failure_like_any_other(
    fake: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = opened(fake, tmp_path)

    def broken(*_: object) -> None:
        raise LookupError("::error::what nobody thought of")

    monkeypatch.setattr("cosplay_action.action.targets_of", broken)
    done = a_step(event, tmp_path / "p", mode="publish", run_dir=str(parcels.run_dir(tmp_path / "run")))
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "LookupError" in done.outputs["reason"]
    assert "Traceback" in done.log
    assert "could not finish" in the_comment(fake)
    before, _, _ = done.log.partition("Traceback")
    assert before.splitlines()[-1].startswith("::stop-commands::")


# What lies in the way in the checkout


def test_a_file_in_the_place_of_our_folder_is_told_with_its_cure(fake: Hub, tmp_path: Path) -> None:
    event = opened(fake, tmp_path)
    fake.checkout(tmp_path / "ws")
    (tmp_path / "ws" / ".cosplay").write_text("x")
    run = parcels.run_dir(tmp_path / "run")
    done = a_step(event, tmp_path / "p", mode="publish", run_dir=str(run), workspace=tmp_path / "ws")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert ".cosplay is no folder" in done.outputs["reason"]
    assert "could not finish" in the_comment(fake)


def test_a_gate_needs_no_checkout(fake: Hub, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = a_step(labelled(fake, 1), tmp_path, mode="gate", working_directory="python", workspace=tmp_path / "empty")
    assert done.outputs["status"] == "granted"


# A label of somebody who may not


def test_a_refused_label_leaves_the_comment_of_a_finished_run_alone(fake: Hub, tmp_path: Path) -> None:
    event = opened(fake, tmp_path)
    ended(event, tmp_path / "p", "cancelled")
    done = a_step(labelled(fake, 1, sender=fake.user("tim", "triage")), tmp_path / "tim", mode="gate")
    assert done.outputs["status"] == "skipped"
    assert "theirs is triage" in done.outputs["reason"]
    assert "was stopped" in the_comment(fake)


# What happened to the issue while it was played


async def test_an_issue_that_was_closed_meanwhile_gets_no_pull_request_and_the_patch_stays(
    fake: Hub, tmp_path: Path
) -> None:
    def close() -> None:
        fake.repo.issues[1].state = "closed"

    fake.fault("PATCH", "/issues/comments/", act=close)
    async with endpoint(serving(clamp_script())) as model:
        done = await step(labelled(fake, 1), tmp_path, model=model)
    assert (done.code, done.outputs["status"], fake.repo.pulls) == (0, "skipped", [])
    assert "issue #1 was closed meanwhile" in done.outputs["reason"]
    assert Path(done.outputs["patch-path"]).read_bytes()
    assert "`patch.diff` is among the run's artefacts" in the_comment(fake)


# Another base


def test_a_base_that_is_checked_out_is_what_the_run_saw(fake: Hub, tmp_path: Path) -> None:
    fake.seed({path: text.encode() for path, text in parcels.FILES.items()}, branch="develop")
    fake.checkout(tmp_path / "ws", "develop")
    fake.repo.commit({parcels.PATH: None}, message="no stub on main", user=fake.owner)
    fake.repo.commit({"more": b"1"}, message="develop goes on", user=fake.owner, branch="develop")
    done = a_step(
        dispatched(fake), tmp_path, mode="publish", targets=parcels.TARGET, base="develop", workspace=tmp_path / "ws",
        run_dir=str(parcels.run_dir(tmp_path / "run")),
    )  # fmt: skip
    assert (done.outputs["status"], done.outputs["pr-operation"]) == ("chosen", "created"), done.log
    assert fake.repo.pulls[0].pull.base == "develop"


def test_a_checkout_that_is_none_of_the_base_counts_for_nothing(fake: Hub, tmp_path: Path) -> None:
    fake.seed({path: text.encode() for path, text in parcels.FILES.items()}, branch="develop")
    fake.checkout(tmp_path / "ws")
    fake.repo.commit({"x": b"1"}, message="main goes on", user=fake.owner)
    done = a_step(
        dispatched(fake), tmp_path, mode="publish", targets=parcels.TARGET, base="develop", workspace=tmp_path / "ws",
        run_dir=str(parcels.run_dir(tmp_path / "run")),
    )  # fmt: skip
    assert done.outputs["pr-operation"] == "created", done.log


def test_a_private_repository_names_the_permission_that_a_dispatched_issue_needs(fake: Hub, tmp_path: Path) -> None:
    fake.repo.private = True
    done = a_step(dispatched(fake), tmp_path, mode="all", issue_number="1")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "`actions: read`" in done.log


# Schedules


@pytest.mark.parametrize("mode", ["generate", "all", "publish"])
def test_a_schedule_without_a_marked_stub_is_skipped(fake: Hub, tmp_path: Path, mode: str) -> None:
    done = a_step(scheduled(fake), tmp_path, mode=mode, targets=".")
    assert (done.code, done.outputs["status"]) == (0, "skipped"), done.log
    assert "no marked stub is left" in done.outputs["reason"]


def test_a_plan_without_a_marked_stub_is_an_empty_matrix(fake: Hub, tmp_path: Path) -> None:
    done = a_step(dispatched(fake), tmp_path, mode="plan", targets=".")
    assert (done.code, json.loads(done.outputs["matrix"])) == (0, {"include": []}), done.log


async def test_a_schedule_leaves_out_what_has_a_pull_request_and_what_somebody_closed(
    fake: Hub, tmp_path: Path
) -> None:
    fake.seed({PATH: MARKED})
    async with endpoint(serving(clamp_script())) as model:
        first = await step(scheduled(fake), tmp_path / "1", model=model, targets=".")
        calls = len(model.calls)
        again = await step(scheduled(fake), tmp_path / "2", model=model, targets=".")
        fake.repo.pulls[0].state = "closed"
        closed = await step(scheduled(fake), tmp_path / "3", model=model, targets=".")
    assert first.outputs["pr-operation"] == "created", first.log
    assert (again.code, again.outputs["status"], len(model.calls)) == (0, "skipped", calls)
    assert "proposes it already" in again.log
    assert (closed.code, closed.outputs["status"], len(model.calls)) == (0, "skipped", calls)
    assert "was closed" in closed.log
    assert TARGET in closed.log


def test_a_scheduled_run_is_published_although_its_pull_request_came_meanwhile(fake: Hub, tmp_path: Path) -> None:
    marked = parcels.FILES[parcels.PATH].replace("def clamp", "# cosplay\ndef clamp")
    fake.seed({**{path: text.encode() for path, text in parcels.FILES.items()}, parcels.PATH: marked.encode()})
    new = parcels.NEW.replace(b"def clamp", b"# cosplay\ndef clamp")
    patch = parcels.patch_of({parcels.PATH: (marked.encode(), new), parcels.TEST: (None, parcels.TESTS)})
    run = parcels.run_dir(tmp_path / "run", patch=patch)
    first = a_step(scheduled(fake), tmp_path / "1", mode="publish", targets=".", run_dir=str(run))
    assert first.outputs["pr-operation"] == "created", first.log
    again = a_step(scheduled(fake), tmp_path / "2", mode="publish", targets=".", run_dir=str(run))
    assert again.outputs["pr-operation"] == "unchanged", again.log
