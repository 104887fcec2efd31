"""report.json: what it holds, its schema, its bytes."""

from __future__ import annotations

import copy
import json
import typing
from dataclasses import replace

import jsonschema
import pytest

from cosplay_action.evidence import shape
from cosplay_action.evidence.report import build_report, dump
from cosplay_action.method.domain import Observation
from cosplay_action.method.values import Value
from tests.support import outcomes, schema_doc

SCHEMA = schema_doc.load_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BUILDERS = [
    outcomes.chosen,
    outcomes.no_consensus,
    outcomes.budget_with_choice,
    outcomes.budget_without_choice,
    outcomes.hostile,
    outcomes.hostile_tie,
    outcomes.large,
]


def report_of(outcome, landing=None):
    return build_report(outcome, outcomes.facts(), landing)


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("landing", [None, outcomes.landing()], ids=["nothing lands", "lands"])
def test_every_kind_of_outcome_meets_the_schema_after_a_trip_through_text(builder, landing):
    VALIDATOR.validate(json.loads(dump(report_of(builder(), landing))))


@pytest.mark.parametrize("builder", [outcomes.chosen, outcomes.hostile, outcomes.large], ids=lambda one: one.__name__)
def test_confidence_and_strength_meet_the_schema(builder):
    outcome = builder()
    report = build_report(
        outcome, outcomes.facts(), outcomes.landing(), outcomes.strong(outcome, outcomes.HOSTILE), outcomes.sure()
    )
    VALIDATOR.validate(json.loads(dump(report)))
    assert report["confidence"]["level"] == "medium"
    strength = report["strength"]
    assert strength["mutants"] == strength["killed"] + strength["survived"] + strength["perhaps_equivalent"] == 40
    assert strength["share"] == pytest.approx(31 / 40)
    assert [one["redundant"] for one in report["kept"]] == [False] + [True] * (len(outcome.kept) - 1)
    assert report["kept"][0]["kills"] == 31
    assert max(len(one["before"]) for one in strength["survivors"]) <= 200


def test_what_was_not_measured_is_null_and_makes_no_test_redundant():
    base = outcomes.chosen()
    bare = report_of(base)
    assert (bare["confidence"], bare["strength"]) == (None, None)
    nothing = replace(outcomes.strong(base), mutants=0, killed=0, survived=0, perhaps_equivalent=0, redundant=())
    unmade = build_report(base, outcomes.facts(), None, nothing)
    assert unmade["strength"]["share"] is None
    for report in (bare, unmade):
        assert {(one["kills"], one["redundant"]) for one in report["kept"]} == {(None, False)}


@pytest.mark.parametrize("state", ["passed", "regressed", "unknown", "not-run"])
def test_what_the_repositorys_own_tests_said_is_in_the_report(state):
    landing = replace(outcomes.landing(), regression=outcomes.regression(state))
    report = json.loads(dump(report_of(outcomes.chosen(), landing)))
    VALIDATOR.validate(report)
    found = report["landing"]["regression"]
    assert (found["state"], found["command"]) == (state, "pytest -q")
    assert [one["slot"] for one in found["tried"]] == {"passed": [0, 3], "regressed": [0]}.get(state, [])


def test_without_a_test_command_there_is_nothing_about_them():
    assert report_of(outcomes.chosen(), outcomes.landing())["landing"]["regression"] is None


def test_the_schema_itself_is_valid_draft_2020_12():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_refuses_an_unknown_field_and_a_missing_one():
    good = json.loads(dump(report_of(outcomes.chosen())))
    more, less = copy.deepcopy(good), copy.deepcopy(good)
    more["matrix"][0][0]["confidence"] = 1
    del less["choice"]["margin"]
    assert not VALIDATOR.is_valid(more)
    assert not VALIDATOR.is_valid(less)


def objects(schema):
    yield SCHEMA
    yield from SCHEMA["$defs"].values()


def test_every_object_of_the_schema_is_closed_complete_and_described():
    for one in objects(SCHEMA):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
        assert one["description"]
        assert all(field["description"] for field in one["properties"].values())


def test_the_types_and_the_schema_name_the_same_fields():
    kinds = {name: one for name, one in vars(shape).items() if typing.is_typeddict(one)}
    assert set(kinds) - {"Report"} == set(SCHEMA["$defs"])
    for name, kind in kinds.items():
        schema = SCHEMA if name == "Report" else SCHEMA["$defs"][name]
        assert set(typing.get_type_hints(kind)) == set(schema["properties"]), name


def test_the_page_about_the_schema_says_what_the_schema_says():
    assert schema_doc.PAGE.read_text("utf-8") == schema_doc.render(SCHEMA), "run python -m tests.support.schema_doc"


def test_the_text_is_ascii_with_a_final_newline_and_no_carriage_return():
    text = dump(report_of(outcomes.hostile(), outcomes.landing()))
    assert text.isascii()
    assert text.endswith("}\n")
    assert "\r" not in text


def test_equal_runs_give_equal_bytes():
    assert dump(report_of(outcomes.large())) == dump(report_of(outcomes.large()))


def test_hostile_texts_survive_the_trip_unchanged():
    loaded = json.loads(dump(report_of(outcomes.hostile())))
    assert loaded["plans"] == [outcomes.HOSTILE]


def test_pass_counts_leave_invalid_tests_out():
    report = report_of(outcomes.chosen())
    assert [row["passes"] for row in report["candidates"]] == [7, 7, 4, 7, 7, 3, 0, 7]
    assert report["tests"][6]["support"] is None
    assert report["tests"][0]["support"] == pytest.approx(7 / 8)


def test_a_probe_counts_as_agreed_only_when_the_whole_cluster_gives_one_answer():
    report = report_of(outcomes.chosen())
    assert report["choice"]["agreeing"] == 5
    assert [probe["agreed"] for probe in report["probes"]] == [True, True, True, True, True, False]
    assert report["choice"]["agreed_probes"] == 5


def test_the_margin_is_between_the_deciding_members_of_the_first_two_clusters():
    assert report_of(outcomes.chosen())["choice"]["margin"] == 4
    assert report_of(outcomes.no_consensus())["choice"]["margin"] == 0


def test_equal_answers_share_a_group_and_timeouts_have_none():
    groups = [[answer["group"] for answer in row] for row in report_of(outcomes.chosen())["signatures"]]
    assert groups[0] == groups[3] == [0, 0, 0, 0, 0, 0]
    assert groups[2][1] != groups[0][1]
    assert groups[5][2] is None


def test_floats_that_differ_beyond_nine_digits_share_a_group():
    base = outcomes.no_consensus()
    rows = tuple((outcomes.gives(Value("float", 0.1 + slot * 1e-15)),) for slot in range(6))
    report = report_of(replace(base, choice=replace(base.choice, probes=("f()",), signatures=rows)))
    assert {row[0]["group"] for row in report["signatures"]} == {0}


def test_a_long_value_is_cut_to_two_hundred_characters():
    base = outcomes.chosen()
    seen = outcomes.gives(Value("str", "x" * 5000))
    rows = ((seen, *base.matrix.observations[0][1:]), *base.matrix.observations[1:])
    shown = report_of(replace(base, matrix=replace(base.matrix, observations=rows)))["matrix"][0][0]["shown"]
    assert len(shown) <= 200
    assert shown.startswith("'xxx")


def test_an_exception_is_shown_by_class_and_message_and_a_timeout_in_words():
    report = report_of(outcomes.chosen())
    assert report["matrix"][2][2]["shown"] == "raises IndexError: list index out of range"
    assert report["matrix"][5][3]["shown"] == "timed out: 2.0 s"


def test_a_return_without_a_value_is_shown_as_nothing():
    base = outcomes.no_consensus()
    rows = ((Observation(status="returned"),) * 6,) * 6
    report = report_of(replace(base, matrix=replace(base.matrix, observations=rows)))
    assert report["matrix"][0][0]["shown"] == "nothing"


def test_the_chosen_implementation_is_the_one_that_would_land():
    formatted = replace(outcomes.landing(), implementation="def merge(): ...\n")
    assert report_of(outcomes.chosen(), formatted)["chosen"]["implementation"] == "def merge(): ...\n"
    bare = report_of(outcomes.chosen())["chosen"]
    assert bare["implementation"] == bare["source"] != ""
    assert report_of(outcomes.no_consensus())["chosen"] is None


def test_a_spent_budget_keeps_its_choice_and_says_so():
    with_choice = report_of(outcomes.budget_with_choice())
    without = report_of(outcomes.budget_without_choice())
    assert with_choice["status"] == without["status"] == "budget-exceeded"
    assert with_choice["chosen"]["slot"] == 3
    assert without["chosen"] is None


def test_costs_add_up_by_stage_and_in_all():
    costs = report_of(outcomes.chosen())["costs"]
    assert [(one["stage"], one["replies"]) for one in costs["stages"]] == [("explore", 48), ("play", 29), ("select", 2)]
    assert costs["total"]["replies"] == 79
    assert costs["total"]["statuses"] == [{"status": "ok", "count": 75}, {"status": "truncated", "count": 4}]
    assert costs["cells"] == 112


def test_rounds_hold_every_cell_as_a_digit():
    first = report_of(outcomes.chosen())["rounds"][0]
    assert first["passes"][0] == "11010101"
    assert len(first["passes"]) == 8


def test_a_run_that_ended_before_its_first_candidate_still_has_a_report():
    base = outcomes.budget_without_choice()
    bare = replace(base, rounds=(), matrix=replace(base.matrix, candidates=(), tests=(), observations=(), passes=()))
    report = report_of(bare)
    VALIDATOR.validate(json.loads(dump(report)))
    assert (report["matrix"], report["rounds"], report["choice"]["agreeing"]) == ([], [], 0)


def test_a_pass_on_an_invalid_test_adds_nothing():
    base = outcomes.chosen()
    wins = tuple((*row[:6], True, *row[7:]) for row in base.matrix.passes)
    report = report_of(replace(base, matrix=replace(base.matrix, passes=wins)))
    assert report["candidates"][3]["passes"] == 7


def test_a_probe_on_which_the_whole_cluster_times_out_is_not_agreed():
    base = outcomes.no_consensus()
    rows = outcomes.signatures(("aTaaaa",) * 3 + ("abaaaa",) * 3)
    report = report_of(replace(base, choice=replace(base.choice, signatures=rows)))
    assert report["choice"]["agreed_probes"] == 5
    assert report["probes"][1]["agreed"] is False
