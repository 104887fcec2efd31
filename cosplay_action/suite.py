"""One run of the repository's own test command, and what a candidate in place changed about it.

pytest's JUnit report tells single tests apart; without one the exit code decides. What the command showed is a fact of
the journal, taken again only when the repository has changed or a jail has become possible.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

from cosplay_action.errors import CosplayError
from cosplay_action.evidence.patch import FileChange
from cosplay_action.facts import Trial
from cosplay_action.landing import Landed, Site
from cosplay_action.landing_program import ProgramSite
from cosplay_action.method.codec import Json
from cosplay_action.method.job import digest
from cosplay_action.specs.check import Ended, clean, scratch_copy
from cosplay_action.specs.junit import Case, Garbled, read_report
from cosplay_action.specs.scratch import named_files, repository_files, write_files

SECONDS = 900.0  # wall seconds of one run
LISTED = 20  # lost tests that are kept by name
NAMES = 4_000_000  # characters of all names of tests; beyond them the exit code decides


class Shell(Protocol):
    """Runs a shell command on a copy of the folder ``source``, in a jail; see ``sandbox.jail``."""

    async def command(self, source: Path, text: str, roots: Sequence[str], seconds: float) -> Ended: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A test command, the jail it runs in (None and why, with the cure, if there is none), and who hears of it."""

    command: str
    jail: Callable[[], Awaitable[tuple[Shell | None, str]]]
    say: Callable[[str], None] = lambda _: None

    async def announce(self) -> None:
        """Say beforehand if the command will not be run."""
        jail, why = await self.jail()
        if jail is None:
            self.say(f"The test command will not be run. {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run showed: its exit code, the tests that passed (None: it left no report), its counts in words.

    ``why`` says why it was stopped, ``unrun`` why it was not even begun.
    """

    code: int | None = None
    passed: tuple[str, ...] | None = None
    said: str = ""
    why: str = ""
    unrun: str = ""

    @property
    def useless(self) -> str:
        """Why nothing can be compared with this run; empty where something can."""
        if self.why:
            return f"the command was stopped before any candidate was in place: {self.why}"
        if self.passed is None and self.code != 0:
            return f"the command ended with exit code {self.code} before any candidate was in place, and left no report"
        return "no test passed before any candidate was in place" if self.passed == () else ""


class Bench:
    """Where the command is run: before any candidate is in place, and with one."""

    def __init__(self, site: Site | ProgramSite, suite: Suite) -> None:
        self._site, self._suite = site, suite
        self._tree = ""

    async def baseline(self) -> Seen:
        """What the command shows of the repository as it is."""

        async def compute() -> dict[str, Json]:
            seen = await self._run((), "as they are")
            passed = None if seen.passed is None else cast("list[Json]", list(seen.passed))
            return {"code": seen.code, "passed": passed, "said": seen.said, "why": seen.why, "unrun": seen.unrun}

        told = await self._fact((), "before", compute)
        passed = cast("list[str] | None", told["passed"])
        return Seen(
            code=cast("int | None", told["code"]), passed=None if passed is None else tuple(passed),
            said=str(told["said"]), why=str(told["why"]), unrun=str(told["unrun"]),
        )  # fmt: skip

    async def trial(self, landed: Landed, before: Seen) -> tuple[Trial, str]:
        """What the command shows with what would land in place; and why it was not run, if it was not."""
        chosen, slot = landed.outcome.chosen, landed.outcome.choice.slot
        assert chosen is not None
        assert slot is not None
        told = await self._fact(landed.changes, "after", lambda: self._lost(landed, before))
        return Trial(
            slot=slot, id=chosen.id, said=str(told["said"]), broken=str(told["broken"]),
            lost=tuple(cast("list[str]", told["lost"])), count=cast("int", told["count"]),
        ), str(told["unrun"])  # fmt: skip

    async def _lost(self, landed: Landed, before: Seen) -> dict[str, Json]:
        own = landed.landing.test_path
        after = await self._run(landed.changes, f"with candidate {landed.outcome.choice.slot} in place")
        lost, broken = ([], "") if after.unrun else compared(before, after, own)
        if lost:  # once more: a test that fails now and then is not the candidate's fault
            again = await self._run(landed.changes, "once more: some that passed before fail")
            if again.passed is not None and not again.why:  # only a second run that can be read acquits
                still, worse = compared(before, again, own)
                lost = [one for one in lost if one in set(still)]
                broken = "" if lost else worse
        named = cast("list[Json]", lost[:LISTED])
        return {"lost": named, "count": len(lost), "broken": broken, "said": after.said, "unrun": after.unrun}

    async def _run(self, changes: Sequence[FileChange], how: str) -> Seen:
        jail, why = await self._suite.jail()
        if jail is None:
            return Seen(unrun=why)
        self._suite.say(f"The repository's own tests, {how}: {self._suite.command}")
        try:
            async with scratch_copy(self._site.root, self._site.extra_paths) as copy:
                write_files(copy, {change.path: change.new for change in changes})
                roots = self._site.roots
                return _read(await jail.command(copy, self._suite.command, roots, SECONDS))
        except CosplayError as error:
            return Seen(unrun=" ".join(part for part in (error.what, error.cure) if part))

    async def _fact(
        self, changes: Sequence[FileChange], when: str, compute: Callable[[], Awaitable[dict[str, Json]]]
    ) -> dict[str, Json]:
        async def recorded() -> Json:
            return {"tree": await self._now(), **await compute()}

        async def still(known: Json) -> bool:
            told = cast("dict[str, Json]", known)
            if told["unrun"]:
                return (await self._suite.jail())[0] is None
            return told["tree"] == await self._now()

        files = [part for change in changes for part in (change.path, change.new.hex())]
        key = digest(self._suite.command, self._site.surroundings, when, *files)
        return cast("dict[str, Json]", await self._site.journal.fact("tests", key, recorded, still))

    async def _now(self) -> str:
        """The digest of all that the command is run on."""
        if not self._tree:
            root = self._site.root
            extra = [path for each in self._site.extra_paths for path in named_files(root, each)]
            files = sorted({*await repository_files(root), *extra})
            self._tree = await asyncio.to_thread(_digest_of, root, files)
        return self._tree


def _digest_of(root: Path, files: Sequence[str]) -> str:
    state = hashlib.sha256()
    for path in files:
        state.update(f"{len(path)}:{path}".encode("utf-8", "surrogatepass"))
        if (root / path).is_file():
            with (root / path).open("rb") as file:
                state.update(hashlib.file_digest(file, "sha256").digest())
    return state.hexdigest()


def _read(ended: Ended) -> Seen:
    if ended.code is None:
        return Seen(why=ended.why)
    try:
        cases = read_report(ended.report)
    except Garbled:
        return Seen(code=ended.code, said=f"exit code {ended.code}")
    titles: dict[str, bool] = {}
    for case in cases:  # one that is told of twice passed if both did
        title = clean(case.title, ended.places)
        titles[title] = titles.get(title, True) and case.ending == "passed"
    passed = tuple(title for title, won in titles.items() if won)
    known = passed if sum(map(len, passed)) <= NAMES else None
    return Seen(code=ended.code, passed=known, said=_counts(cases))


def _counts(cases: Sequence[Case]) -> str:
    counted = Counter(case.ending for case in cases)
    return ", ".join(f"{counted[ending]} {ending}" for ending in ("failed", "passed", "skipped") if counted[ending])


def compared(before: Seen, after: Seen, own: str) -> tuple[list[str], str]:
    """The tests that passed before and do not pass after, and what else is worse; ``own`` is the kept tests' file."""
    if after.why:
        return [], f"the command was stopped: {after.why}"
    ended = f"the command ends with exit code {after.code}, and ended with 0 before"
    worse = ended if before.code == 0 != after.code else ""
    if before.passed is None:
        return [], worse
    if after.passed is None:
        return [], "the command leaves no report that can be read, and did before"
    kept = set(after.passed)
    lost = [title for title in before.passed if title not in kept and not _of_file(title, own)]
    return lost, "" if lost else worse


def _of_file(title: str, path: str) -> bool:
    """Whether a test is in this file: a landing may replace the file that an earlier one wrote."""
    module = "." + ".".join(PurePosixPath(path).with_suffix("").parts)
    parts = title.partition("::")[0].split(".")
    return bool(path) and any(module.endswith("." + ".".join(parts[:end])) for end in range(1, len(parts) + 1))
