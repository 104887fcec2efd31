"""A throwaway jail around a whole test run: of its own user, processes, network and IPC, everything read-only in it.

Weakened sandboxes run nowhere else. ``weakened.py`` looks for itself whether it is in such a jail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIZE = 128 * 1024 * 1024  # bytes that may be written in it
NOBODY = 65534
_ROOM = ("--size", str(SIZE), "--perms", "1777")


def command(inner: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The argv that runs ``inner`` in the jail: a copy of nothing, a view of everything, room for ``SIZE`` in /tmp."""
    home = str(Path.home())
    places = [str(ROOT), sys.base_prefix, sys.prefix]
    views = [part for place in places for part in (*_way(place, home), "--ro-bind", place, place)]
    return [
        shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
        *(part for place in ("/tmp", home, "/dev/shm") for part in (*_ROOM, "--tmpfs", place)),
        *(*views, "--chdir", str(ROOT), "--clearenv", "--setenv", "PATH", os.defpath, "--setenv", "HOME", home),
        *(part for name, value in environ.items() for part in ("--setenv", name, value)),
        *inner,
    ]  # fmt: skip


def _way(place: str, home: str) -> list[str]:
    """The folders above a place that lies in one of the empty ones, for everybody to go through."""
    emptied = [folder for folder in ("/tmp", home) if place.startswith(folder + "/")]
    above = [str(folder) for folder in reversed(Path(place).parents) if emptied and len(str(folder)) > len(emptied[0])]
    return [part for folder in above for part in ("--perms", "0755", "--dir", folder)]


# Root needs no user namespace; without one it can become a user who is really another.
_NAMESPACES = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
_BECOME = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"]
_NOBODYS = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all"]


def as_nobody(inner: Sequence[str], *, seconds: float, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this interpreter, as root, as an ordinary user who is not root outside either."""
    line = command([sys.executable, *inner], _environment(environ))
    at = line.index("--uid")
    line[at : at + 4] = []
    line[line.index("--unshare-all") : line.index("--unshare-all") + 1] = _NAMESPACES
    at = len(line) - len(inner) - 1
    line[at:at] = [*_BECOME, *_NOBODYS]
    return _ran(line, seconds)


def run(inner: Sequence[str], *, seconds: float, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this interpreter in the jail."""
    return _ran(command([sys.executable, *inner], _environment(environ)), seconds)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", **more}


def _ran(line: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL)


def missing() -> str:
    """Why no such jail can be had here ("": it can)."""
    if not sys.platform.startswith("linux") or shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    tried = run(["-c", "import tests.attacks.outer as outer; outer.insist()"], seconds=60)
    return "" if tried.returncode == 0 else f"no jail: {tried.stderr.strip()[-300:]}"


def insist() -> None:
    """Raise RuntimeError unless this process is in the jail."""
    room = os.statvfs("/tmp")
    signs = {
        "it has a user of its own": os.getuid() == os.geteuid() == NOBODY,
        "its user stands for one user": Path("/proc/self/uid_map").read_text().split()[2] == "1",
        "its processes are its own": Path("/proc/1/comm").read_text().strip() == "bwrap",
        "its network is its own": [name for _, name in socket.if_nameindex()] == ["lo"],
        "it cannot write to /": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        "it cannot write to the checkout": bool(os.statvfs(ROOT).f_flag & os.ST_RDONLY),
        "it can write little": room.f_blocks * room.f_frsize <= SIZE,
    }
    lacking = [sign for sign, holds in signs.items() if not holds]
    if lacking:
        raise RuntimeError(f"this runs in a throwaway jail only, and here is not true: {'; '.join(lacking)}")
