"""The files and folders that a command line names, as paths of their repository."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cosplay_action.errors import UsageError
from cosplay_action.evidence.neutralise import visible
from cosplay_action.specs.project import repository_root


def located(where: Path, names: Sequence[str]) -> tuple[Path, list[str]]:
    """The root of the repository around the folder ``where``, and the names, seen from there, relative to that root.

    Links among the folders are followed, a name that is a link stays one. Raises UsageError for what lies outside.
    """
    root = repository_root(where)
    found = []
    for name in names:
        path = Path(os.path.abspath(where / name))  # noqa: PTH100 - resolve() would follow the last link too
        real = _real(path.parent) / path.name
        if not real.is_relative_to(root):
            what = f"{visible(name)} lies outside of the repository {root.name}."
            raise UsageError(what, "Run the command inside of the repository that it belongs to.")
        found.append(real.relative_to(root).as_posix())
    return root, list(dict.fromkeys(found))


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))
