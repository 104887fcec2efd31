"""The interpreter that cells run under: what it is, what cells read of it, and where their modules come from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cosplay_action.errors import SandboxError
from cosplay_action.sandbox import visible
from cosplay_action.sandbox.probing import Answer, ask

_UNFOUND = "Cells do not find what {!r} finds: of editable installs that bring a finder, only setuptools' are known."
_SHUT = "Cells do not import from {!r}: it holds more than code."


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python, as its own start with the site module leaves it.

    ``reads`` are the files and folders that cells must be able to read, ``search`` is ``sys.path``, ``packages`` are
    names that editable installs map to a folder or file ("" for a namespace without either), ``prefixes`` the folders
    that belong to it, ``notes`` what cells will miss, for people.
    """

    path: Path
    version: str  # "3.12.1"
    reads: tuple[str, ...]
    search: tuple[str, ...]
    packages: tuple[tuple[str, str], ...] = ()
    prefixes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


_known: dict[tuple[Path, Path | None], Interpreter] = {}


async def probe(python: Path, *, home: Path | None = None, unjailed: bool = False) -> Interpreter:
    """Ask an interpreter what cells need of it; each path is asked once in this process.

    ``python`` is an executable, a virtual environment's folder, or the name of a program on PATH. ``home`` is the
    user's repository: nothing in it but an environment is among the reads. The interpreter's start files run in a
    jail; where the system has none, it is asked only if ``unjailed``. Raises SandboxError.
    """
    path, home = executable(python), home and _real(home)
    if (path, home) not in _known:
        _known[path, home] = _fenced(path, await ask(path, unjailed=unjailed), home)
    return _known[path, home]


def executable(python: Path) -> Path:
    """The interpreter's path, absolute, links kept: a virtual environment's own is a link. Raises SandboxError."""
    named = shutil.which(str(python)) if len(python.parts) == 1 and not python.exists() else None
    path = Path(os.path.abspath(named or python))  # noqa: PTH100 - resolve() would follow the links
    if path.is_dir():
        if not (path / "bin" / "python").is_file():
            raise SandboxError(f"{python} is a folder without bin/python.", "Name an interpreter with --python.")
        return path / "bin" / "python"
    if not path.is_file():
        raise SandboxError(f"there is no interpreter {python}.", "Name one with --python, such as .venv/bin/python.")
    if not os.access(path, os.X_OK):
        raise SandboxError(f"{python} is not executable.", "Name an interpreter with --python.")
    return path


def translate(seen: Interpreter, home: Path, export: Path) -> Interpreter:
    """The interpreter as cells see it that have the folder ``export`` in place of the user's repository ``home``.

    An editable install of the repository itself is found in the export; what is not there is not found at all.
    """
    home = home.resolve()

    def moved(place: str) -> str | None:
        if visible.within(place, seen.prefixes) or not visible.within(place, [str(home)]):
            return place
        written = Path(place) if Path(place).is_relative_to(home) else Path(place).resolve()
        inside = export / written.relative_to(home)
        return str(inside) if inside.exists() else None

    search = [place for each in seen.search if (place := moved(each))]
    packages = [(name, place) for name, each in seen.packages if (place := moved(each) if each else each) is not None]
    return replace(seen, search=tuple(dict.fromkeys(search)), packages=tuple(packages))


def _real(folder: Path) -> Path:
    return folder.resolve()


def _fenced(path: Path, said: Answer, home: Path | None) -> Interpreter:
    """What an interpreter says of itself, less what cells must not read."""
    fence = visible.Fence(str(home) if home else None, os.path.expanduser("~"))  # noqa: PTH111 - never raises
    if Path(said.executable).is_absolute() and os.access(said.executable, os.X_OK):
        path = Path(said.executable)  # a script may have started it
    own = visible.prefixes(fence, said.prefixes, said.version)
    core = [*own, *said.standard]
    entries = {place: visible.entry(fence, place, core) for place in said.search}
    search = [place for place, each in entries.items() if each.searched]
    packages = dict(pair for each in entries.values() for pair in each.packages) | {
        name: place
        for name, place in said.packages.items()
        if not place or visible.within(place, core) or fence.is_home(place) or fence.opens(place)
    }
    reads = [*core, *visible.SYSTEM, *visible.libraries(fence, said.libraries), *visible.links(path)]
    reads += [place for each in entries.values() for place in each.reads]
    elsewhere = [*filter(None, packages.values()), *visible.stored(search)]
    reads += [place for place in elsewhere if visible.within(place, core) or not fence.is_home(place)]
    shut = [place for place, each in entries.items() if not each.searched and not each.packages]
    shut += [place for name, place in said.packages.items() if name not in packages]
    return Interpreter(
        path=path, version=said.version, reads=visible.least(fence, reads), search=tuple(search),
        packages=tuple(sorted(packages.items())), prefixes=tuple(own), notes=_notes(said.finders, shut),
    )  # fmt: skip


def _notes(finders: Iterable[str], shut: Iterable[str]) -> tuple[str, ...]:
    return (*(_UNFOUND.format(name) for name in finders), *(_SHUT.format(place) for place in shut))
