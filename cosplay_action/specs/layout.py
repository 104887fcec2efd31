"""Where things are: the repository's root, a module's import name, and the place of a new test.

The nearest pyproject.toml rules. How the repository's own tests import the module decides before any guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from cosplay_action.errors import UsageError
from cosplay_action.specs.importing import ImportPlace, import_place, import_style
from cosplay_action.specs.project import (
    PytestSettings,
    above,
    below,
    can_be_folder,
    inside,
    is_package,
    project_folder,
    pytest_settings,
    repository_root,
    stays_inside,
)
from cosplay_action.specs.target import Target
from cosplay_action.specs.testfile import read_header
from cosplay_action.specs.walking import files_below
from cosplay_action.specs.wording import snake

__all__ = ["ImportPlace", "import_place", "import_style", "repository_root", "test_place"]

_TEST_FOLDERS = ("tests", "test")
_GROUPS = ("unit", "unittests", "unit_tests")


def test_place(root: Path, target: Target, override: str | None = None) -> str:  # noqa: PT028 - no test itself
    """The path (POSIX, relative to ``root``) of the new test file.

    ``override`` names a file (``.py``) or a folder. A file of ours for the same target is written again; any other
    file of that name makes ours a numbered one. No link leads the path out of the repository: another place is taken.
    Raises UsageError for an override outside of the repository or onto somebody else's file.
    """
    settings = pytest_settings(root, target.path)
    if override is not None:
        return _overridden(root, target, override, settings)
    folder = _mirrored(root, target, _test_folder(root, target.path, settings))
    return _free_name(root, target, folder, settings)


def _overridden(root: Path, target: Target, override: str, settings: PytestSettings | None) -> str:
    found = inside(".", (override,))
    if not found:
        raise UsageError(f"The test path {override} lies outside the repository.", "Give a path relative to its root.")
    if not stays_inside(root, found[0]):
        raise UsageError(f"A link leads the test path {override} out of the repository.", "Give a path without it.")
    if not found[0].endswith(".py"):
        if not can_be_folder(root, found[0]):
            raise UsageError(f"The test path {override} is no folder.", "Name a folder, or a file that ends in .py.")
        return _free_name(root, target, found[0], settings)
    if not _is_ours(root, found[0], target):
        raise UsageError(f"{found[0]} exists and holds other tests.", "Name a new file, or a folder, as the test path.")
    return found[0]


def _is_ours(root: Path, path: str, target: Target) -> bool:
    """True when the file may be written: it is not there, or it is our earlier test file of this target."""
    if not stays_inside(root, path):
        return False
    try:
        header = read_header((root / path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, UnicodeError):
        return False
    return header is not None and header.target == f"{target.path}::{target.qualname}"


def _test_folder(root: Path, path: str, settings: PytestSettings | None) -> str:
    """``testpaths`` of the nearest configuration, else an existing tests folder of the project, else ``tests``."""
    project = project_folder(root, path)
    listed = [p for p in _globbed(root, settings) if not below(path, p) and can_be_folder(root, p)]
    near = [p for p in listed if below(p, project)]
    folders = [f for f in above(path) if below(f, project) or f == project]
    places = [f"{folder}/{name}".removeprefix("./") for folder in folders for name in _TEST_FOLDERS]
    found = [p for p in places if can_be_folder(root, p) and (root / p).is_dir()]
    if near:
        return min(near, key=lambda p: (not (root / p).is_dir(), PurePosixPath(p).name not in _TEST_FOLDERS))
    if found:
        return found[0]
    if settings and settings.folder == project and listed:
        return listed[0]
    fresh = [f"{project}/{name}".removeprefix("./") for name in _TEST_FOLDERS]
    return next((p for p in fresh if can_be_folder(root, p)), project)


def _globbed(root: Path, settings: PytestSettings | None) -> list[str]:
    """``testpaths`` with its wildcards expanded."""
    found: list[str] = []
    for path in settings.testpaths if settings else ():
        if any(c in path for c in "*?["):
            with suppress(ValueError, NotImplementedError):  # no pattern: pytest takes nothing for it either
                found += sorted(p.relative_to(root).as_posix() for p in root.glob(path) if p.is_dir())
        else:
            found.append(path)
    return found


def _mirrored(root: Path, target: Target, tests: str) -> str:
    """The folder below ``tests`` that mirrors the module's package, as far as the repository does so.

    A folder that exists is used (the deepest). A new one is made only where no tests sit in the test folder itself and
    where it needs no ``__init__.py`` of its own.
    """
    package = target.module.split(".")[:-1]
    tails = [package[n:] for n in range(len(package) + 1)]
    heads = [(), *((g,) for g in _GROUPS)]
    places = ["/".join((tests, *head, *tail)) for tail in tails if tail for head in heads]
    existing = [p for p in places if can_be_folder(root, p) and (root / p).is_dir()]
    if existing:
        return max(existing, key=lambda p: (p.count("/"), -places.index(p)))
    groups = (f"{tests}/{g}" for g in _GROUPS if can_be_folder(root, f"{tests}/{g}"))
    home = next((g for g in groups if (root / g).is_dir()), tests)
    flat = any(entry.name.startswith("test") and entry.suffix == ".py" for entry in _entries(root / home))
    mirrored = "/".join((home, *package[1:]))
    return home if flat or is_package(root, home) or not can_be_folder(root, mirrored) else mirrored


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _free_name(root: Path, target: Target, folder: str, settings: PytestSettings | None) -> str:
    """A file name that is free, or ours; unique among all test files where folders are no packages.

    Without ``__init__.py`` pytest imports test files by base name (import mode "prepend"): two cannot share one.
    """
    stem = _stem(target)
    patterns = settings.python_files if settings else ("test_*.py",)
    taken = {PurePosixPath(p).name for p in _rivals(root, folder, settings)} if not is_package(root, folder) else set()
    number = 1
    while True:
        name = _matching(stem if number == 1 else f"{stem}_{number}", patterns)
        if name not in taken and _is_ours(root, f"{folder}/{name}", target):
            return f"{folder}/{name}".removeprefix("./")
        number += 1


def _rivals(root: Path, folder: str, settings: PytestSettings | None) -> Iterator[str]:
    """Test files elsewhere that pytest would import by base name."""
    for path in files_below(root, settings.folder if settings else "."):
        parent = PurePosixPath(path).parent.as_posix()
        if path.endswith(".py") and parent != folder and not is_package(root, parent):
            yield path


def _stem(target: Target) -> str:
    path = PurePosixPath(target.path)
    module = path.stem if path.stem != "__init__" else path.parent.name
    parts = dict.fromkeys(snake(part) for part in (module, *target.qualname.split(".")))
    return re.sub(r"[^a-z0-9_]", "", "_".join(parts))


def _matching(stem: str, patterns: Sequence[str]) -> str:
    names = (f"test_{stem}.py", f"{stem}_test.py", f"{stem}_tests.py", f"check_{stem}.py")
    return next((n for n in names if any(fnmatch(n, pattern) for pattern in patterns)), names[0])
