"""A candidate that breaks one of the repository's own tests is not chosen: the next of its cluster is tried instead.

A test that passed before and fails, or is gone, with the candidate in place is a regression. At most three distinct
candidates of the winning cluster are tried, those at the top pass count in slot order after the chosen one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Literal

from cosplay_action.facts import Regression, Trial
from cosplay_action.landing import Landed, Site, land, unchosen
from cosplay_action.landing_program import ProgramSite, land_program
from cosplay_action.method.domain import Outcome
from cosplay_action.suite import Bench, Seen, Suite

TRIES = 3  # candidates
NAMED = 3  # tests that a reason names

Instead = Callable[[int], Awaitable[Outcome]]


async def land_tested(site: Site | ProgramSite, outcome: Outcome, suite: Suite | None, instead: Instead) -> Landed:
    """Prepare what would land, as ``land`` does, of the first candidate that breaks none of the repository's tests.

    ``instead`` gives the outcome with another slot chosen. Without a ``suite`` the choice stands.
    """
    landed = await _land(site, outcome)
    if suite is None or landed.outcome.chosen is None:
        return landed
    bench = Bench(site, suite)
    before = await bench.baseline()
    if before.unrun or before.useless:
        return _with(landed, Regression(
            command=suite.command, state="not-run" if before.unrun else "unknown", baseline=before.said,
            note=before.unrun or before.useless,
        ))  # fmt: skip
    tried: list[Trial] = []
    for slot in _slots(outcome):
        if slot != outcome.choice.slot:
            landed = await _land(site, await instead(slot))
            if landed.outcome.chosen is None:  # its kept tests fail when they are run together
                continue
        found, unrun = await bench.trial(landed, before)
        if unrun or not found.regressed:
            return _with(_instead_of(tried, landed), _found(suite, before, [*tried, found], unrun))
        tried.append(found)
    nothing = await _land(site, unchosen(outcome, _reason(tried)))
    return _with(nothing, _found(suite, before, tried))


async def _land(site: Site | ProgramSite, outcome: Outcome) -> Landed:
    return await (land_program(site, outcome) if isinstance(site, ProgramSite) else land(site, outcome))


def _with(landed: Landed, found: Regression) -> Landed:
    return replace(landed, landing=replace(landed.landing, regression=found))


def _found(suite: Suite, before: Seen, tried: Sequence[Trial], unrun: str = "") -> Regression:
    if unrun:
        return Regression(
            command=suite.command, state="not-run", baseline=before.said, note=unrun, tried=tuple(tried[:-1])
        )
    state: Literal["passed", "regressed"] = "regressed" if tried[-1].regressed else "passed"
    return Regression(command=suite.command, state=state, baseline=before.said, tried=tuple(tried))


def _slots(outcome: Outcome) -> list[int]:
    """The chosen slot, then those that decided in its cluster, each source once."""
    chosen, candidates = outcome.choice.slot, outcome.matrix.candidates
    assert chosen is not None
    home = next((cluster.tied for cluster in outcome.choice.clusters if chosen in cluster.members), ())
    distinct = {candidates[slot].id: slot for slot in reversed([chosen, *home])}
    return sorted(distinct.values(), key=lambda slot: (slot != chosen, slot))[:TRIES]


def _instead_of(tried: Sequence[Trial], landed: Landed) -> Landed:
    """The landing of a candidate that was taken because those before it break something."""
    if not tried:
        return landed
    named = " and ".join(str(one.slot) for one in tried)
    which = f"candidate {named}, which breaks" if len(tried) == 1 else f"candidates {named}, which break"
    choice = landed.outcome.choice
    reason = f"{choice.reason}, in place of {which} the repository's own tests"
    return replace(landed, outcome=replace(landed.outcome, choice=replace(choice, reason=reason)))


def _reason(tried: Sequence[Trial]) -> str:
    """Why nothing is chosen, with the first tests that break."""
    lost = list(dict.fromkeys(name for one in tried for name in one.lost))
    who = "it breaks" if len(tried) == 1 else f"each of the {len(tried)} candidates tried breaks"
    if not lost:
        return f"{who} the repository's own test command: {tried[0].broken}"
    count = max(one.count for one in tried)
    tests = "a test" if count == 1 else f"{count} tests" if len(tried) == 1 else f"up to {count} tests"
    more = ", ..." if len(lost) > NAMED else ""
    return f"{who} {tests} of the repository that passed before: {', '.join(lost[:NAMED])}{more}"
