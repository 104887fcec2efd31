"""Which files of an interpreter cells may read: what it is made of and imports from, and nothing that holds more.

What it names was written by other people's start files, and a folder that cells may read is open with all below it:
so no folder that holds the user's home or repository is opened as a whole, nor one that is known to hold keys.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from pathlib import Path

# Relative to the user's home.
_KEYS = (".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".config", ".netrc", ".password-store", ".git")
# With all below them: the kernel's views, and the machine's configuration.
_SYSTEM = ("/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/boot")
# Themselves: everybody's.
_SHARED = frozenset({
    "/", "/home", "/Users", "/root", "/tmp", "/var", "/var/tmp", "/opt", "/srv", "/mnt", "/media", "/private/tmp",  # noqa: S108
})  # fmt: skip
_STORES = ("/nix/store", "/gnu/store")  # packages there name one another by full path
# What the loader of shared libraries reads, which the extension modules of packages are linked to, and time zones.
SYSTEM = ("/etc/ld.so.cache", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")
_LINKS = 40  # followed to one file


def within(place: str, folders: Iterable[str]) -> bool:
    """Whether a place is one of the folders or below one, as written or once links are followed."""
    real = os.path.realpath(place)
    return any(_below(place, each) or _below(real, os.path.realpath(each)) for each in folders)


def _below(place: str, folder: str) -> bool:
    return Path(place).is_relative_to(folder)


@dataclass(frozen=True, slots=True)
class Fence:
    """Which places stay shut: those that hold ``home``, the user's repository, or the home folder ``user``."""

    home: str | None
    user: str

    def opens(self, place: str) -> bool:
        """Whether cells may read a place and all below it."""
        real = os.path.realpath(place)
        keys = [os.path.realpath(f"{self.user}/{name}") for name in _KEYS]
        if real in _SHARED or any(_below(real, each) for each in (*_SYSTEM, *keys)):
            return False
        return not any(_below(os.path.realpath(each), real) for each in (self.home, self.user) if each)

    def is_home(self, place: str) -> bool:
        """Whether a place is in the user's repository, which cells see an export of."""
        return self.home is not None and within(place, [self.home])


def prefixes(fence: Fence, named: Iterable[str], version: str) -> list[str]:
    """The interpreter's own folders; of one that holds more, such as the repository, only those that are its own."""
    library = f"python{version.rpartition('.')[0]}"
    own = ("bin", f"lib/{library}", f"lib64/{library}", "pyvenv.cfg")
    found: list[str] = []
    for prefix in named:
        found += [prefix] if fence.opens(prefix) else [f"{prefix.rstrip('/')}/{name}" for name in own]
    return [place for place in dict.fromkeys(found) if Path(place).exists()]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of ``sys.path`` comes to: is it searched, what is read, which packages stand for it."""

    searched: bool
    reads: tuple[str, ...] = ()
    packages: tuple[tuple[str, str], ...] = ()


def entry(fence: Fence, place: str, own: Sequence[str]) -> Entry:
    """An entry of ``sys.path``. A working copy of another project is not opened: only its packages are."""
    if within(place, own) or fence.is_home(place):
        return Entry(True)
    if not fence.opens(place):
        return Entry(False)
    if not any(each.name.startswith(".") for each in _children(place)):
        return Entry(True, (place,))
    packages = tuple(_importable(place))
    return Entry(False, tuple(path for _, path in packages), packages)


def _importable(folder: str) -> Iterator[tuple[str, str]]:
    """The packages and modules right in a folder: name and path."""
    for each in _children(folder):
        stem = each.name.partition(".")[0]
        if each.is_file() and stem.isidentifier() and each.name[len(stem) :] in all_suffixes():
            yield stem, str(each)
        elif each.name.isidentifier() and any(one.suffix in {".py", ".so"} for one in _children(str(each))):
            yield each.name, str(each)


def _children(folder: str) -> list[Path]:
    try:
        return sorted(Path(folder).iterdir())
    except OSError:  # a file, such as a zip of modules, or unreadable
        return []


def libraries(fence: Fence, files: Iterable[str]) -> list[str]:
    """The folders of shared libraries; the file alone where its folder stays shut."""
    found = [(file, str(Path(file).parent)) for file in files]
    return list(dict.fromkeys(f if fence.is_home(f) or not fence.opens(folder) else folder for f, folder in found))


def links(place: Path) -> Iterator[str]:
    """The links one has to follow to reach a file, and the file."""
    for _ in range(_LINKS):
        yield str(place)
        if not place.is_symlink():
            return
        place = Path(os.path.normpath(place.parent / place.readlink()))


def stored(search: Iterable[str]) -> set[str]:
    """Where the packages are that installers link from a store into the folders named ``*-packages``: roots there."""
    found = set()
    for folder in (each for each in search if each.endswith("-packages")):
        inner = (str(each) for each in _children(folder) if each.is_dir() and not each.is_symlink())
        for link in (each for path in (folder, *inner) for each in _children(path) if each.is_symlink()):
            found.add(os.path.realpath(link).removesuffix("/" + link.relative_to(folder).as_posix()))
    return found


def least(fence: Fence, places: Iterable[str]) -> tuple[str, ...]:
    """The places that may be opened, with what they are links to, without those below another."""
    real = {each for place in places for each in (place, os.path.realpath(place)) if Path(each).exists()}
    real |= {store for store in _STORES if any(_below(each, store) for each in real)}
    found: list[str] = []
    for place in sorted(real):
        shut = Path(place).is_dir() and not fence.opens(place)
        if not shut and not any(_below(place, each) for each in found):
            found.append(place)
    return tuple(found)
