"""The commands around the Action: the matrix of a fan-out, publishing by hand, the checkup's answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cosplay_action.errors import CosplayError, UsageError
from cosplay_action.github.records import HOLDS
from cosplay_action.planning import MOST, examine_github, hub_of, plan, publish_by_hand, set_up
from cosplay_action.publishing import short
from tests.support import parcels
from tests.support.command import repository
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of as our_hub
from tests.support.two_runs import OLD, PATH, filled, run_of

pytest_plugins = ["tests.support.github.fixture"]


def stubs(root: Path, *names: str) -> Path:
    return repository(root, {f"{name}.py": f"def {name}(x):\n    ...  # cosplay\n" for name in names})


def entries(root: Path, hub: object = None, said: list[str] | None = None, targets: tuple[str, ...] = ()) -> list[dict]:
    text = plan(
        root, targets or ("b.py::b", "a.py::a"), hub, prefix="cosplay/", say=(said if said is not None else []).append
    )  # type: ignore[arg-type]
    assert "\n" not in text
    return json.loads(text)["include"]


def test_a_matrix_has_one_job_a_spec_in_the_order_of_their_names(tmp_path: Path) -> None:
    root = stubs(tmp_path, "a", "b")
    found = entries(root)
    assert [one["target"] for one in found] == ["a.py::a", "b.py::b"]
    assert all(one["branch"] == f"cosplay/stub-{one['name'].rpartition('-')[2]}" for one in found)
    assert entries(root) == found


def test_names_of_jobs_are_plain_and_differ(tmp_path: Path) -> None:
    root = repository(
        tmp_path, {"a.py": "class A:\n    def f(self): ...\n", "b.py": "class A:\n    def f(self): ...\n"}
    )
    names = [one["name"] for one in entries(root, targets=("a.py::A.f", "b.py::A.f"))]
    assert len(set(names)) == 2
    assert all(name.replace("-", "").isalnum() and name.isascii() for name in names)


def test_what_has_an_open_pull_request_is_left_out_and_said(tmp_path: Path, github: Hub) -> None:
    root, said = stubs(tmp_path, "a", "b"), list[str]()
    branch = entries(root)[0]["branch"]
    github.seed({"x": b"y"}, branch=branch)
    number = github.pull(branch).number
    assert [one["target"] for one in entries(root, our_hub(github), said)] == ["b.py::b"]
    assert said == [f"a.py::a is left out: #{number} proposes it already."]
    assert len(github.requests) == 2  # the open pull requests, and the branches


def test_what_somebody_closed_is_left_out_as_long_as_its_branch_is_there(tmp_path: Path, github: Hub) -> None:
    root, said = stubs(tmp_path, "a", "b"), list[str]()
    branch = entries(root)[0]["branch"]
    github.seed({"x": b"y"}, branch=branch)
    pull = github.pull(branch)
    pull.state = "closed"
    assert [one["target"] for one in entries(root, our_hub(github), said)] == ["b.py::b"]
    assert said == [f"a.py::a is left out: #{pull.number}, which proposed it, was closed without being merged."]
    del github.repo.refs[f"refs/heads/{branch}"]
    assert len(entries(root, our_hub(github))) == 2


@pytest.mark.parametrize("branch", ["cosplay/all-0123abcd", "cosplay/issue-7"])
def test_what_a_pull_request_of_another_branch_holds_is_left_out(tmp_path: Path, github: Hub, branch: str) -> None:
    root, said = stubs(tmp_path, "a", "b"), list[str]()
    github.seed({"x": b"y"}, branch=branch)
    pull = github.pull(branch, body=HOLDS.format(short("a.py::a")))
    assert [one["target"] for one in entries(root, our_hub(github), said)] == ["b.py::b"]
    assert said == [f"a.py::a is left out: #{pull.number} proposes it already."]


def test_the_mark_in_a_pull_request_of_another_branch_than_ours_is_not_believed(tmp_path: Path, github: Hub) -> None:
    root = stubs(tmp_path, "a", "b")
    github.seed({"x": b"y"}, branch="patch-1")
    github.pull("patch-1", body=HOLDS.format(short("a.py::a")))
    assert len(entries(root, our_hub(github))) == 2


def test_a_folder_without_a_marked_stub_is_an_empty_matrix_and_said(tmp_path: Path) -> None:
    root, said = repository(tmp_path, {"a.py": "# cosplay\ndef a(x):\n    return x\n"}), list[str]()
    assert entries(root, None, said, (".",)) == []
    assert said == ["No marked stub is left to play."]


def test_a_named_function_that_is_no_stub_is_still_an_entry_and_a_missing_file_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        entries(stubs(tmp_path, "a"), None, None, ("nothing/here",))


def test_targets_are_told_as_the_working_directory_says_them(tmp_path: Path) -> None:
    root = repository(tmp_path, {"python/a.py": "# cosplay\ndef a(x):\n    ...\n", "b.py": "def b(x): ...\n"})
    (one,) = entries(root / "python", None, None, (".",))
    assert one["target"] == "a.py::a"
    assert one["branch"] == f"cosplay/stub-{short('python/a.py::a')}"


def test_several_runs_are_not_published_for_one_issue_one_over_the_other(tmp_path: Path, github: Hub) -> None:
    github.seed({PATH: OLD})
    github.issue("Pair", "Text")
    for name in ("one", "two"):
        run = run_of(name)
        parcels.run_dir(tmp_path / "runs" / name, report=run.report, patch=run.patch)
    with pytest.raises(UsageError, match="there are 2 runs"):
        publish_by_hand(tmp_path / "runs", wishes(issue=1), environ(github), say=print)
    assert github.writes == []
    assert publish_by_hand(tmp_path / "runs", wishes(issue=1, group="all"), environ(github), say=print) == 0
    assert github.repo.files("cosplay/issue-1")[PATH] == filled("one", "two")
    assert len(github.repo.pulls) == 1


@pytest.mark.parametrize(("uses", "warned"), [("", True), ("acme/cosplay-action@v1", False)])
def test_a_name_that_is_still_to_be_filled_in_is_told(tmp_path: Path, uses: str, warned: bool) -> None:
    (tmp_path / ".git").mkdir()
    said: list[str] = []
    set_up(tmp_path, [], uses=uses, force=False, say=said.append)
    assert any("--uses" in line for line in said) is warned
    assert said[-1].startswith("Next: ")


def test_more_specs_than_a_matrix_has_jobs_are_left_for_the_next_time(tmp_path: Path) -> None:
    many = "\n\n".join(f"def f{number:03}(x):\n    ...\n" for number in range(MOST + 3))
    root, said = repository(tmp_path, {"m.py": many}), list[str]()
    found = entries(root, None, said, tuple(f"m.py::f{number:03}" for number in range(MOST + 3)))
    assert len(found) == MOST
    assert said == [f"3 of {MOST + 3} specs are left for the next time: a matrix has {MOST} jobs."]


def environ(github: Hub) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": github.token("octo"),
        "GITHUB_REPOSITORY": github.full_name,
        "GITHUB_API_URL": github.api_url,
    }


def wishes(**more: object) -> dict[str, object]:
    return {
        "repository": "",
        "issue": None,
        "base": "",
        "branch_prefix": "cosplay/",
        "draft": "auto",
        "group": "spec",
        **more,
    }


def test_a_run_of_ones_own_is_published_by_hand(tmp_path: Path, github: Hub) -> None:
    github.seed({path: text.encode() for path, text in parcels.FILES.items()})
    said: list[str] = []
    code = publish_by_hand(parcels.run_dir(tmp_path / "run"), wishes(), environ(github), say=said.append)
    assert code == 0
    assert github.repo.pulls[0].user.login == "octo"
    assert said[0].startswith(f"{parcels.TARGET}: Agreed by")
    assert github.repo.files(github.repo.pulls[0].pull.head)[parcels.PATH] == parcels.NEW


def test_a_hostile_run_is_refused_by_hand_too(tmp_path: Path, github: Hub) -> None:
    github.seed({path: text.encode() for path, text in parcels.FILES.items()})
    run = parcels.run_dir(tmp_path / "run", patch=parcels.patched(more={"setup.py": (None, b"x\n")}))
    said: list[str] = []
    assert publish_by_hand(run, wishes(), environ(github), say=said.append) == 1
    assert "setup.py" in said[0]
    assert github.writes == []


def test_without_a_token_or_a_repository_it_is_said_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a token and a repository") as caught:
        publish_by_hand(tmp_path, wishes(), {}, say=print)
    assert "GITHUB_TOKEN" in caught.value.cure
    with pytest.raises(UsageError):
        examine_github(tmp_path, {}, say=print, as_json=False)
    assert hub_of({"GITHUB_TOKEN": "t"}) is None


def test_the_checkup_answers_with_one_where_something_is_missing(tmp_path: Path, github: Hub) -> None:
    said: list[str] = []
    assert examine_github(tmp_path, environ(github), say=said.append, as_json=True) == 1
    assert {one["state"] for one in json.loads(said[0])} >= {"held", "missing"}
    said.clear()
    assert examine_github(tmp_path, environ(github), say=said.append, as_json=False) == 1
    assert any(line.strip().startswith("missing") for line in said)


def test_a_github_that_does_not_answer_is_an_error_for_people(tmp_path: Path, github: Hub) -> None:
    with pytest.raises(CosplayError, match="Bad credentials"):
        examine_github(tmp_path, {**environ(github), "GITHUB_TOKEN": "ghp_no"}, say=print, as_json=False)
