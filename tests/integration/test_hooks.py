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
from pathlib import Path

import click
import pytest

from cosplay_action.cli import cli
from tests.support.command import ROOT, Done, environment, git, repository
from tests.support.evidence import RIGHT, WRONG, land, landed_repository
from tests.support.sandboxes import trouble

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


def called(hook: str, root: Path, *names: str, args: list[str] | None = None) -> Done:
    """A hook's command with file names, in the folder and the environment that pre-commit would give it."""
    program, *words = hooks()[hook]["entry"].split()
    words += arguments(hook) if args is None else args
    assert program == "cosplay-action"
    env = environment(VIRTUAL_ENV=sys.prefix, PRE_COMMIT="1", GIT_INDEX_FILE=str(root / ".git/index"))
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
        assert "additional_dependencies" not in hook, "the hooks' environment is the tool, without a model"


def test_the_check_hook_speaks_of_the_files_that_it_is_given_and_of_nothing_else(tmp_path: Path) -> None:
    files = {"good.py": GOOD, "bad.py": BAD, "other.py": BAD, "README.md": "No spec.\n", "bytes.py": b"x = '\xff'\n"}
    root = repository(tmp_path, files)
    assert called("cosplay-check", root, "good.py", "README.md", "bytes.py", "deleted.py").code == 0
    done = called("cosplay-check", root, "good.py", "bad.py")
    assert done.code == 1
    assert done.out.startswith("bad.py:2: later: ")
    assert "other.py" not in done.out


def test_a_file_whose_name_begins_with_a_dash_is_no_option(tmp_path: Path) -> None:
    root = repository(tmp_path, {"--hook.py": BAD, "-m.md": "No spec.\n", "m.py": "x = 1\n"})
    done = called("cosplay-check", root, "--hook.py", "-m.md")
    assert (done.code, done.out.startswith("--hook.py:2: later: ")) == (1, True), done.err
    assert called("cosplay-verify", root, "--json.py", "-m.md").code == 0
    page = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    (shown,) = re.findall(r"^ +args: \[(.+)\]$", page, re.MULTILINE)
    assert called("cosplay-verify", root, "-m.md", args=shown.split(", ")).code == 0


def test_the_verify_hook_finds_the_repositorys_own_interpreter_and_not_its_own(tmp_path: Path) -> None:
    if trouble("A") and trouble("B"):
        pytest.skip(trouble("B"))
    root = landed_repository(tmp_path, {"other.py": "x = 1\n"})
    done = called("cosplay-verify", root, "m.py")
    assert (done.code, "2 passed, as it landed" in done.out) == (0, True), done.err
    assert str(root / ".venv/bin/python") in done.err
    shutil.rmtree(root / ".venv")
    assert called("cosplay-verify", root, "other.py").code == 0
    assert called("cosplay-verify", root, "m.py").code == 2


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
