"""report.html: what it holds for which outcome, that it asks for nothing, that its bytes and their number are fixed."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest

from cosplay_action.evidence import asking, view
from cosplay_action.evidence.html import LARGEST, render_html
from cosplay_action.evidence.neutralise import visible
from cosplay_action.evidence.report import build_report
from tests.browser import pools
from tests.browser.reading import outline, read
from tests.support import outcomes
from tests.support.record_golden import GOLDEN, SUFFIX

BUILDERS = [
    outcomes.chosen,
    outcomes.no_consensus,
    outcomes.budget_with_choice,
    outcomes.budget_without_choice,
    outcomes.hostile,
    outcomes.hostile_tie,
    outcomes.large,
]
every_outcome = pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)


def report_of(outcome, landing=None, **facts):
    return build_report(outcome, outcomes.facts(**facts), landing)


def page_of(outcome, landing=None, **facts):
    return render_html(report_of(outcome, landing, **facts))


def sections(page):
    return [one.attributes["id"] for one in read(page).find("main")[0].children if not isinstance(one, str)]


def words(page):
    return " ".join(read(page).find("body")[0].text().split())


# -- a page of its own --------------------------------------------------------------------------------------------


@every_outcome
def test_no_attribute_names_another_place_than_this_page(builder):
    for one in read(page_of(builder(), outcomes.landing())).below():
        for name, value in one.attributes.items():
            assert not name.startswith("on"), (one.name, name)
            assert name not in {"src", "srcset", "style", "action", "formaction", "data", "ping", "background"}
            assert "//" not in (value or ""), (one.name, name, value)
        target = one.attributes.get("href")
        assert target is None or target.startswith("#") or (one.name, target) == ("link", "data:,")


@every_outcome
def test_every_link_leads_to_a_place_on_the_page_and_every_place_is_named_once(builder):
    elements = read(page_of(builder(), outcomes.landing())).below()
    places = [one.attributes["id"] for one in elements if "id" in one.attributes]
    assert len(places) == len(set(places))
    links = {str(one.attributes["href"])[1:] for one in elements if one.name == "a"}
    labels = {one.attributes["aria-labelledby"] for one in elements if "aria-labelledby" in one.attributes}
    assert links | labels <= set(places)


def test_the_policy_allows_our_style_and_our_script_by_digest_and_nothing_else():
    root = read(page_of(outcomes.chosen()))
    (policy,) = root.find("meta", http_equiv="Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy.attributes["content"]).split(";"))
    for name, rule in (("style", "style-src"), ("script", "script-src")):
        (element,) = root.find(name)
        digest = b64encode(sha256(element.text().encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy.attributes["content"])


def test_style_and_script_fetch_nothing_and_parse_no_text():
    root = read(page_of(outcomes.chosen()))
    style, script = root.find("style")[0].text(), root.find("script")[0].text()
    assert not re.search(r"url\(|@import|@font-face|//[a-z]", style)
    parsers = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser")
    senders = ("fetch(", "XMLHttp", "import(", "WebSocket", "sendBeacon", "EventSource")
    assert [one for one in (*parsers, *senders) if one in script] == []
    assert "</" not in style + script


def test_the_page_says_its_language_and_its_encoding_and_fits_a_phone():
    root = read(page_of(outcomes.chosen()))
    assert root.find("html")[0].attributes["lang"] == "en"
    assert root.find("meta", charset="utf-8")
    assert root.find("meta", name="viewport")


# -- what is there ------------------------------------------------------------------------------------------------


@every_outcome
def test_headings_descend_one_level_at_a_time_below_a_single_first_one(builder):
    levels = [
        int(one.name[1]) for one in read(page_of(builder(), outcomes.landing())).below() if re.match(r"h\d$", one.name)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_choice_has_its_sections_in_order():
    page = render_html(pools.grounded(pools.report(4, 4, 1)))
    assert sections(page) == [
        *("matrix", "rounds", "moves", "clusters", "rivals", "tests", "strength", "checks", "candidates"),
        *("costs", "replay"),
    ]


def test_without_consensus_the_question_comes_first():
    page = page_of(outcomes.no_consensus())
    assert sections(page) == [
        "question",
        "matrix",
        "rounds",
        "clusters",
        "rivals",
        "tests",
        "candidates",
        "costs",
        "replay",
    ]
    assert asking.ASKED in words(page)
    (question,) = read(page).find("section", id="question")
    assert [side.find("small")[0].text() for side in question.find("ul", class_="sides")[0].find("li")] == [
        "3 of 6 candidates (cluster A)",
        "3 of 6 candidates (cluster B)",
    ]


def test_a_run_that_ended_before_its_first_candidate_still_has_a_page():
    base = outcomes.budget_without_choice()
    bare = replace(base, rounds=(), matrix=replace(base.matrix, candidates=(), tests=(), observations=(), passes=()))
    page = page_of(bare)
    assert sections(page) == ["costs", "replay"]
    assert "The budget was spent before anything could be chosen." in words(page)


@pytest.mark.parametrize(
    ("builder", "badge", "verdict"),
    [
        (outcomes.chosen, "✓ Chosen", "Agreed by 5 of 8 candidates on 5 of 6 fresh inputs."),
        (outcomes.no_consensus, "? No consensus", "Nothing was chosen: the two largest clusters are equal in size"),
        (
            outcomes.budget_with_choice,
            "■ Budget spent",
            "The budget was spent; best so far: agreed by 5 of 8 candidates",
        ),
        (outcomes.budget_without_choice, "■ Budget spent", "The budget was spent before anything could be chosen."),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_head_says_the_status_and_how_far_it_is_agreed(builder, badge, verdict):
    (said,) = read(page_of(builder())).find("p", class_="verdict")
    assert said.text().startswith(f"{badge} {verdict}")


@every_outcome
def test_no_page_of_ours_calls_anything_correct(builder):
    assert "correct" not in words(page_of(builder(), outcomes.landing())).lower()


def test_the_confidence_stands_in_the_head_with_what_holds_it_down_and_up():
    root = read(render_html(pools.grounded(pools.report(4, 4, 1))))
    (slot,) = root.find("section", class_="confidence")
    assert slot.find("h2")[0].text() == "Confidence: medium ●●○"
    assert [one.text() for one in slot.find("h3")] == ["What holds it down", "What holds it up"]
    assert "2 mutants survive" in slot.text()


def test_warnings_say_what_the_sandbox_does_not_hold_and_that_the_budget_was_spent():
    (warned,) = read(page_of(outcomes.budget_with_choice(), outcomes.landing())).find("section", class_="warn")
    assert "What the sandbox unsafe-process does not hold: a plain process" in warned.text()
    assert "The budget ended the run" in warned.text()
    assert "Not converted to a test: >>> merge(X)" in warned.text()


def test_without_anything_to_warn_of_there_is_no_warning():
    assert read(page_of(outcomes.chosen(), sandbox_note="")).find("section", class_="warn") == []


def test_a_thin_margin_is_a_warning():
    base = outcomes.chosen()
    first, *_ = base.choice.clusters
    close = replace(first, tied=first.tied[:1])
    page = page_of(replace(base, choice=replace(base.choice, clusters=(close, *base.choice.clusters[1:]))))
    assert "The margin over the strongest rival is 1: it is close." in words(page)


def test_the_replay_command_is_selectable_text():
    (command,) = read(page_of(outcomes.chosen())).find("code", id="command")
    assert command.text() == outcomes.facts().replay


def test_costs_list_every_role_the_sum_of_each_stage_and_the_total():
    (costs,) = read(page_of(outcomes.chosen())).find("section", id="costs")
    heads = [[cell.text() for cell in row.find("th") + row.find("td")][:3] for row in costs.find("tr")[1:]]
    assert heads[:4] == [
        ["explore", "hints", "1"],
        ["explore", "plans", "7"],
        ["explore", "candidate", "8"],
        ["explore", "vote", "32"],
    ]
    assert heads[4] == ["explore", "sum", "48"]
    assert heads[-2:] == [["select", "inputs", "2"], ["all stages", "sum", "79"]]


def test_tests_that_ship_or_not_are_listed_with_votes_support_and_reason():
    (tests,) = read(page_of(outcomes.chosen(), outcomes.landing())).find("section", id="tests")
    kept, dropped, retired = tests.find("details")
    assert [one.find("summary")[0].text() for one in (kept, dropped, retired)] == [
        "Kept (8)",
        "Dropped (1)",
        "Retired (1)",
    ]
    assert "tests/test_intervals_merge.py" in kept.text()
    assert "attack, written in round 0; votes: 3 of 4 agreed; idea: an interval inside another one" in kept.text()
    assert "it is invalid: no majority on the expected output" in dropped.text()


def test_the_own_tests_of_the_repository_are_said_with_every_candidate_that_was_tried():
    report = pools.grounded(pools.report(4, 4, 1))
    (checks,) = read(render_html(report)).find("section", id="checks")
    assert view.own_tests(report) in checks.text()
    assert "With candidate 2 in place: 1 failed, 120 passed; " in checks.text()
    assert "tests/test_old.py::test_order" in checks.text()


def test_what_no_kept_test_notices_is_shown_with_the_input_that_would():
    report = pools.grounded(pools.report(4, 4, 1))
    (strength,) = read(render_html(report)).find("section", id="strength")
    slot = report["choice"]["slot"]
    assert f"comparison, line 5 of candidate {slot}: if merged and start <= merged[-1][1]: became" in strength.text()
    assert "a test of merge([[0, 5], [5, 9]]) would notice" in strength.text()
    assert strength.find("svg", role="img")[0].attributes["aria-label"] == (
        "Of 24 mutants: 19 noticed, 2 unnoticed, 3 perhaps equivalent"
    )


def test_a_report_of_an_earlier_version_is_shown_without_what_it_did_not_know():
    report = json.loads(json.dumps(report_of(outcomes.chosen(), outcomes.landing())))
    whole = render_html(report)
    for name in ("questions", "confidence", "strength"):
        del report[name]
    del report["landing"]["regression"]
    for one in report["kept"]:
        del one["kills"], one["redundant"]
    assert render_html(report) == whole


def test_a_field_of_a_later_version_is_shown_as_plain_data():
    report = {
        **report_of(outcomes.chosen(), outcomes.landing()),
        "drift": {"since_run": 3, "moved": [True, None, 0.25]},
    }
    (more,) = read(render_html(report)).find("section", id="more")
    assert [one.text() for one in more.find("dt")] == ["drift", "since run", "moved"]
    assert [one.text() for one in more.find("li")] == ["yes", "-", "0.25"]


def test_risky_calls_are_warned_of_wherever_a_later_version_puts_them():
    report = report_of(outcomes.chosen(), outcomes.landing())
    report["risky"] = ["imports os"]
    report["landing"]["risky"] = ["calls eval"]
    (warned,) = read(render_html(report)).find("section", class_="warn")
    assert "Risky: imports os" in warned.text()
    assert "Risky: calls eval" in warned.text()
    assert "more" not in sections(render_html(report))


def test_a_rival_without_code_or_with_the_same_code_is_said_to_be_so():
    base = outcomes.chosen()
    two, five = base.matrix.candidates[2], base.matrix.candidates[5]
    pool = list(base.matrix.candidates)
    pool[2], pool[5] = replace(two, source=""), replace(five, source=pool[3].source)
    (rivals,) = read(page_of(replace(base, matrix=replace(base.matrix, candidates=tuple(pool))))).find(
        "section", id="rivals"
    )
    assert "There is no code of it to compare." in rivals.text()
    assert "Both have the same code." in rivals.text()


def test_each_rival_stands_beside_the_choice_with_the_smallest_input_that_tells_them_apart():
    (rivals,) = read(page_of(outcomes.chosen())).find("section", id="rivals")
    titles = [one.text() for one in rivals.find("h3")]
    assert titles == ["Cluster B (1 candidate), by its candidate 2", "Cluster C (1 candidate), by its candidate 5"]
    assert "The chosen gives[[1, 4]]The rival gives[[1, 3], [2, 4]]" in rivals.text()


def test_rivals_beyond_a_dozen_are_counted():
    base = outcomes.large(16, 4)
    page = words(page_of(base))
    assert "3 more rival clusters, see report.json." in page


# -- hostile texts ------------------------------------------------------------------------------------------------


def test_hostile_text_is_text_and_what_is_unseen_is_marked():
    root = read(page_of(outcomes.hostile(), outcomes.landing()))
    assert len(root.find("script")) == 1
    shown = visible(outcomes.HOSTILE.replace("\r\n", "\n"), keep="\n\t")
    assert shown in root.find("section", id="matrix")[0].text()
    marked = {one.text() for one in root.find("span", class_="esc")}
    assert {"\\x1b", "\\u202e", "\\u2066", "\\u200b", "\\ufeff", "\\U000e0041", "\\ud800"} <= marked


@pytest.mark.parametrize(
    "text", ["</script><b>", "\" onclick='x' a=\"", "'>", "]]>", "<!--", "&lt;b&gt;", "</pre></details>"]
)
def test_no_text_changes_the_shape_of_the_page(text):
    assert outline(page_of(outcomes.hostile(text))) == outline(page_of(outcomes.hostile("plain")))


def test_the_page_is_utf_8_whatever_a_model_writes():
    assert page_of(outcomes.hostile("\ud800 \udfff")).encode()


# -- bytes --------------------------------------------------------------------------------------------------------


def test_equal_reports_give_equal_pages_whichever_way_they_came():
    report = report_of(outcomes.chosen(), outcomes.landing())
    assert render_html(report) == render_html(json.loads(json.dumps(report)))


def test_the_recorded_run_has_a_page():
    page = render_html(json.loads((GOLDEN / f"report.json{SUFFIX}").read_text("utf-8")))
    assert "src/bounds/clamp.py::clamp" in page
    assert "\r" not in page
    assert page.endswith("</html>\n")


def test_long_texts_are_shortened_visibly():
    page = page_of(outcomes.hostile("long " * 40_000))
    assert len(page) < 1_000_000
    assert "… shortened by 199,600 characters, see report.json" in words(page)


def test_a_page_of_sixty_four_by_sixty_four_in_ten_rounds_is_small():
    assert len(render_html(pools.grounded(pools.report(64, 64, 10, rivals=6))).encode()) < 1_200_000


@pytest.mark.parametrize("text", ["&" * 200_000, "\U000e0041<" * 100_000], ids=["entities", "escapes"])
def test_the_worst_of_texts_everywhere_stays_within_the_limit(text):
    base = outcomes.large(64, 64, text)
    assert len(page_of(replace(base, rounds=base.rounds * 2)).encode()) < LARGEST
