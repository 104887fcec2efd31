"""``init``: all or nothing, and not a byte of the user's own is lost unasked."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.github.init import BLOCK, ISSUE_FORM, PLACEHOLDER, PUBLISHED, init, issue_form, workflow, workflows
from cosplay_action.settings import load

WORKFLOW = Path(".github/workflows/cosplay.yml")
PYPROJECT = Path("pyproject.toml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hows(folder: Path, **said: object) -> dict[str, str]:
    return {str(one.path.relative_to(folder)): one.how for one in init(folder, **said)}  # type: ignore[arg-type]


def test_an_empty_repository_gets_the_split_workflow_the_form_and_the_block(repository: Path) -> None:
    assert hows(repository) == {str(WORKFLOW): "created", str(ISSUE_FORM): "created", str(PYPROJECT): "created"}
    assert (repository / WORKFLOW).read_text() == workflow("split")
    assert (repository / ISSUE_FORM).read_text() == issue_form()
    assert (repository / PYPROJECT).read_text() == BLOCK


def test_a_second_time_nothing_changes(repository: Path) -> None:
    init(repository)
    before = everything(repository)
    assert set(hows(repository).values()) == {"kept"}
    assert everything(repository) == before


@pytest.mark.parametrize("name", workflows())
def test_a_workflow_names_the_action_and_no_placeholder(name: str, repository: Path) -> None:
    init(repository, flavour=[name])
    (file,) = (repository / ".github" / "workflows").iterdir()
    text = file.read_text()
    assert PLACEHOLDER not in text
    assert f"uses: {PUBLISHED}\n" in text


def test_the_action_can_be_named_otherwise(repository: Path) -> None:
    init(repository, uses="acme/fork@" + "0" * 40)
    assert f"uses: acme/fork@{'0' * 40}\n" in (repository / WORKFLOW).read_text()


def test_several_workflows_get_names_of_their_own(repository: Path) -> None:
    init(repository, flavour=["split", "dispatch", "schedule", "dispatch"])
    names = sorted(path.name for path in (repository / WORKFLOW).parent.iterdir())
    assert names == ["cosplay-dispatch.yml", "cosplay-schedule.yml", "cosplay.yml"]


def test_two_workflows_that_answer_the_same_label_are_refused(repository: Path) -> None:
    with pytest.raises(UsageError, match="issue and split all play a labelled issue"):
        init(repository, flavour=["issue", "split"])
    assert everything(repository) == {}


def test_an_unknown_workflow_is_refused_with_those_there_are(repository: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)'nightly'.*app-token, dispatch, fan-out, issue, local, schedule, split"):
        init(repository, flavour=["nightly"])


def test_only_the_root_of_a_repository_will_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the root"):
        init(tmp_path)
    assert everything(tmp_path) == {}


# -- what is there already --------------------------------------------------------------------------------------------


def test_files_that_differ_are_all_named_and_nothing_is_written(repository: Path) -> None:
    for name in (WORKFLOW, ISSUE_FORM):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("mine\n")
    before = everything(repository)
    with pytest.raises(UsageError) as caught:
        init(repository)
    assert str(WORKFLOW) in str(caught.value)
    assert str(ISSUE_FORM) in str(caught.value)
    assert everything(repository) == before


def test_force_replaces_them(repository: Path) -> None:
    (repository / WORKFLOW).parent.mkdir(parents=True)
    (repository / WORKFLOW).write_text("mine\n")
    assert hows(repository, force=True)[str(WORKFLOW)] == "replaced"
    assert (repository / WORKFLOW).read_text() == workflow("split")


PROJECTS = {
    "lines": b'[project]\nname = "x"  # mine\n',
    "crlf": b'[project]\r\nname = "x"\r\n',
    "no line break at the end": b"# caf\xc3\xa9\n[tool.ruff]\nline-length = 80",
    "empty": b"",
    "an empty table": b"[tool]\n",
}


@pytest.mark.parametrize("before", PROJECTS.values(), ids=PROJECTS)
def test_the_block_is_appended_and_every_other_byte_stays(before: bytes, repository: Path) -> None:
    (repository / PYPROJECT).write_bytes(before)
    assert hows(repository)[str(PYPROJECT)] == "extended"
    after = (repository / PYPROJECT).read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert b"\n" not in after.replace(b"\r\n", b"") or b"\r\n" not in before
    table = tomllib.loads(after.decode())
    load({}, {}, table["tool"].pop("cosplay"))
    assert {"tool": {}} | table == {"tool": {}} | tomllib.loads(before.decode())


@pytest.mark.parametrize("table", ["[tool.cosplay]\nseed = 3\n", "tool.cosplay.seed = 3\n", "[tool]\ncosplay = {}\n"])
def test_a_table_that_is_there_is_left_alone_also_with_force(table: str, repository: Path) -> None:
    (repository / PYPROJECT).write_text(table)
    assert hows(repository, force=True)[str(PYPROJECT)] == "kept"
    assert (repository / PYPROJECT).read_text() == table


@pytest.mark.parametrize(
    "content", [b"tool = {ruff = {}}\n", b"tool = 3\n", b"not toml", b"\xff\xfe", b'x = """open\n']
)
def test_a_project_that_cannot_be_extended_is_left_alone_with_all_else(content: bytes, repository: Path) -> None:
    (repository / PYPROJECT).write_bytes(content)
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        init(repository)
    assert everything(repository) == {"pyproject.toml": content}


def test_the_settings_of_the_block_are_known_and_allowed() -> None:
    settings = load({}, {}, tomllib.loads(BLOCK)["tool"]["cosplay"])
    assert (settings.preset, settings.budget_tokens) == ("standard", 500_000)


# -- what fails half-way ----------------------------------------------------------------------------------------------


def test_where_writing_fails_what_was_there_is_put_back(repository: Path) -> None:
    """The issue form's folder is a file: it comes after the workflow, which would have been replaced by then."""
    (repository / WORKFLOW).parent.mkdir(parents=True)
    (repository / WORKFLOW).write_text("mine\n")
    (repository / ISSUE_FORM).parent.write_text("a file\n")
    before = everything(repository)
    with pytest.raises(UsageError):
        init(repository, force=True)
    assert everything(repository) == before


def test_folders_that_were_made_for_nothing_are_gone_again(repository: Path) -> None:
    (repository / PYPROJECT).mkdir()
    with pytest.raises(UsageError):
        init(repository)
    assert sorted(path.name for path in repository.iterdir()) == [".git", "pyproject.toml"]


def test_a_link_to_nowhere_fails_the_writing_and_nothing_is_left(repository: Path) -> None:
    """It reads as missing and cannot be written: the workflow is replaced and the form is made by then."""
    (repository / WORKFLOW).parent.mkdir(parents=True)
    (repository / WORKFLOW).write_text("mine\n")
    (repository / PYPROJECT).symlink_to(repository / "no" / "such" / "folder")
    with pytest.raises(UsageError, match="cannot be written"):
        init(repository, force=True)
    assert everything(repository) == {str(WORKFLOW): b"mine\n"}
    assert not (repository / ISSUE_FORM).parent.exists()
