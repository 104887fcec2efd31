"""The host that attacks aim at: decoys with a canary, listeners, a victim, and a look at what an attack left."""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import cosplay_action.sandbox

PACKAGE = Path(cosplay_action.sandbox.__file__).parent
STDLIB = Path(os.__file__).parent
SOURCE = "def f(x):\n    raise NotImplementedError\n"
GROWTH = 256 * 1024  # kilobytes that the supervisor may grow by while it is attacked
SETTLE = 5.0  # seconds within which everything that an attack started is gone
VICTIM = """
import ctypes, os, sys
buffer = ctypes.create_string_buffer(os.environ["COSPLAY_TEST_TOKEN"].encode(), 64)
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # whoever may trace it at all may do so
print(ctypes.addressof(buffer), flush=True)
sys.stdin.read()
"""


class Listeners:
    """A socket of every kind that an attack might reach; each remembers nothing but what waits in it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        name = f"cosplay-test-{secrets.token_hex(6)}"
        self.unix = [f"{folder}/stream", f"\0{name}-stream", f"{folder}/datagram", f"\0{name}-datagram"]
        kinds = [socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_DGRAM]
        wanted = [(socket.AF_INET, kind, ("127.0.0.1", 0)) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
        wanted += [(socket.AF_UNIX, kind, address) for kind, address in zip(kinds, self.unix, strict=True)]
        self.sockets = [self._opened(stack, *each) for each in wanted]
        self.tcp, self.udp = (each.getsockname()[1] for each in self.sockets[:2])

    def _opened(self, stack: ExitStack, family: int, kind: int, address: object) -> socket.socket:
        opened = stack.enter_context(socket.socket(family, kind))
        opened.bind(address)
        opened.setblocking(False)
        if kind == socket.SOCK_STREAM:
            opened.listen()
        return opened

    def heard(self) -> list[str]:
        """What has come since the last look."""
        found = []
        for each in self.sockets:
            with suppress(BlockingIOError):
                if each.type == socket.SOCK_STREAM:
                    line, _ = each.accept()
                    line.close()
                    found.append(f"somebody connected to {each.getsockname()!r}")
                else:
                    found.append(f"{each.getsockname()!r} was sent {each.recv(100)!r}")
        return found


def listens(port: int) -> bool:
    """Whether anything accepts connections on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def parents() -> dict[int, tuple[int, str]]:
    """Of every process its parent and its state."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = file.read_text(errors="replace").rpartition(")")[2].split()
            found[int(file.parent.name)] = (int(words[1]), words[0])
    return found


def descendants(of: int) -> set[int]:
    """Every living process below one (zombies are not)."""
    above = parents()
    found, fresh = set(), {of}
    while fresh:
        fresh = {pid for pid, (parent, _) in above.items() if parent in fresh}
        found |= fresh
    return {pid for pid in found if above[pid][1] not in "ZX"}


def adopt_orphans() -> None:
    """What loses its parent becomes our child, so that no daemon gets out of sight."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


@dataclass
class Sight:
    """The host at one moment."""

    processes: int
    files: dict[str, tuple[int, ...]]
    memory: int


@dataclass
class Host:
    """All that a candidate could want; ``facts`` is what its text may name (see ``Attack.filled``)."""

    folder: Path
    stack: ExitStack
    canary: str = field(default_factory=lambda: f"canary:{secrets.token_hex(16)}")
    mark: str = field(default_factory=lambda: f"cosplay-mark-{secrets.token_hex(6)}-")

    def __post_init__(self) -> None:
        adopt_orphans()
        self.decoys()
        self.listeners = Listeners(self.folder, self.stack)
        self.victim = self._victim()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.free_port = free.getsockname()[1]

    def decoys(self) -> None:
        """Files that hold the canary, and the repository as cells may see it; what bears the mark goes."""
        for path in self.marked():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        secret = f"{self.canary}\n"
        files = {
            "secret.txt": secret,
            "home/.ssh/id_ed25519": secret,
            "home/.bashrc": secret,
            "workspace/.git/config": f"[http]\n\textraheader = AUTHORIZATION: basic {secret}",
            "workspace/.git/HEAD": secret,
            "workspace/.env": f"TOKEN={secret}",
            "workspace/untracked.txt": secret,
            "export/m.py": SOURCE,
        }
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def _victim(self) -> subprocess.Popen[str]:
        environ = {"COSPLAY_TEST_TOKEN": self.canary, "PATH": os.defpath}
        command = [sys.executable, "-I", "-S", "-c", VICTIM]
        victim = self.stack.enter_context(
            subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        self.stack.callback(victim.kill)
        assert victim.stdout is not None
        self.victim_address = int(victim.stdout.readline())
        return victim

    @property
    def root(self) -> Path:
        return self.folder / "export"

    @property
    def facts(self) -> dict[str, object]:
        return {
            "secret_file": f"{self.folder}/secret.txt",
            "home_secret": f"{self.folder}/home/.ssh/id_ed25519",
            "decoy_home": f"{self.folder}/home",
            "real_home": _home(),
            "workspace": f"{self.folder}/workspace",
            "root": str(self.root),
            "victim": self.victim.pid,
            "victim_address": self.victim_address,
            "supervisor": os.getpid(),
            "tcp": self.listeners.tcp,
            "udp": self.listeners.udp,
            "addresses": self.listeners.unix,
            "free_port": self.free_port,
            "mark": self.mark,
            "package": str(PACKAGE),
            "stdlib": str(STDLIB),
            "temp": tempfile.gettempdir(),
        }

    def look(self) -> Sight:
        """The host as it is now."""
        return Sight(
            processes=len(descendants(os.getpid())),
            files=dict(self._files()),
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        )

    def _files(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for base in (self.folder, PACKAGE):
            for path in base.rglob("*"):
                seen = path.lstat()
                yield str(path), (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_uid)

    def marked(self) -> list[Path]:
        """Files anywhere likely that bear the mark of an attack."""
        spots = {tempfile.gettempdir(), _home(), str(Path.cwd()), "/dev/shm", "/dev", "/var/tmp", "/run", "/",
                 str(STDLIB), sys.prefix, "/etc", "/opt", "/usr/lib", "/mnt", "/tmp", "/dev/mqueue"}  # fmt: skip
        found = []
        for spot in sorted(spots):
            with suppress(OSError):
                found += [path for path in Path(spot).iterdir() if self.mark in path.name]
        return found

    def aftermath(self, before: Sight) -> list[str]:
        """What differs now from before, in words; empty when an attack left nothing."""
        ends = time.monotonic() + SETTLE
        while len(descendants(os.getpid())) > before.processes and time.monotonic() < ends:
            time.sleep(0.02)
        after = self.look()
        left = after.processes - before.processes
        found = [f"{left} more processes are left running"] if left > 0 else []
        changed = [path for path in before.files | after.files if before.files.get(path) != after.files.get(path)]
        found += [f"{path} was changed" for path in changed] + [f"{path} appeared" for path in self.marked()]
        found += self.listeners.heard()
        if after.memory - before.memory > GROWTH:
            found.append(f"the supervisor grew by {after.memory - before.memory} KB")
        if self.victim.poll() is not None or parents()[self.victim.pid][1] in "Tt":
            found.append("the victim was stopped")
        if listens(self.free_port) or self.mark in Path("/proc/net/unix").read_text(errors="replace"):
            found.append("something listens")
        return found


def _home() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/root"
