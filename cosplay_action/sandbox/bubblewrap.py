"""The distribution's bubblewrap: where it is, whether it can start here, and the command line of one sandbox.

Only a program of the system is used, never one that a checkout or a Python environment brings along. Nothing here
changes a sysctl or an AppArmor profile: a message says what a person could change.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from cosplay_action.errors import shortage

FOLDERS = ("/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin")
SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"),
)  # programs, libraries and what the loader needs to find them: the same for everybody, so no secret
NODES = ("null", "zero", "full", "random", "urandom")
WALLS = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
    *("--hostname", "sandbox", "--clearenv"),
)
# For root, who needs no user namespace: in one it could not become another user, for whom limits hold.
ROOTS_WALLS = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent"),
    *("--new-session", "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
    *("--cap-add", "CAP_DAC_READ_SEARCH", "--hostname", "sandbox", "--clearenv"),
)
PATIENCE = 20.0  # wall seconds of one attempt to start
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_SIZES: Mapping[str, int] = MappingProxyType({})


def find(environ_path: str | None = None, *, folders: Sequence[str] = FOLDERS) -> str:
    """The path of the system's bubblewrap, "" if there is none.

    Beside the system's own ``folders`` those of ``environ_path`` (default: PATH) count that only root may write,
    parents too: what a checkout, a Python environment or another user put there is never run. For root itself, whose
    own checkouts look the same, only the system's folders count.
    """
    for folder in folders:
        if os.access(f"{folder}/bwrap", os.X_OK):
            return f"{folder}/bwrap"
    if os.geteuid() == 0:
        return ""
    listed = os.environ.get("PATH", "") if environ_path is None else environ_path
    found = (Path(folder, "bwrap").resolve() for folder in listed.split(os.pathsep) if folder.startswith("/"))
    return next((str(path) for path in found if os.access(path, os.X_OK) and _of_the_system(path)), "")


def _of_the_system(program: Path) -> bool:
    found = [path.stat() for path in (program, *program.parents)]
    return all(one.st_uid == 0 and not one.st_mode & (stat.S_IWGRP | stat.S_IWOTH) for one in found)


def argv(
    bwrap: str,
    *,
    reads: Sequence[str],
    writes: Sequence[str] = (),
    binds: Mapping[str, str] = _NOTHING,
    chdir: str,
    environ: Mapping[str, str],
    tmpfs: Mapping[str, int] = _NO_SIZES,
    as_pid_1: bool = False,
    proc: bool = False,
    as_root: bool = False,
) -> list[str]:
    """The command line that starts a program, which the caller appends with its arguments, behind every wall.

    ``reads`` and ``writes`` are absolute paths, seen inside where they are outside; ``binds`` are read-only, inside ->
    outside; ``tmpfs`` are empty writable folders with their size in bytes. The system's programs and libraries are
    always there, a path that does not exist is left out, and everything else cannot even be named: no network, no
    other process, no capability, no /dev but five nodes, and nothing but ``writes`` and ``tmpfs`` can be written.
    ``as_root``: root keeps what it takes to become another user, which the program must do.
    With ``proc`` there is a /proc, of the sandbox's own processes and read-only: root could write sysctls there.
    """
    links = {path: str(Path(path).readlink()) for path in SYSTEM if path.count("/") == 1 and Path(path).is_symlink()}
    mounts = _mounts([*SYSTEM, *reads], writes, binds, tmpfs, links)
    return [
        *(bwrap, *(ROOTS_WALLS if as_root else WALLS), *(("--as-pid-1",) if as_pid_1 else ())),
        *(word for name, value in environ.items() for word in ("--setenv", name, value)),
        *(word for path, points in links.items() for word in ("--symlink", points, path)),
        *(word for mount in mounts for word in mount),
        *(word for name in NODES for word in ("--dev-bind-try", f"/dev/{name}", f"/dev/{name}")),
        *(("--proc", "/proc", "--remount-ro", "/proc") if proc else ()),
        *("--remount-ro", "/", "--chdir", chdir, "--"),
    ]


def _mounts(
    reads: Sequence[str], writes: Sequence[str], binds: Mapping[str, str], tmpfs: Mapping[str, int],
    links: Mapping[str, str],
) -> list[tuple[str, ...]]:  # fmt: skip
    """The mounts, parents first; a read below another read, and what is reached through one of ``links``, is folded."""
    wanted: dict[str, tuple[str, ...]] = {}
    for path in reads:  # and what a link on the way points to: the link may lie in a folder that is bound as a whole
        for each in {_inside(path, links), os.path.realpath(path)}:
            if _there(each):
                wanted[each] = ("--ro-bind", each, each)
    wanted |= {_inside(to, links): ("--ro-bind", source, _inside(to, links)) for to, source in binds.items()}
    wanted |= {_inside(path, links): ("--bind", path, _inside(path, links)) for path in writes if _there(path)}
    wanted |= {to: ("--size", str(size), "--perms", "1777", "--tmpfs", to) for to, size in tmpfs.items()}
    ordered = sorted(wanted, key=lambda path: PurePosixPath(path).parts)
    return [wanted[path] for path in ordered if not _folded(path, wanted)]


def _inside(path: str, links: Mapping[str, str]) -> str:
    """The path without the system's links: a mount point below a link would end up elsewhere."""
    clean = os.path.abspath(path)  # noqa: PTH100 - resolves "..", but no link
    top = "/" + clean.split("/", 2)[1]
    return os.path.realpath(top) + clean[len(top) :] if top in links else clean


def _folded(path: str, wanted: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the nearest mount above shows the same already."""
    if wanted[path] != ("--ro-bind", path, path):
        return False
    above = next((one for one in map(str, PurePosixPath(path).parents) if one in wanted), None)
    return above is not None and wanted[above] == ("--ro-bind", above, above)


async def problem(bwrap: str, *, proc: bool = False) -> str:
    """Why ``bwrap`` (what ``find`` gave) cannot start a sandbox here, with the cure, for people; "" when it can.

    It is tried with the command line that is used later, ``proc``: with the /proc and the sized folder that whole
    programs get. A version or a setting is never asked whether it would work, only why it did not.
    """
    if not sys.platform.startswith("linux"):
        return ELSEWHERE
    if not bwrap:
        return MISSING
    sizes = {"/tmp": 1 << 20} if proc else {}  # noqa: S108 - inside, empty and of its own
    line = argv(bwrap, reads=(), chdir="/", environ={}, as_pid_1=True, proc=proc, tmpfs=sizes)
    said = await _tried([*line, "/bin/sh", "-c", ":"])
    return "" if said is None else explain(said, Host.here(bwrap))


async def _tried(command: Sequence[str]) -> str | None:
    """What a command that should end with 0 said instead, None if it did."""
    try:
        child = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env={})
    except OSError as error:
        if shortage(error):
            raise
        return f"{command[0]}: {error.strerror}"
    try:
        async with asyncio.timeout(PATIENCE):
            _, said = await child.communicate()
    except TimeoutError:
        return f"it did not start within {PATIENCE:g} seconds"
    finally:
        await _ended(child)
    return None if child.returncode == 0 else said.decode("utf-8", "replace").strip()[-500:]


async def _ended(child: Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What this machine says that may stand in the way."""

    apparmor: bool = False  # AppArmor restricts unprivileged user namespaces (Ubuntu 23.10 and later)
    debian: bool = False  # kernel.unprivileged_userns_clone is 0
    none: bool = False  # user.max_user_namespaces is 0
    container: bool = False

    @classmethod
    def here(cls, bwrap: str) -> Host:
        """The facts of this machine; ``bwrap`` is the program that did not start."""
        setuid = _there(bwrap) and Path(bwrap).stat().st_mode & stat.S_ISUID != 0
        privileged = setuid or os.geteuid() == 0  # neither needs what is refused to everybody else
        return cls(
            apparmor=not privileged and _sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1",
            debian=not privileged and _sysctl("kernel/unprivileged_userns_clone") == "0",
            none=_sysctl("user/max_user_namespaces") == "0",
            container=_there("/.dockerenv") or _there("/run/.containerenv") or "KUBERNETES_SERVICE_HOST" in os.environ,
        )


def _there(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - False, not an error, for a path that may not be looked at


def _sysctl(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""  # not a setting of this kernel


ELSEWHERE = "bubblewrap is a program of Linux. Run in a Linux container or virtual machine, or on a Linux runner."
MISSING = (
    "bubblewrap is not installed. Install it from the system's packages (apt-get install bubblewrap, dnf install "
    "bubblewrap, apk add bubblewrap, pacman -S bubblewrap)."
)
_APPARMOR = (
    "bubblewrap may not make a user namespace: AppArmor restricts them (kernel.apparmor_restrict_unprivileged_userns "
    "is 1). Allow it for bubblewrap alone: install the package apparmor-profiles, copy "
    "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict to /etc/apparmor.d and reload AppArmor (systemctl reload "
    "apparmor); or, for every program: sysctl kernel.apparmor_restrict_unprivileged_userns=0."
)
_DEBIAN = (
    "bubblewrap may not make a user namespace: kernel.unprivileged_userns_clone is 0. "
    "Allow it: sysctl kernel.unprivileged_userns_clone=1."
)
_NONE = (
    "bubblewrap may not make a user namespace: there can be no more of them. "
    "Allow some: sysctl user.max_user_namespaces=10000."
)
_SECCOMP = (
    "bubblewrap may not make namespaces in this container: its seccomp profile forbids it, as Docker's default one "
    "does. Start the container with --security-opt seccomp=unconfined, or with a profile that allows clone, unshare, "
    "mount and pivot_root."
)
_MOUNTS = (
    "bubblewrap may not mount in this container: AppArmor or SELinux forbids it. Start the container with "
    "--security-opt apparmor=unconfined (SELinux: --security-opt label=disable)."
)
_MASKED = (
    "bubblewrap cannot mount /proc in this container: parts of it are masked. Start the container with "
    "--security-opt systempaths=unconfined."
)
_OLD = "This bubblewrap is too old: version 0.6 or later is needed. Update it from the system's packages."
_SETUID = (
    "This bubblewrap is installed setuid root, which refuses a part of what is needed. Take the mark away (chmod u-s) "
    "where the kernel allows user namespaces to everybody."
)


def explain(said: str, host: Host) -> str:
    """Why bubblewrap did not start, with the cure, from what it wrote to stderr and what the machine says."""
    text = said.lower()
    spaces = any(word in text for word in ("namespace", "uid map", "rtm_newaddr", "rtm_newlink"))
    causes = (
        ("unknown option" in text, _OLD),
        ("setuid mode" in text, _SETUID),
        ("mount proc" in text, _MASKED),
        (host.none or "enospc" in text or "no space left" in text, _NONE),
        (host.debian, _DEBIAN),
        (host.apparmor, _APPARMOR),
        (host.container and spaces, _SECCOMP),
        (host.container and ("mount" in text or "slave" in text or "pivot" in text), _MOUNTS),
    )
    unknown = f"bubblewrap cannot start here: {said or 'it said nothing'}. Try a newer one, or another machine."
    return next((cure for applies, cure in causes if applies), unknown)
