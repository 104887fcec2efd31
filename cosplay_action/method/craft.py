"""One deed each: write a candidate, repair one, find inputs, vote on an output, run the cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cosplay_action.method.consensus import majority
from cosplay_action.method.context import PLAIN_REPLY, Context
from cosplay_action.method.domain import Candidate, Expected, Matrix, Observation, Origin, UnitTest, Votes
from cosplay_action.method.matrix import meets
from cosplay_action.method.ports import Place, Reply, Unusable, Wanted
from cosplay_action.method.prompts import parse, render

TRIES = 2  # replies asked for one candidate, or one input, before its slot counts as unusable
IDEA_TOKENS = 320
INPUT_TOKENS = 240
MORE_INPUT_TOKENS = 64  # for one input of several
VOTE_TOKENS = 400
UNRUN = Observation(status="exited", detail="no usable code in the reply")


async def write_candidate(ctx: Context, place: Place, plan: str, born: int = 0) -> Candidate:
    """One candidate from one plan; unusable (empty source, ``flaw`` says why) when no reply could be read."""
    prompt = render.candidate(ctx.problem, plan)
    flaw = "not asked"
    for attempt in range(TRIES):
        spot = replace(place, role="candidate", attempt=attempt)
        (reply,) = await ctx.ask(spot, prompt, samples=1, tokens=PLAIN_REPLY)
        source = _read_candidate(ctx, spot, reply)
        if isinstance(source, str):
            return Candidate(source=source, plan=plan, born=born)
        flaw = source.why
    return Candidate(source="", plan=plan, born=born, flaw=flaw)


async def repair_candidate(
    ctx: Context, place: Place, broken: Candidate, test: UnitTest, seen: Observation, *, born: int
) -> Candidate:
    """One repair call for one failing candidate; what it gives is judged by the caller."""
    spot = replace(place, role="repair")
    prompt = render.repair(ctx.problem, broken, test, seen)
    (reply,) = await ctx.ask(spot, prompt, samples=1, tokens=PLAIN_REPLY)
    source = _read_candidate(ctx, spot, reply)
    if isinstance(source, str):
        return Candidate(source=source, plan=broken.plan, parent=broken.id, born=born)
    return Candidate(source="", plan=broken.plan, parent=broken.id, born=born, flaw=source.why)


def _read_candidate(ctx: Context, place: Place, reply: Reply) -> str | Unusable:
    """The last block of the reply that the contract can use, else why the first one cannot be."""
    failed = Unusable(why=reply.detail or reply.status if reply.status != "ok" else "no code block")
    for block in reversed(parse.code_blocks(reply.text)):
        source = ctx.problem.contract.read_candidate(block)
        if isinstance(source, str):
            ctx.was_read(place, reply)
            return source
        failed = source if reply.status == "ok" else Unusable(why=f"{reply.status}: {source.why}")
    ctx.was_read(place, reply, why=failed.why)
    return failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """The weak test of the Break step and one candidate that passes it, shown to those who write its successor."""

    test: UnitTest
    passed: Candidate | None

    def shown(self, ctx: Context) -> str:
        return render.old_test(self.test, self.passed, ctx.problem.contract.words)


async def write_ideas(ctx: Context, place: Place, plan: str, count: int, old: Coupling | None = None) -> list[str]:
    """Attack ideas (failure modes, edge cases) drawn from one plan; the plan itself when nothing could be read."""
    spot = replace(place, role="attack")
    shown, examples = old.shown(ctx) if old else "", not ctx.numbers.ignore_examples
    prompt = render.attack(ctx.problem, plan, count, shown, examples=examples)
    (reply,) = await ctx.ask(spot, prompt, samples=1, tokens=IDEA_TOKENS)
    ideas = list(parse.items(reply.text, count))
    ctx.was_read(spot, reply, why="" if ideas else "no list of ideas")
    return ideas or [plan]


async def input_for_idea(
    ctx: Context, place: Place, ideas: Sequence[str], taken: Sequence[str], old: Coupling | None = None
) -> tuple[str | None, str]:
    """One input that realises an idea and repeats none of ``taken``, and the idea; the input is None when none came.

    An idea whose input is taken, or whose reply cannot be read, gives way to the next.
    """
    shown, examples = old.shown(ctx) if old else "", not ctx.numbers.ignore_examples
    for attempt in range(TRIES):
        idea = ideas[attempt % len(ideas)]
        spot = replace(place, role="inputs", attempt=attempt)
        prompt = render.input_for_idea(ctx.problem, idea, shown, examples=examples)
        (reply,) = await ctx.ask(spot, prompt, samples=1, tokens=INPUT_TOKENS)
        fresh = [text for text in _read_inputs(ctx, spot, reply, strict=False) if text not in taken]
        if fresh:
            return fresh[0], idea
    return None, ideas[0]


async def random_inputs(
    ctx: Context, place: Place, count: int, emphasis: str, avoid: Sequence[str] = (), *, strict: bool = False
) -> list[str]:
    """Distinct valid inputs from one call that asks for ``count``, none of ``avoid`` among them; there may be more."""
    spot = replace(place, role="inputs")
    prompt = render.inputs(ctx.problem, count, emphasis, examples=not ctx.numbers.ignore_examples)
    each = MORE_INPUT_TOKENS * (2 if ctx.problem.contract.words.plain else 1)  # a text takes several lines
    (reply,) = await ctx.ask(spot, prompt, samples=1, tokens=each * count)
    found = _read_inputs(ctx, spot, reply, strict=strict)
    return [text for text in found if text not in avoid]


def _read_inputs(ctx: Context, place: Place, reply: Reply, *, strict: bool) -> list[str]:
    contract = ctx.problem.contract
    blocks = parse.code_blocks(reply.text)
    if reply.status == "truncated" and contract.words.plain:  # half a text looks like a whole one, half a call does not
        blocks = blocks[:-1]
    pieces = [piece for block in blocks for piece in contract.split_inputs(block)]
    read = [contract.read_input(piece, strict=strict) for piece in pieces]
    good = list(dict.fromkeys(text for text in read if isinstance(text, str)))
    faults = [text.why for text in read if isinstance(text, Unusable)]
    ctx.was_read(place, reply, why="" if good else (faults[0] if faults else "no input in the reply"))
    return good


async def vote(ctx: Context, place: Place, text: str, old: Coupling | None = None) -> tuple[Expected | None, Votes]:
    """The self-consistency vote on one input: each attempt is fresh samples, at least 3/4 of which must agree.

    Attempts are never pooled (paper, Stage 1 step 4). The voters see the coupling only in the faithful arm.
    """
    numbers = ctx.numbers
    shown = old.shown(ctx) if old and numbers.faithful else ""
    prompt = render.vote(ctx.problem, text, shown, examples=not numbers.ignore_examples)
    needed = math.ceil(0.75 * numbers.vote_samples)
    best = 0
    for attempt in range(numbers.vote_attempts):
        spot = replace(place, role="vote", attempt=attempt)
        replies = await ctx.ask(spot, prompt, samples=numbers.vote_samples, tokens=VOTE_TOKENS)
        ballots = await _ballots(ctx, spot, text, replies)
        winner, agreed = majority(ballots)
        best = max(best, agreed)
        if winner is not None and agreed >= needed:
            return winner, Votes(agreed=agreed, asked=len(replies), attempts=attempt + 1)
        if any(reply.status == "unaffordable" for reply in replies):  # by its own replies: others arrive in any order
            break
    return None, Votes(agreed=best, asked=numbers.vote_samples, attempts=attempt + 1)


async def _ballots(ctx: Context, place: Place, given: str, replies: Sequence[Reply]) -> list[Expected]:
    """What each sample expects, in canonical form; samples that cannot be read or compared are no ballots."""
    wanted = [_read_vote(ctx, given, reply) for reply in replies]
    texts = [one.text for one in wanted if isinstance(one, Wanted) and not one.raises]
    seen = dict(zip(texts, await ctx.run(None, texts), strict=True)) if texts else {}
    ballots = []
    for reply, one in zip(replies, wanted, strict=True):
        expected = one if isinstance(one, Unusable) else as_expected(one, seen.get(one.text))
        if isinstance(expected, Unusable):
            ctx.was_read(place, reply, why=expected.why)
        else:
            ctx.was_read(place, reply)
            ballots.append(expected)
    return ballots


def _read_vote(ctx: Context, given: str, reply: Reply) -> Wanted | Unusable:
    failed = Unusable(why=reply.detail or reply.status if reply.status != "ok" else "no answer in the reply")
    if reply.status == "truncated" and "answer" not in reply.text.lower():
        return Unusable(why="truncated before the answer")
    for piece in parse.answers(reply.text):
        wanted = ctx.problem.contract.read_expected(piece, given)
        if isinstance(wanted, Wanted):
            return wanted
        failed = wanted
    return failed


def as_expected(wanted: Wanted, seen: Observation | None) -> Expected | Unusable:
    """An expected output from what its expression gave in the sandbox."""
    if wanted.raises:
        return Expected(text=wanted.text, raises=wanted.raises)
    if seen is None or not seen.real:
        return Unusable(why=f"the expected output cannot be compared ({seen.status if seen else 'not run'})")
    return Expected(text=wanted.text, value=seen.value)


async def write_test(
    ctx: Context, place: Place, text: str | None, origin: Origin, *, idea: str = "", born: int = 0,
    old: Coupling | None = None,
) -> UnitTest:  # fmt: skip
    """A UT from an input: invalid without a majority, or without an input."""
    if text is None:
        return UnitTest(input="", expected=None, origin=origin, idea=idea, born=born)
    expected, votes = await vote(ctx, place, text, old)
    return UnitTest(input=text, expected=expected, origin=origin, idea=idea, votes=votes, born=born)


async def attack_test(
    ctx: Context, place: Place, ideas: Sequence[str], *, born: int = 0, taken: Sequence[str] = (),
    old: Coupling | None = None,
) -> UnitTest:  # fmt: skip
    """An attack UT: an idea becomes an input in one call, a separate vote gives the expected output."""
    text, idea = await input_for_idea(ctx, place, ideas, taken, old)
    return await write_test(ctx, place, text, "attack", idea=idea, born=born, old=old)


def naming(ctx: Context, tests: Sequence[UnitTest]) -> Callable[[tuple[str, ...]], bool]:
    """Whether an exception is a value: the statement, an example or a valid UT names its class."""
    expected = {test.expected.raises for test in tests if test.expected and test.expected.raises}
    contract = ctx.problem.contract
    return lambda classes: any(name in expected or contract.statement_names(name) for name in classes)


async def run_cells(ctx: Context, candidates: Sequence[Candidate], tests: Sequence[UnitTest]) -> Matrix:
    """The execution matrix: every candidate on every input that exists; equal sources run once."""
    inputs = tuple(dict.fromkeys(test.input for test in tests if test.input))
    sources = tuple(dict.fromkeys(c.source for c in candidates if c.source))
    seen = dict(zip(sources, await ctx.gather(ctx.run(source, inputs) for source in sources), strict=True))
    cells = {(s, text): one for s, row in seen.items() for text, one in zip(inputs, row, strict=True)}
    observations = tuple(tuple(cells.get((c.source, test.input), UNRUN) for test in tests) for c in candidates)
    passes = tuple(tuple(meets(test, one) for test, one in zip(tests, row, strict=True)) for row in observations)
    return Matrix(candidates=tuple(candidates), tests=tuple(tests), observations=observations, passes=passes)
