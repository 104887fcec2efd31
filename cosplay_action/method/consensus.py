"""Agreement: the vote on one output, output signatures, clusters, and the selection rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from cosplay_action.method.domain import Cluster, Expected, Matrix, Observation
from cosplay_action.method.matrix import pass_count, pass_counts, valid_columns
from cosplay_action.method.values import key

Row = tuple[Observation, ...]
Keys = tuple[Hashable | None, ...]  # one probe each; None is a wildcard


def ballot_key(expected: Expected) -> Hashable:
    """What two ballots must share to agree: the exception's class, or the canonical value."""
    if expected.raises or expected.value is None:
        return ("raises", expected.raises)
    return ("returns", key(expected.value))


def majority(ballots: Sequence[Expected]) -> tuple[Expected | None, int]:
    """The output most ballots agree on (ties: the one cast first) and how many do."""
    if not ballots:
        return None, 0
    keys = [ballot_key(ballot) for ballot in ballots]  # once: an opaque value's key never comes again
    (winner, top), *_ = Counter(keys).most_common(1)
    return ballots[keys.index(winner)], top


def output_key(seen: Observation, named: Callable[[tuple[str, ...]], bool]) -> Hashable | None:
    """The identity of one output, or None for a wildcard (paper, Stage 3 step 2).

    A timeout, an out-of-memory, a non-zero exit and an opaque value are wildcards; so is an exception unless the
    statement, an example or a valid UT names it (``named``): then it is a value, matched by class.
    """
    if seen.real and seen.value is not None:
        return ("returns", key(seen.value))
    if seen.status == "raised" and seen.error and named(seen.error):
        return ("raises", seen.error[0])
    return None


def signature(row: Row, named: Callable[[tuple[str, ...]], bool]) -> Keys:
    return tuple(output_key(seen, named) for seen in row)


def compatible(left: Keys, right: Keys) -> bool:
    """Equal wherever neither is a wildcard."""
    return all(a == b for a, b in zip(left, right, strict=True) if a is not None and b is not None)


def wildcards(keys: Keys) -> int:
    return sum(one is None for one in keys)


def make_clusters(signatures: Sequence[Keys], tied: Sequence[int]) -> tuple[Cluster, ...]:
    """Cluster slots that no probe tells apart: the tied first, so that the others cannot move them.

    In the order fewest wildcards, then slot, a candidate joins the first cluster whose members are all compatible
    with it. A candidate without one real output joins none.
    """
    groups: list[list[int]] = []
    rest = [slot for slot in range(len(signatures)) if slot not in set(tied)]
    for part in (tied, rest):
        for slot in sorted(part, key=lambda s: (wildcards(signatures[s]), s)):
            if wildcards(signatures[slot]) < len(signatures[slot]):
                _join(groups, slot, signatures)
    deciding = set(tied)
    return tuple(
        Cluster(members=tuple(sorted(group)), tied=tuple(sorted(deciding.intersection(group)))) for group in groups
    )


def _join(groups: list[list[int]], slot: int, signatures: Sequence[Keys]) -> None:
    for group in groups:
        if all(compatible(signatures[slot], signatures[member]) for member in group):
            group.append(slot)
            return
    groups.append([slot])


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a selection rule looks at. ``tied`` slots may be chosen; ``eligible`` meet every example."""

    matrix: Matrix
    signatures: tuple[Keys, ...]
    rows: tuple[Row, ...]
    tied: tuple[int, ...]
    eligible: tuple[int, ...]

    def agreeing(self, slot: int) -> int:
        """How many probes this slot answers with something that counts as an output."""
        return len(self.signatures[slot]) - wildcards(self.signatures[slot])

    def returned(self, slot: int) -> int:
        return sum(seen.real for seen in self.rows[slot])


def rank_clusters(evidence: Evidence) -> tuple[Cluster, ...]:
    """Winner first: most tied members, then more matching non-error outputs, then more passes, then first."""

    def rank(cluster: Cluster) -> tuple[int, int, int, int]:
        matching = sum(evidence.returned(slot) for slot in cluster.tied)
        passes = sum(pass_count(evidence.matrix, slot) for slot in cluster.tied)
        return (-cluster.weight, -matching, -passes, min(cluster.tied or cluster.members))

    return tuple(sorted(make_clusters(evidence.signatures, evidence.tied), key=rank))


def consensus(evidence: Evidence) -> int | None:
    """The paper's rule: in the largest cluster the member with most agreeing outputs, fewest errors, most passes."""
    clusters = [cluster for cluster in rank_clusters(evidence) if cluster.tied]
    if not clusters:
        return None

    def rank(slot: int) -> tuple[int, int, int, int]:
        errors = sum(not seen.real for seen in evidence.rows[slot])
        return (-evidence.agreeing(slot), errors, -pass_count(evidence.matrix, slot), slot)

    return min(clusters[0].tied, key=rank)


def most_passes(evidence: Evidence) -> int | None:
    """Best-of-N by self-written tests: the highest pass count, first slot."""
    return _best(evidence.eligible, lambda slot: float(pass_count(evidence.matrix, slot)))


def codet(evidence: Evidence) -> int | None:
    """CodeT's dual agreement (arXiv 2207.10397): candidates passing the same tests x the number of those tests."""
    columns = valid_columns(evidence.matrix)
    passed = {slot: tuple(c for c in columns if evidence.matrix.passes[slot][c]) for slot in evidence.eligible}
    sizes = Counter(passed.values())
    return _best(evidence.eligible, lambda slot: float(sizes[passed[slot]] * len(passed[slot])))


def soft_votes(evidence: Evidence) -> tuple[float, ...]:
    """Mean over probes of the share of the whole pool that gives this slot's output; a wildcard earns nothing."""
    rows = len(evidence.signatures)
    probes = len(evidence.signatures[0]) if rows else 0
    counts = [Counter(keys[probe] for keys in evidence.signatures) for probe in range(probes)]

    def mean(keys: Keys) -> float:
        earned = (counts[probe][one] / rows for probe, one in enumerate(keys) if one is not None)
        return sum(earned) / probes if probes else 0.0

    return tuple(mean(keys) for keys in evidence.signatures)


def soft_vote(evidence: Evidence) -> int | None:
    scores = soft_votes(evidence)
    return _best(evidence.eligible, lambda slot: scores[slot])


def blend(evidence: Evidence) -> int | None:
    """.25 pass rate + .75 soft vote."""
    scores, counts = soft_votes(evidence), pass_counts(evidence.matrix)
    columns = max(1, len(valid_columns(evidence.matrix)))
    return _best(evidence.eligible, lambda slot: 0.25 * counts[slot] / columns + 0.75 * scores[slot])


def _best(slots: Iterable[int], score: Callable[[int], float]) -> int | None:
    """The slot with the highest score; ties go to the lowest slot."""
    return min(slots, key=lambda slot: (-round(score(slot), 12), slot), default=None)


SELECTION: dict[str, Callable[[Evidence], int | None]] = {
    "consensus": consensus,
    "pass-count": most_passes,
    "codet": codet,
    "soft-vote": soft_vote,
    "blend": blend,
}
