"""What a repository's own configuration says: where its root is, its projects, its pytest settings.

Reads pyproject.toml, pytest.toml, pytest.ini, tox.ini and setup.cfg. Nothing here is trusted further than a folder
name: paths that leave the repository are ignored, an unreadable file says nothing.
"""

from __future__ import annotations

import configparser
import errno
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cosplay_action.errors import UsageError

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg")
# In pytest's own order of precedence (docs.pytest.org, "Configuration file formats").
_PYTEST_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_INI_SECTIONS = {"setup.cfg": "tool:pytest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestSettings:
    """The settings that decide where a test may sit. ``folder`` (relative to the root) is pytest's rootdir."""

    folder: str
    testpaths: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")


def repository_root(start: Path) -> Path:
    """The folder of the nearest ``.git`` at or above ``start``; else of the nearest pyproject.toml; else ``start``."""
    here = start.resolve()
    here = here if here.is_dir() else here.parent
    for mark in (".git", "pyproject.toml"):
        for folder in (here, *here.parents):
            if (folder / mark).exists():
                return folder
    return here


def above(path: str) -> Iterator[str]:
    """The folders that hold ``path``, nearest first, "." last."""
    for parent in PurePosixPath(path).parents:
        yield parent.as_posix()


def project_folder(root: Path, path: str) -> str:
    """The folder of the nearest pyproject.toml (or setup.py, setup.cfg) at or above a file; "." if there is none."""
    return next((f for f in above(path) if any((root / f / mark).is_file() for mark in _MARKS)), ".")


def read_toml(file: Path) -> Mapping[str, object]:
    """The file's tables, none when it is missing. Raises UsageError for one that is no TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:  # no text, no TOML, a number or a nesting without bound
        raise UsageError(f"{file.name} cannot be read: {error}.", "Mend the file, then run again.") from error


def table_at(data: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """The table at a dotted place, empty when there is none."""
    found: object = data
    for name in names:
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def source_roots(root: Path, project: str) -> tuple[str, ...]:
    """``[tool.cosplay] source-roots`` of the project's pyproject.toml, relative to the repository."""
    value = table_at(read_toml(root / project / "pyproject.toml"), "tool", "cosplay").get("source-roots")
    return inside(project, _words(value))


def pytest_settings(root: Path, path: str) -> PytestSettings | None:
    """The settings of the nearest folder at or above ``path`` that configures pytest."""
    for folder in above(path):
        for name in _PYTEST_FILES:
            found = _section(root / folder / name)
            if found is not None:
                return _settings(folder, found)
    return None


def _section(file: Path) -> Mapping[str, object] | None:
    if not file.is_file():
        return None
    if file.suffix == ".toml":
        data = read_toml(file)
        tool = table_at(data, "tool", "pytest")
        found = table_at(data, "pytest") if file.name != "pyproject.toml" else table_at(tool, "ini_options") or tool
        return found or (None if file.name == "pyproject.toml" else {})
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeError):
        return None
    section = _INI_SECTIONS.get(file.name, "pytest")
    return dict(parser[section]) if parser.has_section(section) else ({} if file.name.endswith("pytest.ini") else None)


def _settings(folder: str, section: Mapping[str, object]) -> PytestSettings:
    files = _words(section.get("python_files"))
    return PytestSettings(
        folder=folder,
        testpaths=inside(folder, _words(section.get("testpaths"))),
        pythonpath=inside(folder, _words(section.get("pythonpath"))),
        python_files=files or PytestSettings(folder=folder).python_files,
    )


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return tuple(value.split())
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def inside(folder: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths, given relative to ``folder``, relative to the repository; those that leave it are dropped.

    So are those that no file system has: a null byte ends a path.
    """
    found = []
    for path in paths:
        if "\0" in path:
            continue
        parts: list[str] = []
        for part in (PurePosixPath(folder) / path).parts:
            if part == "..":
                if not parts:
                    break
                parts.pop()
            elif part == "/":
                break
            else:
                parts.append(part)
        else:
            found.append("/".join(parts) or ".")
    return tuple(found)


def stays_inside(root: Path, path: str) -> bool:
    """True when no link leads a path (relative to the repository, there or not) out of the repository."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def can_be_folder(root: Path, path: str) -> bool:
    """True for a folder of the repository, and for a path at which one can be made."""
    places = [root / path, *(root / p for p in above(path))]
    try:
        return stays_inside(root, path) and all(place.is_dir() or not place.exists() for place in places)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def is_package(root: Path, folder: str) -> bool:
    """True for a folder that holds an ``__init__.py``."""
    return (root / folder / "__init__.py").is_file()


def below(path: str, folder: str) -> bool:
    """True for a path inside of ``folder`` (both relative to the repository)."""
    return folder == "." or path.startswith(f"{folder}/")
