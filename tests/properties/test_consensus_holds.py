"""What must hold of clusters for any pool, and of a run for any order in which replies arrive."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Hashable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.method import consensus as c
from cosplay_action.method.context import Context
from cosplay_action.method.domain import Cluster, Expected, Outcome
from cosplay_action.method.ports import Arrived, Ask, Reply
from cosplay_action.method.solve import solve
from cosplay_action.method.values import Value, key
from cosplay_action.testing.world import Rates, WorldSandbox, world_model, world_problem

Keys = tuple[Hashable | None, ...]


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[Keys], list[int]]:
    """Signatures over few values and many wildcards, and who is tied."""
    slots, probes = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    output = st.sampled_from([None, 1, 2])
    signatures = [tuple(draw(output) for _ in range(probes)) for _ in range(slots)]
    tied = draw(st.lists(st.sampled_from(range(slots)), unique=True))
    return signatures, sorted(tied)


def tied_groups(clusters: Sequence[Cluster]) -> list[tuple[int, ...]]:
    return [cluster.tied for cluster in clusters if cluster.tied]


@given(pool=pools())
@settings(max_examples=200, deadline=None)
def test_clusters_share_out_every_candidate_with_a_real_output(pool: tuple[list[Keys], list[int]]) -> None:
    signatures, tied = pool
    clusters = c.make_clusters(signatures, tied)
    joined = sorted(slot for cluster in clusters for slot in cluster.members)
    assert joined == [slot for slot, keys in enumerate(signatures) if any(one is not None for one in keys)]
    assert all(set(cluster.tied) == set(cluster.members) & set(tied) for cluster in clusters)


@given(pool=pools())
@settings(max_examples=200, deadline=None)
def test_members_are_compatible_with_each_other(pool: tuple[list[Keys], list[int]]) -> None:
    signatures, tied = pool
    for cluster in c.make_clusters(signatures, tied):
        for a in cluster.members:
            assert all(c.compatible(signatures[a], signatures[b]) for b in cluster.members)


@given(pool=pools(), seed=st.integers(0, 2**16))
@settings(max_examples=200, deadline=None)
def test_what_those_who_do_not_decide_show_never_moves_those_who_do(
    pool: tuple[list[Keys], list[int]], seed: int
) -> None:
    signatures, tied = pool
    others = [slot for slot in range(len(signatures)) if slot not in tied]
    shuffled = random.Random(seed).sample(others, len(others))
    moved = list(signatures)
    for slot, source in zip(others, shuffled, strict=True):
        moved[slot] = signatures[source]
    assert tied_groups(c.make_clusters(moved, tied)) == tied_groups(c.make_clusters(signatures, tied))


@given(pool=pools(), decides=st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_candidate_of_wildcards_alone_changes_nothing(pool: tuple[list[Keys], list[int]], decides: bool) -> None:
    signatures, tied = pool
    silent: Keys = (None,) * len(signatures[0])
    more = [*tied, len(signatures)] if decides else tied
    assert c.make_clusters([*signatures, silent], more) == c.make_clusters(signatures, tied)


NUMBERS = st.sampled_from(
    [Value("int", 1), Value("float", 1.0), Value("bool", True), Value("int", 2), Value("str", "1")]
)
BALLOTS = st.lists(
    st.builds(lambda v: Expected(text=str(v.data), value=v), NUMBERS)
    | st.sampled_from([Expected(text="raises E", raises="E"), Expected(text="raises F", raises="F")]),
    max_size=6,
)


@given(ballots=BALLOTS, seed=st.integers(0, 2**16))
@settings(max_examples=150, deadline=None)
def test_how_many_agree_does_not_depend_on_the_order_of_the_ballots(ballots: list[Expected], seed: int) -> None:
    winner, agreed = c.majority(ballots)
    other = random.Random(seed).sample(ballots, len(ballots))
    assert c.majority(other)[1] == agreed
    assert (winner is None) == (not ballots)
    if winner is not None:
        assert sum(c.ballot_key(b) == c.ballot_key(winner) for b in ballots) == agreed
        assert winner.raises or winner.value is None or key(winner.value) == c.ballot_key(winner)[1]  # type: ignore[index]


# -- determinism ------------------------------------------------------------------------------------------------------


class Jittery:
    """The world's model with replies that arrive in a shuffled order, and at most so many at a time."""

    def __init__(self, shuffle: int, concurrency: int) -> None:
        self.inner = world_model(Rates(candidate=0.4, vote=0.7))
        self.draw = random.Random(shuffle)
        self.turns = asyncio.Semaphore(concurrency)
        self.order: list[str] = []

    async def complete(self, ask: Ask, arrived: Arrived | None = None) -> Sequence[Reply]:
        async with self.turns:
            for _ in range(self.draw.randrange(12)):
                await asyncio.sleep(0)
            replies = await self.inner.complete(ask, arrived)
        self.order.append(str(ask.place))
        return replies


def played(model: Jittery, seed: int = 5) -> Outcome:
    return asyncio.run(solve(Context(problem=world_problem(), model=model, sandbox=WorldSandbox(), seed=seed)))


@pytest.mark.parametrize("concurrency", [1, 3, 16, 256])
def test_the_order_in_which_replies_arrive_does_not_change_the_outcome(concurrency: int) -> None:
    first = Jittery(0, concurrency)
    outcome = played(first)
    assert len(outcome.rounds) > 1
    orders = {tuple(first.order)}
    for shuffle in range(1, 4):
        model = Jittery(shuffle, concurrency)
        assert played(model) == outcome
        orders.add(tuple(model.order))
    assert concurrency == 1 or len(orders) > 1, "the shuffle must have shuffled"


def test_how_many_calls_run_at_once_does_not_change_the_outcome() -> None:
    outcomes = [played(Jittery(concurrency, concurrency)) for concurrency in (1, 2, 5, 16, 256)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_another_seed_is_another_run() -> None:
    assert played(Jittery(0, 16), seed=5) != played(Jittery(0, 16), seed=6)
