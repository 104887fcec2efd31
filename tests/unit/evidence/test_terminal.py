"""The report in a terminal: its width, its colours, and that no text of others can drive the terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from cosplay_action.evidence.report import build_report
from cosplay_action.evidence.terminal import open_console, print_report
from tests.support import outcomes

BUILDERS = [
    outcomes.chosen,
    outcomes.no_consensus,
    outcomes.budget_without_choice,
    outcomes.hostile,
    outcomes.hostile_tie,
    outcomes.large,
]
SGR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(outcome, width=80, landing=None, **options):
    stream = io.StringIO()
    print_report(Console(file=stream, width=width, **options), build_report(outcome, outcomes.facts(), landing))
    return stream.getvalue()


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)
def test_every_line_fits_eighty_columns_but_the_command_to_copy(builder):
    lines = [line for line in drawn(builder(), landing=outcomes.landing()).splitlines() if "Replay:" not in line]
    assert max(map(len, lines)) <= 80


def test_the_matrix_can_be_read_without_colour():
    text = drawn(outcomes.chosen())
    assert "> 3 A    7/7   ● ● ● ● ● ● · ●" in text
    assert "  2 B    4/7   ● ○ ! ● ○ ● · ●" in text
    assert "  5 C    3/7   ● ● ○ T ○ ● · ○" in text


def test_each_kind_of_cell_has_its_own_colour():
    text = drawn(outcomes.chosen(), force_terminal=True, color_system="standard")
    row = next(line for line in text.splitlines() if " 5 C " in line)
    assert len(set(re.findall(r"(\x1b\[[0-9;]*m)(?=[●○T] )", row))) == 3


@pytest.mark.parametrize(("columns", "blocks"), [(20, 1), (32, 1), (33, 2), (50, 2)])
def test_a_matrix_wider_than_the_screen_is_broken_into_blocks(columns, blocks):
    lines = drawn(outcomes.large(16, columns)).splitlines()
    assert sum(line.startswith("   C   passes") for line in lines) == blocks
    assert sum(line.startswith("> 0 A") for line in lines) == blocks


def test_the_whole_report_is_there():
    text = drawn(outcomes.chosen(), landing=outcomes.landing())
    for part in (
        "Agreed by 5 of 8",
        "▁▁▃▆▆▆▇▇",
        "margin 4",
        "raises IndexError",
        "def merge(",
        "8 passed",
        "0.0123 USD",
    ):
        assert part in text


def test_no_consensus_shows_the_question():
    text = drawn(outcomes.no_consensus())
    assert "Nothing was chosen: the two largest clusters" in text
    assert "On merge([[1, 6], [6, 10]])\n" in text
    assert "  3 of 6 candidates (cluster A): [[0, 0]]\n  3 of 6 candidates (cluster B): [[0, 1]]\n" in text
    assert "  merge([[1, 6], [6, 10]]) -> [[0, 0]]\n  merge([[1, 6], [6, 10]]) -> [[0, 1]]\n" in text
    assert text.index("A question to the author") < text.index("Execution matrix"), "it is the result"


def judged(outcome, text="if start <= merged[-1][1]:"):
    stream = io.StringIO()
    strong = outcomes.strong(outcome, text)
    report = build_report(outcome, outcomes.facts(), outcomes.landing(), strong, outcomes.sure())
    print_report(Console(file=stream, width=80), report)
    return stream.getvalue()


def test_confidence_is_in_the_verdict_and_explained():
    text = judged(outcomes.chosen())
    assert "5 of 6 fresh inputs; confidence: medium" in text
    assert "Confidence: medium ─" in text
    assert "- The budget ended the run early.\n+ 5 of 7 usable candidates behave alike.\n" in text


def test_kept_tests_show_what_they_notice_and_what_none_does():
    text = judged(outcomes.chosen())
    assert re.search(r"merge\(\[\[1, 2\]\]\) .*example +31 *\n", text)
    assert re.search(r"merge\(\[\]\) .*retired +0, +", text)
    assert "The kept tests notice 31 of 40 mutants (78%)." in text
    line = "unnoticed: if start <= merged[-1][1]: became if start < merged[-1][1]: (line 4 of candidate 3)"
    assert line in " ".join(text.split())


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)
def test_confidence_and_strength_fit_eighty_columns_and_drive_no_terminal(builder):
    text = judged(builder() if builder().kept else outcomes.chosen(), outcomes.HOSTILE)
    assert max(len(line) for line in text.splitlines() if "Replay:" not in line) <= 80
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


@pytest.mark.parametrize("builder", [outcomes.hostile, outcomes.hostile_tie])
def test_no_escape_sequence_but_colours_reaches_the_terminal(builder):
    text = drawn(builder(), force_terminal=True, color_system="truecolor")
    assert "\x1b" in text
    left = SGR.sub("", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", left)


def test_rich_markup_in_a_models_text_is_shown_as_text():
    assert "[red]boo[/nonsense]" in drawn(outcomes.hostile("[red]boo[/nonsense]"))


def test_a_pipe_gets_eighty_columns_and_no_colour():
    stream = io.StringIO()
    console = open_console(stream)
    assert console.width == 80
    print_report(console, build_report(outcomes.chosen(), outcomes.facts()))
    assert "\x1b" not in stream.getvalue()


def test_no_color_is_heeded_on_a_terminal(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    print_report(open_console(stream), build_report(outcomes.chosen(), outcomes.facts()))
    codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", stream.getvalue()) for code in found.split(";")}
    assert not codes & {str(n) for n in (*range(30, 50), *range(90, 108))}


def test_a_stream_that_knows_only_ascii_gets_ascii():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_report(open_console(stream), build_report(outcomes.hostile("élan"), outcomes.facts()))
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")
    assert "# ! ! # o # . #" in text
    assert "\\xe9lan" in text


def test_a_quiet_console_prints_nothing():
    stream = io.StringIO()
    print_report(open_console(stream, quiet=True), build_report(outcomes.chosen(), outcomes.facts()))
    assert stream.getvalue() == ""


def test_a_pipe_gets_eighty_columns_whatever_the_environment_says(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert open_console(io.StringIO()).width == 80


def test_control_characters_in_the_implementation_are_shown_as_escapes():
    landing = replace(outcomes.landing(), implementation="x = '\x1b[2J'\n\ty = 2\n")
    text = drawn(outcomes.chosen(), landing=landing)
    assert "x = '\\x1b[2J'" in text
    assert "\x1b" not in text


def test_the_repositorys_own_tests_are_shown_with_what_breaks():
    landing = replace(outcomes.landing(), regression=outcomes.regression(name="tests.test_a::test_\x1b[2J"))
    text = drawn(outcomes.chosen(), landing=landing)
    assert "pytest -q: before: 12 passed" in text
    assert "with candidate 0: 2 failed, 10 passed; 2 tests that passed before" in text
    assert "\x1b" not in text
    assert max(map(len, [line for line in text.splitlines() if "Replay:" not in line])) <= 80
