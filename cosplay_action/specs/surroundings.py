"""What an execution may depend on beside the target's own module: the other Python files it could import."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from cosplay_action.method.job import digest
from cosplay_action.specs.target import Target
from cosplay_action.specs.walking import files_below


def surroundings(root: Path, target: Target) -> str:
    """The digest of the Python files below the target's import roots, its own file and the tests left out.

    What was observed before is observed again once it changes: an old observation would speak of other code.
    """
    files = {path for folder in target.roots for path in files_below(root, folder) if path.endswith(".py")}
    paths = sorted(path for path in files if path != target.path and not _is_test(path) and (root / path).is_file())
    return digest(*(f"{path}\n{(root / path).read_bytes().hex()}" for path in paths))


def _is_test(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[-1].startswith("test_") or parts[-1] == "conftest.py" or bool({"tests", "test"} & set(parts[:-1]))
