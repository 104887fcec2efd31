"""action.yml, the workflows that ship and those of this repository: the same as the code says, pinned, and harmless."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from cosplay_action.github import init
from cosplay_action.github.inputs import INPUTS
from cosplay_action.github.outputs import OUTPUTS
from cosplay_action.models.pins import DEFAULT, PINNED
from tests.support import action_doc

ROOT = Path(__file__).parents[2]
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHIPPED = sorted((ROOT / "cosplay_action" / "github" / "templates" / "workflows").glob("*.yml"))
WORKFLOWS = [*OWN, *SHIPPED]
YAMLS = [ROOT / "action.yml", *WORKFLOWS]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))
REASONED = re.compile(r"\s+[a-z-]+: (?:read|write) # \S.+")


def name_of(path: Path) -> str:
    return path.name


def parsed(path: Path) -> dict[str, Any]:
    """YAML 1.2, in which ``on`` is a word."""
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


ACTION = parsed(ROOT / "action.yml")


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in parsed(path)["jobs"].values():
        yield from job["steps"]


def strings(value: object, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in a document, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*at, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, at)
    elif isinstance(value, str):
        yield at, value


# -- one truth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", action_doc.PARTS, ids=name_of)
def test_what_is_made_from_the_code_is_made_from_this_code(path: Path) -> None:
    text = path.read_text("utf-8")
    assert action_doc.with_parts(path, text) == text, "run python -m tests.support.action_doc"


def test_action_yml_has_the_inputs_and_outputs_of_the_code() -> None:
    assert {name: one["default"] for name, one in ACTION["inputs"].items()} == {one.name: one.default for one in INPUTS}
    assert list(ACTION["outputs"]) == list(OUTPUTS)


def test_every_input_reaches_the_code_as_its_variable_and_the_last_step_gets_no_key() -> None:
    _, play, finish = ACTION["runs"]["steps"]
    carried = {one.variable: f"${{{{ inputs.{one.name} }}}}" for one in INPUTS}
    assert carried.items() <= play["env"].items()
    assert carried.keys() - finish["env"].keys() == {"COSPLAY_INPUT_API_KEY"}
    assert "api-key" not in json.dumps(finish)


def test_the_issue_form_that_ships_is_the_one_of_this_repository() -> None:
    assert (ROOT / init.ISSUE_FORM).read_text("utf-8") == init.issue_form()


def test_every_workflow_that_ships_is_in_the_docs() -> None:
    page = action_doc.PAGE.read_text("utf-8")
    assert [name for name in init.workflows() if f"`{name}`" not in page] == []
    assert sorted(init.workflows()) == [path.stem for path in SHIPPED]


# -- action.yml -------------------------------------------------------------------------------------------------------


def test_the_action_can_be_listed_on_the_marketplace() -> None:
    assert len(ACTION["description"]) < 125
    assert ACTION["branding"] == {"icon": "git-pull-request", "color": "purple"}


def test_the_action_uses_no_other_action_and_names_its_shell() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert [step.get("uses") for step in ACTION["runs"]["steps"]] == [None] * 3
    assert {step["shell"] for step in ACTION["runs"]["steps"]} == {"bash"}


def test_expressions_of_the_action_stand_where_no_shell_reads_them() -> None:
    places = {(*at[:1], *at[-2:]) for at, text in strings(ACTION) if "${{" in text}
    assert {at[-1] if at[0] != "runs" else at[-2] for at in places} == {"default", "value", "env"}


def test_the_action_writes_neither_path_nor_environment_and_runs_isolated() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"]] + [
        (ROOT / "requirements/install.sh").read_text("utf-8")
    ]
    for script in scripts:
        assert not re.search(r"GITHUB_(ENV|PATH)|export PATH|PYTHONPATH=", script)
        assert all(
            " -I" in line
            for line in script.splitlines()
            if re.search(r'(?:\bpython3|PYTHON"|"\$python") -[a-zA-Z]', line)
        )


# -- workflows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", YAMLS, ids=name_of)
def test_every_action_that_is_used_is_named_by_its_commit(path: Path) -> None:
    lines = [
        line.split("uses: ")[1] for line in path.read_text("utf-8").splitlines() if re.search(r"^[ -]*uses: ", line)
    ]
    own = {init.PLACEHOLDER, "./"}
    assert [
        line for line in lines if line not in own and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


def test_all_files_name_one_commit_for_one_action() -> None:
    pins: dict[str, set[str]] = {}
    for path in YAMLS:
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.*)", path.read_text("utf-8")):
            pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_workflow_has_no_permission_but_those_of_its_jobs_each_with_its_reason(path: Path) -> None:
    workflow = parsed(path)
    assert workflow["permissions"] == {}
    given = [permission for job in workflow["jobs"].values() for permission in job["permissions"].values()]
    said = [line for line in path.read_text("utf-8").splitlines() if re.search(r"^\s+[a-z-]+: (?:read|write)\b", line)]
    own = [line for line in said if "permission-" not in line]
    assert [line for line in own if not REASONED.fullmatch(line)] == []
    assert len(own) == len(given)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_workflow_ends_in_time_and_leaves_no_credentials(path: Path) -> None:
    assert all("timeout-minutes" in job for job in parsed(path)["jobs"].values())
    for step in steps(path):
        if str(step.get("uses")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_no_workflow_serves_forks_with_secrets_or_puts_an_expression_into_a_script(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & parsed(path)["on"].keys()
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_run_is_not_cancelled_by_the_next_one(path: Path) -> None:
    assert parsed(path)["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_job_with_the_models_key_that_can_also_write_is_only_where_all_is_one_job(path: Path) -> None:
    jobs = parsed(path)["jobs"]
    for job in jobs.values():
        if "COSPLAY_API_KEY" in json.dumps(job) and len(jobs) > 1:
            assert "write" not in job["permissions"].values()
            assert "github-token" not in json.dumps(job)


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_what_a_run_leaves_is_kept_also_when_it_failed(path: Path) -> None:
    for job in parsed(path)["jobs"].values():
        plays = [step for step in job["steps"] if step.get("uses") == init.PLACEHOLDER]
        if any(step["with"].get("mode") in {None, "generate"} for step in plays):
            upload = job["steps"][-1]
            assert upload["uses"].startswith("actions/upload-artifact@")
            assert upload["if"] == "always()"
            assert upload["with"]["path"] == plays[0]["with"]["run-dir"]


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_workflow_gives_the_action_only_inputs_that_it_has(path: Path) -> None:
    given = {name for step in steps(path) if step.get("uses") == init.PLACEHOLDER for name in step["with"]}
    assert given <= {one.name for one in INPUTS}


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_the_cached_model_is_keyed_by_what_it_is(path: Path) -> None:
    """A cache is no proof: the file's SHA-256 is checked at every load. The key only says which file is meant."""
    model = PINNED[DEFAULT]
    named = model.filename.removesuffix(".gguf").replace("-instruct", "")
    for step in steps(path):
        if str(step.get("uses")).startswith("actions/cache@"):
            assert step["with"]["key"] == f"cosplay-{named}-{model.sha256[:8]}"


def test_the_run_that_ci_lays_before_the_action_is_the_one_it_asks_for() -> None:
    """Otherwise a model would be asked, or the step would end at a journal of another run."""
    prepare, play = list(steps(ROOT / ".github" / "workflows" / "ci.yml"))[-4:-2]
    (name,) = re.findall(r"cp (\S+\.jsonl) ", prepare["run"])
    run = json.loads((ROOT / name).read_text("utf-8").splitlines()[0])["run"]
    assert play["uses"] == "./"
    wanted = {"targets": run["target"], "model": run["model"], "preset": run["preset"], "seed": str(run["seed"])}
    assert wanted.items() <= play["with"].items()


# -- other people's eyes ----------------------------------------------------------------------------------------------


def run(tool: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """A tool of the environment that the tests run in."""
    program = Path(sys.executable).with_name(tool)
    return subprocess.run([program, *argv], cwd=ROOT, capture_output=True, text=True, check=False)


def test_action_and_workflows_and_dependabot_fit_githubs_schemas() -> None:
    for schema, paths in {
        "vendor.github-actions": [ROOT / "action.yml"],
        "vendor.github-workflows": WORKFLOWS,
        "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
    }.items():
        done = run("check-jsonschema", "--builtin-schema", schema, *map(str, paths))
        assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_of_medium_or_high_severity(tmp_path: Path) -> None:
    """Over what ships as a user would have it: the Action by a commit of it."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for path in SHIPPED:
        text = init.workflow(path.stem, uses=f"cosplay/cosplay-action@{'0123456789' * 4}")
        (folder / path.name).write_text(text, "utf-8")
    places = [str(tmp_path), *map(str, OWN), *(str(ROOT / name) for name in ("action.yml", ".github/dependabot.yml"))]
    done = run(
        "zizmor", "--offline", "--quiet", "--no-ignores", "--min-severity", "medium", "--format", "json", *places
    )
    assert json.loads(done.stdout) == [], done.stdout


# -- requirements -----------------------------------------------------------------------------------------------------


def locked(path: Path) -> dict[str, str]:
    """Names and versions of a hashed file; one that is only for some platforms counts like the others."""
    return {canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==(\S+)", path.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("path", LOCKED, ids=name_of)
def test_requirements_are_pinned_hashed_and_name_no_index(path: Path) -> None:
    logical = path.read_text("utf-8").replace("\\\n", " ").splitlines()
    assert logical
    for line in logical:
        assert re.fullmatch(r"[\w.-]+==\S+(?: ; [^#]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+", line.rstrip()), line


@pytest.mark.parametrize(("name", "extras"), [("action.txt", ()), ("local.txt", ("local",))])
def test_the_requirements_are_those_of_the_project(name: str, extras: tuple[str, ...]) -> None:
    """Whether newer ones exist, ``requirements/lock.sh --check`` asks the index."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    versions = locked(ROOT / "requirements" / name)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_both_files_agree_on_what_they_share() -> None:
    action, local = (locked(ROOT / "requirements" / name) for name in ("action.txt", "local.txt"))
    assert action.items() <= local.items()
