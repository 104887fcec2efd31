"""A change on its branch and its pull request: once, never over somebody's work, each trouble with its own end."""

from __future__ import annotations

import pytest

from cosplay_action.errors import ServiceError, Unauthorised
from cosplay_action.github.branch import Blocked, FileEdit, Proposed, blob_sha, propose
from cosplay_action.github.records import Pull
from tests.support.github.hub import Hub
from tests.support.github.objects import Commit, Person
from tests.support.github.world import executable
from tests.support.proposals import BRANCH, NEW, OLD, PATH, TEST, client_of, hub_of, proposal, seeded

pytest_plugins = ["tests.support.github.fixture"]
OTHER = b"def twice(x):\n    return x + x\n"


@pytest.fixture
def fake(github: Hub) -> Hub:
    return seeded(github)


def proposed(fake: Hub, **changes: object) -> Proposed:
    done = propose(hub_of(fake), proposal(**changes))
    assert isinstance(done, Proposed), done
    return done


def blocked(fake: Hub, token: str = "", **changes: object) -> Blocked:
    done = propose(hub_of(fake, token), proposal(**changes))
    assert isinstance(done, Blocked), done
    return done


def tip(fake: Hub, branch: str = BRANCH) -> str:
    return fake.repo.branch(branch)


BETTER = b"def twice(x):\n    return x + x  # better\n"


def amended(fake: Hub, who: str) -> str:
    """What ``git commit --amend`` and a push make of the branch's head: the author stays, the committer is another."""
    store, ours = fake.repo.store, fake.repo.store.commit(tip(fake))
    tree = store.flat(ours.tree) | {PATH: ("100644", store.put("blob", BETTER))}
    user = fake.users[who]
    person = Person(name=user.login, email=user.email, when=fake.repo.tick())
    sha = store.put_commit(
        Commit(tree=store.put_flat(tree), parents=ours.parents, author=ours.author, committer=person,
               message=ours.message)
    )  # fmt: skip
    fake.repo.refs[f"refs/heads/{BRANCH}"] = sha
    fake.repo.refresh()
    return sha


# The first run


def test_a_first_run_makes_branch_commit_pull_request_and_label(fake: Hub) -> None:
    done = proposed(fake)
    (pull,) = fake.repo.pulls
    assert (done.operation, done.pull.number, done.head) == ("created", pull.number, tip(fake))
    assert (pull.title, pull.pull.base, pull.pull.draft) == ("Implement twice", "main", False)
    assert "Closes #1" in pull.body
    assert [one.name for one in pull.labels] == ["cosplay"]
    files = fake.repo.files(BRANCH)
    assert (files[PATH], files[TEST], files["README.md"]) == (NEW, b"def test_twice():\n    pass\n", b"# Twice\n")


def test_the_commit_has_no_author_of_ours_so_that_github_signs_it(fake: Hub) -> None:
    done = proposed(fake)
    (sent,) = fake.calls("POST", "/git/commits")
    assert not {"author", "committer", "signature"} & sent.data.keys()
    commit = fake.repo.store.commit(done.head)
    assert (commit.author.name, commit.committer.name) == ("github-actions[bot]", "GitHub")
    assert commit.parents == (tip(fake, "main"),)


@pytest.mark.parametrize("draft", [True, False])
def test_a_pull_request_is_a_draft_as_wished(fake: Hub, draft: bool) -> None:
    assert proposed(fake, draft=draft).pull.draft is draft


def test_a_repository_without_drafts_gets_a_plain_pull_request_and_a_note(fake: Hub) -> None:
    fake.repo.drafts_allowed = False
    done = proposed(fake, draft=True)
    assert (done.operation, done.pull.draft) == ("created", False)
    assert "no drafts" in done.notes[0]
    assert len(fake.repo.pulls) == 1


def test_the_mode_of_an_executable_stays(fake: Hub) -> None:
    fake.seed({PATH: executable(OLD)})
    done = proposed(fake)
    assert fake.repo.store.flat(fake.repo.store.commit(done.head).tree)[PATH][0] == "100755"


def test_a_label_that_may_not_be_set_is_a_note_and_no_failure(fake: Hub) -> None:
    fake.fault("POST", "/labels$", status=403, body={"message": "Resource not accessible by integration"})
    done = proposed(fake)
    assert done.operation == "created"
    assert "the label 'cosplay' was not set" in done.notes[0]


def test_a_label_whose_answer_never_comes_is_a_note_too(fake: Hub) -> None:
    fake.fault("POST", "/labels$", status=502, times=99)
    assert "was not set" in proposed(fake).notes[0]


# The second run


def test_the_same_again_writes_no_commit_and_no_second_pull_request(fake: Hub) -> None:
    first = proposed(fake)
    again = proposed(fake)
    assert (again.operation, again.head, again.pull.number) == ("unchanged", first.head, first.pull.number)
    assert len(fake.repo.pulls) == 1
    assert len(fake.calls("POST", "/git/commits")) == 1


def test_the_same_code_with_new_evidence_changes_the_body_alone(fake: Hub) -> None:
    first = proposed(fake)
    again = proposed(fake, body="Other numbers.\n\nCloses #1")
    assert (again.operation, again.head) == ("unchanged", first.head)
    assert fake.repo.pulls[0].body.startswith("Other numbers.")


def test_another_implementation_is_a_commit_more_on_the_same_branch_and_pull_request(fake: Hub) -> None:
    first = proposed(fake)
    again = proposed(fake, new=OTHER)
    assert (again.operation, again.pull.number) == ("updated", first.pull.number)
    assert fake.repo.store.commit(again.head).parents == (first.head,)
    assert fake.repo.files(BRANCH)[PATH] == OTHER
    assert [one.data["force"] for one in fake.calls("PATCH", f"/git/refs/heads/{BRANCH}")] == [False]


def test_low_confidence_makes_a_draft_of_an_open_pull_request(fake: Hub) -> None:
    proposed(fake)
    proposed(fake, new=OTHER, draft=True)
    assert fake.repo.pulls[0].pull.draft


def test_a_pull_request_that_cannot_be_made_a_draft_is_updated_with_a_note(fake: Hub) -> None:
    proposed(fake)
    said = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    fake.fault("POST", "graphql$", skip=1, status=200, body=said)  # after the question who we are
    again = proposed(fake, new=OTHER, draft=True)
    assert again.operation == "updated"
    assert "could not be made a draft" in again.notes[0]


def test_a_base_that_moved_elsewhere_is_taken_along_in_the_next_commit(fake: Hub) -> None:
    first = proposed(fake)
    fake.seed({"README.md": b"# Twice as nice\n"})
    again = proposed(fake)
    assert again.operation == "updated"
    assert set(fake.repo.store.commit(again.head).parents) == {first.head, tip(fake, "main")}
    assert fake.repo.files(BRANCH)["README.md"] == b"# Twice as nice\n"
    assert fake.repo.files(BRANCH)[PATH] == NEW


# What is left alone


@pytest.mark.parametrize("who", ["ann", ""])
def test_a_branch_with_somebodys_commit_is_never_moved(fake: Hub, who: str) -> None:
    proposed(fake)
    ann = fake.user("ann", "write")
    theirs = fake.repo.commit({PATH: b"# mine\n"}, message="Mine", user=ann, branch=BRANCH)
    if not who:
        fake.users.pop("ann")  # an account that GitHub no longer knows
    done = blocked(fake, new=OTHER)
    assert f"a commit of {who or 'somebody'} ({theirs[:7]})" in done.reason
    assert BRANCH in done.cure
    assert tip(fake) == theirs


def test_a_commit_that_somebody_amended_is_theirs_although_its_author_is_ours(fake: Hub) -> None:
    proposed(fake)
    fake.user("ann", "write")
    theirs = amended(fake, "ann")
    assert f"a commit of ann ({theirs[:7]})" in blocked(fake, new=OTHER).reason
    assert tip(fake) == theirs


def test_a_commit_that_was_amended_with_the_account_of_the_token_is_not_built_over(fake: Hub) -> None:
    token = fake.token("octo")
    assert isinstance(propose(hub_of(fake, token), proposal()), Proposed)
    theirs = amended(fake, "octo")
    assert f"({theirs[:7]})" in blocked(fake, token, new=OTHER).reason
    assert tip(fake) == theirs


@pytest.mark.parametrize(
    "message", ["Format", "Format\n\nCosplay-Action: issue-2 {tree}", "Cosplay-Action: issue-1 00"]
)
def test_a_commit_of_another_workflow_by_the_same_bot_is_not_ours(fake: Hub, message: str) -> None:
    done = proposed(fake)
    text = message.format(tree=fake.repo.store.commit(done.head).tree)
    theirs = fake.repo.commit({"more": b"1"}, message=text, user=fake.bot, branch=BRANCH)
    assert f"({theirs[:7]})" in blocked(fake, new=OTHER).reason
    assert tip(fake) == theirs


def test_our_commits_say_what_they_are_about_and_which_tree_we_wrote(fake: Hub) -> None:
    commit = fake.repo.store.commit(proposed(fake).head)
    assert commit.message == f"Implement twice\n\nCosplay-Action: issue-1 {commit.tree}"


def test_a_pull_request_for_another_base_is_left_alone(fake: Hub) -> None:
    first = proposed(fake)
    fake.repo.commit({"secret.py": b"WIP = 1\n"}, message="wip", user=fake.user("ann", "write"), branch="feature")
    done = blocked(fake, base="feature", new=OTHER)
    assert done.reason == f"#{first.pull.number} proposes this for main, and this run builds on feature"
    assert (tip(fake), "secret.py" in fake.repo.files(BRANCH)) == (first.head, False)


def test_a_second_pull_request_of_the_branch_for_another_base_does_not_hide_ours(fake: Hub) -> None:
    first = proposed(fake)
    fake.seed({"x": b"1"}, branch="release")
    backport = fake.pull(BRANCH, title="Backport", by=fake.user("ann", "write"))
    backport.pull.base = "release"
    again = proposed(fake, new=OTHER)
    assert (again.operation, again.pull.number) == ("updated", first.pull.number)
    assert backport.title == "Backport"


def test_the_same_again_asks_little_and_writes_nothing(fake: Hub) -> None:
    proposed(fake)
    asked, written = len(fake.requests), len(fake.writes)
    proposed(fake)
    assert [one for one in fake.writes[written:] if not one.path.endswith("/labels")] == []
    assert len(fake.requests) - asked <= 9


def test_a_file_more_on_the_branch_is_no_same_again(fake: Hub) -> None:
    proposed(fake, edits={PATH: FileEdit(old=OLD, new=NEW), "more.py": FileEdit(old=None, new=b"x")})
    assert proposed(fake).operation == "updated"
    assert "more.py" not in fake.repo.files(BRANCH)


def test_what_a_pull_request_holds_is_told_in_its_text(fake: Hub) -> None:
    done = proposed(fake, holds=("0123abcd", "4567cdef"))
    found = hub_of(fake).pulls(BRANCH)
    assert [(one.number, one.base, one.holds) for one in found] == [
        (done.pull.number, "main", ("0123abcd", "4567cdef"))
    ]
    assert isinstance(found[0], Pull)


def test_commits_that_one_answer_does_not_show_are_not_taken_for_ours(fake: Hub) -> None:
    proposed(fake)
    fake.repo.commit({"more": b"1"}, message="More", user=fake.bot, branch=BRANCH)
    last = fake.repo.commit({"more": b"2"}, message="Mine", user=fake.user("ann", "write"), branch=BRANCH)
    whole = client_of(fake).get("all", f"/repos/octo/fields/compare/{tip(fake, 'main')}...{last}")
    fake.fault("GET", "/compare/", status=200, body={**whole, "commits": whole["commits"][:1]}, times=2)
    assert "more commits than can be looked at" in blocked(fake, new=OTHER).reason
    assert tip(fake) == last


def test_a_branch_of_that_name_by_somebody_else_is_left_alone(fake: Hub) -> None:
    theirs = fake.repo.commit({"a": b"b"}, message="Mine", user=fake.user("ann", "write"), branch=BRANCH)
    blocked(fake)
    assert (tip(fake), fake.repo.pulls) == (theirs, [])


def test_a_target_that_changed_on_the_base_stops_the_run_before_any_write(fake: Hub) -> None:
    fake.seed({PATH: b"def twice(x, y):\n    ...\n"})
    done = blocked(fake)
    assert done.reason == f"{PATH} has changed on main since the run began"
    assert fake.writes == []


def test_a_target_that_is_gone_from_the_base_stops_the_run(fake: Hub) -> None:
    fake.seed({PATH: None})
    assert "is gone from main" in blocked(fake).reason
    assert fake.writes == []


def test_a_new_file_that_is_there_meanwhile_stops_the_run(fake: Hub) -> None:
    fake.seed({TEST: b"def test_mine(): ...\n"})
    assert f"{TEST} is there on main now" in blocked(fake).reason
    assert fake.writes == []


@pytest.mark.parametrize(
    "entry", [("120000", b"elsewhere.py"), ("160000", b"a submodule")], ids=["a link", "a submodule"]
)
def test_links_and_submodules_are_no_files_to_change(fake: Hub, entry: tuple[str, bytes]) -> None:
    fake.seed({PATH: entry})
    done = blocked(fake, old=entry[1])
    assert "is no regular file on main" in done.reason
    assert fake.writes == []


def test_a_folder_in_the_place_of_the_target_is_no_file_to_change(fake: Hub) -> None:
    fake.seed({PATH: None, f"{PATH}/inner": b"x"})
    assert "is no regular file" in blocked(fake).reason


def test_a_link_in_the_place_of_a_folder_hides_what_is_behind_it(fake: Hub) -> None:
    fake.seed({PATH: None, "src": ("120000", b"/etc")})
    assert "is gone from main" in blocked(fake).reason


def test_a_base_that_is_no_branch_is_told(fake: Hub) -> None:
    assert "no branch nowhere" in blocked(fake, base="nowhere").reason


# What people did with the pull request


def test_a_pull_request_that_somebody_closed_is_not_opened_anew(fake: Hub) -> None:
    first = proposed(fake)
    fake.repo.issues[first.pull.number].state = "closed"
    done = blocked(fake, new=OTHER)
    assert f"#{first.pull.number}" in done.reason
    assert "Reopen" in done.cure
    assert tip(fake) == first.head


def test_a_closed_pull_request_whose_branch_was_deleted_makes_room_for_a_new_one(fake: Hub) -> None:
    proposed(fake)
    del fake.repo.refs[f"refs/heads/{BRANCH}"]
    fake.repo.refresh()
    assert proposed(fake).operation == "created"
    assert [one.state for one in fake.repo.pulls] == ["closed", "open"]


def test_after_a_merge_a_new_request_is_a_new_pull_request(fake: Hub) -> None:
    first = proposed(fake)
    fake.merge(first.pull.number)
    again = proposed(fake, old=NEW, new=OTHER, edits={PATH: FileEdit(old=NEW, new=OTHER)})
    assert again.operation == "created"
    assert again.pull.number != first.pull.number
    assert fake.repo.files(BRANCH)[PATH] == OTHER


def test_a_branch_left_over_from_a_squash_merge_is_gone_on_from(fake: Hub) -> None:
    first = proposed(fake)
    fake.merge(first.pull.number)
    main = fake.repo.store.commit(tip(fake, "main"))
    squashed = fake.repo.commit({}, message="Squashed", user=fake.owner, branch="main")  # any commit above the merge
    assert squashed != main
    again = proposed(fake, edits={PATH: FileEdit(old=NEW, new=OTHER)})
    assert (again.operation, fake.repo.files(BRANCH)[PATH]) == ("created", OTHER)


def test_somebodys_own_pull_request_from_our_branch_gets_the_commit_and_keeps_its_words(fake: Hub) -> None:
    proposed(fake)
    number = fake.repo.pulls[0].number
    del fake.repo.issues[number]
    theirs = fake.pull(BRANCH, title="My words", body="My body", by=fake.user("ann", "write"))
    again = proposed(fake, new=OTHER, draft=True)
    assert (again.operation, again.pull.number) == ("updated", theirs.number)
    assert (theirs.title, theirs.body, theirs.pull.draft) == ("My words", "My body", False)


def test_a_pull_request_that_another_run_opened_meanwhile_is_updated(fake: Hub) -> None:
    def opened() -> None:
        fake.pull(BRANCH, title="Implement twice", by=fake.bot)

    fake.fault("POST", "/pulls$", act=opened)
    assert proposed(fake).operation == "updated"
    assert len(fake.repo.pulls) == 1


# What GitHub does not let us do


def test_the_setting_that_forbids_pull_requests_leaves_the_branch_and_says_which_setting(fake: Hub) -> None:
    fake.repo.actions_may_create_pulls = False
    done = blocked(fake)
    assert (done.permitted, done.head, fake.repo.pulls) == (False, tip(fake), [])
    assert "Allow GitHub Actions to create and approve pull requests" in done.cure
    assert BRANCH in done.cure


def test_a_token_without_contents_write_is_told_as_not_permitted(fake: Hub) -> None:
    with pytest.raises(ServiceError, match="a file"):
        propose(hub_of(fake, fake.token(contents="read")), proposal())
    assert fake.repo.pulls == []


def test_a_protected_prefix_is_told_as_not_permitted(fake: Hub) -> None:
    fake.repo.restricted = ["cosplay/*"]
    done = blocked(fake)
    assert not done.permitted
    assert "branch-prefix" in done.cure


def test_a_branch_that_became_protected_is_not_moved(fake: Hub) -> None:
    first = proposed(fake)
    fake.repo.protected = ["cosplay/*"]
    done = blocked(fake, new=OTHER)
    assert (done.permitted, tip(fake)) == (False, first.head)


def test_a_push_between_our_look_and_our_commit_wins(fake: Hub) -> None:
    proposed(fake)

    def push() -> None:
        fake.repo.commit({"theirs": b"x"}, message="Mine", user=fake.user("ann", "write"), branch=BRANCH)

    fake.fault("PATCH", "/git/refs/", act=push)
    done = blocked(fake, new=OTHER)
    assert "somebody pushed" in done.reason
    assert fake.repo.files(BRANCH)["theirs"] == b"x"


def test_a_wrong_token_is_a_wrong_token(fake: Hub) -> None:
    with pytest.raises(Unauthorised):
        propose(hub_of(fake, "ghs_no"), proposal())


# Lost answers: what was done is found, what was not is done, nothing twice


TROUBLE = [{"status": 502, "after": True}, {"status": 502}, {"drop": True, "after": True}, {"drop": True}]
LOST = pytest.mark.parametrize("trouble", TROUBLE, ids=["502 after", "502", "dropped after", "dropped"])


@LOST
@pytest.mark.parametrize("path", ["/git/blobs$", "/git/trees$", "/git/commits$", "/git/refs$", "/pulls$", "/labels$"])
def test_a_lost_answer_to_any_write_leaves_one_branch_and_one_pull_request(fake: Hub, trouble: dict, path: str) -> None:
    fake.fault("POST", path, **trouble)
    done = proposed(fake)
    assert (len(fake.repo.pulls), fake.repo.files(BRANCH)[PATH]) == (1, NEW)
    assert [one for one in fake.repo.refs if one.startswith("refs/heads/cosplay")] == [f"refs/heads/{BRANCH}"]
    assert fake.repo.store.commit(done.head).parents == (tip(fake, "main"),)


@LOST
def test_a_lost_answer_to_the_move_of_a_branch_loses_nothing(fake: Hub, trouble: dict) -> None:
    proposed(fake)
    fake.fault("PATCH", "/git/refs/", **trouble)
    assert proposed(fake, new=OTHER).operation == "updated"
    assert fake.repo.files(BRANCH)[PATH] == OTHER


@LOST
def test_a_lost_answer_to_the_edit_of_the_body_loses_nothing(fake: Hub, trouble: dict) -> None:
    proposed(fake)
    fake.fault("PATCH", r"/pulls/\d+$", **trouble)
    proposed(fake, body="New words.")
    assert fake.repo.pulls[0].body.startswith("New words.")


def test_a_secondary_limit_on_the_pull_request_is_waited_out(fake: Hub) -> None:
    waits: list[float] = []
    fake.slow_down("POST", "/pulls$", seconds=3)
    assert isinstance(propose(hub_of(fake, waits=waits), proposal()), Proposed)
    assert (waits, len(fake.repo.pulls)) == ([3], 1)


def test_a_spent_limit_is_told_and_leaves_no_half_of_a_pull_request(fake: Hub) -> None:
    fake.exhaust()
    with pytest.raises(ServiceError, match="rate limit"):
        propose(hub_of(fake), proposal())
    assert (fake.repo.pulls, f"refs/heads/{BRANCH}" in fake.repo.refs) == ([], False)


def test_names_of_bytes_are_those_of_git(fake: Hub) -> None:
    assert blob_sha(OLD) == fake.repo.store.put("blob", OLD)
    assert client_of(fake).api_url == fake.api_url
