"""The rule of confidence: every sentence of docs/confidence.md about it, and what is counted of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cosplay_action.method.confidence import SCALES, Confidence, confidence
from cosplay_action.method.domain import Cluster, KeptTest, Outcome, Votes
from cosplay_action.method.measures import Measures, measure
from tests.support import confidence_doc, outcomes

SURE = Measures(
    agreeing=6, usable=8, rival=1, probes=10, kept=6, firm=5, killed=36, mutants=40, examples=2, level="A",
    regression="passed",
)  # fmt: skip


def level(**changes: object) -> str:
    return confidence(replace(SURE, **changes)).level  # type: ignore[arg-type]


def said(**changes: object) -> Confidence:
    return confidence(replace(SURE, **changes))  # type: ignore[arg-type]


def test_the_pages_table_is_that_of_the_rule() -> None:
    assert confidence_doc.shown() == confidence_doc.table(), "run python -m tests.support.confidence_doc"


def test_where_everything_holds_it_is_high_and_nothing_holds_it_down() -> None:
    found = confidence(SURE)
    assert found.level == "high"
    assert found.down == ()
    assert found.up == (
        "6 of 8 usable candidates behave alike.",
        "6 candidates came to this behaviour.",
        "The next largest group has 1 candidate that meets every example, so the lead is 5.",
        "All of the group give the same answer on 10 fresh inputs.",
        "5 of 6 kept tests are firm (an example of the spec, or passed by three quarters of the candidates and voted "
        "for three times or more).",
        "The kept tests notice 36 of 40 mutants of the chosen code.",
        "The choice meets 2 of the spec's 2 examples.",
        "The run came to its end.",
        "All of it ran behind walls (sandbox level A).",
        "The repository's own tests still pass.",
    )


@pytest.mark.parametrize(
    ("good", "fair", "poor"),
    [
        ({"agreeing": 4}, {"agreeing": 3}, {"agreeing": 2}),  # of 8: a half, a third
        ({"usable": 3, "agreeing": 3}, {"usable": 2, "agreeing": 2, "rival": 0}, {"usable": 1, "agreeing": 1}),
        ({"rival": 4}, {"rival": 5}, {"rival": 6}),
        ({"probes": 6}, {"probes": 3}, {"probes": 2}),
        ({"firm": 3}, {"firm": 1}, {"firm": 0}),
        ({"killed": 28}, {"killed": 16}, {"killed": 15}),
    ],
)
def test_each_quantity_has_its_two_thresholds(good: dict, fair: dict, poor: dict) -> None:
    assert [level(**one) for one in (good, fair, poor)] == ["high", "medium", "low"]


def test_the_weakest_quantity_decides_and_none_makes_up_for_another() -> None:
    best = replace(SURE, agreeing=8, rival=0, probes=99, firm=99, killed=40)
    assert confidence(replace(best, probes=0)).level == "low"
    assert confidence(replace(best, budget_spent=True)).level == "medium"
    assert confidence(replace(best, budget_spent=True, probes=0)).level == "low"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"budget_spent": True}, "The budget ended the run early; high confidence asks for a run that comes to its "
         "end."),
        ({"level": "C"}, "The code that was judged was not walled off from its judge (sandbox level C); high "
         "confidence asks for "
         "sandbox level A or B."),
        ({"level": "D"}, "The code that was judged was not walled off from its judge (sandbox level D); high "
         "confidence asks for "
         "sandbox level A or B."),
        ({"level": ""}, "The code that was judged was not walled off from its judge; high confidence asks for sandbox "
         "level A or "
         "B."),
        ({"regression": "unknown"}, "Whether it breaks the repository's own tests cannot be told; high confidence "
         "asks for a test "
         "command that can be run and tells something."),
        ({"regression": "not-run"}, "The repository's own tests were not run; high confidence asks for a test command "
         "that can be "
         "run and tells something."),
        ({"mutants": 0, "killed": 0}, "How strong the kept tests are was not measured; high confidence asks for seven "
         "tenths of "
         "at least 5 mutants."),
        ({"mutants": 4, "killed": 4}, "The kept tests notice 4 of 4 mutants of the chosen code, too few to tell how "
         "strong they are; high confidence asks for seven tenths of at least 5 mutants."),
        ({"mutants": 1, "killed": 1}, "The kept tests notice 1 of 1 mutant of the chosen code, too few to tell how "
         "strong they are; high confidence asks for seven tenths of at least 5 mutants."),
        ({"examples": 0}, "The spec has no example to check the choice against; high confidence asks for an example "
         "that the "
         "choice meets."),
    ],
)  # fmt: skip
def test_these_alone_are_never_high_and_never_low_and_say_so(change: dict, sentence: str) -> None:
    found = said(**change)
    assert found.level == "medium"
    assert found.down == (sentence,)


def test_level_b_is_walled_off_too() -> None:
    assert level(level="B") == "high"


def test_without_a_test_command_the_repositorys_tests_have_no_bearing() -> None:
    found = said(regression="")
    assert found.level == "high"
    assert not any("own tests" in one for one in (*found.up, *found.down))


def test_an_example_that_is_missed_or_a_broken_test_makes_it_low() -> None:
    found = said(missed=1)
    assert found.level == "low"
    assert found.down == (
        "The choice meets 1 of the spec's 2 examples; medium confidence asks for none that the choice misses.",
    )
    assert level(regression="regressed") == "low"
    assert level(risky=1) == "low"


def test_tests_whose_votes_found_no_majority_although_candidates_differ_hold_it_down() -> None:
    assert [level(undecided=number, decided=4) for number in (0, 1, 4, 5)] == ["high", "medium", "medium", "low"]
    assert level(undecided=1, decided=0) == "low"
    assert said(undecided=0, decided=0).down == ()
    assert said(undecided=1, decided=4).down == (
        "1 self-written test is answered differently by candidates, and the votes found no majority for an answer (4 "
        "found one); high confidence asks for none of these.",
    )
    assert said(undecided=5, decided=4).down == (
        "5 self-written tests are answered differently by candidates, and the votes found no majority for an answer (4 "
        "found one); medium confidence asks for no more of these than of those with a majority.",
    )


def test_a_lead_may_be_negative_and_then_it_is_low() -> None:
    found = said(agreeing=4, rival=5)
    assert found.level == "low"
    assert found.down == (
        "Another group has 5 candidates that meet every example, 1 more than this one; medium confidence asks for a "
        "lead of 1.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"agreeing": 8, "rival": 0}, "No candidate behaves otherwise, so the lead is 8."),
        ({"rival": 0}, "No other group meets every example of the spec, so the lead is 6."),
        ({"rival": 0, "examples": 0}, "There is no other group, so the lead is 6."),
        ({"rival": 2, "examples": 0}, "The next largest group has 2 candidates, so the lead is 4."),
        ({"agreeing": 4, "rival": 4, "examples": 0}, "Another group has 4 candidates, no fewer than this one; medium "
         "confidence asks for a lead of 1."),
        ({"kept": 0, "firm": 0}, "No test is kept; medium confidence asks for 1."),
        ({"kept": 1, "firm": 1}, "1 of 1 kept test is firm (an example of the spec, or passed by three quarters of the "
         "candidates and voted for three times or more); high confidence asks for 3."),
    ],
)  # fmt: skip
def test_the_sentences_are_right_where_there_is_nobody_or_nothing(change: dict, sentence: str) -> None:
    found = said(**change)
    assert sentence in (*found.up, *found.down)


def test_of_few_mutants_all_noticed_say_no_more_than_medium_and_few_noticed_say_low() -> None:
    assert [level(mutants=number, killed=number) for number in (4, 5)] == ["medium", "high"]
    assert level(mutants=4, killed=2) == "medium"
    assert level(mutants=4, killed=1) == "low"
    assert said(mutants=4, killed=1).down == (
        "The kept tests notice 1 of 4 mutants of the chosen code; medium confidence asks for two fifths of the "
        "mutants.",
    )


def test_what_holds_it_down_most_comes_first_and_says_what_would_be_needed() -> None:
    found = said(probes=3, firm=0, agreeing=3)
    assert found.level == "low"
    assert [one.rpartition("; ")[2] for one in found.down] == [
        "medium confidence asks for 1.", "high confidence asks for half of the usable.", "high confidence asks for 6.",
    ]  # fmt: skip


def test_no_sentence_is_a_percentage() -> None:
    for one in (SURE, Measures(agreeing=0, usable=0)):
        found = confidence(one)
        assert "%" not in "".join((*found.up, *found.down))


def test_every_scale_says_why_it_is_there() -> None:
    assert all(one.why and all(one.asks) for one in SCALES)
    assert len({one.name for one in SCALES}) == len(SCALES)


# -- what is counted --------------------------------------------------------------------------------------------------


def counted(outcome: Outcome) -> Measures:
    found = measure(outcome)
    assert found is not None
    return found


def voted(*columns: tuple[str, bool, int, str]) -> Measures:
    """Measures of a run whose self-written tests have an input, a majority or none, votes, and a mark a candidate."""
    tests = tuple(
        replace(outcomes.unit(text, valid=valid), votes=Votes(agreed=asked // 2, asked=asked, attempts=1))
        for text, valid, asked, _ in columns
    )
    rows = ["".join(marks[at] for *_, marks in columns) for at in range(8)]
    made = outcomes.chosen()
    return counted(replace(made, matrix=outcomes.grid(rows, made.matrix.candidates, tests), retired=()))


def test_only_divided_votes_on_which_candidates_differ_count_as_undecided_each_input_once() -> None:
    found = voted(
        ("f(1)", False, 4, "##oo!!XX"), ("f(1)", False, 4, "##oo!!XX"), ("f(2)", False, 4, "########"),
        ("f(3)", False, 0, "##oo!!XX"), ("", False, 4, "##oo!!XX"), ("f(4)", False, 4, "####TTXX"),
        ("f(5)", True, 4, "##oo!!XX"), ("f(6)", True, 4, "########"),
    )  # fmt: skip
    assert (found.undecided, found.decided) == (1, 2)
    made = outcomes.chosen()
    assert counted(made).decided == 6, "five valid ones of the last matrix and a retired one"


def test_where_nothing_is_chosen_there_is_nothing_to_measure() -> None:
    assert measure(outcomes.no_consensus()) is None


def test_a_group_its_rival_and_the_fresh_inputs_are_counted_as_the_report_has_them() -> None:
    found = counted(outcomes.chosen())
    assert (found.agreeing, found.usable, found.rival, found.margin) == (5, 7, 1, 4)
    assert found.probes == 5, "on the sixth one member raises"
    assert (found.examples, found.missed, found.budget_spent) == (2, 0, False)
    assert counted(outcomes.budget_with_choice()).budget_spent


def test_a_larger_group_of_those_who_pass_less_is_the_rival() -> None:
    base = outcomes.chosen()
    groups = (Cluster(members=(3, 7), tied=(3, 7)), Cluster(members=(0, 1, 4)), Cluster(members=(2,)))
    assert counted(replace(base, choice=replace(base.choice, clusters=groups))).margin == -1


def test_a_rival_that_misses_an_example_is_none() -> None:
    """Its reading is refuted by the author."""
    base = outcomes.chosen()
    groups = (Cluster(members=(3, 7), tied=(3, 7)), Cluster(members=(0, 1, 4)), Cluster(members=(2,)))
    wins = tuple((slot not in {0, 1}, *row[1:]) for slot, row in enumerate(base.matrix.passes))
    choice = replace(base.choice, clusters=groups)
    found = counted(replace(base, choice=choice, matrix=replace(base.matrix, passes=wins)))
    assert found.rival == 1, "of the three only candidate 4 meets it"


def test_a_choice_that_is_in_no_group_has_nobody_behind_it() -> None:
    base = outcomes.chosen()
    found = counted(replace(base, choice=replace(base.choice, clusters=(), probes=(), signatures=())))
    assert (found.agreeing, found.probes) == (0, 0)
    assert confidence(found).level == "low"


def test_an_input_on_which_all_time_out_is_agreed_on_by_nobody() -> None:
    base = outcomes.chosen()
    rows = outcomes.signatures(("aTaaaa",) * 8)
    assert counted(replace(base, choice=replace(base.choice, signatures=rows))).probes == 5


@pytest.mark.parametrize(
    ("origin", "support", "votes", "firm"),
    [
        ("example", 0.1, Votes(), True),
        ("attack", 0.75, Votes(agreed=3, asked=4), True),
        ("attack", 0.74, Votes(agreed=4, asked=4), False),
        ("random", 1.0, Votes(agreed=2, asked=2), False),
        ("random", 1.0, Votes(agreed=3, asked=5), False),
    ],
)
def test_a_kept_test_is_firm_when_it_is_the_authors_or_well_supported_and_voted(
    origin: str, support: float, votes: Votes, firm: bool
) -> None:
    base = outcomes.chosen()
    test = replace(outcomes.unit("merge([])"), origin=origin, votes=votes)  # type: ignore[arg-type]
    found = counted(replace(base, kept=(KeptTest(test=test, support=support),)))
    assert (found.kept, found.firm) == (1, int(firm))


def test_an_example_that_the_choice_misses_is_counted() -> None:
    base = outcomes.chosen()
    wins = tuple((False, *row[1:]) for row in base.matrix.passes)
    assert counted(replace(base, matrix=replace(base.matrix, passes=wins))).missed == 1
