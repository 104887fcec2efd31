"""One repository as plain data: what is asked of GitHub, and what its answers mean here."""

from __future__ import annotations

import pytest

from cosplay_action.errors import NotPermitted, Refused, ServiceError
from tests.support.github.hub import Hub
from tests.support.github.world import executable
from tests.support.proposals import BRANCH, PATH, hub_of, seeded

pytest_plugins = ["tests.support.github.fixture"]


def test_the_account_of_a_workflow_token_is_known_by_both_of_its_names(github: Hub) -> None:
    hub = hub_of(github)
    assert hub.is_own("github-actions[bot]")
    assert not hub.is_own("octo")
    assert not hub.is_own("")
    assert len(github.requests) == 1  # asked once


@pytest.mark.parametrize(
    ("role", "told"),
    [("admin", "admin"), ("maintain", "write"), ("write", "write"), ("triage", "read"), ("read", "read")],
)
def test_roles_are_told_as_what_they_may_do(github: Hub, role: str, told: str) -> None:
    github.user("ann", role)  # type: ignore[arg-type]
    assert hub_of(github).permission("ann") == told


def test_whom_github_does_not_know_may_do_nothing(github: Hub) -> None:
    assert hub_of(github).permission("nobody-of-that-name") == "none"


def test_a_failure_to_ask_is_not_taken_for_no_permission(github: Hub) -> None:
    github.fault("GET", "/permission$", status=502, times=99)
    with pytest.raises(ServiceError):
        hub_of(github).permission("octo")


def test_entries_of_a_tree_are_found_by_path_with_mode_and_kind(github: Hub) -> None:
    github.seed({"a/b/run.sh": executable(b"x"), "a/link": ("120000", b"b"), "sub": ("160000", b"y")})
    hub, head = hub_of(github), github.repo.branch("main")
    found = {path: hub.entry(head, path) for path in ("a/b/run.sh", "a/link", "a/b", "sub", "nothing", "a/b/run.sh/x")}
    assert {path: (one.mode, one.kind) if one else None for path, one in found.items()} == {
        "a/b/run.sh": ("100755", "blob"), "a/link": ("120000", "blob"), "a/b": ("040000", "tree"),
        "sub": ("160000", "commit"), "nothing": None, "a/b/run.sh/x": None,
    }  # fmt: skip
    entry = found["a/b/run.sh"]
    assert entry is not None
    assert hub.blob(entry.sha) == b"x"


def test_a_file_that_github_does_not_list_is_not_taken_for_a_missing_one(github: Hub) -> None:
    github.seed({f"f{number}": b"" for number in range(5)})
    github.repo.tree_limit = 3
    with pytest.raises(ServiceError, match="more files than GitHub lists"):
        hub_of(github).entry(github.repo.branch("main"), "zz")


def test_a_branch_that_is_not_there_has_no_tip(github: Hub) -> None:
    assert hub_of(github).tip("nothing") is None
    assert hub_of(github).tip("main") == github.repo.branch("main")


def test_only_pull_requests_of_the_very_branch_are_found_the_newest_first(github: Hub) -> None:
    seeded(github)
    for branch in (BRANCH, f"{BRANCH}0"):
        github.seed({"a": branch.encode()}, branch=branch)
        github.pull(branch)
    github.repo.pulls[0].state = "closed"
    last = github.pull(BRANCH)
    assert [(one.number, one.state) for one in hub_of(github).pulls(BRANCH)] == [(last.number, "open"), (2, "closed")]


def test_a_merged_pull_request_says_so(github: Hub) -> None:
    github.seed({"a": b"b"}, branch=BRANCH)
    github.merge(github.pull(BRANCH).number)
    assert [one.state for one in hub_of(github).pulls(BRANCH)] == ["merged"]


def test_an_issue_says_whether_it_is_a_pull_request(github: Hub) -> None:
    github.issue("One", None)
    github.seed({"a": b"b"}, branch=BRANCH)
    github.pull(BRANCH)
    assert [(hub_of(github).issue(n).pull, hub_of(github).issue(n).body) for n in (1, 2)] == [(False, ""), (True, "")]


def test_the_edits_of_a_text_are_told_with_their_authors_and_its_opening_is_none(github: Hub) -> None:
    ann = github.user("ann", "read")
    github.issue("One", "Text")
    assert hub_of(github).edits(1) == []
    github.edit(1, by=ann, body="Other text")
    github.edit(1, by=github.owner, body="Text again")
    found = hub_of(github).edits(1)
    assert [one.editor for one in found] == ["octo", "ann"]
    assert found[0].at > found[1].at


def test_what_never_changes_is_asked_for_once(github: Hub) -> None:
    github.seed({"a/b": b"x", "a/c": b"y"})
    hub, head = hub_of(github), github.repo.branch("main")
    for path in ("a/b", "a/c", "a/b"):
        assert hub.entry(head, path) is not None
    assert hub.base("main") == hub.base("main") == hub.commit(head).sha == hub.commit(head).sha
    assert len(github.requests) == 4  # two folders, the branch, the commit


@pytest.mark.parametrize("name", ["login", "commits/x"])
def test_a_branch_of_any_name_is_a_branch(github: Hub, name: str) -> None:
    github.seed({"a": b"b"}, branch=name)
    hub = hub_of(github)
    assert hub.is_own("github-actions[bot]")
    assert hub.base(name) == github.repo.branch(name)


def test_the_tip_of_a_base_that_we_moved_is_asked_for_again(github: Hub) -> None:
    hub, first = hub_of(github), github.repo.branch("main")
    hub.make_branch("x", first)
    assert hub.base("x") == first
    second = hub.write_commit([first], hub.commit(first).tree, "More")
    hub.move_branch("x", second)
    assert hub.base("x") == second


def test_open_pull_requests_and_branches_are_listed(github: Hub) -> None:
    for name in ("cosplay/a", "cosplay/b", "other"):
        github.seed({"a": name.encode()}, branch=name)
        github.pull(name)
    github.repo.pulls[0].state = "closed"
    hub = hub_of(github)
    assert [one.branch for one in hub.open_pulls()] == ["other", "cosplay/b"]
    assert hub.branches("cosplay/") == ["cosplay/a", "cosplay/b"]


def test_a_role_is_called_as_people_call_it(github: Hub) -> None:
    github.user("tim", "triage")
    hub = hub_of(github)
    assert (hub.role("tim"), hub.role("nobody-of-that-name")) == ("triage", "none")


def test_a_run_that_may_not_be_asked_about_names_the_permission(github: Hub) -> None:
    github.repo.private = True
    with pytest.raises(NotPermitted) as caught:
        hub_of(github).run_created(github.run("workflow_dispatch").id)
    assert "`actions: read`" in caught.value.cure


def test_the_setting_is_unknown_where_the_token_may_not_ask(github: Hub) -> None:
    assert hub_of(github).may_open_pulls() is None
    token = github.token("octo", administration="read")
    assert hub_of(github, token).may_open_pulls() is True
    github.repo.actions_may_create_pulls = False
    assert hub_of(github, token).may_open_pulls() is False


def test_secrets_are_known_by_name_to_who_may_ask(github: Hub) -> None:
    with pytest.raises((NotPermitted, Refused)):
        hub_of(github).secrets()
    github.surprises.clear()  # the fake knows no secrets


def test_labels_know_no_case(github: Hub) -> None:
    github.repo.label("Cosplay")
    assert hub_of(github).has_label("cosplay")
    assert not hub_of(github).has_label("cos")


def test_what_is_known_of_the_repository_holds_no_token(github: Hub) -> None:
    token = github.token()
    assert token not in repr(hub_of(github, token))
    assert hub_of(github, token).default_branch() == "main"
    assert hub_of(seeded(github)).entry("main", PATH) is not None
