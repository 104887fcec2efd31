"""The Action in three jobs: one decides, one plays with no right to write, one publishes what it is handed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.support import parcels
from tests.support.act_step import BODY, PATH, TARGET, Stepped, a_step, small, step, the_comment, with_an_issue
from tests.support.command import endpoint
from tests.support.github.events import Event, dispatched, labelled
from tests.support.github.hub import Hub
from tests.support.stub_script import clamp_script, serving

pytest_plugins = ["tests.support.github.fixture"]


@pytest.fixture
def fake(github: Hub) -> Hub:
    return with_an_issue(github)


def gate(fake: Hub, event: Event, folder: Path, **inputs: str) -> Stepped:
    """The first job: it may comment, and write no contents."""
    token = fake.token(grants={"issues": "write", "contents": "read", "metadata": "read"})
    return a_step(event, folder, mode="gate", token=token, **inputs)


def golden(fake: Hub) -> None:
    """The repository of the golden run as the main branch."""
    fake.seed({path: text.encode() for path, text in parcels.FILES.items()})


def publish(fake: Hub, folder: Path, run_dir: Path, **inputs: str) -> Stepped:
    """The last job, on a dispatch of the golden run's target."""
    return a_step(dispatched(fake), folder, mode="publish", targets=parcels.TARGET, run_dir=str(run_dir), **inputs)


async def test_three_jobs_hand_the_run_on_and_the_one_that_plays_writes_nothing(fake: Hub, tmp_path: Path) -> None:
    event = labelled(fake, 1)
    opened = gate(fake, event, tmp_path / "gate")
    assert (opened.code, opened.outputs["status"]) == (0, "granted")
    assert "at work" in the_comment(fake)
    assert not any("/git/" in one.path for one in fake.writes)
    request = tmp_path / "gate" / "temp" / "cosplay-run" / "request.json"
    assert json.loads(request.read_text())["text"]["body"] == BODY
    # the job that plays: only the request, and a token that can read contents
    (tmp_path / "play" / "temp" / "cosplay-run").mkdir(parents=True)
    shutil.copy(request, tmp_path / "play" / "temp" / "cosplay-run")
    before = len(fake.requests)
    async with endpoint(serving(clamp_script())) as model:
        token = fake.token(grants={"contents": "read"})
        played = await step(event, tmp_path / "play", model=model, mode="generate", token=token)
    assert (played.code, played.outputs["status"]) == (0, "chosen")
    assert len(fake.requests) == before  # it asked GitHub nothing: the gate had
    # the job that publishes, in a folder of its own
    run_dir = tmp_path / "handed over" / "run"
    shutil.copytree(tmp_path / "play" / "temp" / "cosplay-run", run_dir)
    done = await step(event, tmp_path / "publish", mode="publish", run_dir=str(run_dir))
    assert (done.code, done.outputs["status"], done.outputs["pr-operation"]) == (0, "chosen", "created")
    assert b"NotImplementedError" not in fake.repo.files("cosplay/issue-1")[PATH]
    assert "Closes #1" in fake.repo.pulls[0].body
    assert "(created)" in the_comment(fake)
    for name in ("gate", "publish"):
        a_step(event, tmp_path / name, finishing=True, mode=name, env={"COSPLAY_OUTCOME": "success"})
    assert "(created)" in the_comment(fake)


async def test_without_a_gate_the_job_that_plays_asks_by_reading_alone(fake: Hub, tmp_path: Path) -> None:
    fake.user("tim", "triage")
    token = fake.token(grants={"contents": "read", "metadata": "read", "issues": "read"})
    done = await step(labelled(fake, 1, sender=fake.users["tim"]), tmp_path, mode="generate", token=token)
    assert (done.code, done.outputs["status"]) == (0, "skipped")
    assert fake.writes == []


def test_a_gate_that_refuses_leaves_no_request(fake: Hub, tmp_path: Path) -> None:
    done = gate(fake, labelled(fake, 1, sender=fake.user("tim", "triage")), tmp_path)
    assert (done.code, done.outputs["status"]) == (0, "skipped")
    assert not (tmp_path / "temp" / "cosplay-run" / "request.json").exists()
    a_step(labelled(fake, 1), tmp_path, finishing=True, mode="gate", env={"COSPLAY_OUTCOME": "success"})
    assert "did not run" in the_comment(fake)


def test_who_lost_the_right_to_ask_meanwhile_gets_nothing_published(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    event = dispatched(fake, fake.user("ann", "write"))
    fake.user("ann", "read")
    run_dir = parcels.run_dir(tmp_path / "run")
    done = a_step(event, tmp_path, mode="publish", targets=parcels.TARGET, run_dir=str(run_dir))
    assert (done.code, done.outputs["status"], fake.repo.pulls) == (0, "skipped", [])


# A job that ended early


@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_job_ends_the_comment_once(fake: Hub, tmp_path: Path, times: int) -> None:
    event = labelled(fake, 1)
    gate(fake, event, tmp_path)
    fake.fault("*", "nothing")
    for _ in range(times):
        done = a_step(event, tmp_path, finishing=True, mode="all")
        assert done.code == 0
    assert "was stopped" in the_comment(fake)
    assert done.outputs["status"] == "failed"
    assert len([one for one in fake.writes if one.method == "PATCH"]) == 1


def test_a_job_that_never_began_says_nothing_at_its_end(fake: Hub, tmp_path: Path) -> None:
    assert a_step(labelled(fake, 1), tmp_path, finishing=True).code == 0
    assert fake.requests == []


def test_a_gate_that_failed_ends_the_comment(fake: Hub, tmp_path: Path) -> None:
    event = labelled(fake, 1)
    gate(fake, event, tmp_path)
    a_step(event, tmp_path, finishing=True, mode="gate", env={"COSPLAY_OUTCOME": "failure"})
    assert "was stopped" in the_comment(fake)


def test_publishing_without_a_run_fails_and_the_comment_ends(fake: Hub, tmp_path: Path) -> None:
    done = a_step(labelled(fake, 1), tmp_path, mode="publish", run_dir=str(tmp_path / "nothing"))
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "could not finish" in the_comment(fake)


# A hostile run directory


def test_a_true_run_is_published_again_and_again_as_one(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    run_dir = parcels.run_dir(tmp_path / "run")
    assert publish(fake, tmp_path / "a", run_dir).outputs["pr-operation"] == "created"
    assert publish(fake, tmp_path / "b", run_dir).outputs["pr-operation"] == "unchanged"
    assert len(fake.repo.pulls) == 1


SPOILT = {
    "a forged target": {"report": {**parcels.report(), "target": "src/bounds/other.py::f"}},
    "another repository's file": {"patch": parcels.patched(new=b"def clamp(): ...\n")},
    "a workflow": {"patch": parcels.patched(more={".github/workflows/x.yml": (None, b"on: push\n")})},
    "a shell in a test": {"patch": parcels.patched(tests=parcels.TESTS + b"\n\ndef test_x():\n    __import__('os')\n")},
    "no report of ours": {"report": b'{"target": "x"}'},
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_nothing_of_a_hostile_run_reaches_the_repository(fake: Hub, tmp_path: Path, spoilt: dict) -> None:
    golden(fake)
    done = publish(fake, tmp_path, parcels.run_dir(tmp_path / "run", **spoilt))
    assert (done.code, done.outputs["status"]) == (1, "failed")
    assert "::error" in done.log
    assert (fake.writes, list(fake.repo.refs)) == ([], ["refs/heads/main"])


def test_a_forged_target_with_markdown_is_not_live_in_the_summary(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    hostile = "@octocat ![x](https://evil.example/x.png) <script>.py::f"
    done = publish(fake, tmp_path, parcels.run_dir(tmp_path / "run", report={**parcels.report(), "target": hostile}))
    assert done.outputs["status"] == "failed"
    assert "https://evil" not in done.summary
    assert "@octocat" not in done.summary


def test_a_base_that_changed_stops_the_run_and_keeps_the_patch(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    event = dispatched(fake)
    fake.seed({parcels.PATH: parcels.OLD + b"\n\nMORE = 1\n"})
    run_dir = parcels.run_dir(tmp_path / "run")
    done = a_step(event, tmp_path, mode="publish", targets=parcels.TARGET, run_dir=str(run_dir))
    assert (done.code, done.outputs["status"]) == (0, "skipped")
    assert "has changed on main" in done.outputs["reason"]
    assert Path(done.outputs["patch-path"]).read_bytes() == parcels.PATCH
    assert fake.writes == []


def test_a_persons_commit_on_the_branch_stops_the_next_run_and_the_comment_says_whose(
    fake: Hub, tmp_path: Path
) -> None:
    fake.seed({PATH: parcels.OLD})
    run_dir = parcels.run_dir(tmp_path / "run")
    body = BODY.replace("clamp(5, 0) -> 5", "clamp(6, 0) -> 6")  # another digest: the comment's text is another one
    issue = fake.issue("Clamp again", body)
    fake.repo.tick(1000)
    branch = f"cosplay/issue-{issue.number}"
    theirs = fake.repo.commit({"a": b"b"}, message="Mine", user=fake.user("ann", "write"), branch=branch)
    done = a_step(labelled(fake, issue.number), tmp_path, mode="publish", run_dir=str(run_dir))
    assert (done.code, done.outputs["status"], done.outputs["pr-operation"]) == (0, "skipped", "none")
    assert (fake.repo.branch(branch), fake.repo.pulls) == (theirs, [])
    assert "a commit of ann" in the_comment(fake)
    assert "`patch.diff` is among the run's artefacts" in the_comment(fake)


def test_a_pull_request_that_somebody_closed_is_not_opened_anew(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    run_dir = parcels.run_dir(tmp_path / "run")
    first = publish(fake, tmp_path / "a", run_dir)
    fake.repo.pulls[0].state = "closed"
    again = publish(fake, tmp_path / "b", run_dir)
    assert (again.code, again.outputs["status"]) == (0, "skipped")
    assert f"#{first.outputs['pr-number']}" in again.outputs["reason"]
    assert [one.state for one in fake.repo.pulls] == ["closed"]


def test_code_that_reaches_out_is_named_first_and_is_a_draft_whatever_was_wished(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    new = parcels.NEW.replace(b"    if low", b"    import subprocess\n\n    if low", 1)
    publish(fake, tmp_path, parcels.run_dir(tmp_path / "run", patch=parcels.patched(new=new)), draft="never")
    (pull,) = fake.repo.pulls
    assert pull.pull.draft
    assert pull.body.startswith("> **Look here first.**")
    assert "imports subprocess" in pull.body.splitlines()[0]


def test_of_a_fan_out_what_succeeded_is_published_and_the_rest_told(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    parcels.run_dir(tmp_path / "runs" / "clamp-1")
    parcels.run_dir(tmp_path / "runs" / "spoilt", report=b"{}")
    fake.seed({"src/bounds/b.py": b"def g():\n    ...\n"})
    done = a_step(
        dispatched(fake), tmp_path, mode="publish", targets=f"{parcels.TARGET} src/bounds/b.py::g",
        run_dir=str(tmp_path / "runs"),
    )  # fmt: skip
    assert (done.code, done.outputs["status"], len(fake.repo.pulls)) == (1, "failed", 1)
    assert done.outputs["pr-operation"] == "created"
    assert "there is no run of it" in done.log
    assert "spoilt/report.json" in done.log


def test_two_runs_that_claim_one_target_are_both_refused(fake: Hub, tmp_path: Path) -> None:
    golden(fake)
    for name in ("a", "b"):
        parcels.run_dir(tmp_path / "runs" / name)
    done = publish(fake, tmp_path, tmp_path / "runs")
    assert (done.outputs["status"], fake.writes) == ("failed", [])
    assert "2 runs say that they are about it: a, b" in done.outputs["reason"]
    assert TARGET == parcels.TARGET


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_job_that_is_told_to_stop_ends_the_comment_itself(fake: Hub, tmp_path: Path, sent: int) -> None:
    async with endpoint(serving(clamp_script()), latency=1.0) as model:
        inputs = {"model": "m", "base-url": model.server.base_url}
        environ = labelled(fake, 1).environ(tmp_path, inputs=inputs, token=fake.token()) | small()
        machine = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        pipe = asyncio.subprocess.PIPE
        step = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "cosplay_action", "action", cwd=environ["GITHUB_WORKSPACE"],
            env={**machine, **environ}, stdout=pipe, stderr=pipe,
        )  # fmt: skip
        while not model.calls and step.returncode is None:
            await asyncio.sleep(0.05)
        step.send_signal(sent)
        out, err = await asyncio.wait_for(step.communicate(), 60)
    assert step.returncode == 1
    assert b"::error::the job was stopped" in out
    assert b"Traceback" not in out + err
    assert "was stopped" in the_comment(fake)
    assert fake.repo.pulls == []


def test_an_issue_that_was_edited_after_it_was_played_is_not_published_under_its_new_text(
    fake: Hub, tmp_path: Path
) -> None:
    event = dispatched(fake, inputs={"issue-number": "1"})
    assert gate(fake, event, tmp_path / "gate", issue_number="1").outputs["status"] == "granted"
    run_dir = tmp_path / "gate" / "temp" / "cosplay-run"
    fake.repo.tick(10)
    fake.edit(1, by=fake.user("ann", "write"), body=BODY + "\nAlso round it.\n")
    done = a_step(event, tmp_path / "publish", mode="publish", issue_number="1", run_dir=str(run_dir))
    assert (done.code, done.outputs["status"]) == (0, "skipped")
    assert "was edited after the run began: ask again" in the_comment(fake)
    assert fake.repo.pulls == []
