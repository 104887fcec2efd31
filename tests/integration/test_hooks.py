"""The hooks for pre-commit: their manifest, their commands as pre-commit calls them, and one real run of pre-commit.

The real run installs this project into an environment of its own, which takes a minute. It is skipped without
pre-commit, and fails instead where COSPLAY_TEST_HOOKS=1 says that there must be one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from cosplay_action.cli import cli
from cosplay_action.method.domain import Expected, KeptTest, UnitTest
from cosplay_action.method.values import stdout_value
from cosplay_action.specs.program_files import program_files
from cosplay_action.specs.program_place import ProgramTarget
from tests.support.command import ROOT, Done, environment, git, repository
from tests.support.evidence import RIGHT, WRONG, land, landed_repository
from tests.support.sandboxes import trouble

PROGRAM = ProgramTarget(stub=None, path="double.py", test_path="tests/double/test_double.py", spec="5" * 64)
RUNS = (
    KeptTest(
        test=UnitTest(input="1\n", expected=Expected(text="1", value=stdout_value("1")), origin="attack"), support=1.0
    ),
)
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
GOOD = '# cosplay\ndef later(x: int) -> int:\n    """Return the next one."""\n'
BAD = "# cosplay\ndef later(x: int): ...\n"


def hooks() -> dict[str, dict[str, str]]:
    """The hooks of the manifest: their plain keys by id. It is written so plainly that no YAML reader is needed."""
    found = [dict(re.findall(r"^[- ] (\w+): (.+)$", text, re.MULTILINE)) for text in MANIFEST.read_text().split("\n\n")]
    return {one["id"]: one for one in found}


def arguments(hook: str) -> list[str]:
    """A hook's own ``args``, which those of a repository's configuration replace."""
    found: list[str] = json.loads(hooks()[hook]["args"].partition("#")[0])
    return found


def called(
    hook: str, root: Path, *names: str, args: list[str] | None = None, environ: Mapping[str, str] | None = None
) -> Done:
    """A hook's command with file names, in the folder and the environment that pre-commit would give it."""
    program, *words = hooks()[hook]["entry"].split()
    words += arguments(hook) if args is None else args
    assert program == "cosplay-action"
    env = environment(VIRTUAL_ENV=sys.prefix, PRE_COMMIT="1") | dict(environ or {})
    command = [sys.executable, "-m", "cosplay_action", *words, *names]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def test_the_manifest_names_commands_and_flags_that_exist() -> None:
    assert set(hooks()) == {"cosplay-check", "cosplay-verify"}
    for hook in hooks().values():
        _, name, *flags = hook["entry"].split()
        known = {word for one in cli.commands[name].params if isinstance(one, click.Option) for word in one.opts}
        assert set(flags) <= known
        assert (hook["language"], hook["require_serial"]) == ("python", "true")
        named = {"always_run": "true", "pass_filenames": "false"} if "--staged" in flags else {}
        assert {key: hook[key].partition(" ")[0] for key in ("always_run", "pass_filenames") if key in hook} == named
        assert "additional_dependencies" not in hook, "the hooks' environment is the tool, without a model"


def test_the_check_hook_speaks_of_the_files_that_it_is_given_and_of_nothing_else(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "good.py": GOOD,
        "bad.py": BAD,
        "other.py": BAD,
        "README.md": "No spec.\n",
        "bytes.py": b"x = '\xff'\n",
    }
    root = repository(tmp_path, files)
    assert called("cosplay-check", root, "good.py", "README.md", "bytes.py", "deleted.py").code == 0
    done = called("cosplay-check", root, "good.py", "bad.py")
    assert done.code == 1
    assert done.out.startswith("bad.py:2: later: ")
    assert "other.py" not in done.out


def test_a_file_whose_name_begins_with_a_dash_is_no_option(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"--hook.py": BAD, "-m.md": "No spec.\n", "m.py": "x = 1\n"}
    root = repository(tmp_path, files)
    done = called("cosplay-check", root, "--hook.py", "-m.md")
    assert (done.code, done.out.startswith("--hook.py:2: later: ")) == (1, True), done.err
    assert called("cosplay-verify", root).code == 0
    page = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    (shown,) = re.findall(r"^ +args: \[(.+)\]$", page, re.MULTILINE)
    assert called("cosplay-verify", root, args=shown.split(", ")).code == 0


def test_the_verify_hook_finds_the_repositorys_own_interpreter_and_not_its_own(tmp_path: Path) -> None:
    if trouble("A") and trouble("B"):
        pytest.skip(trouble("B"))
    root = landed_repository(tmp_path, {"other.py": "x = 1\n"})
    done = called("cosplay-verify", root)
    assert (done.code, "2 passed, as it landed" in done.out) == (0, True), done.err
    assert str(root / ".venv/bin/python") in done.err
    shutil.rmtree(root / ".venv")
    assert called("cosplay-verify", root).code == 2
    commit(root)
    (root / "other.py").write_text("x = 2\n")
    git(root, "add", "--all")
    assert called("cosplay-verify", root).code == 0


# -- what is staged ---------------------------------------------------------------------------------------------------


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A repository whose every file is committed, with evidence of a program and of a function with an import."""
    root = repository(tmp_path, {"helper.py": "one = 1\n", "other.py": "x = 1\n", "pyproject.toml": "[project]\n"})
    land(root, f"from helper import one\n\n\n{RIGHT}")
    for path, data in program_files(PROGRAM, "print(1)\n", RUNS).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    git(root, "add", "--all")
    commit(root)
    return root


def meant(root: Path, **environ: str) -> list[str]:
    """The evidence that the hook means: there is no interpreter, so it names the first, or tells of what is gone."""
    done = called("cosplay-verify", root, environ=environ)
    return [one for one in (*FUNCTION, *PROGRAMS) if one in done.out + done.err]


FUNCTION, PROGRAMS = ["tests/test_m.py"], ["tests/double/test_double.py"]
STAGED: Mapping[str, tuple[tuple[str, ...], list[str]]] = {
    "an unrelated file": (("rm", "other.py"), []),
    "a deleted target": (("rm", "m.py"), FUNCTION),
    "a renamed target": (("mv", "m.py", "n.py"), FUNCTION),
    "a deleted module": (("rm", "helper.py"), FUNCTION),
    "a module that was renamed away": (("mv", "helper.py", "helpers.py"), FUNCTION),
    "a deleted program": (("rm", "double.py"), PROGRAMS),
    "a deleted output": (("rm", "tests/double/data/01.out"), PROGRAMS),
    "a renamed input": (("mv", "tests/double/data/01.in", "x.in"), PROGRAMS),
    "configuration": (("rm", "pyproject.toml"), PROGRAMS),  # all of it, and the first that cannot be run is named
    "nothing": (("status",), PROGRAMS),
}  # fmt: skip


@pytest.mark.parametrize(("command", "found"), STAGED.values(), ids=STAGED)
def test_the_verify_hook_asks_git_what_is_staged_also_deleted_or_renamed(
    evidence: Path, command: tuple[str, ...], found: list[str]
) -> None:
    git(evidence, *command)
    assert meant(evidence) == found


def test_what_is_changed_but_not_staged_is_not_asked_about(evidence: Path) -> None:
    (evidence / "helper.py").write_text("one = 2\n")
    git(evidence, "rm", "--quiet", "other.py")
    assert meant(evidence) == []


def test_a_commit_of_one_file_has_an_index_of_its_own(evidence: Path) -> None:
    """As in ``git commit FILE``: what else is staged is no part of it."""
    (evidence / "helper.py").write_text("one = 2\n")
    git(evidence, "add", "helper.py")
    (evidence / "other.py").write_text("x = 2\n")
    index = str(evidence / ".git/next-index-1.lock")
    for command in (["read-tree", "HEAD"], ["add", "other.py"]):
        subprocess.run(["git", *command], cwd=evidence, env=environment(GIT_INDEX_FILE=index), check=True)
    assert meant(evidence) == FUNCTION
    assert meant(evidence, GIT_INDEX_FILE=index) == []


def test_before_a_push_all_evidence_is_verified(evidence: Path) -> None:
    git(evidence, "rm", "--quiet", "other.py")
    assert meant(evidence, PRE_COMMIT_FROM_REF="HEAD") == PROGRAMS


def test_the_first_commit_of_a_repository_and_a_place_without_git_have_an_answer(tmp_path: Path) -> None:
    root = repository(tmp_path / "first", {"other.py": ""})
    land(root)
    git(root, "add", "--all")
    assert meant(root) == FUNCTION
    done = called("cosplay-verify", tmp_path)
    assert (done.code, "git does not say what is staged" in done.err) == (2, True)


def test_names_and_what_is_staged_exclude_one_another(evidence: Path) -> None:
    assert called("cosplay-verify", evidence, "m.py").code == 2


# -- pre-commit itself ------------------------------------------------------------------------------------------------


def refused(why: str) -> None:
    """Skip, or fail where hooks must be tested."""
    if os.environ.get("COSPLAY_TEST_HOOKS") == "1":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def pre_commit() -> str:
    found = shutil.which("pre-commit")
    if not found:
        refused("pre-commit is not installed")
    return str(found)


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """This project as it is now, committed, as pre-commit would clone it."""
    files = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    made = repository(
        tmp_path / "tool", {name: (ROOT / name).read_bytes() for name in files if (ROOT / name).is_file()}
    )
    commit(made)
    return made


def commit(root: Path) -> None:
    git(root, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "all")


def test_the_manifest_is_valid_to_pre_commit(pre_commit: str) -> None:
    subprocess.run([pre_commit, "validate-manifest", str(MANIFEST)], check=True, capture_output=True)


def test_pre_commit_sees_what_is_staged_whatever_else_is_changed_renamed_or_deleted(
    tmp_path: Path, pre_commit: str, tool: Path
) -> None:
    """Staged: a bad stub, a rename, a deletion, a link, bytes. Not staged: its cure, and a wrong implementation."""
    if trouble("A") and trouble("B"):
        refused(trouble("B"))
    root = landed_repository(tmp_path / "repository", {"old.py": GOOD, "later.py": GOOD})
    land(root, spec="n.py::twice", place="tests/test_n.py")
    git(root, "add", "--all")
    commit(root)
    (root / "later.py").write_text(BAD)
    (root / "m.py").write_text(f"{RIGHT}\n\n# staged\n")
    (root / "bytes.py").write_bytes(b"x = '\xff'  # cosplaying\n")
    (root / "link.py").symlink_to("later.py")
    git(root, "rm", "--quiet", "old.py")
    git(root, "mv", "n.py", "k.py")
    git(root, "add", "--all")
    (root / "later.py").write_text(GOOD)
    (root / "m.py").write_text(WRONG)

    command = [pre_commit, "try-repo", str(tool), "--verbose", "--color", "never"]
    env = environment(PRE_COMMIT_HOME=str(tmp_path / "store")) | {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_"))
    }
    del env["PYTHONPATH"]  # the hook must work from its own environment
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=600)
    if "cosplay check" not in done.stdout:
        refused(f"pre-commit cannot install the hooks here: {done.stdout[-500:]}{done.stderr[-500:]}")
    checked, verified = (
        part.partition("- exit code: 1")[2] for part in done.stdout.split("cosplay check")[1].split("cosplay verify")
    )
    assert [line.partition(" ")[0] for line in checked.split("\n") if line.startswith("later.py")] == [
        "later.py:2:"
    ] * 2
    assert "bytes.py" not in checked
    rows = [line.split(maxsplit=2) for line in verified.split("\n") if line.startswith("tests/")]
    assert rows == [
        ["tests/test_m.py", "m.py::twice", "2 passed, as it landed"], ["tests/test_n.py", "n.py::twice", "not run"]
    ]  # fmt: skip
    assert "n.py is gone" in verified
    assert (root / "m.py").read_text() == WRONG, "what was not staged is back"
