"""What a repository needs for the Action, asked of GitHub and of the checkout, each with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import Unauthorised
from cosplay_action.github.checkup import Need, examine
from cosplay_action.github.init import init
from tests.support.github.hub import Hub
from tests.support.proposals import hub_of

pytest_plugins = ["tests.support.github.fixture"]

WORKFLOW = "steps:\n  - uses: o/cosplay-action@v1\n    with: {{api-key: '${{{{ secrets.{} }}}}'}}\n"


def needs(github: Hub, where: Path, token: str = "") -> dict[str, Need]:
    """Every need by a word of its name."""
    found = examine(hub_of(github, token or github.token("octo", administration="read", actions="read")), where)
    words = ("may write", "open pull requests", "label", "uses cosplay-action", "secret")
    return {word: next(one for one in found if word in one.name) for word in words}


def workflow(where: Path, secret: str = "MODEL_KEY", name: str = "play.yml") -> None:
    (where / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    (where / ".github" / "workflows" / name).write_text(WORKFLOW.format(secret))


def test_what_is_there_is_held(github: Hub, tmp_path: Path) -> None:
    github.repo.label("cosplay")
    workflow(tmp_path, "GITHUB_TOKEN")
    found = needs(github, tmp_path)
    assert {word: one.state for word, one in found.items()} == dict.fromkeys(found, "held")


def test_what_is_missing_is_told_with_its_cure(github: Hub, tmp_path: Path) -> None:
    github.repo.actions_may_create_pulls = False
    found = needs(github, tmp_path)
    for word, cure in [
        ("open pull requests", "Allow GitHub Actions to create and approve pull requests"),
        ("label", "New label: cosplay"), ("uses cosplay-action", "cosplay-action init"),
    ]:  # fmt: skip
        assert found[word].state == "missing"
        assert cure in found[word].cure


def test_who_may_not_write_is_told_so(github: Hub, tmp_path: Path) -> None:
    github.user("tim", "triage")
    assert needs(github, tmp_path, github.token("tim"))["may write"].state == "missing"


def test_what_the_token_may_not_ask_is_unknown_and_not_missing(github: Hub, tmp_path: Path) -> None:
    workflow(tmp_path)
    found = needs(github, tmp_path, github.token("octo"))
    assert (found["open pull requests"].state, found["secret"].state) == ("unknown", "unknown")
    assert "administrator" in found["open pull requests"].cure
    github.surprises.clear()  # the fake knows no secrets


def test_secrets_that_workflows_of_others_name_are_not_asked_for(github: Hub, tmp_path: Path) -> None:
    workflow(tmp_path, "GITHUB_TOKEN")
    other = tmp_path / ".github" / "workflows" / "deploy.yml"
    other.write_text("env: {KEY: '${{ secrets.DEPLOY }}'}\n")
    assert needs(github, tmp_path)["secret"].name == "the workflows name no secret"


def test_an_owner_that_is_still_to_be_filled_in_is_missing(github: Hub, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    init(tmp_path)
    found = needs(github, tmp_path)
    assert found["uses cosplay-action"].state == "missing"
    assert "--uses" in found["uses cosplay-action"].cure
    init(tmp_path, uses="acme/cosplay-action@v1", force=True)
    assert needs(github, tmp_path)["uses cosplay-action"].state == "held"
    github.surprises.clear()  # the fake knows no secrets


def test_a_key_that_only_some_models_need_is_not_missing(
    github: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cosplay_action.github.hub.Hub.secrets", lambda _: frozenset({"OTHER"}))
    workflow(tmp_path, "COSPLAY_API_KEY")
    found = needs(github, tmp_path)["secret"]
    assert found.state == "unknown"
    assert "optional" in found.cure
    workflow(tmp_path, "APP_KEY", "app.yml")
    assert needs(github, tmp_path)["secret"].state == "missing"


def test_a_wrong_token_is_no_answer(github: Hub, tmp_path: Path) -> None:
    with pytest.raises(Unauthorised):
        examine(hub_of(github, "ghp_wrong"), tmp_path)
