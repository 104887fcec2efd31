"""The file that a spec may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.specs.issues.findings import Findings
from cosplay_action.specs.issues.paths import place_flaw, protected, read_path


def why(text: str) -> str:
    findings = Findings("x")
    assert read_path(text, 1, findings) == ""
    (flaw,) = findings.flaws
    return flaw.what


@pytest.mark.parametrize(
    "path",
    ["a.py", "src/pkg/mod.py", "a-b/c d/@x/größe.py", "./src/a.py", "pkg/__init__.py", "v1.2/mod.py", "pkg/_x.py"],
)  # fmt: skip
def test_a_plain_python_file_is_a_path(path: str) -> None:
    findings = Findings("x")
    assert read_path(f" {path} ", 1, findings) == path.removeprefix("./")
    assert not findings.flaws


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "is blank"),
        ("../a.py", "leads upwards"),
        ("a/../../b.py", "leads upwards"),
        ("a/..", "leads upwards"),
        ("/etc/a.py", "is absolute"),
        ("~/a.py", "is absolute"),
        ("C:/a.py", "is absolute"),
        ("c:a.py", "is absolute"),
        ("a\\b.py", "a backslash"),
        ("..\\a.py", "a backslash"),
        ("\\\\host\\a.py", "a backslash"),
        ("%2e%2e/a.py", "is encoded"),
        ("a%2Fb.py", "is encoded"),
        ("a//b.py", "has an empty part"),
        ("a/./b.py", "has an empty part"),
        ("a/", "is a directory"),
        ("src/.", "is a directory"),
        (".", "is a directory"),
        ("a.txt", "names no .py file"),
        ("a.PY", "names no .py file"),
        ("a", "names no .py file"),
        ("a.py.", "which is no plain name"),
        ("a./b.py", "which is no plain name"),
        ("a /b.py", "which is no plain name"),
        ("a\u2215b.py", "which is no plain name"),
        ("a\u2044..\u2044b.py", "which is no plain name"),
        ("a\uff0fb.py", "which is no plain name"),
        ("a\u29f8b.py", "which is no plain name"),
        ("\uff0e\uff0e/a.py", "which is no plain name"),
        ("a\x00.py", "which is no plain name"),
        ("a\nb.py", "which is no plain name"),
        ("a\u202eyp.py", "which is no plain name"),
        ("s\u0433c/a.py", "which is no plain name"),
        ("aux.py", "which is no plain name"),
        ("a/nul.x/b.py", "which is no plain name"),
        ("ab:c/d.py", "which is no plain name"),
        ("a*b.py", "which is no plain name"),
        ("1a.py", "that no import statement can say"),
        ("a-b.py", "that no import statement can say"),
        ("a.b.py", "that no import statement can say"),
        ("node_modules/a.py", "not the repository's own"),
        ("x/site-packages/a.py", "not the repository's own"),
        ("x" * 201 + ".py", "longer than 200 characters"),
        ("é" * 150 + ".py", "which is no plain name"),
    ],
)
def test_anything_else_is_refused_with_the_reason(path: str, said: str) -> None:
    assert said in why(path)


@pytest.mark.parametrize(
    "path",
    [".github/a.py", ".git/a.py", ".gitattributes", "x/.git/hooks/a.py", "a/.hidden/b.py", ".GitHub/a.py",
     "action.yml", "action.yaml", "pyproject.toml", "sub/pyproject.toml", "uv.lock", "poetry.lock", "x.lock",
     "conftest.py", "tests/conftest.py", "Conftest.PY", "sitecustomize.py", "usercustomize.py", "x.pth", "CODEOWNERS",
     "docs/CODEOWNERS", "setup.py", "noxfile.py", "tox.ini", "setup.cfg"],
)  # fmt: skip
def test_what_installs_configures_or_runs_things_is_protected(path: str) -> None:
    assert protected(path)
    assert "is protected" in why(path)


@pytest.mark.parametrize(
    "path", ["test_a.py", "tests/test_a.py", "tests/unit/test_a.py", "src/a_test.py", "Test_A.py", "src/pkg/test_.py"]
)
def test_a_test_file_is_refused(tmp_path: Path, path: str) -> None:
    assert "is a test file" in why(path)
    assert "is a test file" in place_flaw(tmp_path, path)


def test_modules_whose_names_only_begin_like_tests_are_none(tmp_path: Path) -> None:
    for path in ("testing.py", "tests/support.py", "src/attest.py", "src/latest.py", "src/tests.py"):
        assert place_flaw(tmp_path, path) == ""


@pytest.mark.parametrize(
    "path",
    ["json.py", "src/json.py", "pytest.py", "src/_pytest.py", "src/logging/__init__.py", "lib/types.py", "app/re.py",
     "app/src/re.py", "given/re.py"],
)  # fmt: skip
def test_a_new_module_that_python_or_pytest_would_import_in_place_of_its_own_is_refused(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/pyproject.toml").write_text("")
    table = '[tool.pytest.ini_options]\npythonpath = ["lib"]\n[tool.cosplay]\nsource-roots = ["given"]\n'
    (tmp_path / "pyproject.toml").write_text(table)
    assert "would hide" in place_flaw(tmp_path, path)


def test_a_module_of_such_a_name_is_free_inside_of_a_package_and_where_it_is_already(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("")
    for path in ("json.py", "src/pkg/json.py", "pkg/logging/__init__.py", "src/words.py"):
        assert place_flaw(tmp_path, path) == ""


def test_other_files_are_not_protected() -> None:
    assert not any(map(protected, ["src/a.py", "tests/test_a.py", "setup/x.py", "a/conftests.py", "lock.py"]))


def test_a_path_is_refused_where_the_repository_says_so(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "pkg", root / "sub", outside):
        folder.mkdir(parents=True)
    (outside / "a.py").write_text("")
    (root / "pkg/mod.py").write_text("")
    (root / "sub/.git").write_text("gitdir: x")
    (root / "link.py").symlink_to(outside / "a.py")
    (root / "inner.py").symlink_to(root / "pkg/mod.py")
    (root / "dir").symlink_to(outside)
    (root / "here").symlink_to(root / "pkg")
    (root / "folder.py").mkdir()
    assert place_flaw(root, "pkg/mod.py") == ""
    assert place_flaw(root, "pkg/new/deep/mod.py") == ""
    assert place_flaw(root, "link.py") == "link.py is a link"
    assert place_flaw(root, "inner.py") == "inner.py is a link"
    assert place_flaw(root, "dir/a.py") == "dir/a.py lies behind the link dir"
    assert place_flaw(root, "here/mod.py") == "here/mod.py lies behind the link here"
    assert place_flaw(root, "folder.py") == "folder.py is a directory"
    assert place_flaw(root, "pkg/mod.py/x.py") == "pkg/mod.py is no folder"
    assert place_flaw(root, "sub/x.py") == "sub/x.py lies in sub, which is a repository of its own"
    assert place_flaw(root, "Pkg/x.py") == "Pkg/x.py differs from the existing pkg by case alone"
    assert place_flaw(root, "pkg/Mod.py") == "pkg/Mod.py differs from the existing pkg/mod.py by case alone"
