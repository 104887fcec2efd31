"""The one table of sandbox backends: what each stands on, which is the best that holds here, and how one is opened."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cosplay_action.errors import SandboxError, UsageError
from cosplay_action.facts import SECRET_NAMES
from cosplay_action.method.ports import Sandbox
from cosplay_action.sandbox import bubblewrap, seatbelt
from cosplay_action.sandbox.interpreter import probe
from cosplay_action.sandbox.walls import MADE_OF, Proof, Walls
from cosplay_action.sandbox.workers import Around, Stand, WorkerSandbox, listed

UNSAFE_NOTE = (
    "Cells run in plain processes of your user: nothing isolates them from your files or the network. "
    "Their environment is empty and they are killed at their limits, but play only what you would run yourself."
)
MAC_NOTE = (
    "Cells run under sandbox-exec: they reach no network, no other program and no file outside of the interpreter and "
    "the repository, but nothing bounds their memory."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One way to run cells: the ``stands`` to try in turn, which raise SandboxError where their parts cannot be had."""

    level: str
    note: str
    stands: Callable[[], Iterator[Stand]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSandbox:
    """A sandbox ready to run.

    ``name`` is its backend, ``level`` a letter (empty in a replay), ``note`` a sentence to be announced loudly (empty:
    none), ``python`` the version of the interpreter that runs the cells, ``proof`` what its self-test found,
    ``passed`` why better levels were passed over, by backend, and ``cure`` what to do about walls that are missing.
    """

    sandbox: Sandbox
    name: str
    level: str = ""
    note: str = ""
    python: str = ""
    proof: Proof = field(default_factory=Proof)
    passed: Mapping[str, str] = field(default_factory=dict)
    cure: str = ""

    @property
    def title(self) -> str:
        """The level and what it is made of, as reports show it."""
        return f"{self.level} ({MADE_OF[self.level]})" if self.level else self.name

    async def aclose(self) -> None:
        """End what the sandbox keeps running."""
        if isinstance(self.sandbox, WorkerSandbox):
            await self.sandbox.aclose()


def _plain(command: Sequence[str], _around: Around) -> Sequence[str]:
    return command


def _bubblewrap() -> Iterator[Stand]:
    _linux_only("bubblewrap")
    bwrap = bubblewrap.find()
    if not bwrap:
        raise SandboxError(bubblewrap.MISSING)
    if os.geteuid() == 0:
        yield _in_bubblewrap(bwrap, as_root=True)
    yield _in_bubblewrap(bwrap, as_root=False)


def _in_bubblewrap(bwrap: str, *, as_root: bool) -> Stand:
    """Bubblewrap around a worker, which is its first process; but root's becomes another user's.

    When bubblewrap is killed, the kernel lets it end nobody else's process (prctl(2), PR_SET_PDEATHSIG); its own first
    process it may end, and with that go all processes of the namespace, stopped or not.
    """

    def argv(command: Sequence[str], around: Around) -> Sequence[str]:
        line = bubblewrap.argv(
            bwrap, reads=[each for each in around.reads if each != INSIDE], binds={INSIDE: str(around.root)},
            chdir="/", environ=around.environ, as_pid_1=not as_root, as_root=as_root,
        )  # fmt: skip
        return [*line, *command]

    walls = Walls(bubblewrap=True, seccomp=True, landlock=True)
    return Stand(level="A", walls=walls, argv=argv, inside=INSIDE, trouble=lambda: bubblewrap.problem(bwrap))


INSIDE = "/repository"  # where cells at level A see the repository


def _landlock() -> Iterator[Stand]:
    _linux_only("landlock")
    yield Stand(level="B", walls=Walls(seccomp=True, landlock=True), argv=_plain)


def _linux_only(name: str) -> None:
    if not sys.platform.startswith("linux"):
        raise SandboxError(f"the sandbox {name} needs Linux", "On a Mac, use --sandbox seatbelt.")


def _seatbelt() -> Iterator[Stand]:
    if sys.platform != "darwin":
        raise SandboxError("the sandbox seatbelt needs macOS", "On Linux, leave --sandbox at auto.")
    yield Stand(level="C", walls=Walls(seatbelt=True), argv=lambda c, a: [*seatbelt.argv(a.reads, str(a.root)), *c])


def _unsafe_process() -> Iterator[Stand]:
    yield Stand(level="D", walls=Walls(), argv=_plain)


BACKENDS: dict[str, Backend] = {
    "bubblewrap": Backend(level="A", note="", stands=_bubblewrap),
    "landlock": Backend(level="B", note="", stands=_landlock),
    "seatbelt": Backend(level="C", note=MAC_NOTE, stands=_seatbelt),
    "unsafe-process": Backend(level="D", note=UNSAFE_NOTE, stands=_unsafe_process),
}
NAMES = ("auto", *BACKENDS)


def default_names(platform: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The backends that ``auto`` tries, the best first."""
    if platform == "darwin":
        return () if environ.get("CI") else ("seatbelt",)
    return ("bubblewrap", "landlock")


async def open_sandbox(
    name: str = "auto",
    *,
    root: Path,
    home: Path | None = None,
    python: Path | None = None,
    parallel: int | None = None,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    insist: bool = True,
) -> OpenedSandbox:
    """Open the backend of that name, or the best whose walls all hold ("auto"); each is proven by its own self-test.

    ``root`` is the repository as cells may see it, ``home`` the user's own (default: the same), ``python`` the cells'
    interpreter, ``parallel`` jobs run at once, ``environ`` our environment, looked at for secrets. Without
    ``insist`` a level opens although walls of it are missing, which only an examination wants. Raises UsageError for
    an unknown name, SandboxError, with the cures, where no acceptable level holds.
    """
    if name not in NAMES:
        raise UsageError(f"there is no sandbox named {name!r}", f"The sandboxes are: {', '.join(NAMES)}.")
    if platform == "win32":
        raise SandboxError(
            "candidates cannot be run on Windows: there is no sandbox for it yet",
            "Run in WSL, in a Linux container, or in a GitHub Actions workflow; commands that run no cells do work.",
        )
    if name == "unsafe-process":
        _refuse_next_to_secrets(environ or {})
    if python is not None:  # one that cannot be used is no reason against each level
        await probe(python, home=home, unjailed=platform == "darwin" or name == "unsafe-process")
    passed: dict[str, str] = {}
    for each in default_names(platform, environ or {}) if name == "auto" else (name,):
        try:
            made = (
                WorkerSandbox(root=root, stand=stand, home=home, python=python, parallel=parallel)
                for stand in BACKENDS[each].stands()
            )
            return await _first(each, made, passed, insist=insist)
        except SandboxError as error:
            passed[each] = str(error).replace("\n", " ")
            if name != "auto":
                raise
    raise SandboxError("no acceptable sandbox holds here.\n" + _reasons(passed, platform), _ANYWAY)


_ANYWAY = (
    "Cure one of these (cosplay-action doctor says more). Where you would run the candidates yourself, and nothing is "
    "to be stolen: --sandbox unsafe-process."
)


def _reasons(passed: Mapping[str, str], platform: str) -> str:
    if not passed:
        return f"  - {platform} in CI: use a Linux runner, or --sandbox seatbelt, which bounds no memory."
    return "\n".join(
        f"  - level {BACKENDS[name].level} ({MADE_OF[BACKENDS[name].level]}): {why}" for name, why in passed.items()
    )


async def _first(name: str, made: Iterator[WorkerSandbox], passed: Mapping[str, str], *, insist: bool) -> OpenedSandbox:
    """The first of a backend's sandboxes whose walls hold. Raises the last one's SandboxError."""
    failed: SandboxError | None = None
    for sandbox in made:
        try:
            return await _proven(name, sandbox, passed, insist=insist)
        except SandboxError as error:
            failed = error
    assert failed is not None
    raise failed


async def _proven(
    name: str, sandbox: WorkerSandbox, passed: Mapping[str, str], *, insist: bool = True
) -> OpenedSandbox:
    """The sandbox with what its self-test found. Raises SandboxError where a wall of its level is missing."""
    backend = BACKENDS[name]
    try:
        proof = await sandbox.prove()
    except SandboxError as error:
        trouble = await sandbox.stand.trouble() if sandbox.stand.trouble else ""
        if trouble:
            raise SandboxError(trouble) from error
        raise
    lacking = proof.lacks(backend.level)
    if lacking and insist:
        raise SandboxError(f"its walls do not all hold: {listed(lacking)}", _cure(lacking))
    return OpenedSandbox(
        sandbox=sandbox, name=name, level=backend.level, note=backend.note, python=proof.python, proof=proof,
        passed=dict(passed), cure=_cure(lacking) if lacking else "",
    )  # fmt: skip


def _cure(lacking: Mapping[str, str]) -> str:
    if lacking.keys() & {"reading", "writing"}:
        return "Landlock is in Linux 5.13 and later; it must be among the kernel's security modules (lsm=landlock,...)."
    return "Use a kernel with seccomp filters, or another machine."


def _refuse_next_to_secrets(environ: Mapping[str, str]) -> None:
    """Level D is never acceptable where a candidate could reach a secret or become root. Raises SandboxError."""
    held = [name for name, value in environ.items() if value and name.upper().endswith(SECRET_NAMES)]
    if held:
        raise SandboxError(
            f"--sandbox unsafe-process is refused: {', '.join(sorted(held))} could be read by any candidate.",
            "Unset what is secret, or use a sandbox that isolates (leave --sandbox at auto).",
        )
    if sudo_is_free():
        raise SandboxError(
            "--sandbox unsafe-process is refused: any candidate would be root, or could become it.",
            "Use a sandbox that isolates (leave --sandbox at auto), or another user.",
        )


def sudo_is_free() -> bool:
    """Whether anybody who runs as this user is root, or could become it without a password."""
    if os.geteuid() == 0:
        return True
    try:
        done = subprocess.run(["sudo", "-k", "-n", "true"], capture_output=True, timeout=10, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
