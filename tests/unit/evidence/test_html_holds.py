"""What must hold of the page for every text: it stays text, keeps the shape of the page, and can be read back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cosplay_action.evidence.html import render_html
from cosplay_action.evidence.neutralise import visible
from cosplay_action.evidence.page import diff
from cosplay_action.evidence.page.markup import Markup, joined, plain, tag, text
from cosplay_action.evidence.page.pieces import words
from cosplay_action.evidence.report import build_report
from tests.browser.reading import outline, read
from tests.support import outcomes

NASTY = st.sampled_from(
    [
        *(
            "<",
            ">",
            "&",
            '"',
            "'",
            "`",
            "/",
            "=",
            "\\",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?x",
            "&lt",
            "&lt;",
            "&#60;",
        ),
        *(
            "</script>",
            "</style>",
            "</title>",
            "</code></pre>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=x>",
            "</td>",
        ),
        *('" onfocus="x', "' autofocus '", "javascript:x", "http://e.x", "\n", "\r\n", "\r", "\t", "  "),
        *(
            "\x00",
            "\x1b[31m",
            "\u202e",
            "\u2066",
            "\u200b",
            "\ufeff",
            "\U000e0041",
            "\ud800",
            "\u2028",
            "\u2029",
            "\x0c",
        ),
    ]
)
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=6)), min_size=1, max_size=10).map("".join)
SHORT = TEXTS.map(lambda one: "x" + one[:60])  # within every limit, and never blank
LINES = st.lists(st.sampled_from(["a", "b = 1", "    return a", "    return b", "", "x" * 400]) | SHORT, max_size=14)
FEW = settings(max_examples=40, deadline=None)
MANY = settings(max_examples=300, deadline=None)

PLAIN = outline(render_html(build_report(outcomes.hostile("plain"), outcomes.facts(), outcomes.landing())))


@FEW
@given(SHORT)
def test_no_text_of_a_model_opens_an_element_or_leaves_an_attribute(hostile):
    page = render_html(build_report(outcomes.hostile(hostile), outcomes.facts(), outcomes.landing()))
    assert outline(page) == PLAIN


@FEW
@given(SHORT)
def test_every_text_of_a_model_can_be_read_back(hostile):
    root = read(render_html(build_report(outcomes.hostile(hostile), outcomes.facts(), outcomes.landing())))
    kept = visible(hostile.replace("\r\n", "\n").removesuffix("\n"), keep="\n\t")
    tidy = visible(" ".join(hostile.split()), keep="\n\t")
    inputs = {one.text() for one in root.find("section", id="tests")[0].find("code")}
    assert kept in inputs
    assert f"“{tidy}”" in {f"“{one.text()}”" for one in root.find("q")}
    assert any(tidy in one.text() for one in root.find("span", class_="why"))
    assert root.find("title")[0].text() == visible(f"src/{hostile}.py::merge") + " - cosplay-action report"


@FEW
@given(SHORT)
def test_no_question_to_the_author_opens_an_element(hostile):
    root = read(render_html(build_report(outcomes.hostile_tie(hostile), outcomes.facts())))
    assert len(root.find("script")) == len(root.find("style")) == len(root.find("title")) == 1
    assert not {"img", "iframe", "object", "form", "input", "base", "a:x"} & {one.name for one in root.below()}


@MANY
@given(TEXTS, TEXTS)
def test_text_and_attributes_survive_the_trip_through_a_parser(inner, value):
    (found,) = read(tag("b", inner, title=value)).children
    assert found.text() == visible(inner, keep="\n\t")
    assert found.attributes == {"title": visible(value)}


@MANY
@given(TEXTS)
def test_what_is_unseen_is_marked_and_what_is_not_is_left_alone(full):
    root = read(tag("b", full))
    marked = "".join(one.text() for one in root.find("span", class_="esc"))
    unseen = "".join(one for one in full if visible(one, "\n\t") != one)
    assert marked == visible(unseen, "\n\t")
    assert root.text() == visible(full, "\n\t")


@MANY
@given(TEXTS)
def test_a_place_that_can_hold_no_element_gets_none(full):
    assert "<" not in plain(full)


@MANY
@given(TEXTS, st.integers(1, 30))
def test_a_shortened_text_is_its_beginning_and_says_so(full, limit):
    whole = full.replace("\r\n", "\n")
    shown = read(words(full, limit)).text()
    beginning = visible(whole[:limit], "\n\t")
    assert shown.startswith(beginning)
    assert (shown == beginning) == (len(whole) <= limit)
    assert len(whole) <= limit or f"shortened by {len(whole) - limit:,} characters" in shown


@MANY
@given(TEXTS)
def test_only_markup_goes_in_as_it_is(full):
    assert joined([Markup("<i>"), full, None, Markup("</i>")]) == f"<i>{text(full)}</i>"


@MANY
@given(LINES, LINES)
def test_both_sides_of_a_comparison_can_be_read_back_but_for_equal_lines_left_out(one, two):
    left, right = "\n".join(one), "\n".join(two)
    rows = diff.compare(left, right)
    for side, lines in (("left", diff.split(left)), ("right", diff.split(right))):
        shown = {line.number: "".join(part for part, _ in line.spans) for row in rows for line in getattr(row, side)}
        assert list(shown) == sorted(shown)
        assert all(lines[number - 1] == line for number, line in shown.items())
        assert len(shown) + sum(row.skipped for row in rows) == len(lines)


@MANY
@given(LINES, LINES)
def test_the_drawn_comparison_reads_as_both_sources(one, two):
    left, right = "\n".join(one), "\n".join(two)
    root = read(diff.drawn(left, right, "left", "right"))
    for at, source in enumerate((left, right)):
        sides = [row.find("td")[at] for row in root.find("tbody")[0].find("tr") if len(row.find("td")) == 2]
        shown = [line.find("code")[0].text() for side in sides for line in side.find("div")]
        wanted = [visible(line, "\n\t") for line in diff.split(source)]
        rest = iter(wanted)
        assert all(line in rest for line in shown)  # in order
        assert root.find("tr", class_="skip") or shown == wanted
