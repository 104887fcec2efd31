"""The Action's inputs: blank is unset, every error is told at once, no secret is ever shown."""

from __future__ import annotations

import dataclasses

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.github.inputs import INPUTS, Inputs, read
from cosplay_action.settings import Settings, load, option_fields

KEY = "sk-planted-canary-1234567890"
TOKEN = "ghs_planted.canary-" + "x" * 40
GIVEN = {"github-token": TOKEN}


def said(**inputs: str) -> Inputs:
    names = {name.replace("_", "-"): value for name, value in inputs.items()}
    return read({f"COSPLAY_INPUT_{name.upper().replace('-', '_')}": v for name, v in (GIVEN | names).items()})


def errors(**inputs: str) -> str:
    with pytest.raises(UsageError) as caught:
        said(**inputs)
    return str(caught.value)


def test_nothing_said_is_every_default() -> None:
    found = said()
    assert (found.mode, found.label, found.draft, found.group) == ("all", "cosplay", "auto", "spec")
    assert (found.targets, found.issue_number, found.allow_bots) == ((), None, False)
    assert (found.branch_prefix, found.base, found.working_directory) == ("cosplay/", "", ".")
    assert dict(found.given) == {}
    assert load(found.given, {}, {}) == Settings()


def test_blank_means_unset_for_every_input() -> None:
    """GitHub hands an unset variable or secret over as a blank string."""
    blank = {one.name.replace("-", "_"): " \n " for one in INPUTS if one.name != "github-token"}
    assert said(**blank) == said()


def test_what_is_a_setting_arrives_there_by_its_kind() -> None:
    found = said(preset="quick", budget_tokens="5000", budget_seconds="90.5", seed="7", python="venv/bin/python")
    settings = load(found.given, {}, {})
    assert (settings.preset, settings.budget_tokens, settings.budget_seconds) == ("quick", 5000, 90.5)
    assert (settings.seed, settings.python) == (7, "venv/bin/python")


def test_every_input_that_feeds_a_setting_names_a_field_of_it() -> None:
    assert {one.feeds for one in INPUTS if one.feeds} <= {field.name for field in option_fields()}


def test_targets_are_split_at_blanks_and_lines() -> None:
    assert said(targets="\n src/a.py::f\n  src/b.py::C.g specs/\r\n").targets == (
        "src/a.py::f",
        "src/b.py::C.g",
        "specs/",
    )


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("TRUE", True), ("false", False), ("", False)]
)
def test_booleans_are_those_of_yaml_1_2(text: str, value: bool) -> None:
    assert said(allow_bots=text).allow_bots is value


@pytest.mark.parametrize("text", ["yes", "on", "1", "tRue", "y"])
def test_what_yaml_1_1_called_a_boolean_is_none(text: str) -> None:
    assert f"allow-bots: '{text}' is neither true nor false" in errors(allow_bots=text)


def test_all_errors_are_told_at_once_and_by_the_names_of_the_inputs() -> None:
    told = errors(mode="everything", issue_number="#7", draft="true", preset="huge", seed="x", budget_usd="1")
    assert "6 of the Action's inputs are wrong" in told
    for line in (
        "mode: 'everything' is none of all, gate, generate, publish, plan",
        "issue-number: '#7' is not an issue's number",
        "draft: 'true' is none of auto, always, never",
        "preset: 'huge' is none of quick, standard, paper",
        "seed: 'x' is not a whole number",
        "budget-usd needs price-input and price-output",
    ):
        assert f"  - {line}" in told


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "٣", "1e3", "99999999999"])
def test_an_issue_has_a_number(number: str) -> None:
    assert "is not an issue's number" in errors(issue_number=number)


@pytest.mark.parametrize("name", ["a..b", "/a", "a//b", "a b", "-x", "a/.b", "x.lock", "a\\b", "é", "a~1", "@{-1}"])
def test_a_branch_is_called_as_git_allows(name: str) -> None:
    assert "is no name of a branch" in errors(base=name)


@pytest.mark.parametrize("name", ["main", "release/1.x", "cosplay/", "feature_x+y"])
def test_ordinary_branches_are_allowed(name: str) -> None:
    assert said(branch_prefix=name).branch_prefix == name


def test_only_one_of_issue_and_targets_can_be_meant() -> None:
    assert "contradict each other" in errors(issue_number="3", targets="a.py::f")


def test_a_line_break_inside_a_value_is_refused() -> None:
    assert "label: holds a line break" in errors(label="a\nb")
    assert "api-key: holds a line break" in errors(api_key="a\nb")


def test_without_a_token_only_generating_is_possible() -> None:
    assert "github-token: blank" in errors(github_token="")
    assert said(github_token="", mode="generate").github_token == ""


def test_the_run_directory_is_outside_the_checkout() -> None:
    environ = {"COSPLAY_INPUT_GITHUB_TOKEN": TOKEN, "RUNNER_TEMP": "/runner/_temp"}
    assert read(environ).run_dir == "/runner/_temp/cosplay-run"
    assert read(environ | {"COSPLAY_INPUT_RUN_DIR": "here"}).run_dir == "here"


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_secrets_are_in_no_repr_and_no_str() -> None:
    found = said(api_key=KEY)
    assert (found.api_key, found.github_token) == (KEY, TOKEN)
    for shown in (repr(found), str(found), f"{found}", str(found.given)):
        assert KEY not in shown
        assert TOKEN not in shown


def test_secrets_in_the_wrong_input_are_not_in_the_errors() -> None:
    told = errors(api_key=KEY, mode=KEY, seed=KEY, base=TOKEN + " ", issue_number=TOKEN)
    assert KEY not in told
    assert TOKEN not in told
    assert "***" in told


def test_a_key_inside_an_address_is_refused_and_not_repeated() -> None:
    told = errors(base_url="https://user:hunter2@models.example/v1")
    assert "give the key as api-key" in told
    assert "hunter2" not in told


def test_inputs_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        said().mode = "publish"  # type: ignore[misc]
    with pytest.raises(TypeError):
        said().given["model"] = "x"  # type: ignore[index]
