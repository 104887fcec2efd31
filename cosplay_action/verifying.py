"""What the command ``verify`` does: kept tests of implementations that landed with evidence run again, in a sandbox.

The head of a kept test file names its target and the digests of what it was played for and of what landed. Nothing is
started for evidence that is not asked for, and nothing is ever run without walls around it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cosplay_action.dependants import dependants
from cosplay_action.errors import SpecError, UsageError, shortages
from cosplay_action.located import located
from cosplay_action.method.job import digest
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.landed import GONE, Evidence, find_function, landed, statement_of
from cosplay_action.specs.nodes import is_stub
from cosplay_action.specs.program_place import is_stub as is_program_stub
from cosplay_action.specs.program_place import program_digest
from cosplay_action.specs.project import below, project_folder, stays_inside
from cosplay_action.specs.scratch import repository_files
from cosplay_action.specs.source import read_source
from cosplay_action.staged import staged

if TYPE_CHECKING:
    from cosplay_action.sandbox.checking import Checks

PLAY_AGAIN = "The spec changed since: play it again, or remove the head of its test file to keep the tests as your own."
STUB = "It is a stub again: play it again, or remove its test file."

SHARED = frozenset({
    "conftest.py", "pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg",
})  # fmt: skip
_PUSHED = "PRE_COMMIT_FROM_REF"  # pre-commit's word for a range of commits, of which what is staged is no part
_MISSING = re.compile(r"No module named '([^']+)'")

State = Literal["same", "changed", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one piece of evidence.

    ``spec`` (signature and docstring) and ``implementation`` are compared with what landed. ``said`` is how its tests
    ended ("6 passed"; empty: they were not run), ``failed`` are pairs of a test and a reason, ``why`` says for people
    what else is wrong.
    """

    test: str
    target: str
    spec: State = "same"
    implementation: State = "same"
    said: str = ""
    failed: tuple[tuple[str, str], ...] = ()
    why: str = ""

    @property
    def ok(self) -> bool:
        """Its tests pass, and they are tests of what is there."""
        return not self.failed and not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line said: ``paths`` as seen from the folder ``where`` (none: the whole repository).

    ``staged``: what is staged instead, and the whole repository where nothing is. ``python`` is the interpreter asked
    for, ``say`` tells people a line.
    """

    paths: tuple[str, ...]
    where: Path
    environ: Mapping[str, str]
    say: Callable[[str], None]
    python: str = ""
    staged: bool = False


@shortages()
def verify(request: Request) -> list[Verdict]:
    """Run the evidence of some files and folders: its tests, its targets, and what these import.

    Whose target is gone is always told of.

    Raises UsageError without an interpreter to run it under and SandboxError without an acceptable sandbox, neither
    where there is nothing to run.
    """
    return asyncio.run(_verify(request))


async def _verify(request: Request) -> list[Verdict]:
    root, paths = located(request.where, request.paths)
    if request.staged and not request.environ.get(_PUSHED):
        paths = staged(root, request.environ)
    files = await repository_files(root)
    meant = _meant(root, files, paths)
    verdicts = {one.test: _judged(root, one) for one in meant}
    there = [one for one in meant if verdicts[one.test].implementation != "gone"]
    pythons = _pythons(request, root, files, there)
    checks = {python: await _checks(request, root, python) for python in dict.fromkeys(pythons.values())}
    lanes = asyncio.Semaphore(os.cpu_count() or 1)
    runs = (
        _run(root, one, verdicts[one.test], checks[python], python=python, lanes=lanes)
        for one, python in ((one, pythons[one.test]) for one in there)
    )
    ran = {verdict.test: verdict for verdict in await asyncio.gather(*runs)}
    return [ran.get(test, verdict) for test, verdict in verdicts.items()]


def _meant(root: Path, files: Sequence[str], paths: Sequence[str]) -> list[Evidence]:
    """The evidence that some paths mean (none: all of it)."""
    found = landed(root, files)
    if not paths or not found:
        return found
    changed = [*paths, *(file for file in files for path in paths if below(file, path))]
    shared = [file for file in files if file.rpartition("/")[2] == "conftest.py"]
    reached = [
        *paths,
        *dependants(root, files, changed, [*(each for one in found for each in (one.test, one.path)), *shared]),
    ]
    return [one for one in found if any(_means(one, path) for path in reached) or not (root / one.path).is_file()]


def _means(one: Evidence, path: str) -> bool:
    """Whether a path means a piece of evidence: its test, its target, a folder of either, or what its tests need."""
    if any(own == path or below(own, path) for own in (one.test, one.path)):
        return True
    folder, _, name = path.rpartition("/")
    if name in SHARED:  # of every test below that folder
        return any(below(own, folder or ".") for own in (one.test, one.path))
    data = f"{one.test.rpartition('/')[0]}/data".removeprefix("/")
    return "::" not in one.header.target and (path == data or below(path, data))


def _judged(root: Path, one: Evidence) -> Verdict:
    """What can be told without a run."""
    from cosplay_action.landing import implementation_digest

    verdict = Verdict(test=one.test, target=one.header.target)
    if "::" not in one.header.target:
        return _judged_program(root, one, verdict)
    try:
        source, node = find_function(root, one.header.target)
        if is_stub(node):
            return replace(verdict, implementation="gone", why=STUB)
        spec = digest(statement_of(source, one.header.target, node))
    except SpecError as error:
        return replace(verdict, spec="gone", implementation="gone", why=f"{error.what} {error.cure}")
    own = implementation_digest(source.raw, one.header.target.rpartition("::")[2])
    return replace(
        verdict, implementation="same" if own == one.header.implementation else "changed",
        spec="same" if spec == one.header.spec else "changed", why="" if spec == one.header.spec else PLAY_AGAIN,
    )  # fmt: skip


def _judged_program(root: Path, one: Evidence, verdict: Verdict) -> Verdict:
    """A program is its whole file; what it was played for does not stand there, so nothing is told of its spec."""
    if not stays_inside(root, one.path) or not (root / one.path).is_file():
        return replace(verdict, implementation="gone", why=f"{one.path} is gone. {GONE}")
    try:
        source = read_source(root, one.path)
    except SpecError as error:
        return replace(verdict, implementation="gone", why=f"{error.what} {error.cure}")
    if is_program_stub(source):
        return replace(verdict, implementation="gone", why=STUB)
    same = program_digest(source.text) == one.header.implementation
    return replace(verdict, implementation="same" if same else "changed")


# -- interpreters -----------------------------------------------------------------------------------------------------


def _pythons(request: Request, root: Path, files: Sequence[str], wanted: Sequence[Evidence]) -> dict[str, str]:
    """The interpreter for each piece of evidence, by test. Raises UsageError where there is none."""
    tracked = [path for path in files if not path.endswith(".py")]  # Python files are listed if they are new, too
    found = {one.test: request.python or _environment(root, one.path, tracked) for one in wanted}
    without = [test for test, python in found.items() if not python]
    if without:
        raise UsageError(
            f"there is no interpreter to run {without[0]} under: no .venv or venv at the root of the repository or "
            "beside the nearest pyproject.toml (one that git tracks is nobody's own).",
            "Make one and install the project and pytest there, or name an interpreter with --python.",
        )
    return found


def _environment(root: Path, path: str, tracked: Sequence[str]) -> str:
    """The interpreter of the repository's own virtual environment, empty where it has none.

    One that came with a checkout could be any program: it would be started before anything confines it.
    """
    for folder in dict.fromkeys((project_folder(root, path), ".")):
        for name in (".venv", "venv"):
            place = f"{folder}/{name}".removeprefix("./")
            python = root / place / "bin" / "python"
            if os.access(python, os.X_OK) and not any(each == place or below(each, place) for each in tracked):
                return str(python)
    return ""


# -- running ----------------------------------------------------------------------------------------------------------


async def _checks(request: Request, root: Path, python: str) -> Checks:
    """What runs tests under an interpreter, once it is proven which walls hold here. Raises SandboxError."""
    from cosplay_action import wiring
    from cosplay_action.settings import Settings

    host = wiring.Host(environ=request.environ, say=request.say, progress=lambda *_: None)
    settings = wiring.placed(Settings(python=python), request.where)
    with own_folder("verify") as nothing:
        opened = await wiring.open_sandbox(settings, host, root=nothing, home=root)
        await opened.aclose()
    if opened.note:
        request.say(opened.note)
    request.say(f"Sandbox level {opened.title}, Python {opened.python} ({python})")
    return wiring.checks(opened, settings, root)


async def _run(
    root: Path, one: Evidence, verdict: Verdict, checks: Checks, *, python: str, lanes: asyncio.Semaphore
) -> Verdict:  # fmt: skip
    from cosplay_action.landing import CHECK_SECONDS
    from cosplay_action.specs.check import run_test_file
    from cosplay_action.specs.importing import import_place

    async with lanes:
        try:
            roots = import_place(root, one.path).roots
        except UsageError as error:
            return replace(verdict, why=f"{error.what} {error.cure}")
        if "::" not in one.header.target and checks.level == "B":
            return replace(verdict, said="not run: its tests start processes, which nothing may at level B")
        seen = await run_test_file(root, {}, one.test, checker=checks, seconds=CHECK_SECONDS, roots=roots)
    lacking = _lacking(_named(root, python), seen.problem, [why for _, why in seen.failed])
    why = " ".join(each for each in (verdict.why, lacking or seen.problem) if each)
    return replace(verdict, said=seen.said, failed=seen.failed, why=why)


def _named(root: Path, python: str) -> str:
    """The interpreter for people, as seen from the root where it lies below it."""
    return os.path.relpath(python, root) if Path(python).is_relative_to(root) else python


def _lacking(python: str, problem: str, reasons: Sequence[str]) -> str:
    """What the interpreter lacks, and where to install it, as far as a run's own words tell; empty: nothing."""
    if "has no pytest" in problem:
        cure = f"Install it there (`{python} -m pip install pytest`), or name an interpreter that has it with --python."
        return f"{python}, under which the tests are run, has no pytest: they were not run. {cure}"
    found = next((name for text in (problem, *reasons) if (name := _MISSING.search(text))), None)
    if found is None:
        return ""
    cure = "If that is a dependency, install it there, or name an interpreter that has it with --python."
    return f"{python}, under which the tests are run, finds no module {found[1]}. {cure}"
