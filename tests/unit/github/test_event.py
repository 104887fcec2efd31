"""From an event to a request: what asks for a run, what does not and why, and what is read of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.github.event import Asked, Skipped, read_event
from cosplay_action.github.inputs import read
from tests.support.github.events import Event, dispatched, labelled, other, scheduled
from tests.support.github.hub import Hub

pytest_plugins = ["tests.support.github.fixture"]


def told(event: Event, folder: Path, *, env: dict[str, str] | None = None, **inputs: str) -> Asked | Skipped:
    (folder / "w").mkdir(exist_ok=True)
    said = {name.replace("_", "-"): value for name, value in inputs.items()}
    environ = event.environ(folder, workspace=folder / "w", inputs=said, token="t") | (env or {})
    return read_event(environ, read(environ))


def test_a_label_asks_with_the_text_that_the_event_brings(github: Hub, tmp_path: Path) -> None:
    ann = github.user("ann", "write")
    event = labelled(github, github.issue("Twice", "Text").number, sender=ann)
    github.edit(1, by=ann, body="Later text")
    asked = told(event, tmp_path)
    assert isinstance(asked, Asked)
    assert (asked.trigger, asked.sender, asked.bot, asked.number) == ("label", "ann", False, 1)
    assert asked.text is not None
    assert (asked.text.title, asked.text.body, len(asked.text.digest)) == ("Twice", "Text", 64)
    assert (asked.base, asked.sha, asked.run) == ("main", github.repo.branch("main"), event.run.id)
    assert asked.run_url == f"{github.root}/octo/fields/actions/runs/{event.run.id}"
    assert asked.at == event.payload["issue"]["updated_at"]


def test_an_issue_without_a_text_has_an_empty_one(github: Hub, tmp_path: Path) -> None:
    asked = told(labelled(github, github.issue("Twice", None).number), tmp_path)
    assert isinstance(asked, Asked)
    assert asked.text is not None
    assert asked.text.body == ""


def test_labels_know_no_case(github: Hub, tmp_path: Path) -> None:
    assert isinstance(told(labelled(github, github.issue("A").number, label="Cosplay"), tmp_path), Asked)


def test_another_label_asks_for_nothing(github: Hub, tmp_path: Path) -> None:
    found = told(labelled(github, github.issue("A").number, label="bug"), tmp_path)
    assert found == Skipped("the label 'bug' is not 'cosplay'")


def test_the_label_can_be_another(github: Hub, tmp_path: Path) -> None:
    event = labelled(github, github.issue("A").number, label="write it")
    assert isinstance(told(event, tmp_path, label="write it"), Asked)


def test_a_labelled_pull_request_asks_for_nothing(github: Hub, tmp_path: Path) -> None:
    github.seed({"a": b"b"}, branch="x")
    found = told(labelled(github, github.pull("x").number), tmp_path)
    assert isinstance(found, Skipped)
    assert "pull request" in found.reason


def test_a_labelled_issue_that_is_closed_asks_for_nothing(github: Hub, tmp_path: Path) -> None:
    github.issue("A").state = "closed"
    found = told(labelled(github, 1), tmp_path)
    assert isinstance(found, Skipped)
    assert found.reason == "issue #1 is closed"


@pytest.mark.parametrize(
    ("name", "action"),
    [("pull_request", "opened"), ("pull_request_target", "labeled"), ("issue_comment", "created"), ("push", None),
     ("workflow_run", "completed"), ("repository_dispatch", None)],
)  # fmt: skip
def test_any_other_event_is_skipped_with_its_name(github: Hub, tmp_path: Path, name: str, action: str | None) -> None:
    event = other(github, name.removesuffix("_target"), action)  # the same payload
    event.name = name
    found = told(event, tmp_path)
    assert isinstance(found, Skipped)
    assert f"the event {name} asks for nothing" in found.reason
    assert not found.tell


@pytest.mark.parametrize("action", ["opened", "edited", "unlabeled"])
def test_other_things_that_happen_to_an_issue_ask_for_nothing(github: Hub, tmp_path: Path, action: str) -> None:
    event = labelled(github, github.issue("A").number)
    event.payload["action"] = action
    found = told(event, tmp_path)
    assert isinstance(found, Skipped)
    assert action in found.reason


def test_a_dispatch_asks_for_targets_on_its_branch(github: Hub, tmp_path: Path) -> None:
    github.seed({"a": b"b"}, branch="develop")
    asked = told(dispatched(github, branch="develop"), tmp_path, targets="a.py::f\nb.py::g")
    assert isinstance(asked, Asked)
    assert (asked.targets, asked.base, asked.number, asked.at) == (("a.py::f", "b.py::g"), "develop", None, "")
    assert asked.sha == github.repo.branch("develop")


def test_a_dispatch_may_name_an_issue_whose_text_is_fetched_later(github: Hub, tmp_path: Path) -> None:
    asked = told(dispatched(github), tmp_path, issue_number="7")
    assert isinstance(asked, Asked)
    assert (asked.number, asked.text, asked.targets) == (7, None, ())


def test_the_base_can_be_named(github: Hub, tmp_path: Path) -> None:
    asked = told(dispatched(github), tmp_path, targets="a.py::f", base="next")
    assert isinstance(asked, Asked)
    assert asked.base == "next"


@pytest.mark.parametrize("inputs", [{}, {"targets": "  "}, {"targets": "", "issue_number": " "}])
def test_a_dispatch_with_nothing_but_blanks_is_a_mistake(github: Hub, tmp_path: Path, inputs: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="neither targets nor issue-number"):
        told(dispatched(github), tmp_path, **inputs)


def test_a_tag_is_nothing_to_build_on(github: Hub, tmp_path: Path) -> None:
    tag = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1", "GITHUB_REF": "refs/tags/v1"}
    with pytest.raises(UsageError, match="v1 is no branch"):
        told(dispatched(github), tmp_path, env=tag, targets="a.py::f")
    asked = told(dispatched(github), tmp_path, env=tag, targets="a.py::f", base="main")
    assert isinstance(asked, Asked)
    assert asked.base == "main"


def test_a_schedule_asks_for_the_marked_stubs(github: Hub, tmp_path: Path) -> None:
    asked = told(scheduled(github), tmp_path)
    assert isinstance(asked, Asked)
    assert (asked.trigger, asked.targets, asked.number) == ("schedule", (".",), None)


def test_a_bot_is_known_as_one(github: Hub, tmp_path: Path) -> None:
    bot = github.user("helper[bot]", kind="Bot")
    asked = told(labelled(github, github.issue("A").number, sender=bot), tmp_path)
    assert isinstance(asked, Asked)
    assert asked.bot


@pytest.mark.parametrize("name", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY"])
def test_outside_of_a_workflow_the_missing_variable_is_named(github: Hub, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        told(scheduled(github), tmp_path, env={name: ""})


@pytest.mark.parametrize("text", ["", "[1]", "{", '"x"', "\x00"])
def test_a_payload_that_is_none_is_told(github: Hub, tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(UsageError, match="payload"):
        told(scheduled(github), tmp_path, env={"GITHUB_EVENT_PATH": str(tmp_path / "broken.json")})


def test_a_payload_that_is_not_there_is_told(github: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        told(scheduled(github), tmp_path, env={"GITHUB_EVENT_PATH": str(tmp_path / "nothing")})


def test_a_payload_without_a_sender_falls_back_on_the_actor(github: Hub, tmp_path: Path) -> None:
    event = labelled(github, github.issue("A").number)
    event.payload.pop("sender")
    asked = told(event, tmp_path)
    assert isinstance(asked, Asked)
    assert asked.sender == "octo"
    assert "sender" not in json.loads((tmp_path / "event.json").read_text())
