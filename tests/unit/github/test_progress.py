"""One comment for an issue: found again, edited, never doubled, never taken from a stranger."""

from __future__ import annotations

import pytest

from cosplay_action.errors import NotPermitted, Refused
from cosplay_action.github.progress import LONGEST, MARK, Progress, quiet
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of

pytest_plugins = ["tests.support.github.fixture"]


@pytest.fixture
def fake(github: Hub) -> Hub:
    github.issue("One")
    return github


def said(fake: Hub) -> list[str]:
    return [one.body.replace(MARK, "").strip() for one in fake.repo.comments.values()]


def test_a_comment_is_written_once_and_then_edited(fake: Hub) -> None:
    progress = Progress(hub_of(fake), 1)
    first = progress.show("starting")
    assert progress.show("playing") == first
    assert said(fake) == ["playing"]
    assert first.startswith(fake.root)


def test_another_job_finds_the_comment_of_the_one_before(fake: Hub) -> None:
    Progress(hub_of(fake), 1).show("starting")
    fake.comment(1, "A person says something")
    Progress(hub_of(fake), 1).show("done")
    assert said(fake) == ["done", "A person says something"]


def test_the_same_words_again_are_no_edit(fake: Hub) -> None:
    progress = Progress(hub_of(fake), 1)
    progress.show("done")
    before = len(fake.writes)
    progress.show("done")
    Progress(hub_of(fake), 1).show("done")
    assert len(fake.writes) == before


def test_a_stranger_who_copies_the_mark_is_not_edited(fake: Hub) -> None:
    fake.comment(1, f"gotcha {MARK}", by=fake.user("outsider", "read"))
    Progress(hub_of(fake), 1).show("starting")
    assert said(fake) == ["gotcha", "starting"]


def test_a_comment_that_somebody_deleted_is_written_anew(fake: Hub) -> None:
    progress = Progress(hub_of(fake), 1)
    progress.show("starting")
    fake.repo.comments.clear()
    progress.show("done")
    assert said(fake) == ["done"]


@pytest.mark.parametrize(
    "trouble", [{"status": 502, "after": True}, {"status": 502}, {"drop": True, "after": True}, {"drop": True}]
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_lost_answer_leaves_one_comment(fake: Hub, method: str, trouble: dict) -> None:
    fake.fault(method, "/comments", **trouble)
    progress = Progress(hub_of(fake), 1)
    progress.show("starting")
    progress.show("done")
    assert said(fake) == ["done"]


def test_without_an_issue_nothing_is_said(fake: Hub) -> None:
    assert Progress(hub_of(fake), None).show("starting") == ""
    assert fake.requests == []


def test_a_long_text_fits_what_github_takes(fake: Hub) -> None:
    Progress(hub_of(fake), 1).show("x" * 200_000)
    (comment,) = fake.repo.comments.values()
    assert LONGEST <= len(comment.body) <= 65_536
    assert MARK in comment.body


def test_a_token_that_may_not_comment_is_told(fake: Hub) -> None:
    progress = Progress(hub_of(fake, fake.token(issues="read")), 1)
    with pytest.raises(NotPermitted):
        progress.show("starting")
    assert quiet(progress, "starting").startswith("the issue was not told:")


def test_an_issue_that_is_gone_is_told(fake: Hub) -> None:
    with pytest.raises(Refused):
        Progress(hub_of(fake), 7).show("starting")
