"""Who may ask for a run, and with which text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cosplay_action.errors import ServiceError
from cosplay_action.github.event import Asked, Skipped, Text
from cosplay_action.github.gate import admit
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of

pytest_plugins = ["tests.support.github.fixture"]


def stamp(github: Hub) -> str:
    return github.repo.time.strftime("%Y-%m-%dT%H:%M:%SZ")


def labelled(github: Hub, sender: str = "octo", **more: object) -> Asked:
    """A request by a label that was set now, for issue 1 as it is now."""
    issue = github.repo.issues[1]
    text = Text(number=1, title=issue.title, body=issue.body or "")
    asked = Asked(
        trigger="label", repository=github.full_name, sender=sender, number=1, text=text, at=stamp(github), base="main"
    )
    return replace(asked, **more)  # type: ignore[arg-type]


def dispatched(github: Hub, number: int | None = 1, **more: object) -> Asked:
    run = github.run("workflow_dispatch")
    asked = Asked(
        trigger="dispatch", repository=github.full_name, sender="octo", number=number, run=run.id, base="main"
    )
    return replace(asked, **more)  # type: ignore[arg-type]


def refused(github: Hub, asked: Asked, *, bots: bool = False) -> Skipped:
    found = admit(hub_of(github), asked, bots=bots)
    assert isinstance(found, Skipped), found
    return found


def granted(github: Hub, asked: Asked, *, bots: bool = False) -> Asked:
    found = admit(hub_of(github), asked, bots=bots)
    assert isinstance(found, Asked), found
    return found


@pytest.fixture
def fake(github: Hub) -> Hub:
    github.issue("Twice", "Text", by=github.user("outsider", "read"))
    github.repo.tick(1000)
    return github


# Who


@pytest.mark.parametrize("role", ["write", "maintain", "admin"])
def test_who_may_write_may_ask(fake: Hub, role: str) -> None:
    fake.user("ann", role)  # type: ignore[arg-type]
    assert granted(fake, labelled(fake, "ann")) == labelled(fake, "ann")


@pytest.mark.parametrize("role", ["triage", "read", "none"])
def test_a_label_of_somebody_who_may_not_write_is_refused_and_the_issue_told(fake: Hub, role: str) -> None:
    fake.user("tim", role)  # type: ignore[arg-type]
    found = refused(fake, labelled(fake, "tim"))
    assert "tim may not ask for a run" in found.reason
    assert found.tell


def test_a_bot_is_refused_without_a_word_to_the_issue(fake: Hub) -> None:
    found = refused(fake, labelled(fake, "helper[bot]", bot=True))
    assert "allow-bots" in found.reason
    assert not found.tell


def test_a_bot_may_ask_where_that_is_allowed(fake: Hub) -> None:
    fake.user("helper[bot]", kind="Bot")
    assert granted(fake, labelled(fake, "helper[bot]", bot=True), bots=True).sender == "helper[bot]"


def test_a_schedule_has_no_sender_to_ask_about(fake: Hub) -> None:
    asked = Asked(trigger="schedule", repository=fake.full_name, sender="nobody", targets=(".",), base="main")
    assert granted(fake, asked) == asked
    assert fake.requests == []


def test_a_permission_that_cannot_be_asked_for_grants_nothing(fake: Hub) -> None:
    fake.fault("GET", "/permission$", status=503, times=99)
    with pytest.raises(ServiceError):
        admit(hub_of(fake), labelled(fake), bots=False)


def test_without_a_base_the_default_branch_is_built_on(fake: Hub) -> None:
    assert granted(fake, labelled(fake, base="")).base == "main"


# Which issue


def test_an_issue_that_was_closed_meanwhile_is_refused_and_told(fake: Hub) -> None:
    asked = labelled(fake)
    fake.repo.issues[1].state = "closed"
    found = refused(fake, asked)
    assert (found.reason, found.tell) == ("issue #1 is closed", True)


def test_an_issue_that_was_deleted_meanwhile_is_refused(fake: Hub) -> None:
    asked = labelled(fake)
    del fake.repo.issues[1]
    assert refused(fake, asked) == Skipped("there is no issue #1")


def test_a_pull_request_that_poses_as_an_issue_is_refused(fake: Hub) -> None:
    fake.seed({"a": b"b"}, branch="x")
    fake.pull("x")
    assert "pull request" in refused(fake, dispatched(fake, 2)).reason


# Which text


@pytest.mark.parametrize("seconds", [0, 60, 110])
def test_an_edit_by_an_outsider_shortly_before_the_label_is_refused(fake: Hub, seconds: int) -> None:
    fake.edit(1, by=fake.users["outsider"], body="Now with a back door")
    fake.repo.tick(seconds)
    found = refused(fake, labelled(fake))
    assert "was edited by outsider" in found.reason
    assert found.tell


def test_an_edit_by_an_outsider_after_the_label_is_refused(fake: Hub) -> None:
    asked = labelled(fake)
    fake.repo.tick(5)
    fake.edit(1, by=fake.users["outsider"], body="Now with a back door")
    assert "was edited by outsider" in refused(fake, asked).reason


def test_an_edit_by_an_account_that_is_gone_counts_as_an_outsiders(fake: Hub) -> None:
    fake.edit(1, by=fake.users["outsider"], body="Now with a back door")
    issue = fake.repo.issues[1]
    issue.editor, issue.edits[-1] = None, (issue.edits[-1][0], None)
    assert "an account that is gone" in refused(fake, labelled(fake)).reason


def test_an_outsiders_edit_is_not_hidden_by_a_later_one_of_somebody_who_may(fake: Hub) -> None:
    fake.edit(1, by=fake.users["outsider"], body="Now with a back door")
    asked = labelled(fake)
    fake.edit(1, by=fake.owner, body="Text")
    assert "was edited by outsider" in refused(fake, asked).reason


def test_a_text_that_was_opened_just_now_is_no_edit_of_who_opened_it(fake: Hub) -> None:
    fake.issue("New", "Text", by=fake.users["outsider"])
    fake.edit(2, by=fake.owner, body="Better text")
    asked = dispatched(fake, 2)
    assert granted(fake, replace(asked, trigger="label", at=stamp(fake)))


def test_more_edits_than_github_shows_are_not_taken_for_harmless(fake: Hub) -> None:
    asked = labelled(fake)
    for number in range(230):
        fake.edit(1, by=fake.users["outsider"] if number == 115 else fake.owner, body=f"Text {number}")
    assert "was edited by many hands" in refused(fake, asked).reason


def test_the_role_of_who_may_not_ask_is_named_as_people_know_it(fake: Hub) -> None:
    fake.user("tim", "triage")
    assert refused(fake, labelled(fake, "tim")).reason.endswith("theirs is triage")


def test_an_edit_long_before_the_label_is_what_was_read(fake: Hub) -> None:
    fake.edit(1, by=fake.users["outsider"], body="Better text")
    fake.repo.tick(121)
    found = granted(fake, labelled(fake))
    assert found.text is not None
    assert found.text.body == "Better text"


def test_an_edit_by_somebody_who_may_write_is_fine_at_any_time(fake: Hub) -> None:
    fake.edit(1, by=fake.user("ann", "write"), body="Better text")
    assert granted(fake, labelled(fake)).text


def test_a_bot_that_is_let_in_may_write_the_text_that_it_asks_with(fake: Hub) -> None:
    bot = fake.user("helper[bot]", kind="Bot")
    fake.edit(1, by=bot, body="Better text")
    assert granted(fake, labelled(fake, "helper[bot]", bot=True), bots=True)
    assert isinstance(admit(hub_of(fake), labelled(fake), bots=True), Skipped)  # for the owner it is an outsider


def test_a_labelled_text_is_the_events_whatever_it_is_now(fake: Hub) -> None:
    asked = labelled(fake)
    fake.edit(1, by=fake.owner, body="Another text")
    found = granted(fake, asked)
    assert found.text is not None
    assert found.text.body == "Text"


def test_a_comment_or_a_label_is_no_edit(fake: Hub) -> None:
    asked = labelled(fake)
    fake.comment(1, "Hello", by=fake.users["outsider"])
    assert granted(fake, asked)


def test_a_dispatched_run_fetches_the_text(fake: Hub) -> None:
    fake.edit(1, by=fake.users["outsider"], body="Better text")
    found = granted(fake, dispatched(fake))
    assert found.text is not None
    assert found.text.body == "Better text"


def test_an_edit_by_an_outsider_after_a_dispatch_is_refused(fake: Hub) -> None:
    asked = dispatched(fake)
    fake.edit(1, by=fake.users["outsider"], body="Now with a back door")
    assert "was edited by outsider" in refused(fake, asked).reason


def test_targets_need_no_issue(fake: Hub) -> None:
    asked = dispatched(fake, None, targets=("a.py::f",))
    assert granted(fake, asked) == asked
