"""Module names, import styles and the places of new tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosplay_action.errors import UsageError
from cosplay_action.specs import layout
from cosplay_action.specs.layout import import_place, import_style, repository_root
from cosplay_action.specs.target import Target, find_target

STUB = "def f(x: int) -> int:\n    ...\n\n\nclass RingBuffer:\n    def pop(self) -> int:\n        ...\n"
OURS = "# Tests.\n# cosplay: target = {}\n# cosplay: spec = sha256:aa\n# cosplay: implementation = sha256:bb\n"


def write(root: Path, *paths: str) -> None:
    for path in paths:
        name, _, text = path.partition("=")
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text or (STUB if name.endswith(".py") and not name.endswith("__init__.py") else ""))


def target(root: Path, path: str, qualname: str = "f") -> Target:
    return find_target(root, f"{path}::{qualname}", import_place)


def place(root: Path, path: str, qualname: str = "f", override: str | None = None) -> str:
    return layout.test_place(root, target(root, path, qualname), override)


def test_a_flat_module_is_imported_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, "mod.py")
    assert import_place(tmp_path, "mod.py") == ("mod", (".",))


def test_src_is_no_part_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "src/pkg/__init__.py", "src/pkg/mod.py", "src/flat.py")
    assert import_place(tmp_path, "src/pkg/mod.py") == ("pkg.mod", ("src", "."))
    assert import_place(tmp_path, "src/flat.py").module == "flat"


def test_a_src_folder_that_is_a_package_is_part_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, "src/__init__.py", "src/mod.py")
    assert import_place(tmp_path, "src/mod.py") == ("src.mod", (".",))


def test_the_chain_of_init_files_ends_at_the_import_root(tmp_path: Path) -> None:
    write(tmp_path, "lib/pkg/__init__.py", "lib/pkg/sub/__init__.py", "lib/pkg/sub/mod.py")
    assert import_place(tmp_path, "lib/pkg/sub/mod.py") == ("pkg.sub.mod", ("lib", "."))


def test_a_namespace_package_is_named_from_the_project_folder(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "space/part/mod.py")
    assert import_place(tmp_path, "space/part/mod.py") == ("space.part.mod", (".",))


def test_a_package_itself_is_imported_without_init(tmp_path: Path) -> None:
    write(tmp_path, "pkg/__init__.py")
    assert import_place(tmp_path, "pkg/__init__.py").module == "pkg"


def test_the_nearest_pyproject_rules_in_a_monorepo(tmp_path: Path) -> None:
    write(
        tmp_path, "pyproject.toml", "packages/a/pyproject.toml", "packages/a/src/a/__init__.py", "packages/a/src/a/m.py"
    )
    write(tmp_path, "packages/b/pyproject.toml", "packages/b/flat.py")
    assert import_place(tmp_path, "packages/a/src/a/m.py") == ("a.m", ("packages/a/src", "packages/a"))
    assert import_place(tmp_path, "packages/b/flat.py") == ("flat", ("packages/b",))


@pytest.mark.parametrize(
    "config",
    [
        'pyproject.toml=[tool.pytest.ini_options]\npythonpath = ["lib"]\n',
        'pyproject.toml=[tool.pytest.ini_options]\npythonpath = "lib other"\n',
        'pyproject.toml=[tool.pytest]\npythonpath = ["lib"]\n',
        'pytest.toml=[pytest]\npythonpath = ["lib"]\n',
        "pytest.ini=[pytest]\npythonpath = lib\n",
        "tox.ini=[pytest]\npythonpath = lib other\n",
        "setup.cfg=[tool:pytest]\npythonpath = lib\n",
    ],
)
def test_the_pythonpath_of_pytest_names_an_import_root(tmp_path: Path, config: str) -> None:
    write(tmp_path, config, "lib/space/mod.py")
    found = import_place(tmp_path, "lib/space/mod.py")
    assert (found.module, found.roots[0]) == ("space.mod", "lib")


def test_source_roots_in_the_configuration_come_before_every_guess(tmp_path: Path) -> None:
    write(tmp_path, 'pyproject.toml=[tool.cosplay]\nsource-roots = ["code/py"]\n', "code/py/app/mod.py")
    write(tmp_path, "tests/test_a.py=import code.py.app.mod\n")
    assert import_place(tmp_path, "code/py/app/mod.py") == ("app.mod", ("code/py", "."))
    assert import_place(tmp_path, "code/py/app/mod.py", ("code",)).module == "py.app.mod"


def test_the_name_that_existing_tests_use_wins(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "src/pkg/__init__.py", "src/pkg/mod.py")
    write(tmp_path, "tests/test_a.py=from src.pkg.mod import f\n")
    assert import_place(tmp_path, "src/pkg/mod.py")[0] == "src.pkg.mod"


def test_a_script_folder_is_a_root_only_where_tests_import_from_it(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "scripts/tool.py")
    assert import_place(tmp_path, "scripts/tool.py").module == "scripts.tool"
    write(tmp_path, "tests/test_tool.py=import tool\n")
    assert import_place(tmp_path, "scripts/tool.py") == ("tool", ("scripts", "."))


def test_a_path_that_is_no_dotted_name_is_refused_with_a_cure(tmp_path: Path) -> None:
    write(tmp_path, "my-script.py")
    with pytest.raises(UsageError, match="no dotted name") as caught:
        import_place(tmp_path, "my-script.py")
    assert "source-roots" in caught.value.cure


def test_a_folder_with_a_dash_can_only_be_a_root(tmp_path: Path) -> None:
    write(tmp_path, "my-app/mod.py")
    assert import_place(tmp_path, "my-app/mod.py") == ("mod", ("my-app", "."))


def test_broken_configuration_is_an_error_for_people(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml=[tool\n", "mod.py")
    with pytest.raises(UsageError, match=r"pyproject\.toml cannot be read"):
        import_place(tmp_path, "mod.py")


def test_roots_that_leave_the_repository_are_ignored(tmp_path: Path) -> None:
    config = '[tool.pytest.ini_options]\npythonpath = ["../x", "/etc"]\ntestpaths = ["../../t"]\n'
    write(tmp_path, f"pyproject.toml={config}", "mod.py")
    assert import_place(tmp_path, "mod.py").roots == (".",)
    assert place(tmp_path, "mod.py") == "tests/test_mod_f.py"


def test_a_broken_test_of_somebody_else_says_nothing(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "tests/test_broken.py=def (:\n", "tests/test_a.py=import mod\n")
    assert import_style(tmp_path, target(tmp_path, "mod.py")).kind == "module"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("from pkg.mod import f", "names"),
        ("import pkg.mod", "module"),
        ("from pkg import mod", "submodule"),
        ("import os", "names"),
    ],
)
def test_the_import_style_follows_the_existing_tests(tmp_path: Path, line: str, kind: str) -> None:
    write(tmp_path, "pkg/__init__.py", "pkg/mod.py", f"tests/test_mod.py={line}\n")
    style = import_style(tmp_path, target(tmp_path, "pkg/mod.py"))
    assert (style.kind, style.module) == (kind, "pkg.mod")


def test_without_any_tests_the_file_goes_to_tests(tmp_path: Path) -> None:
    write(tmp_path, "mod.py")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f.py"
    assert place(tmp_path, "mod.py", "RingBuffer.pop") == "tests/test_mod_ring_buffer_pop.py"


def test_the_package_is_mirrored_in_a_new_tests_folder(tmp_path: Path) -> None:
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py")
    assert place(tmp_path, "src/pkg/sub/mod.py") == "tests/sub/test_mod_f.py"


@pytest.mark.parametrize("folder", ["tests/sub", "tests/pkg/sub", "tests/unit/sub", "tests/unit/pkg/sub"])
def test_a_mirrored_folder_that_exists_is_used(tmp_path: Path, folder: str) -> None:
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py")
    write(tmp_path, f"{folder}/test_other.py=x = 1\n")
    assert place(tmp_path, "src/pkg/sub/mod.py") == f"{folder}/test_mod_f.py"


def test_where_tests_sit_flat_the_new_one_does_too(tmp_path: Path) -> None:
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/sub/mod.py", "tests/test_other.py=x = 1\n")
    assert place(tmp_path, "src/pkg/sub/mod.py") == "tests/test_mod_f.py"


def test_no_new_folder_is_made_where_test_folders_are_packages(tmp_path: Path) -> None:
    write(tmp_path, "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py", "tests/__init__.py")
    assert place(tmp_path, "src/pkg/sub/mod.py") == "tests/test_mod_f.py"


@pytest.mark.parametrize(
    "config", ["pytest.ini=[pytest]\ntestpaths = checks\n", "setup.cfg=[tool:pytest]\ntestpaths = checks\n"]
)
def test_testpaths_decide(tmp_path: Path, config: str) -> None:
    write(tmp_path, config, "mod.py", "tests/test_old.py=x = 1\n")
    assert place(tmp_path, "mod.py") == "checks/test_mod_f.py"


def test_of_several_testpaths_the_one_that_exists_is_taken_and_source_folders_are_not(tmp_path: Path) -> None:
    config = '[tool.pytest.ini_options]\ntestpaths = ["src", "gone", "checks"]\n'
    write(tmp_path, f"pyproject.toml={config}", "src/mod.py", "checks/test_old.py=x = 1\n")
    assert place(tmp_path, "src/mod.py") == "checks/test_mod_f.py"


def test_tests_beside_the_module_are_a_convention_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        "pkg/__init__.py",
        "pkg/sub/__init__.py",
        "pkg/sub/mod.py",
        "pkg/sub/tests/test_old.py=x = 1\n",
        "tests/a",
    )
    assert place(tmp_path, "pkg/sub/mod.py") == "pkg/sub/tests/test_mod_f.py"


def test_a_test_folder_called_test_is_found(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "test/test_old.py=x = 1\n")
    assert place(tmp_path, "mod.py") == "test/test_mod_f.py"


def test_a_nested_project_keeps_its_tests(tmp_path: Path) -> None:
    root_config = 'pyproject.toml=[tool.pytest.ini_options]\ntestpaths = ["tests", "packages/*/tests"]\n'
    write(tmp_path, root_config, "tests/test_top.py=x = 1\n", "packages/a/pyproject.toml", "packages/a/src/a/m.py")
    assert place(tmp_path, "packages/a/src/a/m.py") == "packages/a/tests/test_m_f.py"
    write(tmp_path, "packages/a/tests/test_old.py=x = 1\n")
    assert place(tmp_path, "packages/a/src/a/m.py") == "packages/a/tests/test_m_f.py"


def test_a_file_of_ours_is_written_again_and_any_other_makes_a_number(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", f"tests/test_mod_f.py={OURS.format('mod.py::f')}")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f.py"
    write(tmp_path, "tests/test_mod_f.py=def test_f(): pass\n")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f_2.py"
    write(tmp_path, f"tests/test_mod_f_2.py={OURS.format('other.py::f')}")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f_3.py"


def test_base_names_are_unique_where_test_folders_are_no_packages(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "tests/sub/test_mod_f.py=x = 1\n")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f_2.py"


def test_base_names_may_repeat_where_test_folders_are_packages(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "tests/__init__.py", "tests/sub/__init__.py", "tests/sub/test_mod_f.py=x = 1\n")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f.py"


def test_the_file_name_follows_python_files(tmp_path: Path) -> None:
    write(tmp_path, "pytest.ini=[pytest]\npython_files = *_test.py\n", "mod.py")
    assert place(tmp_path, "mod.py") == "tests/mod_f_test.py"


def test_names_are_clean_for_private_and_package_functions(tmp_path: Path) -> None:
    write(tmp_path, "pkg/__init__.py=def _load() -> int:\n    ...\n")
    assert place(tmp_path, "pkg/__init__.py", "_load") == "tests/test_pkg_load.py"


def test_a_class_in_a_module_of_its_name_is_named_once(tmp_path: Path) -> None:
    write(tmp_path, "ring_buffer.py")
    assert place(tmp_path, "ring_buffer.py", "RingBuffer.pop") == "tests/test_ring_buffer_pop.py"


def test_an_override_is_a_file_or_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "mod.py")
    assert place(tmp_path, "mod.py", override="checks/test_it.py") == "checks/test_it.py"
    assert place(tmp_path, "mod.py", override="checks/") == "checks/test_mod_f.py"


@pytest.mark.parametrize("override", ["../x.py", "/etc/x.py", "a/../../x"])
def test_an_override_outside_of_the_repository_is_refused(tmp_path: Path, override: str) -> None:
    write(tmp_path, "mod.py")
    with pytest.raises(UsageError, match="outside"):
        place(tmp_path, "mod.py", override=override)


def linked(root: Path, *paths: str) -> Path:
    """A repository beside a folder that is not its own, with links to that at these paths."""
    (root / "outside").mkdir()
    home = root / "repository"
    write(home, "pyproject.toml", "src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py")
    for path in paths:
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).symlink_to(root / "outside")
    return home


@pytest.mark.parametrize(
    ("links", "found"),
    [
        (["tests"], "test/sub/test_mod_f.py"),
        (["tests", "test"], "sub/test_mod_f.py"),
        (["tests/sub"], "tests/test_mod_f.py"),
        (["tests/unit"], "tests/sub/test_mod_f.py"),
        (["src/pkg/tests"], "tests/sub/test_mod_f.py"),
    ],
)
def test_a_folder_that_links_out_of_the_repository_is_no_place(tmp_path: Path, links: list[str], found: str) -> None:
    assert place(linked(tmp_path, *links), "src/pkg/sub/mod.py") == found


def test_a_test_file_that_links_out_of_the_repository_is_not_ours_to_write(tmp_path: Path) -> None:
    home = linked(tmp_path)
    (home / "tests/sub").mkdir(parents=True)
    (home / "tests/sub/test_mod_f.py").symlink_to(tmp_path / "outside/new.py")
    assert place(home, "src/pkg/sub/mod.py") == "tests/sub/test_mod_f_2.py"


def test_testpaths_that_link_out_of_the_repository_are_no_place(tmp_path: Path) -> None:
    home = linked(tmp_path, "checks")
    write(home, "pytest.ini=[pytest]\ntestpaths = checks\n")
    assert place(home, "src/pkg/sub/mod.py") == "tests/sub/test_mod_f.py"


@pytest.mark.parametrize("override", ["checks", "checks/sub", "checks/test_it.py", "loop/test_it.py"])
def test_an_override_that_links_out_of_the_repository_is_refused(tmp_path: Path, override: str) -> None:
    home = linked(tmp_path, "checks")
    (home / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="out of the repository"):
        place(home, "src/pkg/sub/mod.py", override=override)
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("override", ["mod", "mod/sub"])
def test_an_override_at_a_file_that_is_no_test_is_refused(tmp_path: Path, override: str) -> None:
    write(tmp_path, "mod.py", "mod=x")
    with pytest.raises(UsageError, match="is no folder"):
        place(tmp_path, "mod.py", override=override)


def test_a_file_called_tests_is_no_place(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "tests=x")
    assert place(tmp_path, "mod.py") == "test/test_mod_f.py"


def test_a_folder_that_links_to_another_one_of_the_repository_is_used(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "checks/test_old.py=x = 1\n")
    (tmp_path / "tests").symlink_to("checks")
    assert place(tmp_path, "mod.py") == "tests/test_mod_f.py"


def test_an_override_never_takes_somebody_elses_file(tmp_path: Path) -> None:
    write(tmp_path, "mod.py", "tests/test_a.py=def test_a(): pass\n")
    with pytest.raises(UsageError, match="holds other tests"):
        place(tmp_path, "mod.py", override="tests/test_a.py")


def test_the_root_is_the_git_top_level_then_the_nearest_project_then_the_start(tmp_path: Path) -> None:
    write(tmp_path, "a/b/mod.py")
    assert repository_root(tmp_path / "a/b") == tmp_path / "a/b"
    write(tmp_path, "a/pyproject.toml")
    assert repository_root(tmp_path / "a/b/mod.py") == tmp_path / "a"
    (tmp_path / ".git").mkdir()
    assert repository_root(tmp_path / "a/b") == tmp_path
