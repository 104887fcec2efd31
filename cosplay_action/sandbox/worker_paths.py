"""Inside a worker: the places modules are imported from, as the probe saw them with the site module enabled.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def install(search: list[str], packages: dict[str, str]) -> None:
    """Make ``search`` the whole of ``sys.path``, and find ``packages`` (see ``Packages``) beside it."""
    sys.path[:] = search
    if packages:
        # before the finder of sys.path, whose namespaces would hide a mapped package of the same name
        sys.meta_path.insert(sys.meta_path.index(importlib.machinery.PathFinder), Packages(packages))


class Packages:
    """Finds what editable installs map by name: a package's folder, a module's file, or a namespace's folder.

    A namespace is a folder without ``__init__.py``, or "" for one with nothing but the packages mapped below it; its
    other parts on ``sys.path`` belong to it too. A regular module or package on ``sys.path`` comes first.
    """

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        place = self.packages.get(name)
        if place is None:
            return None
        other = importlib.machinery.PathFinder.find_spec(name, path)
        if other is not None and other.origin is not None:
            return None  # not a namespace
        file = place if os.path.isfile(place) else next(filter(os.path.isfile, _starts(place)), None)
        if file is None:
            return _namespace(name, place, other)
        within = [place] if file != place else None
        return importlib.util.spec_from_file_location(name, file, submodule_search_locations=within)


def _starts(folder: str) -> list[str]:
    return [os.path.join(folder, "__init__" + suffix) for suffix in importlib.machinery.all_suffixes()]


def _namespace(name: str, place: str, other: importlib.machinery.ModuleSpec | None) -> importlib.machinery.ModuleSpec:
    spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
    elsewhere = other.submodule_search_locations if other is not None else None
    spec.submodule_search_locations = [*(elsewhere or ()), *filter(None, [place])]
    return spec
