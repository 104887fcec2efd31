"""Votes, signatures, clusters and the selection rules, on evidence made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cosplay_action.method import consensus as c
from cosplay_action.method.domain import Candidate, Expected, Matrix, Observation, Status
from cosplay_action.method.numbers import RULES
from cosplay_action.method.values import Value
from tests.support.stage import unit


def shown(mark: str) -> Observation:
    """A digit is a returned int; ``t`` times out, ``m`` is out of memory, ``x`` exits, ``o`` writes too much, ``q`` is
    opaque, ``V`` raises ValueError (named), ``J`` a subclass of it, ``K`` KeyError (not named)."""
    ends: dict[str, Status] = {"t": "timed_out", "m": "out_of_memory", "x": "exited", "o": "too_much_output"}
    errors = {"V": ("ValueError",), "J": ("JSONDecodeError", "ValueError"), "K": ("KeyError", "LookupError")}
    if mark in ends:
        return Observation(status=ends[mark])
    if mark in errors:
        return Observation(status="raised", error=errors[mark], detail=f"message {mark}")
    if mark == "q":
        return Observation(status="returned", value=Value("opaque", name="lock"))
    return Observation(status="returned", value=Value("int", int(mark)))


def named(classes: tuple[str, ...]) -> bool:
    return "ValueError" in classes


def evidence(
    rows: Sequence[str], *, tied: Sequence[int] | None = None, passes: Sequence[str] | None = None,
    eligible: Sequence[int] | None = None,
) -> c.Evidence:  # fmt: skip
    """Rows of probes by slot; ``passes`` is the matrix, a row a slot (default: everyone passes one test)."""
    grid = passes or ["#"] * len(rows)
    everyone = tuple(range(len(rows)))
    matrix = Matrix(
        candidates=tuple(Candidate(source=f"c{n}") for n in everyone),
        tests=tuple(unit(n) for n in range(len(grid[0]))),
        observations=tuple(tuple(shown("1") for _ in row) for row in grid),
        passes=tuple(tuple(mark == "#" for mark in row) for row in grid),
    )
    observed = tuple(tuple(shown(mark) for mark in row) for row in rows)
    return c.Evidence(
        matrix=matrix, rows=observed, signatures=tuple(c.signature(row, named) for row in observed),
        tied=everyone if tied is None else tuple(tied), eligible=everyone if eligible is None else tuple(eligible),
    )  # fmt: skip


def members(found: Sequence[object]) -> list[tuple[int, ...]]:
    return [cluster.members for cluster in found]  # type: ignore[attr-defined]


# -- the vote ---------------------------------------------------------------------------------------------------------


def ballot(text: str, value: Value | None = None, raises: str = "") -> Expected:
    return Expected(text=text, value=value, raises=raises)


def test_the_majority_is_what_most_ballots_say_and_the_first_cast_speaks_for_it() -> None:
    cast = [ballot("2", Value("int", 2)), ballot("1", Value("int", 1)), ballot("1.0", Value("float", 1.0))]
    winner, agreed = c.majority(cast)
    assert (winner, agreed) == (cast[1], 2)


def test_no_ballot_is_no_majority() -> None:
    assert c.majority([]) == (None, 0)


def test_nan_agrees_with_nan_and_the_ninth_digit_is_the_last_that_counts() -> None:
    nan = [ballot("nan", Value("float", float("nan"))) for _ in range(3)]
    assert c.majority(nan)[1] == 3
    close = [
        ballot("a", Value("float", 0.1 + 0.2)),
        ballot("b", Value("float", 0.3)),
        ballot("c", Value("float", 0.31)),
    ]
    assert c.majority(close)[1] == 2


def test_values_that_cannot_be_compared_never_agree() -> None:
    assert c.majority([ballot("x", Value("opaque", name="lock"))] * 4)[1] == 1


# -- outputs and signatures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["t", "m", "x", "o", "q", "K"])
def test_what_is_no_output_is_a_wildcard(mark: str) -> None:
    assert c.output_key(shown(mark), named) is None


def test_a_named_exception_is_a_value_matched_by_class_whatever_its_message() -> None:
    one = Observation(status="raised", error=("ValueError",), detail="one")
    two = Observation(status="raised", error=("ValueError",), detail="two")
    assert c.output_key(one, named) == c.output_key(two, named) is not None
    assert c.output_key(one, named) != c.output_key(shown("1"), named)


def test_compatible_is_equal_wherever_neither_is_a_wildcard() -> None:
    assert c.compatible((1, None, 3), (1, 2, None))
    assert not c.compatible((1, None, 3), (1, 2, 4))
    assert c.compatible((None, None), (1, 2))


# -- clusters ---------------------------------------------------------------------------------------------------------


def clusters(rows: Sequence[str], tied: Sequence[int] | None = None) -> list[tuple[int, ...]]:
    made = evidence(rows, tied=tied)
    return members(c.make_clusters(made.signatures, made.tied))


def test_a_candidate_joins_those_it_is_compatible_with() -> None:
    assert clusters(["12", "12", "13", "12"]) == [(0, 1, 3), (2,)]


def test_a_candidate_must_be_compatible_with_every_member_not_only_the_first() -> None:
    # 1t and t2 are each compatible with the other; 13 fits 1t but not t2
    assert clusters(["1t", "t2", "13"]) == [(0, 2), (1,)]


def test_clusters_form_in_the_order_of_fewest_wildcards_then_slot() -> None:
    # by slot alone, 1t would found a cluster that 12 joins and 13 could not; now 12 and 13 found theirs first
    assert clusters(["1t", "12", "13"]) == [(0, 1), (2,)]
    assert clusters(["1t", "13", "12"]) == [(0, 1), (2,)]


def test_a_candidate_without_one_real_output_joins_no_cluster() -> None:
    assert clusters(["tt", "12", "xK", "12"]) == [(1, 3)]
    assert clusters(["tt", "KK"]) == []


def test_those_who_do_not_decide_cannot_move_the_clusters_of_those_who_do() -> None:
    assert clusters(["1t", "t2", "12"], tied=[0, 1]) == [(0, 1, 2)]
    made = evidence(["1t", "t2", "13"], tied=[0, 1])
    (first, second) = c.make_clusters(made.signatures, made.tied)
    assert (first.members, first.tied) == ((0, 1), (0, 1))
    assert (second.members, second.tied, second.weight, second.size) == ((2,), (), 0, 1)


def test_size_counts_slots_even_of_equal_sources() -> None:
    assert [len(one) for one in clusters(["12", "12", "12"])] == [3]


# -- the paper's rule -------------------------------------------------------------------------------------------------


def test_the_largest_cluster_wins() -> None:
    assert c.consensus(evidence(["12", "34", "34"])) == 1


def test_only_the_tied_decide_which_cluster_is_largest() -> None:
    assert c.consensus(evidence(["12", "34", "34", "34"], tied=[0])) == 0
    assert members(c.rank_clusters(evidence(["12", "34", "34", "34"], tied=[0])))[0] == (0,)


def test_equal_clusters_are_ranked_by_matching_outputs_that_are_no_errors() -> None:
    assert c.consensus(evidence(["1V", "1V", "23", "23"])) == 2
    assert c.consensus(evidence(["1t", "1t", "23", "23"])) == 2


def test_then_by_passes_then_the_first() -> None:
    by_passes = evidence(["12", "34"], passes=["#.", "##"])
    assert c.consensus(by_passes) == 1
    assert c.consensus(evidence(["12", "34"])) == 0


def test_in_the_winning_cluster_the_member_with_most_outputs_then_fewest_errors_is_chosen() -> None:
    assert c.consensus(evidence(["1t", "12", "1t"])) == 1
    assert c.consensus(evidence(["1tV", "12t"])) == 1, "slot 0 has as many outputs, but one is an error"


def test_then_the_member_with_most_passes_then_the_first() -> None:
    assert c.consensus(evidence(["12", "12", "12"], passes=["#.", "##", "##"])) == 1


def test_without_one_comparable_output_there_is_no_choice() -> None:
    assert c.consensus(evidence(["tt", "xx"])) is None
    assert c.consensus(evidence(["", ""])) is None


# -- the other rules --------------------------------------------------------------------------------------------------


def test_pass_count_takes_the_most_passes_then_the_first() -> None:
    assert c.most_passes(evidence(["1", "2", "2"], passes=["#..", "##.", ".##"])) == 1


def test_codet_multiplies_a_group_of_equal_passes_by_the_number_of_tests_it_passes() -> None:
    passes = ["####", "##..", "##..", "##..", "#..."]  # 1 x 4 < 3 x 2 > 1 x 1
    assert c.codet(evidence(["1"] * 5, passes=passes)) == 1
    passes = ["####", "####", "##..", "##..", "##.."]  # 2 x 4 > 3 x 2
    assert c.codet(evidence(["1"] * 5, passes=passes)) == 0


def test_codet_does_not_mix_groups_that_pass_as_many_but_other_tests() -> None:
    passes = ["##..", "..##", "..##"]
    assert c.codet(evidence(["1"] * 3, passes=passes)) == 1


def test_soft_vote_weighs_each_output_by_how_much_of_the_whole_pool_gives_it() -> None:
    rows = ["11", "12", "22", "3t"]
    assert c.soft_votes(evidence(rows)) == pytest.approx((0.375, 0.5, 0.375, 0.125))
    assert c.soft_vote(evidence(rows)) == 1


def test_soft_vote_gives_nothing_for_a_wildcard_however_common() -> None:
    rows = ["tt", "tt", "tt", "1t"]
    assert c.soft_votes(evidence(rows)) == pytest.approx((0, 0, 0, 0.125))
    assert c.soft_vote(evidence(rows)) == 3


def test_blend_is_a_quarter_pass_rate_and_three_quarters_soft_vote() -> None:
    # slot 0: .25 * 1 + .75 * 1/3 = .5; slots 1 and 2: .25 * s + .75 * 2/3
    assert c.blend(evidence(["1", "2", "2"], passes=["##", "..", ".."])) == 0, "a tie: the first slot"
    assert c.blend(evidence(["1", "2", "2"], passes=["##", "#.", ".."])) == 1
    assert c.blend(evidence(["1", "1", "2"], passes=["..", ".#", "##"])) == 1


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_chooses_a_slot_that_may_not_be_chosen(rule: str) -> None:
    made = evidence(["11", "11", "23"], tied=[2], eligible=[2], passes=["##", "##", "#."])
    assert c.SELECTION[rule](made) == 2


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_chooses_where_nobody_may_be_chosen(rule: str) -> None:
    assert c.SELECTION[rule](evidence(["11", "11"], tied=[], eligible=[])) is None


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_bears_that_there_are_no_probes(rule: str) -> None:
    assert c.SELECTION[rule](evidence(["", ""], passes=["#", "#"])) in {0, None}


def test_rules_disagree_where_they_should() -> None:
    rows = ["12", "34", "34", "56", "56", "56"]
    passes = ["####", "###.", "###.", "##..", "##..", "##.."]
    made = evidence(rows, tied=[0], passes=passes)
    found = {rule: c.SELECTION[rule](made) for rule in RULES}
    # blend: slot 3 gets .25 * .5 + .75 * .5 = .5, slot 1 .25 * .75 + .75 / 3 = .4375, slot 0 .25 + .75 / 6 = .375
    assert found == {"consensus": 0, "pass-count": 0, "codet": 1, "soft-vote": 3, "blend": 3}
