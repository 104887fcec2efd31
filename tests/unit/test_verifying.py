"""Kept tests of what has landed, run again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.method.domain import Expected, KeptTest, UnitTest
from cosplay_action.method.values import stdout_value
from cosplay_action.specs.program_files import program_files
from cosplay_action.specs.program_place import ProgramTarget
from cosplay_action.verifying import Request, Verdict, verify
from tests.support.command import git, repository
from tests.support.evidence import RIGHT, STUB, WRONG, land, landed_repository, with_environment
from tests.support.pythons import environment, interpreters
from tests.support.sandboxes import trouble

PROGRAM = ProgramTarget(stub=None, path="double.py", test_path="tests/double/test_double.py", spec="5" * 64)
RUNS = (
    KeptTest(
        test=UnitTest(input="1\n", expected=Expected(text="1", value=stdout_value("1")), origin="attack"), support=1.0
    ),
)
NOWHERE = "/nonexistent/python"  # whoever starts it fails


@pytest.fixture
def walls() -> None:
    """Skip where no acceptable sandbox can be had."""
    if trouble("A") and trouble("B"):
        pytest.skip(trouble("B"))


def verified(root: Path, *paths: str, python: str = "") -> list[Verdict]:
    said: list[str] = []
    request = Request(paths=paths, where=root, environ={}, python=python, say=said.append)
    return verify(request)


def only(root: Path, *paths: str, python: str = "") -> Verdict:
    (found,) = verified(root, *paths, python=python)
    return found


# -- nothing is run ---------------------------------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with evidence, and without any interpreter."""
    root = repository(tmp_path, {"other.py": "x = 1\n", "src/deep/n.py": "x = 1\n"})
    land(root)
    return root


@pytest.mark.parametrize("path", ["other.py", "gone.py", "src", "src/deep/n.py"])
def test_evidence_that_is_not_meant_starts_nothing(bare: Path, path: str) -> None:
    assert verified(bare, path, python=NOWHERE) == []


def test_a_repository_without_evidence_needs_no_interpreter(tmp_path: Path) -> None:
    assert verified(repository(tmp_path, {"m.py": RIGHT})) == []


@pytest.mark.parametrize("paths", [(), (".",), ("m.py",), ("tests",), ("tests/test_m.py",), ("other.py", "m.py")])
def test_evidence_is_meant_by_its_target_its_test_a_folder_of_either_or_by_no_name_at_all(
    bare: Path, paths: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError, match=r"no interpreter to run tests/test_m\.py under"):
        verified(bare, *paths)


# -- what a target imports --------------------------------------------------------------------------------------------

IMPORTS = {
    "import helper": "helper.py", "import helper as h, json": "helper.py", "from helper import one": "helper.py",
    "from helper import *": "helper.py", "import pkg.part": "pkg/part.py", "from pkg import part": "pkg/part.py",
    "from pkg.part import one": "pkg/part.py", "import pkg.other": "pkg/__init__.py",
    "from . import helper": "helper.py",
    "def g():\n    import helper": "helper.py", "import importlib\nx = importlib.import_module('helper')": "helper.py",
    "import pkg.gone": "pkg/gone.py", "import between": "helper.py", "from pkg import deep": "helper.py",
}  # fmt: skip
MODULES = {
    "helper.py": "one = 1\n", "pkg/__init__.py": "", "pkg/part.py": "one = 1\n", "pkg/other.py": "",
    "between.py": "from helper import one\n", "pkg/deep.py": "from .deeper import x\n",
    "pkg/deeper.py": "import helper\n",
    "unrelated.py": "x = 1\n",
    "same/name.py": "", "conftest.py": "from pkg import fixtures\n", "pkg/fixtures.py": "",
}  # fmt: skip


def importing(root: Path, statement: str) -> Path:
    made = repository(root, MODULES)
    land(made, f"{statement}\n\n\n{RIGHT}")
    return made


@pytest.mark.parametrize(("statement", "path"), IMPORTS.items())
def test_evidence_is_meant_by_a_module_that_its_target_imports_there_or_gone(
    tmp_path: Path, statement: str, path: str
) -> None:
    root = importing(tmp_path, statement)
    for gone in (False, True):
        if gone:
            (root / path).unlink(missing_ok=True)
        with pytest.raises(UsageError, match="no interpreter"):
            verified(root, path)
        assert verified(root, "unrelated.py", "pkg/nowhere.py") == []


@pytest.mark.parametrize(
    "text", ["x = 'import helper'", "# import helper", "helpers = 1", "import helpers", "import json"]
)
def test_a_module_that_is_only_spoken_of_is_not_imported(tmp_path: Path, text: str) -> None:
    assert verified(importing(tmp_path, text), "helper.py", python=NOWHERE) == []


@pytest.mark.parametrize(
    "path", ["conftest.py", "pkg/fixtures.py", "tests/conftest.py", "pyproject.toml", "pytest.ini"]
)
def test_evidence_is_meant_by_what_its_tests_are_run_with(tmp_path: Path, path: str) -> None:
    root = importing(tmp_path, "import json")
    (root / path).touch()
    with pytest.raises(UsageError, match="no interpreter"):
        verified(root, path)
    assert verified(root, f"same/{path.rpartition('/')[2]}") == []


def test_a_program_is_meant_by_the_data_of_its_tests(tmp_path: Path) -> None:
    root = repository(tmp_path, dict(program_files(PROGRAM, "print(1)\n", RUNS)))
    for path in ("tests/double/data/01.in", "tests/double/data/01.out", "tests/double/data"):
        with pytest.raises(UsageError, match="no interpreter"):
            verified(root, path)
    assert verified(root, "tests/double/01.in", "tests/data/01.in", python=NOWHERE) == []


def test_evidence_whose_target_file_is_gone_is_always_told_of(bare: Path) -> None:
    (bare / "m.py").rename(bare / "n.py")
    found = only(bare, "n.py")
    assert (found.spec, found.implementation, found.said) == ("gone", "gone", "")
    assert found.why.startswith("m.py is gone.")
    assert not found.ok


@pytest.mark.parametrize(
    ("text", "why"),
    [("x = 1\n", "no function twice"), (STUB, "a stub again"), ("def twice(:\n", "syntax error")],
    ids=["removed", "a stub again", "a syntax error"],
)
def test_a_target_without_an_implementation_fails_without_a_run(bare: Path, text: str, why: str) -> None:
    (bare / "m.py").write_text(text)
    found = only(bare, "m.py")
    assert (found.implementation, found.said, found.ok) == ("gone", "", False)
    assert why in found.why


def test_a_head_that_names_a_file_outside_of_the_repository_reads_nothing_there(bare: Path) -> None:
    test = bare / "tests/test_m.py"
    test.write_text(test.read_text().replace("m.py::twice", "../../m.py::twice"))
    assert "outside of the repository" in only(bare).why


# -- the interpreter --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_an_environment_that_git_tracks_is_not_the_users_own(bare: Path, name: str) -> None:
    """It could be any program, and it would be started before anything confines it."""
    python = bare / name / "bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\ntouch started\n")
    python.chmod(0o755)
    git(bare, "add", "--force", name)
    with pytest.raises(UsageError, match="no interpreter"):
        verified(bare)
    assert not (bare / "started").exists()


def test_an_environment_that_a_tracked_link_leads_to_is_not_the_users_own(bare: Path, tmp_path: Path) -> None:
    (bare / ".venv").symlink_to(sys.prefix)
    git(bare, "add", "--force", ".venv")
    with pytest.raises(UsageError, match="no interpreter"):
        verified(bare)


def test_the_interpreter_that_runs_this_program_is_never_taken(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    with pytest.raises(UsageError, match="name an interpreter with --python"):
        verified(bare)


# -- runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("walls")
class TestRuns:
    def test_what_still_is_as_it_landed_passes(self, tmp_path: Path) -> None:
        found = only(landed_repository(tmp_path))
        assert found == Verdict(test="tests/test_m.py", target="m.py::twice", said="2 passed")
        assert found.ok

    def test_another_implementation_that_passes_is_fine_and_is_said_to_be_another(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path)
        (root / "m.py").write_text(STUB.replace("...", "return x + x"))
        found = only(root, "m.py")
        assert (found.implementation, found.said, found.ok) == ("changed", "2 passed", True)

    def test_an_implementation_that_fails_its_tests_is_told_with_the_tests(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path)
        (root / "m.py").write_text(WRONG)
        found = only(root, "m.py")
        assert (found.said, found.ok) == ("2 failed", False)
        assert [why for _, why in found.failed] == ["assert 3 == 2", "assert -12 == -8"]

    def test_another_spec_fails_although_the_tests_pass(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path)
        (root / "m.py").write_text(RIGHT.replace("Return 2 * x.", "Return x twice."))
        found = only(root, "m.py")
        assert (found.spec, found.said, found.ok) == ("changed", "2 passed", False)
        assert "The spec changed since: play it again" in found.why

    def test_only_what_is_meant_is_run_and_each_has_a_verdict_of_its_own(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path)
        land(root, spec="n.py::twice", place="tests/test_n.py")
        (root / "n.py").write_text(WRONG)
        assert [one.test for one in verified(root, "n.py")] == ["tests/test_n.py"]
        assert [(one.test, one.ok) for one in verified(root)] == [("tests/test_m.py", True), ("tests/test_n.py", False)]

    def test_a_project_of_a_monorepo_has_its_own_environment(self, tmp_path: Path) -> None:
        root = repository(tmp_path, {".gitignore": "venv\n", "lib/pyproject.toml": '[project]\nname = "lib"\n'})
        land(root, spec="lib/m.py::twice", place="lib/tests/test_m.py")
        with_environment(root / "lib/venv")
        assert only(root, "lib/m.py").said == "2 passed"

    def test_the_interpreter_that_was_asked_for_is_taken(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path / "repository")
        elsewhere = with_environment(tmp_path / "elsewhere")
        (root / ".venv/bin/python").unlink()
        assert only(root, "m.py", python=str(elsewhere)).ok

    def test_an_interpreter_without_pytest_that_ours_cannot_run_under_is_a_failure_with_its_cure(
        self, tmp_path: Path
    ) -> None:
        root = landed_repository(tmp_path)
        shutil.rmtree(root / ".venv")
        environment(root / ".venv", next((one for one in ("3.9", "3.10") if one in interpreters()), "3.10"))
        found = only(root, "m.py")
        assert (found.said, found.ok) == ("", False)
        assert found.why == (
            ".venv/bin/python, under which the tests are run, has no pytest: they were not run. Install it there "
            "(`.venv/bin/python -m pip install pytest`), or name an interpreter that has it with --python."
        )

    @pytest.mark.parametrize("late", [False, True], ids=["at import", "when called"])
    def test_an_interpreter_without_a_dependency_is_named_with_what_it_lacks(self, tmp_path: Path, late: bool) -> None:
        root = landed_repository(tmp_path / "repository")
        text = RIGHT.replace("return", "import nowhere_to_be_found\n    return")
        (root / "m.py").write_text(text if late else f"import nowhere_to_be_found\n\n\n{RIGHT}")
        elsewhere = with_environment(tmp_path / "elsewhere")
        for python, shown in (("", ".venv/bin/python"), (str(elsewhere), str(elsewhere))):
            found = only(root, "m.py", python=python)
            assert not found.ok
            assert found.why == (
                f"{shown}, under which the tests are run, finds no module nowhere_to_be_found. If that is a "
                "dependency, install it there, or name an interpreter that has it with --python."
            )

    def test_nothing_that_tests_do_reaches_the_repository(self, tmp_path: Path) -> None:
        root = landed_repository(tmp_path)
        test = root / "tests/test_m.py"
        test.write_text(test.read_text() + "\n\ndef test_write():\n    open('m.py', 'w').write('')\n")
        verified(root)
        assert (root / "m.py").read_text() == RIGHT
