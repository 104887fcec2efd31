"""Running the test file before it ships: in a scratch copy, under a hard deadline, confined as far as the run is.

pytest's JUnit report says what passed, not its exit code: a repository's ``addopts`` may demand a coverage that one
file alone never reaches. Durations, addresses and the scratch folder's name never reach the result.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cosplay_action.errors import CosplayError
from cosplay_action.specs.folders import own_folder
from cosplay_action.specs.junit import Case, Garbled, read_report, short
from cosplay_action.specs.scratch import export, write_files

# No cacheprovider switch: the copy is thrown away, and `--lf` in addopts or `cache_dir` would then be errors.
_OPTIONS = ("-q", "--maxfail=0", "-p", "no:randomly")


class Ended(Protocol):
    """How a program ended: its exit code, None when it was stopped, and then why; all of it from untrusted code.

    ``output`` is the end of what it wrote, ``report`` its JUnit report, ``places`` where it saw the repository and
    where its own folders lay.
    """

    @property
    def code(self) -> int | None: ...
    @property
    def output(self) -> str: ...
    @property
    def report(self) -> bytes: ...
    @property
    def places(self) -> tuple[str, ...]: ...
    @property
    def why(self) -> str: ...


class Checker(Protocol):
    """Runs pytest in ``source``, a folder to throw away; see ``sandbox.checking``, where they are."""

    async def check(self, source: Path, arguments: Sequence[str], roots: Sequence[str], seconds: float) -> Ended: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What running one test file showed.

    ``passed`` are pytest's names (``test_x[id]``) in file order, ``failed`` pairs of name and reason. ``said`` is the
    closing line without its duration ("6 passed"). ``ok``: something passed and nothing failed. ``problem`` says,
    with the cure, why the file could not be run at all; then both lists are empty.
    """

    passed: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    said: str = ""
    ok: bool = False
    problem: str = ""


async def run_test_file(
    root: Path,
    files: Mapping[str, str | bytes],
    test_path: str,
    *,
    checker: Checker,
    seconds: float,
    roots: Sequence[str] = (".",),
    extra: Sequence[str] = (),
) -> CheckResult:
    """Run ``test_path`` with ``files`` (whole files by path, the test among them) written over a copy of ``root``.

    ``roots`` are import roots relative to ``root``: they come before an editable install, which would import the
    user's own files. ``extra`` are paths to copy beside what belongs to the repository. ``seconds`` bounds the wall
    time.
    """
    try:
        async with scratch_copy(root, extra) as copy:
            write_files(copy, files)
            ended = await checker.check(copy, [*_OPTIONS, test_path], roots, seconds)
    except CosplayError as error:
        return CheckResult(problem=" ".join(part for part in (error.what, error.cure) if part))
    return _read(ended)


@contextlib.asynccontextmanager
async def scratch_copy(root: Path, extra: Sequence[str] = ()) -> AsyncIterator[Path]:
    """A copy of what belongs to the repository, removed afterwards. Raises UsageError for what cannot be copied."""
    with own_folder("check") as folder:
        copy = folder / "repository"
        copy.mkdir()
        await export(root, copy, extra)
        yield copy


def _read(ended: Ended) -> CheckResult:
    if ended.code is None:
        return CheckResult(problem=f"The tests were stopped: {ended.why}.")
    output = clean(ended.output, ended.places)
    if re.search(r"No module named '?pytest'?$", output, re.MULTILINE):
        cure = "Ours needs Python 3.11. Install pytest into it, or name another one with --python."
        return CheckResult(problem=f"The interpreter has no pytest: the tests were not run. {cure}")
    cases = _cases(ended.report)
    broken = [case.why for case in cases if not case.group and case.why]
    if not cases or broken:
        why = clean(broken[0], ended.places) if broken else _last_words(output)
        return CheckResult(problem=f"pytest could not run the test file (exit code {ended.code}): {why}")
    reasons: dict[str, str] = {}
    for case in cases:
        reasons[case.name] = case.why or reasons.get(case.name, "")
    passed = tuple(name for name, why in reasons.items() if not why)
    failed = tuple((name, clean(why, ended.places)) for name, why in reasons.items() if why)
    return CheckResult(passed=passed, failed=failed, said=_said(passed, failed), ok=bool(passed) and not failed)


def _cases(report: bytes) -> Sequence[Case]:
    try:
        return read_report(report)
    except Garbled:
        return ()


def _said(passed: Sequence[str], failed: Sequence[tuple[str, str]]) -> str:
    parts = [f"{len(failed)} failed"] if failed else []
    parts += [f"{len(passed)} passed"] if passed else []
    return ", ".join(parts)


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    marked = [line[2:].strip() for line in lines if line.startswith(("E  ", "ERROR"))]
    return short((marked or lines or ["it said nothing"])[-1])


def clean(text: str, places: Sequence[str]) -> str:
    """Without what differs from run to run: the scratch folders, addresses."""
    for place in places:
        text = text.replace(f"{place}/", "").replace(place, "")
    text = re.sub(r"\.\.\.[0-9a-fA-F]+(?=>)", "...", text)  # pytest shortens an object's repr in its middle
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x…", text)
