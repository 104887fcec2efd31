"""One target from its stub to its evidence: examples, the method, the landing, the artefacts."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from cosplay_action import wiring
from cosplay_action.afresh import standing
from cosplay_action.errors import JournalError
from cosplay_action.evidence.report import build_report
from cosplay_action.evidence.shape import Report
from cosplay_action.facts import Ledger, RunFacts
from cosplay_action.landing import Landed, Site, reaching
from cosplay_action.landing_program import ProgramSite
from cosplay_action.ledger import Bookkeeper
from cosplay_action.method.codec import Json
from cosplay_action.method.context import Context
from cosplay_action.method.craft import as_expected
from cosplay_action.method.domain import Expected, Observation, Outcome, Problem, UnitTest
from cosplay_action.method.estimate import Estimate, estimate
from cosplay_action.method.events import Event
from cosplay_action.method.job import Job, Limits, digest
from cosplay_action.method.ports import Model, Observer, Sandbox, Seen
from cosplay_action.method.solve import choose_instead, solve
from cosplay_action.models.journal import Journal, JournalModel, JournalSandbox, ReplayOnly
from cosplay_action.redaction import Redacted, RedactedFacts, secrets_of
from cosplay_action.regression import land_tested
from cosplay_action.sandbox.backends import OpenedSandbox
from cosplay_action.sandbox.checking import Checks
from cosplay_action.settings import Settings
from cosplay_action.specs.layout import import_place
from cosplay_action.specs.program import Program
from cosplay_action.specs.stub import Stub, read_stub
from cosplay_action.specs.surroundings import surroundings
from cosplay_action.strength import strength, weigh

JOURNAL = "journal.jsonl"


class Watching(Protocol):
    """Opens the display of one run: an observer for as long as the context lasts."""

    def __call__(self, problem: Problem, expected: Estimate) -> AbstractContextManager[Observer]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One target to play, and everything it is played with. ``strict``: the journal must hold everything.

    ``home`` is the user's own repository, ``root`` where the stub is read: the same, or a copy of it; ``chained``: the
    copy holds earlier choices.
    """

    home: Path
    root: Path
    stub: Stub | Program
    out: Path
    settings: Settings
    host: wiring.Host
    model: Model
    model_name: str
    model_digest: str
    opened: OpenedSandbox
    watch: Watching
    chained: bool = False
    strict: bool = False
    replay: str  # what to tell ``cosplay-action run`` to repeat it, seen from the run directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a play gave; ``report`` is the data of report.json."""

    report: Report
    landed: Landed
    out: Path


def read_target(root: Path, spec: str, settings: Settings) -> Stub:
    """The stub a target names. Raises SpecError."""

    def place(where: Path, path: str) -> tuple[str, tuple[str, ...]]:
        found = import_place(where, path)
        return found.module, found.roots

    return read_stub(root, spec, place, limits_of(settings))


def limits_of(settings: Settings) -> Limits:
    """What one cell may use."""
    return Limits(seconds=settings.cell_seconds, memory=settings.memory * 1024 * 1024)


def identity(stub: Stub | Program, settings: Settings, model_name: str, model_digest: str) -> dict[str, Json]:
    """What makes a run this run: a journal is only taken up again where all of it is the same."""
    examples = [f"{one.input}\n{one.wanted.text}\n{one.wanted.raises}" for one in stub.examples]
    return {
        "target": stub.origin,
        "problem": digest(stub.statement, stub.contract.fingerprint, *examples),
        "model": model_name,
        "model_digest": model_digest,
        "preset": settings.preset,
        "seed": settings.seed,
        "numbers": cast("dict[str, Json]", settings.numbers().recorded()),
        "limits": [settings.cell_seconds, settings.memory],
    }


def run_id(stub: Stub | Program, run: dict[str, Json]) -> str:
    """A name for the run directory: readable, and the same for the same run."""
    called = stub.name if isinstance(stub, Program) else stub.contract.target.qualname
    name = "".join(c if c.isalnum() else "-" for c in called).strip("-").lower()
    return f"{name}-{digest(repr(sorted(run.items())))[:8]}"


async def play(one: Play, run: dict[str, Json]) -> Played:
    """Play one target and build its evidence; the journal in ``one.out`` is taken up where it ends."""
    journal = wiring.open_journal(one.out / JOURNAL, run, one.host, one.opened, one.settings)
    began, size = one.host.clock(), journal.path.stat().st_size
    try:
        return await _play(one, journal)
    finally:
        try:
            wiring.add_lost(journal, one.model)
            if journal.path.stat().st_size > size:  # a session that added nothing leaves the journal as it was
                wiring.add_elapsed(journal, one.host.clock() - began)
        finally:
            journal.close()


async def _play(one: Play, journal: Journal) -> Played:
    model, inner = _adapters(one, journal)
    extra = one.settings.extras()
    files = "" if isinstance(one.stub, Program) else surroundings(one.root, one.stub.contract.target)
    around = digest(files, one.opened.python, *extra)
    sandbox = Surrounded(inner, around, chained=one.chained)
    checks = wiring.checks(one.opened, one.settings, one.home)
    suite = wiring.suite(one.settings, checks, one.host)
    site = _site(one, journal, checks, around)
    site.check()  # before anything is paid for
    if suite and not one.strict:
        await suite.announce()
    problem = await _problem(one.stub, sandbox)
    numbers = one.settings.numbers()
    books = Bookkeeper(one.settings.price_input, one.settings.price_output)
    with one.watch(problem, estimate(problem, numbers)) as shown:
        ctx = Context(
            problem=problem, model=model, sandbox=sandbox, numbers=numbers, seed=one.settings.seed,
            observe=_both(books, shown),
        )  # fmt: skip
        outcome = await standing(sandbox, one.stub, await solve(ctx))

    async def instead(slot: int) -> Outcome:
        return await standing(sandbox, one.stub, await choose_instead(ctx, outcome, slot))

    landed = reaching(await land_tested(site, outcome, suite, instead))
    strong = await strength(ctx, landed.outcome, site.journal)
    facts = _facts(one, journal, books.ledger(outcome.cells + (strong.cells if strong else 0)))
    sure = weigh(landed.outcome, strong, facts.sandbox, landed.landing)
    report = build_report(landed.outcome, facts, landed.landing, strong, sure)
    return Played(report=report, landed=landed, out=one.out)


def _site(one: Play, journal: Journal, checks: Checks, around: str) -> Site | ProgramSite:
    settings, secrets = one.settings, secrets_of(one.host.environ, one.settings.api_key_env)
    facts = RedactedFacts(RecordedFacts(journal) if one.strict else journal, secrets)
    if isinstance(one.stub, Program):
        return ProgramSite(
            root=one.root, program=one.stub, journal=facts, checker=checks, starts=one.opened.level != "B",
            surroundings=around, test_path=settings.test_path, extra_paths=settings.extras(),
        )  # fmt: skip
    return Site(
        root=one.root, stub=one.stub, journal=facts, checker=checks, surroundings=around,
        test_path=settings.test_path, format_command=settings.format_command,
        python=settings.python or sys.executable, extra_paths=settings.extras(),
    )  # fmt: skip


class Surrounded:
    """A sandbox whose jobs say what files stand around the target: journals keep apart what was seen of other code.

    ``chained``: earlier choices are among these files.
    """

    def __init__(self, inner: Sandbox, files: str, *, chained: bool = False) -> None:
        self._inner, self._files, self._chained = inner, files, chained

    async def run(self, job: Job, arrived: Seen | None = None) -> Sequence[Observation]:
        return await self._inner.run(
            dataclasses.replace(job, surroundings=self._files, inside=job.inside or self._chained), arrived
        )


class RecordedFacts:
    """The facts of a strict replay: whatever the journal lacks is an error, nothing is executed to find it out."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def fact(
        self, name: str, key: str, compute: Callable[[], Awaitable[Json]],  # noqa: ARG002 - nothing is executed
        still: Callable[[Json], Awaitable[bool]] | None = None,  # noqa: ARG002 - nor looked at
    ) -> Json:  # fmt: skip
        known = self._journal.known_fact(name, key)
        if known is None:
            raise JournalError(
                f"the journal has no {name} for this: its run did not come to its end, or the sources differ",
                "Replay it on the sources it was recorded on, or run without --replay.",
            )
        return known


def _adapters(one: Play, journal: Journal) -> tuple[JournalModel, JournalSandbox]:
    if one.strict:
        closed = ReplayOnly()
        return JournalModel(closed, journal, one.model_name, strict=True), JournalSandbox(closed, journal)
    paying = wiring.budgeted(one.model, one.settings, one.host, journal)
    secrets = secrets_of(one.host.environ, one.settings.api_key_env)
    sandbox = JournalSandbox(Redacted(one.opened.sandbox, secrets), journal)
    return JournalModel(paying, journal, one.model_name), sandbox


def _both(*observers: Observer) -> Callable[[Event], None]:
    def observe(event: Event) -> None:
        for observer in observers:
            observer(event)

    return observe


async def _problem(stub: Stub | Program, sandbox: Sandbox) -> Problem:
    """The stub as a problem: its examples' expected values are evaluated, as any expected value is.

    Also the first time that the module is imported: a module that cannot be is found out before anything is paid for.
    An example whose expected value cannot be evaluated is no ground truth; it is reported as not converted.
    """
    texts = tuple(dict.fromkeys(["None", *(one.wanted.text for one in stub.examples if not one.wanted.raises)]))
    seen = dict(zip(texts, await sandbox.run(stub.contract.job(None, texts)), strict=True))
    examples, notes = [], [f"line {one.line}: {one.text}: {one.why}" for one in stub.unconverted]
    for one in stub.examples:
        expected = as_expected(one.wanted, seen.get(one.wanted.text))
        if isinstance(expected, Expected):
            examples.append(UnitTest(input=one.input, expected=expected, origin="example"))
        else:
            notes.append(f"line {one.line}: {one.input} -> {one.wanted.text}: {expected.why}")
    return Problem(
        statement=stub.statement, contract=stub.contract, examples=tuple(examples), origin=stub.origin,
        notes=tuple(notes),
    )  # fmt: skip


def _facts(one: Play, journal: Journal, ledger: Ledger) -> RunFacts:
    """The circumstances, from the journal's header alone: artefacts are the same whoever replays it."""
    header = journal.header
    numbers = one.settings.numbers().recorded()
    return RunFacts(
        tool_version=str(header["tool"]),
        created=str(header["created"]),
        model=one.model_name,
        model_digest=one.model_digest,
        preset=one.settings.preset,
        seed=one.settings.seed,
        sandbox=str(header["sandbox"]),
        sandbox_note=str(header["sandbox_note"]),
        python=str(header["python"]),
        settings=tuple((name, str(value)) for name, value in numbers.items()),
        replay=f"cosplay-action run {one.replay}",
        ledger=ledger,
    )
