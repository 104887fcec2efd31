"""Requests to GitHub: what is sent again, what never is, how long is waited, and what people are told."""

from __future__ import annotations

import pytest

from cosplay_action.errors import NotPermitted, Refused, ServiceError, Unauthorised
from cosplay_action.github.client import MOST_PAGES, PATIENCE, TRIES, Ambiguous
from tests.support.github.hub import Hub
from tests.support.proposals import client_of

pytest_plugins = ["tests.support.github.fixture"]

REPO = "/repos/octo/fields"


def comment(github: Hub, waits: list[float] | None = None, token: str = "") -> object:
    """Write one comment on issue 1."""
    github.issue("One") if not github.repo.issues else None
    client = client_of(github, token, waits)
    return client.send("a comment", "POST", f"{REPO}/issues/1/comments", {"body": "Hello"})


@pytest.mark.parametrize("trouble", [{"status": 502}, {"status": 503}, {"drop": True}], ids=["502", "503", "dropped"])
def test_a_read_that_failed_is_repeated(github: Hub, trouble: dict) -> None:
    waits: list[float] = []
    github.fault("GET", "/fields$", times=2, **trouble)
    assert client_of(github, waits=waits).get("the repository", REPO)["name"] == "fields"
    assert len(waits) == 2


def test_a_read_that_goes_on_failing_is_given_up(github: Hub) -> None:
    waits: list[float] = []
    github.fault("GET", "/fields$", status=502, times=99)
    with pytest.raises(ServiceError, match="did not answer when asked for the repository"):
        client_of(github, waits=waits).get("the repository", REPO)
    assert len(github.calls("GET", "/fields")) == TRIES
    assert sum(waits) <= PATIENCE


@pytest.mark.parametrize("trouble", [{"status": 502, "after": True}, {"drop": True, "after": True}, {"status": 502}])
def test_a_write_whose_answer_was_lost_is_never_sent_again_unseen(github: Hub, trouble: dict) -> None:
    github.fault("POST", "/comments$", **trouble)
    with pytest.raises(Ambiguous):
        comment(github)
    assert len(github.calls("POST", "/comments")) == 1


def test_a_secondary_limit_is_waited_out_for_as_long_as_github_says_and_the_write_done_once(github: Hub) -> None:
    waits: list[float] = []
    github.slow_down("POST", "/comments$", seconds=7)
    comment(github, waits)
    assert waits == [7]
    assert len(github.repo.comments) == 1


def test_a_limit_longer_than_our_patience_is_told_at_once(github: Hub) -> None:
    waits: list[float] = []
    github.slow_down("POST", "/comments$", seconds=int(PATIENCE) + 1, status=429)
    with pytest.raises(ServiceError, match="secondary rate limit") as caught:
        comment(github, waits)
    assert not isinstance(caught.value, Ambiguous)
    assert (waits, len(github.calls("POST", "/comments"))) == ([], 1)


def test_a_spent_primary_limit_is_waited_for_no_longer_than_our_patience(github: Hub) -> None:
    waits: list[float] = []
    github.exhaust()
    with pytest.raises(ServiceError, match="rate limit") as caught:
        client_of(github, waits=waits).get("the repository", REPO)
    assert not isinstance(caught.value, NotPermitted)
    assert sum(waits) <= PATIENCE


def test_a_wrong_token_is_told_as_such(github: Hub) -> None:
    with pytest.raises(Unauthorised, match="Bad credentials"):
        client_of(github, "ghs_wrong").get("the repository", REPO)


def test_a_missing_permission_is_told_as_such_with_the_cure(github: Hub) -> None:
    with pytest.raises(NotPermitted, match="a comment") as caught:
        comment(github, token=github.token(issues="read"))
    assert "permission" in caught.value.cure


def test_what_is_not_there_is_refused_with_its_status(github: Hub) -> None:
    with pytest.raises(Refused) as caught:
        client_of(github).get("an issue", f"{REPO}/issues/77")
    assert caught.value.status == 404


def test_no_message_and_no_representation_holds_the_token(github: Hub) -> None:
    token = github.token(issues="read")
    client = client_of(github, token)
    with pytest.raises(NotPermitted) as caught:
        comment(github, token=token)
    assert token not in f"{caught.value}{caught.value!r}{client!r}"


def test_a_list_is_read_page_by_page_to_its_end(github: Hub) -> None:
    github.issue("One")
    for number in range(230):
        github.comment(1, f"comment {number}")
    found = list(client_of(github).pages("comments", f"{REPO}/issues/1/comments"))
    assert [one["body"] for one in found] == [f"comment {number}" for number in range(230)]
    assert len(github.requests) == 3 < MOST_PAGES


def test_what_graphql_refuses_with_http_200_is_an_error(github: Hub) -> None:
    with pytest.raises(ServiceError):
        client_of(github).query("a node", "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) "
                                "{ pullRequest { isDraft } } }", read=False, id="PR_nothing")  # fmt: skip
