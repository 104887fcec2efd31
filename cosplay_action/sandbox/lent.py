"""pytest for an interpreter that has none: this tool's own and what it imports, behind everything that it has itself.

A runner's plain ``python3`` has no pytest, and kept tests ship only if they were run. Nothing is installed anywhere: a
copy is read, and only for as long as the check takes.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from cosplay_action.sandbox.interpreter import Interpreter

PACKAGES = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
OLDEST = (3, 11)  # below it pytest needs more than these packages
# What an interpreter runs in place of ``-m pytest``: the folder comes last, so that it hides nothing.
START = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module('pytest', run_name='__main__', alter_sys=True)"
)


def lacks_pytest(interpreter: Interpreter) -> bool:
    """Whether an interpreter has no pytest and ours can run under it."""
    there = any((Path(entry) / "pytest" / "__init__.py").exists() for entry in interpreter.search)
    there = there or any(name == "pytest" for name, _ in interpreter.packages)
    return not there and tuple(map(int, interpreter.version.split(".")[:2])) >= OLDEST


def lend(folder: Path) -> Path:
    """Copy pytest and what it imports into a new folder below ``folder``; returns that."""
    lent = folder.resolve() / "lent"
    lent.mkdir()
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None, "pytest is one of our own requirements"
        assert spec.origin is not None
        home = Path(spec.origin)
        if spec.submodule_search_locations is None:
            shutil.copy(home, lent / home.name)
        else:
            shutil.copytree(home.parent, lent / name, ignore=shutil.ignore_patterns("__pycache__"))
    return lent


def started(lent: Path | None) -> list[str]:
    """An interpreter's arguments that run pytest."""
    return ["-m", "pytest"] if lent is None else ["-c", START, str(lent)]
