"""The files of a repository as the file system shows them, without those that are nobody's source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

MOST = 50_000  # files looked at; more is no source tree
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "build", "dist", "site-packages"})


def files_below(root: Path, folder: str = ".") -> Iterator[str]:
    """Files at or below ``folder`` (POSIX paths relative to ``root``, in one order), links and hidden folders left out.

    Virtual environments, caches and build output are skipped too.
    """
    seen = 0
    for here, folders, names in os.walk(root / folder):
        folders[:] = sorted(f for f in folders if not _is_skipped(Path(here), f))
        for name in sorted(names):
            seen += 1
            if seen > MOST:
                return
            yield (Path(here) / name).relative_to(root).as_posix()


def _is_skipped(here: Path, name: str) -> bool:
    folder = here / name
    return name.startswith(".") or name in _SKIPPED or (folder / "pyvenv.cfg").is_file() or folder.is_symlink()
