"""The Action from event to pull request, in one process: a fake GitHub, a scripted model, real cells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration import test_no_consensus as no_consensus
from tests.support import parcels
from tests.support.act_step import BODY, PATH, TARGET, Stepped, a_step, step, with_an_issue
from tests.support.command import endpoint
from tests.support.github.events import Event, dispatched, labelled, other
from tests.support.github.hub import Hub
from tests.support.stub_script import clamp_script, serving

pytest_plugins = ["tests.support.github.fixture"]


@pytest.fixture
def fake(github: Hub) -> Hub:
    return with_an_issue(github)


async def played(event: Event, folder: Path, rate: float = 1.0, vote_rate: float = 1.0, **more: object) -> Stepped:
    async with endpoint(serving(clamp_script(rate=rate, vote_rate=vote_rate))) as model:
        return await step(event, folder, model=model, **more)


def comments(fake: Hub) -> list[str]:
    return [one.body for one in fake.repo.comments.values()]


async def test_a_labelled_issue_becomes_a_pull_request_and_the_second_run_updates_it(fake: Hub, tmp_path: Path) -> None:
    done = await played(labelled(fake, 1), tmp_path / "one")
    (pull,) = fake.repo.pulls
    assert (done.code, done.outputs["status"], done.outputs["pr-operation"]) == (0, "chosen", "created")
    assert (done.outputs["pr-number"], done.outputs["branch"]) == (str(pull.number), "cosplay/issue-1")
    assert done.outputs["head-sha"] == fake.repo.branch("cosplay/issue-1")
    assert "Closes #1" in pull.body
    assert "Execution matrix" in pull.body
    assert not pull.pull.draft
    files = fake.repo.files("cosplay/issue-1")
    assert b"NotImplementedError" not in files[PATH]
    assert b"from bounds.clamp import clamp" in files["tests/test_clamp.py"]
    (comment,) = comments(fake)
    assert f"#{pull.number} (created)" in comment
    assert "Agreed by" in done.summary
    # the same again: no commit, no second pull request, the same comment
    again = await played(labelled(fake, 1), tmp_path / "two")
    assert (again.code, again.outputs["pr-operation"]) == (0, "unchanged")
    assert again.outputs["head-sha"] == done.outputs["head-sha"]
    # other draws: a commit more
    other_seed = await played(labelled(fake, 1), tmp_path / "three", seed="4")
    assert (other_seed.outputs["pr-operation"], other_seed.outputs["pr-number"]) == ("updated", str(pull.number))
    assert (len(fake.repo.pulls), len(fake.repo.comments)) == (1, 1)
    finished = a_step(labelled(fake, 1), tmp_path / "three", finishing=True)
    assert (finished.code, len(comments(fake))) == (0, 1)
    assert "(updated)" in comments(fake)[0]  # the final state stays


async def test_no_consensus_asks_its_question_in_the_comment_and_opens_nothing(fake: Hub, tmp_path: Path) -> None:
    fake.seed({no_consensus.TARGET.partition("::")[0]: no_consensus.STUB.encode()})
    issue = fake.issue("Middle", f"### Target\n\n{no_consensus.TARGET}\n")
    fake.repo.tick(1000)
    numbers = zip(no_consensus.NUMBERS[::2], no_consensus.NUMBERS[1::2], strict=True)
    env = {f"COSPLAY_{flag[2:].replace('-', '_').upper()}": value for flag, value in numbers}
    async with endpoint(no_consensus.model()) as model:
        done = await step(labelled(fake, issue.number), tmp_path, model=model, env=env)
    assert (done.code, done.outputs["status"]) == (0, "no-consensus")
    assert (fake.repo.pulls, done.outputs["pr-operation"], done.outputs["pr-number"]) == ([], "none", "")
    (comment,) = comments(fake)
    assert "No consensus" in comment
    assert "middle([" in comment
    assert "?" in comment


async def test_a_budget_that_is_spent_before_a_choice_is_told_without_a_pull_request(fake: Hub, tmp_path: Path) -> None:
    done = await played(labelled(fake, 1), tmp_path, budget_calls="1")
    assert (done.code, done.outputs["status"]) == (0, "budget-exceeded")
    assert (fake.repo.pulls, len(comments(fake))) == ([], 1)
    assert "budget" in comments(fake)[0].lower()


def test_a_model_that_does_not_answer_fails_the_job_and_the_comment_says_so(fake: Hub, tmp_path: Path) -> None:
    done = a_step(labelled(fake, 1), tmp_path, model="m", base_url="http://127.0.0.1:9/v1")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "::error" in done.log
    (comment,) = comments(fake)
    assert "could not finish" in comment
    finish = a_step(labelled(fake, 1), tmp_path, finishing=True)
    assert comments(fake) == [comment]
    assert finish.code == 0


async def test_not_permitted_to_open_pull_requests_loses_nothing(fake: Hub, tmp_path: Path) -> None:
    fake.repo.actions_may_create_pulls = False
    done = await played(labelled(fake, 1), tmp_path)
    assert (done.code, done.outputs["status"], done.outputs["pr-number"]) == (1, "not-permitted", "")
    assert done.outputs["head-sha"] == fake.repo.branch("cosplay/issue-1")
    assert Path(done.outputs["patch-path"]).read_bytes().startswith(b"diff --git")
    (comment,) = comments(fake)
    assert "Allow GitHub Actions to create and approve pull requests" in comment
    assert "compare/main...cosplay/issue-1" in comment
    assert "patch.diff" in comment


async def test_a_job_that_may_not_comment_still_opens_the_pull_request(fake: Hub, tmp_path: Path) -> None:
    done = await played(labelled(fake, 1), tmp_path, token=fake.token(issues="read"))
    assert (done.code, done.outputs["status"], len(fake.repo.pulls)) == (0, "chosen", 1)
    assert "The issue was not told" in done.log
    assert comments(fake) == []


async def test_dispatched_targets_need_no_issue(fake: Hub, tmp_path: Path) -> None:
    done = await played(dispatched(fake), tmp_path, targets=TARGET)
    (pull,) = fake.repo.pulls
    assert (done.code, done.outputs["status"]) == (0, "chosen")
    assert pull.pull.head.startswith("cosplay/stub-")
    assert "Closes" not in pull.body
    assert comments(fake) == []


def test_a_plan_is_a_matrix_in_an_output_and_writes_nothing(fake: Hub, tmp_path: Path) -> None:
    done = a_step(dispatched(fake), tmp_path, mode="plan", targets=TARGET)
    assert done.code == 0, done.log
    (job,) = json.loads(done.outputs["matrix"])["include"]
    assert (job["target"], job["branch"].startswith("cosplay/stub-")) == (TARGET, True)
    assert fake.writes == []


def test_an_issue_that_is_deleted_while_it_is_played_for_loses_no_pull_request(fake: Hub, tmp_path: Path) -> None:
    fake.fault("POST", "/issues/1/comments$", status=404, body={"message": "Not Found"}, times=9)
    fake.seed({path: text.encode() for path, text in parcels.FILES.items()})
    event = dispatched(fake)
    run_dir = parcels.run_dir(tmp_path / "run")
    done = a_step(event, tmp_path, mode="publish", issue_number="1", run_dir=str(run_dir))
    assert (done.code, done.outputs["status"], done.outputs["pr-operation"]) == (0, "chosen", "created")
    assert "The issue was not told" in done.log


# What is refused plays nothing, and says so once


def untold(done: Stepped, reason: str) -> None:
    assert (done.code, done.outputs["status"]) == (0, "skipped"), done.log
    assert reason in done.outputs["reason"]
    assert "::notice::Skipped" in done.log


def test_a_label_of_somebody_who_may_not_write_gets_one_comment_however_often(fake: Hub, tmp_path: Path) -> None:
    tim = fake.user("tim", "triage")
    for number in range(2):
        done = a_step(labelled(fake, 1, sender=tim), tmp_path / str(number))
        untold(done, "tim may not ask for a run")
        a_step(labelled(fake, 1, sender=tim), tmp_path / str(number), finishing=True)
    (comment,) = comments(fake)
    assert "did not run" in comment


def test_a_bot_is_refused_in_the_log_alone(fake: Hub, tmp_path: Path) -> None:
    bot = fake.user("helper[bot]", kind="Bot")
    untold(a_step(labelled(fake, 1, sender=bot), tmp_path), "is a bot")
    assert fake.writes == []


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "push"])
def test_other_events_are_skipped_without_asking_github_anything(fake: Hub, tmp_path: Path, name: str) -> None:
    event = other(fake, name.removesuffix("_target"))
    event.name = name
    untold(a_step(event, tmp_path), f"the event {name} asks for nothing")
    assert fake.requests == []


def test_blank_inputs_of_a_dispatch_fail_with_the_cure(fake: Hub, tmp_path: Path) -> None:
    done = a_step(dispatched(fake), tmp_path, targets=" ")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "one of the two inputs" in done.log


def test_wrong_inputs_are_told_all_at_once(fake: Hub, tmp_path: Path) -> None:
    done = a_step(labelled(fake, 1), tmp_path, mode="best", draft="perhaps", preset="gigantic")
    assert done.code == 1
    assert all(word in done.outputs["reason"] for word in ("best", "perhaps", "gigantic"))
    assert fake.requests == []


@pytest.mark.parametrize("where", ["..", "nothing", "/etc"])
def test_a_working_directory_outside_of_the_checkout_is_refused(fake: Hub, tmp_path: Path, where: str) -> None:
    done = a_step(labelled(fake, 1), tmp_path, working_directory=where)
    assert (done.code, done.outputs["status"]) == (1, "failed")


def test_a_wrong_token_fails_with_the_cure(fake: Hub, tmp_path: Path) -> None:
    done = a_step(labelled(fake, 1), tmp_path, token="ghs_wrong")
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "github-token" in done.log


# The spec


FLAWED = BODY.replace("clamp(5, 0) -> 5", "clamp(5, -> 5").replace(TARGET, "../../etc/passwd::clamp")


@pytest.mark.parametrize("mode", ["all", "publish"])
def test_a_flawed_spec_is_skipped_with_one_comment_that_lists_every_flaw(fake: Hub, tmp_path: Path, mode: str) -> None:
    issue = fake.issue("Flawed", FLAWED)
    fake.repo.tick(1000)
    done = a_step(labelled(fake, issue.number), tmp_path, mode=mode)
    assert (done.code, done.outputs["status"]) == (0, "skipped"), done.log
    (comment,) = comments(fake)
    assert "cannot be played yet" in comment
    assert "etc/passwd" in comment
    assert "example" in comment.lower()
    a_step(labelled(fake, issue.number), tmp_path, finishing=True)
    assert comments(fake) == [comment]


def test_a_flawed_spec_in_the_job_that_plays_is_skipped_without_a_write(fake: Hub, tmp_path: Path) -> None:
    issue = fake.issue("Flawed", FLAWED)
    fake.repo.tick(1000)
    done = a_step(
        labelled(fake, issue.number), tmp_path, mode="generate", token=fake.token(grants={"contents": "read"})
    )
    assert (done.code, done.outputs["status"]) == (0, "skipped"), done.log
    assert fake.writes == []


def test_a_dispatched_target_that_is_none_fails(fake: Hub, tmp_path: Path) -> None:
    done = a_step(
        dispatched(fake), tmp_path, targets="src/bounds/nothing.py::f", model="m", base_url="http://127.0.0.1:9/v1"
    )
    assert (done.code, done.outputs["status"]) == (1, "failed")
