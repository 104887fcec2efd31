"""Stage 3: top passers -> probe inputs -> output clusters -> the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from cosplay_action.method import consensus, craft, fuzz, matrix
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Choice, Cluster, Difference, Matrix, Observation
from cosplay_action.method.events import Chosen, StageStarted, StepStarted
from cosplay_action.method.explore import INPUTS_PER_CALL, Pools
from cosplay_action.method.ports import Place
from cosplay_action.method.prompts.roles import EMPHASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Probe inputs and what each candidate slot shows on them (rows[slot][probe])."""

    inputs: tuple[str, ...]
    rows: tuple[tuple[Observation, ...], ...]


async def select(ctx: Context, pools: Pools, final: Matrix) -> Choice:
    """Choose by output consensus (or by the rule asked for), or say why nothing can be chosen."""
    ctx.observe(StageStarted(stage="select"))
    eligible = _eligible(final)
    tied = _tied(final, eligible)
    naming = craft.naming(ctx, final.tests)
    probes = await _fuzzed(ctx, pools, naming) or await _probe(ctx, pools)
    evidence = consensus.Evidence(
        matrix=final,
        signatures=tuple(consensus.signature(row, naming) for row in probes.rows),
        rows=probes.rows,
        tied=tied,
        eligible=eligible,
    )
    choice = _decide(ctx, evidence, probes)
    ctx.observe(Chosen(choice=choice))
    return choice


def _eligible(final: Matrix) -> tuple[int, ...]:
    """Slots with code that meets every example: examples are ground truth."""
    examples = matrix.example_columns(final)
    return tuple(
        slot
        for slot, candidate in enumerate(final.candidates)
        if candidate.source and all(final.passes[slot][column] for column in examples)
    )


def _tied(final: Matrix, eligible: tuple[int, ...]) -> tuple[int, ...]:
    """The eligible slots at the highest pass count."""
    counts = matrix.pass_counts(final)
    top = max((counts[slot] for slot in eligible), default=0)
    return tuple(slot for slot in eligible if counts[slot] == top)


async def _fuzzed(ctx: Context, pools: Pools, naming: fuzz.Naming) -> Probes | None:
    """Probes without tokens: the inputs that part the pool best, and as many drawn from all others.

    None without fuzzing, or where it found too little.
    """
    wanted = ctx.numbers.probes
    if not ctx.numbers.fuzz:
        return None
    found = await fuzz.explore_field(
        ctx, "probes", known=pools.known, candidates=pools.candidates, validators=pools.validators
    )
    parting = fuzz.best_splits(found, naming, wanted // 2)
    others = [at for at in range(len(found.inputs)) if at not in parting]
    drawn = ctx.stream("fuzz", "others").sample(others, min(len(others), wanted - len(parting)))
    taken = [*parting, *sorted(drawn)]
    if len(taken) < wanted // 2:
        return None
    return Probes(
        inputs=tuple(found.inputs[at] for at in taken), rows=tuple(tuple(row[at] for at in taken) for row in found.rows)
    )


async def _probe(ctx: Context, pools: Pools) -> Probes:
    """Try at most 2R inputs until R are valid; a valid one returns on at least half of the pool."""
    wanted = ctx.numbers.probes
    seen = {text for source, text in ctx.cells if source}  # every input of the run so far, replaced tests' included
    good: list[str] = []
    known = list(pools.inputs)
    for wave in range(2):
        missing, left = wanted - len(good), 2 * wanted - len(known) + len(pools.inputs)
        if not missing or not left:
            break
        ctx.observe(StepStarted(stage="select", round=0, step="probes", slots=missing))
        # the second wave asks for some more than is missing: what is known by now comes up again
        found = await _probe_wave(ctx, wave, min(wanted, missing + wave * INPUTS_PER_CALL), known)
        fresh = [text for text in found if text not in seen][:left]
        seen.update(fresh)
        known += fresh
        good = [*good, *await _returning(ctx, pools, fresh)][:wanted]
    rows = await ctx.gather(_row(ctx, candidate.source, good) for candidate in pools.candidates)
    return Probes(inputs=tuple(good), rows=tuple(rows))


async def _probe_wave(ctx: Context, wave: int, wanted: int, known: Sequence[str]) -> list[str]:
    counts = [min(INPUTS_PER_CALL, wanted - first) for first in range(0, wanted, INPUTS_PER_CALL)]
    place = Place(stage="select", step="probes", role="inputs", attempt=wave)
    turns = EMPHASES[2 * wave :] + EMPHASES[: 2 * wave]  # the second wave tries what a short first one did not
    found = await ctx.gather(
        craft.random_inputs(ctx, ctx.at(place, call), count, turns[call % len(turns)], known, strict=True)
        for call, count in enumerate(counts)
    )
    # in turns, so that what is tried first comes from every call; small models write more than they are asked for
    mixed = (text for texts in zip_longest(*found) for text in texts if text is not None)
    return list(dict.fromkeys(mixed))


async def _returning(ctx: Context, pools: Pools, inputs: list[str]) -> list[str]:
    """The inputs on which at least half of the pool returns."""
    rows = await ctx.gather(_row(ctx, candidate.source, inputs) for candidate in pools.candidates)
    half = len(pools.candidates) / 2
    return [text for at, text in enumerate(inputs) if sum(row[at].status == "returned" for row in rows) >= half]


async def _row(ctx: Context, source: str, inputs: list[str]) -> tuple[Observation, ...]:
    if not source:
        return tuple(craft.UNRUN for _ in inputs)
    return await ctx.run(source, inputs)


def _decide(ctx: Context, evidence: consensus.Evidence, probes: Probes) -> Choice:
    rule = ctx.numbers.select
    forced = consensus.SELECTION[rule](evidence)
    if forced is None:  # what it would choose if it had to: the most passes, even where no candidate is eligible
        usable = tuple(slot for slot, candidate in enumerate(evidence.matrix.candidates) if candidate.source)
        forced = consensus.most_passes(replace(evidence, eligible=evidence.eligible or usable))
    clusters = consensus.rank_clusters(evidence)
    reason = _obstacle(ctx, evidence, clusters)
    return Choice(
        slot=None if reason else forced,
        forced=forced,
        rule=rule,
        reason=reason or _why(evidence, clusters, forced, rule),
        tied=evidence.tied,
        clusters=_winner_first(clusters, forced),
        probes=probes.inputs,
        signatures=probes.rows,
    )


def _obstacle(ctx: Context, evidence: consensus.Evidence, clusters: tuple[Cluster, ...]) -> str:
    """Why there is no consensus, in words; empty when there is one (method: Outcome)."""
    final, rule = evidence.matrix, ctx.numbers.select
    weights = [cluster.weight for cluster in clusters if cluster.weight] or [0]
    tie = rule == "consensus" and len(weights) > 1 and weights[0] == weights[1]
    obstacles = (
        (
            len({final.tests[c].input for c in matrix.valid_columns(final)}) < 2,
            "fewer than 2 valid tests and examples: there is too little to go by",
        ),
        (max(matrix.pass_counts(final), default=0) == 0, "no candidate passes any valid test"),
        (not evidence.eligible, f"no candidate meets every one of the {len(ctx.examples)} example(s)"),
        (not any(evidence.rows), "no usable probe input: the candidates cannot be compared on fresh inputs"),
        (rule == "consensus" and not weights[0], "no top candidate returns a comparable value on any probe input"),
        (tie, f"the two largest clusters are equal in size ({weights[0]} candidates each)"),
    )
    return next((reason for met, reason in obstacles if met), "")


def _why(evidence: consensus.Evidence, clusters: tuple[Cluster, ...], slot: int | None, rule: str) -> str:
    if slot is None:
        return "nothing can be chosen"
    home = next((cluster for cluster in clusters if slot in cluster.members), Cluster(members=(slot,)))
    total, probes = len(evidence.matrix.candidates), len(evidence.rows[slot])
    given = [all(evidence.signatures[member][at] is not None for member in home.members) for at in range(probes)]
    agreed = f"agreed by {home.size} of {total} candidates on {sum(given)} of {probes} fresh inputs"
    return agreed if rule == "consensus" else f"{agreed}, chosen by the rule {rule}"


def _winner_first(clusters: tuple[Cluster, ...], slot: int | None) -> tuple[Cluster, ...]:
    return tuple(sorted(clusters, key=lambda cluster: slot not in cluster.members))


def find_differences(ctx: Context, choice: Choice, final: Matrix) -> tuple[Difference, ...]:
    """For each rival cluster the smallest input on which its best candidate and the chosen one differ."""
    chosen = choice.slot if choice.slot is not None else choice.forced
    if chosen is None:
        return ()
    naming = craft.naming(ctx, final.tests)
    inputs = sorted(
        {*choice.probes, *(test.input for test in final.tests if test.input)}, key=lambda text: (len(text), text)
    )
    found = []
    for number, cluster in enumerate(choice.clusters):
        if chosen in cluster.members:
            continue
        rival = cluster.tied[0] if cluster.tied else cluster.members[0]
        ours, theirs = final.candidates[chosen].source, final.candidates[rival].source
        for text in inputs:
            a, b = ctx.cells[ours, text], ctx.cells[theirs, text]
            one, two = consensus.output_key(a, naming), consensus.output_key(b, naming)
            if one is not None and two is not None and one != two:
                found.append(Difference(rival=rival, cluster=number, input=text, chosen_gives=a, rival_gives=b))
                break
    return tuple(found)
