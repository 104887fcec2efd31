"""Progress: redrawn on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io
import re

from cosplay_action.evidence.live import LiveProgress
from cosplay_action.evidence.terminal import open_console
from cosplay_action.method.domain import Choice
from cosplay_action.method.events import (
    Answered,
    CellsRun,
    Chosen,
    Moved,
    RoundPlayed,
    StageStarted,
    StepStarted,
    Stopped,
    WasRead,
)
from tests.support import outcomes


class Terminal(io.StringIO):
    def isatty(self):
        return True


def answered(**changes):
    base = {"stage": "explore", "role": "vote", "status": "ok", "input_tokens": 100, "output_tokens": 20}
    return Answered(**{**base, **changes})


def events(reason="agreed by 5 of 8 candidates on 6 fresh inputs"):
    outcome = outcomes.chosen()
    first, second = outcome.rounds
    return [
        StageStarted(stage="explore"),
        StepStarted(stage="explore", round=0, step="plans", slots=8),
        answered(),
        WasRead(stage="explore", role="vote", usable=True),
        answered(replayed=True),
        CellsRun(cells=64),
        RoundPlayed(round=first, matrix=outcome.matrix),
        StageStarted(stage="play"),
        StepStarted(stage="play", round=1, step="fix", slots=2),
        *(Moved(round=1, move=move) for move in second.moves),
        RoundPlayed(round=second, matrix=outcome.matrix),
        Stopped(stop=outcome.stop),
        Chosen(choice=Choice(slot=3, forced=3, rule="consensus", reason=reason)),
    ]


def watched(stream, happened, *, quiet=False, expected=40):
    with LiveProgress(open_console(stream, quiet=quiet), expected) as live:
        for event in happened:
            live(event)
    return stream.getvalue()


def test_a_log_gets_one_plain_line_a_step_and_round():
    lines = watched(io.StringIO(), events()).splitlines()
    assert lines[:2] == ["stage 1, explore", "plans (8)"]
    assert lines[2] == (
        "round 0 played: best 6, median 5 of 7 valid tests "
        "[2 of about 40 replies (1 replayed), 240 tokens, 64 cells, 0 moves]"
    )
    assert lines[4] == "round 1: fix (2)"
    assert "4 of 5 moves taken" in lines[5]
    assert "5 moves]" in lines[5]
    assert lines[6].startswith("self-play ended: all rounds were played")
    assert lines[7].startswith("candidate 3: agreed by 5 of 8")
    assert len(lines) == 8


def test_a_log_never_moves_the_cursor_even_where_colour_is_forced(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = watched(io.StringIO(), events())
    assert not re.search(r"\x1b\[[0-9;?]*[A-KhlJ]|\r", text)


def test_quiet_prints_nothing_in_a_log_and_on_a_terminal():
    assert watched(io.StringIO(), events(), quiet=True) == ""
    assert watched(Terminal(), events(), quiet=True) == ""


def test_a_terminal_gets_a_bar_and_lasting_lines_for_rounds(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "110")
    text = watched(Terminal(), events())
    assert "round 1 played: best 7" in text
    assert "2/40" in text
    assert "240 tok, 64 cells, 5 moves" in text
    assert "\x1b[?25h" in text


def test_the_bar_with_step_and_counts_fits_eighty_columns(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    bars = [line for line in watched(Terminal(), events()).splitlines() if "2/40" in line]
    assert "round 1: fix (2)" in bars[-1]
    assert "240 tok, 64 cells, 5 moves" in bars[-1]


def test_more_replies_than_expected_move_the_end_of_the_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "110")
    assert "3/3" in watched(Terminal(), [StageStarted(stage="explore"), *([answered()] * 3)], expected=1)


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    text = watched(Terminal(), events())
    assert text.startswith("stage 1, explore\nplans (8)\n")


def test_escape_sequences_in_a_reason_are_shown_as_text():
    text = watched(io.StringIO(), events(reason="\x1b[2Jgone\u202e"))
    assert "\x1b" not in text
    assert "\\x1b[2Jgone\\u202e" in text


def test_without_a_choice_the_reason_is_the_last_line():
    choice = Choice(slot=None, forced=0, rule="consensus", reason="no usable probe input")
    assert "no choice: no usable probe input" in watched(io.StringIO(), [Chosen(choice=choice)])
