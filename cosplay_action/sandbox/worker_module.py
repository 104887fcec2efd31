"""Inside a worker: the module under test, imported with its stub in place.

Standard library only, Python 3.9 to 3.14.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import linecache
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import types

    from cosplay_action.sandbox import worker_graft as graft
    from cosplay_action.sandbox.wire import WireScene
else:
    import _cosplay_worker_graft as graft

IMPORTING = "while its module was imported: "


class _Text(importlib.machinery.SourceFileLoader):
    """Loads the module under test from a given text instead of its file; no bytecode is read or written."""

    def __init__(self, scene: WireScene, path: str, *, knowing: bool) -> None:
        super().__init__(scene["module"], path)
        self.text = scene["source"]
        self.code, self.lines = graft.compiled(self.text, path, scene["qualname"], knowing=knowing)

    def get_source(self, _name: str) -> str:
        return self.text

    def get_code(self, _name: str) -> types.CodeType:
        return self.code


class _Finder:
    """A meta-path finder that serves exactly one module, so that its siblings see the stub too."""

    def __init__(self, loader: _Text) -> None:
        self.loader = loader

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.loader.name:
            return None
        folder, _, file = self.loader.path.rpartition("/")
        within = [folder] if file == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, self.loader.path, loader=self.loader, submodule_search_locations=within
        )


def folders(scene: WireScene) -> list[str]:
    """The repository's import roots as folders."""
    return [os.path.normpath(f"{scene['root']}/{root}") for root in scene["roots"]]


def load(scene: WireScene) -> graft.Module:
    """Import the module under test, its stub in place. Raises whatever the import raises."""
    path = f"{scene['root']}/{scene['path']}"
    text = scene["source"]
    sys.path[:0] = folders(scene)
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    if "async" in text or "await" in text:
        importlib.import_module("asyncio")  # once here rather than in every cell
    before = set(sys.modules)
    try:
        return _imported(scene, _Text(scene, path, knowing=True))
    except RuntimeError as error:
        if "__class__" not in str(error):  # as type() says of a class that was not told which one it is
            raise
    for name in set(sys.modules) - before:
        del sys.modules[name]
    module = _imported(scene, _Text(scene, path, knowing=False))
    module.knowing = False
    return module


def _imported(scene: WireScene, loader: _Text) -> graft.Module:
    finder = _Finder(loader)
    sys.meta_path.insert(0, finder)
    try:
        namespace = importlib.import_module(scene["module"]).__dict__
        _check(namespace, loader.path)
    except BaseException:
        sys.meta_path.remove(finder)
        raise
    return graft.Module(namespace, loader.code, scene["qualname"], loader.lines)


def _check(namespace: dict[str, object], path: str) -> None:
    """Raises ImportError where the name led to another module, which was loaded before."""
    if namespace.get("__file__") != path:
        raise ImportError("Python has a module of its own by this name, which is loaded already")
