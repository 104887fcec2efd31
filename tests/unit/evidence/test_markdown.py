"""summary.md and pr-body.md: what they say, that only our own text is live, and that they fit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cosplay_action.evidence.markdown import BODY_LIMIT, SUMMARY_LIMIT, pr_body, summary
from cosplay_action.evidence.report import build_report
from cosplay_action.method.domain import Stop
from tests.support import outcomes

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def report_of(outcome, landing=None, **facts):
    return build_report(outcome, outcomes.facts(**facts), landing)


def section(page, title):
    """The text from one heading to the next."""
    return page.split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]


def live(page):
    """Links, images and raw HTML of the rendered page that are not our own folded sections."""
    found = []
    for token in PARSER.parse(page):
        inner = token.children or [token]
        found += [one for one in inner if one.type in {"link_open", "image", "html_inline", "html_block"}]
    return [one.content for one in found if not re.fullmatch(r"</?details>(<summary>[^<]*</summary>)?\n?", one.content)]


def test_the_verdict_comes_first_and_says_agreed():
    body = pr_body(report_of(outcomes.chosen(), outcomes.landing()))
    assert body.startswith("## Agreed by 5 of 8 candidates on 5 of 6 fresh inputs\n")
    assert "Candidate 3 passes 5 of 5 valid self-written tests and 2 of 2 examples." in body


@pytest.mark.parametrize("builder", [outcomes.chosen, outcomes.no_consensus, outcomes.budget_with_choice])
def test_no_page_says_correct(builder):
    report = report_of(builder(), outcomes.landing())
    assert "correct" not in (summary(report) + pr_body(report)).lower()


def test_the_matrix_marks_the_chosen_row_and_ends_in_support():
    table = section(pr_body(report_of(outcomes.chosen())), "Execution matrix").strip().splitlines()
    assert table[0] == "| candidate | cluster | passes | E1 | E2 | A1 | A2 | A3 | R1 | R2 | R3 |"
    assert table[2] == "| **3 chosen** | A | 7/7 | ● | ● | ● | ● | ● | ● | · | ● |"
    assert "| 2 | B | 4/7 | ● | ○ | ! | ● | ○ | ● | · | ● |" in table
    assert "| 6 | - | 0/7 | - | - | - | - | - | - | - | - |" in table
    assert "| support, % |  |  | 88 | 75 | 62 | 75 | 62 | 88 | - | 75 |" in table


def test_a_wide_matrix_is_drawn_in_monospaced_columns():
    grid = section(pr_body(report_of(outcomes.large())), "Execution matrix")
    lines = grid.split("```text\n")[1].split("\n```")[0].splitlines()
    assert len(lines) == 18
    assert len({len(line) for line in lines}) == 1
    assert lines[1].lstrip().startswith("0 chosen")


def test_a_matrix_beyond_the_page_says_what_is_not_shown():
    grid = section(pr_body(report_of(outcomes.large(70, 40))), "Execution matrix")
    assert "6 rows and 8 columns more in `report.json`." in grid


def test_clusters_show_size_members_and_margin():
    text = section(pr_body(report_of(outcomes.chosen())), "Clusters of equal behaviour")
    assert "| **A** | 5 | `████████` | 0, 1, 3, 4, 7 | 4 |" in text
    assert "Counting only those at the top pass count, the first leads the next by 4." in text


def test_each_rival_is_shown_on_the_input_that_tells_it_apart():
    text = section(pr_body(report_of(outcomes.chosen())), "Where rivals differ")
    assert "| B (candidate 2) | `merge([[1, 6], [6, 10]])` | `[[1, 4]]` | `[[1, 3], [2, 4]]` |" in text
    assert "`raises IndexError: list index out of range`" in text


def test_kept_tests_show_support_and_votes_and_where_they_ship():
    text = section(pr_body(report_of(outcomes.chosen(), outcomes.landing())), "Kept tests (8)")
    assert "| `merge([[0, 3], [1, 2]])` | `[[1, 4]]` | attack | 62% | 3 of 4 |" in text
    assert "| `merge([])` | `[]` | random, retired | 100% | 3 of 4 |" in text
    assert "| `merge([[1, 2]])` | `[[1, 4]]` | example | 88% | - |" in text
    assert "They ship as `tests/test_intervals_merge.py`." in text


def judged(outcome, text="if start <= merged[-1][1]:", landing=None):
    strong = outcomes.strong(outcome, text)
    return build_report(outcome, outcomes.facts(), landing or outcomes.landing(), strong, outcomes.sure())


def test_kept_tests_show_what_they_notice_and_which_are_redundant():
    text = section(pr_body(judged(outcomes.chosen())), "Kept tests (8)")
    assert "| `merge([[1, 2]])` | `[[1, 4]]` | example | 88% | - | 31 |" in text
    assert "| `merge([[0, 3], [1, 2]])` | `[[1, 4]]` | attack | 62% | 3 of 4 | 12, redundant |" in text
    assert "| `merge([])` | `[]` | random, retired | 100% | 3 of 4 | 0, redundant |" in text
    assert (
        "The kept tests notice 31 of 40 mutants (78%). A mutant is the code with one change. 3 go unnoticed. 6 "
        "more behave like it on 6 fresh inputs too: perhaps equivalent. 7 tests are redundant: the others notice as "
        "much."
    ) in text


def test_what_no_kept_test_notices_is_shown_as_one_line_each():
    text = section(pr_body(judged(outcomes.chosen())), "Kept tests (8)")
    assert (
        "What no kept test notices:\n\n"
        "- comparison, line 4 of candidate 3: `if start <= merged[-1][1]:` became `if start < merged[-1][1]:`; "
        "a test of `merge([[1, 2], [2, 3]])` would notice\n"
        "- statement left out, line 7 of candidate 3: `if start <= merged[-1][1]:` became `pass`\n"
    ) in text


def test_tests_that_could_not_be_tried_on_mutants_are_said_to_be():
    base = outcomes.chosen()
    nothing = replace(outcomes.strong(base), mutants=0, killed=0, survived=0, perhaps_equivalent=0, survivors=())
    body = pr_body(build_report(base, outcomes.facts(), outcomes.landing(), nothing))
    assert "gave nothing to change, so how strong its tests are was not measured." in body
    assert "redundant" not in body.lower()


def test_the_verdict_names_the_confidence_and_its_reasons_come_next():
    body = pr_body(judged(outcomes.chosen()))
    assert body.startswith("## Agreed by 5 of 8 candidates on 5 of 6 fresh inputs; confidence: medium\n")
    assert body.index("### Confidence: medium") < body.index("### Execution matrix")
    assert section(body, "Confidence: medium") == (
        "\nWhat holds it down:\n\n- All of the group agree on 5 fresh inputs; high confidence asks for 6.\n"
        "- The budget ended the run early.\n\nWhat holds it up:\n\n- 5 of 7 usable candidates behave alike.\n"
    )
    spent = pr_body(judged(outcomes.budget_with_choice()))
    assert spent.startswith("## The budget was spent; best so far: agreed by 5 of 8")
    assert spent.partition("\n")[0].endswith("; confidence: medium")


def test_the_parts_come_in_the_order_in_which_one_asks():
    body = pr_body(judged(outcomes.chosen()))
    heads = re.findall(r"^#+ (\w+)", body, re.MULTILINE)
    assert heads[:6] == ["Agreed", "Confidence", "Execution", "Clusters", "Where", "Kept"]
    assert heads.index("Cost") > heads.index("Kept")


def test_long_tables_are_folded_and_say_beforehand_what_they_hold():
    body = pr_body(judged(outcomes.large()))
    matrix = section(body, "Execution matrix")
    assert matrix.startswith(
        "\n16 candidates on 20 tests; the best passes 20 of 20 valid tests.\n\n"
        "<details><summary>The whole matrix</summary>\n\n```text\n"
    )
    assert "<details><summary>The kept tests</summary>" in section(body, "Kept tests (20)")
    assert "<summary>The" not in pr_body(judged(outcomes.chosen()))


def test_rounds_show_a_bar_a_candidate_from_lowest_to_highest():
    text = section(pr_body(report_of(outcomes.chosen())), "Pass counts, round by round")
    assert "| 0 | `▁▁▃▆▆▆▇▇` | 6 | 5 | 7 of 8 | - |" in text
    assert "| 1 | `▁▄▅█████` | 7 | 7 | 7 of 8 | 4 of 5 |" in text


def test_moves_and_dropped_tests_are_folded_with_their_reasons():
    body = pr_body(report_of(outcomes.chosen()))
    assert "<details><summary>Moves (5)</summary>\n\n| round" in body
    assert "| 1 | fix | 5 | `1b2c3d4e` | `unusable` | no |" in body
    assert "it is invalid: no majority on the expected output" in body.split("<summary>Dropped tests (1)</summary>")[1]


def test_costs_and_replay_are_shown():
    body = pr_body(report_of(outcomes.chosen()))
    assert "| all | 79 | 75 | 49,450 | 24,725 | 16,482 | 98.8 |" in body
    assert "112 executions; cost: 0.0123 USD; replies that did not end well: 4 truncated." in body
    assert "```console\ncosplay-action run src/intervals.py::merge" in body


def test_without_a_price_no_cost_is_made_up():
    assert "cost: no price given" in pr_body(report_of(outcomes.chosen(), ledger=outcomes.ledger(usd=None)))


def test_no_consensus_asks_the_author_on_which_answer():
    body = pr_body(report_of(outcomes.no_consensus()))
    assert body.startswith("## No consensus\n")
    assert "Nothing was chosen: the two largest clusters are equal in size (3 candidates each)." in body
    question = section(body, "A question to the author of the spec")
    assert "**1.** On `merge([[1, 6], [6, 10]])`" in question
    assert "- 3 of 6 candidates (cluster A): `[[0, 0]]`\n- 3 of 6 candidates (cluster B): `[[0, 1]]`\n" in question
    assert "No line of the spec was recognised as being about it." in question
    assert "```text\nmerge([[1, 6], [6, 10]]) -> [[0, 0]]\nmerge([[1, 6], [6, 10]]) -> [[0, 1]]\n```" in question
    assert "**2.**" not in question
    assert body.index("A question") < body.index("Execution matrix"), "it is the result"


def test_where_nothing_was_judged_no_count_of_nothing_is_given():
    base = outcomes.chosen()
    bare = replace(base.matrix, tests=(), observations=((),) * 8, passes=((),) * 8)
    body = pr_body(report_of(replace(base, matrix=bare)))
    assert "Candidate 3 was judged by no test: none is valid." in body
    assert "0 of 0" not in body.partition("### ")[0]


def test_the_only_cluster_has_no_margin_over_another():
    base = outcomes.chosen()
    alone = replace(base.choice, clusters=base.choice.clusters[:1])
    text = section(pr_body(report_of(replace(base, choice=alone))), "Clusters of equal behaviour")
    assert "Compared on 6 fresh inputs. No other cluster." in text
    tie = section(pr_body(report_of(outcomes.no_consensus())), "Clusters of equal behaviour")
    assert "Counting only those at the top pass count, the first ties with the next." in tie
    both = section(pr_body(report_of(base)), "Clusters of equal behaviour")
    assert (
        "Compared on 6 fresh inputs. Counting only those at the top pass count, the first leads the next by 4." in both
    )


def test_where_all_tests_are_passed_it_is_the_tests_that_have_nothing_left_to_decide():
    body = pr_body(report_of(replace(outcomes.no_consensus(), stop=Stop.SETTLED)))
    assert "every candidate passes every valid test, so tests have nothing left to decide." in body
    assert "so nothing is left to decide" not in body


def test_a_choice_leaves_no_question_open():
    assert "A question" not in summary(report_of(outcomes.chosen()))


def test_a_spent_budget_is_in_the_first_line_with_what_is_best_so_far():
    assert pr_body(report_of(outcomes.budget_with_choice())).startswith(
        "## The budget was spent; best so far: agreed by 5 of 8 candidates on 5 of 6 fresh inputs\n"
    )
    body = pr_body(report_of(outcomes.budget_without_choice()))
    assert body.startswith("## The budget was spent before anything could be chosen\n")
    assert "Nothing was chosen: fewer than 2 valid tests" in body


def test_a_choice_without_probes_does_not_claim_agreement():
    base = outcomes.chosen()
    bare = replace(base.choice, clusters=(), probes=(), signatures=(), rule="pass-count")
    body = pr_body(report_of(replace(base, choice=bare, differences=(), stop=Stop.ROUNDS)))
    assert body.startswith("## Chosen by pass count alone, without fresh inputs to compare on\n")
    assert "Selection rule: `pass-count`." in body


def test_the_summary_also_shows_implementation_plans_and_settings():
    page = summary(report_of(outcomes.chosen(), outcomes.landing()))
    assert "```python\ndef merge(" in page
    assert "- Plan: Sort by start, then sweep" in page
    assert "| `temperature` | `0.8` |" in page


def body_with(state, outcome=None):
    landing = replace(outcomes.landing(), regression=outcomes.regression(state))
    return pr_body(report_of(outcome or outcomes.chosen(), landing))


def test_own_tests_that_still_pass_are_said_with_the_candidates_that_were_passed_over():
    body = body_with("passed")
    assert "Everything that passed before in the repository's own tests still does." in body
    assert "Passed over, for breaking some of them: candidate 0." in body
    checks = section(body, "Checks")
    assert "- The repository's own tests, `pytest -q`, before: 12 passed" in checks
    assert "- With candidate 0 in place: 2 failed, 10 passed; 2 tests that passed before fail (`tests.test" in checks
    assert "- With candidate 3 in place: 12 passed\n" in checks


def test_a_choice_that_breaks_the_repositorys_tests_is_no_lack_of_consensus():
    base = outcomes.chosen()
    nothing = replace(base, choice=replace(base.choice, slot=None, reason="it breaks a test: tests.test_a::test_old"))
    body = body_with("regressed", nothing)
    assert body.startswith("## Nothing was chosen: it breaks the repository's own tests\n")
    assert "Nothing was chosen: it breaks a test: tests.test" in body
    assert "No consensus" not in body


@pytest.mark.parametrize(
    ("state", "sentence", "why"),
    [
        ("unknown", "Whether it breaks the repository's own tests cannot be told.", "no test passed before any"),
        ("not-run", "The repository's own tests were not run.", "bubblewrap is not installed."),
    ],
)
def test_own_tests_that_show_nothing_are_said_to_with_the_reason(state, sentence, why):
    body = body_with(state)
    assert sentence in body
    assert why in section(body, "Checks")


@pytest.mark.parametrize("builder", [outcomes.hostile, outcomes.hostile_tie])
def test_hostile_texts_are_never_live(builder):
    own = replace(outcomes.regression(name=outcomes.HOSTILE), command=outcomes.HOSTILE, baseline=outcomes.HOSTILE)
    landing = replace(outcomes.landing(), notes=(outcomes.HOSTILE,), unconverted=(outcomes.HOSTILE,), regression=own)
    outcome, facts = builder(), outcomes.facts(model=outcomes.HOSTILE, sandbox_note=outcomes.HOSTILE)
    strong = outcomes.strong(outcomes.hostile(), outcomes.HOSTILE)
    reports = [build_report(outcome, facts, one, strong, outcomes.sure()) for one in (landing, outcomes.landing())]
    for page in (render(report) for report in reports for render in (summary, pr_body)):
        assert live(page) == []
        assert not re.search("@octocat|#\\d|GH-2|https?://|\x1b|\u202e|[\ud800-\udfff]", page)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_arbitrary_texts_leave_the_structure_of_the_page_alone(text):
    report = report_of(outcomes.hostile(text or "x"))
    assert live(pr_body(report)) == []
    tokens = PARSER.parse(pr_body(report))
    assert sum(token.type == "table_open" for token in tokens) == 8
    assert sum(token.type == "heading_open" for token in tokens) == 8


@pytest.mark.parametrize("text", ["x" * 5000, "|`@a #1 $ \U000e0041" * 400], ids=["long", "long and hostile"])
def test_a_body_beyond_the_limit_is_cut_and_names_what_is_left_out(text):
    outcome = outcomes.large(64, 40, text)
    body = pr_body(judged(outcome, text))
    assert len(body) <= BODY_LIMIT
    assert body.startswith("## Agreed by 1 of 64 candidates")
    assert re.search(r"_Left out here for length: .*Moves \(200\).*`report.json` holds all of it\._\n$", body)
    assert len(summary(judged(outcome, text)).encode()) < 2**20
    assert len(summary(judged(outcome, text))) <= SUMMARY_LIMIT


def test_a_body_within_the_limit_leaves_nothing_out():
    assert "Left out" not in pr_body(report_of(outcomes.large()))


def test_long_tables_say_how_many_rows_they_do_not_show():
    assert "_160 more rows in `report.json`._" in pr_body(report_of(outcomes.large()))
    assert "more rows" not in summary(report_of(outcomes.large()))


def test_equal_reports_give_equal_pages():
    one, two = report_of(outcomes.large()), report_of(outcomes.large())
    assert (summary(one), pr_body(one)) == (summary(two), pr_body(two))


def test_a_run_without_candidates_still_has_a_page():
    base = outcomes.budget_without_choice()
    matrix = replace(base.matrix, candidates=(), tests=(), observations=(), passes=())
    body = pr_body(report_of(replace(base, rounds=(), matrix=matrix)))
    assert body.startswith("## The budget was spent before anything could be chosen\n")
    assert "Execution matrix" not in body


@pytest.mark.parametrize(
    ("counts", "shown"), [([], "-"), ([3], "3"), ([1, 4], "2.5"), ([7, 1, 2], "2"), ([0, 2, 4, 9], "3")]
)
def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(counts: list[int], shown: str) -> None:
    base = outcomes.chosen()
    first = replace(base.rounds[0], after=replace(base.rounds[0].after, pass_counts=tuple(counts)))
    page = summary(build_report(replace(base, rounds=(first,)), outcomes.facts()))
    (row,) = re.findall(r"^\| 0 \| .*$", section(page, "Pass counts, round by round"), re.MULTILINE)
    assert row.split(" | ")[3] == shown
