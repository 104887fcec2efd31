"""Finished runs to pull requests: which, where, in whose words; and one result for each target, whatever happens."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.evidence.markdown import BODY_LIMIT
from cosplay_action.github.event import Asked, Text
from cosplay_action.github.inputs import Inputs
from cosplay_action.parcel import HostileRun, Parcel
from cosplay_action.publishing import Job, Result, branch_of, publish, short
from cosplay_action.words import message, title_of
from tests.support import parcels
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of
from tests.support.two_runs import OLD, PATH, filled, run_of

pytest_plugins = ["tests.support.github.fixture"]
BOTH = (f"{PATH}::one", f"{PATH}::two")


def inputs(**changes: object) -> Inputs:
    plain = Inputs(
        mode="publish", label="cosplay", targets=(), issue_number=None, api_key="", github_token="",
        working_directory=".", base="", branch_prefix="cosplay/", draft="auto", allow_bots=False, group="spec",
        run_dir="", given={},
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def job(github: Hub, *targets: str, number: int | None = None, token: str = "", **wishes: object) -> Job:
    asked = Asked(
        trigger="dispatch", repository=github.full_name, number=number, base="main", sha=github.repo.branch("main"),
        run_url=f"{github.root}/octo/fields/actions/runs/7",
        text=Text(number=number, title="Clamp", body="Text") if number else None,
    )  # fmt: skip
    return Job(hub=hub_of(github, token), asked=asked, inputs=inputs(**wishes), targets=targets)


def clamp_run(**changes: object) -> Parcel:
    return Parcel(name="run", report={**parcels.report(), **changes}, patch=parcels.PATCH)  # type: ignore[arg-type]


@pytest.fixture
def fake(github: Hub) -> Hub:
    github.seed({**{path: text.encode() for path, text in parcels.FILES.items()}, PATH: OLD})
    github.repo.label("cosplay").description = "Asks for a run"
    github.issue("Clamp", "Text")
    return github


def bodies(fake: Hub) -> list[str]:
    return [one.body or "" for one in fake.repo.pulls]


# One run


def test_an_issue_has_one_branch_and_its_pull_request_closes_it(fake: Hub) -> None:
    (one,) = publish(job(fake, parcels.TARGET, number=1), [clamp_run()])
    assert (one.status, one.branch) == ("chosen", "cosplay/issue-1")
    assert one.proposed is not None
    assert one.proposed.operation == "created"
    (body,) = bodies(fake)
    assert "Closes #1" in body
    assert "actions/runs/7" in body
    assert "SHA-256" in body
    assert "unsandboxed" in body


def test_a_stub_has_a_branch_by_its_name_and_closes_nothing(fake: Hub) -> None:
    (one,) = publish(job(fake, parcels.TARGET, branch_prefix="bot-"), [clamp_run()])
    assert one.branch == branch_of(job(fake, branch_prefix="bot-"), parcels.TARGET)
    assert one.branch.startswith("bot-stub-")
    assert "Closes" not in bodies(fake)[0]


def test_the_commit_says_what_was_agreed_in_our_own_words(fake: Hub) -> None:
    (one,) = publish(job(fake, parcels.TARGET), [clamp_run()])
    message = fake.repo.store.commit(one.head).message
    assert message.splitlines()[0] == "Implement clamp"
    assert f"{parcels.TARGET}: agreed by 3 of 4 candidates." in message


@pytest.mark.parametrize(
    ("wish", "level", "draft"),
    [("auto", "low", True), ("auto", "medium", False), ("auto", None, True), ("always", "high", True),
     ("never", "low", False)],
)  # fmt: skip
def test_it_is_a_draft_by_wish_or_by_confidence(fake: Hub, wish: str, level: str | None, draft: bool) -> None:
    sure = None if level is None else {**parcels.report()["confidence"], "level": level}
    publish(job(fake, parcels.TARGET, draft=wish), [clamp_run(confidence=sure)])
    assert fake.repo.pulls[0].pull.draft is draft


def test_a_run_that_chose_nothing_opens_nothing_and_keeps_its_status(fake: Hub) -> None:
    choice = {**parcels.report()["choice"], "slot": None, "cluster": None}
    run = clamp_run(status="no-consensus", chosen=None, choice=choice, reason="two behaviours are tied")
    (one,) = publish(job(fake, parcels.TARGET, number=1), [run])
    assert (one.status, one.reason, one.proposed) == ("no-consensus", "No consensus: two behaviours are tied", None)
    assert fake.writes == []


def test_a_target_that_nobody_asked_for_is_not_published(fake: Hub) -> None:
    found = publish(job(fake, "src/other.py::f"), [clamp_run()])
    assert [(one.target, one.status) for one in found] == [(parcels.TARGET, "failed"), ("src/other.py::f", "failed")]
    assert fake.writes == []


def test_a_hostile_patch_is_told_and_not_published(fake: Hub) -> None:
    run = replace(clamp_run(), patch=parcels.patched(more={"conftest.py": (None, b"import os\n")}))
    (one,) = publish(job(fake, parcels.TARGET), [run])
    assert one.status == "failed"
    assert "conftest.py" in one.reason
    assert fake.writes == []


def test_what_the_file_is_comes_from_github_and_not_from_the_run(fake: Hub) -> None:
    fake.seed({parcels.PATH: b"def clamp(number):\n    return number\n"})
    (one,) = publish(job(fake, parcels.TARGET), [clamp_run()])
    assert (one.status, fake.writes) == ("failed", [])


def test_a_failing_github_is_told_as_such_for_each(fake: Hub) -> None:
    fake.fault("GET", "/git/blobs/", status=502, times=99)
    (one,) = publish(job(fake, parcels.TARGET), [clamp_run()])
    assert one.status == "failed"
    assert "GitHub did not answer" in one.reason


def test_no_permission_to_open_pull_requests_gives_the_link_to_do_it_by_hand(fake: Hub) -> None:
    fake.repo.actions_may_create_pulls = False
    (one,) = publish(job(fake, parcels.TARGET, number=1), [clamp_run()])
    assert one.status == "not-permitted"
    assert one.compare == f"{fake.root}/octo/fields/compare/main...cosplay/issue-1?expand=1"
    assert one.head == fake.repo.branch("cosplay/issue-1")


# Several runs


def test_each_spec_has_a_pull_request_of_its_own(fake: Hub) -> None:
    found = publish(job(fake, *BOTH), [run_of("two"), run_of("one")])
    assert [one.target for one in found] == list(BOTH)
    assert len({one.branch for one in found}) == len(fake.repo.pulls) == 2


def test_one_for_all_holds_both_functions_of_a_file_and_both_bodies(fake: Hub) -> None:
    found = publish(job(fake, *BOTH, group="all"), [run_of("one"), run_of("two")])
    assert [one.status for one in found] == ["chosen", "chosen"]
    (pull,) = fake.repo.pulls
    assert pull.title == "Implement 2 functions"
    assert fake.repo.files(pull.pull.head)[PATH] == filled("one", "two")
    assert all(target in pull.body for target in ("pair.py::one", "pair.py::two"))
    assert found[0].proposed == found[1].proposed


def test_one_for_all_stays_the_same_pull_request_when_less_succeeds(fake: Hub) -> None:
    first = publish(job(fake, *BOTH, group="all"), [run_of("one"), run_of("two")])
    choice = {**parcels.report()["choice"], "slot": None, "cluster": None}
    lost = run_of("two").report | {"chosen": None, "status": "no-consensus", "choice": choice}
    again = publish(job(fake, *BOTH, group="all"), [run_of("one"), replace(run_of("two"), report=lost)])  # type: ignore[arg-type]
    assert [one.status for one in again] == ["skipped", "no-consensus"]
    assert "also proposes 1 of the targets that this run has nothing for" in again[0].reason
    assert (again[0].branch, len(fake.repo.pulls)) == (first[0].branch, 1)
    assert fake.repo.files(again[0].branch)[PATH] == filled("one", "two"), "what may be reviewed stays"


def test_a_pull_request_says_in_its_mark_what_it_holds(fake: Hub) -> None:
    publish(job(fake, *BOTH, group="all"), [run_of("one"), run_of("two")])
    (found,) = hub_of(fake).open_pulls()
    assert found.holds == tuple(sorted(map(short, BOTH)))


def test_one_of_one_is_that_specs_own_pull_request(fake: Hub) -> None:
    (one,) = publish(job(fake, BOTH[0], group="all"), [run_of("one")])
    assert one.branch == branch_of(job(fake), BOTH[0])


def test_names_are_plain_in_titles_and_refer_to_nothing_in_messages(fake: Hub) -> None:
    report = {**parcels.report(), "target": "src/fixes GH-1 @octocat #2/a.py::__two_words__"}
    assert title_of([report]) == "Implement __two_words__"  # type: ignore[list-item]
    assert "\x1b" not in title_of([{**report, "target": "a.py::a\x1b[31m"}])  # type: ignore[list-item]
    said = message([report])  # type: ignore[list-item]
    assert not re.search(r"GH-1|@octocat|#2", said, re.IGNORECASE)
    assert "octocat" in said


def test_the_requests_that_a_spec_takes_are_few(fake: Hub) -> None:
    hub = job(fake, parcels.TARGET, number=1)
    publish(hub, [clamp_run()])
    first = len(fake.requests)
    publish(job(fake, parcels.TARGET, number=1), [clamp_run()])
    assert (first, len(fake.requests) - first) == (15, 9)
    started = len(fake.requests)
    publish(job(fake, *BOTH), [run_of("one"), run_of("two")])
    assert len(fake.requests) - started <= 24


def test_one_for_all_leaves_out_what_does_not_fit_and_says_so(fake: Hub) -> None:
    helper = "def helper(x):\n    return x\n\n\n"
    runs = [
        run_of(name, implementation=text, new=OLD.replace(b"def %s(x):\n    ...\n" % name.encode(), text.encode()))
        for name in ("one", "two")
        for text in [f"{helper}def {name}(x):\n    return helper(x)\n"]
    ]  # fmt: skip
    found = publish(job(fake, *BOTH, group="all"), runs)
    assert [one.status for one in found] == ["chosen", "failed"]
    assert "does not fit" in found[1].reason
    assert len(fake.repo.pulls) == 1


def test_what_failed_or_is_spoilt_keeps_nothing_else_from_being_published(fake: Hub) -> None:
    found = publish(job(fake, *BOTH), [run_of("two")], [HostileRun("x/report.json is no JSON.")])
    assert [(one.target, one.status) for one in found] == [
        ("a run", "failed"),
        (BOTH[0], "failed"),
        (BOTH[1], "chosen"),
    ]
    assert len(fake.repo.pulls) == 1


def test_two_runs_of_one_target_are_both_refused(fake: Hub) -> None:
    (one,) = publish(job(fake, BOTH[0]), [run_of("one"), run_of("one", folder="b")])
    assert (one.status, fake.repo.pulls) == ("failed", [])


def test_many_long_bodies_fit_what_github_takes(fake: Hub) -> None:
    text = parcels.report()["tests"]
    big = [{**one, "test": {**one["test"], "input": "clamp(" + "1" * 5000 + ")"}} for one in text]
    runs = [replace(run_of(name), report={**run_of(name).report, "tests": big}) for name in ("one", "two")]  # type: ignore[arg-type]
    publish(job(fake, *BOTH, group="all"), runs)
    assert all(len(body) <= BODY_LIMIT + 200 for body in bodies(fake))
    assert isinstance(HostileRun("x"), UsageError)
    assert Result(target="a", status="failed", reason="b").proposed is None
