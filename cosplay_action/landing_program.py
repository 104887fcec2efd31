"""From the chosen program to what would land: its file, its kept tests as data files, and the pytest file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.facts import Landing
from cosplay_action.landing import CHECK_SECONDS, Facts, Landed, without
from cosplay_action.method.codec import Json
from cosplay_action.method.domain import Outcome
from cosplay_action.method.job import digest
from cosplay_action.specs.check import Checker, CheckResult, run_test_file
from cosplay_action.specs.program import Program
from cosplay_action.specs.program_files import ProgramTests, program_tests, program_text
from cosplay_action.specs.program_place import ProgramTarget, program_target

UNRUN = "the pytest file was not run: it starts processes, which nothing may here; each kept test passed as a cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramSite:
    """Where a program's landing is prepared; ``starts`` says whether what checks its tests may start processes."""

    root: Path
    program: Program
    journal: Facts
    checker: Checker
    starts: bool
    surroundings: str = ""
    test_path: str = ""
    extra_paths: tuple[str, ...] = ()
    roots: tuple[str, ...] = (".",)

    @property
    def target(self) -> ProgramTarget:
        """Raises SpecError and UsageError for a place that cannot be used."""
        return program_target(self.root, self.program, self.test_path or None)

    def check(self) -> None:
        """Raise what ``target`` raises, before anything is paid for."""
        assert self.target


async def land_program(site: ProgramSite, outcome: Outcome) -> Landed:
    """Prepare what the chosen program would change. Nothing is written to the repository."""
    unconverted, refused = outcome.problem.notes, (outcome.refused,) if outcome.refused else ()
    target = site.target
    if outcome.chosen is None:
        return Landed(outcome=outcome, landing=Landing(path=target.path, notes=refused, unconverted=unconverted))
    text = program_text(target, outcome.chosen.source)
    outcome, tests, said, notes = await _tests(site, target, outcome, text)
    added = _files(target, text, tests)
    changes = tuple(FileChange(path=path, old=_old(site.root, target, path), new=new) for path, new in added.items())
    patch = make_patch(changes)
    landing = Landing(
        path=target.path,
        patch=patch.decode("utf-8", "backslashreplace"),
        implementation=outcome.chosen.source if outcome.chosen else "",
        test_path=tests.path if tests.text else "",
        test_text=tests.text,
        check=said,
        notes=(*refused, *notes, *tests.unrendered),
        unconverted=unconverted,
    )
    return Landed(outcome=outcome, landing=landing, changes=changes, patch=patch)


def _files(target: ProgramTarget, text: str, tests: ProgramTests) -> dict[str, bytes]:
    found = {target.path: text.encode()}
    return {**found, tests.path: tests.text.encode(), **dict(tests.data)} if tests.text else found


def _old(root: Path, target: ProgramTarget, path: str) -> bytes | None:
    if path == target.path:
        return target.old
    file = root / path
    return file.read_bytes() if file.is_file() else None


async def _tests(
    site: ProgramSite, target: ProgramTarget, outcome: Outcome, text: str
) -> tuple[Outcome, ProgramTests, str, tuple[str, ...]]:
    """The tests as they ship: run once more in pytest, where a process may be started; those that fail are dropped."""
    while True:
        tests = program_tests(target, outcome.kept, text)
        if not tests.text:
            return outcome, tests, "", ()
        if not site.starts:
            return outcome, tests, "", (UNRUN,)
        result = await _checked(site, target, _files(target, text, tests))
        if result.problem:
            unrun = f"the tests were not run, so none ship: {result.problem}"
            return outcome, replace(tests, text="", data=()), "", (unrun,)
        if not result.failed:
            return outcome, tests, result.said, ()
        outcome = without(outcome, dict(tests.names), dict(result.failed))


async def _checked(site: ProgramSite, target: ProgramTarget, files: Mapping[str, bytes]) -> CheckResult:
    """What running the test file showed: a fact of the journal, as it is an execution."""

    async def compute() -> Json:
        seen = await run_test_file(
            site.root, dict(files), target.test_path, checker=site.checker, seconds=CHECK_SECONDS,
            extra=site.extra_paths,
        )  # fmt: skip
        return [list(seen.passed), [list(pair) for pair in seen.failed], seen.said, seen.ok, seen.problem]

    key = digest(site.surroundings, target.test_path, *(part for path in files for part in (path, files[path].hex())))
    passed, failed, said, ok, problem = cast(
        "tuple[list[str], list[list[str]], str, bool, str]", await site.journal.fact("check", key, compute)
    )
    pairs = tuple((name, why) for name, why in failed)
    return CheckResult(passed=tuple(passed), failed=pairs, said=said, ok=ok, problem=problem)
