"""How a worker finds modules: what the probe saw, under every interpreter that cells may run under."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cosplay_action.sandbox import probing
from tests.support import pythons

PATHS = probing.PROBE.with_name("worker_paths.py")
SCRIPT = """
import importlib, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("_cosplay_worker_paths", sys.argv[1])
paths = importlib.util.module_from_spec(spec)
spec.loader.exec_module(paths)
search, packages, names = json.loads(sys.argv[2])
paths.install([*sys.path[1:], *search], packages)
for name in names:
    try:
        module = importlib.import_module(name)
        print(module.WHERE if hasattr(module, "WHERE") else sorted(module.__path__))
    except ImportError as error:
        print(type(error).__name__)
"""


@pytest.fixture(params=pythons.VERSIONS)
def python(request: pytest.FixtureRequest) -> Path:
    return pythons.interpreter(request.param)


def write(root: Path, *paths: str) -> None:
    """Modules that know where they are."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"WHERE = {path!r}\n")


def imported(
    python: Path, names: Sequence[str], search: Sequence[Path] = (), packages: Mapping[str, object] | None = None
) -> list[str]:
    given = [[str(each) for each in search], {name: str(place) for name, place in (packages or {}).items()}, names]
    command = [python, "-s", "-S", "-B", "-c", SCRIPT, str(PATHS), json.dumps(given)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_mapped_package_is_found_with_what_is_in_it(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "src/shop/__init__.py", "src/shop/till.py")
    assert imported(python, ["shop", "shop.till", "shop.none"], packages={"shop": tmp_path / "src/shop"}) == [
        "src/shop/__init__.py", "src/shop/till.py", "ModuleNotFoundError"
    ]  # fmt: skip


def test_a_mapped_module_is_its_file(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "somewhere/till.py")
    assert imported(python, ["till"], packages={"till": tmp_path / "somewhere/till.py"}) == ["somewhere/till.py"]


def test_a_module_on_the_path_comes_before_a_mapped_one(python: Path, tmp_path: Path) -> None:
    """As with setuptools' own finder, so that the export's import roots rule."""
    write(tmp_path, "first/till.py", "second/till.py")
    found = imported(python, ["till"], [tmp_path / "first"], {"till": tmp_path / "second/till.py"})
    assert found == ["first/till.py"]


def test_a_mere_folder_on_the_path_does_not_hide_a_mapped_package(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "src/shop/__init__.py")
    (tmp_path / "first/shop").mkdir(parents=True)
    assert imported(python, ["shop"], [tmp_path / "first"], {"shop": tmp_path / "src/shop"}) == [
        "src/shop/__init__.py"
    ]  # fmt: skip


def test_a_namespace_is_all_its_parts(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "first/ours/one.py", "second/two.py")
    found = imported(python, ["ours", "ours.one", "ours.two"], [tmp_path / "first"], {"ours": tmp_path / "second"})
    assert found == [str([f"{tmp_path}/first/ours", f"{tmp_path}/second"]), "first/ours/one.py", "second/two.py"]


def test_a_package_mapped_below_a_namespace_without_a_folder_is_found(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "src/__init__.py", "src/till.py")
    found = imported(
        python, ["ours.shop", "ours.shop.till", "ours.none"], (), {"ours": "", "ours.shop": tmp_path / "src"}
    )
    assert found == ["src/__init__.py", "src/till.py", "ModuleNotFoundError"]


def test_what_is_neither_on_the_path_nor_mapped_is_not_found(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "src/till.py")
    assert imported(python, ["till"], [tmp_path]) == ["ModuleNotFoundError"]
