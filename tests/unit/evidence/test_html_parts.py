"""The parts of the page one by one: the matrix, the drawings, the comparison, the moves, the palette."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest

from cosplay_action.evidence.html import render_html
from cosplay_action.evidence.page import charts, diff
from cosplay_action.evidence.page.pieces import code, column_order
from cosplay_action.evidence.report import build_report
from tests.browser import pools
from tests.browser.reading import read
from tests.support import outcomes


def report_of(outcome):
    return build_report(outcome, outcomes.facts(), outcomes.landing())


def part_of(outcome, name):
    return read(render_html(report_of(outcome))).find("section", id=name)[0]


# -- the matrix ---------------------------------------------------------------------------------------------------


def grid(outcome):
    (table,) = part_of(outcome, "matrix").find("table", id="grid")
    return table


def test_columns_are_ordered_by_support_and_invalid_ones_come_last():
    report = report_of(outcomes.chosen())
    shares = [report["tests"][at]["support"] for at in column_order(report)]
    assert shares[-1] is None
    assert shares[:-1] == sorted(shares[:-1], reverse=True)


def test_rows_are_grouped_by_cluster_with_the_chosen_one_first():
    bodies = grid(outcomes.chosen()).find("tbody")
    slots = [[row.attributes["data-slot"] for row in body.find("tr")] for body in bodies]
    assert slots == [["3", "0", "1", "4", "7"], ["2"], ["5"], ["6"]]


def test_the_chosen_row_and_the_kept_columns_are_marked_in_words():
    table = grid(outcomes.chosen())
    heads = [cell.text() for cell in table.find("th", scope="col")[1:]]
    assert heads == ["E1◆ kept", "R1◆ kept", "E2◆ kept", "A2◆ kept", "R3◆ kept", "A1◆ kept", "A3◆ kept", "R2"]
    (row,) = table.find("tr", class_="chosen")
    assert row.find("th")[0].text() == "▶Candidate 3, chosen, cluster A, passes 7 of 7A7/7"


def test_every_cell_says_its_mark_by_letter_and_by_word():
    rows = grid(outcomes.chosen()).find("tr", data_slot="5")
    assert [cell.text() for cell in rows[0].find("td")] == [
        *("●passes", "●passes", "●passes", "Ttimes out", "○another value", "○another value", "○another value"),
        "·invalid",
    ]


def test_the_support_of_every_valid_test_stands_below_its_column():
    (foot,) = grid(outcomes.chosen()).find("tfoot")
    assert [cell.text() for cell in foot.find("td")] == ["88", "88", "75", "75", "75", "62", "62", "-"]


def test_what_each_candidate_gave_is_there_without_script():
    tests = part_of(outcomes.chosen(), "matrix").find("details", class_="test")
    (a2,) = [one for one in tests if one.find("b")[0].text() == "A2"]
    said = [(one.attributes["data-of"], one.find("code")[0].text()) for one in a2.find("li")]
    assert said == [
        ("0 1 2 3 4 7", "[[1, 4]]"),
        ("5", "timed out: 2.0 s"),
        ("6", "exited: no usable code in the reply"),
    ]


def test_a_matrix_beyond_a_hundred_columns_says_how_many_more_there_are():
    page = part_of(outcomes.large(3, 120), "matrix")
    assert len(page.find("table", id="grid")[0].find("th", scope="col")) == 101
    assert "20 more tests, see report.json." in page.text()


# -- rounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "at"), [(0.0, 0), (0.01, 1), (0.19, 1), (0.2, 2), (0.5, 3), (0.6, 4), (0.8, 5), (0.99, 5), (1.0, 6)]
)
def test_a_share_falls_into_the_bin_that_names_it(share, at):
    assert charts.binned([share])[at] == 1


def test_a_histogram_says_every_number_to_those_who_do_not_see_it():
    drawn = read(charts.histogram([1, 0, 0, 2, 0, 0, 5], "Candidates", 5))
    assert drawn.find("svg")[0].attributes["aria-label"] == "Candidates: 0 %: 1, 40-59 %: 2, 100 %: 5"
    assert [bar.attributes["height"] for bar in drawn.find("rect")] == ["6.4", "12.8", "32"]


def test_a_bitmap_fills_runs_of_passes_and_hatches_columns_that_do_not_count():
    drawn = read(charts.bitmap(["110", "001"], [True, True, False], "after round 1"))
    (filled,), (grey,), (barred,) = (drawn.find("path", class_=name) for name in ("on", "off", "hatch"))
    assert filled.attributes["d"] == "M0 0.5h2M2 1.5h1"
    assert grey.attributes["d"] == "M2.5 0v2"
    assert barred.attributes["d"] == "M2 1l1-1M2 2l1-1"
    assert drawn.find("svg")[0].attributes["viewbox"] == "0 0 3 2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1\n2\n", "1\n2"), ("1\r\n", "1"), ("\n", "empty"), ("", "empty"), (" \n", " "), ("f(1)", "f(1)")],
)
def test_a_line_end_at_the_very_end_of_an_input_draws_nothing(text, shown):
    (chip,) = read(code(text, 99)).find("code")
    assert chip.text() == shown


def test_an_empty_drawing_is_still_one():
    assert read(charts.bitmap([], [], "nothing")).find("path") == []
    assert read(charts.bar([(0.0, "mine")], 0)).find("rect") == []
    assert read(charts.histogram([0] * 7, "Tests", 0)).find("svg")[0].attributes["aria-label"] == "Tests: none"


def test_each_round_is_drawn_in_the_order_of_the_final_matrix():
    rounds = part_of(outcomes.chosen(), "rounds").find("figure")
    assert [one.find("figcaption")[0].text() for one in rounds] == [
        "Round 0 before any move",
        "Round 1 4 of 5 moves kept",
    ]
    first_row = rounds[1].find("path", class_="on")[0].attributes["d"]
    assert first_row.startswith("M0 0.5h7")  # the chosen row passes all but the invalid column, which is last


def test_the_same_numbers_stand_in_a_table():
    (numbers,) = part_of(outcomes.chosen(), "rounds").find("table")
    rows = [[cell.text() for cell in row.find("th") + row.find("td")] for row in numbers.find("tr")[1:]]
    assert rows[1] == ["1", "0, 3, 4, 7 (by 5)", "7", "7", "75%", "7 of 8", "4 of 5"]


def test_moves_name_what_they_mend_and_whether_they_were_kept():
    made = [" ".join(one.text().split()) for one in part_of(outcomes.chosen(), "moves").find("ol")[0].find("li")]
    assert made[0] == "✦ clean candidate 2 0c1fd2aa → 77ab01c4 ✓ kept it passed no valid test"
    assert made[1].startswith("✂ break test R2 ")  # slot 4 of the own tests: two examples before it
    assert "✗ refused" in made[3]


def test_hatching_is_spoken_of_where_there_is_any_and_a_trend_where_there_are_rounds():
    base = outcomes.chosen()
    several = part_of(base, "rounds").text()
    assert "pass at first and" in several
    assert "hatched columns are invalid tests" in several
    first = base.rounds[0]
    whole = replace(first, after=replace(first.after, valid=(True,) * len(first.after.valid)))
    alone = part_of(replace(base, rounds=(whole,)), "rounds").text()
    assert "pass; no round was played." in alone
    assert "Filled cells pass." in alone
    assert "hatched" not in alone


def test_a_round_of_another_size_than_the_last_is_drawn_as_it_was():
    base = outcomes.chosen()
    early = base.rounds[0].after
    small = replace(early, passes=tuple(row[:3] for row in early.passes[:2]), valid=early.valid[:3], pass_counts=(2, 2))
    page = part_of(replace(base, rounds=(replace(base.rounds[0], after=small), base.rounds[1])), "rounds")
    assert page.find("svg", class_="bits")[0].attributes["viewbox"] == "0 0 3 2"


# -- clusters -----------------------------------------------------------------------------------------------------


def test_clusters_are_listed_with_members_and_those_in_none_too():
    (shown, *_) = part_of(outcomes.chosen(), "clusters").find("table")
    rows = [[cell.text() for cell in row.find("th") + row.find("td")] for row in shown.find("tr")[1:]]
    assert rows == [
        ["A (chosen)", "5", "", "0, 1, 3, 4, 7", "4"],
        ["B", "1", "", "2", "0"],
        ["C", "1", "", "5", "0"],
        ["none", "1", "", "6", "0"],
    ]


def test_equal_answers_to_a_fresh_input_share_a_letter():
    probes = part_of(outcomes.chosen(), "clusters").find("details", class_="test")
    assert [" ".join(one.text().split()) for one in probes[1].find("li")] == [
        "a [[0, 0]] 5 candidates: 0, 1, 3, 4, 7",
        "b [[0, 1]] 1 candidate: 2",
        "c [[0, 2]] 1 candidate: 5",
        "- nothing to compare exited: no usable code in the reply 1 candidate: 6",
    ]


# -- the comparison -----------------------------------------------------------------------------------------------


def shape(rows):
    return [
        ("=", len(r.left)) if r.same else ("~", r.skipped) if r.skipped else (len(r.left), len(r.right)) for r in rows
    ]


def test_equal_stretches_are_shortened_to_three_lines_around_what_differs():
    left = "\n".join(f"line {n}" for n in range(30))
    assert shape(diff.compare(left, left.replace("line 10\n", "other\n"))) == [
        *(("~", 7), ("=", 3), (1, 1), ("=", 3), ("~", 16)),
    ]


def test_lines_that_are_alike_stand_beside_each_other_with_their_words_marked():
    rows = diff.compare("a = 1\nreturn total + first", "b = 2\nc = 3\nreturn total + last")
    assert shape(rows) == [(1, 2), (1, 1)]
    assert rows[1].left[0].spans == (("return total + ", False), ("first", True))
    assert rows[1].right[0].spans == (("return total + ", False), ("last", True))


def test_a_line_on_one_side_only_faces_nothing():
    assert shape(diff.compare("a\nb", "a\nx\nb")) == [("=", 1), (0, 1), ("=", 1)]


def test_lines_and_their_number_are_bounded_and_what_is_beyond_is_said():
    long = "x" * 5000
    assert [len(line) for line in diff.split(long)] == [diff.WIDTH]
    many = "\n".join("y" for _ in range(diff.LINES + 7))
    assert "7 more lines, see report.json." in diff.drawn(many, "z", "left", "right")


def test_removed_and_added_lines_say_so_in_words():
    (left, right) = read(diff.drawn("a = 1", "b = 2", "left", "right")).find("td")
    assert left.find("span", class_="vh")[0].text() == "removed: "
    assert right.find("span", class_="vh")[0].text() == "added: "


# -- candidates ---------------------------------------------------------------------------------------------------


def test_equal_code_is_shown_once():
    pool = part_of(pools.outcome(8, 4, 1, 1, 2), "candidates")
    assert len(pool.find("details")) == 8
    assert len(pool.find("pre")) < 8
    assert "The same code as candidate" in pool.text()


def test_an_unusable_candidate_says_why():
    (six,) = part_of(outcomes.chosen(), "candidates").find("details", id="c6")
    assert "the reply held no code block" in six.text()
    assert "No code could be read from the reply." in six.text()


# -- the palette --------------------------------------------------------------------------------------------------

STYLE = files("cosplay_action.evidence.page").joinpath("report.css").read_text("utf-8")
COLOURS = {
    name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
}
TEXT_ON = [
    *((ink, ground) for ink in ("ink", "soft", "link", "good", "warn") for ground in ("page", "card", "sunk")),
    *((f"{mark}-ink", mark) for mark in ("pass", "fail", "error", "timeout", "stopped", "none")),
    *(("warn", "warn-ground"), ("ink", "warn-ground"), ("good", "new-ground"), ("escape", "escape-ground")),
    *(("ink", ground) for ground in ("old-ground", "old", "new-ground", "new", "none")),
    *(("soft", "old-ground"), ("soft", "new-ground")),
]
DRAWN_ON = [
    *(
        (part, ground)
        for part in ("mine", "mine-deep", "rival", "rival-deep", "edge")
        for ground in ("page", "card", "sunk")
    ),
    *(("mine", "bit-ground"), ("bit-off", "bit-ground"), ("focus", "page"), ("focus", "card"), ("focus", "pass")),
    *(("focus", mark) for mark in ("fail", "error", "timeout", "stopped", "none")),
]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, two):
    """As WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_by_four_and_a_half_to_one_and_drawings_by_three(theme):
    weak = [
        (one, ground, round(ratio, 2))
        for pairs, least in ((TEXT_ON, 4.5), (DRAWN_ON, 3.0))
        for one, ground in pairs
        if (ratio := contrast(COLOURS[one][theme], COLOURS[ground][theme])) < least
    ]
    assert weak == []


def test_every_colour_of_the_style_is_one_of_the_palette():
    rules = STYLE.partition("--sans:")[2]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![\w-])", re.sub(r"^[^{]*", "", rules, flags=re.MULTILINE)) == []


def test_every_class_of_a_mark_has_its_colours():
    assert all(re.search(rf"\.{mark}\b[^{{]*{{ background: var\(--", STYLE) for mark in
               ("pass", "fail", "error", "timeout", "stopped", "invalid", "unusable"))  # fmt: skip
