"""The Action's set-up step, for real: what it installs, and that the runner stays as it was. Needs a package index."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "requirements" / "install.sh"
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/", "PIP_NO_INDEX": "1",
           "PIP_FIND_LINKS": "", "UV_OFFLINE": "1", "PIP_RETRIES": "0"}  # fmt: skip


class Runner:
    """A runner's folders, its step files, and a checkout that would like to be asked."""

    def __init__(self, folder: Path) -> None:
        self.temp, self.home, self.checkout = folder / "a temp", folder / "home", folder / "checkout"
        for one in (self.temp, self.home, self.checkout):
            one.mkdir()
        for name in ("pip.py", "click.py", "cosplay_action.py", "sitecustomize.py"):
            (self.checkout / name).write_text("raise SystemExit('code of the checkout ran')\n")
        (self.checkout / ".python-version").write_text("3.8\n")
        (self.checkout / "uv.toml").write_text("no-index = true\n")
        self.files = {f"GITHUB_{name}": folder / name for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")}
        for file in self.files.values():
            file.touch()

    def environ(self, **more: str) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COSPLAY_", "VIRTUAL_ENV"))},
            **{name: str(path) for name, path in self.files.items()},
            "RUNNER_TEMP": str(self.temp), "HOME": str(self.home), "PYTHONPATH": str(self.checkout),
            "UV_SYSTEM_PYTHON": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_USER": "1",
            "RUSTUP_HOME": str(self.temp),  # pip asks a rustc for its version, which may write a file of its own
            **more,
        }  # fmt: skip

    def install(self, **more: str) -> subprocess.CompletedProcess[str]:
        self.files["GITHUB_OUTPUT"].write_text("")
        return self.run(["bash", str(INSTALL)], **more)

    def run(self, argv: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        environ = self.environ(**more)
        return subprocess.run(argv, cwd=self.checkout, env=environ, capture_output=True, text=True, check=False)

    @property
    def python(self) -> str:
        return self.files["GITHUB_OUTPUT"].read_text().strip().removeprefix("python=")


def contents(*folders: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """One on which the set-up step ran once, for a model that is asked over the network."""
    made = Runner(tmp_path_factory.mktemp("runner"))
    before = contents(made.home, made.checkout)
    done = made.install(COSPLAY_INPUT_MODEL="gpt-x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(made.home, made.checkout) == before, "nothing in the home folder, nothing in the checkout"
    assert done.stdout == ""
    return made


def packages(runner: Runner) -> set[str]:
    code = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    return {canonicalize_name(name) for name in runner.run([runner.python, "-I", "-c", code]).stdout.split()}


def test_the_step_says_which_python_and_writes_no_other_step_file(runner: Runner) -> None:
    written = {name: path.read_text() for name, path in runner.files.items() if path.read_text()}
    assert written == {"GITHUB_OUTPUT": f"python={runner.temp}/cosplay-action/venv/bin/python\n"}


def test_the_tool_runs_from_where_the_action_lies_past_what_the_checkout_offers(runner: Runner) -> None:
    done = runner.run([runner.python, "-I", "-m", "cosplay_action", "--version"])
    assert done.stdout.startswith("cosplay-action, version"), done.stderr
    where = runner.run([runner.python, "-I", "-c", "import cosplay_action; print(cosplay_action.__file__)"])
    assert where.stdout == f"{ROOT}/cosplay_action/__init__.py\n"


def test_only_what_is_locked_is_installed(runner: Runner) -> None:
    locked = {
        line.partition("==")[0] for line in (ROOT / "requirements/action.txt").read_text().splitlines() if "==" in line
    }
    found = packages(runner)
    assert {"openai", "pygithub", "click"} <= found <= locked
    assert "xllamacpp" not in found


def test_the_python_of_the_tests_has_not_become_another_one(runner: Runner) -> None:
    assert not Path(runner.python).is_relative_to(sys.prefix)
    done = runner.run([sys.executable, "-I", "-c", "import sys; print(*sys.path, sep='\\n')"])
    assert str(runner.temp) not in done.stdout


@pytest.mark.parametrize(
    "more",
    [
        {"COSPLAY_INPUT_MODEL": "gpt-x"},
        {"COSPLAY_MODEL": "gpt-x"},
        {"COSPLAY_INPUT_BASE_URL": "http://127.0.0.1:1/v1"},
        {"COSPLAY_HAS_KEY": "true"},
        {"COSPLAY_INPUT_MODE": "gate"},
        {"COSPLAY_INPUT_MODE": "publish", "COSPLAY_INPUT_MODEL": "local"},
    ],
    ids=str,
)
def test_what_is_installed_is_not_installed_again_and_no_local_model_without_need(
    runner: Runner, more: dict[str, str]
) -> None:
    done = runner.install(**(NOWHERE | more))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "more", [{}, {"COSPLAY_INPUT_MODEL": "local:0.5b"}, {"COSPLAY_INPUT_MODE": "generate"}], ids=str
)
def test_a_model_on_the_runner_needs_more_and_a_failure_says_so(runner: Runner, more: dict[str, str]) -> None:
    done = runner.install(**(NOWHERE | more))
    assert done.returncode == 1
    assert "::error::The Action's requirements could not be installed." in done.stdout
    assert runner.files["GITHUB_OUTPUT"].read_text() == ""


def test_without_an_index_the_first_step_says_what_is_missing(tmp_path: Path) -> None:
    done = Runner(tmp_path).install(**NOWHERE)
    assert done.returncode == 1
    assert "::error::uv could not be installed. The reason stands above" in done.stdout


def test_windows_is_told_to_be_none(tmp_path: Path) -> None:
    done = Runner(tmp_path).install(RUNNER_OS="Windows")
    assert done.returncode == 1
    assert "does not run on Windows" in done.stdout
