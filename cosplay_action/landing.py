"""From the chosen candidate to what would land: the module's new text, the kept tests, the patch."""

from __future__ import annotations

import ast
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from cosplay_action.evidence.patch import FileChange, make_patch
from cosplay_action.facts import Landing
from cosplay_action.method.codec import Json
from cosplay_action.method.domain import DroppedTest, KeptTest, Outcome
from cosplay_action.method.job import digest
from cosplay_action.method.ports import Unusable
from cosplay_action.specs.check import Checker, CheckResult, run_test_file
from cosplay_action.specs.formatting import Formatted, Formatter, find_formatter, format_file, format_hunks
from cosplay_action.specs.layout import import_style, test_place
from cosplay_action.specs.nodes import definitions, dumped
from cosplay_action.specs.shipped_deeds import novelties
from cosplay_action.specs.stub import Stub
from cosplay_action.specs.testfile import TestFile, render_tests

CHECK_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The outcome less the tests that failed when the file was run, its landing, and the changes it stands for."""

    outcome: Outcome
    landing: Landing
    changes: tuple[FileChange, ...] = ()
    patch: bytes = b""


class Facts(Protocol):
    """What was executed, by name and key; ``compute`` is for what is not known yet, or (``still``) holds no more."""

    async def fact(
        self, name: str, key: str, compute: Callable[[], Awaitable[Json]],
        still: Callable[[Json], Awaitable[bool]] | None = None,
    ) -> Json: ...  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a landing is prepared: the repository, the stub, and what its user asked for."""

    root: Path
    stub: Stub
    journal: Facts
    checker: Checker  # runs the kept tests, confined as the run's level is
    surroundings: str = ""  # digest of the files the target could import
    test_path: str = ""
    format_command: str = ""
    python: str = sys.executable  # whose folder the formatter is looked for in
    extra_paths: tuple[str, ...] = ()

    @property
    def roots(self) -> tuple[str, ...]:
        """The import roots of what is played."""
        return self.stub.contract.target.roots

    @property
    def path(self) -> str:
        return self.stub.contract.target.path

    def check(self) -> None:
        """Raise UsageError for a test path or a format command that cannot be used, before anything is paid for."""
        test_place(self.root, self.stub.contract.target, self.test_path or None)
        find_formatter(self.root, self.path, self.format_command or None)


async def land(site: Site, outcome: Outcome) -> Landed:
    """Prepare what the chosen candidate would change. Nothing is written to the repository."""
    unconverted, refused = outcome.problem.notes, (outcome.refused,) if outcome.refused else ()
    if outcome.chosen is None:
        nothing = Landing(path=site.path, notes=refused, unconverted=unconverted)
        return Landed(outcome=outcome, landing=nothing)
    target = site.stub.contract.target
    formatter = find_formatter(site.root, site.path, site.format_command or None)
    placed = site.stub.contract.module_text(outcome.chosen.source)
    assert not isinstance(placed, Unusable)  # it was placed for every cell it ran
    module = await _formatted(site, "module", target.source.text, placed, formatter)
    module_change = FileChange(path=site.path, old=target.source.raw, new=target.source.encode(module.text))
    outcome, test, said, more = await _tests(site, outcome, module_change, formatter)
    if outcome.chosen is None:
        return Landed(
            outcome=outcome, landing=Landing(path=site.path, check=said, notes=refused, unconverted=unconverted)
        )
    added = [FileChange(path=test.path, old=_there(site.root, test.path), new=test.text.encode())] if test.text else []
    changes = (module_change, *added)
    patch = make_patch(changes)
    landing = Landing(
        path=site.path,
        patch=patch.decode("utf-8", "backslashreplace"),
        implementation=outcome.chosen.source,
        test_path=test.path if test.text else "",
        test_text=test.text,
        check=said,
        notes=tuple(note for note in (*refused, module.note, *more, *test.unrendered) if note),
        unconverted=unconverted,
    )
    return Landed(outcome=outcome, landing=landing, changes=changes, patch=patch)


def _there(root: Path, path: str) -> bytes | None:
    file = root / path
    return file.read_bytes() if file.is_file() else None


async def _formatted(site: Site, what: str, old: str, new: str, formatter: Formatter | None) -> Formatted:
    """Our own lines formatted. The formatter is a program, so what it gave is a fact of the journal."""

    async def compute() -> Json:
        if what == "module":
            done = await format_hunks(site.root, site.path, old, new, formatter, python=site.python)
        else:
            done = await format_file(site.root, what, new, formatter, python=site.python)
        return [done.text, done.note]

    command = " ".join(formatter.argv) if formatter else ""
    text, note = cast("list[str]", await site.journal.fact("format", digest(command, what, old, new), compute))
    return Formatted(text=text, note=note)


async def _tests(
    site: Site, outcome: Outcome, module: FileChange, formatter: Formatter | None
) -> tuple[Outcome, TestFile, str, tuple[str, ...]]:
    """The test file as it ships: rendered, formatted, run.

    A test that passed its cell and fails here is run once more by itself. When it passes then, the implementation
    gives other answers when it is called more than once, and nothing is chosen; else the test is dropped.
    """
    place = test_place(site.root, site.stub.contract.target, site.test_path or None)
    said = ""
    while outcome.kept:
        test, note = await _rendered(site, outcome.kept, place, module, formatter)
        if not test.text:
            return outcome, test, "", (note,)
        result = await _checked(site, module, test)
        if result.problem:
            unrun = f"the tests were not run, so none ship: {result.problem}"
            return outcome, replace(test, text=""), "", (note, unrun)
        said = result.said
        if not result.failed:
            return outcome, test, said, (note,)
        if await _passes_alone(site, module, place, _behind(test, result)):
            return _unsteady(outcome, result), replace(test, text=""), said, ()
        outcome = without(outcome, dict(test.names), dict(result.failed))
        if not outcome.kept and all(name in dict(test.names) for name, _ in result.failed):
            return unchosen(outcome, "every test it had kept fails when the file of them is run"), test, said, ()
    return outcome, TestFile(path=place, text=""), said, ()


def _behind(test: TestFile, result: CheckResult) -> list[KeptTest]:
    """The kept tests behind the failed names."""
    names = dict(test.names)
    return [names[name] for name, _ in result.failed if name in names]


async def _passes_alone(site: Site, module: FileChange, place: str, failed: Sequence[KeptTest]) -> bool:
    """Whether any of the failed tests passes in a process of its own."""
    for kept in failed:
        test, _ = await _rendered(site, [kept], place, module, None)
        if test.text and (await _checked(site, module, test)).ok:
            return True
    return False


def _unsteady(outcome: Outcome, result: CheckResult) -> Outcome:
    return unchosen(
        outcome,
        f"{len(result.failed)} of its own tests fail when they are run together, though each passes alone: the "
        "implementation gives other answers when it is called more than once",
    )


def unchosen(outcome: Outcome, reason: str) -> Outcome:
    """The outcome with nothing chosen, for a reason that lies outside of the method."""
    dropped = [DroppedTest(test=one.test, support=one.support, because="nothing was chosen") for one in outcome.kept]
    choice = replace(outcome.choice, slot=None, reason=reason)
    return replace(outcome, choice=choice, kept=(), dropped=(*outcome.dropped, *dropped))


async def _rendered(
    site: Site, kept: Sequence[KeptTest], place: str, module: FileChange, formatter: Formatter | None
) -> tuple[TestFile, str]:
    target = site.stub.contract.target
    test = render_tests(
        target,
        kept,
        place=place,
        spec_digest=digest(site.stub.statement),
        implementation_digest=implementation_digest(module.new, target.qualname),
        style=import_style(site.root, target),
    )
    if not test.text:
        return test, ""
    done = await _formatted(site, place, "", test.text, formatter)
    return replace(test, text=done.text), done.note


def reaching(landed: Landed) -> Landed:
    """With what the target's file reaches for that it did not before, named among the notes."""
    change = next((one for one in landed.changes if one.path == landed.landing.path), None)
    program = change is not None and "::" not in landed.outcome.problem.origin
    risky = novelties(change.old, change.new, program=program).risky if change else ()
    if not risky:
        return landed
    note = f"look at this first: the new code {', '.join(risky)}"
    landing = replace(landed.landing, risky=risky, notes=(note, *landed.landing.notes))
    return replace(landed, landing=landing)


def implementation_digest(module: bytes, qualname: str) -> str:
    """The digest of a function as it stands in a module, whatever its formatting: hex SHA-256 of its syntax tree."""
    (node,) = definitions(ast.parse(module))[qualname]
    return digest(dumped(node))


async def _checked(site: Site, module: FileChange, test: TestFile) -> CheckResult:
    """What running the test file showed: a fact of the journal, as it is an execution."""
    files: Mapping[str, str | bytes] = {module.path: module.new, test.path: test.text}

    async def compute() -> Json:
        seen = await run_test_file(
            site.root, files, test.path, checker=site.checker, seconds=CHECK_SECONDS,
            roots=site.stub.contract.target.roots, extra=site.extra_paths,
        )  # fmt: skip
        return [list(seen.passed), [list(pair) for pair in seen.failed], seen.said, seen.ok, seen.problem]

    key = digest(site.surroundings, module.path, module.new.hex(), test.path, test.text)
    passed, failed, said, ok, problem = cast(
        "tuple[list[str], list[list[str]], str, bool, str]", await site.journal.fact("check", key, compute)
    )
    pairs = tuple((name, why) for name, why in failed)
    return CheckResult(passed=tuple(passed), failed=pairs, said=said, ok=ok, problem=problem)


def without(outcome: Outcome, behind: Mapping[str, KeptTest], failed: Mapping[str, str]) -> Outcome:
    """Drop the kept tests behind the failed names; all of them when a failure belongs to none."""
    lost = {behind[name].test.id: why for name, why in failed.items() if name in behind}
    if not lost:
        why = next(iter(failed.values()))
        lost = {kept.test.id: f"the test file failed as a whole: {why}" for kept in outcome.kept}
    dropped = tuple(
        DroppedTest(
            test=kept.test, support=kept.support, because=f"it failed when the file was run: {lost[kept.test.id]}"
        )
        for kept in outcome.kept
        if kept.test.id in lost
    )
    kept = tuple(one for one in outcome.kept if one.test.id not in lost)
    return replace(outcome, kept=kept, dropped=(*outcome.dropped, *dropped))
