"""The file that a spec may name: a Python file inside of the repository, not one that other tools act on.

First what the text alone can tell (``read_path``), then what the repository can (``place_flaw``).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cosplay_action.errors import UsageError
from cosplay_action.specs.issues.findings import Findings, shown
from cosplay_action.specs.project import above, project_folder, pytest_settings, source_roots, stays_inside

LONGEST = 200  # characters
_LONGEST_PART = 255  # bytes, on most file systems
_CURE = "Write a path such as `src/pkg/module.py`, relative to the repository's root."
_PART = re.compile(r"[\w.+@-][\w.+@ -]*")
_DRIVE = re.compile(r"^[A-Za-z]:")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # files that Windows cannot check out
# What installs, configures or runs things: a spec never creates or changes one.
_PROTECTED_NAMES = frozenset({
    "action.yaml", "action.yml", "cargo.lock", "codeowners", "conftest.py", "fabfile.py", "noxfile.py", "pdm.lock",
    "pipfile", "pipfile.lock", "poetry.lock", "pylock.toml", "pyproject.toml", "setup.cfg", "setup.py",
    "sitecustomize.py", "tox.ini", "usercustomize.py", "uv.lock",
})  # fmt: skip
_PROTECTED_ENDS = (".lock", ".pth")
_FOREIGN_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_TEST = re.compile(r"test_.*\.py|.*_test\.py", re.IGNORECASE)
_PYTEST = frozenset({"_pytest", "pluggy", "pytest"})
_ALPHABETS = ("ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LATIN")  # whose letters look alike


def protected(path: str) -> bool:
    """True for a path (POSIX) that a spec may not touch, whatever its case."""
    parts = [part.casefold() for part in PurePosixPath(path).parts]
    name = parts[-1] if parts else ""
    hidden = any(part.startswith(".") for part in parts)
    return hidden or name in _PROTECTED_NAMES or name.endswith(_PROTECTED_ENDS)


def is_test(path: str) -> bool:
    """True for a file whose name says that pytest collects it: a spec's tests go there, what they test does not."""
    return bool(_TEST.fullmatch(PurePosixPath(path).name))


def mixes_alphabets(word: str) -> bool:
    """True for a word of letters that look alike but are not: ``join`` with a Cyrillic o."""
    if word.isascii():
        return False
    names = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return len(names.intersection(_ALPHABETS)) > 1 or unicodedata.normalize("NFKC", word) != word


def read_path(text: str, line: int, findings: Findings) -> str:
    """The path in its plain form, empty where the text alone shows that it is none."""
    written = text.strip()
    path = written.removeprefix("./")
    why = next(_written_flaws(written), "") or next(_path_flaws(path), "")
    if why:
        findings.flaw(line, f"The path {shown(written)} {why}.", _CURE)
        return ""
    return path


def _written_flaws(text: str) -> Iterator[str]:
    """What the letters of a path say, before it is read as one."""
    if not text:
        yield "is blank"
    if len(text) > LONGEST:
        yield f"is longer than {LONGEST} characters"
    if "\\" in text:
        yield "holds a backslash"
    if _DRIVE.match(text) or text.startswith(("/", "~")):
        yield "is absolute"
    if _ENCODED.search(text):
        yield "is encoded like a link's"


def _path_flaws(path: str) -> Iterator[str]:
    parts = path.split("/")
    if ".." in parts:
        yield "leads upwards"
    if parts[-1] in {"", "."}:
        yield "is a directory"
    if not all(parts) or "." in parts:
        yield "has an empty part"
    if protected(path):
        yield "is protected: hidden folders, and what installs or configures things, are not for a spec to change"
    if is_test(path):
        yield "is a test file: what is tested stands in a module of its own"
    odd = next((part for part in parts if not _is_plain(part)), "")
    if odd:
        yield f"has the part {shown(odd)}, which is no plain name"
    if not path.endswith(".py"):
        yield "names no .py file"
    if _FOREIGN_FOLDERS.intersection(parts):
        yield "lies in a folder of files that are not the repository's own"
    if not PurePosixPath(path).stem.isidentifier():
        yield "has a name that no import statement can say"


def _is_plain(part: str) -> bool:
    """A file name that is one thing on every system and to every eye."""
    plain = _PART.fullmatch(part) and not part.endswith((".", " ")) and not mixes_alphabets(part)
    short = len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_PART
    return bool(plain) and short and not _WINDOWS.fullmatch(part.partition(".")[0])


def place_flaw(root: Path, path: str) -> str:
    """Why the file cannot be created or changed where it is (empty: it can)."""
    try:
        return next(_folder_flaws(root, path), "") or next(filter(None, _file_flaws(root, path)), "")
    except OSError as error:
        return f"{path} cannot be looked at: {error.strerror}"


def _folder_flaws(root: Path, path: str) -> Iterator[str]:
    for folder in above(path):
        here = root / folder
        if folder == ".":
            continue
        if here.is_symlink():
            yield f"{path} lies behind the link {folder}"
        if here.exists() and not here.is_dir():
            yield f"{folder} is no folder"
        if (here / ".git").exists():
            yield f"{path} lies in {folder}, which is a repository of its own"


def _file_flaws(root: Path, path: str) -> Iterator[str]:
    file = root / path
    if file.is_symlink():
        yield f"{path} is a link"
    if file.is_dir():
        yield f"{path} is a directory"
    if file.exists() and not file.is_file():
        yield f"{path} is no regular file"
    if not stays_inside(root, path):
        yield f"{path} lies outside of the repository"
    if is_test(path):
        yield f"{path} is a test file: what is tested stands in a module of its own"
    if not file.exists():
        yield _hidden(root, path)
        yield _twin(root, path)


def _hidden(root: Path, path: str) -> str:
    """Whether a new module would be imported in place of one of Python's or pytest's own."""
    place = PurePosixPath(path)
    place = place.parent if place.stem == "__init__" else place.with_suffix("")
    if place.name not in sys.stdlib_module_names | _PYTEST or place.parent.as_posix() not in _import_roots(root, path):
        return ""
    whose = "pytest's" if place.name in _PYTEST else "Python's"
    return f"{path} would hide {whose} own module {place.name}"


def _import_roots(root: Path, path: str) -> set[str]:
    project = project_folder(root, path)
    folders = {".", "src", project, f"{project}/src"}
    try:
        settings = pytest_settings(root, path)
        return folders.union(source_roots(root, project), settings.pythonpath if settings else ())
    except UsageError:  # what is wrong with the configuration is said elsewhere
        return folders


def _twin(root: Path, path: str) -> str:
    """A new path may not differ from an old one by the case of its letters alone: some systems cannot hold both."""
    here = root
    for part in PurePosixPath(path).parts:
        names = [entry.name for entry in here.iterdir()] if here.is_dir() else []
        twin = next((name for name in names if name != part and name.casefold() == part.casefold()), "")
        if twin and part not in names:
            return f"{path} differs from the existing {(here / twin).relative_to(root).as_posix()} by case alone"
        here /= part
    return ""
