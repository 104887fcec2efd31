"""Differential fuzzing of the pool: inputs that cost no tokens, kept where candidates disagree.

Known inputs are varied (``variation``), what the contract or the model's own validators refuse is dropped, the rest
runs through the whole pool. An input on which candidates part decides something, so that is where the tokens of a vote
are well spent; what nothing parts needs no more tests. An option (``Numbers.fuzz``), beyond the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from cosplay_action.method import consensus, craft
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Candidate, Difference, Observation
from cosplay_action.method.ports import Place
from cosplay_action.method.prompts import parse, render
from cosplay_action.method.variation import simpler, variations

VALIDATORS = 3  # samples of the one ask
VALIDATOR_TOKENS = 320
FITTING = 0.5  # a validator that refuses more than half of the model's own inputs is not believed
SHRINKS = 16  # steps towards the smallest input that tells two candidates apart
TRIED = 32  # simpler inputs tried in each step
Naming = Callable[[tuple[str, ...]], bool]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Fresh inputs that are valid as far as can be told, and what each candidate slot shows on them.

    ``rows[slot][input]``. On every input at least half of the slots return.
    """

    inputs: tuple[str, ...]
    rows: tuple[tuple[Observation, ...], ...]

    def splits(self, naming: Naming) -> list[frozenset[Pair]]:
        """For each input the pairs of slots that it tells apart."""
        keys = [[consensus.output_key(seen, naming) for seen in row] for row in self.rows]
        return [_pairs([row[at] for row in keys]) for at in range(len(self.inputs))]


def _pairs(keys: Sequence[Hashable | None]) -> frozenset[Pair]:
    return frozenset(
        (a, b) for a, b in combinations(range(len(keys)), 2)
        if keys[a] is not None and keys[b] is not None and keys[a] != keys[b]
    )  # fmt: skip


async def write_validators(ctx: Context) -> tuple[str, ...]:
    """What the model writes once to tell valid inputs: functions of the target's own name and parameters.

    Texts that a program reads have no such form: there the contract alone says what an input looks like.
    """
    if not ctx.numbers.fuzz or ctx.problem.contract.words.plain:
        return ()
    place = Place(stage="explore", step="fuzz", role="validator")
    replies = await ctx.ask(place, render.validator(ctx.problem), samples=VALIDATORS, tokens=VALIDATOR_TOKENS)
    found = []
    for reply in replies:
        sources = map(ctx.problem.contract.read_candidate, reversed(parse.code_blocks(reply.text)))
        usable = next((source for source in sources if isinstance(source, str)), None)
        ctx.was_read(place, reply, why="" if usable else "no usable code")
        found += [usable] if usable else []
    return tuple(found)


async def explore_field(
    ctx: Context, name: str, *, known: Sequence[str], candidates: Sequence[Candidate], validators: Sequence[str]
) -> Field:
    """Vary the known inputs into ``Numbers.fuzz`` fresh ones, drop what is not valid, run the pool on the rest."""
    plain = ctx.problem.contract.words.plain
    drawn = variations(known, ctx.stream("fuzz", name), ctx.numbers.fuzz, plain=plain)
    read = (ctx.problem.contract.read_input(text, strict=True) for text in drawn)
    texts = [text for text in dict.fromkeys(read) if isinstance(text, str) and text not in known]
    texts = await _accepted(ctx, texts, known, validators)
    sources = [one.source for one in candidates]
    rows = await ctx.gather(_row(ctx, source, texts) for source in sources)
    half = len(sources) / 2
    good = [at for at in range(len(texts)) if sum(row[at].status == "returned" for row in rows) >= half]
    return Field(inputs=tuple(texts[at] for at in good), rows=tuple(tuple(row[at] for at in good) for row in rows))


async def _row(ctx: Context, source: str, inputs: Sequence[str]) -> tuple[Observation, ...]:
    return await ctx.run(source, inputs) if source else tuple(craft.UNRUN for _ in inputs)


async def _accepted(ctx: Context, texts: list[str], known: Sequence[str], validators: Sequence[str]) -> list[str]:
    """The inputs that most of the believed validators accept; all of them where none is believed."""
    believed = []
    for source in dict.fromkeys(validators):
        own = await ctx.run(source, known) if known else ()
        if sum(map(_says_yes, own)) >= FITTING * len(known):
            believed.append(source)
    if not believed:
        return texts
    verdicts = await ctx.gather(ctx.run(source, texts) for source in believed)
    return [text for at, text in enumerate(texts) if 2 * sum(_says_yes(row[at]) for row in verdicts) > len(believed)]


def _says_yes(seen: Observation) -> bool:
    return seen.real and seen.value is not None and seen.value.data is True


def best_splits(found: Field, naming: Naming, count: int) -> list[int]:
    """At most ``count`` inputs (as places in the field) that tell the slots apart, best first.

    Each one adds most pairs to those that the ones before it part; ties: it parts more pairs by itself, it is shorter.
    """
    splits = found.splits(naming)
    left = [at for at, pairs in enumerate(splits) if pairs]
    parted: set[Pair] = set()
    chosen: list[int] = []
    while left and len(chosen) < count:
        best = min(
            left,
            key=lambda at: (-len(splits[at] - parted), -len(splits[at]), len(found.inputs[at]), found.inputs[at]),
        )
        if not splits[best] - parted:
            parted = set()  # all that can be parted is; the next ones part it once more
            continue
        left.remove(best)
        chosen.append(best)
        parted |= splits[best]
    return chosen


async def shrunk(
    ctx: Context, found: Difference, sources: tuple[str, str], naming: Naming, validators: Sequence[str]
) -> Difference:
    """The difference on the simplest input that still shows it: step by step, the first simpler input that does.

    ``sources`` are the chosen candidate and its rival.
    """
    for _ in range(0 if ctx.problem.contract.words.plain else SHRINKS):
        read = [ctx.problem.contract.read_input(text, strict=True) for text in simpler(found.input)[:TRIED]]
        texts = [text for text in dict.fromkeys(read) if isinstance(text, str) and text != found.input]
        texts = await _accepted(ctx, texts, [found.input], validators)
        rows = await ctx.gather(ctx.run(source, texts) for source in sources)
        better = next(
            (at for at in range(len(texts)) if _pairs([consensus.output_key(row[at], naming) for row in rows])), None
        )
        if better is None:
            break
        ours, theirs = (row[better] for row in rows)
        found = replace(found, input=texts[better], chosen_gives=ours, rival_gives=theirs)
    return found
