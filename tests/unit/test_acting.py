"""One step at work: where the spec is put, which Python candidates get, what is passed on, what is told."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from cosplay_action.acting import KEY, Desk, _given, show, spec, targets_of, what
from cosplay_action.errors import SpecError, UsageError
from cosplay_action.github.event import Asked, Text
from cosplay_action.github.inputs import read
from cosplay_action.github.outputs import Step
from cosplay_action.github.progress import Progress
from cosplay_action.state import State
from tests.support.act_step import BODY, FILES, TARGET
from tests.support.command import git, repository
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of

pytest_plugins = ["tests.support.github.fixture"]


def asked(body: str = BODY, **more: object) -> Asked:
    text = Text(number=1, title="Clamp", body=body)
    given = {"trigger": "label", "repository": "octo/fields", "number": 1, "text": text, **more}
    return Asked(**given)  # type: ignore[arg-type]


@pytest.fixture
def desk(github: Hub, tmp_path: Path) -> Desk:
    github.issue("Clamp", BODY)
    root = repository(tmp_path / "checkout", FILES)
    environ = {
        "PATH": str(Path(sys.executable).parent),
        "COSPLAY_INPUT_GITHUB_TOKEN": "t",
        "COSPLAY_INPUT_API_KEY": "k",
    }
    return Desk(
        environ=environ, inputs=read(environ), step=Step({}, io.StringIO()), hub=hub_of(github), where=root,
        state=State(tmp_path / "state.json"), pace=0,
    )  # fmt: skip


def test_the_text_of_an_issue_is_put_where_git_does_not_look(desk: Desk) -> None:
    (file,) = spec(desk, asked())
    assert Path(file).read_text() == BODY
    assert Path(file).relative_to(desk.where).as_posix() == ".cosplay/issue-1.md"
    assert ".cosplay" not in git(desk.where, "status", "--porcelain")


def test_a_text_that_no_encoding_can_write_is_written_with_marks(desk: Desk) -> None:
    (file,) = spec(desk, asked("a\ud800b"))
    assert Path(file).read_text() == "a?b"


@pytest.mark.parametrize("link", [".cosplay", ".cosplay/issue-1.md", ".cosplay/.gitignore"])
def test_a_link_is_not_followed(desk: Desk, tmp_path: Path, link: str) -> None:
    (tmp_path / "away").mkdir()
    (desk.where / link).parent.mkdir(exist_ok=True)
    (desk.where / link).symlink_to(tmp_path / "away" / ("" if link == ".cosplay" else "file"))
    with pytest.raises(UsageError, match="link"):
        spec(desk, asked())
    assert list((tmp_path / "away").iterdir()) == []


@pytest.mark.parametrize("name", [".cosplay", ".cosplay/issue-1.md"])
def test_what_lies_in_the_way_is_told(desk: Desk, name: str) -> None:
    place = desk.where / name
    place.write_text("x") if name == ".cosplay" else place.mkdir(parents=True)
    with pytest.raises(UsageError, match="no folder for runs"):
        spec(desk, asked())


def test_an_end_that_github_did_not_take_is_left_for_the_next_step(desk: Desk, github: Hub) -> None:
    desk.state.write(final=False)
    github.fault("*", "", status=502, times=99)
    show(desk, Progress(desk.hub, 1), "done", final=True)
    assert desk.state.open()


def test_targets_are_known_by_name_from_an_issue_and_from_a_dispatch(desk: Desk) -> None:
    assert targets_of(desk, asked()) == (TARGET,)
    assert targets_of(desk, asked(number=None, text=None, targets=(TARGET,))) == (TARGET,)
    assert (what(asked()), what(asked(number=None, targets=("a", "b")))) == ("issue #1", "a, b")


def test_a_flawed_text_is_a_flaw_of_the_spec(desk: Desk) -> None:
    with pytest.raises(SpecError):
        targets_of(desk, asked("nothing of use"))


def test_candidates_get_the_python_of_the_job_and_the_key_goes_by_a_name_of_ours(desk: Desk) -> None:
    given = _given(desk)
    assert given["api_key_env"] == KEY
    assert Path(str(given["python"])).name == "python3"


def test_a_step_shows_no_secret(desk: Desk) -> None:
    assert "COSPLAY_INPUT_API_KEY" not in repr(desk)


def test_what_cannot_be_told_is_a_warning_and_counts_as_told(desk: Desk, github: Hub) -> None:
    show(desk, Progress(desk.hub, 1), "working")
    assert desk.state.open()
    show(desk, Progress(hub_of(github, github.token(issues="read")), 1), "done", final=True)
    assert not desk.state.open()
    assert len(github.repo.comments) == 1
