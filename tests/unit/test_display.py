"""What a person sees: which words go to stdout, which to stderr, and what is silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cosplay_action.display import Display
from cosplay_action.evidence.report import build_report
from cosplay_action.method.estimate import Estimate
from cosplay_action.method.events import StageStarted
from tests.support import outcomes

Make = Callable[..., Display]
MB = 1_000_000


def report():
    return build_report(outcomes.chosen(), outcomes.facts(), outcomes.landing())


def test_quiet_keeps_the_verdict_and_the_warning_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(quiet=True)
    display.say("a word")
    display.warn("beware")
    display.progress(50 * MB, 100 * MB)
    display.show(report(), Path("runs/x"))
    out, err = capsys.readouterr()
    assert err == "WARNING: beware\n"
    assert out.endswith("  runs/x\n")
    assert out.count("\n") == 1


def test_json_leaves_stdout_to_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(as_json=True)
    display.say("a word")
    display.show(report(), Path("runs/x"))
    out, err = capsys.readouterr()
    assert (out, err) == ("", "a word\n")


def test_no_warning_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Display().warn("")
    assert capsys.readouterr().err == ""


def test_texts_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """Paths and names may hold brackets and colons."""
    display = Display(quiet=True)
    display.warn("[red]not[/red] :smile:")
    display.show(report(), Path("runs/[bold]/:x:"))
    out, err = capsys.readouterr()
    assert err == "WARNING: [red]not[/red] :smile:\n"
    assert out.endswith("runs/[bold]/:x:\n")


def test_a_path_to_be_copied_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("/".join(["folder"] * 30))
    display = Display()
    display.point("Here", path)
    display.show(report(), path)
    out, err = capsys.readouterr()
    assert err == f"Here: {path}\n"
    assert f"Artefacts: {path}\n" in out


def test_before_the_first_call_the_run_says_what_it_expects(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display()
    with display.watch(outcomes.problem(), Estimate(likely=48, most=160, tokens=20_500)) as observe:
        said = " ".join(capsys.readouterr().err.split())
        assert said.startswith("src/intervals.py::merge: about 48 replies (at most 160) and about 20,500 tokens")
        observe(StageStarted(stage="explore"))
    assert capsys.readouterr().err == "stage 1, explore\n"


def test_a_download_in_a_log_is_a_line_every_few_per_cent_and_a_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display()
    for done in range(201):
        display.progress(done * MB, 200 * MB)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "    0 %  0 of 200 MB"
    assert lines[-1] == "  100 %  200 of 200 MB"
    assert len(lines) == 21


def test_a_download_of_unknown_size_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    Display().progress(0, 0)
    assert "0 of 0 MB" in capsys.readouterr().err
